from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.keypoints.training.configurations import KEYPOINTS, KeypointConfiguration
from models.keypoints.training.datasets import STORED, LandmarkData

MIDDLE = STORED / 2


def face_shape() -> np.ndarray:
    """68 points of about a face's shape, (68, 2), between -1 and 1."""
    jaw = np.linspace(np.pi, 0, 17)
    lips, inner, lids = (
        np.linspace(np.pi, -np.pi, 13)[:12],
        np.linspace(np.pi, -np.pi, 9)[:8],
        np.linspace(np.pi, -np.pi, 7),
    )
    line = np.linspace(-1, 1, 5)

    def ring(x: float, y: float, width: float, height: float, turn: np.ndarray) -> np.ndarray:
        return np.stack([x + width * np.cos(turn), y - height * np.sin(turn)], axis=1)

    return np.concatenate(
        [
            np.stack([0.9 * np.cos(jaw), -0.2 + 1.2 * np.sin(jaw)], axis=1),
            np.stack([-0.45 + 0.3 * line, np.full(5, -0.6)], axis=1),
            np.stack([0.45 + 0.3 * line, np.full(5, -0.6)], axis=1),
            np.stack([np.zeros(4), np.linspace(-0.4, 0.1, 4)], axis=1),
            np.stack([0.15 * line, np.full(5, 0.2)], axis=1),
            ring(-0.45, -0.35, 0.18, 0.08, lids[:6]),
            ring(0.45, -0.35, 0.18, 0.08, lids[:6]),
            ring(0, 0.55, 0.35, 0.15, lips),
            ring(0, 0.55, 0.25, 0.05, inner),
        ]
    )


def draw(points: np.ndarray) -> np.ndarray:
    """A grey picture of a face: an oval with eyes, nose and mouth."""
    picture = np.full((STORED, STORED), 60, np.uint8)
    for part, grey in (
        (range(27), 190),
        (range(27, 36), 150),
        (range(36, 42), 20),
        (range(42, 48), 20),
        (range(48, 60), 90),
    ):
        cv2.fillConvexPoly(picture, cv2.convexHull(points[list(part)].astype(np.float32)).astype(np.int32), grey)
    return picture


def made_faces(count: int, seed: int = 0) -> LandmarkData:
    """Drawn faces at different places and sizes: six parts train, two val, two test; two faces a person."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(30, 38, (count, 1, 1))
    points = MIDDLE + rng.uniform(-6, 6, (count, 1, 2)) + size * face_shape() + rng.normal(0, 0.3, (count, 68, 2))
    person = np.arange(count) // 2
    split = np.array(["train", "train", "train", "val", "test"])[person % 5]
    return LandmarkData(
        np.stack([draw(one) for one in points]),
        points.astype(np.float32),
        split,
        np.array([f"person {number}" for number in person]),
        np.array(["first", "second"])[np.arange(count) % 2],
        (1 + np.arange(count) % 5).astype(np.int8),
    )


def with_marks(faces: LandmarkData) -> LandmarkData:
    """The same faces with five points."""
    from models.keypoints import to_marks

    return LandmarkData(faces.images, to_marks(faces.points), faces.split, faces.group, faces.source, faces.pose)


@pytest.fixture(scope="session")
def faces() -> LandmarkData:
    return made_faces(40)


@pytest.fixture(scope="session")
def marked() -> LandmarkData:
    return with_marks(made_faces(20, seed=1))


@pytest.fixture(scope="session")
def tiny() -> KeypointConfiguration:
    """A network that is trained within seconds."""
    return replace(
        KEYPOINTS["keypoints"],
        name="tiny",
        title="Tiny network",
        stem=16,  # a 1×1 convolution with stride 2 needs 16 channels
        widths=(16, 16),
        merged=8,
        before=None,
        epochs=6,
        peak_rate=1e-2,
        batch=8,
        warmup_epochs=0.5,
        dtype="float32",
    )


def prepared(path, faces: LandmarkData) -> None:
    """Writes faces as a prepared file."""
    codes = [cv2.imencode(".png", image)[1].ravel() for image in faces.images]
    np.savez(
        path,
        images=np.concatenate(codes),
        offsets=np.cumsum([0, *map(len, codes)]),
        keypoints=faces.points,
        group=faces.group,
        split=faces.split,
        source=faces.source,
        attributes=np.repeat(faces.pose[:, None], 4, axis=1),
    )
