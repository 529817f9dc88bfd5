"""How one number of a map comes about: window × kernel, the sum, bias, normalisation, activation.

The same cell lights up in the window, the kernel and the products, and its place on the maps and on the picture; the
window slides across the whole map. `working.js` draws it for the widgets `canvas` and `slide`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.drawing.pictures import data_url, jpeg
from dashboard.subject import digest
from interp import Network
from interp.arithmetic import Arithmetic, Step

MAPS_SHOWN = 6
"""Input channels that are sent with their maps, those that count most at the place."""
NUMBERS_SENT = 24_000
"""Most numbers of input maps that are sent to the browser."""
NORMALISING = {"BatchNormalization"}
ACTIVATING = {"ReLU", "Activation", "LeakyReLU", "ELU", "Softmax", "Relu", "Sigmoid"}
POOLING = {"MaxPooling2D": "largest", "AveragePooling2D": "mean"}


@dataclass(frozen=True)
class Part:
    """An input channel's share in a sum: its whole map, the kernel that meets it (None for pooling), what it adds.

    A separable convolution multiplies its sum by `weight`.
    """

    channel: int
    values: np.ndarray
    kernel: np.ndarray | None
    share: float
    weight: float = 1.0


@dataclass(frozen=True)
class Working:
    """All that is shown about one number of a map.

    Args:
        layer: str, the layer whose number it is.
        channel: int, its channel.
        row: int, its row.
        column: int, its column.
        values: float32 (h, w), the channel's whole map.
        source: str, the layer that the window lies on; "" for the picture itself.
        rows: int (kh,), rows of the source under the window; outside of the source is padding.
        columns: int (kw,), the same for columns.
        stride: rows and columns by which the window moves from place to place; None where it does not move evenly.
        parts: the input channels, those that add most first.
        rest: the number of further channels, and what they add together.
        lines: (words, formula) of each step after the sums.
        pooling: str, "largest" or "mean" for a pooling layer. Defaults to "".
    """

    layer: str
    channel: int
    row: int
    column: int
    values: np.ndarray = field(repr=False)
    source: str
    rows: np.ndarray
    columns: np.ndarray
    stride: tuple[int, int] | None
    parts: tuple[Part, ...]
    rest: tuple[int, float]
    lines: tuple[tuple[str, str], ...]
    pooling: str = ""

    @property
    def value(self) -> float:
        """The network's own number."""
        return float(self.values[self.row, self.column])


Spans = tuple[Sequence[tuple[int, int] | None], Sequence[tuple[int, int] | None]]
"""First and last row of the picture that each row of a layer sees, and the same for columns."""
Ask = Callable[[str, int, int, int], Arithmetic]
"""From a convolution's name, channel, row and column to how it is worked out."""


def work_out(
    network: Network,
    maps: Mapping[str, np.ndarray],
    picture: np.ndarray,
    layer: str,
    place: tuple[int, int, int],
    ask: Ask,
) -> Working | str:
    """Return how a number comes about, or a sentence where there is no sum to show."""
    channel, row, column = place
    kind, sources = network.layer(layer).kind, network.sources[layer]
    if kind in POOLING:
        return _pooling(network, maps, layer, place)
    convolution = convolution_behind(network, layer)
    if convolution is not None:
        found = ask(convolution, channel, row, column)
        if layer == convolution or any(step.layer == layer for step in found.steps):
            source = network.sources[convolution]
            before = maps[source[0]] if source else picture.reshape(*picture.shape[:2], -1)
            return _convolution(found, maps, layer, source[0] if source else "", before, ask)
    value = float(maps[layer][row, column, channel])
    given = [maps[source] for source in sources]
    if kind in ("Add", "Multiply") and all(one.shape == maps[layer].shape for one in given):
        sign = " + " if kind == "Add" else " × "
        sum_of = sign.join(f"{_number(float(maps[name][row, column, channel]))} ({_soft(name)})" for name in sources)
        return f"{_soft(layer)} joins two branches place by place: {sum_of} = {_number(value)}."
    if len(given) == 1 and given[0].shape == maps[layer].shape:
        before_value = _number(float(given[0][row, column, channel]))
        return f"{_soft(layer)} works on each number by itself: {before_value} becomes {_number(value)}."
    if kind == "Concatenate":
        name, own = _joined(maps, sources, channel)
        return (
            f"{_soft(layer)} sets branches side by side: {_number(value)} is channel {own} of {_soft(name)}, unchanged."
        )
    return f"{_soft(layer)} only moves numbers about, so there is no sum to show. The number is {_number(value)}."


def _joined(maps: Mapping[str, np.ndarray], sources: Sequence[str], channel: int) -> tuple[str, int]:
    """Return the layer that a channel of joined layers comes from, and its number there."""
    for name in sources:
        count = maps[name].shape[-1]
        if channel < count:
            return name, channel
        channel -= count
    raise ValueError(f"The layers {', '.join(sources)} have no channel {channel} more.")


def convolution_behind(network: Network, layer: str) -> str | None:
    """Return the convolution whose normalised or activated output a layer is; itself if it is one; else None."""
    name = layer
    while network.layer(name).kind in NORMALISING | ACTIVATING and len(network.sources[name]) == 1:
        (name,) = network.sources[name]
    return name if network.layer(name).is_convolution else None


def block_end(network: Network, layer: str) -> str:
    """Return the layer at which a channel leaves its block, behind its normalisation and activation.

    To silence a channel before them would leave what they add to it.
    """
    while True:
        users = [name for name, sources in network.sources.items() if layer in sources]
        if len(users) != 1 or network.layer(users[0]).kind not in NORMALISING | ACTIVATING:
            return layer
        (layer,) = users


def _convolution(
    found: Arithmetic, maps: Mapping[str, np.ndarray], layer: str, source: str, before: np.ndarray, ask: Ask
) -> Working:
    first, *mixing = found.products
    values = before.astype(np.float32)
    weights = mixing[0].kernel[0, 0] if mixing else np.ones(len(first.channels))
    shares = first.products.sum(axis=(0, 1)) * weights
    order = np.argsort(-np.abs(shares), kind="stable")
    shown = order[: max(1, min(MAPS_SHOWN, NUMBERS_SENT // values[..., 0].size))]
    parts = tuple(
        Part(
            int(first.channels[index]),
            values[..., first.channels[index]],
            first.kernel[..., index],
            float(shares[index]),
            float(weights[index]),
        )
        for index in shown
    )
    hidden = len(order) - len(shown)
    steps = found.steps
    if layer != found.layer:
        steps = steps[: 1 + max(number for number, step in enumerate(steps) if step.layer == layer)]
    else:
        steps = tuple(step for step in steps if step.layer == layer)
    return Working(
        layer,
        found.channel,
        found.row,
        found.column,
        maps[layer][..., found.channel],
        source,
        first.rows,
        first.columns,
        _stride(found, ask, maps[found.layer].shape),
        parts,
        (hidden, float(shares[order[len(shown) :]].sum())),
        (("Sum of all products", _number(found.sum)), *((_step_words(step), _minus(step.formula)) for step in steps)),
    )


def _stride(found: Arithmetic, ask: Ask, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return how far the window moves between two places; None for a layer whose kernel is cut differently there."""
    first = found.products[0]
    is_cut = any(len(tap) != size for tap, size in zip(first.taps, first.kernel.shape[:2], strict=True))
    if is_cut or min(shape[:2]) < 2:
        return None
    ends = [ask(found.layer, found.channel, place, place).products[0] for place in (0, 1)]
    if any(one.window.shape != first.window.shape for one in ends):
        return None
    down, across = (int(ends[1].rows[0] - ends[0].rows[0]), int(ends[1].columns[0] - ends[0].columns[0]))
    moves_evenly = ends[0].rows[0] + down * found.row == first.rows[0]
    return (down, across) if down > 0 and across > 0 and moves_evenly else None


def _pooling(network: Network, maps: Mapping[str, np.ndarray], layer: str, place: tuple[int, int, int]) -> Working:
    channel, row, column = place
    operation = network.model.get_layer(layer)
    (source,) = network.sources[layer]
    before, after = maps[source], maps[layer]
    axes = []
    for axis, at in enumerate((row, column)):
        size, stride = operation.pool_size[axis], operation.strides[axis]
        missing = (after.shape[axis] - 1) * stride + size - before.shape[axis]
        padding = max(missing, 0) // 2 if operation.padding == "same" else 0
        axes.append(at * stride - padding + np.arange(size))
    word = POOLING[network.layer(layer).kind]
    value = float(after[row, column, channel])
    return Working(
        layer,
        channel,
        row,
        column,
        after[..., channel],
        source,
        axes[0],
        axes[1],
        tuple(operation.strides),
        (Part(channel, before[..., channel], None, value),),
        (0, 0.0),
        ((f"The {word} number of the window", _number(value)),),
        word,
    )


def _step_words(step: Step) -> str:
    kinds = {"bias": "Plus bias", "normalisation": "Batch normalisation", "activation": "Activation"}
    return f"{kinds[step.kind]} ({_soft(step.layer)})"


def _number(value: float) -> str:
    return _minus(f"{value:.4g}")


def _minus(words: str) -> str:
    """Write minus signs, a negative number behind an operator in brackets."""
    return re.sub(r"(?<=[-+×] )(-[\d.e+-]+)", r"(\1)", words).replace("-", "−")


def _soft(name: str) -> str:
    """Let a long layer name break after its underscores."""
    return name.replace("_", "_\u200b")


def data_of(
    working: Working | str,
    *,
    background: np.ndarray,
    side: tuple[int, int],
    spans: Spans | None,
    box: tuple[int, int, int, int],
    stops: Mapping[bool, Sequence[tuple[float, str]]],
) -> dict[str, object]:
    """Turn a working into the plain values that the browser gets.

    Args:
        working: what is shown, or the sentence on why there is no sum to show.
        background: uint8 RGB, the picture, as crisp as there is one.
        side: height and width of what the network gets, in pixels.
        spans: what each row and each column of the source sees, None where the source is the picture itself.
        box: (x, y, width, height), what the place sees.
        stops: the palettes' stops, for unsigned and signed maps.
    """
    data: dict[str, object] = {
        "picture": data_url(jpeg(background, 320)),
        "side": list(side),
        "box": list(box),
        "stops": {"plain": [colour for _, colour in stops[False]], "signed": [colour for _, colour in stops[True]]},
    }
    if isinstance(working, str):
        data |= {"words": working, "alt": "What one number sees"}
    else:
        data |= {"spans": None if spans is None else {"rows": list(spans[0]), "columns": list(spans[1])}}
        data |= _sum_data(working)
    return data | {"id": digest(repr(data).encode())}


def _sum_data(working: Working) -> dict[str, object]:
    height, width = working.values.shape
    return {
        "layer": working.layer,
        "channel": working.channel,
        "source": working.source or "the picture",
        "place": [working.row, working.column],
        "output": _map_data(working.values),
        "parts": [
            {
                "channel": part.channel,
                "map": _map_data(part.values),
                "kernel": None if part.kernel is None else _rounded(part.kernel),
                "share": _digits(part.share),
                "weight": _digits(part.weight),
            }
            for part in working.parts
        ],
        "rest": {"count": working.rest[0], "sum": _digits(working.rest[1])},
        "rows": [int(number) for number in working.rows],
        "columns": [int(number) for number in working.columns],
        "stride": working.stride,
        "lines": [list(line) for line in working.lines],
        "value": _number(working.value),
        "pooling": working.pooling,
        "alt": f"How channel {working.channel} of {working.layer} gets its number at row {working.row}, column "
        f"{working.column} of {height}×{width}",
    }


def _map_data(values: np.ndarray) -> dict[str, object]:
    return {
        "height": values.shape[0],
        "width": values.shape[1],
        "values": _rounded(values),
        "signed": bool(values.min() < 0),
    }


def _rounded(values: np.ndarray) -> list[float]:
    return [_digits(number) for number in np.ravel(values).tolist()]


def _digits(number: float) -> float:
    return float(f"{number:.4g}")
