"""How steady an answer is, on the What if page: the least change that flips it, and its spread over boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.app_pages.what_if import changing, charts, results
from dashboard.app_pages.what_if.views import SIDE, Case
from dashboard.drawing import pictures
from dashboard.drawing.figures import CHART_CONFIG
from dashboard.drawing.words import percent, three_digits, time_left, unbroken
from dashboard.pickers.switch import choose_from, choose_number, choose_one
from dashboard.services.runs import Run, show_progress, watch
from dashboard.widgets.downloads import download_table
from dashboard.widgets.gallery import Tile, gallery
from models.faces.changes import CHANGES, Fill
from models.faces.steadiness import SAMPLES, Flip, Spread, Wobble

FLIP_TO = "flip_to"
FLIP_RANK = "flip_rank"
WOBBLED = "through"
BOX_SHIFT = "box_shift"
BOX_GROWTH = "box_growth"
BOX_ANGLE = "box_angle"
BOX_DRAWS = "box_draws"
BOX_SEED = "box_seed"
IS_JITTERED = "is_jittered"

T = TypeVar("T")

FLIPS_SHOWN = 8
ANY = "any"
"""The choice of FLIP_TO that takes every other answer."""
RANKS = {"pixels": "Changed pixels", "range": "Slider distance"}
THROUGH = {"crop": "The crop alone", "points": "Box, points and crop"}


def _show_run(run: Run[T] | None, words: str, key: str) -> bool:
    """Show how far a run is, with Cancel; return whether it is at work."""
    if run is None:
        return False
    if run.status == "failed":
        st.error(run.error, title=f"{words} stopped", icon=":material/error:")
    elif run.is_active:
        show_progress(run, f"{words}: {run.done} of {run.total}{time_left(run.seconds_left)}", key)
    else:
        st.caption(f"{words}: cancelled.")
    return run.is_active


# The least flip ------------------------------------------------------------------------------------------------------


def flips(shown: Case) -> None:
    """Show the least single changes that flip the answer to the untouched picture, and how far the search is."""
    st.subheader("The smallest change that flips the answer", anchor=False)
    st.markdown(f"We change one thing at a time on the original {shown.view.task.thing} and find how little is enough.")

    def draw() -> None:
        with st.grid(3, gap="small", min_column_width=250):
            _choose_flip_target(shown)
            rank = _choose_rank()
        found, run = results.FLIPS.find(_flips_key(shown))
        if found is None:
            if not _show_run(run, "Search", "flips"):
                st.button(
                    "Find the smallest change",
                    key="find_flips",
                    icon=":material/search:",
                    on_click=_start_flips,
                    args=(shown,),
                )
            return
        _show_flips(shown, found, rank)

    watch(draw, results.FLIPS)


def _flips_key(shown: Case) -> tuple[object, ...]:
    target, fill, seed = _flips_settings()
    return ("flips", shown.key, shown.name, target, fill, seed)


def _flips_settings() -> tuple[str, Fill, int]:
    target = st.session_state.get(FLIP_TO, ANY)
    fill = st.session_state.get(changing.FILL, "mean")
    seed = int(st.session_state.get(changing.NOISE_SEED, 0))
    return target, fill, seed


def _start_flips(shown: Case) -> None:
    target, fill, seed = _flips_settings()
    wanted = None if target == ANY else shown.labels.index(target)
    run = results.start_flips(_flips_key(shown), shown.scene, shown.name, wanted, fill, seed)
    results.FLIPS.put(run, glance=True)


def _choose_flip_target(shown: Case) -> None:
    others = {name: name.capitalize() for name in shown.labels if name != shown.subject.winner}
    help = "The answer that must come out on top, even if the app would say “uncertain”."
    choose_from("Flip to", FLIP_TO, {ANY: "Any other answer"} | others, help=help)


def _choose_rank() -> str:
    help = (
        "Changed pixels: how many of 255 grey levels a pixel changes on average. This treats all changes the same, "
        "whatever a slider's range. Slider distance: how far the slider moves towards its end; a small turn "
        "changes many pixels."
    )
    return choose_one("Measure by", FLIP_RANK, RANKS, help)


def _show_flips(shown: Case, found: Sequence[Flip], rank: str) -> None:
    target = st.session_state.get(FLIP_TO, ANY)
    first = shown.subject.winner
    if not found:
        other = "" if target == ANY else f" to {target}"
        st.success(
            f"No single change flips the answer from {first}{other}. Several together might: try the buttons at the "
            "top of the page.",
            icon=":material/shield:",
        )
        return
    ranked = sorted(found, key=lambda flip: (getattr(flip, "of_range" if rank == "range" else "pixels"), flip.pixels))
    least = ranked[0]
    st.markdown(
        f"**{changing.describe(least.setting)}** is enough: the answer flips from {first} to "
        f"{shown.labels[least.winner]}. A pixel changes by {three_digits(least.pixels)} of 255 grey levels on "
        f"average{_way(least)}."
    )
    if len(ranked) > 1:
        st.caption(f"The smallest {min(len(ranked), FLIPS_SHOWN)} of {len(ranked)}:")
    grid = st.grid(4, gap="small", min_column_width=140)
    for number, flip in enumerate(ranked[:FLIPS_SHOWN]):
        with grid.cell():
            name = shown.labels[flip.winner]
            words = f"{name}, {percent(float(flip.shares[flip.winner]))}"
            what = changing.describe(flip.setting)
            st.image(
                pictures.enlarge(flip.crop, SIDE, is_smooth=False),
                width="stretch",
                output_format="PNG",
                alt=f"{shown.view.noun.capitalize()} with this change: {what}; the network says {words}",
            )
            st.markdown(f"**{what}**: {words}")
            if st.button(
                "Apply",
                key=f"apply_flip_{number}",
                icon=":material/check:",
                help=f"Makes this change at the top of the page: {what}.",
                on_click=changing.apply,
                args=(flip.setting,),
            ):
                st.rerun()  # the sliders stand in another part of the page
    table = flips_table(shown, ranked)
    with st.container(horizontal=True, gap="small"):
        download_table(table, "Flips", shown.subject.title, "flips", key="download_flips")
    st.caption(
        "Each slider is searched in both directions from its neutral place. A flip that is undone again between two "
        f"of {SAMPLES} steps of a slider goes unseen. Covers use the fill chosen above."
    )


def _way(flip: Flip) -> str:
    is_slid = flip.change in CHANGES and not CHANGES[flip.change].is_switch
    return f", and the slider goes {percent(flip.of_range)} of its way" if is_slid else ""


def flips_table(shown: Case, ranked: Sequence[Flip]) -> pd.DataFrame:
    """Return one row a flip: the change, its number, the answer, all probabilities, and both measures of its size."""
    return pd.DataFrame(
        {
            "change": flip.change,
            "what": changing.describe(flip.setting),
            "answer": shown.labels[flip.winner],
            "changed_pixels": flip.pixels,
            "share_of_range": flip.of_range,
            **{label: float(share) for label, share in zip(shown.labels, flip.shares, strict=True)},
        }
        for flip in ranked
    )


# The box -------------------------------------------------------------------------------------------------------------


def jitter(shown: Case) -> None:
    """Show how the answer spreads when the box is off, and how far the draws are."""
    st.subheader("Does the box's position matter?", anchor=False)
    st.markdown(
        "Another detector, or the same one a moment later, would draw the box a little differently. Here we move, "
        "scale and turn the box at random, and ask the network each time."
    )

    def draw() -> None:
        through, wobble = _choose_wobble(shown)
        key = ("jitter", shown.key, shown.name, through, wobble)
        found, run = results.JITTER.find(key)
        if found is None and run is None and st.session_state.get(IS_JITTERED, False):
            _start_jitter(shown, key, through, wobble)
            found, run = results.JITTER.find(key)
        if found is None:
            if not _show_run(run, "Boxes", "jitter"):
                st.button(
                    f"Try {wobble.count} boxes",
                    key="jitter_box",
                    icon=":material/shuffle:",
                    on_click=_start_jitter,
                    args=(shown, key, through, wobble),
                )
            return
        _show_spread(shown, found)

    watch(draw, results.JITTER)


def _start_jitter(shown: Case, key: tuple[object, ...], through: str, wobble: Wobble) -> None:
    subject = shown.subject
    run = results.start_jitter(key, subject.photo, subject.face, shown.name, wobble, with_points=through == "points")
    results.JITTER.put(run, glance=True)
    st.session_state[IS_JITTERED] = True


def _choose_wobble(shown: Case) -> tuple[str, Wobble]:
    """Draw how far the box may be off, and return what is jittered and that."""
    offered = {name: words for name, words in THROUGH.items() if name == "crop" or shown.scene.points is not None}
    help = "The crop only: what the network is shown."
    if len(offered) > 1:
        help += (
            " Box, points and crop: the square in which the 68 points are searched for. As on every photo, the face "
            "is then straightened by them and cut out again."
        )
    through = choose_one("What is moved", WOBBLED, offered, help)
    values = []
    sliders = (
        (BOX_SHIFT, "Shift, up to", 0, 30, 10, "%d %%", "Sideways, up and down, as a percentage of the square's side."),
        (BOX_GROWTH, "Scale, up to", 0, 50, 15, "%d %%", "15 % means between 1/1.15 and 1.15 times the size."),
        (BOX_ANGLE, "Angle, up to", 0, 45, 10, "%d°", "In both directions."),
        (BOX_DRAWS, "Boxes", 20, 300, 100, "%d", "How many boxes to try."),
    )
    with st.grid(5, gap="small", min_column_width=150):
        for key, label, low, high, default, form, words in sliders:
            state.keep_choice(key, changing.Between(low, high), default)
            step = 20 if key == BOX_DRAWS else 1
            values.append(
                int(st.slider(label, low, high, default, step, format=form, key=key, bind="query-params", help=words))
            )
        seed = choose_number("Seed", BOX_SEED, 0, changing.LARGEST_SEED, 0, "The same seed draws the same boxes.")
    shift, growth, angle, count = values
    return through, Wobble(shift / 100, growth / 100, float(angle), count, seed)


def _show_spread(shown: Case, found: Spread) -> None:
    labels, first = shown.labels, shown.labels.index(shown.subject.winner)
    st.markdown(unbroken(say_spread(found, labels, first)))
    chart_column, crops_column = st.columns([3, 2], gap="large")
    with chart_column:
        now = list(shown.subject.face.emotion.values())
        middle = np.median(found.shares, axis=0)
        st.plotly_chart(
            charts.spread(found.shares, labels, now),
            key="spread",
            config=CHART_CONFIG,
            alt=f"Box plot of the probabilities in {len(found.shares)} boxes: "
            + ", ".join(
                f"{label} from {percent(float(low))} over {percent(float(mid))} to {percent(float(high))}"
                for label, low, mid, high in zip(
                    labels, found.shares.min(axis=0), middle, found.shares.max(axis=0), strict=True
                )
            ),
        )
        st.caption(
            "Each dot is one box. The frame holds the middle half of them; the grey line is the box as it was found."
        )
    with crops_column:
        st.markdown(f"**Extremes for {labels[first]}**")
        places = extremes(found, first)
        gallery(
            [
                Tile(
                    pictures.enlarge(found.crops[place], 144, is_smooth=False),
                    f"{_say_draw(found.draws[place])}: {_say_row(found.shares[place], labels)}",
                    _say_row(found.shares[place], labels),
                )
                for place in places
            ],
            key="extremes",
            alt=f"The crops with the least and the most of {labels[first]}, and of each other answer the surest",
            width=104,
        )
    table = jitter_table(found, labels)
    with st.container(horizontal=True, gap="small"):
        download_table(table, "Boxes", shown.subject.title, "boxes", key="download_boxes")


def say_spread(found: Spread, labels: Sequence[str], first: int) -> str:
    """Say in how many of the boxes the answer is the same, and what it is in the others."""
    count = len(found.shares)
    same = int((found.winners == first).sum())
    row = found.shares[:, first]
    reach = f"It gets from {percent(float(row.min()))} to {percent(float(row.max()))}"
    if same == count:
        return f"**In all {count} boxes the answer is {labels[first]}.** {reach}."
    numbers = np.bincount(found.winners, minlength=len(labels))
    others = [
        f"{labels[label]} in {numbers[label]}" for label in np.argsort(-numbers) if numbers[label] and label != first
    ]
    return (
        f"**In {same} of {count} boxes ({percent(same / count)}) the answer is still {labels[first]}**; it is "
        f"{', '.join(others)}. {reach}."
    )


def extremes(found: Spread, first: int) -> list[int]:
    """Return the draws with the least and the most of a class, and the surest draw of each other answer."""
    row = found.shares[:, first]
    places = [int(row.argmin()), int(row.argmax())]
    for label in np.unique(found.winners).tolist():
        if label != first:
            places.append(int(np.where(found.winners == label, found.shares[:, label], -1.0).argmax()))
    return list(dict.fromkeys(places))


def _say_row(row: np.ndarray, labels: Sequence[str]) -> str:
    best = int(row.argmax())
    return unbroken(f"{labels[best].capitalize()} {percent(float(row[best]))}")


def _say_draw(draw: np.ndarray) -> str:
    right, down, growth, angle = draw
    return f"{right:+.0%} to the right, {down:+.0%} down, {growth:.2f} times as large, {angle:+.0f}°".replace("-", "−")


def jitter_table(found: Spread, labels: Sequence[str]) -> pd.DataFrame:
    """Return one row a box: how far it is off, the answer and all probabilities."""
    table = pd.DataFrame(found.draws, columns=["shift_right", "shift_down", "scale", "angle"])
    table["answer"] = [labels[index] for index in found.winners]
    for number, label in enumerate(labels):
        table[label] = found.shares[:, number].astype(float)
    return table
