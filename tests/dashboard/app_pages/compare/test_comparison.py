"""What two answers and two maps have in common."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.app_pages.compare import comparison as compare_comparison
from dashboard.drawing import tables
from dashboard.drawing.figures import paired_bars
from interp.regions import Region


def region(name: str, share: float, area: float = 0.2) -> Region:
    return Region(name, share, area, 0.0, 0.0)


def test_layers_are_matched_by_depth() -> None:
    assert compare_comparison.layer_at_same_depth("a", ["a", "b", "c"], ["p", "q", "r", "s", "t"]) == "p"
    assert compare_comparison.layer_at_same_depth("b", ["a", "b", "c"], ["p", "q", "r", "s", "t"]) == "r"
    assert compare_comparison.layer_at_same_depth("c", ["a", "b", "c"], ["p", "q", "r", "s", "t"]) == "t"
    assert compare_comparison.layer_at_same_depth("t", ["p", "q", "r", "s", "t"], ["a"]) == "a"
    assert compare_comparison.layer_at_same_depth("a", ["a"], ["p", "q"]) == "p"


def test_networks_stand_from_the_smallest_on() -> None:
    cards = {name: SimpleNamespace(parameters=size) for name, size in (("big", 30), ("small", 1), ("middle", 2))}
    assert compare_comparison.smallest_first(["big", "small", "middle"], cards) == ["small", "middle", "big"]


def test_difference_of_maps_of_other_scales_compares_places() -> None:
    first = np.array([[1.0, 0.0], [0.0, 0.5]])
    assert np.allclose(compare_comparison.difference(first, 100 * first, (2, 2), is_same_scale=False), 0)
    assert np.allclose(compare_comparison.difference(first, 3 * first, (2, 2), is_same_scale=True), 2 * first)


def test_difference_with_a_blank_map_is_the_other_map() -> None:
    found = compare_comparison.difference(np.zeros((3, 3)), np.full((6, 6), 4.0), (6, 6), is_same_scale=False)
    assert found.shape == (6, 6)
    assert np.allclose(found, 1)


def test_likeness_compares_maps_of_other_sizes() -> None:
    values = np.arange(9.0).reshape(3, 3)
    rank, structure = compare_comparison.likeness(values, values * 7, (12, 12))
    assert rank == pytest.approx(1)
    assert structure == pytest.approx(1)
    assert compare_comparison.likeness(values, -values, (12, 12))[0] == pytest.approx(-1)


def test_distance_is_the_probability_that_lies_elsewhere() -> None:
    assert compare_comparison.distance({"a": 0.7, "b": 0.3}, {"a": 0.7, "b": 0.3}) == 0
    assert compare_comparison.distance({"a": 1.0}, {"b": 1.0}) == 1
    assert compare_comparison.distance({"a": 0.7, "b": 0.3}, {"a": 0.5, "b": 0.5}) == pytest.approx(0.2)


def test_table_pairs_the_probabilities_of_each_class() -> None:
    table = compare_comparison.probability_table(["one", "two"], [{"a": 0.7, "b": 0.3}, {"b": 0.4, "a": 0.6}])
    assert list(table["expression"]) == ["a", "b"]
    assert np.allclose(table["difference"], [-0.1, 0.1])
    assert json.loads(tables.to_json(table))[1]["two"] == 0.4


def test_ladder_table_takes_accuracy_and_interval_from_the_card() -> None:
    block = {"accuracy": 0.7, "interval": [0.6, 0.8]}
    cards = {
        "told": SimpleNamespace(parameters=9, metrics={"public_test": block}),
        "untold": SimpleNamespace(parameters=10, metrics={}),
    }
    table = compare_comparison.ladder_table(
        ["told", "untold"], cards, [{"a": 0.9}, {"a": 0.2}], ["a", "b"], [0.002, 0.004]
    )
    assert list(table.iloc[0]) == ["told", 9, 0.7, 0.6, 0.8, "a", 0.9, 2.0]
    assert table["accuracy"].isna().tolist() == [False, True]


def test_answers_are_set_side_by_side_in_words() -> None:
    names = ["left", "right"]
    say, happy = compare_comparison.say_answers, ["happy", "happy"]
    close = [{"happy": 0.9, "sad": 0.1}, {"happy": 0.88, "sad": 0.12}]
    assert say(names, close, happy) == "Both say happy (90 % and 88 %)."
    assert say(names, [{"happy": 0.6}, {"happy": 0.9}], happy).endswith("; right is surer.")
    assert say(names, [{"happy": 0.9}, {"happy": 0.6}], happy).endswith("; left is surer.")
    told = say(names, [{"happy": 0.9}, {"sad": 0.6}], ["happy", "sad"])
    assert told == "left says happy (90 %), right says sad (60 %)."


def test_an_uncertain_answer_names_no_class() -> None:
    names, answers = ["Face 1", "Face 2"], [{"happy": 0.9}, {"angry": 0.33}]
    say = compare_comparison.say_answers
    told = say(names, answers, ["happy", "uncertain"])
    assert told == "Face 1 says happy (90 %), Face 2 is uncertain (strongest: angry, 33 %)."
    told = say(names, [{"angry": 0.4}, {"angry": 0.33}], ["uncertain", "uncertain"])
    assert told == "Both are uncertain: strongest are angry (40 %) and angry (33 %)."


def test_parts_are_named_where_each_map_is_densest() -> None:
    mouth = [region("jaw", 0.4, 0.4), region("eyes", 0.2), region("mouth", 0.3), region("rest", 0.1)]
    eyes = [region("eyes", 0.6), region("mouth", 0.3), region("rest", 0.1)]
    blank = [region("eyes", 0), region("mouth", 0), region("rest", 0)]
    names = ["left", "right"]
    say = compare_comparison.say_parts
    assert say(names, [mouth, eyes]) == (
        "left: the mouth gets 1.5 times its fair share. right: the eyes get 3 times their fair share."
    )
    assert say(names, [mouth, blank]).endswith("right: the map is blank.")


def test_less_than_its_fair_share_is_no_reason_to_name_a_part() -> None:
    hair = [region("eyes", 0.1), region("brows", 0.1004), region("rest", 0.7996, 0.6)]
    told = compare_comparison.say_parts(["left", "right"], [hair, hair])
    assert "brows" not in told
    assert told.startswith("left: no part of the face gets more than its fair share")


def test_likeness_in_words_falls_with_the_correlation() -> None:
    assert len({compare_comparison.say_likeness(rank) for rank in (0.95, 0.5, 0.0, -0.9)}) == 4


def test_paired_bars_have_one_trace_a_side() -> None:
    figure = paired_bars(["happy", "sad"], {"left": [0.9, 0.1], "right": [0.4, 0.6]})
    assert [list(trace.x) for trace in figure.data] == [[0.9, 0.1], [0.4, 0.6]]
    assert [trace.y[0] for trace in figure.data] == ["Happy", "Happy"]
    assert "90 %" in figure.data[0].text[0]
    assert "4×" in paired_bars(["nose"], {"left": [4.0]}, compare_comparison.times_its_area).data[0].text[0]
