"""What a network of somebody else's takes and answers, and a network around it from photos to probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from interp.graph import is_graph, is_kind
from interp.lazy import keras
from interp.network import Network
from interp.value_range import expected_range

Colours = Literal["rgb", "bgr", "grey"]
Fit = Literal["stretch", "crop", "pad"]
Output = Literal["softmax", "sigmoid", "logits"]

RANGES: dict[str, tuple[float, float]] = {"0 to 1": (0.0, 1.0), "0 to 255": (0.0, 255.0), "-1 to 1": (-1.0, 1.0)}
OPEN_SIDE = 224  # pixels, the size of most networks that were trained on ImageNet
MAX_SIDE = 1024
TEACHABLE_SIDE = 224
KEPT = "preparation"  # where a network keeps it


@dataclass(frozen=True)
class Preparation:
    """How a photo becomes what a network takes, and what the network's answer is.

    Args:
        size: (height, width) in pixels.
        colours: "rgb", "bgr" or "grey".
        values: The lowest and the highest value of a picture. Defaults to 0 to 255.
        mean: Of each channel of a picture of 0 to 1, which is subtracted. Defaults to none; where it is given, `values`
            say nothing.
        deviation: Of each channel, by which is then divided. Defaults to none.
        fit: How a box of other proportions is fitted: "stretch", "crop" to its middle, or "pad". Defaults to "stretch".
        output: What the network answers: probabilities by a softmax, one by a sigmoid for each class, or logits.
            Defaults to "softmax".
    """

    size: tuple[int, int]
    colours: Colours
    values: tuple[float, float] = (0.0, 255.0)
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    fit: Fit = "stretch"
    output: Output = "softmax"

    def __post_init__(self) -> None:
        if not all(1 <= side <= MAX_SIDE for side in self.size):
            raise ValueError(f"The size must be 1 to {MAX_SIDE} pixels, but is {self.size[0]}×{self.size[1]}.")
        for name, known in (("colours", Colours), ("fit", Fit), ("output", Output)):
            if getattr(self, name) not in get_args(known):
                raise ValueError(f"{name} must be one of {', '.join(get_args(known))}, but is {getattr(self, name)!r}.")
        numbers = np.array([*self.values, *self.mean, *self.deviation], float)
        if not np.isfinite(numbers).all() or self.values[0] >= self.values[1]:
            raise ValueError("The values of a picture must be numbers, the lowest below the highest.")
        if len(self.mean) != len(self.deviation) or any(one <= 0 for one in self.deviation):
            raise ValueError("Give a mean and a deviation above 0 for each channel, or neither.")

    @property
    def channels(self) -> int:
        """Channels of the photo's cut: 1 for grey."""
        return 1 if self.colours == "grey" else 3

    @property
    def steps(self) -> tuple[np.ndarray, np.ndarray]:
        """A factor and a sum, numbers or one for each channel, that turn pixels into the network's values."""
        if self.mean:
            mean, deviation = np.array(self.mean), np.array(self.deviation)
            return 1 / (255 * deviation), -mean / deviation
        low, high = self.values
        return np.array((high - low) / 255), np.array(low)

    def apply(self, pictures: np.ndarray) -> np.ndarray:
        """Return uint8 pictures (N, h, w, channels) as the network takes them, float32.

        Channels are in the photo's order, RGB.
        """
        factor, addend = self.steps
        order = pictures[..., ::-1] if self.colours == "bgr" else pictures
        return (order * factor + addend).astype(np.float32)


def guess_preparation(network: Network) -> Preparation:
    """Return what a network's own layers tell about its input and answer, and the usual choice where they don't.

    Args:
        network: A network as `interp.load` returns it.

    Raises:
        ValueError: The network takes no grey or colour picture, is too large, or does not answer with classes.
    """
    height, width, channels = network.input_shape
    if channels not in (1, 3):
        raise ValueError(f"The network takes pictures of {channels} channels; grey (1) or colour (3) is needed.")
    shape = network.output_shapes[0]
    if len(shape) != 1:
        raise ValueError("The network answers with maps, not with classes.")
    size = (height or OPEN_SIDE, width or OPEN_SIDE)
    if max(size) > MAX_SIDE:
        raise ValueError(
            f"The network takes pictures of {size[0]}×{size[1]} pixels; at most {MAX_SIDE} a side are shown."
        )
    is_teachable = is_teachable_machine(network.model)
    return Preparation(
        size,
        "rgb" if channels == 3 else "grey",
        (-1.0, 1.0) if is_teachable else expected_range(network),
        fit="crop" if is_teachable else "stretch",
        output=_output_of(network),
    )


def is_teachable_machine(model: Any) -> bool:
    """Tell whether a model is built as Teachable Machine builds one.

    That is a Sequential model of two: MobileNetV2 (α 0.35) with its average, and a small head with a softmax. Such a
    model takes RGB pictures of -1 to 1, the middle square of a photo, and no file of it says so.
    """
    if not isinstance(model, keras.Sequential) or len(model.layers) != 2:
        return False
    body, head = model.layers
    if not all(isinstance(part, keras.Sequential) for part in (body, head)):
        return False
    if tuple(model.inputs[0].shape[1:]) != (TEACHABLE_SIDE, TEACHABLE_SIDE, 3):
        return False
    inner = [layer for layer in body.layers if is_graph(layer)]
    names = {layer.name.rsplit("/", 1)[-1] for model in inner for layer in model.layers}
    last = head.layers[-1]
    return "out_relu" in names and is_kind(last, "Dense") and last.activation is keras.activations.softmax


def _output_of(network: Network) -> Output:
    if not network.is_squashed[0] or not network.squashing:
        return "logits"
    layer = network.layer(network.squashing[0])
    told = f"{layer.kind} {layer.activation or ''}".lower()
    return "sigmoid" if "sigmoid" in told else "softmax"


def takes(network: Network, size: tuple[int, int]) -> bool:
    """Tell whether a network takes pictures of (height, width)."""
    known = network.input_shape[:2]
    return all(side in (None, wanted) for side, wanted in zip(known, size, strict=True)) and network.accepts(*size)


def prepared(network: Network, preparation: Preparation, labels: Sequence[str] | None = None) -> Network:
    """Return a network around another one, from pixels of 0 to 255 to the probability of each class.

    A single number becomes two classes, "no" and "yes". The other network's layers are shared and left as they are.

    Args:
        network: A network as `interp.load` returns it.
        preparation: What it takes and answers.
        labels: Names of the classes. Defaults to none.

    Raises:
        ValueError: The preparation does not fit the network.
    """
    model, (height, width) = network.model, preparation.size
    channels = network.input_shape[-1]
    if not takes(network, (height, width)):
        raise ValueError(f"The network does not take pictures of {height}×{width} pixels.")
    if channels == 1 and preparation.colours != "grey":
        raise ValueError("The network takes grey pictures.")
    if len(preparation.mean) not in (0, 1, channels):
        raise ValueError(f"Give one mean, or one for each of the {channels} channels.")
    picture = keras.Input((height, width, preparation.channels), name="photo")
    x = keras.ops.flip(picture, axis=-1) if preparation.colours == "bgr" else picture
    if preparation.channels < (channels or 0):
        x = keras.ops.repeat(x, channels, axis=-1)
    factor, addend = preparation.steps
    x = keras.layers.Rescaling(factor.tolist(), addend.tolist(), name="values")(x)
    if network.output_shapes[0] == (1,):
        outputs = _two_classes(model, x, preparation.output)
    else:
        outputs = _first(model(x))
        if preparation.output == "logits":
            outputs = keras.layers.Softmax(name="shares")(outputs)
    made = Network(keras.Model(picture, outputs, name=f"{model.name}_on_photos"), labels)
    made.keep(KEPT, lambda: preparation)
    return made


def preparation_of(network: Network) -> Preparation | None:
    """Return the preparation that a network was made with by `prepared`; None for any other."""
    found: Preparation | None = network.keep(KEPT, lambda: None) if KEPT in network.kept else None
    return found


def _first(outputs: Any) -> Any:
    return keras.tree.flatten(outputs)[0]


def _two_classes(model: Any, x: Any, output: Output) -> Any:
    """Return the shares of "no" and "yes" from a network's only number z: softmax(0, z) = (1 - σ(z), σ(z))."""
    if output == "logits":
        score = _first(model(x))
    else:
        bare = _without_sigmoid(model)
        if bare is None:
            share = _first(model(x))
            return keras.layers.Concatenate()([keras.layers.Rescaling(-1.0, 1.0)(share), share])
        score = bare(x)
    zero = keras.layers.Rescaling(0.0)(score)
    return keras.layers.Softmax(name="shares")(keras.layers.Concatenate()([zero, score]))


def _without_sigmoid(model: Any) -> Any | None:
    """Return a model that answers with what a model's last layer gets before its sigmoid; None where that is nested."""
    last = model.layers[-1]
    if is_kind(last, "Dense") and last.activation is keras.activations.sigmoid:
        bare = keras.layers.Dense(1, use_bias=last.use_bias, name=f"{last.name}_score")
        score = bare(last.input)
        bare.set_weights(last.get_weights())
        return keras.Model(model.inputs, score, name=model.name)
    if is_kind(last, "Activation") and last.activation is keras.activations.sigmoid:
        return keras.Model(model.inputs, last.input, name=model.name)
    return None


# Whether the values are the right ones --------------------------------------------------------------------------------


def shares_of(answers: np.ndarray, output: Output) -> np.ndarray:
    """Return a network's answers (N, K) as probabilities, float (N, max(K, 2))."""
    if answers.shape[1] == 1:
        share = answers if output != "logits" else 1 / (1 + np.exp(-np.clip(answers, -50, 50)))
        return np.hstack([1 - share, share])
    if output != "logits":
        return answers
    powers = np.exp(answers - answers.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def information(shares: np.ndarray) -> float:
    """Return how much answers tell about which of several pictures was shown, in bits.

    It is great where each answer is sure and they differ: the entropy of the mean answer less the mean entropy, which
    the Inception score is the power of.

    Args:
        shares: (N, K), probabilities.

    Reference:
        Salimans et al. 2016, "Improved techniques for training GANs", arXiv:1606.03498
    """
    positive = np.clip(shares, 1e-12, None)
    positive = positive / positive.sum(axis=1, keepdims=True)
    mean = positive.mean(axis=0)
    entropies = -(positive * np.log2(positive)).sum(axis=1)
    return float(-(mean * np.log2(mean)).sum() - entropies.mean())
