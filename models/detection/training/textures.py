"""Pictures without any face, drawn by formula: what regular patterns and noise must not be taken for."""

import cv2
import numpy as np


def texture(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """RGB uint8 (height, width, 3): stripes, checks, rings, blobs, noise or a gradient in two random colours."""
    draw = _PATTERNS[rng.integers(len(_PATTERNS))]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    across, along = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    values = np.clip(draw(rng, across, along), 0, 1).astype(np.float32)[..., None]  # (height, width, 1)
    first, second = rng.uniform(0, 255, (2, 3)).astype(np.float32)
    if rng.random() < 0.3:
        first, second = np.zeros(3, np.float32), np.full(3, 255, np.float32)
    picture = first + values * (second - first)
    if rng.random() < 0.3:
        picture += rng.normal(0, rng.uniform(2, 25), (height, width, 1))
    return np.clip(picture, 0, 255).astype(np.uint8)


def _period(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(3), np.log(90))))


def _stripes(rng: np.random.Generator, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    return (np.mod(across / _period(rng), 1) < rng.uniform(0.2, 0.8)).astype(np.float32)


def _grating(rng: np.random.Generator, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.sin(2 * np.pi * across / _period(rng))


def _plaid(rng: np.random.Generator, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    one, other = np.sin(2 * np.pi * across / _period(rng)), np.sin(2 * np.pi * along / _period(rng))
    return 0.5 + 0.25 * (one + other)


def _checks(rng: np.random.Generator, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    side = _period(rng)
    return np.mod(np.floor(across / side) + np.floor(along / side), 2)


def _dots(rng: np.random.Generator, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    side = _period(rng) + 4
    from_centre = np.hypot(np.mod(across, side) - side / 2, np.mod(along, side) - side / 2)
    return (from_centre < rng.uniform(0.15, 0.45) * side).astype(np.float32)


def _rings(rng: np.random.Generator, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    centre = rng.uniform(0, 1, 2) * [np.ptp(across), np.ptp(along)]
    radius = np.hypot(across - across.min() - centre[0], along - along.min() - centre[1])
    return 0.5 + 0.5 * np.sin(2 * np.pi * radius / _period(rng))


def _ramp(rng: np.random.Generator, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    return (across - across.min()) / max(float(np.ptp(across)), 1.0)


def _noise(rng: np.random.Generator, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    return rng.random(across.shape)


def _clouds(rng: np.random.Generator, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    values = np.zeros(across.shape, np.float32)
    for octave in range(int(rng.integers(1, 4)), 7):
        grid = rng.random((2**octave, 2**octave)).astype(np.float32)
        values += cv2.resize(grid, across.shape[::-1], interpolation=cv2.INTER_CUBIC) / 2**octave
    return (values - values.min()) / max(float(np.ptp(values)), 1e-6)


def _ellipses(rng: np.random.Generator, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Blank ovals of the size of faces on an even ground."""
    canvas = np.zeros(across.shape, np.float32)
    height, width = across.shape
    for _ in range(int(rng.integers(1, 12))):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(3, max(4, width // 4))), int(rng.integers(3, max(4, height // 4))))
        cv2.ellipse(canvas, centre, axes, rng.uniform(0, 180), 0, 360, float(rng.uniform(0.2, 1)), -1)
    return canvas


_PATTERNS = (_stripes, _grating, _plaid, _checks, _dots, _rings, _ramp, _noise, _clouds, _ellipses)
