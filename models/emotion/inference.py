"""From grey faces to the probabilities of seven expressions."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from models import networks
from models.cards import Card, list_cards, load_card
from models.geometry import fit_similarity
from models.images import cut_out
from models.passes import together

if TYPE_CHECKING:
    import keras

EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
SIZE = 48
# Where the emotion network's training faces have the image-left eye, the image-right eye and the mouth: the median over
# the faces of FER2013 Training on which the keypoint network is sure, made symmetric; `python -m models.training
# measure-keypoints` measures it. Whole numbers are the centres of pixels.
PLACES = np.array([[14.6, 18.6], [32.4, 18.6], [23.5, 36.6]])
DEFAULT = "emotion"
TASK = "expression"  # on the cards of the networks
SMALLEST_SHARE = 1e-30  # probabilities below it count as it where their logarithm is taken
_BATCH = 128  # bounds the memory that one pass takes


def predict(faces: np.ndarray, network: str = DEFAULT, is_quick: bool = False) -> np.ndarray:
    """Score faces with an expression network.

    Where the network's card says "flip_average", each face is scored together with its mirror image, and their logits
    are averaged. An explanation of the network is one of the face alone.

    Args:
        faces: grey uint8 (N, 48, 48).
        network: one of `list_networks`. Defaults to the best.
        is_quick: whether to leave the mirror images out: half the time, a little less exact. Defaults to False.

    Returns:
        float32 (N, 7), the probability of each of `EXPRESSIONS`.

    Raises:
        ValueError: if the faces have another shape or type, or there is no such expression network.
    """
    faces = np.asarray(faces)
    if faces.dtype != np.uint8 or faces.ndim != 3 or faces.shape[1:] != (SIZE, SIZE):
        raise ValueError(f"faces must be uint8 (N, {SIZE}, {SIZE}), but are {faces.dtype} {faces.shape}.")
    if len(faces) == 0:
        return np.zeros((0, len(EXPRESSIONS)), np.float32)
    run = _compiled(network, is_quick)
    return together(("expression", network, is_quick), lambda part: [run(part)], _BATCH, faces)[0]


def name_expression(probabilities: np.ndarray, network: str = DEFAULT) -> str:
    """Return the most probable expression, or "uncertain" below the threshold of the network's card."""
    winner = int(np.argmax(probabilities))
    return EXPRESSIONS[winner] if probabilities[winner] >= _threshold(network) else "uncertain"


def list_networks() -> list[str]:
    """Return the names of the expression networks: the default first, the others by name."""
    names = [card.name for card in list_cards() if card.task == TASK]
    return sorted(names, key=lambda name: (name != DEFAULT, name))


def align(image: np.ndarray, marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut a face out so that its eyes and mouth stand where the emotion network's training faces have them.

    Args:
        image: RGB uint8 (H, W, 3).
        marks: (5, 2) photo pixels, as of `models.keypoints.to_marks`.

    Returns:
        The crop, uint8 (48, 48), and the transform, float32 (2, 3), that takes the crop's pixel (x, y, 1) to the
        photo's.
    """
    eyes, mouth = marks[:2], marks[3:].mean(axis=0, keepdims=True)
    transform = fit_similarity(PLACES, np.concatenate([eyes, mouth]))
    return cut_out(image, transform, SIZE), transform.astype(np.float32)


def compile_pass(network: "keras.Model", flip_average: bool = False) -> Callable[[Any], Any]:
    """Return the compiled pass of a network, as `predict` runs it.

    Args:
        network: from grey pixels (N, 48, 48, 1) to probabilities.
        flip_average: whether to average the logits of each face and of its mirror image. Defaults to False.

    Returns:
        A function from uint8 (N, 48, 48) to a tensor of probabilities, traced once for every N.
    """
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((None, SIZE, SIZE), tf.uint8)], autograph=False)
    def run(faces: Any) -> Any:
        pixels = tf.cast(faces, tf.float32)[..., None]
        if not flip_average:
            return network(pixels, training=False)
        shares = network(tf.concat([pixels, pixels[:, :, ::-1]], axis=0), training=False)
        plain, mirrored = tf.split(tf.math.log(tf.maximum(shares, SMALLEST_SHARE)), 2)
        return tf.nn.softmax((plain + mirrored) / 2)

    return run


def _card(name: str) -> Card:
    card = load_card(name)
    if card.task != TASK:
        raise ValueError(f"{name!r} is no expression network. Known: {', '.join(list_networks())}.")
    return card.check(EXPRESSIONS)


@cache
def _threshold(network: str) -> float:
    return _card(network).check(EXPRESSIONS, ("uncertain",)).thresholds["uncertain"]


@cache
def _compiled(network: str, is_quick: bool = False) -> Callable[[np.ndarray], Any]:
    flip_average = _card(network).flip_average and not is_quick
    return compile_pass(networks.load_network(network), flip_average)
