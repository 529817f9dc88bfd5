"""Channels switched off or turned up: what becomes of the answer, and which channels carry it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import streamlit as st

import interp
from dashboard.drawing.words import percent, three_digits, time_left
from dashboard.pickers.switch import choose_one
from dashboard.services import networks
from dashboard.services.kept import findings
from dashboard.services.runs import Report, Run, Slot, gate, show_progress, start
from dashboard.subject import Subject, digest
from dashboard.tasks.task import Goal, View
from dashboard.widgets.canvas import thumbnail
from dashboard.widgets.gallery import Tile, gallery
from interp import Network, Target
from models.emotion import SMALLEST_SHARE

Change = Literal["none", "one_off", "ten_off", "one_double", "ten_double"]
CHANGE = "change"
CHANGES: dict[Change, str] = {
    "none": "All on",
    "one_off": "This map off",
    "ten_off": "Strongest ten off",
    "one_double": "This map ×2",
    "ten_double": "Strongest ten ×2",
}
TEN = 10
DROPS: Slot[np.ndarray] = Slot("channel_drops_run")


def choose_change() -> Change:
    """Draw what is done to the layer's channels and return it."""
    return choose_one(
        "Switch off",
        CHANGE,
        CHANGES,
        "The map's numbers are multiplied by 0, or by 2, before the next layer gets them, and all later layers "
        "compute theirs anew. The strongest ten are those with the highest values on this picture.",
        is_labelled=False,
    )


@dataclass(frozen=True)
class Switched:
    """What a network answers before and after channels of a layer were multiplied by a factor.

    Answers are the probabilities of the classes, or, where there is none, the value of what is asked about by its name.
    """

    channels: tuple[int, ...]
    factor: float
    before: Mapping[str, float]
    after: Mapping[str, float]
    is_share: bool


def channels_of(change: Change, maps: np.ndarray, channel: int) -> tuple[int, ...]:
    """Return the channels that a change is made to."""
    if change == "none":
        return ()
    if change.startswith("one"):
        return (channel,)
    order = np.argsort(-np.abs(maps).max(axis=(0, 1)), kind="stable")
    return tuple(sorted(order[:TEN].tolist()))


def switch(
    subject: Subject, view: View, network: Network, layer: str, channels: Sequence[int], factor: float, goal: Goal
) -> Switched:
    """Multiply channels by a factor where they leave their block, and return what becomes of the answer."""
    key = ("switched", *_place(subject, view, layer), tuple(channels), factor, repr(goal.target))
    return findings().get_or_make(key, lambda: _switch(subject, view, network, layer, channels, factor, goal))


def _switch(
    subject: Subject, view: View, network: Network, layer: str, channels: Sequence[int], factor: float, goal: Goal
) -> Switched:
    if not view.labels:
        found = interp.ablate(network, view.picture, layer, channels, factor, target=goal.target)
        before, after = ({goal.words: float(one[0])} for one in (found.before, found.after))
        return Switched(tuple(channels), factor, before, after, False)
    faces = [view.picture]
    if networks.card(subject.network_name).flip_average:  # as the app's own answer
        faces.append(view.picture[:, ::-1])
    found_all = [interp.ablate(network, face, layer, channels, factor) for face in faces]
    before, after = (
        dict(zip(view.labels, _together([getattr(one, when) for one in found_all]).tolist(), strict=True))
        for when in ("before", "after")
    )
    return Switched(tuple(channels), factor, before, after, True)


def _together(shares: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean of answers by their logarithms, as for a face and its mirror image, (classes,)."""
    if len(shares) == 1:
        return shares[0]
    mean = np.exp(np.mean([np.log(np.maximum(one, SMALLEST_SHARE)) for one in shares], axis=0))
    return np.asarray(mean / mean.sum())


def say_switched(found: Switched, layer: str) -> str:
    """Say what was done and what became of the answer."""
    count = len(found.channels)
    done = "doubled" if found.factor else "switched off"
    which = f"Channel {found.channels[0]} of {layer} is" if count == 1 else f"{count} channels of {layer} are"
    if not found.is_share:
        ((name, before),) = found.before.items()
        return f"{which} {done}: {name} goes from {three_digits(before)} to {three_digits(found.after[name])}."
    first = max(found.before, key=found.before.__getitem__)
    now = max(found.after, key=found.after.__getitem__)
    old, new = percent(found.before[first]), percent(found.after[first])
    if old == new:
        moved = f"{first} stays at {old}"
    else:
        moved = f"{first} {'falls' if found.after[first] < found.before[first] else 'rises'} from {old} to {new}"
    turn = "the answer stays the same" if now == first else f"the answer becomes {now}, {percent(found.after[now])}"
    return f"{which} {done}: {moved}; {turn}."


# Which channels carry the answer ------------------------------------------------------------------------------------


def start_drops(subject: Subject, view: View, layer: str, target: Target) -> Run[np.ndarray]:
    """Start to switch off each channel of a layer in turn; the result is what the target loses by each."""
    shared, picture = networks.network(subject.network_name), view.picture

    def work(report: Report[np.ndarray]) -> np.ndarray:
        return interp.channel_drops(shared, picture, layer, target, on_step=report)

    return start(work, gate(), _drops_key(subject, view, layer, target))


def _start_drops(subject: Subject, view: View, layer: str, target: Target) -> None:
    DROPS.put(start_drops(subject, view, layer, target), glance=True)


def _drops_key(subject: Subject, view: View, layer: str, target: Target) -> tuple[object, ...]:
    return ("drops", *_place(subject, view, layer), repr(target))


def _place(subject: Subject, view: View, layer: str) -> tuple[object, ...]:
    return (digest(view.pixels.tobytes()), subject.network_name, layer)


def carriers(
    subject: Subject, view: View, goal: Goal, layer: str, maps: np.ndarray, channel: int, pick: Callable[[int], None]
) -> None:
    """Show which channels of a layer carry what is asked about, or a button that finds out."""
    count = maps.shape[-1]
    drops, run = DROPS.find(_drops_key(subject, view, layer, goal.target))
    if drops is None:
        if run is not None and run.is_active:
            show_progress(run, f"Switching off one channel after the other{time_left(run.seconds_left)}…", "drops")
            return
        if run is not None and run.status == "failed":
            st.info(f"{run.error} Choose another layer.", icon=":material/info:")
            return
        st.button(
            "Switch off its only channel" if count == 1 else f"Switch off each of the {count} channels in turn",
            key="start_drops",
            icon=":material/toggle_off:",
            on_click=_start_drops,
            args=(subject, view, layer, goal.target),
            help="The network answers once for each channel, with that one alone switched off. What the score loses "
            "is what the channel contributed.",
        )
        return
    order = np.argsort(-drops, kind="stable")[:TEN]
    st.markdown(say_drops(drops, goal))
    gallery(
        [
            Tile(
                thumbnail(maps[..., number]),
                f"Channel {number}: without it, the score of {goal.words} {_moves(drops[number])}",
                f"{number}: {_signed(-drops[number])}",
            )
            for number in order
        ],
        key="carriers",
        alt=f"The channels that carry {goal.words} most, and what its score loses without each",
        on_pick=lambda index: pick(int(order[index])),
        chosen=next((index for index, number in enumerate(order) if number == channel), None),
    )


def say_drops(drops: np.ndarray, goal: Goal) -> str:
    """Say which channel carries most, by how far the score falls without each, and how many speak against it."""
    best, count = int(drops.argmax()), len(drops)
    if drops[best] <= 0:
        return f"No channel carries {goal.quoted}: without any of them its score stays or rises."
    against = int((drops < 0).sum())
    tail = f" {against} of {count} channels count against it: without one of them it rises." if against else ""
    return (
        f"Channel {best} carries {goal.quoted} most: with it switched off, the score {_moves(drops[best])}.{tail} "
        "The number below each map is what the score changes by without it."
    )


def _moves(drop: float) -> str:
    return f"{'falls' if drop > 0 else 'rises'} by {three_digits(abs(float(drop)))}"


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + three_digits(float(value))
