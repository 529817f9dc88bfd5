"""The command line, from the arguments to the files."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.emotion.training import commands
from models.emotion.training.average_faces import write_average_faces
from models.emotion.training.datasets import ExpressionData
from models.training import __main__ as command_line

pytestmark = pytest.mark.slow


def save(data, path):
    encoded = [cv2.imencode(".png", image)[1].ravel() for image in data.images]
    np.savez(
        path,
        images=np.concatenate(encoded),
        offsets=np.cumsum([0] + [len(code) for code in encoded]),
        label=data.labels,
        row=data.rows,
        first_duplicate=data.first_duplicate,
        votes=data.votes,
    )
    return str(path)


@pytest.fixture
def files(bright_training, bright_test, tmp_path):
    return save(bright_training, tmp_path / "training.npz"), save(bright_test, tmp_path / "test.npz")


@pytest.fixture
def run(tiny, tmp_path, monkeypatch, capsys):
    """Runs a command that writes to `weights` and returns what it printed."""
    columns = replace(tiny, name="pair", architecture="columns", columns=("a", "b"), cycles=())
    monkeypatch.setattr(commands, "EMOTION", {"tiny": tiny, "pair": columns})
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        command_line.main([str(argument) for argument in (*arguments, "--weights", tmp_path / "weights")])
        return capsys.readouterr().out

    return call


def test_a_network_is_trained_published_and_scored(run, files, tmp_path):
    run("emotion", "--config", "tiny", "--data", files[0])
    card = json.loads((tmp_path / "weights" / "tiny.json").read_text())
    assert card["command"] == "python -m models.training emotion --config tiny --data fer2013_training.npz"
    told = run("evaluate", "tiny", "--data", files[1], "--write", "public_test")
    scores = json.loads(told)
    card = json.loads((tmp_path / "weights" / "tiny.json").read_text())
    assert card["metrics"]["public_test"] == scores
    assert scores["faces"] == 90
    assert scores["milliseconds_a_face"]["batch_1"] > 0


def test_an_evaluation_goes_to_the_module_of_the_cards_task(run, files, tmp_path, monkeypatch):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "dots.json").write_text(json.dumps({"name": "dots", "task": "keypoints", "metrics": {}}))

    class Keypoints:
        @staticmethod
        def add_commands(parsers):
            parsers.add_parser("keypoints")

        @staticmethod
        def evaluate(name, path, options):
            return {"name": name, "file": path.name, "usage": options.usage}

    monkeypatch.setattr(command_line, "find_trainings", dict)
    with pytest.raises(SystemExit):
        run("evaluate", "dots", "--data", files[1])
    monkeypatch.setattr(command_line, "find_trainings", lambda: {"keypoints": Keypoints})
    scores = json.loads(run("evaluate", "dots", "--data", files[1], "--write", "test"))
    assert scores == {"name": "dots", "file": "test.npz", "usage": "PublicTest"}
    assert json.loads((tmp_path / "weights" / "dots.json").read_text())["metrics"] == {"test": scores}


def test_a_wrong_name_is_one_sentence(run, files, capsys):
    with pytest.raises(SystemExit) as stopped:
        run("evaluate", "nothing", "--data", files[1])
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "Unknown network 'nothing'. Known: none.\n"


def test_happy_against_sad_is_cross_validated(run, files, tmp_path, bright_training):
    run("emotion", "--config", "tiny", "--task", "happy-sad", "--folds", "2", "--data", files[0])
    table = json.loads((tmp_path / "weights" / "tables" / "happy_sad.json").read_text())
    assert table["command"].endswith("--config tiny --task happy-sad --folds 2 --data fer2013_training.npz")
    assert table["classes"] == ["happy", "sad"]
    assert table["faces"] == np.isin(bright_training.labels, [3, 4]).sum()
    assert len(table["rows"]) == 2
    assert 0 <= table["accuracy"]["mean"] <= 1
    assert not list((tmp_path / "weights").glob("*.keras"))


def test_five_classes_are_trained_on_one_split(run, files, tmp_path):
    run("emotion", "--config", "tiny", "--task", "five", "--data", files[0], "--test", files[1])
    table = json.loads((tmp_path / "weights" / "tables" / "five.json").read_text())
    assert table["left_out"] == ["disgust", "fear"]
    assert np.shape(table["validation"]["confusion"]) == (5, 5)
    assert np.shape(table["public_test"]["confusion"]) == (5, 5)
    assert table["command"].endswith("--data fer2013_training.npz --test fer2013_publictest.npz")
    assert "disgust and fear" in table["note"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--config", "pair", "--task", "five"], "put together from others"),
        (["--config", "tiny", "--task", "five", "--folds", "3", "--backbone", "old"], "has seen faces of every fold"),
    ],
)
def test_what_would_not_be_a_fair_task_is_refused(run, files, tmp_path, capsys, arguments, complaint):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "old.json").write_text(json.dumps({"configuration": {"validation": 0.1}}))
    with pytest.raises(SystemExit):
        run("emotion", "--data", files[0], *arguments)
    assert complaint in capsys.readouterr().err


def averaged_data(count):
    labels = np.repeat(np.arange(7), count).astype(np.uint8)
    images = np.zeros((len(labels), 48, 48), np.uint8)
    images[:, 0] = 10
    images[::2, 0] = 21  # every other face, so that the mean is 15.5
    rows = np.arange(len(labels), dtype=np.int32)
    return ExpressionData(images, labels, rows, rows, np.zeros((len(labels), 10), np.uint8))


def test_average_faces_are_means_of_hundreds(run, tmp_path):
    run("averages", "--data", save(averaged_data(402), tmp_path / "training.npz"))
    with np.load(tmp_path / "weights" / "tables" / "average_faces.npz") as file:
        assert file["faces"].shape == (7, 48, 48)
        assert file["faces"].dtype == np.uint8
        assert file["counts"].tolist() == [402] * 7
        np.testing.assert_array_equal(file["faces"][:, 0], 16)
        assert file["faces"][:, 1:].max() == 0


def test_an_average_of_few_faces_is_refused(tmp_path):
    with pytest.raises(ValueError, match="300 faces of angry"):
        write_average_faces(averaged_data(300), tmp_path)
    assert list(tmp_path.iterdir()) == []
