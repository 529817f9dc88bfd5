"""One table from the commonest class to the best network."""

import json
from dataclasses import replace

import numpy as np
import pytest

from models.emotion.training import ladder, publishing
from models.emotion.training.datasets import ExpressionData
from models.emotion.training.fitting import build_emotion
from models.training.publishing import read_card, write_card

pytestmark = pytest.mark.slow


@pytest.fixture
def two(tiny):
    return {"small": replace(tiny, name="small"), "large": replace(tiny, name="large", widths=(4, 12))}


@pytest.fixture
def fits():
    """A training that builds the network and leaves a log, and the names it was asked for."""
    asked = []

    def fit(configuration, data, folder):
        asked.append(configuration.name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "log.csv").write_text("epoch,loss\n0,1.9\n")
        return build_emotion(configuration)

    return fit, asked


def test_the_lowest_rung_answers_the_commonest_class_of_training():
    labels = np.array([3] * 5 + [0] * 3 + [6] * 2, np.uint8)
    rows = np.array([7, 28_709, 28_710, 28_711])  # the first stands in Training as well
    test = ExpressionData(np.zeros((4, 48, 48), np.uint8), np.array([3, 3, 0, 6], np.uint8), rows, rows)
    rung = ladder.majority_rung(labels, test)
    assert rung["title"].endswith("(happy)")
    assert rung["accuracy"] == 0.5
    assert rung["without_duplicates"]["accuracy"] == pytest.approx(1 / 3)
    assert rung["expected_calibration_error"] == pytest.approx(0)
    assert rung["macro_f1"] == pytest.approx(2 / 3 / 7)
    assert rung["parameters"] == 0


def test_every_rung_is_trained_scored_and_written_once(two, fits, bright_training, bright_test, tmp_path):
    fit, asked = fits
    weights, folder = tmp_path / "weights", tmp_path / "training"

    def climb(**settings):
        return ladder.climb(
            bright_training,
            bright_test,
            folder,
            weights,
            rungs=("small", "large"),
            configurations=two,
            fit=fit,
            **settings,
        )

    table = climb()
    assert asked == ["small", "large"]
    assert [row["name"] for row in table["rungs"]] == ["majority", "small", "large"]
    assert table["rungs"][1]["parameters"] < table["rungs"][2]["parameters"]
    assert all(row["seconds_a_face"]["batch_1"] > 0 for row in table["rungs"][1:])
    assert json.loads((weights / "tables" / "ladder.json").read_text()) == json.loads(json.dumps(table))
    for name in ("small", "large"):
        assert read_card(name, weights)["metrics"]["public_test"]["robustness"]

    climb(train_all=True)
    assert asked == ["small", "large"] * 2


def test_a_scored_network_is_not_scored_again(two, fits, bright_training, bright_test, tmp_path, monkeypatch):
    fit, asked = fits
    ladder.climb(bright_training, bright_test, tmp_path, tmp_path, rungs=("small",), configurations=two, fit=fit)
    card = read_card("small", tmp_path)
    card["metrics"]["public_test"]["accuracy"] = 0.123
    write_card(card, tmp_path)
    monkeypatch.setattr(publishing, "evaluate_emotion", lambda *arguments: pytest.fail("scored again"))
    table = ladder.climb(
        bright_training, bright_test, tmp_path, tmp_path, rungs=("small",), configurations=two, fit=fit
    )
    assert asked == ["small"]
    assert table["rungs"][1]["accuracy"] == 0.123


def test_the_table_reads_as_markdown(two, fits, bright_training, bright_test, tmp_path):
    table = ladder.climb(
        bright_training, bright_test, tmp_path, tmp_path, rungs=("small",), configurations=two, fit=fits[0]
    )
    header, rule, majority, small = ladder.markdown(table).splitlines()
    assert header.count("|") == rule.count("|") == majority.count("|") == small.count("|")
    assert "Commonest class" in majority
    assert f"{table['rungs'][1]['accuracy']:.1%}" in small
