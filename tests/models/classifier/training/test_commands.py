"""The whole way: train the rungs, publish, predict, score."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from models import classifier, networks
from models.classifier.training import configurations
from models.classifier.training.configurations import ClassifierConfiguration
from models.classifier.training.datasets import PictureData
from models.training.__main__ import main
from tests.models.classifier.training.pictures import draw_data, store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tested(data: PictureData) -> PictureData:
    """With a test split: the last groups of training."""
    groups = np.unique(data.groups[data.split == "train"])[-6:]
    return replace(data, split=np.where(np.isin(data.groups, groups), "test", data.split))


@pytest.fixture(scope="module")
def files(tiny: ClassifierConfiguration, tested: PictureData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    np.savez(folder / "drawn.npz", **store(tested))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(configurations.RUNGS, "simple", tiny)
        patch.chdir(folder)
        main(f"classifier --data {folder}/drawn.npz --config dummy".split())
        main(
            f"classifier --data {folder}/drawn.npz --config simple --epochs 2 --size 12 --publish drawn "
            f"--weights {folder}/weights".split()
        )
    return folder


def test_the_card_says_how_the_network_came_about(files: Path, tested: PictureData) -> None:
    card = json.loads((files / "weights" / "drawn.json").read_text())
    assert card["command"] == (
        "python -m models.training classifier --data drawn.npz --config simple --epochs 2 --size 12 --publish drawn"
    )
    assert card["task"] == "classification"
    assert card["labels"] == ["disc", "bar"]
    assert card["input_shape"] == [12, 12, 1]
    assert card["size_bytes"] == (files / "weights" / "drawn.keras").stat().st_size
    assert (files / "weights" / card["log"]).read_text().count("\n") == 3
    assert card["data"]["training_pictures"] == (tested.split == "train").sum()
    assert card["data"]["validation_groups"] == card["metrics"]["validation"]["groups"] == 10
    assert card["metrics"]["test"]["pictures"] == 24
    assert card["not_for"]
    assert 0.5 <= card["thresholds"]["uncertain"] <= 1
    assert card["metrics"]["validation"]["headline"].endswith(
        " right on 40 pictures by 10 groups, by which its epoch was chosen"
    )


def test_the_ladder_begins_with_the_commonest_class(files: Path, tested: PictureData) -> None:
    table = json.loads((files / "weights" / "tables" / "ladder_drawn.json").read_text())
    assert [row["name"] for row in table["rungs"]] == ["dummy", "simple"]
    labels, watched = tested.labels[tested.split == "train"], tested.labels[tested.split == "val"]
    assert table["rungs"][0]["accuracy"] == (watched == np.bincount(labels).argmax()).mean()
    assert table["rungs"][1]["accuracy"] > table["rungs"][0]["accuracy"]


def test_the_wrong_answers_stand_in_a_table_of_numbers(files: Path, tested: PictureData) -> None:
    with (files / ".training" / "drawn" / "dummy" / "misclassified.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = np.flatnonzero((tested.split == "val") & (tested.labels == 1))
    assert [int(row["picture"]) for row in rows] == wrong.tolist()


def test_the_published_network_predicts(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "WEIGHTS", files / "weights")
    for cache in (networks._load, classifier.inference._compiled):
        cache.cache_clear()
    fresh = draw_data(20, seed=7)
    shares = classifier.predict([np.repeat(one[..., None], 3, axis=2) for one in fresh.pictures], "drawn")
    for cache in (networks._load, classifier.inference._compiled):
        cache.cache_clear()
    assert shares.shape == (20, 2)
    assert (shares.argmax(axis=1) == fresh.labels).mean() > 0.8
    keras.saving.load_model(files / "weights" / "drawn.keras", compile=False)


def test_a_published_network_is_scored(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(f"evaluate drawn --data {files}/drawn.npz --weights {files}/weights".split())
    scores = json.loads(capsys.readouterr().out)
    card = json.loads((files / "weights" / "drawn.json").read_text())
    assert scores["accuracy"] == pytest.approx(card["metrics"]["test"]["accuracy"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--config dummy --publish none", "no network to publish"),
        ("--config simple --freeze", "no backbone to freeze"),
        ("--epochs 0", "--epochs must be at least 1"),
    ],
)
def test_what_makes_no_sense_is_refused(
    files: Path, words: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(f"classifier --data {files}/drawn.npz --folder {tmp_path} {words}".split())
    assert message in capsys.readouterr().err


def test_data_with_other_classes_are_not_scored(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "other.npz", **store(replace(draw_data(40), classes=("round", "long"))))
    with pytest.raises(SystemExit):
        main(f"evaluate drawn --data {tmp_path}/other.npz --weights {files}/weights".split())
    assert "tells disc, bar apart; the data have round, long" in capsys.readouterr().err
