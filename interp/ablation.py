"""What a network answers when channels of a layer are switched off or turned up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interp.lazy import tf
from interp.method import OnStep
from interp.network import Network
from interp.passes import pass_size
from interp.targets import Target, operand_specs, resolve


@dataclass(frozen=True, eq=False)
class Ablation:
    """A network's answer before and after channels were changed.

    Args:
        before: The answer as it is, float32 (K,): the output as the model gives it, or the value of a target (1,).
        after: The answer with the channels changed, float32 (K,).
        channels: The channels that were changed.
        factor: By what their activations were multiplied.
    """

    before: np.ndarray
    after: np.ndarray
    channels: tuple[int, ...]
    factor: float


def ablate(
    network: Network,
    x: Any,
    layer: str,
    channels: int | Iterable[int],
    factor: float = 0.0,
    output: int = 0,
    target: Target | None = None,
) -> Ablation:
    """Multiply channels of a layer by a factor, let the rest of the network run on, and compare the answers.

    Args:
        network: The network.
        x: One picture (h, w, c), or a list with one array for each of several inputs.
        layer: Name of the layer.
        channels: One channel's number or several.
        factor: 0 silences the channels, 2 doubles them. Defaults to 0.
        output: Which of several outputs. Defaults to the first.
        target: What is read in place of the output. Defaults to None: the output.

    Returns:
        The answers before and after.

    Raises:
        ValueError: A name or number is unknown, the layer has no channels, or more than one picture came.
    """
    numbers = (int(channels),) if isinstance(channels, int | np.integer) else tuple(int(one) for one in channels)
    inputs, count = _one_picture(network, x, layer)
    unknown = [number for number in numbers if not 0 <= number < count]
    if unknown:
        raise ValueError(f"{layer} has the channels 0 to {count - 1}, not {unknown[0]}.")
    factors = np.ones((2, count), np.float32)
    factors[1, list(numbers)] = factor
    if target is not None:
        target.validate(network)
        before, after = _scores(network, inputs, layer, target, factors)[:, None]
        return Ablation(before, after, numbers, factor)

    def compute(tensors: list[tf.Tensor], changed: tf.Tensor) -> tf.Tensor:
        return network.run(tensors, _multiply(layer, changed)).outputs[output]

    specs = [network.input_specs(), tf.TensorSpec([None, count], "float32")]
    run = network.compile(("ablate", layer, output), compute, specs)
    before, after = run([np.repeat(array, 2, axis=0) for array in inputs], factors).numpy().astype(np.float32)
    return Ablation(before, after, numbers, factor)


def channel_drops(
    network: Network, x: Any, layer: str, target: Any = None, factor: float = 0.0, on_step: OnStep | None = None
) -> np.ndarray:
    """Measure what each channel of a layer carries: how far the target falls when that channel alone is changed.

    Unlike the gradients of `top_channels` this is no estimate: the network is asked once for each channel.

    Args:
        network: The network.
        x: One picture (h, w, c), or a list with one array for each of several inputs.
        layer: Name of the layer.
        target: A class's number or label, or a `Target`. Defaults to the class the network answers with.
        factor: 0 silences the channel, 2 doubles it. Defaults to 0.
        on_step: Told after each pass how many of all answers are known. Defaults to nobody.

    Returns:
        The target's value as it is minus the value with channel k changed, float32 (channels,). A class's value is
        its logit.

    Raises:
        ValueError: A name is unknown, the layer has no channels, or more than one picture came.

    Reference:
        Morcos et al. 2018, "On the importance of single directions for generalization", arXiv:1803.06959
    """
    inputs, count = _one_picture(network, x, layer)
    found = resolve(network, target, inputs)
    factors = np.concatenate([np.ones((1, count)), 1 - (1 - factor) * np.eye(count)]).astype(np.float32)
    scores = _scores(network, inputs, layer, found, factors, on_step)
    return scores[0] - scores[1:]


def _scores(
    network: Network,
    inputs: Sequence[np.ndarray],
    layer: str,
    target: Target,
    factors: np.ndarray,
    on_step: OnStep | None = None,
) -> np.ndarray:
    """Return the target's value (N,) with the layer's channels multiplied by each of the factors (N, channels)."""

    def compute(tensors: list[tf.Tensor], operands: list[tf.Tensor], changed: tf.Tensor) -> tf.Tensor:
        return target.score(network.run(tensors, _multiply(layer, changed)), operands)

    specs = [network.input_specs(), operand_specs(target), tf.TensorSpec([None, factors.shape[1]], "float32")]
    run = network.compile(("channel drops", layer, target.key), compute, specs)
    most = pass_size(network, inputs)
    parts = []
    for start in range(0, len(factors), most):
        some = factors[start : start + most]
        operands = [np.repeat(one, len(some), axis=0) for one in target.operands(1)]
        parts.append(run([np.repeat(array, len(some), axis=0) for array in inputs], operands, some).numpy())
        if on_step is not None:
            on_step(min(start + most, len(factors)), len(factors))
    return np.concatenate(parts).astype(np.float32)


def _multiply(layer: str, factors: tf.Tensor) -> Any:
    def hook(name: str, tensor: tf.Tensor) -> tf.Tensor:
        if name != layer:
            return tensor
        between = [1] * (len(tensor.shape) - 2)
        return tensor * tf.cast(tf.reshape(factors, [-1, *between, factors.shape[1]]), tensor.dtype)

    return hook


def _one_picture(network: Network, x: Any, layer: str) -> tuple[list[np.ndarray], int]:
    """Return one picture as a batch, and the number of the layer's channels."""
    count = network.layer(layer).channels
    if count is None:
        raise ValueError(f"{layer} has no channels.")
    inputs, single = network.batch(x)
    if not single and len(inputs[0]) > 1:
        raise ValueError(f"Channels are changed for one picture, got {len(inputs[0])}.")
    return inputs, count
