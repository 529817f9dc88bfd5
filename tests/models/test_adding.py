"""A network is added by adding its folder, its card and its weights, as CONTRIBUTING.md says; names mean one thing."""

import ast
import collections
import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import models
from models import list_cards, networks
from models.training.__main__ import main
from tests import readme

INFERENCE = """
import numpy as np

from models import networks


def predict(pictures, network="toy"):
    return networks.load_network(network)(pictures, training=False).numpy()
"""
COMMANDS = """
import json

import keras

from models.training.commands import add_folders, spell
from models.training.publishing import write_card, write_network

TASK = "brightness"


def add_commands(commands):
    parser = commands.add_parser("toy", help="train the toy network")
    add_folders(parser)
    parser.set_defaults(run=train)


def train(options):
    pixels = keras.Input((4, 4, 1))
    network = keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(pixels))
    card = {"name": "toy", "title": "Toy network", "task": TASK, "labels": ["bright"], "thresholds": {}, "metrics": {}}
    files = write_network(network, "toy", options.folder / "log.csv", options.weights)
    write_card(card | files | {"command": spell("toy", {})}, options.weights)


def evaluate(name, path, options):
    return {"headline": f"as bright as {path.name}"}
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The package `models.toy` in a temporary place, and a folder of weights there."""
    folder = tmp_path / "models" / "toy"
    (folder / "training").mkdir(parents=True)
    (folder / "__init__.py").write_text("from models.toy.inference import predict\n")
    (folder / "inference.py").write_text(INFERENCE)
    (folder / "training" / "__init__.py").touch()
    (folder / "training" / "commands.py").write_text(COMMANDS)
    monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path / "models")])
    monkeypatch.setattr(networks, "WEIGHTS", tmp_path / "weights")
    yield importlib.import_module("models.toy")
    for name in [name for name in sys.modules if name.startswith("models.toy")]:
        del sys.modules[name]
    del models.toy  # type: ignore[attr-defined]


def test_a_network_is_added_by_adding_its_folder(
    toy: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "train the toy network" in capsys.readouterr().out

    main(["toy", "--folder", str(tmp_path), "--weights", str(networks.WEIGHTS)])
    (card,) = list_cards()
    assert (card.name, card.task, card.command) == ("toy", "brightness", "python -m models.training toy")
    np.testing.assert_allclose(toy.predict(np.full((1, 4, 4, 1), 7.0, np.float32)), [[7]])

    main(["evaluate", "toy", "--data", "lamp.npz", "--weights", str(networks.WEIGHTS), "--write", "test"])
    assert json.loads(capsys.readouterr().out) == {"headline": "as bright as lamp.npz"}
    assert readme.networks_table().splitlines()[-1].startswith("| `toy` Toy network | 0 | ")
    assert readme.networks_table().endswith(" | as bright as lamp.npz |")

    main(["check", "--weights", str(networks.WEIGHTS)])
    assert capsys.readouterr().out == "toy: file as the card says.\n"

    shutil.rmtree(tmp_path / "models" / "toy")
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "toy" not in capsys.readouterr().out


def test_no_two_public_functions_of_one_name_take_different_arguments() -> None:
    """But for `predict`, which every network has with its own pictures."""
    signatures: dict[str, set[tuple[str, ...]]] = collections.defaultdict(set)
    for path in Path(models.__file__).parent.rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.name != "predict":
                signatures[node.name].add(tuple(argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)))
    assert {name: found for name, found in signatures.items() if len(found) > 1} == {}
