"""What tells good maps from bad ones: measures with known answers, the choice, and the command on a small network."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from interp import Network
from models.emotion.training.datasets import PUBLIC_TEST, ExpressionData, read_fer2013
from models.networks import fingerprint
from tests.benchmarks import map_quality
from tests.dashboard.cards import SMALL, tiny_network, write_csv


def test_orders_begin_at_the_greatest_values_and_are_of_the_pictures_size() -> None:
    maps = np.array([[[0.0, 1.0], [2.0, 3.0]], [[5.0, 5.0], [5.0, 5.0]]])
    places = map_quality.orders(maps, (2, 2))
    assert places[0].tolist() == [3, 2, 1, 0]
    assert sorted(places[1]) == [0, 1, 2, 3]
    assert map_quality.orders(maps, (8, 8)).shape == (2, 64)


def test_deletion_in_the_right_order_is_small_and_insertion_large() -> None:
    pictures = np.zeros((2, 4, 4, 1), np.float32)
    pictures[:, 0] = 8.0  # the answer rests on the upper row

    def answer(shown: np.ndarray) -> np.ndarray:
        return shown[:, 0, :, 0].mean(axis=1) / 8

    right = np.arange(16)[None].repeat(2, axis=0)
    good, bad = (map_quality.areas(answer, pictures, places, steps=4) for places in (right, right[:, ::-1]))
    assert good.shape == (2, 2)
    assert (good[0] < bad[0]).all()
    assert (good[1] > bad[1]).all()
    assert good[0] == pytest.approx(np.trapezoid([1, 0.25, 0.25, 0.25, 0.25], dx=0.25))


def test_rank_correlations_are_taken_map_by_map() -> None:
    rising = np.arange(4.0).reshape(2, 2)
    first, second = np.stack([rising, rising, rising]), np.stack([rising**2, -rising, np.ones((2, 2))])
    assert map_quality.rank_correlations(first, second) == pytest.approx([1, -1, 0])


def test_the_usual_map_is_that_of_the_other_faces() -> None:
    maps = np.array([[[2.0, 0.0]], [[0.0, 8.0]], [[1.0, 1.0]], [[9.0, 3.0]]])
    labels, asked = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    found = map_quality.averages_of_others(maps, labels, asked)
    assert found.tolist() == [[[0.5, 1.0]], [[1.0, 0.5]], [[1.0, pytest.approx(1 / 3)]], [[0.0, 0.0]]]


def test_overlap_is_the_agreement_of_shares() -> None:
    one, other = np.array([[0.5, 0.5], [0.0, 0.0]]), np.array([[1.0, 0.0], [1.0, 0.0]])
    assert map_quality.overlap(one, one) == 1
    assert map_quality.overlap(one, other) == 0.5, "a face whose answer loses nothing does not count"
    assert map_quality.shares(np.array([[3.0, -1.0, 1.0], [-1.0, 0.0, 0.0]])).tolist() == [[0.75, 0, 0.25], [0, 0, 0]]


def test_maps_are_shared_out_among_the_parts() -> None:
    parts = np.zeros((1, 2, 4, 4), bool)
    parts[0, 0, :, :1], parts[0, 1, :, 2:] = True, True
    maps = np.zeros((1, 4, 4))
    maps[0, :, 0], maps[0, :, 2], maps[0, :, 1] = 3, 1, -5
    assert map_quality.on_parts(maps, parts).tolist() == [[0.75, 0.25]]


def test_layers_are_the_last_of_each_resolution_behind_the_first() -> None:
    face = keras.Input((16, 16, 1))
    x = keras.layers.Conv2D(2, 3, padding="same", name="fine")(face)
    x = keras.layers.MaxPooling2D(name="pool1")(x)
    x = keras.layers.Conv2D(2, 3, padding="same", activation="relu", name="middle")(x)
    x = keras.layers.MaxPooling2D(name="pool2")(x)
    x = keras.layers.Conv2D(2, 3, padding="same", name="late")(x)
    x = keras.layers.ReLU(name="relu")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    network = Network(keras.Model(face, keras.layers.Dense(3, activation="softmax")(x)))
    assert map_quality.last_layers(network) == ["relu", "middle"]
    asked = map_quality.candidates(network)
    assert len({(one.method, one.layer, one.kind) for one in asked}) == len(asked)
    assert {(one.method, one.layer) for one in asked if one.kind == "contrast"} == {
        (method, layer) for method in map_quality.FURTHER for layer in ("relu", "middle")
    }
    assert ("saliency", None) in {(one.method, one.layer) for one in asked}


def row(method: str, gain: float, **further: Any) -> dict[str, Any]:
    usual = {"layer": None, "kind": "class", "gain": gain, "error": 0.01, "first_second": 0.5, "seconds": 0.01}
    usual |= {"shuffled": 0.0, "size": [12, 12]}
    return {"method": method} | usual | further


def test_the_usual_map_is_quick_sound_faithful_then_coarse_then_tells_the_classes_apart() -> None:
    unfit = [
        row("saliency", 0.9, seconds=2.0),
        row("rise", 0.9),
        row("guided_backpropagation", 0.8, shuffled=-0.7),
        row("grad_cam", 0.8, kind="contrast"),
        row("eigen_cam", 0.8, first_second=1.0),
    ]
    rows = [
        *unfit,
        row("hires_cam", 0.30, size=[24, 24], first_second=-0.9),
        row("layer_cam", 0.29, first_second=0.9),
        row("grad_cam_plus_plus", 0.28, first_second=0.2),
        row("grad_cam", 0.2, size=[6, 6], first_second=-1.0),
    ]
    assert map_quality.usual_row(rows)["method"] == "grad_cam_plus_plus"
    with pytest.raises(ValueError, match="no quick and sound method"):
        map_quality.usual_row(unfit)


def test_faces_are_those_that_training_keeps_for_validation() -> None:
    rows = np.arange(700, dtype=np.int32)
    images = np.full((700, 2, 2), 9, np.uint8)
    data = ExpressionData(images, (rows % 7).astype(np.uint8), rows, rows)
    chosen = map_quality.choose_faces(data, 14)
    assert np.bincount(chosen.labels).tolist() == [2] * 7
    kept = np.random.default_rng(0).permutation(rows)[:70]
    assert set(chosen.rows) <= set(kept)


@pytest.mark.slow
def test_the_command_goes_on_where_it_was_and_chooses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_network().save(tmp_path / f"{SMALL}.keras")
    (tmp_path / f"{SMALL}.json").write_text('{"name": "small"}', encoding="utf-8")
    data = write_csv(tmp_path / "fer2013.csv", 14)
    monkeypatch.setattr(map_quality, "TIMED", 1)
    monkeypatch.setattr(map_quality, "read_fer2013", lambda path: read_fer2013(path, PUBLIC_TEST))
    monkeypatch.setattr(map_quality, "choose_faces", lambda faces, count: faces)
    some = [map_quality.Candidate("saliency", None), map_quality.Candidate("input_gradient", None, "contrast")]
    monkeypatch.setattr(map_quality, "candidates", lambda network: some)
    map_quality.main(data=data, networks=[SMALL], faces=14, weights=tmp_path)
    table = map_quality.read_table(tmp_path)["networks"][SMALL]
    assert [(found["method"], found["kind"]) for found in table["rows"]] == [
        ("saliency", "class"),
        ("input_gradient", "contrast"),
    ]
    assert table["weights"] == fingerprint(tmp_path / f"{SMALL}.keras")
    assert table["faces"] == 14
    for found in table["rows"]:
        assert 0 <= found["deletion"] <= 1
        assert -1 <= found["first_second"] <= 1
        assert -1 <= found["shuffled"] <= 1
        assert found["gain"] == pytest.approx(
            (table["bare"]["random"]["deletion"] - found["deletion"]) / 2
            + (found["insertion"] - table["bare"]["random"]["insertion"]) / 2,
            abs=1e-3,
        )
    monkeypatch.setattr(map_quality, "score", None)
    map_quality.main(data=data, networks=[SMALL], faces=14, choose=True, weights=tmp_path)
    card = json.loads((tmp_path / f"{SMALL}.json").read_text(encoding="utf-8"))
    assert card["usual_map"] == {"method": "saliency", "layer": None}
    assert "Usual map: saliency" in capsys.readouterr().out
