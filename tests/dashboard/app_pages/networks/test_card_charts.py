"""Charts of a card."""

import pytest

from dashboard.app_pages.networks import charts as networks_charts
from dashboard.app_pages.networks import ladder_charts
from dashboard.app_pages.networks.charts import Curve
from dashboard.app_pages.networks.detectors import rotation_table
from dashboard.app_pages.networks.joints import joint_rates, joint_sentences
from dashboard.app_pages.networks.ladder import fold_accuracies, rungs
from dashboard.app_pages.networks.points import outlines
from models.keypoints import NAMES68, NOSE_TIP
from tests.dashboard import cards


def texts(figure: object) -> list[str]:
    return [annotation.text.split(">")[1].split("<")[0] for annotation in figure.layout.annotations]  # type: ignore[attr-defined]


def test_confusion_is_coloured_by_row_and_written_as_chosen() -> None:
    matrix = [[30, 10], [0, 0]]
    figure = networks_charts.confusion(matrix, ["sad", "happy"], is_normalised=True)
    assert [list(row) for row in figure.data[0].z] == [[0.75, 0.25], [0, 0]]
    assert texts(figure) == ["75", "25", "0", "0"]
    assert texts(networks_charts.confusion(matrix, ["sad", "happy"], is_normalised=False)) == ["30", "10", "0", "0"]
    assert figure.layout.yaxis.autorange == "reversed"


def test_reliability_has_its_diagonal_and_the_share_of_each_bin() -> None:
    bins = [{"confidence": 0.3, "accuracy": 0.2, "faces": 30}, {"confidence": 0.9, "accuracy": 0.95, "faces": 10}]
    curve, share, diagonal = networks_charts.reliability(bins).data
    assert list(curve.y) == [0.2, 0.95]
    assert list(share.y) == [0.75, 0.25]
    assert list(diagonal.x) == list(diagonal.y) == [0, 1]


def test_reliability_of_points_counts_points() -> None:
    curve, share, _ = networks_charts.reliability(cards.keypoints_card()["metrics"]["test"]["reliability"]["bins"]).data
    assert list(curve.y) == [0.25, 0.78]
    assert list(share.y) == [0.25, 0.75]
    assert share.name == "Share of the points"


def test_conditions_accent_the_unchanged_faces_and_show_intervals() -> None:
    rows = cards.expression_card()["metrics"]["public_test"]["robustness"]
    first, others, guide = networks_charts.conditions(rows).data
    assert list(first.y) == ["As is"]
    assert list(others.y) == ["Blurred", "Dark"]
    assert list(others.error_x.array) == pytest.approx([0.02, 0.02])
    assert set(guide.x) == {0.452}


def test_learning_puts_validation_first_and_shares_in_per_cent() -> None:
    validation, training = networks_charts.learning(Curve("Accuracy", (0.1, 0.2), (0.3,), is_share=True)).data
    assert list(validation.y) == [30]
    assert list(training.y) == [10, 20]
    assert list(training.x) == [1, 2]


def test_ladder_leaves_the_majority_off_the_logarithmic_axis() -> None:
    table = rungs(cards.ladder_table(), ())
    assert table is not None
    chosen, others, floor = ladder_charts.ladder(table, "parameters", "Parameters", cards.SMALL).data
    assert list(chosen.x) == [30_000]
    assert list(others.x) == [1_200_000]
    assert list(floor.y) == pytest.approx([24.9, 24.9])


def test_larger_dots_are_larger_errors() -> None:
    figure = networks_charts.face_template([(0, 0), (1, 0), (2, 0)], [0.01, 0.04, 0.09], ["a", "b", "c"], [[0, 1, 0]])
    points, outline = figure.data
    assert list(points.marker.size) == sorted(points.marker.size)
    assert list(outline.x) == [0, 1, 0, None]
    assert figure.layout.yaxis.autorange == "reversed"


def test_tip_of_the_nose_ends_its_bridge_and_eyes_and_lips_are_closed() -> None:
    lines = outlines(NAMES68)
    assert NAMES68[NOSE_TIP] == "nose_tip"
    assert [27, 28, 29, NOSE_TIP] in lines
    assert sorted(point for line in lines for point in set(line)) == list(range(68))
    assert [NAMES68[line[0]] for line in lines if line[0] == line[-1]] == [
        "right_eye_0",
        "left_eye_0",
        "outer_lip_0",
        "inner_lip_0",
    ]


def test_cumulative_curve_marks_the_lost_faces() -> None:
    curve, _, limit = networks_charts.cumulative([0, 0.1, 0.2], [0, 0.9, 1], 0.1).data
    assert list(curve.x) == [0, 10, 20]
    assert set(limit.x) == {10}


def test_charts_name_no_colour_but_the_matrix() -> None:
    block = cards.detector_card()["metrics"]["test"]
    figures = [
        networks_charts.precision_recall(block["curve"], {"as used here": (0.7, 0.9)}),
        networks_charts.rotations(rotation_table(block)),
        networks_charts.bars({"a": 0.2, "b": 0.4}),
    ]
    for figure in figures:
        for trace in figure.data:
            assert trace.marker.color is None
            assert getattr(trace, "line", trace.marker.line).color is None


def test_bars_accent_one_or_all() -> None:
    all_of_them, none = networks_charts.bars({"a": 0.2, "b": 0.4}).data
    assert list(all_of_them.y) == ["a", "b"]
    assert list(none.y) == []
    first, rest = networks_charts.bars({"a": 0.2, "b": 0.4}, accent="b").data
    assert (list(first.y), list(rest.y)) == (["b"], ["a"])


def test_names_on_the_ladder_stand_inside_and_apart() -> None:
    rows = cards.ladder_table()
    rows["rungs"] += [rows["rungs"][1] | {"name": "third", "parameters": 2_000_000}]
    table = rungs(rows, ())
    assert table is not None
    chosen, others, _ = ladder_charts.ladder(table, "parameters", "Parameters", "emotion").data
    assert chosen.textposition == ("middle left",)
    assert others.textposition == ("middle right", "middle left")


def test_folds_have_their_mean_and_the_floor() -> None:
    table = cards.happy_sad_table()
    figure = ladder_charts.folds(fold_accuracies(table), table["accuracy"]["mean"], table["majority"])
    dots, mean, floor = figure.data
    assert len(dots.x) == 10
    assert list(dots.y) == [0] * 5 + [1] * 5
    assert dots.customdata[0] == "Round 1"
    assert list(mean.y) == [-0.5, 1.5], "a line across both rows"
    assert list(mean.x) == pytest.approx([86.1] * 2)
    assert list(floor.x) == pytest.approx([59.9] * 2)
    low, high = figure.layout.xaxis.range
    assert low < 59.9
    assert high > 87


def test_name_moves_away_from_another_network_of_the_same_accuracy() -> None:
    rows = cards.ladder_table()
    rows["rungs"] += [rows["rungs"][2] | {"name": "emotion-columns", "parameters": 2_500_000}]
    table = rungs(rows, ())
    assert table is not None
    chosen, others, _ = ladder_charts.ladder(table, "parameters", "Parameters", "emotion").data
    assert chosen.textposition == ("middle left",)
    assert others.textposition == ("middle right", "top left")


def test_joints_stand_from_the_head_down_with_a_bar_for_each_side() -> None:
    rates = joint_rates({"left_knee": 0.5, "right_knee": 0.6, "neck": 0.9, "left_wrist": 0.4, "right_wrist": 0.3})
    assert list(rates) == ["Neck", "Wrist", "Knee"]
    assert rates["Knee"] == {"left": 0.5, "right": 0.6}
    assert rates["Neck"] == {"": 0.9}
    right, left = networks_charts.joints(rates).data
    assert dict(zip(right.y, right.x, strict=True)) == {"Neck": 0.9, "Wrist": 0.3, "Knee": 0.6}
    assert dict(zip(left.y, left.x, strict=True)) == {"Wrist": 0.4, "Knee": 0.5}
    assert "Knee: 50\u00a0% on the left, 60\u00a0% on the right" in joint_sentences(rates)


def test_distances_have_the_limit_of_what_counts_as_right() -> None:
    curve, _, limit = networks_charts.within_reach([0.0, 0.2, 0.4], [0.0, 0.6, 0.8], 0.2).data
    assert list(curve.y) == [0.0, 0.6, 0.8]
    assert list(limit.x) == [0.2, 0.2]
