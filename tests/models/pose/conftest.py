from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from models import networks, pose
from tests.models.people import write_pose


@pytest.fixture(scope="session")
def colour_pass(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Callable[[np.ndarray, np.ndarray], Any]]:
    """A folder with the network that finds colours, and its compiled pass."""
    folder = tmp_path_factory.mktemp("weights")
    write_pose(folder)
    return folder, pose.compile_pose(keras.saving.load_model(folder / "pose.keras", compile=False))


@pytest.fixture
def colours(colour_pass: tuple[Path, Callable[[np.ndarray, np.ndarray], Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the network that finds colours in the place of the trained one."""
    folder, run = colour_pass
    monkeypatch.setattr(networks, "WEIGHTS", folder)
    monkeypatch.setattr(pose.inference, "_compiled", lambda network: (run, False))
