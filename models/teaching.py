"""A classifier of a visitor's own pictures, taught in seconds: a head on a network of ours, or a small network.

On a frozen network of ours, each picture becomes the mean of that network's last maps, once; what is taught is a linear
head on these numbers. Both leave as one flat Keras model from pixels to probabilities.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest

from models import networks
from models.classifier import fit_input

if TYPE_CHECKING:
    import keras

BaseName = Literal["pictures", "faces", "scratch"]

LEAST_CLASSES, MOST_CLASSES = 2, 10
LEAST_PICTURES = 2
"""Of a class: fewer say nothing about what its pictures have in common."""
HELD_OUT = 0.2
"""Share of a class's pictures that are held back, one in five as usual."""
LEAST_FOR_HOLDING = 5
"""Pictures of a class of which one can be held back."""
STEPS = 60
"""Most steps of the head; it stops before when nothing changes any more."""
EPOCHS = 40
BATCH = 8
RATE = 1e-3
"""Adam's usual rate (Kingma and Ba 2015, arXiv:1412.6980)."""
WIDTHS = (16, 32, 64, 64)
"""Channels of the small network; with 64×64 pixels its last maps are 8×8."""
_AT_ONCE = 16  # pictures in one pass, which bounds its memory


@dataclass(frozen=True)
class Base:
    """What a classifier is taught on.

    Args:
        label: In a picker.
        words: A sentence on whom it suits.
        side: Pixels of a side of what it is shown.
        channels: 3 for colour, 1 for grey.
        network: The network whose layers it begins with. Defaults to none: it learns everything anew.
        layer: The last of these layers.
    """

    label: str
    words: str
    side: int
    channels: int
    network: str = ""
    layer: str = ""


BASES: dict[BaseName, Base] = {
    "pictures": Base(
        "Any picture",
        "The first layers of the network for bodies find edges, colours and shapes; only a head on them is taught.",
        192,
        3,
        "pose",
        "stage2_block2_expand_relu",
    ),
    "faces": Base(
        "Faces",
        "The layers of the network for expressions, on the largest face of each picture; only a head is taught.",
        48,
        1,
        "emotion-coarse",
        "relu4_2",
    ),
    "scratch": Base(
        "From scratch",
        "A small network that knows nothing yet. It learns slowly, and needs many pictures.",
        64,
        3,
    ),
}


@dataclass(frozen=True)
class Curve:
    """How teaching went, step by step.

    Args:
        loss: Cross-entropy on the taught pictures.
        taught: Share of the taught pictures that are right.
        held_out: Share of the pictures held back that are right; empty where there are none.
    """

    loss: tuple[float, ...] = ()
    taught: tuple[float, ...] = ()
    held_out: tuple[float, ...] = ()

    def longer(self, loss: float, taught: float, held_out: float | None) -> Curve:
        """Return the curve with one more step."""
        more = () if held_out is None else (held_out,)
        return Curve((*self.loss, loss), (*self.taught, taught), (*self.held_out, *more))


@dataclass(frozen=True, eq=False)
class Taught:
    """A classifier that was taught.

    Args:
        model: From float32 (N, side, side, channels) of 0 to 255 to probabilities (N, classes).
        curve: How it went.
        is_held_out: bool (N,), the pictures that it was not taught with.
        shares: float32 (N, classes), its answers to all pictures.
    """

    model: keras.Model = field(repr=False)
    curve: Curve
    is_held_out: np.ndarray = field(repr=False)
    shares: np.ndarray = field(repr=False)


Follow = Callable[[Curve], None]
"""Told the curve after each step; what it raises ends the teaching."""


def cut(picture: np.ndarray, base: BaseName) -> np.ndarray:
    """Return a picture as a base is shown it, uint8 (side, side, channels), completed to a square by its edge."""
    return fit_input(picture, BASES[base].side, BASES[base].channels)


def hold_out(labels: np.ndarray, seed: int = 0) -> np.ndarray:
    """Choose the pictures to hold back, one in five of each class, none of a class with fewer than five.

    Args:
        labels: int (N,), the class of each picture.
        seed: Of the choice. Defaults to 0.

    Returns:
        bool (N,).
    """
    random = np.random.default_rng(seed)
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        of_class = random.permutation(np.flatnonzero(labels == label))
        if len(of_class) >= LEAST_FOR_HOLDING:
            held[of_class[: round(HELD_OUT * len(of_class))]] = True
    return held


def teach(
    pictures: np.ndarray,
    labels: np.ndarray,
    base: BaseName = "pictures",
    follow: Follow = lambda curve: None,
    seed: int = 0,
) -> Taught:
    """Teach a classifier.

    Args:
        pictures: uint8 (N, side, side, channels), as `cut` returns them.
        labels: int (N,), the class of each picture, from 0.
        base: What it is taught on. Defaults to "pictures".
        follow: Told the curve after each step. Defaults to nothing.
        seed: Of all chances. Defaults to 0.

    Raises:
        ValueError: There are too few or too many classes, or a class has too few pictures.
    """
    counts = np.bincount(labels)
    if not LEAST_CLASSES <= len(counts) <= MOST_CLASSES:
        raise ValueError(f"There must be {LEAST_CLASSES} to {MOST_CLASSES} classes, but there are {len(counts)}.")
    if counts.min() < LEAST_PICTURES:
        raise ValueError(f"Each class needs {LEAST_PICTURES} pictures at least, but one has {counts.min()}.")
    held = hold_out(labels, seed)
    make = _small_network if base == "scratch" else _head_on
    return make(pictures, labels, held, base, follow, seed)


def confusion(labels: np.ndarray, shares: np.ndarray) -> list[list[int]]:
    """Return how often each class (row) got each answer (column).

    Args:
        labels: int (N,).
        shares: (N, classes), the answers.
    """
    classes = shares.shape[1]
    places = labels * classes + shares.argmax(axis=1)
    return np.bincount(places, minlength=classes**2).reshape(classes, classes).tolist()


def scores(labels: np.ndarray, shares: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    """Return what answers are worth, as a card has it; {} where there are none.

    Args:
        labels: int (N,), of pictures that were held back.
        shares: (N, classes), the answers to them.
        names: Of the classes.
    """
    if not len(labels):
        return {}
    matrix = np.array(confusion(labels, shares))
    right, given, asked = matrix.diagonal(), matrix.sum(axis=0), matrix.sum(axis=1)
    low, high = binomtest(int(right.sum()), len(labels)).proportion_ci(method="wilson")
    precision, recall = right / np.maximum(given, 1), right / np.maximum(asked, 1)
    f1 = 2 * right / np.maximum(given + asked, 1)
    return {
        "pictures": len(labels),
        "accuracy": float(right.sum() / len(labels)),
        "interval": [float(low), float(high)],
        "confusion": matrix.tolist(),
        "per_class": {
            name: {
                "precision": float(precision[index]),
                "recall": float(recall[index]),
                "f1": float(f1[index]),
                "pictures": int(asked[index]),
            }
            for index, name in enumerate(names)
        },
    }


def file_of(model: keras.Model) -> bytes:
    """Return the bytes of a model's `.keras` file."""
    with tempfile.TemporaryDirectory(prefix="taught-") as folder:  # Keras writes to a path only
        model.save(path := Path(folder) / "taught.keras")
        return path.read_bytes()


# A head on a network of ours -----------------------------------------------------------------------------------------


def _head_on(
    pictures: np.ndarray, labels: np.ndarray, held: np.ndarray, base: BaseName, follow: Follow, seed: int
) -> Taught:
    import keras  # takes seconds, and much of this package does without

    told = BASES[base]
    published = networks.load_network(told.network)
    part = keras.Model(published.input, published.get_layer(told.layer).output)
    pixels = keras.Input((told.side, told.side, told.channels), name="pixels")
    encoder = keras.models.clone_model(part, input_tensors=pixels)
    encoder.set_weights(part.get_weights())
    encoder.trainable = False
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(encoder.output)
    means = _ask(keras.Model(encoder.input, pooled), pictures)
    kernel, bias, curve = fit_head(means, labels, held, follow)
    logits = keras.layers.Dense(kernel.shape[1], name="logits")
    shares = keras.layers.Softmax(name="probabilities")(logits(pooled))
    logits.set_weights([kernel, bias])
    model = keras.Model(encoder.input, shares, name="taught")
    return Taught(model, curve, held, softmax(means @ kernel + bias, axis=1))


def fit_head(
    features: np.ndarray, labels: np.ndarray, held: np.ndarray, follow: Follow = lambda curve: None
) -> tuple[np.ndarray, np.ndarray, Curve]:
    """Fit a linear head by penalised multinomial regression: the sum of losses + ½ ‖W‖², on features of deviation 1.

    That is scikit-learn's usual penalty. Each class weighs the same in all.

    Args:
        features: float (N, F).
        labels: int (N,).
        held: bool (N,), what is held back.
        follow: Told the curve after each step. Defaults to nothing.

    Returns:
        The kernel float32 (F, classes) and the bias (classes,) for features as they come, and the curve.
    """
    shown, known = features[~held].astype(np.float64), labels[~held]
    mean, deviation = shown.mean(axis=0), shown.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    scaled = (features - mean) / deviation
    taught, classes = scaled[~held], int(labels.max()) + 1
    wanted = np.eye(classes)[known]
    weight = (len(known) / (classes * np.bincount(known, minlength=classes)))[known]
    size = features.shape[1]

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        kernel, bias = values[: size * classes].reshape(size, classes), values[size * classes :]
        answers = taught @ kernel + bias
        wrong = weight[:, None] * (softmax(answers, axis=1) - wanted)
        total = -(weight[:, None] * wanted * log_softmax(answers, axis=1)).sum() + 0.5 * (kernel**2).sum()
        return float(total), np.concatenate([(taught.T @ wrong + kernel).ravel(), wrong.sum(axis=0)])

    curve = Curve()

    def step(values: np.ndarray) -> None:
        nonlocal curve
        answers = scaled @ values[: size * classes].reshape(size, classes) + values[size * classes :]
        curve = _lengthened(curve, answers, labels, held)
        follow(curve)

    found = minimize(
        loss,
        np.zeros((size + 1) * classes),
        jac=True,
        method="L-BFGS-B",
        callback=step,
        options={"maxiter": STEPS},
    ).x
    kernel, bias = found[: size * classes].reshape(size, classes), found[size * classes :]
    kernel = kernel / deviation[:, None]
    return kernel.astype(np.float32), (bias - mean @ kernel).astype(np.float32), curve


def _lengthened(curve: Curve, logits: np.ndarray, labels: np.ndarray, held: np.ndarray) -> Curve:
    is_right = logits.argmax(axis=1) == labels
    losses = -log_softmax(logits, axis=1)[np.arange(len(labels)), labels]
    of_held = float(is_right[held].mean()) if held.any() else None
    return curve.longer(float(losses[~held].mean()), float(is_right[~held].mean()), of_held)


# A small network from scratch ----------------------------------------------------------------------------------------


def _small_network(
    pictures: np.ndarray, labels: np.ndarray, held: np.ndarray, base: BaseName, follow: Follow, seed: int
) -> Taught:
    import keras

    told, seeds = BASES[base], keras.random.SeedGenerator(seed)
    pixels = keras.Input((told.side, told.side, told.channels), name="pixels")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(pixels)
    for number, width in enumerate(WIDTHS, 1):
        start = keras.initializers.HeNormal(seeds)
        x = keras.layers.Conv2D(
            width, 3, padding="same", activation="relu", kernel_initializer=start, name=f"conv{number}"
        )(x)
        if number < len(WIDTHS):
            x = keras.layers.MaxPooling2D(name=f"pool{number}")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pooled")(x)
    start = keras.initializers.GlorotUniform(seeds)
    logits = keras.layers.Dense(int(labels.max()) + 1, kernel_initializer=start, name="logits")(x)
    model = keras.Model(pixels, keras.layers.Softmax(name="probabilities")(logits), name="taught")
    curve = _fit(keras.Model(pixels, logits), pictures, labels, held, follow, seed)
    return Taught(model, curve, held, _ask(model, pictures))


def _fit(
    network: keras.Model, pictures: np.ndarray, labels: np.ndarray, held: np.ndarray, follow: Follow, seed: int
) -> Curve:
    """Fit a network of logits, each class weighing the same in all, and return the curve."""
    import keras

    optimiser = keras.optimizers.Adam(RATE)
    network.compile(optimiser, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    places, known = np.flatnonzero(~held), labels[~held]
    weight = (len(known) / (labels.max() + 1) / np.maximum(np.bincount(known), 1)).astype(np.float32)
    random, curve = np.random.default_rng(seed), Curve()
    for _ in range(EPOCHS):
        order = random.permutation(places)
        for begin in range(0, len(order), BATCH):
            chosen = order[begin : begin + BATCH]
            shown = pictures[chosen].astype(np.float32)
            network.train_on_batch(shown, labels[chosen], sample_weight=weight[labels[chosen]])
        curve = _lengthened(curve, _ask(network, pictures), labels, held)
        follow(curve)
    return curve


def _ask(network: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """Return the answers of a network to uint8 pictures (N, …), float32 (N, numbers)."""
    import keras

    batches = (pictures[begin : begin + _AT_ONCE] for begin in range(0, len(pictures), _AT_ONCE))
    answers = [network(batch.astype(np.float32), training=False) for batch in batches]
    return np.concatenate([keras.ops.convert_to_numpy(answer) for answer in answers])
