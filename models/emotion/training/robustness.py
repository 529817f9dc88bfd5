"""Accuracy under what happens to faces on their way to a network: bad crops, tilt, blur, darkness, hidden halves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from models.training.classification import accuracy


@dataclass(frozen=True)
class Condition:
    """Something that happens to faces: `change` takes and returns uint8 (N, size, size)."""

    name: str
    label: str
    description: str
    change: Callable[[np.ndarray], np.ndarray]


def robustness(
    predict: Callable[[np.ndarray], np.ndarray], images: np.ndarray, labels: np.ndarray
) -> list[dict[str, Any]]:
    """Return the accuracy under each of `CONDITIONS`.

    Args:
        predict: from uint8 (N, size, size) to probabilities (N, classes).
        images: uint8 (N, size, size).
        labels: (N,).

    Returns:
        One row a condition: its name, label and description, accuracy and interval, by how much the accuracy drops, and
        on which share of the faces the answer stays the same.
    """
    rows: list[dict[str, Any]] = []
    answers, as_is = np.zeros(0), 0.0
    for condition in CONDITIONS:
        shares = predict(condition.change(images))
        result = accuracy(shares, labels)
        if not rows:
            answers, as_is = shares.argmax(axis=1), result["accuracy"]
        rows.append(
            {"name": condition.name, "label": condition.label, "description": condition.description}
            | result
            | {
                "drop": as_is - result["accuracy"],
                "same_answer": float((shares.argmax(axis=1) == answers).mean()),
            }
        )
    return rows


def crop_wider(faces: np.ndarray, factor: float) -> np.ndarray:
    """Return the faces as a square that is `factor` times as wide about the same centre would show them.

    What lies beyond the stored picture is its reflection, as a data set of crops holds no more; a factor below 1 cuts
    the border off.
    """
    centre = (faces.shape[1] - 1) / 2
    shift = centre * (1 - 1 / factor)
    return _warp(faces, np.array([[1 / factor, 0, shift], [0, 1 / factor, shift]]))


def tilt(faces: np.ndarray, degrees: float) -> np.ndarray:
    """Return the faces turned clockwise about their centre; corners show the picture's reflection."""
    centre = (faces.shape[1] - 1) / 2
    return _warp(faces, cv2.getRotationMatrix2D((centre, centre), -degrees, 1.0))


def blur_faces(faces: np.ndarray, sigma: float) -> np.ndarray:
    """Return the faces under a Gaussian blur of `sigma` pixels."""
    return np.stack([cv2.GaussianBlur(face, (0, 0), sigma, borderType=cv2.BORDER_REFLECT) for face in faces])


def darken(faces: np.ndarray, light: float, noise: float, seed: int = 0) -> np.ndarray:
    """Return the faces with a share of their light, plus noise of so many grey levels (standard deviation)."""
    grain = np.random.default_rng(seed).standard_normal(faces.shape, np.float32)
    return _to_grey(faces * np.float32(light) + np.float32(noise) * grain)


def hide(faces: np.ndarray, rows: slice) -> np.ndarray:
    """Return the faces with some of their rows covered by the mean grey of each face."""
    hidden = faces.copy()
    hidden[:, rows] = _to_grey(faces.mean(axis=(1, 2)))[:, None, None]
    return hidden


def _warp(faces: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Move stored pixels (x, y) to matrix · (x, y, 1)."""
    size = faces.shape[1:][::-1]
    return np.stack(
        [cv2.warpAffine(face, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT) for face in faces]
    )


def _to_grey(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


_BEYOND = "what lies beyond the stored picture is its reflection"

CONDITIONS = (
    Condition("as_is", "As is", "The faces as the data set stores them.", lambda faces: faces),
    Condition(
        "wide",
        "Crop 20 % too wide",
        f"The square is 1.2 times as wide; {_BEYOND}, so a real crop may differ.",
        lambda faces: crop_wider(faces, 1.2),
    ),
    Condition(
        "narrow",
        "Crop 20 % too narrow",
        "The square is 0.8 times as wide; hair, ears and chin are cut.",
        lambda faces: crop_wider(faces, 0.8),
    ),
    Condition("tilt_left", "Tilted by −15°", f"Turned counter-clockwise; {_BEYOND}.", lambda faces: tilt(faces, -15)),
    Condition("tilt_right", "Tilted by +15°", f"Turned clockwise; {_BEYOND}.", lambda faces: tilt(faces, 15)),
    Condition("blur_light", "Light blur", "Gaussian blur of 1 pixel (σ) at 48×48.", lambda faces: blur_faces(faces, 1)),
    Condition(
        "blur_strong", "Strong blur", "Gaussian blur of 2 pixels (σ) at 48×48.", lambda faces: blur_faces(faces, 2)
    ),
    Condition(
        "low_light",
        "Low light",
        "A quarter of the light, and a camera's noise of 3 grey levels (σ).",
        lambda faces: darken(faces, 0.25, 3),
    ),
    Condition("noise", "Noise", "Gaussian noise of 15 grey levels (σ).", lambda faces: darken(faces, 1, 15)),
    Condition(
        "mirror",
        "Mirrored",
        "Left and right swapped; without effect where an answer is averaged over both.",
        lambda faces: np.ascontiguousarray(faces[:, :, ::-1]),
    ),
    Condition(
        "eyes_hidden",
        "Eyes hidden",
        "The upper half is covered by the face's mean grey.",
        lambda faces: hide(faces, slice(0, faces.shape[1] // 2)),
    ),
    Condition(
        "mouth_hidden",
        "Mouth hidden",
        "The lower half is covered by the face's mean grey.",
        lambda faces: hide(faces, slice(faces.shape[1] // 2, None)),
    ),
)
"""In the order of the table; the first leaves the faces as they are."""
