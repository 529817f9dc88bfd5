"""Which part of the picture a layer can see, worked out from the graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from interp.graph import is_kind
from interp.lazy import keras, tf
from interp.network import Call, Network

Interval = tuple[int, int]  # first and last position, both included
Pair = tuple[int, int]

KEY = "receptive_fields"
SIZES = 32  # picture sizes whose graph is kept, for networks that take any size

# fmt: off
ELEMENTWISE_LAYERS = (
    "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "BatchNormalization", "Rescaling", "Normalization",
    "Identity", "Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianNoise", "GaussianDropout",
    "ActivityRegularization", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum",
)
ALONG_AN_AXIS = ("Concatenate", "LayerNormalization", "UnitNormalization", "Softmax")
# Operators such as `x * 0.5` are not layers; these work on each place by itself.
ELEMENTWISE_OPERATORS = frozenset({
    "Abs", "Absolute", "Add", "Cast", "Clip", "Divide", "Elu", "Exp", "Gelu", "HardSigmoid", "HardSilu",
    "HardSwish", "HardTanh", "Identity", "LeakyRelu", "Log", "Maximum", "Minimum", "Mish", "Multiply", "Negative",
    "Power", "Relu", "Relu6", "Selu", "Sigmoid", "Sign", "Silu", "Softplus", "Softsign", "Sqrt", "Square",
    "Subtract", "Swish", "Tanh", "TrueDivide",
})
# fmt: on


@dataclass(frozen=True)
class ReceptiveField:
    """What one position of a layer sees of the picture; pairs are (vertical, horizontal), in pixels.

    Args:
        size: Extent of what a position sees, as far from the border as it takes; it may exceed the picture. Behind
            upsampling, where positions differ, their mean.
        stride: How far the view moves from one position to the next; 0 where all positions see everything.
        centre: Middle of what position (0, 0) sees, the picture's first pixel being (0, 0).
        is_everything: Whether each position sees the whole picture, as behind global pooling.
    """

    size: tuple[float, float]
    stride: tuple[float, float]
    centre: tuple[float, float]
    is_everything: bool


@dataclass(frozen=True)
class _Window:
    """Along one axis, position i sees the positions from `stride * i + first` to `stride * i + last`."""

    stride: Fraction
    first: Fraction
    last: Fraction
    exact: Callable[[int, int], Interval | None]  # the same for an interval, with the rounding of uneven strides


@dataclass(frozen=True)
class _Step:
    """A layer's way from its sources: its windows (vertical, horizontal), None where it may see everything."""

    sources: tuple[int, ...]
    windows: tuple[_Window, _Window] | None
    shape: tuple[int, ...]
    is_elementwise: bool = False  # and so a source of one position serves them all

    def broadcasts(self, source: _Step, axis: int) -> bool:
        """Tell whether the one position of a source goes into all positions of this step."""
        return self.is_elementwise and source.shape[axis] == 1


@dataclass(frozen=True)
class _Graph:
    steps: tuple[_Step, ...]
    layers: dict[str, int]


def receptive_fields(network: Network, size: Pair | None = None) -> dict[str, ReceptiveField]:
    """Work out the receptive field of every layer.

    Convolutions, pooling, padding, cropping and scaling are followed exactly; where branches meet, the field covers
    them all. A layer that looks at the whole of its input (global pooling, flattening, attention, squeeze and
    excitation) sees everything, and so does one that is not known, which may say too much but never too little. A layer
    normalisation over all places counts as looking at each place by itself: all that it takes from the others are their
    mean and deviation, the picture's light.

    Args:
        network: The network.
        size: Height and width of the picture. Defaults to the network's own; needed where that is open.

    Returns:
        The fields by the layers' names, in order; layers that depend on other inputs alone have none.

    Raises:
        ValueError: The network's size is open and none is given, or it does not take such a picture.

    Reference:
        Araujo et al. 2019, "Computing Receptive Fields of Convolutional Neural Networks", doi:10.23915/distill.00021
    """
    height, width = _picture_size(network, size)
    graph = _graph(network, height, width)
    whole = ReceptiveField((height, width), (0.0, 0.0), ((height - 1) / 2, (width - 1) / 2), True)
    fields: list[tuple[_Window, _Window] | None] = []
    for step in graph.steps:
        fields.append(_compose(step, fields, graph.steps))
    return {name: _describe(fields[index]) or whole for name, index in graph.layers.items()}


def receptive_field(network: Network, layer: str, size: Pair | None = None) -> ReceptiveField:
    """Return the receptive field of one layer; see `receptive_fields`.

    Raises:
        ValueError: There is no such layer, or it depends on another input than the picture.
    """
    network.layer(layer)
    fields = receptive_fields(network, size)
    if layer not in fields:
        raise ValueError(f"Layer {layer!r} does not see the picture, so it has no receptive field.")
    return fields[layer]


def seen_box(
    network: Network, layer: str, row: int = 0, column: int = 0, size: Pair | None = None
) -> tuple[int, int, int, int]:
    """Return the part of the picture that one position of a layer sees, clipped to the picture.

    Args:
        network: The network.
        layer: Name of the layer.
        row: The position's row in the layer's output; without effect for a layer without space. Defaults to 0.
        column: The position's column. Defaults to 0.
        size: As in `receptive_fields`.

    Returns:
        The box (x, y, width, height) in pixels of the picture; its size is 0 where nothing is seen, as in padding.

    Raises:
        ValueError: There is no such layer or position, or the size is missing or does not fit.
    """
    network.layer(layer)
    height, width = _picture_size(network, size)
    graph = _graph(network, height, width)
    if layer not in graph.layers:
        return 0, 0, 0, 0
    shape = graph.steps[graph.layers[layer]].shape
    if len(shape) == 3 and not (0 <= row < shape[0] and 0 <= column < shape[1]):
        raise ValueError(f"Layer {layer!r} has {shape[0]}×{shape[1]} positions, so there is no ({row}, {column}).")
    seen = _seen(graph, layer, row, column)
    if seen is None:
        return 0, 0, 0, 0
    (top, bottom), (left, right) = seen
    return left, top, right - left + 1, bottom - top + 1


def seen_spans(
    network: Network, layer: str, size: Pair | None = None
) -> tuple[list[Interval | None], list[Interval | None]]:
    """Return what each row and each column of a layer sees of the picture, exactly, clipped to the picture.

    What a position sees is the rows of its row and the columns of its column; see `seen_box` for one position.

    Args:
        network: The network.
        layer: Name of a layer with rows and columns.
        size: As in `receptive_fields`.

    Returns:
        For each row of the layer the first and the last row of the picture, and the same for columns; None where
        nothing is seen.

    Raises:
        ValueError: There is no such layer, it has no rows and columns or does not see the picture, or the size is
            missing or does not fit.
    """
    network.layer(layer)
    graph = _graph(network, *_picture_size(network, size))
    shape = graph.steps[graph.layers[layer]].shape if layer in graph.layers else ()
    if len(shape) != 3:
        raise ValueError(f"Layer {layer!r} has no rows and columns that see the picture.")
    rows = [_seen(graph, layer, row, shape[1] // 2) for row in range(shape[0])]
    columns = [_seen(graph, layer, shape[0] // 2, column) for column in range(shape[1])]
    return [seen[0] if seen else None for seen in rows], [seen[1] if seen else None for seen in columns]


def _seen(graph: _Graph, layer: str, row: int, column: int) -> list[Interval] | None:
    """Return the rows and the columns of the picture that one position sees, None where it sees nothing."""
    target = graph.layers[layer]
    shape = graph.steps[target].shape
    seen: list[list[Interval] | None] = [None] * len(graph.steps)
    seen[target] = [(row, row), (column, column)] if len(shape) == 3 else _everything(shape)
    for index in range(target, 0, -1):
        if seen[index] is not None:
            _look_back(graph.steps, index, seen)
    return seen[0]


def _look_back(steps: Sequence[_Step], index: int, seen: list[list[Interval] | None]) -> None:
    """Add what a step's seen positions see of its sources to what is seen of those."""
    step, own = steps[index], seen[index]
    assert own is not None
    for source in step.sources:
        intervals = _everything(steps[source].shape)
        if step.windows is not None:
            found = [
                _within(extent, extent if step.broadcasts(steps[source], axis) else window.exact(*own[axis]))
                for axis, (window, extent) in enumerate(zip(step.windows, intervals, strict=True))
            ]
            intervals = [interval for interval in found if interval is not None]
            if len(intervals) < 2:
                continue
        before = seen[source]
        if before is not None:
            intervals = [(min(a, c), max(b, d)) for (a, b), (c, d) in zip(before, intervals, strict=True)]
        seen[source] = intervals


def _within(extent: Interval, interval: Interval | None) -> Interval | None:
    """Clip an interval, None where nothing is left of it."""
    if interval is None:
        return None
    first, last = max(interval[0], extent[0]), min(interval[1], extent[1])
    return (first, last) if first <= last else None


def _everything(shape: tuple[int, ...]) -> list[Interval]:
    return [(0, extent - 1) for extent in shape[:2]] if len(shape) == 3 else []


def _compose(
    step: _Step, fields: Sequence[tuple[_Window, _Window] | None], steps: Sequence[_Step]
) -> tuple[_Window, _Window] | None:
    """Return a step's windows on the picture, None where it sees everything."""
    if step.windows is None:
        return None
    if not step.sources:
        return step.windows
    found = []
    for axis, window in enumerate(step.windows):
        reached = []
        for source in step.sources:
            before = fields[source]
            if before is None or (step.broadcasts(steps[source], axis) and step.shape[axis] > 1):
                return None
            inner = before[axis]
            reached.append(
                _window(
                    inner.stride * window.stride,
                    inner.stride * window.first + inner.first,
                    inner.stride * window.last + inner.last,
                )
            )
        if len({one.stride for one in reached}) > 1:
            return None
        first, last = min(one.first for one in reached), max(one.last for one in reached)
        found.append(_window(reached[0].stride, first, last))
    return found[0], found[1]


def _describe(windows: tuple[_Window, _Window] | None) -> ReceptiveField | None:
    if windows is None:
        return None
    down, right = windows
    return ReceptiveField(
        size=(float(down.last - down.first + 1), float(right.last - right.first + 1)),
        stride=(float(down.stride), float(right.stride)),
        centre=(float(down.first + down.last) / 2, float(right.first + right.last) / 2),
        is_everything=False,
    )


def _picture_size(network: Network, size: Pair | None) -> Pair:
    height, width = size if size is not None else network.input_shape[:2]
    if height is None or width is None:
        raise ValueError("The network takes pictures of any size; give size=(height, width).")
    if not network.accepts(height, width):
        raise ValueError(f"The network takes pictures of {network.input_shape[:2]} and not of {(height, width)}.")
    return height, width


def _graph(network: Network, height: int, width: int) -> _Graph:
    graph: _Graph = network.keep((KEY, height, width), lambda: _trace(network, height, width))
    kept = [key for key in network.kept if isinstance(key, tuple) and key[0] == KEY]
    if len(kept) > SIZES:
        network.forget(kept[0])
    return graph


def _trace(network: Network, height: int, width: int) -> _Graph:
    """Follow the picture through the network; step 0 is the picture itself."""
    graphs: list[_Graph] = []

    def follow(inputs: list[tf.Tensor]) -> None:
        forward = network.run(inputs)
        picture = inputs[network.picture]
        same = _pixelwise()
        steps = [_Step((), (same, same), tuple(picture.shape[1:]))]
        made_by = {id(picture): 0}
        layers: dict[str, int] = {}
        for name, call in forward.calls.items():
            sources = tuple(dict.fromkeys(made_by[id(tensor)] for tensor in call.inputs if id(tensor) in made_by))
            if not sources:
                continue  # it depends on another input than the picture
            shapes = [steps[source].shape for source in sources]
            shape = tuple(call.outputs[0].shape[1:]) if call.outputs else ()
            steps.append(_step(call, sources, shapes, shape))
            made_by.update({id(tensor): len(steps) - 1 for tensor in call.outputs})
            layers[name] = len(steps) - 1
        known = {layer.name for layer in network.layers}
        graphs.append(_Graph(tuple(steps), {name: index for name, index in layers.items() if name in known}))

    tf.function(follow, autograph=False).get_concrete_function(network.input_specs((height, width)))
    return graphs[-1]


def _step(call: Call, sources: tuple[int, ...], shapes: Sequence[tuple[int, ...]], shape: tuple[int, ...]) -> _Step:
    """Return how an operation looks at its sources."""
    spatial = len(shape) == 3 and all(len(other) == 3 for other in shapes)
    if not spatial:
        return _Step(sources, None, shape)
    if _is_elementwise(call.operation, shapes, shape):
        return _Step(sources, (_pixelwise(), _pixelwise()), shape, is_elementwise=True)
    if len(sources) > 1:
        return _Step(sources, None, shape)
    down, right = (_axis_window(call.operation, axis, shapes[0][axis], shape[axis]) for axis in range(2))
    return _Step(sources, (down, right) if down is not None and right is not None else None, shape)


def _is_elementwise(operation: Any, shapes: Sequence[tuple[int, ...]], shape: tuple[int, ...]) -> bool:
    grids_fit = all(own in (1, extent) for other in shapes for own, extent in zip(other[:2], shape[:2], strict=True))
    if not grids_fit:
        return False
    if is_kind(operation, *ALONG_AN_AXIS):
        axis = getattr(operation, "axis", -1)
        axes = list(axis) if isinstance(axis, list | tuple) else [axis]
        evens_light = is_kind(operation, "LayerNormalization") and {1, 2} <= set(axes)
        return evens_light or all(one in (-1, 3) for one in axes)
    if isinstance(operation, keras.layers.Dense):
        return True
    if isinstance(operation, keras.layers.Layer):
        return is_kind(operation, *ELEMENTWISE_LAYERS) and not _squashes_space(operation)
    return type(operation).__name__ in ELEMENTWISE_OPERATORS


def _squashes_space(operation: Any) -> bool:
    """Tell whether a batch normalisation is over another axis than the channels."""
    return isinstance(operation, keras.layers.BatchNormalization) and operation.axis not in (-1, 3)


def _axis_window(operation: Any, axis: int, before: int, after: int) -> _Window | None:
    """Return an operation's window along one axis of `before` positions that leaves `after`."""
    kinds = keras.layers
    if isinstance(operation, kinds.Conv2DTranspose):
        kernel, stride, dilation = (getattr(operation, n)[axis] for n in ("kernel_size", "strides", "dilation_rate"))
        padding = _padding(operation, before, kernel, stride, dilation, after)
        return _scattered(kernel, stride, dilation, padding)
    if isinstance(operation, kinds.Conv2D | kinds.DepthwiseConv2D | kinds.SeparableConv2D):
        kernel, stride, dilation = (getattr(operation, n)[axis] for n in ("kernel_size", "strides", "dilation_rate"))
        padding = _padding(operation, after, kernel, stride, dilation, before)
        return _sliding((kernel - 1) * dilation + 1, stride, padding)
    if isinstance(operation, kinds.MaxPooling2D | kinds.AveragePooling2D):
        kernel, stride = operation.pool_size[axis], operation.strides[axis]
        return _sliding(kernel, stride, _padding(operation, after, kernel, stride, 1, before))
    if isinstance(operation, kinds.ZeroPadding2D):
        return _sliding(1, 1, operation.padding[axis][0])
    if isinstance(operation, kinds.Cropping2D):
        return _sliding(1, 1, -operation.cropping[axis][0])
    if isinstance(operation, kinds.UpSampling2D) and operation.interpolation in ("nearest", "bilinear"):
        return _scaled(Fraction(1, operation.size[axis]), operation.interpolation)
    if isinstance(operation, kinds.Resizing) and operation.interpolation in ("nearest", "bilinear"):
        plain = not (operation.crop_to_aspect_ratio or operation.pad_to_aspect_ratio or operation.antialias)
        return _scaled(Fraction(before, after), operation.interpolation) if plain else None
    return None


def _padding(operation: Any, small: int, kernel: int, stride: int, dilation: int, large: int) -> int:
    """Return the rows that "same" padding adds before the larger of a convolution's two sides."""
    if operation.padding != "same":
        return 0
    return max((small - 1) * stride + (kernel - 1) * dilation + 1 - large, 0) // 2


def _window(stride: Fraction, first: Fraction, last: Fraction) -> _Window:
    def exact(start: int, stop: int) -> Interval:
        return math.floor(stride * start + first), math.ceil(stride * stop + last)

    return _Window(stride, first, last, exact)


def _pixelwise() -> _Window:
    return _window(Fraction(1), Fraction(0), Fraction(0))


def _sliding(extent: int, stride: int, padding: int) -> _Window:
    return _window(Fraction(stride), Fraction(-padding), Fraction(extent - 1 - padding))


def _scattered(kernel: int, stride: int, dilation: int, padding: int) -> _Window:
    """Return a transposed convolution's window: input j adds to the outputs `stride * j + dilation * k - padding`."""

    def exact(start: int, stop: int) -> Interval | None:
        reached = [position + padding - dilation * tap for position in range(start, stop + 1) for tap in range(kernel)]
        sources = [place // stride for place in reached if place % stride == 0]
        return (min(sources), max(sources)) if sources else None

    middle = Fraction(2 * padding - (kernel - 1) * dilation, 2 * stride)
    reach = Fraction((kernel - 1) * dilation // stride, 2)
    return _Window(Fraction(1, stride), middle - reach, middle + reach, exact)


def _scaled(ratio: Fraction, interpolation: str) -> _Window:
    """Return the window of a resizing; `ratio` is the old size over the new one, pixels count by their middles."""
    middle = ratio / 2 - Fraction(1, 2)
    reach = Fraction(1, 2) if interpolation == "bilinear" else Fraction(0)

    def exact(start: int, stop: int) -> Interval:
        if interpolation == "nearest":
            return math.floor(ratio * start + ratio / 2), math.floor(ratio * stop + ratio / 2)
        return math.floor(ratio * start + middle), math.ceil(ratio * stop + middle)

    return _Window(ratio, middle - reach, middle + reach, exact)
