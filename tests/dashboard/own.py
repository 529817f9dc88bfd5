"""Small networks as visitors bring them, in many forms, and drafts of them."""

import logging
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import layers

from dashboard.services.own_networks import Draft
from dashboard.subject import digest
from interp import load
from interp.formats import Asked, as_network, usual_preparation
from interp.trial import Findings, examine


def network(
    classes: int = 3, activation: str | None = "softmax", channels: int = 3, side: int | None = 16
) -> keras.Model:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((side, side, channels))
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(6, 3, activation="relu", name="early")(x)
    x = layers.Conv2D(6, 3, activation="relu", name="late")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(classes, activation=activation, name="answer")(x))


def sequential() -> keras.Model:
    keras.utils.set_random_seed(1)
    maps = [layers.Conv2D(6, 3, activation="relu"), layers.MaxPooling2D(), layers.Conv2D(6, 3, activation="relu")]
    return keras.Sequential([keras.Input((16, 20, 3)), *maps, layers.Flatten(), layers.Dense(4, activation="softmax")])


def teachable_machine() -> keras.Model:
    """Return a Sequential model of two, as Teachable Machine nests them, around a small body."""
    keras.utils.set_random_seed(2)
    inputs = keras.Input((16, 16, 3))
    x = layers.DepthwiseConv2D(3, padding="same")(layers.Conv2D(6, 3, padding="same", activation="relu")(inputs))
    body = keras.Model(inputs, layers.ReLU(6.0, name="out_relu")(x))
    features = keras.Sequential([keras.Input((16, 16, 3)), body, layers.GlobalAveragePooling2D()])
    answer = layers.Dense(2, activation="softmax", use_bias=False)
    head = keras.Sequential([keras.Input((6,)), layers.Dense(10, activation="relu"), answer])
    return keras.Sequential([keras.Input((16, 16, 3)), features, head])


def two_inputs() -> keras.Model:
    pictures = [keras.Input((16, 16, 3), name=name) for name in ("left", "right")]
    x = layers.GlobalAveragePooling2D()(layers.Concatenate()(pictures))
    return keras.Model(pictures, layers.Dense(2, activation="softmax")(x))


def dense() -> keras.Model:
    """Return a network without a layer that answers with maps."""
    return keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(2, activation="softmax")])


FORMS: dict[str, Callable[[], keras.Model]] = {
    "sequential": sequential,
    "functional": network,
    "nested": teachable_machine,
    "grey": lambda: network(channels=1),
    "open size": lambda: network(side=None),
    "sigmoid": lambda: network(1, "sigmoid"),
    "sigmoids": lambda: network(3, "sigmoid"),
    "logits": lambda: network(activation=None),
    "dense": dense,
}


def saved(model: keras.Model, folder: Path, ending: str = "h5") -> bytes:
    logging.getLogger("absl").setLevel(logging.ERROR)  # Keras warns of .h5
    path = folder / f"net.{ending}"
    model.save(path)
    return path.read_bytes()


def function_draft() -> Draft:
    """Return the draft of a network of which nothing is known but its answers, as an ONNX file gives one."""
    shown = network()

    def ask(pictures: np.ndarray) -> np.ndarray:
        return np.asarray(shown(pictures, training=False))

    asked = Asked(ask, (16, 16, 3), takes_bytes=True)
    preparation = usual_preparation(asked)
    findings = Findings(preparation, asked.input_shape, 3, (), 0, 0, False, False, 0.01)
    return Draft("function", digest(b"function"), 8, as_network(asked, preparation), findings, asked)


def draft_of(data: bytes, name: str = "net") -> Draft:
    """Return the draft of a file, tried in this process."""
    return Draft(name, digest(data), len(data), load(data), examine(data))
