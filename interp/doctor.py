"""What is wrong with a map, in a sentence, and what to change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from interp.graph import SQUASHING_ACTIVATIONS, SQUASHING_KINDS, calls_in_training
from interp.method import Explanation
from interp.methods import METHODS
from interp.network import Network
from interp.passes import input_gradients, layer_gradients
from interp.receptive_field import receptive_fields
from interp.targets import Class, Function, Sum, Target

Finding = Literal[
    "not finite",
    "out of range",
    "dead layer",
    "saturated",
    "all negative",
    "blank",
    "can't tell",
    "constant",
    "too coarse",
    "too early",
    "fine",
]

COARSE = 4  # a map with fewer values along a side hardly tells left from right
NARROW = 0.25  # a layer that sees less than this part of the picture's side finds edges and not parts
SATURATED = 0.99
NO_INFLUENCE = 1e-6
SLIVER = 200  # a picture in less than such a part of the range is one of another range, 0 to 1 instead of 0 to 255


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a map.

    Args:
        finding: What it is; "fine" where nothing looks wrong.
        sentence: The same for a reader, with what to change.
        instead: A target to explain instead, where that is the advice.
    """

    finding: Finding
    sentence: str
    instead: Target | None = None

    @property
    def is_fine(self) -> bool:
        """Whether nothing looks wrong; that does not prove the map right."""
        return self.finding == "fine"


@dataclass(frozen=True)
class _Signs:
    """What a target gains by what the method looks at: the layer's activations or the picture."""

    largest_activation: float
    influence: float  # sum of |gradient × activation|


def diagnose(network: Network, x: Any, explanation: Explanation) -> Diagnosis:
    """Say what is wrong with a map and what to change, the gravest first.

    Args:
        network: The network.
        x: The picture that was explained.
        explanation: Its explanation.

    Returns:
        The finding and a sentence.

    Raises:
        ValueError: The explanation is of a batch.
    """
    inputs, _ = network.batch(x)
    values = explanation.values
    if values.ndim != 2 or len(inputs[0]) != 1:
        raise ValueError("One map is diagnosed at a time, not a batch.")
    # A ReLU makes zeros of what is no number, so the map of a broken picture may look sound.
    if not all(np.isfinite(array).all() for array in (values, explanation.score, inputs[network.picture])):
        return _not_finite(network, inputs, explanation)
    diagnosis = _out_of_range(network, inputs)
    if diagnosis is not None:
        return diagnosis
    if explanation.is_blank:
        return _blank(network, inputs, explanation)
    if _squashes(network, explanation.target):
        signs = _signs(network, inputs, explanation)
        if SATURATED < float(explanation.score) <= 1 or signs.influence < NO_INFLUENCE:
            return _saturated(network, explanation)
    for check in (_flat, _negative, _coarse, _early):
        diagnosis = check(network, inputs, explanation)
        if diagnosis is not None:
            return diagnosis
    sentence = "Nothing looks wrong with this map; whether it is faithful, the tests of trust tell."
    if trained := calls_in_training(network.model):
        sentence += (
            f" It explains what `predict` answers, so that layer {trained[0]!r}, called with training=True in the "
            "model, works as after training."
        )
    return Diagnosis("fine", sentence)


def _out_of_range(network: Network, inputs: Sequence[np.ndarray]) -> Diagnosis | None:
    """Tell where a picture is scaled otherwise than the network expects, such as to 0 to 1 instead of 0 to 255."""
    picture, (low, high) = inputs[network.picture], network.value_range
    least, most, span = float(picture.min()), float(picture.max()), high - low
    is_beyond = least < low - span or most > high + span
    is_sliver = least >= low and most > low and most - low <= span / SLIVER
    if not (is_beyond or is_sliver):
        return None
    return Diagnosis(
        "out of range",
        f"The picture's values go from {least:g} to {most:g}, but the network takes {low:g} to {high:g}, so it sees "
        "nothing it knows; scale the picture, or name its range by Network(model, value_range=(low, high)).",
    )


def _not_finite(network: Network, inputs: Sequence[np.ndarray], explanation: Explanation) -> Diagnosis:
    if not np.isfinite(inputs[network.picture]).all():
        return Diagnosis("not finite", "The picture itself has values that are not numbers; check how it was made.")
    if not np.isfinite(network.predict(list(inputs) if len(inputs) > 1 else inputs[0])).all():
        return Diagnosis(
            "not finite",
            "The network itself answers with values that are not numbers; check its weights and the picture's range.",
        )
    count = int((~np.isfinite(explanation.values)).sum())
    return Diagnosis(
        "not finite",
        f"{count} of {explanation.values.size} values of the map are not numbers although the answer is; choose "
        "another method, and another layer if that does not help.",
    )


def _blank(network: Network, inputs: Sequence[np.ndarray], explanation: Explanation) -> Diagnosis:
    """Tell why every value is zero."""
    signs, name = _signs(network, inputs, explanation), explanation.target.describe(network)
    if signs.largest_activation == 0:
        what = f"layer {explanation.layer!r} is zero" if explanation.layer else "the picture is zero"
        return Diagnosis(
            "dead layer",
            f"The map is blank because {what} everywhere on this picture; choose another layer or picture.",
        )
    if signs.influence < NO_INFLUENCE and _squashes(network, explanation.target):
        return _saturated(network, explanation)
    if signs.influence == 0:
        return Diagnosis(
            "blank",
            f"The map is blank because {name} does not react to small changes of this picture at all: every way to it "
            "is switched off; choose another target, or a method that changes the picture, such as occlusion.",
        )
    if not explanation.signed and explanation.layer is not None:
        advice, instead = _other_target(network, inputs, explanation.target)
        return Diagnosis(
            "all negative",
            f"The map is blank because what layer {explanation.layer!r} found speaks only against {name}, and this "
            f"method shows only what speaks for it; {advice}, or choose a signed method.",
            instead,
        )
    return Diagnosis("blank", f"The map is blank: the method found no influence on {name}; choose another method.")


def _saturated(network: Network, explanation: Explanation) -> Diagnosis:
    name = explanation.target.describe(network)
    layer = getattr(explanation.target, "layer", None)
    is_of_answer = isinstance(explanation.target, Function) and not all(network.has_squashed_logits)
    advice = (
        "explain the class itself instead"
        if isinstance(layer, str) or is_of_answer
        else "the logit before it can't be reached, so choose a method that changes the picture, such as occlusion"
    )
    return Diagnosis(
        "saturated",
        f"The target, {name}, is behind a softmax or sigmoid that is nearly at its end "
        f"({float(explanation.score):.3g}), where changes hardly show; {advice}.",
    )


def _flat(network: Network, inputs: Sequence[np.ndarray], explanation: Explanation) -> Diagnosis | None:
    values = explanation.values
    if values.size == 1:
        where = f"Layer {explanation.layer!r} has one position" if explanation.layer else "The map has one value"
        return Diagnosis(
            "can't tell", f"{where} for the whole picture and can't tell where; {_earlier_layer(network, explanation)}."
        )
    if np.ptp(values) <= 1e-6 * np.abs(values).max():
        return Diagnosis(
            "constant",
            f"Every value of the map is the same, so it points nowhere; {_earlier_layer(network, explanation)}.",
        )
    return None


def _negative(network: Network, inputs: Sequence[np.ndarray], explanation: Explanation) -> Diagnosis | None:
    if explanation.values.max() > 0:
        return None
    name = explanation.target.describe(network)
    advice, instead = _other_target(network, inputs, explanation.target)
    return Diagnosis("all negative", f"Every value is negative: nothing here speaks for {name}; {advice}.", instead)


def _other_target(network: Network, inputs: Sequence[np.ndarray], target: Target) -> tuple[str, Target]:
    """Return the advice to explain another target, and that target.

    Of several classes it is the one that the network answers with; where there is no other, as of a single sigmoid
    that says no, it is what speaks against the target.
    """
    if isinstance(target, Class):
        logits = network.logits(list(inputs) if len(inputs) > 1 else inputs[0], target.output)[0]
        answer = Class(int(logits.reshape(-1, logits.shape[-1]).mean(axis=0).argmax()), target.output)
        if answer != replace(target, index=int(np.ravel(target.index)[0])):
            return f"choose the class the network answers with, {answer.describe(network)}", answer
    return f"explain the negated target, {(-target).describe(network)}", -target


def _coarse(network: Network, inputs: Sequence[np.ndarray], explanation: Explanation) -> Diagnosis | None:
    rows, columns = explanation.values.shape
    height, width = inputs[network.picture].shape[1:3]
    if min(rows, columns) >= min(COARSE, height, width):
        return None
    return Diagnosis(
        "too coarse",
        f"The map has only {rows}×{columns} values, each for about {height / rows:.0f}×{width / columns:.0f} pixels; "
        f"{_earlier_layer(network, explanation)}.",
    )


def _early(network: Network, inputs: Sequence[np.ndarray], explanation: Explanation) -> Diagnosis | None:
    if explanation.layer is None:
        return None
    height, width = inputs[network.picture].shape[1:3]
    field = receptive_fields(network, (height, width)).get(explanation.layer)
    if field is None or field.is_everything:
        return None
    if field.size[0] >= NARROW * height or field.size[1] >= NARROW * width:
        return None
    later = network.default_layer
    advice = f"choose a later layer, such as {later!r}" if later != explanation.layer else "choose a method without one"
    return Diagnosis(
        "too early",
        f"A position of layer {explanation.layer!r} sees only {field.size[0]:.0f}×{field.size[1]:.0f} of "
        f"{height}×{width} pixels: it finds edges and can't tell the classes apart; {advice}.",
    )


def _earlier_layer(network: Network, explanation: Explanation) -> str:
    """Return the advice to take the last layer that is fine enough, where there is one."""
    if explanation.layer is None:
        return "choose another method or a smaller window"
    fine = [
        layer.name
        for layer in network.spatial_layers
        if min(size if size is not None else COARSE for size in layer.output_shape[:2]) > COARSE
    ]
    if not fine or fine[-1] == explanation.layer:
        return "choose a method that needs no layer, such as saliency"
    return f"choose a layer with more positions, such as {fine[-1]!r}"


def _squashes(network: Network, target: Target) -> bool:
    """Tell whether a target is taken behind a softmax or sigmoid; classes are taken before it where it can be."""
    if isinstance(target, Sum):
        return any(_squashes(network, one) for one in target.targets)
    if isinstance(target, Function):
        return any(network.is_squashed)
    name = getattr(target, "layer", None)
    if not isinstance(name, str):
        return network.has_squashed_logits[getattr(target, "output", 0)]
    layer = network.layer(name)
    return layer.activation in SQUASHING_ACTIVATIONS or layer.kind in SQUASHING_KINDS


def _signs(network: Network, inputs: Sequence[np.ndarray], explanation: Explanation) -> _Signs:
    target = explanation.target
    layer = explanation.layer if METHODS[explanation.method].needs_layer else None
    if layer is None:
        values = inputs[network.picture]
        gradient, _ = input_gradients(network, inputs, target)
    else:
        values, gradient, _ = layer_gradients(network, inputs, target, layer)
    return _Signs(float(np.abs(values).max()), float(np.abs(values * gradient).sum()))
