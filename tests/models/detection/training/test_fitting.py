"""A tiny detector is trained, resumed, folded, published and scored on made photos."""

import csv
import json
import shutil
from argparse import Namespace
from dataclasses import replace

import cv2
import keras
import numpy as np
import pytest

from models.detection import compile_network
from models.detection.training import commands
from models.detection.training.architecture import centre_network
from models.detection.training.configurations import DETECTOR
from models.detection.training.datasets import read_photos, read_tiles
from models.detection.training.evaluation import find_all
from models.detection.training.fitting import (
    bare_copy,
    build_detector,
    draw_scenes,
    fit_detector,
    forward_padded,
)
from models.detection.training.losses import heat_loss, regression_loss
from models.detection.training.publishing import publish_detector
from models.detection.training.scenes import SceneMaker, SceneSettings

pytestmark = pytest.mark.slow

TINY = replace(
    DETECTOR,
    stem=(8, 8),
    widths=(8, 16, 16),
    depths=(1, 1, 1),
    neck=8,
    head=8,
    epochs=2,
    steps=6,
    batch=4,
    side=64,
    warmup_steps=2,
    peak_rate=1e-2,
    score_every=1,
    precision=0.0,
    dtype="float32",
    workers=1,
    scenes=SceneSettings(tiles=0.0),
)
COUNT = 20


def write_photos(path, count):
    """Write a prepared file of photos of noise with one or two bright ovals as faces."""
    rng = np.random.default_rng(0)
    codes, rows, owners = [], [], []
    for number in range(count):
        image = rng.integers(0, 90, (96, 128, 3), dtype=np.uint8)
        for left in (8, 72)[: 1 + number % 2]:
            cv2.ellipse(image, (left + 20, 48), (18, 24), 0, 0, 360, (250, 240, 230), -1)
            rows.append([left + 2, 24, 36, 48])
            owners.append(number)
        codes.append(cv2.imencode(".png", image)[1].tobytes())
    np.savez(
        path,
        images=np.frombuffer(b"".join(codes), np.uint8),
        offsets=np.cumsum([0, *map(len, codes)]),
        boxes=np.array(rows),
        box_image=np.array(owners),
        box_attributes=np.zeros((len(rows), 1)),
        attribute_names=np.array(["invalid"]),
    )
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_photos(tmp_path_factory.mktemp("data") / "photos.npz", COUNT)


@pytest.fixture(scope="module")
def photos(path):
    return read_photos(path)


@pytest.fixture(scope="module")
def trained(photos, path, tmp_path_factory):
    """The network of a training by the command, and the training's folder."""
    folder = tmp_path_factory.mktemp("training")
    networks = []

    def fit(*arguments):
        networks.append(fit_detector(*arguments))
        return networks[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "DETECTOR", replace(TINY, steps=1))
        patch.setattr(commands, "fit_detector", fit)
        commands.train(options(path, folder=folder, weights=folder / "weights", steps=TINY.steps))
    return networks[0], folder


def log_of(folder):
    with (folder / "log.csv").open() as file:
        return list(csv.DictReader(file))


def outputs(network, seed=0):
    pictures = np.random.default_rng(seed).integers(0, 256, (2, 64, 96, 3)).astype(np.float32)
    return [keras.ops.convert_to_numpy(part) for part in network(pictures, training=False)]


def test_training_lowers_the_loss_and_scores_the_kept_photos(trained):
    rows = log_of(trained[1])
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    scores = [json.loads(line) for line in (trained[1] / "kept.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in scores] == [1, 2]
    assert scores[0]["faces"] > 0


def test_training_resumes_after_an_interruption(trained, photos, tmp_path):
    """What was trained stays, and the rest is trained on."""
    shutil.copytree(trained[1], tmp_path, dirs_exist_ok=True)
    fit_detector(replace(TINY, epochs=3), photos, read_tiles(), tmp_path)
    rows = log_of(tmp_path)
    assert rows[:2] == log_of(trained[1])
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]


def test_a_batch_depends_on_its_number_alone(photos):
    maker = SceneMaker(photos, read_tiles(), TINY.scenes, TINY.side)
    first, again, other = (draw_scenes(maker, TINY, number) for number in (3, 3, 4))
    np.testing.assert_array_equal(first[0], again[0])
    assert (first[0] != other[0]).any()
    assert [part.shape for part in first[1]] == [(4, 8, 8, 2), (4, 8, 8, 5), (4, 8, 8, 11)]


def test_folding_the_normalisation_leaves_the_function_as_it_is(photos):
    network = build_detector(TINY)
    rng = np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 2, weight.shape) for weight in layer.weights])
    bare = bare_copy(TINY, network)
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in bare.layers)
    for one, other in zip(outputs(bare), outputs(network), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_grown_pictures_give_the_maps_of_their_own_size(trained):
    pictures = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3), dtype=np.uint8)
    padded, plain = forward_padded(trained[0])(pictures), compile_network(trained[0])(pictures)
    assert [part.shape for part in padded] == [part.shape for part in plain]
    for one, other in zip(padded, plain, strict=True):  # away from the edge, which sees what lies beyond
        np.testing.assert_allclose(one[:, :2, :2], other[:, :2, :2], atol=0.2)


def test_the_published_sizes_are_those_of_the_configuration():
    network = centre_network(TINY.stem, TINY.widths, TINY.depths, TINY.neck, TINY.head)
    maps = network(np.zeros((1, 96, 160, 3), np.float32), training=False)
    assert [tuple(part.shape) for part in maps] == [(1, 12, 20, 1), (1, 12, 20, 4), (1, 12, 20, 10)]
    assert [layer.name for layer in network.layers[-3:]] == ["scores", "boxes", "marks"]
    assert build_detector(DETECTOR, normalised=False).count_params() < 1e6


def test_the_heat_loss_is_least_at_the_target_and_ignores_what_does_not_count():
    target = np.zeros((1, 4, 4, 2), np.float32)
    target[..., 1] = 1
    target[0, 1, 1, 0] = 1
    target[0, 3, 3, 1] = 0
    right = np.full((1, 4, 4, 1), 0.01, np.float32)
    right[0, 1, 1] = 0.99
    excused, missed, alarmed = right.copy(), right.copy(), right.copy()
    excused[0, 3, 3], missed[0, 1, 1], alarmed[0, 0, 3] = 0.9, 0.1, 0.9
    losses = [float(heat_loss(target, scores)) for scores in (right, excused, missed, alarmed)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)
    assert min(losses[2:]) > losses[0] + 0.5


def test_the_regression_loss_is_the_weighted_absolute_error():
    target = np.zeros((1, 2, 2, 3), np.float32)
    target[0, 0, 0] = [1, 2, 0.25]
    target[0, 0, 1] = [1, 2, 0.75]
    answers = np.zeros((1, 2, 2, 2), np.float32)
    assert float(regression_loss(target, answers)) == pytest.approx(3)
    assert float(regression_loss(np.zeros_like(target), answers)) == 0


def test_a_published_file_gives_the_same_outputs_and_says_what_it_is(trained, photos, tmp_path):
    network, folder = trained
    card = publish_detector(network, TINY, photos, folder / "log.csv", "the command", weights=tmp_path)
    loaded = keras.saving.load_model(tmp_path / "detector.keras", compile=False)
    for one, other in zip(outputs(loaded), outputs(network), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    assert json.loads((tmp_path / "detector.json").read_text()) == json.loads(json.dumps(card))
    assert card["task"] == "detection"
    assert card["parameters"] == loaded.count_params()
    assert card["size_bytes"] == (tmp_path / "detector.keras").stat().st_size
    assert card["data"]["training_photos"] + card["data"]["validation_photos"] == COUNT
    assert 0 < card["thresholds"]["face"] < 1
    assert list(card["metrics"]["validation"]["rotations"]) == ["0", "30", "45", "90", "180"]
    assert (tmp_path / "detector.csv").read_text() == (folder / "log.csv").read_text()


def test_without_kept_photos_nothing_is_published(trained, photos, tmp_path):
    network, folder = trained
    few = photos.take(np.arange(3))
    with pytest.raises(ValueError, match="None of 3 photos is kept"):
        publish_detector(network, TINY, few, folder / "log.csv", "the command", weights=tmp_path)
    assert not list(tmp_path.iterdir())


def options(path, **more):
    fields = ("pictures", "data68", "data5", "keypoints", "folder", "epochs", "steps")
    return Namespace(wider=path, **(dict.fromkeys(fields) | more))


def test_the_command_publishes_and_does_not_train_again(trained, path, tmp_path, monkeypatch, capsys):
    network, folder = trained
    card = json.loads((folder / "weights" / "detector.json").read_text())
    assert card["command"] == f"python -m models.training detector --wider photos.npz --steps {TINY.steps}"
    assert card["configuration"]["steps"] == TINY.steps
    monkeypatch.setattr(commands, "DETECTOR", TINY)
    monkeypatch.setattr(commands, "fit_detector", lambda *_: pytest.fail("trained again"))
    commands.train(options(path, folder=folder, weights=tmp_path, steps=TINY.steps))
    assert '"thresholds"' in capsys.readouterr().out
    for weights in (folder / "weights", tmp_path):
        published = keras.saving.load_model(weights / "detector.keras", compile=False)
        for one, other in zip(outputs(published), outputs(network), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_a_published_network_is_scored_beside_the_cascades(trained, tmp_path, monkeypatch):
    monkeypatch.setattr("models.detection.training.evaluation.TEXTURES", 2)
    few = write_photos(tmp_path / "few.npz", 4)
    scores = commands.evaluate("detector", few, Namespace(weights=trained[1] / "weights"))
    assert json.loads(json.dumps(scores)) == scores
    assert {"f1", "precision", "recall", "recall_50", "f1_interval", "curve", "face_free"} <= set(scores)
    assert set(scores["rotations"]) == set(scores["haar"]["alt2"]["rotations"]) == {"0", "30", "45", "90", "180"}
    assert set(scores["milliseconds"]) == {"cnn", "haar_default", "haar_alt2"}
    assert set(scores["haar"]) == {"default", "alt2"}
    assert scores["headline"].startswith(f"F1 {scores['f1']:.2f} (")


def test_a_network_that_learnt_the_ovals_would_be_scored_on_them(photos, trained):
    found = find_all(photos.take(np.arange(2)), compile_network(trained[0]), 0.0)
    assert all(boxes.shape == (len(scores), 4) for boxes, scores in found)
    assert all((np.diff(scores) <= 0).all() for _, scores in found)
