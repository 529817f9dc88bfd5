"""From pictures of any size to the probabilities of the classes that a network was trained to tell apart."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

import cv2
import numpy as np

from models import networks
from models.cards import list_cards, load_card
from models.geometry import square_transform
from models.images import Box, check_photo, cut_out_colour

if TYPE_CHECKING:
    import keras

Fit = Literal["pad", "crop", "stretch"]

FITS: tuple[Fit, ...] = get_args(Fit)
TASK = "classification"
DEFAULT = "cells"
_BATCH = 64  # bounds the memory that one pass takes


def predict(pictures: Sequence[np.ndarray], network: str = DEFAULT) -> np.ndarray:
    """Score pictures with a classifier.

    Args:
        pictures: RGB uint8 (H, W, 3) each, of any size. One that is no square is completed to one by repeating its
            edge, so that nothing is stretched or lost.
        network: one of `list_networks`. Defaults to "cells".

    Returns:
        float32 (N, K), the probability of each class, in the order of the card's labels.

    Raises:
        ValueError: if a picture has another shape or type, or there is no such classifier.
    """
    for picture in pictures:
        check_photo(picture)
    card = load_card(network)
    if card.task != TASK:
        raise ValueError(f"{network!r} is no classifier. Known: {', '.join(list_networks()) or 'none'}.")
    _, size, _, channels = networks.load_network(network).input_shape
    parts = [np.zeros((0, len(card.labels)), np.float32)]
    run = _compiled(network)
    for start in range(0, len(pictures), _BATCH):
        shown = [fit_input(picture, size, channels) for picture in pictures[start : start + _BATCH]]
        parts.append(run(np.stack(shown)).numpy())
    return np.concatenate(parts)


def list_networks() -> list[str]:
    """Return the names of the classifiers."""
    return [card.name for card in list_cards() if card.task == TASK]


def fit_input(
    picture: np.ndarray, size: int | tuple[int, int], channels: int, transform: np.ndarray | None = None
) -> np.ndarray:
    """Return a picture as a network sees it; training and inference share this.

    Args:
        picture: uint8 (H, W, 3) in RGB, or grey (H, W).
        size: side of the network's input in pixels, or (height, width).
        channels: of the network's input: 1 makes the picture grey.
        transform: (2, 3), takes the input's pixel (x, y, 1) to the picture's. Defaults to that of the whole picture,
            completed to a square by repeating its edge.

    Returns:
        uint8 (height, width, channels).
    """
    height, width = (size, size) if isinstance(size, int) else size
    if transform is None:
        transform = fit_box((0, 0, picture.shape[1], picture.shape[0]), (height, width))
    if channels == 1 and picture.ndim == 3:
        picture = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY)
    shown = cut_out_colour(picture, transform, (height, width))
    if channels == 3 and shown.ndim == 2:
        return np.repeat(shown[..., None], 3, axis=2)
    return shown.reshape(height, width, channels)


def fit_box(box: Box, size: tuple[int, int], fit: Fit = "pad") -> np.ndarray:
    """Return the map, float64 (2, 3), from a network's input (x, y, 1) to a box of a picture.

    Args:
        box: (x, y, width, height) in pixels of the picture.
        size: (height, width) of the input in pixels.
        fit: "pad" shows the whole box and what lies beside it, "crop" the middle of the box, "stretch" the whole box
            with other proportions. Defaults to "pad".
    """
    if fit not in FITS:
        raise ValueError(f"fit must be one of {', '.join(FITS)}, but is {fit!r}.")
    x, y, width, height = box
    scales = np.array([width / size[1], height / size[0]])
    if fit != "stretch":
        scales[:] = scales.max() if fit == "pad" else scales.min()
    centre = np.array([x + (width - 1) / 2, y + (height - 1) / 2])
    middle = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2])
    return np.column_stack([np.diag(scales), centre - scales * middle])


def whole_square(
    picture: np.ndarray,
    size: int,
    angle: float = 0.0,
    scale: float = 1.0,
    shift: tuple[float, float] = (0.0, 0.0),
    mirrored: bool = False,
) -> np.ndarray:
    """Return the map, float64 (2, 3), from a network's input to the square around a picture.

    Args:
        picture: (H, W) or (H, W, 3).
        size: side of the input in pixels.
        angle: degrees by which the square is turned. Defaults to 0.
        scale: side of the square as multiple of the picture's longer side. Defaults to 1.
        shift: of the square to the right and down, as share of the longer side. Defaults to none.
        mirrored: whether the input shows the mirror image. Defaults to False.
    """
    height, width = picture.shape[:2]
    side = max(height, width)
    square = ((width - 1) / 2 + shift[0] * side, (height - 1) / 2 + shift[1] * side, scale * side)
    return square_transform(square, size, angle, mirrored)


def compile_classifier(network: "keras.Model") -> Callable[[Any], Any]:
    """Return the compiled pass of a network, as `predict` runs it.

    Args:
        network: from pixels of 0..255 to probabilities.

    Returns:
        A function from uint8 (N, height, width, channels) to a tensor of probabilities, traced once for every N.
    """
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((None, *network.input_shape[1:]), tf.uint8)], autograph=False)
    def run(pictures: Any) -> Any:
        return network(tf.cast(pictures, tf.float32), training=False)

    return run


@cache
def _compiled(network: str) -> Callable[[np.ndarray], Any]:
    return compile_classifier(networks.load_network(network))
