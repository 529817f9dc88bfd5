"""A tiny keypoint network is trained, published, scored and measured by the command line."""

import csv
import json
import shutil
from argparse import Namespace
from dataclasses import replace

import keras
import numpy as np
import pytest

from models import cards, networks
from models.detection.training.datasets import Photos
from models.keypoints import NAMES68, SIZE, Look
from models.keypoints.training import commands, measuring
from models.keypoints.training.commands import evaluate
from models.keypoints.training.configurations import KEYPOINTS
from models.training.__main__ import main
from tests.models.keypoints.training.conftest import prepared

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published(tiny, faces, marked, tmp_path_factory):
    """The folder of published files, of the training, and of the data."""
    folder = tmp_path_factory.mktemp("published")
    prepared(folder / "faces.npz", faces)
    prepared(folder / "marks.npz", marked)
    data = ["--data68", str(folder / "faces.npz"), "--data5", str(folder / "marks.npz")]
    places = ["--folder", str(folder / "training"), "--weights", str(folder / "weights")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KEYPOINTS, "tiny", tiny)
        main(["keypoints", "--config", "tiny", *data, *places])
    return folder


@pytest.fixture
def weights(published, monkeypatch):
    monkeypatch.setattr(networks, "WEIGHTS", published / "weights")
    return published / "weights"


def test_the_card_says_what_the_network_is_and_scores(weights, tiny):
    card = cards.load_card("tiny")
    assert card.task == "keypoints"
    assert card.labels == NAMES68
    assert card.input_shape == (SIZE, SIZE, 1)
    assert card.configuration["epochs"] == tiny.epochs
    assert card.data["training_faces"] == 24
    assert np.shape(card.mean_shape) == (68, 2)
    test = card.metrics["test"]
    assert test["faces"] == 8
    assert test["five_points"]["faces"] == 4
    assert {"batch_1", "batch_32"} <= set(test["milliseconds_a_face"])
    assert card.metrics["validation"]["faces"] == 8
    assert (weights / card.log).read_text().count("\n") == tiny.epochs + 1


TWO = ("before/network.keras", "network.keras")


def log_of(folder):
    with (folder / "log.csv").open() as file:
        return list(csv.DictReader(file))


def test_training_lowers_the_loss(published, tiny):
    rows = log_of(published / "training")
    assert [int(row["epoch"]) for row in rows] == list(range(tiny.epochs))
    assert float(rows[-1]["loss"]) < 0.9 * float(rows[0]["loss"])


def test_the_published_network_is_the_one_that_was_saved_after_the_last_epoch(weights, published):
    face = np.random.default_rng(0).uniform(0, 255, (1, SIZE, SIZE, 1)).astype(np.float32)
    trained = keras.models.load_model(published / "training" / "network.keras", compile=False)
    assert trained.dtype_policy.name == "float32"
    shipped = keras.models.load_model(weights / "tiny.keras", compile=False)
    for first, second in zip(trained(face), shipped(face), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-4)


def test_a_trained_folder_is_published_without_training(published, tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(KEYPOINTS, "tiny", tiny)
    monkeypatch.setattr(commands, "fit_keypoints", lambda *_: pytest.fail("trained again"))
    again = ["keypoints", "--config", "tiny", "--data68", str(published / "faces.npz")]
    main([*again, "--folder", str(published / "training"), "--weights", str(tmp_path)])
    assert "five_points" not in json.loads(capsys.readouterr().out)["test"]
    assert (tmp_path / "tiny.keras").is_file()


def test_a_folder_with_epochs_left_goes_on_training(published, tiny, tmp_path, monkeypatch):
    monkeypatch.setitem(KEYPOINTS, "tiny", tiny)
    folder = shutil.copytree(published / "training", tmp_path / "training")
    more = ["keypoints", "--config", "tiny", "--data68", str(published / "faces.npz"), "--faces", "8"]
    main([*more, "--epochs", str(tiny.epochs + 1), "--folder", str(folder), "--weights", str(tmp_path / "weights")])
    rows = log_of(folder)
    assert rows[:-1] == log_of(published / "training")
    assert int(rows[-1]["epoch"]) == tiny.epochs


def test_a_second_training_starts_from_the_weights_of_the_first(published, tiny, tmp_path, monkeypatch):
    second = replace(tiny, before=tiny, epochs=1, single=2, peak_rate=1e-9)
    monkeypatch.setitem(KEYPOINTS, "tiny", second)
    shutil.copytree(published / "training", tmp_path / "training" / "before")
    more = ["keypoints", "--config", "tiny", "--data68", str(published / "faces.npz"), "--faces", "8"]
    main([*more, "--folder", str(tmp_path / "training"), "--weights", str(tmp_path)])
    first, then = (keras.models.load_model(tmp_path / "training" / name, compile=False) for name in TWO)
    kernel = "stem_kernel"
    np.testing.assert_allclose(then.get_layer(kernel).get_weights(), first.get_layer(kernel).get_weights(), atol=1e-5)
    with (tmp_path / "tiny.csv").open() as file:
        assert [row["cycle"] for row in csv.DictReader(file)] == ["1"] * tiny.epochs + ["2"]


def test_scoring_again_gives_the_cards_scores(weights, published):
    card = cards.load_card("tiny")
    scores = evaluate("tiny", published / "faces.npz", Namespace(weights=weights))
    for key in ("nme", "nme_interval", "failure_rate", "per_point", "per_group", "rmse_15", "baseline_nme"):
        assert scores[key] == pytest.approx(card.metrics["test"][key], rel=1e-4)
    assert scores["five_points"] == card.metrics["test"]["five_points"]  # of other data, as it was
    marks = evaluate("tiny", published / "marks.npz", Namespace(weights=weights))
    assert marks["error"] == pytest.approx(card.metrics["test"]["five_points"]["error"], rel=1e-5)


def test_faces_without_a_test_part_are_refused(weights, published, faces, tmp_path):
    prepared(tmp_path / "faces.npz", faces.part("train"))
    with pytest.raises(ValueError, match="no faces of the test split"):
        evaluate("tiny", tmp_path / "faces.npz", Namespace(weights=weights))


# Measuring -----------------------------------------------------------------------------------------------------------


def told(points: np.ndarray, confidence: float) -> Look:
    return look_of(points, np.full(points.shape[:2], confidence, np.float32))


def look_of(points: np.ndarray, confidence: np.ndarray) -> Look:
    return Look(points.astype(np.float32), confidence, np.zeros(len(points)), np.zeros((len(points), 2, 3)))


def test_the_emotion_faces_places_are_the_median_of_the_sure_ones(faces, monkeypatch):
    """The keypoint network says the drawn faces' points; a face in three is unsure, and says nonsense."""
    true = (faces.points - 40) * 48 / 48

    def answer(strip, squares, angles):
        tops = np.stack([np.full(len(squares), 48.0), 48 + 144.0 * np.arange(len(squares))], axis=1)
        points = true[: len(squares)] + tops[:, None]
        confidence = np.full((len(squares), 68), 0.9, np.float32)
        points[::3], confidence[::3] = 0, 0.1
        assert strip.shape == (144 * len(squares), 144, 3)
        np.testing.assert_allclose(squares[:, 1] - tops[:, 1], 23.5)
        return look_of(points, confidence)

    monkeypatch.setattr(measuring, "look", answer)
    result = measuring.emotion_places(np.zeros((30, 48, 48), np.uint8))
    kept = np.arange(30) % 3 != 0
    assert (result["faces"], result["sure"]) == (30, 20)
    eyes = np.median(true[:30][kept][:, 36:42].mean(axis=1), axis=0)
    np.testing.assert_allclose(result["median"][0], eyes, atol=0.1)
    left, right, mouth = result["places"]
    assert left[0] + right[0] == pytest.approx(47, abs=0.02)
    assert left[1] == pytest.approx(right[1], abs=0.02)
    assert mouth[0] == pytest.approx(23.5, abs=0.01)


def test_the_odds_are_even_between_faces_and_false_alarms(monkeypatch):
    rng = np.random.default_rng(0)

    def answer(image, squares, angles):
        is_face = len(squares) != 20  # twenty squares are drawn beside the faces
        confidence = np.exp(rng.normal(-0.5 if is_face else -3.0, 0.4, len(squares)))
        points = np.repeat(np.array(squares)[:, None, :2], 68, axis=1) + rng.normal(0, 1, (len(squares), 68, 2))
        return look_of(points, np.repeat(confidence[:, None], 68, axis=1))

    monkeypatch.setattr(measuring, "look", answer)
    boxes = [np.array([[10, 10, 30, 40], [60, 10, 60, 60], [5, 70, 4, 4]], np.float32)] * 60
    photos = Photos(
        [np.zeros((120, 160, 3), np.uint8)] * 60,
        boxes,
        [np.zeros(3, bool)] * 60,
        [np.full((3, 5, 2), np.nan, np.float32)] * 60,
    )
    result = measuring.odds_of_faces(photos)
    constant, slope = result["odds"]
    assert result["faces"] == 120  # one box is too small
    assert 50 <= result["false_alarms"] <= 60
    assert slope > 0
    assert -3.0 < -constant / slope < -0.5  # where the odds are even
    assert result["even"]["false alarms"] < 0.1
    assert result["even"]["48 to 480 pixels"] > 0.9
