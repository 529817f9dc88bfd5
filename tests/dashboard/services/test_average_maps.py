"""Average maps: known networks with known answers, the file, the command."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from dashboard import make_average_maps
from dashboard.services import average_maps, explanations, networks
from dashboard.subject import Question
from interp import Class, Explanation, Network
from models import EXPRESSIONS
from models.networks import fingerprint
from tests.dashboard.cards import SMALL, tiny_network, write_csv


def top_and_bottom() -> Network:
    """Class 0 sums the brightness of one channel, class 1 that of its negative: the second has only blank maps."""
    face = keras.Input((4, 4, 1))
    maps = keras.layers.Conv2D(1, 1, use_bias=False, activation="relu", name="maps")(face)
    means = keras.layers.GlobalAveragePooling2D()(maps)
    model = keras.Model(face, keras.layers.Dense(2, activation="softmax", use_bias=False)(means))
    model.set_weights([np.ones((1, 1, 1, 1)), np.array([[1.0, -1.0]])])
    return Network(model)


def test_every_face_counts_alike_and_blank_maps_as_zero() -> None:
    images = np.zeros((4, 4, 4), np.uint8)
    images[0, 0], images[1, 3], images[2:, 1] = 10, 250, 99
    steps = []
    values, blank = make_average_maps.average(
        top_and_bottom(), images, np.array([0, 0, 1, 1]), 2, lambda done, total: steps.append((done, total))
    )
    assert values[0] == pytest.approx(np.array([[0.5] * 4, [0] * 4, [0] * 4, [0.5] * 4]))
    assert not values[1].any()
    assert blank.tolist() == [0, 1]
    assert steps == [(4, 4)]


def test_faces_are_the_first_of_each_class_and_never_black() -> None:
    images = np.full((7, 2, 2), 9, np.uint8)
    images[0] = 0
    labels = np.array([0, 0, 1, 0, 1, 1, 0])
    assert make_average_maps.choose_faces(images, labels, 2, most=2).tolist() == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="without a face"):
        make_average_maps.choose_faces(images, labels, 3)


def test_command_writes_what_is_read_and_keeps_other_networks(tmp_path: Path) -> None:
    for name in (SMALL, "other"):
        tiny_network().save(tmp_path / f"{name}.keras")
    data = write_csv(tmp_path / "fer2013.csv", 14)
    for name in (SMALL, "other"):
        options = ["--data", str(data), "--weights", str(tmp_path), "--networks", name]
        make_average_maps.main(options)
    found = average_maps.read(tmp_path / "tables")
    assert list(found) == [SMALL, "other"]
    maps = found[SMALL]
    assert maps.values.shape == (7, 46, 46)
    assert 0 <= maps.values.min() <= maps.values.max() <= 1
    assert (maps.labels, maps.faces, maps.method, maps.layer) == (EXPRESSIONS, (2,) * 7, "grad_cam", "tiny_conv")
    assert -1 <= maps.noise < 1
    assert maps.weights == fingerprint(tmp_path / f"{SMALL}.keras")
    assert np.array_equal(maps.of("happy"), maps.values[3])
    assert str(tmp_path) not in maps.data


def test_without_a_file_there_are_no_maps(tmp_path: Path) -> None:
    assert average_maps.read(tmp_path) == {}


def test_broken_data_is_told_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        make_average_maps.main(["--data", str(tmp_path / "nothing.csv"), "--weights", str(tmp_path)])
    assert end.value.code == 2
    assert "nothing.csv" in capsys.readouterr().err


def test_noise_is_what_mirroring_changes() -> None:
    images = np.zeros((3, 4, 4), np.uint8)
    images[:, 0], images[0, 1, 2:] = 10, 250
    network = top_and_bottom()
    labels = np.array([0, 0, 1])
    assert make_average_maps.mirror_noise(network, images, labels) == pytest.approx(1), "blank maps don't count"
    assert make_average_maps.mirror_noise(network, images[2:], labels[2:]) == 1


def test_a_map_is_usual_where_it_is_as_like_the_average_as_mirroring_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    rising = np.arange(16, dtype=np.float32).reshape(4, 4)
    average = average_maps.AverageMaps(
        np.stack([rising, -rising]), ("a", "b"), (1, 1), (0, 0), "conv", "", "", noise=0.9
    )
    monkeypatch.setattr(networks, "average_maps", lambda name: average)
    monkeypatch.setattr(explanations, "diagnosis", lambda *asked: None)
    question = Question("any", np.zeros((4, 4), np.uint8), "grad_cam", Class(0), "conv")
    found = Explanation(rising**2, False, "grad_cam", Class(0), "conv", {}, 0, 1.0, 0.0)
    assert explanations.usual_words(question, found).startswith("Much like the average map for “a” (correlation 1)")
    assert explanations.verdict(question, found, None).standing == "untested"
    assert not explanations.usual_words(question, replace(found, values=rising[::-1]))
    vars(average).update(noise=0.1)
    half = replace(found, values=np.roll(rising.ravel(), 2).reshape(4, 4))
    assert not explanations.usual_words(question, half), "less than most of it is the average"
    vars(average).update(noise=0.9)
    assert explanations.minus_usual(question, replace(found, values=rising)).values == pytest.approx(np.zeros((4, 4)))
    for other in (
        replace(question, target=Class(1) - Class(0)),
        replace(question, target=Class(2)),
        replace(question, layer="other"),
        replace(question, method="layer_cam"),
    ):
        assert explanations.usual_map(other) is None
        assert not explanations.usual_words(other, found)
        assert explanations.minus_usual(other, found) is found
