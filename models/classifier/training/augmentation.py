"""What a training picture may look like: turned, mirrored, moved, in other light, blurred, partly hidden."""

from dataclasses import dataclass

import cv2
import numpy as np

from models.classifier.inference import fit_input, whole_square


@dataclass(frozen=True)
class PictureAugmentation:
    """How far a training picture may differ from the stored one.

    Attributes:
        rotation: largest degrees to either side.
        mirrored: share of the pictures that are mirrored.
        scale: largest size as factor of the stored one; the smallest is its inverse.
        shift: largest distance in either direction, as share of the side.
        contrast: largest factor; the smallest is its inverse.
        brightness: grey levels (of 255) to either side.
        tint: largest gain of one colour over another; of no effect on grey pictures.
        blur: share of the pictures that are blurred.
        erase: share of the pictures of which a rectangle is hidden under plain grey.
        erase_side: smallest and largest side of that rectangle, as share of the picture's.
    """

    rotation: float = 12.0
    mirrored: float = 0.5
    scale: float = 1.15
    shift: float = 0.06
    contrast: float = 1.25
    brightness: float = 20.0
    tint: float = 1.1
    blur: float = 0.1
    erase: float = 0.1
    erase_side: tuple[float, float] = (0.1, 0.3)


def augment(
    picture: np.ndarray, size: int, channels: int, settings: PictureAugmentation, random: np.random.Generator
) -> np.ndarray:
    """Return a picture as a network sees it, differently each time.

    Args:
        picture: uint8 (H, W, 3) in RGB, or grey (H, W).
        size: side of the network's input in pixels.
        channels: of the network's input.
        settings: how far it may differ.
        random: source of all chances.

    Returns:
        uint8 (size, size, channels).
    """
    across, down = random.uniform(-settings.shift, settings.shift, 2)
    transform = whole_square(
        picture,
        size,
        angle=random.uniform(-settings.rotation, settings.rotation),
        scale=_factor(settings.scale, random),
        shift=(across, down),
        mirrored=random.random() < settings.mirrored,
    )
    shown = fit_input(picture, size, channels, transform)
    if random.random() < settings.blur:
        shown = cv2.GaussianBlur(shown, (0, 0), random.uniform(0.4, 1.0)).reshape(shown.shape)
    levels = _levels(settings, channels, random)
    shown = np.stack([levels[channel][shown[..., channel]] for channel in range(channels)], axis=-1)
    if random.random() < settings.erase:
        height, width = (random.uniform(*settings.erase_side, 2) * size).astype(int)
        top, left = random.integers(0, size - height + 1), random.integers(0, size - width + 1)
        shown[top : top + height, left : left + width] = 128
    return shown


def _levels(settings: PictureAugmentation, channels: int, random: np.random.Generator) -> np.ndarray:
    """uint8 (channels, 256): the new level of each level of each colour."""
    contrast, brightness = _factor(settings.contrast, random), random.uniform(-settings.brightness, settings.brightness)
    gains = np.array([_factor(settings.tint, random) if channels == 3 else 1.0 for _ in range(channels)])
    values = (np.arange(256) - 128) * contrast + 128 + brightness
    return np.clip(np.rint(gains[:, None] * values), 0, 255).astype(np.uint8)


def _factor(largest: float, random: np.random.Generator) -> float:
    return float(largest ** random.uniform(-1, 1))
