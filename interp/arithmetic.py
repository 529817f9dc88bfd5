"""The numbers behind one output value of a convolution, each step as it can be checked with a pocket calculator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from interp.graph import activation_name, is_kind
from interp.lazy import keras, tf
from interp.network import Call, Forward, Network

ACTIVATION_LAYERS = ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax")
ACTIVATION_OPERATORS = frozenset(
    {"Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Gelu", "Silu", "Swish", "HardSwish", "HardSilu"}
    | {"Sigmoid", "HardSigmoid", "Tanh", "Softplus", "Softsign", "Mish", "Softmax"}
)


@dataclass(frozen=True)
class Products:
    """A window of the input times a kernel, float64.

    Args:
        name: "convolution", "depthwise", "pointwise" or "dense".
        window: (kh, kw, n) input values; zero where the window lies in the padding. Of an int8 layer they are those it
            works with, rounded to steps of a 127th of the largest.
        kernel: (kh, kw, n) weights, for a transposed convolution those that meet an input; of an int8 layer scaled
            back.
        products: window × kernel.
        sums: (1,), the sum of all products; for a depthwise step in front of others one sum for each of its channels.
        rows: int (kh,), the input's row of each row of the window; outside of the input is padding.
        columns: int (kw,), the same for columns.
        channels: int (n,), the input's channels.
        taps: The rows and columns of the layer's kernel that are used: all of them unless it is transposed.
    """

    name: str
    window: np.ndarray
    kernel: np.ndarray
    products: np.ndarray
    sums: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    channels: np.ndarray
    taps: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Step:
    """What is done to the sum, one value in and one out.

    Args:
        layer: Name of the layer that does it.
        kind: "bias", "normalisation" or "activation".
        before: The value that comes in.
        result: The value that goes out.
        formula: The step in numbers.
        numbers: The numbers by name: `bias`; or `mean`, `variance`, `epsilon`, `gamma` and `beta`.
    """

    layer: str
    kind: str
    before: float
    result: float
    formula: str
    numbers: dict[str, float]


@dataclass(frozen=True)
class Arithmetic:
    """How one value of a layer comes about.

    Args:
        layer: Name of the layer.
        row: Row of the value in the layer's output.
        column: Its column.
        channel: Its channel.
        products: The sums of products: one, or for a separable convolution the depthwise and the pointwise one.
        steps: Bias, normalisations and activations in order, those of the layers behind included as long as they
            work on the value alone.
    """

    layer: str
    row: int
    column: int
    channel: int
    products: tuple[Products, ...]
    steps: tuple[Step, ...]

    @property
    def sum(self) -> float:
        """The sum of all products, before the bias."""
        return float(self.products[-1].sums[0])

    @property
    def result(self) -> float:
        """The value behind the last step."""
        return self.steps[-1].result if self.steps else self.sum

    @property
    def output(self) -> float:
        """The layer's own output, before the layers behind it."""
        return next((step.result for step in reversed(self.steps) if step.layer == self.layer), self.sum)


def arithmetic(network: Network, x: Any, layer: str, channel: int, row: int = 0, column: int = 0) -> Arithmetic:
    """Work out one value of a convolution, or of a dense layer, from the layer's input.

    A convolution's value is `sum_ijc window_ijc kernel_ijc + bias`; a normalisation makes
    `gamma (value - mean) / sqrt(variance + epsilon) + beta` of it. Computed in float64, so that it differs from the
    network's own float32 only by the network's rounding.

    Args:
        network: The network.
        x: One picture (h, w, c), or a list with one array for each of several inputs.
        layer: Name of a dense, depthwise, separable or transposed convolution, or of a dense layer.
        channel: The output channel.
        row: The output's row, or of a dense layer on tokens (N, tokens, channels) the token. Defaults to 0.
        column: The output's column. Defaults to 0.

    Returns:
        Every number on the way.

    Raises:
        ValueError: There is no such layer, channel or position, the layer is of another kind, or more than one
            picture came.
    """
    kind = network.layer(layer).kind
    if kind not in _KINDS:
        raise ValueError(f"Layer {layer!r} is a {kind}; choose a convolution or a dense layer.")
    inputs, _ = network.batch(x)
    if len(inputs[0]) != 1:
        raise ValueError(f"The arithmetic is that of one picture, got {len(inputs[0])}.")
    run, sites = network.keep("arithmetic", lambda: _trace(network))
    site: _Site = sites[layer]
    mode = getattr(site.operation, "quantization_mode", None)
    if mode is not None and (mode != "int8" or site.operation.lora_enabled):
        raise ValueError(f"Layer {layer!r} is quantised ({mode}); the arithmetic is that of plain and of int8 weights.")
    source = run(inputs)[layer].numpy()[0].astype(np.float64)
    if source.ndim > 3:
        raise ValueError(f"Layer {layer!r} takes values {source.shape}; the arithmetic is that of (h, w, c) or less.")
    width = 1 if source.ndim < 3 else source.shape[1]
    values = source.reshape(-1 if source.ndim > 1 else 1, width, source.shape[-1])  # (h, w, c)
    extent = site.extent(values.shape)
    if not (0 <= channel < extent[2] and 0 <= row < extent[0] and 0 <= column < extent[1]):
        raise ValueError(f"Layer {layer!r} has values {extent}, so there is none at {(row, column, channel)}.")
    products, vector = _KINDS[kind](site.operation, values, extent, (row, column), channel)
    vector[channel] = products[-1].sums[0]
    return Arithmetic(layer, row, column, channel, products, _steps(layer, site, vector, channel))


@dataclass(frozen=True)
class _Site:
    """A layer in its network, and what its output goes through."""

    operation: Any
    behind: tuple[tuple[str, Any], ...]

    def extent(self, source: tuple[int, ...]) -> tuple[int, int, int]:
        """Return (h, w, channels) of the output for an input of such a shape."""
        height, width, channels = self.operation.compute_output_shape((1, *source))[1:]
        return height, width, channels


def _trace(network: Network) -> tuple[Callable[..., dict[str, tf.Tensor]], dict[str, _Site]]:
    """Compile the pass to the inputs of all layers that can be worked out, and note the layers behind each."""
    sites: dict[str, _Site] = {}
    names = [layer.name for layer in network.layers if layer.kind in _KINDS]

    def to_inputs(tensors: list[tf.Tensor]) -> dict[str, tf.Tensor]:
        forward = network.run(tensors)
        calls = {name: forward.calls[name] for name in names}
        sites.update({name: _Site(call.operation, _behind(forward, call)) for name, call in calls.items()})
        return {name: tf.cast(call.inputs[0], tf.float32) for name, call in calls.items()}

    return network.compile("arithmetic inputs", to_inputs, [network.input_specs()]), sites


def _behind(forward: Forward, call: Call) -> tuple[tuple[str, Any], ...]:
    """Return the normalisations and activations that a layer's output goes through and nothing else."""
    chain: list[tuple[str, Any]] = []
    tensor = call.outputs[0]
    while True:
        users = [
            (name, user)
            for name, user in forward.calls.items()
            if any(given is tensor for given in user.inputs) and not any(made is tensor for made in user.outputs)
        ]
        if len(users) != 1 or any(output is tensor for output in forward.outputs):
            return tuple(chain)
        name, user = users[0]
        if len(user.inputs) != 1 or not (_normalises(user.operation) or _activates(user.operation)):
            return tuple(chain)
        chain.append((name, user.operation))
        tensor = user.outputs[0]


def _normalises(operation: Any) -> bool:
    return isinstance(operation, keras.layers.BatchNormalization) and operation.axis in (-1, 3)


def _activates(operation: Any) -> bool:
    return is_kind(operation, *ACTIVATION_LAYERS) or type(operation).__name__ in ACTIVATION_OPERATORS


def _convolve(
    operation: Any, values: np.ndarray, extent: tuple[int, int, int], place: tuple[int, int], channel: int
) -> tuple[tuple[Products, ...], np.ndarray]:
    kernel = _weights(operation.kernel)  # (kh, kw, channels of a group, filters)
    window, rows, columns = _window(operation, values, extent, place)
    depth, width = kernel.shape[2], kernel.shape[3] // operation.groups
    vector = np.concatenate(
        [
            np.einsum(
                "hwc,hwcf->f",
                window[..., group * depth : (group + 1) * depth],
                kernel[..., group * width : (group + 1) * width],
            )
            for group in range(operation.groups)
        ]
    )
    channels = channel // width * depth + np.arange(depth)
    return (_products("convolution", window[..., channels], kernel[..., channel], rows, columns, channels),), vector


def _convolve_depthwise(
    operation: Any, values: np.ndarray, extent: tuple[int, int, int], place: tuple[int, int], channel: int
) -> tuple[tuple[Products, ...], np.ndarray]:
    kernel = _weights(operation.kernel)  # (kh, kw, channels, multiplier)
    window, rows, columns = _window(operation, values, extent, place)
    source = np.array([channel // kernel.shape[3]])
    own = kernel[:, :, source, channel % kernel.shape[3]]
    vector = np.einsum("hwc,hwcm->cm", window, kernel).ravel()
    return (_products("depthwise", window[..., source], own, rows, columns, source),), vector


def _convolve_separably(
    operation: Any, values: np.ndarray, extent: tuple[int, int, int], place: tuple[int, int], channel: int
) -> tuple[tuple[Products, ...], np.ndarray]:
    kernel = _weights(operation.depthwise_kernel)  # (kh, kw, channels, multiplier)
    window, rows, columns = _window(operation, values, extent, place)
    channels = np.repeat(np.arange(kernel.shape[2]), kernel.shape[3])
    flat = kernel.reshape(*kernel.shape[:2], -1)
    depthwise = _products("depthwise", window[..., channels], flat, rows, columns, channels, each=True)
    mixing = _weights(operation.pointwise_kernel)  # (1, 1, channels × multiplier, filters)
    here = (np.array([place[0]]), np.array([place[1]]), np.arange(len(channels)))
    pointwise = _products("pointwise", depthwise.sums[None, None], mixing[..., channel], *here)
    return (depthwise, pointwise), depthwise.sums @ mixing[0, 0]


def _convolve_transposed(
    operation: Any, values: np.ndarray, extent: tuple[int, int, int], place: tuple[int, int], channel: int
) -> tuple[tuple[Products, ...], np.ndarray]:
    """Gather what the layer scatters: input j reaches the output `stride * j + dilation * tap - padding`."""
    kernel = _weights(operation.kernel)  # (kh, kw, filters, channels)
    taps, sources = [], []
    for axis in range(2):
        stride, dilation = operation.strides[axis], operation.dilation_rate[axis]
        padding = _padding(operation, axis, values.shape[axis], extent[axis])
        reached = place[axis] + padding - dilation * np.arange(kernel.shape[axis])
        taps.append(np.flatnonzero(reached % stride == 0))
        sources.append(reached[taps[axis]] // stride)
    window = _gather(values, sources[0], sources[1])
    used = kernel[np.ix_(*taps)]
    channels = np.arange(values.shape[2])
    own = _products("convolution", window, used[:, :, channel], sources[0], sources[1], channels, (taps[0], taps[1]))
    return (own,), np.einsum("hwc,hwfc->f", window, used)


def _multiply_densely(
    operation: Any, values: np.ndarray, extent: tuple[int, int, int], place: tuple[int, int], channel: int
) -> tuple[tuple[Products, ...], np.ndarray]:
    rows, columns, channels = np.array([place[0]]), np.array([place[1]]), np.arange(values.shape[2])
    window = _gather(values, rows, columns)
    kernel = _weights(operation.kernel)  # (units before, units)
    if operation.quantization_mode == "int8":
        kernel = kernel / _weights(operation.kernel_scale)
        if operation.inputs_quantizer is not None:
            rounded, scale = operation.inputs_quantizer(tf.constant(window, tf.float32), axis=-1)
            window = _weights(rounded) / _weights(scale)
    own = _products("dense", window, kernel[None, None, :, channel], rows, columns, channels)
    return (own,), window[0, 0] @ kernel


_KINDS = {
    "Conv2D": _convolve,
    "DepthwiseConv2D": _convolve_depthwise,
    "SeparableConv2D": _convolve_separably,
    "Conv2DTranspose": _convolve_transposed,
    "Dense": _multiply_densely,
}


def _products(
    name: str,
    window: np.ndarray,
    kernel: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    channels: np.ndarray,
    taps: tuple[np.ndarray, np.ndarray] | None = None,
    each: bool = False,
) -> Products:
    products = window * kernel
    sums = products.sum(axis=(0, 1)) if each else np.array([products.sum()])
    taps = (np.arange(kernel.shape[0]), np.arange(kernel.shape[1])) if taps is None else taps
    return Products(name, window, kernel, products, sums, rows, columns, channels, taps)


def _window(
    operation: Any, values: np.ndarray, extent: tuple[int, int, int], place: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what a convolution's kernel lies on at an output position, with its rows and columns."""
    positions = []
    for axis in range(2):
        start = place[axis] * operation.strides[axis] - _padding(operation, axis, extent[axis], values.shape[axis])
        positions.append(start + operation.dilation_rate[axis] * np.arange(operation.kernel_size[axis]))
    return _gather(values, positions[0], positions[1]), positions[0], positions[1]


def _padding(operation: Any, axis: int, small: int, large: int) -> int:
    """Return what "same" padding adds before the larger of a convolution's two sides."""
    if operation.padding != "same":
        return 0
    reach = (operation.kernel_size[axis] - 1) * operation.dilation_rate[axis] + 1
    missing = (small - 1) * operation.strides[axis] + reach - large
    return max(int(missing), 0) // 2


def _gather(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the values at rows and columns, zero where those lie outside."""
    height, width = values.shape[:2]
    inside = np.outer((rows >= 0) & (rows < height), (columns >= 0) & (columns < width))
    window = values[np.ix_(rows.clip(0, height - 1), columns.clip(0, width - 1))]
    return np.where(inside[..., None], window, 0.0)


def _weights(variable: Any) -> np.ndarray:
    return keras.ops.convert_to_numpy(variable).astype(np.float64)


def _steps(layer: str, site: _Site, vector: np.ndarray, channel: int) -> tuple[Step, ...]:
    """Follow the sums of all channels at a place through bias, normalisations and activations."""
    steps, operation = [], site.operation
    if operation.bias is not None:
        bias = _weights(operation.bias)
        before, vector = vector, vector + bias
        formula = f"{before[channel]:.6g} + {bias[channel]:.6g} = {vector[channel]:.6g}"
        steps.append(_step(layer, "bias", before, vector, channel, formula, {"bias": float(bias[channel])}))
    if activation_name(operation) != "linear":
        before, vector = vector, _call(operation.activation, vector)
        steps.append(_activation_step(layer, activation_name(operation), before, vector, channel))
    for name, other in site.behind:
        before = vector
        if _normalises(other):
            vector, numbers, formula = _normalise(other, before, channel)
            steps.append(_step(name, "normalisation", before, vector, channel, formula, numbers))
        else:
            vector = _call(other.call, before)
            label = activation_name(other) if isinstance(other, keras.layers.Activation) else type(other).__name__
            steps.append(_activation_step(name, label.lower(), before, vector, channel))
    return tuple(steps)


def _call(function: Any, vector: np.ndarray) -> np.ndarray:
    """Apply an activation to the channels at one place; softmax needs them all."""
    # .call of a layer, not the layer: that would cast to float32.
    return keras.ops.convert_to_numpy(function(tf.constant(vector[None, None, None])))[0, 0, 0].astype(np.float64)


def _normalise(operation: Any, vector: np.ndarray, channel: int) -> tuple[np.ndarray, dict[str, float], str]:
    ones = np.ones(len(vector))
    mean, variance = _weights(operation.moving_mean), _weights(operation.moving_variance)
    gamma = _weights(operation.gamma) if operation.gamma is not None else ones
    beta = _weights(operation.beta) if operation.beta is not None else ones * 0
    result = gamma * (vector - mean) / np.sqrt(variance + operation.epsilon) + beta
    arrays = {"mean": mean, "variance": variance, "gamma": gamma, "beta": beta}
    numbers = {name: float(array[channel]) for name, array in arrays.items()} | {"epsilon": float(operation.epsilon)}
    formula = (
        "{gamma:.6g} × ({value:.6g} - {mean:.6g}) / √({variance:.6g} + {epsilon:.6g}) + {beta:.6g} = {result:.6g}"
    ).format(value=vector[channel], result=result[channel], **numbers)
    return result, numbers, formula


def _activation_step(layer: str, name: str, before: np.ndarray, after: np.ndarray, channel: int) -> Step:
    formula = f"{name}({before[channel]:.6g}) = {after[channel]:.6g}"
    return _step(layer, "activation", before, after, channel, formula, {})


def _step(
    layer: str,
    kind: str,
    before: np.ndarray,
    after: np.ndarray,
    channel: int,
    formula: str,
    numbers: dict[str, float],
) -> Step:
    return Step(layer, kind, float(before[channel]), float(after[channel]), formula, numbers)
