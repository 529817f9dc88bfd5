import csv
import json
from pathlib import Path

import keras
import numpy as np
import pytest
from click.testing import CliRunner, Result
from keras import layers
from PIL import Image

from interp import METHODS
from interp.__main__ import commands

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that answers "red" or "blue" by the mean colour, and a picture of each."""
    folder = tmp_path_factory.mktemp("files")
    picture = keras.Input((16, 16, 3))
    scaled = layers.Rescaling(1 / 255)(picture)
    maps = layers.Conv2D(2, 1, use_bias=False, name="maps")
    answer = layers.Dense(2, activation="softmax", use_bias=False, name="answer")
    model = keras.Model(picture, answer(layers.GlobalAveragePooling2D()(maps(scaled))))
    maps.set_weights([np.array([[1, 0], [0, 0], [0, 1]], np.float32).reshape(1, 1, 3, 2)])
    answer.set_weights([np.array([[4, 0], [0, 4]], np.float32)])
    model.save(folder / "colours.keras")
    (folder / "labels.txt").write_text("red\nblue\n", encoding="utf-8")
    (folder / "photos").mkdir()
    for name, colour in (("one", (250, 10, 10)), ("two", (10, 10, 250))):
        Image.new("RGB", (40, 30), colour).save(folder / "photos" / f"{name}.png")
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands, list(map(str, arguments)))


def test_methods_and_layers_are_listed(files):
    names = [row["name"] for row in json.loads(run("methods", "--json").stdout)]
    assert names == list(METHODS)
    found = json.loads(run("layers", files / "colours.keras", "--json").stdout)
    assert {"name": "maps", "kind": "Conv2D", "output": "16×16×2", "parameters": 6, "usual": "for maps"} in found
    assert "saliency" in run("methods").stdout


def test_maps_pictures_and_a_table_come_out(files, tmp_path):
    labels = ("--labels", files / "labels.txt")
    result = run("explain", files / "colours.keras", files / "photos", "--out", tmp_path, *labels, "--json", "--test")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)
    assert [row["answer"] for row in rows] == ["red", "blue"]
    assert [row["target"] for row in rows] == ["red", "blue"]
    assert all(row["share"] > 0.9 and "chance" in row["verdict"] for row in rows)
    with (tmp_path / "table.csv").open(newline="", encoding="utf-8") as file:
        assert [row["answer"] for row in csv.DictReader(file)] == ["red", "blue"]
    with np.load(next(tmp_path.glob("one-*.npz"))) as saved:
        assert saved["values"].shape == (16, 16)
        about = json.loads(str(saved["about"]))
    assert len(about["network_sha256"]) == 64
    assert about["answer"] == "red"
    with Image.open(next(tmp_path.glob("two-*.png"))) as drawn:
        assert min(drawn.size) >= 240


def test_a_target_by_name_or_number_and_against_another(files, tmp_path):
    network, photo = files / "colours.keras", files / "photos" / "one.png"
    named = ("--labels", files / "labels.txt", "--out", tmp_path, "--json", "--method", "input_gradient")
    (blue,) = json.loads(run("explain", network, photo, *named, "--target", "blue").stdout)
    (second,) = json.loads(run("explain", network, photo, *named, "--target", "1").stdout)
    assert blue["score"] == second["score"]
    assert blue["answer"] == "red"
    (contrast,) = json.loads(run("explain", network, photo, *named, "--against", "blue").stdout)
    assert contrast["target"] == "red rather than blue"


def test_a_broken_picture_is_a_row_and_wrong_use_a_sentence(files, tmp_path):
    network = files / "colours.keras"
    result = run("explain", network, files / "labels.txt", files / "photos", "--out", tmp_path, "--json")
    assert result.exit_code == 1
    rows = json.loads(result.stdout)
    assert rows[0]["error"] == "labels.txt is no picture that can be read."
    assert "error" not in rows[1]
    unknown = run("explain", network, files / "photos", "--out", tmp_path, "--method", "magic")
    assert (unknown.exit_code, "There is no method 'magic'" in unknown.output) == (2, True)
    no_network = run("layers", files / "labels.txt")
    assert no_network.exit_code == 2
    assert "Traceback" not in no_network.output


def test_the_doctor_tells_the_input_and_looks_at_pictures(files):
    rows = json.loads(run("doctor", files / "colours.keras", files / "photos" / "one.png", "--json").stdout)
    told = {row["question"]: row["answer"] for row in rows}
    assert told["input"] == "16×16×3 of 0 to 255"
    assert told["usual layer"] == "maps"
    assert len(rows) == 4
