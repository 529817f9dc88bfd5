from dataclasses import replace

import pytest

from models.classifier.training.augmentation import PictureAugmentation
from models.classifier.training.configurations import RUNGS, ClassifierConfiguration
from models.classifier.training.datasets import PictureData
from tests.models.classifier.training.pictures import draw_data


@pytest.fixture(scope="session")
def data() -> PictureData:
    return draw_data(160)


@pytest.fixture(scope="session")
def tiny() -> ClassifierConfiguration:
    """A network that is trained within seconds."""
    return replace(
        RUNGS["simple"],
        size=16,
        widths=(8, 12),
        epochs=3,
        warmup_epochs=0.5,
        peak_rate=2e-2,
        batch=16,
        dtype="float32",
        augmentation=PictureAugmentation(rotation=10, scale=1.1, erase=0.0),
    )
