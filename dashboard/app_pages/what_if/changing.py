"""The choices of the What if page: sliders, covers and presets become a Setting of models.faces.changes, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.drawing import pictures
from dashboard.pickers.switch import choose_from, choose_number, choose_switch
from models.faces.changes import CHANGES, NOTHING, PRESETS, Change, Scene, Setting

COVERED = "covered"
FILL = "fill"
BOX_SIDES = ("box_left", "box_top", "box_width", "box_height")
NOISE_SEED = "noise_seed"
ALONG = "along"

TABS = {
    "Cover": (),
    "Crop": ("turn", "size", "sideways", "down", "mirror"),
    "Light": ("light", "gamma", "contrast"),
    "Camera": ("blur", "motion", "noise"),
}
"""Which sliders stand together."""
FILLS = {"grey": "Grey", "mean": "Mean", "blur": "Blur"}
COVERS = {"eyes": "Eyes", "brows": "Brows", "nose": "Nose", "mouth": "Mouth", "box": "A box"}
FIRST_ALONG = "light"
LEAST_SIDE = 4
"""Per cent of the crop that a covered box must have on each side."""
LARGEST_SEED = 9999


class Between:
    """The numbers of a range, as the options of a choice."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high


class PartsOf:
    """The lists of some of the options, as the options of a choice of several."""

    def __init__(self, options: Iterable[str]) -> None:
        self.options = set(options)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, list | tuple) and self.options.issuperset(value)


# Widgets to a setting ------------------------------------------------------------------------------------------------


def choose_preset(scene: Scene) -> None:
    """Draw a button for each preset that the scene allows, and one to undo everything."""
    with st.container(horizontal=True, gap="xsmall", key="presets"):
        for name, preset in PRESETS.items():
            if not set(preset.setting.covered) <= set(scene.covers):
                continue
            st.button(
                preset.label,
                key=f"preset_{name}",
                help=f"{preset.summary} {describe(preset.setting)}.",
                on_click=apply,
                args=(preset.setting,),
            )
        st.button(
            "Reset",
            key="undo_changes",
            icon=":material/undo:",
            on_click=apply,
            args=(NOTHING,),
            help="Undoes all changes.",
        )


def choose_setting(scene: Scene) -> Setting:
    """Draw all that can be done to a face, in tabs, and return it as a models.faces.changes.Setting.

    Args:
        scene: the models.faces.changes.Scene, whose parts can be covered where it has points.
    """
    values: dict[str, Any] = {}  # fields of a Setting, of several kinds
    for tab, names in zip(st.tabs(list(TABS)), TABS.values(), strict=True):
        with tab:
            if not names:
                values |= _choose_cover(scene)
                continue
            with st.grid(len(names) + ("noise" in names), gap="medium", min_column_width=150):
                for name in names:
                    change = CHANGES[name]
                    values[name] = (
                        float(choose_switch(change.label, change.name, False, change.summary))
                        if change.is_switch
                        else _slider(change)
                    )
                if "noise" in names:
                    values["seed"] = _choose_seed()
    return Setting(**values)


def _slider(change: Change) -> float:
    state.keep_choice(change.name, Between(change.low, change.high), float(change.neutral))
    value = st.slider(
        change.label,
        float(change.low),
        float(change.high),
        float(change.neutral),
        float(change.step),
        format=slider_format(change),
        key=change.name,
        bind="query-params",
        on_change=follow,
        args=(change.name,),
        help=f"{change.summary} At {written(change, change.neutral)} nothing changes.",
    )
    return on_step(change, value)


def _choose_cover(scene: Scene) -> dict[str, Any]:  # fields of a Setting, of several kinds
    """Draw what is covered and with what; return `covered`, `fill` and `box`."""
    offered = list(scene.covers)
    with st.container(horizontal=True, gap="small", key="cover_bar"):
        state.keep_choice(COVERED, PartsOf(offered), [])
        chosen = st.pills(
            "Covered",
            offered,
            selection_mode="multi",
            format_func=COVERS.__getitem__,
            key=COVERED,
            bind="query-params",
            help="Parts of the face, found by its 68 points, or a rectangle." if len(offered) > 1 else "A rectangle.",
        )
        state.keep_choice(FILL, FILLS, "mean")
        fill = st.segmented_control(
            "Covered with",
            list(FILLS),
            default="mean",
            format_func=FILLS.__getitem__,
            key=FILL,
            required=True,
            bind="query-params",
            help="Middle grey, the picture's average, or the picture itself, blurred. The network sees the edge of "
            "the cover too.",
        )
    if len(offered) == 1:
        st.caption("No points were found on this face, so only a rectangle can be covered.")
    values: dict[str, Any] = {"covered": tuple(chosen), "fill": fill or "mean"}
    return values | ({"box": _choose_box()} if "box" in chosen else {})


def _choose_box() -> tuple[float, float, float, float]:
    st.caption("Draw the box on the picture “Before”, or enter it as percentages of the picture:")
    sides = []
    limits = ((0, 100 - LEAST_SIDE, 25), (0, 100 - LEAST_SIDE, 25), (LEAST_SIDE, 100, 50), (LEAST_SIDE, 100, 50))
    with st.grid(4, gap="small", min_column_width=110):
        for key, (low, high, default) in zip(BOX_SIDES, limits, strict=True):
            sides.append(choose_number(key.removeprefix("box_").capitalize(), key, low, high, default))
    left, top, width, height = sides
    return left / 100, top / 100, min(width, 100 - left) / 100, min(height, 100 - top) / 100


def _choose_seed() -> int:
    help = "The same seed gives the same grain."
    return choose_number("Seed of the noise", NOISE_SEED, 0, LARGEST_SEED, 0, help)


def choose_along() -> str:
    """Draw the picker of the change along which the curve goes, and return its name."""
    labels = {name: change.label for name, change in CHANGES.items() if not change.is_switch}
    help = "The curve follows the slider you moved last. You can also choose one here."
    return choose_from("Along", ALONG, labels, FIRST_ALONG, help)


def choose_value(name: str, setting: Setting) -> None:
    """Draw an input that sets the slider of a change to a number."""
    change, key = CHANGES[name], f"value_of_{name}"
    st.session_state[key] = float(getattr(setting, name))
    st.number_input(
        f"{change.label}, {change.unit}" if change.unit else change.label,
        float(change.low),
        float(change.high),
        step=float(change.step),
        format=f"%.{digits(change)}f",
        key=key,
        on_change=lambda: set_value(name, st.session_state[key]),
        help="Sets the slider. A click on the curve does the same.",
    )


# A setting to widgets ------------------------------------------------------------------------------------------------


def apply(setting: Setting) -> None:
    """Callback: move all sliders and covers to where a setting says."""
    for name, change in CHANGES.items():
        value = getattr(setting, name)
        st.session_state[name] = bool(value) if change.is_switch else float(value)
    st.session_state[COVERED] = list(setting.covered)
    if setting.covered:
        st.session_state[FILL] = setting.fill
    if setting.noise:
        st.session_state[NOISE_SEED] = setting.seed
    slid = [name for name in setting.changed if not CHANGES[name].is_switch]
    if slid:
        follow(slid[0])


def follow(name: str) -> None:
    """Callback: let the curve go along this change."""
    st.session_state[ALONG] = name


def set_value(name: str, value: object) -> None:
    """Callback: move the slider of a change to the step nearest to a number; what is no number is left alone."""
    change = CHANGES[name]
    if isinstance(value, int | float) and np.isfinite(value):
        st.session_state[name] = on_step(change, float(np.clip(value, change.low, change.high)))


def draw_box(drawn: pictures.Sent) -> None:
    """Callback: cover the box that was drawn on the crop."""
    box = pictures.box_of_shares(drawn, (100, 100), LEAST_SIDE)
    if box is not None:
        for key, value in zip(BOX_SIDES, box, strict=True):
            st.session_state[key] = value


# Words ---------------------------------------------------------------------------------------------------------------


def on_step(change: Change, value: float) -> float:
    """Return the number of a change's whole step nearest to a value."""
    return float(change.at(round((value - change.neutral) / change.step)))


def digits(change: Change) -> int:
    """Return how many decimals the steps of a change have."""
    return next(count for count in range(4) if abs(round(change.step, count) - change.step) < 1e-9)


def slider_format(change: Change) -> str:
    """Return the printf format of a change's numbers, with the unit."""
    unit = change.unit.replace("%", "%%")
    return f"%.{digits(change)}f" + (unit if unit in ("°", "×", "") else f" {unit}")


def written(change: Change, value: float) -> str:
    """Write a number of a change with its unit: "−2.0 stops", "25°", "1 level"."""
    words = slider_format(change) % value
    return (words.removesuffix("s") if abs(value) == 1 else words).replace("-", "−")


def describe(setting: Setting) -> str:
    """Write what a setting does: "Light −2.0 stops, noise 6 levels"; "Nothing is changed" where that is so."""
    words = [
        CHANGES[name].label.lower()
        + ("" if CHANGES[name].is_switch else f" {written(CHANGES[name], getattr(setting, name))}")
        for name in setting.changed
    ]
    if setting.covered:
        words.append(f"{' and '.join(COVERS[part].lower() for part in setting.covered)} covered")
    return capitalise(", ".join(words) or "nothing is changed")


def capitalise(words: str) -> str:
    """Return the words with a capital in front, all else as it is."""
    return words[:1].upper() + words[1:]
