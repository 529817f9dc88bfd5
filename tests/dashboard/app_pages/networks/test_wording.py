"""What a card says in words, also one that lacks figures."""

from dataclasses import fields
from typing import Any

import pandas as pd
import pytest

from dashboard import tasks
from dashboard.app_pages.networks.averages import blank_sentence, place
from dashboard.app_pages.networks.card_views import all_scores
from dashboard.app_pages.networks.certainty import drawing_sentence
from dashboard.app_pages.networks.detectors import detector_table, rotation_table
from dashboard.app_pages.networks.errors import class_table, confusions, voter_sentences
from dashboard.app_pages.networks.joints import condition_rates, joint_rates, joint_sentences, look_sentences
from dashboard.app_pages.networks.ladder import epochs_of, fold_accuracies, rungs, small_task_sentences
from dashboard.app_pages.networks.points import part_errors, point_table
from dashboard.app_pages.networks.training import curves
from dashboard.drawing.scores import KeyFigure, chance_of, scores
from models import EXPRESSIONS, Card, load_card
from tests.dashboard import cards


def card_of(raw: dict[str, Any]) -> Card:
    return Card(**{field.name: raw[field.name] for field in fields(Card) if field.name in raw})


def summary(card: Any) -> str:
    return tasks.of(card).summary(card)


def key_figures(card: Any) -> list[KeyFigure]:
    return tasks.of(card).key_figures(card)


def plain(words: str) -> str:
    return words.replace("\u00a0", " ")


def test_summary_names_accuracy_interval_and_chance() -> None:
    said = plain(summary(card_of(cards.expression_card())))
    assert "45.2 % (95 % interval 43.2 to 47.2 %) of 700 faces" in said
    assert "most common answer would get" in said


def test_chance_is_the_commonest_labels_share() -> None:
    raw = cards.expression_card()
    raw["metrics"]["public_test"]["confusion"] = [[3, 1], [2, 2], [2, 0]]
    assert chance_of(card_of(raw)) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("raw", "labels"),
    [
        (cards.expression_card(), {"Accuracy", "New faces only", "Without mirroring", "Macro F1", "Time per face"}),
        (cards.keypoints_card(), {"Mean error", "Faces lost", "Error of 15 points", "Time per face"}),
        (cards.detector_card(), {"F1", "Precision", "Recall", "Recall, large", "No false alarm", "Time per photo"}),
        (cards.basic("joints", "pose"), {"Parameters", "File"}),
    ],
)
def test_key_figures_of_each_task(raw: dict[str, Any], labels: set[str]) -> None:
    figures = {figure.label: figure for figure in key_figures(card_of(raw))}
    assert labels <= set(figures)
    if raw["task"] == "keypoints":
        assert plain(figures["Mean error"].value) == "5.12 %"
        assert plain(figures["Mean error"].note) == "4.9 to 5.3 %"


def test_pictures_without_alarm_may_be_a_number_or_a_share() -> None:
    raw = cards.detector_card()
    raw["metrics"]["test"]["face_free"] = {"pictures": 120, "without_alarm": 117}
    values = {figure.label: plain(figure.value) for figure in key_figures(card_of(raw))}
    assert values["No false alarm"] == "97.5 %"


def test_pose_is_told_from_a_face_as_in_the_app_or_else_placed_by_itself() -> None:
    raw = cards.pose_card()
    figures = {figure.label: figure for figure in key_figures(card_of(raw))}
    assert plain(figures["From a face"].value) == "81.0 %"
    assert "78 people" in plain(figures["From a face"].note)
    assert "Placed by itself" not in figures
    for block in raw["metrics"].values():
        block.pop("by_face", None)
    assert "Placed by itself" in {figure.label for figure in key_figures(card_of(raw))}


@pytest.mark.parametrize("task", ["expression", "keypoints", "detection", "pose"])
def test_bare_card_is_a_normal_card(task: str) -> None:
    card = card_of(cards.basic("bare", task))
    assert summary(card).endswith(".")
    assert {figure.label for figure in key_figures(card)} == {"Parameters", "File"}
    assert all_scores(card) is None
    assert scores(card) == ("", {})


def test_published_cards_are_told_without_gaps() -> None:
    card = load_card("emotion")
    assert "of 3,589 faces" in summary(card)
    assert all(figure.value for figure in key_figures(card))


def test_worst_confusions_come_first_and_the_diagonal_is_none() -> None:
    said = confusions([[8, 2, 0], [5, 5, 0], [0, 0, 4]], ["a", "b", "c"])
    assert [plain(words) for words in said] == ["50 % of “b” is read as “a”", "20 % of “a” is read as “b”"]


def test_voters_are_told_in_plain_words() -> None:
    said = [plain(words) for words in voter_sentences(cards.voters())]
    assert len(said) == 5
    assert "sides with the label on 30 %, with the crowd on 45 %, and with neither on 25 %" in said[2]
    assert "Of its 380 “errors”, 24 % are what the crowd says" in said[3]


def test_voters_without_a_figure_lose_that_sentence_alone() -> None:
    voters = cards.voters()
    voters["sides"] = {"faces": 0, "with_label": None, "with_crowd": None, "with_neither": None}
    voters["clear"]["network_and_crowd"] = None
    assert len(voter_sentences(voters)) == 3


def test_curves_pair_training_and_validation_score_first() -> None:
    log = pd.DataFrame(
        {
            "epoch": [0, 1],
            "label_accuracy": [0.2, 0.3],
            "label_loss": [2.0, 1.9],
            "learning_rate": [0.1, 0.1],
            "loss": [3.0, 2.5],
            "val_label_accuracy": [0.25, 0.35],
            "val_loss": [2.9, 2.4],
        }
    )
    accuracy, loss = curves(log)
    assert (accuracy.title, accuracy.training, accuracy.validation) == ("Accuracy", (0.2, 0.3), (0.25, 0.35))
    assert accuracy.is_share
    assert (loss.title, loss.training, loss.validation) == ("Loss", (3.0, 2.5), (2.9, 2.4))
    assert not loss.is_share


@pytest.mark.parametrize("name", ["nme", "nme_loss"])
def test_curves_of_another_task_are_found_as_well(name: str) -> None:
    log = pd.DataFrame({"epoch": [0], "loss": [2.0], "maps_loss": [1.0], f"val_{name}": [0.1]})
    assert [(curve.title, curve.validation) for curve in curves(log)] == [
        ("Mean error", (0.1,)),
        ("Loss", ()),
    ]


def test_ladder_table_is_told_in_milliseconds() -> None:
    table = rungs(cards.ladder_table(), ())
    assert table is not None
    assert list(table["name"]) == ["majority", cards.SMALL, "emotion"]
    assert table["batch_1"].tolist()[1:] == pytest.approx([1.4, 1.4])
    assert table["parameters"].tolist()[0] == 0


def test_cards_make_a_ladder_where_there_is_no_table() -> None:
    first, second = card_of(cards.expression_card("a")), card_of(cards.expression_card("b"))
    second.metrics["public_test"]["accuracy"] = 0.3
    table = rungs(None, tasks.alike(first, (first, second, card_of(cards.keypoints_card()))))
    assert table is not None
    assert list(table["name"]) == ["b", "a"]
    assert table["batch_1"].tolist() == [0.8, 0.8]
    assert rungs(None, (first,)) is None


def test_small_tasks_are_told_with_mean_deviation_and_chance() -> None:
    (said,) = small_task_sentences(cards.happy_sad_table(), None)
    assert "86.1 % ± 0.6 % of 12,045 faces" in plain(said)
    assert "59.9 %" in plain(said)
    assert small_task_sentences(None, None) == []


def test_detector_is_set_beside_both_cascades() -> None:
    block = cards.detector_card()["metrics"]["test"]
    table = detector_table(block)
    assert list(table["Detector"]) == ["This network", "Haar cascade (default)", "Haar cascade (alt2)"]
    assert table["Time"].tolist() == [18.0, 61.0, 55.0]
    rotated = rotation_table(block)
    assert list(rotated["This network"]) == [0, 30, 45, 90, 180]
    assert rotated["This network"][0] > rotated["Haar cascade (alt2)"][0]


def test_points_are_sorted_by_error_and_averaged_by_part() -> None:
    table = point_table([0.1, 0.3, 0.2], ["nose_tip", "jaw_0", "jaw_1"])
    assert list(table["Point"]) == ["Jaw 0", "Jaw 1", "Nose tip"]
    assert part_errors([0.1, 0.3, 0.2], {"nose": (0,), "jaw": (1, 2)}) == pytest.approx({"jaw": 0.25, "nose": 0.1})


def test_all_scores_of_an_unknown_task_are_listed() -> None:
    card = card_of(cards.basic("hands", "hand pose", metrics={"test": {"pck": 0.61, "per_joint": {"thumb": 0.8}}}))
    table = all_scores(card)
    assert table is not None
    assert table["Score"].tolist() == ["Pck", "Per joint, thumb"]


def test_joints_are_told_from_the_head_down_and_by_side() -> None:
    rates = joint_rates({"left_ankle": 0.5, "right_ankle": 0.6, "neck": 0.9})
    assert list(rates) == ["Neck", "Ankle"]
    assert [plain(line) for line in joint_sentences(rates)] == [
        "Neck: 90 %",
        "Ankle: 50 % on the left, 60 % on the right",
    ]


def test_rates_by_what_is_to_be_seen_leave_out_what_nobody_was_scored_on() -> None:
    block = cards.pose_card()["metrics"]["validation"]
    assert condition_rates(block) == {
        "All 14 joints (1,055 people)": 0.7,
        "Joints in sight": 0.67,
        "Hidden joints": 0.32,
    }
    assert condition_rates({}) == {}


def test_other_looks_at_people_are_told_with_their_own_figures() -> None:
    block = cards.pose_card()["metrics"]["validation"]
    bust, portrait, whole, by_face = map(plain, look_sentences(block))
    assert "it finds 62 %" in bust
    assert "on the crop 73 % would be drawn" in bust
    assert "outside of it 5 %" in bust
    assert "it finds 65 %" in portrait
    assert "in sight 84 % would be drawn, of the others 4 %" in portrait
    assert "it finds 57.0 %" in whole
    assert "gets 58.0 %" in whole
    assert "81.0 % on the whole pictures of 78 people with an upright head, 77.0 % once those are made dark" in by_face
    assert by_face.endswith("; 79.0 % on those cut off below the hips.")
    del block["by_face"]["upper"], block["by_face"]["dark"]
    assert plain(look_sentences(block)[3]).endswith("with an upright head.")
    del block["unaided"], block["by_face"]
    block["bust"]["drawn_outside"] = None
    assert len(look_sentences(block)) == 1, "half of a sentence is not told"


@pytest.mark.parametrize(
    ("sure", "words"), [(0.47, "below 47 % it is hollow"), (1.0, "no confidence says that it is right")]
)
def test_how_joints_are_drawn_follows_the_thresholds(sure: float, words: str) -> None:
    said = plain(drawing_sentence({"drawn": 0.3, "sure": sure}))
    assert said.startswith("Below 30 % a joint isn't drawn")
    assert words in said


def test_class_table_keeps_the_networks_order() -> None:
    table = class_table(cards.expression_card()["metrics"]["public_test"])
    assert table is not None
    assert table["Class"].str.lower().tolist() == list(EXPRESSIONS)
    assert class_table({}) is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([[0, 0, 0], [0, 1, 0], [0, 0, 0]], "in the middle"),
        ([[1, 0, 0], [0, 0, 0], [0, 0, 0]], "above on the left"),
        ([[0, 0, 0], [0, 0, 0], [0, 0, 2]], "below on the right"),
        ([[0, 0], [0, 0]], "nowhere"),
    ],
)
def test_strongest_place_is_said_in_words(values: list[list[float]], words: str) -> None:
    assert place(values) == words


def test_blank_maps_are_told_where_there_are_any() -> None:
    assert plain(blank_sentence({"happy": 0.0, "fear": 0.12})).endswith("count as zero: fear 12 %.")
    assert blank_sentence({"happy": 0.001}) == "Almost no map is blank."


def test_folds_stand_by_their_round() -> None:
    rounds = fold_accuracies(cards.happy_sad_table())
    assert list(rounds) == ["Round 1", "Round 2"]
    assert rounds["Round 2"] == pytest.approx([0.854, 0.858, 0.862, 0.866, 0.87])
    assert fold_accuracies(None) == {}


def test_shortened_training_is_told() -> None:
    assert epochs_of(cards.five_table()) == "8 epochs"
    assert epochs_of(cards.happy_sad_table()) == ""
