"""What every channel of a layer would like to see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interp.dream.ascent import dream
from interp.dream.objectives import channel
from interp.network import Network

BATCH = 16  # channels at once: most of a batch's gain, and few enough to cancel between


@dataclass(frozen=True)
class Atlas:
    """The channels of a layer rendered so far.

    Args:
        layer: Name of the layer.
        channels: Numbers of the channels, one for each picture.
        images: uint8 (done, h, w, c), ready to be shown.
        scores: Each channel's mean on its picture, float32 (done,).
        done: Number of channels rendered.
        total: Number of channels asked for.
    """

    layer: str
    channels: tuple[int, ...]
    images: np.ndarray
    scores: np.ndarray
    done: int
    total: int


def atlas(
    network: Network, layer: str, channels: Sequence[int] | None = None, *, batch: int = BATCH, **settings: Any
) -> Iterator[Atlas]:
    """Render the channels of a layer, many at once in one compiled pass.

    All start from the same noise and are moved alike, so that each picture is the one that `dream` makes of that
    channel alone with the same seed. Closing the iterator ends the work.

    Args:
        network: The network.
        layer: Name of the layer.
        channels: Numbers of the channels. Defaults to all.
        batch: Number of channels at once; bounds the memory. Defaults to 16.
        **settings: Settings of `dream`, such as `steps`, `size` and `seed`.

    Returns:
        An iterator of all that is rendered so far, one for each batch; the last is the result.

    Raises:
        ValueError: There is no such layer or channel, or `dream` refuses a setting.

    Reference:
        Olah et al. 2017, "Feature Visualization", doi:10.23915/distill.00007
    """
    if batch < 1:
        raise ValueError(f"batch is greater than 0, got {batch!r}.")
    known = network.layer(layer).channels
    if channels is None and known is None:
        raise ValueError(f"Layer {layer!r} has an open number of channels; name the channels.")
    chosen = tuple(int(index) for index in (range(known or 0) if channels is None else channels))
    if not chosen:
        raise ValueError("channels names no channel.")
    settings = {"frames_every": 1000} | settings
    batches = [
        dream(network, [channel(layer, index) for index in chosen[start : start + batch]], **settings)
        for start in range(0, len(chosen), batch)
    ]
    return _pages(layer, chosen, batches)


def _pages(layer: str, chosen: tuple[int, ...], batches: Sequence[Iterator[Any]]) -> Iterator[Atlas]:
    images: list[np.ndarray] = []
    scores: list[np.ndarray] = []
    for frames in batches:
        *_, last = frames
        images.extend(last.images)
        scores.append(last.scores)
        done = len(images)
        yield Atlas(layer, chosen[:done], np.stack(images), np.concatenate(scores), done, len(chosen))
