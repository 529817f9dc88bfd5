"""The whole way: train, publish, predict, score."""

import json

import keras
import numpy as np
import pytest

from models import networks, pose
from models.pose.training import configurations
from models.pose.training.datasets import split_tuning
from models.pose.training.evaluation import ask_for_joints
from models.pose.training.fitting import build_pose
from models.pose.training.publishing import calibrate, choose_thresholds
from models.training.__main__ import main
from tests.models.pose.training.people import draw_people, store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    np.savez(folder / "lsp.npz", **store(draw_people(40, seed=0)))
    np.savez(folder / "lspet.npz", **store(draw_people(24, seed=1)))
    return folder


@pytest.fixture(scope="module")
def published(files, tiny):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(configurations.POSE, "tiny", tiny)
        main(
            f"pose --config tiny --lsp {files}/lsp.npz --lspet {files}/lspet.npz --folder {files}/training "
            f"--weights {files}/weights --epochs 1 --drop-gross 0.95".split()
        )
    return files / "weights"


def test_the_card_says_how_the_network_came_about(published):
    card = json.loads((published / "tiny.json").read_text())
    assert card["command"] == (
        "python -m models.training pose --lsp lsp.npz --lspet lspet.npz --config tiny --epochs 1 --drop-gross 0.95"
    )
    assert card["task"] == "pose"
    assert card["labels"] == list(pose.NAMES)
    assert np.shape(card["mean_pose"]) == (14, 2)
    assert card["data"]["crowd_people"] == 18
    assert card["data"]["validation_people"] == card["metrics"]["validation"]["people"] == 10
    assert set(card["metrics"]["validation"]["milliseconds_a_person"]) == {"batch_1", "batch_8", "cores", "processor"}
    assert 0 < card["thresholds"]["drawn"] <= card["thresholds"]["sure"] <= 1
    assert card["size_bytes"] == (published / "tiny.keras").stat().st_size
    assert (published / card["log"]).read_text().count("\n") == 3


def test_the_published_network_predicts(published, monkeypatch):
    monkeypatch.setattr(networks, "WEIGHTS", published)
    for cache in (networks._load, pose.inference._compiled):
        cache.cache_clear()
    joints = pose.predict(list(draw_people(3, seed=4).images), network="tiny")
    for cache in (networks._load, pose.inference._compiled):
        cache.cache_clear()
    assert joints.shape == (3, 14, 3)
    assert np.isfinite(joints).all()


def test_scores_are_written_into_the_card(published, files, capsys):
    main(f"evaluate tiny --data {files}/lsp.npz --weights {published} --write again".split())
    shown = json.loads(capsys.readouterr().out)
    card = json.loads((published / "tiny.json").read_text())
    assert card["metrics"]["again"]["pck"] == shown["pck"] == pytest.approx(card["metrics"]["validation"]["pck"])


@pytest.mark.parametrize(
    ("options", "message"),
    [("--epochs 1 2", "--epochs takes one number"), ("--drop-gross 0", "--drop-gross takes a share")],
)
def test_options_out_of_range_are_told_in_one_sentence(files, capsys, options, message):
    with pytest.raises(SystemExit):
        main(f"pose --lsp {files}/lsp.npz {options}".split())
    assert message in capsys.readouterr().err


def test_calibration_makes_a_shifted_confidence_honest(tiny):
    """A network that never looks is as often right as the mean pose; its confidence is to say so."""
    people = draw_people(60, seed=5)
    _, tuning = split_tuning(people, 0.5)
    network = build_pose(tiny)
    heads = {name: network.get_layer(name) for name in ("heat_maps", "trust_maps", "confidence_logits")}
    for layer in heads.values():
        layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    dense = heads["confidence_logits"]
    dense.set_weights([dense.get_weights()[0], np.full(14, 2.0, np.float32)])
    before = ask_for_joints(network, np.zeros((1, pose.SIZE, pose.SIZE, 3), np.uint8), False)[0, 0, 2]
    stretch = calibrate(network, tuning, flip_average=False)
    after = ask_for_joints(network, np.zeros((1, pose.SIZE, pose.SIZE, 3), np.uint8), False)[0, 0, 2]
    assert before == pytest.approx(0.881, abs=1e-3)
    assert after < 0.2  # flat maps put all joints at one place, where few belong
    assert set(stretch) == {"factor", "shift"}
    assert choose_thresholds(network, tuning, flip_average=False)["sure"] == 1.0


def test_weights_in_half_precision_load_as_float32(published):
    network = keras.models.load_model(published / "tiny.keras", compile=False)
    assert all(weight.dtype == "float32" for weight in network.weights)
