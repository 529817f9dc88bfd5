from dataclasses import replace

import pytest

from models.pose.training.configurations import POSE, PoseConfiguration, PoseCycle
from models.pose.training.datasets import PoseData
from tests.models.pose.training.people import draw_people


@pytest.fixture(scope="session")
def people() -> PoseData:
    return draw_people(40, seed=0)


@pytest.fixture(scope="session")
def tiny() -> PoseConfiguration:
    """A network that is trained within seconds."""
    return replace(
        POSE["pose"],
        name="tiny",
        title="Tiny pose network",
        stem=8,
        widths=(8,),
        depths=(1,),
        merged=(16,),
        refined=(0,),
        cycles=(PoseCycle(epochs=2, size=48, peak_rate=1e-2, warmup_epochs=0.2), PoseCycle(epochs=1, size=64)),
        batch=8,
        flip_average=False,
        dtype="float32",
    )
