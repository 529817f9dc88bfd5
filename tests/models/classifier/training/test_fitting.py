"""Tiny networks are trained on made-up pictures, resumed, and stopped early."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from models.classifier.training import fitting
from models.classifier.training.architectures import build_classifier
from models.classifier.training.configurations import RUNGS, ClassifierConfiguration
from models.classifier.training.datasets import PictureData
from models.classifier.training.evaluation import class_shares
from models.classifier.training.fitting import best_epoch, class_weights, fit_classifier
from models.training.logs import finished_epochs
from tests.models.classifier.training.pictures import draw_data

pytestmark = pytest.mark.slow

Trained = tuple[keras.Model, Path]


@pytest.fixture(scope="module")
def trained(tiny: ClassifierConfiguration, data: PictureData, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("training")
    return fit_classifier(tiny, data, folder), folder


def log_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def write_log(folder: Path, accuracies: list[float]) -> Path:
    rows = [f"{epoch},{accuracy}" for epoch, accuracy in enumerate(accuracies)]
    (folder / "log.csv").write_text("\n".join(["epoch,val_accuracy", *rows]) + "\n")
    return folder / "log.csv"


def test_a_network_learns_to_tell_the_classes_apart(trained: Trained, data: PictureData) -> None:
    watched = data.part("val")
    right = class_shares(trained[0], watched).argmax(axis=1) == watched.labels
    assert right.mean() > 0.9


def test_the_best_epoch_is_what_is_returned(trained: Trained, data: PictureData) -> None:
    network, folder = trained
    watched = data.part("val")
    right = class_shares(network, watched).argmax(axis=1) == watched.labels
    logged = [float(row["val_accuracy"]) for row in log_of(folder)]
    assert right.mean() == pytest.approx(max(logged), abs=1e-6)


def test_a_network_is_flat_and_pools_before_its_head(trained: Trained) -> None:
    network = trained[0]
    assert not any(isinstance(layer, keras.Model) for layer in network.layers)
    assert [layer.name for layer in network.layers[:2]] == ["pixels", "rescale"]
    assert [layer.name for layer in network.layers[-3:]] == ["pooled", "logits", "probabilities"]
    assert network.dtype_policy.name == "float32"


def test_training_resumes_after_an_interruption(
    trained: Trained, tiny: ClassifierConfiguration, data: PictureData, tmp_path: Path
) -> None:
    """What was learned before it stays, and the rate and the pictures go on as if nothing had happened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "_has_ended", lambda log, configuration: finished_epochs(log) == 2)
        fit_classifier(tiny, data, tmp_path)
    before, whole = log_of(tmp_path), log_of(trained[1])
    assert len(before) == 2
    fit_classifier(tiny, data, tmp_path)
    after = log_of(tmp_path)
    assert after[:2] == before
    assert [row["epoch"] for row in after] == ["0", "1", "2"]
    for one, other in zip(after, whole, strict=True):
        assert float(one["loss"]) == pytest.approx(float(other["loss"]), rel=0.05)


def test_a_training_that_has_ended_is_read_from_its_folder(
    trained: Trained, tiny: ClassifierConfiguration, data: PictureData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(trained[1], tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(fitting, "_fit", None)
    again = fit_classifier(tiny, data, tmp_path)
    for one, other in zip(again.get_weights(), trained[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_training_stops_when_validation_gets_no_better(
    tiny: ClassifierConfiguration, data: PictureData, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "best_epoch", lambda log: min(1, finished_epochs(log)))
        fit_classifier(replace(tiny, epochs=9, patience=2), data, tmp_path)
    assert len(log_of(tmp_path)) == 3


def test_the_best_epoch_is_the_last_of_equals(tmp_path: Path) -> None:
    assert best_epoch(write_log(tmp_path, [0.5, 0.9, 0.7, 0.9, 0.8])) == 4
    assert best_epoch(tmp_path / "none.csv") == 0


def test_every_class_weighs_the_same() -> None:
    labels = np.array([0] * 6 + [1] * 2 + [2] * 4)
    weights = class_weights(labels, 3)
    np.testing.assert_allclose(np.bincount(labels, weights[labels]), 4)
    assert class_weights(np.zeros(4, int), 2)[0] == 0.5


def test_a_batch_depends_on_its_number_and_an_epoch_shows_each_picture_once(tiny: ClassifierConfiguration) -> None:
    learned = draw_data(160, shares=0.2).part("train")
    settings = replace(tiny, batch=24)
    batches = fitting._Batches(learned, settings, 1)
    for one, other in zip(batches(5), fitting._Batches(learned, settings, 1)(5), strict=True):
        np.testing.assert_array_equal(one, other)
    labels = sum(batches(number)[1].sum(axis=0) for number in range(batches.steps))
    np.testing.assert_array_equal(labels, np.bincount(learned.labels))
    assert (batches(0)[0] != batches(batches.steps)[0]).any()


@pytest.mark.parametrize("channels", [1, 3])
def test_the_residual_network_takes_odd_sizes(channels: int) -> None:
    network = build_classifier(replace(RUNGS["complex"], size=50), 4, channels)
    assert network.input_shape == (None, 50, 50, channels)
    assert network.output_shape == (None, 4)
    shares = keras.ops.convert_to_numpy(network(np.full((2, 50, 50, channels), 255, np.float32)))
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("is_frozen", [True, False])
def test_a_network_on_the_pose_encoder_keeps_its_weights_only_when_frozen(is_frozen: bool, tmp_path: Path) -> None:
    settings = replace(RUNGS["transfer"], size=64, is_frozen=is_frozen, epochs=1, dtype="float32", batch=8)
    data = draw_data(24)
    before = build_classifier(settings, 2, 1)
    after = fit_classifier(settings, data, tmp_path)
    assert after.input_shape == (None, 64, 64, 3)
    assert not any(isinstance(layer, keras.Model) for layer in after.layers)
    is_same = {
        name: all(
            np.array_equal(one, other)
            for one, other in zip(
                before.get_layer(name).get_weights(), after.get_layer(name).get_weights(), strict=True
            )
        )
        for name in ("stem_kernel", "stem_norm", "stage2_block2_project_kernel", "logits")
    }
    assert is_same == {
        "stem_kernel": is_frozen,
        "stem_norm": is_frozen,
        "stage2_block2_project_kernel": is_frozen,
        "logits": False,
    }
