from dataclasses import replace

import numpy as np
import pytest

from models.emotion.training.configurations import EMOTION, Cycle, EmotionConfiguration
from models.emotion.training.datasets import ExpressionData


def bright_faces(count: int, first_row: int, seed: int) -> ExpressionData:
    """Faces whose brightness tells the label, with votes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 7, count).astype(np.uint8)
    noise = rng.integers(-8, 9, (count, 48, 48))
    images = np.clip(labels[:, None, None] * 36 + 16 + noise, 0, 255).astype(np.uint8)
    rows = np.arange(first_row, first_row + count, dtype=np.int32)
    return ExpressionData(images, labels, rows, rows, rng.integers(0, 3, (count, 10)).astype(np.uint8))


@pytest.fixture(scope="session")
def bright_training() -> ExpressionData:
    return bright_faces(320, 0, seed=0)


@pytest.fixture(scope="session")
def bright_test() -> ExpressionData:
    return bright_faces(90, 28_709, seed=1)


@pytest.fixture
def tiny() -> EmotionConfiguration:
    """A network that is trained within seconds."""
    return replace(
        EMOTION["emotion-simple"],
        name="tiny",
        title="Tiny network",
        widths=(4, 8),
        cycles=(Cycle(epochs=1, warmup_epochs=0.1),),
        batch=64,
        dtype="float32",
    )
