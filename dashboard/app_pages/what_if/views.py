"""What the What if page shows: a picture and its shares, before and after its changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.app_pages.what_if import changing, charts, results
from dashboard.drawing import pictures
from dashboard.drawing.figures import CHART_CONFIG
from dashboard.drawing.look import Look, shared_limit
from dashboard.drawing.words import percent, share, unbroken, verdict
from dashboard.pickers.goal import choose_goal
from dashboard.pickers.layer import choose_layer
from dashboard.pickers.look import choose_look
from dashboard.pickers.method import list_methods
from dashboard.pickers.switch import choose_from
from dashboard.services import explanations, networks
from dashboard.subject import Question, Subject
from dashboard.tasks.task import Goal, View
from dashboard.widgets.downloads import download_png
from dashboard.widgets.maps import show_colour_bar
from dashboard.widgets.picture import BoxPen, picture_with
from interp import METHODS, Method, Network, render
from models.analysis import hides_mouth
from models.faces.changes import BOX, NOTHING, Scene, Setting, apply

SIDE = 336
"""Pixels of a side of an enlarged face: seven for each of the network's."""
SAVED_SIDE = 384


@dataclass(frozen=True)
class Case:
    """What the page looks at.

    Args:
        subject: photo, face and network.
        view: what the network gets.
        network: the interp.Network.
        key: str, the face's `cache.scene_id`.
        scene: its models.faces.changes.Scene.
    """

    subject: Subject
    view: View
    network: Network = field(repr=False)
    key: str
    scene: Scene = field(repr=False)

    @property
    def name(self) -> str:
        return self.subject.network_name

    @property
    def labels(self) -> list[str]:
        """The classes in the network's order."""
        return list(self.subject.face.emotion)

    @property
    def threshold(self) -> float | None:
        """The share below which the app says "uncertain"."""
        return networks.card(self.name).thresholds.get("uncertain")

    def crop(self, setting: Setting) -> np.ndarray:
        """Return the picture with what a setting says, as the network sees it."""
        return apply(self.scene, setting)

    def read(self, setting: Setting) -> tuple[dict[str, float], str]:
        """Return the probabilities with what a setting says, and the named class or "uncertain"."""
        shares, named = results.read_face(self.name, self.crop(setting))
        return shares, "uncertain" if self.hides_mouth else named

    @property
    def hides_mouth(self) -> bool:
        """Whether the mouth seems hidden on the photo; then no expression is named, whatever else changes."""
        return hides_mouth(self.subject.face)


def winner(values: dict[str, float]) -> str:
    """Return the class with the highest probability."""
    return max(values, key=lambda name: values[name])


# Before and after ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MapChoice:
    """What the maps of the page are of, and how they look."""

    method: Method
    goal: Goal
    layer: str
    look: Look


def before_and_after(shown: Case, setting: Setting, drawn: MapChoice) -> None:
    """Show the face and its map before and after the changes, and say what happens to the answer."""
    method, goal, layer, look = drawn.method, drawn.goal, drawn.layer, drawn.look
    before, named_before = shown.read(NOTHING)
    after, named_after = shown.read(setting)
    st.markdown(unbroken(say_change(before, after, named_after, setting, shown.hides_mouth)))
    questions = [
        Question(
            shown.name,
            crop,
            method.name,
            goal.target,
            layer if method.needs_layer else None,
            explanations.default_settings(method.name),
        )
        for crop in (shown.scene.crop, shown.crop(setting))
    ]
    maps = [results.changed_map(question) for question in questions]
    limit = shared_limit(maps) or 0.0
    overlays = [
        _overlay(question.crop, found.values, look, limit) for question, found in zip(questions, maps, strict=True)
    ]
    faces = [pictures.enlarge(question.crop, SIDE, is_smooth=False) for question in questions]
    what = changing.describe(setting)
    grid = st.grid(2, gap="small", min_column_width=132)
    for when, face, words in (
        ("Before", faces[0], unbroken(verdict(before, named_before))),
        ("After", faces[1], unbroken(verdict(after, named_after))),
    ):
        with grid.cell():
            st.markdown(f"**{when}**")
            size = _size_words(shown.view)
            alt = f"{when}: {shown.view.noun} as the network gets it, {size}; the network says {words}"
            if when == "Before" and BOX in setting.covered:
                _drawable(face, alt, setting)
            else:
                st.image(face, width="stretch", output_format="PNG", alt=alt if when == "Before" else f"{alt}. {what}")
            st.markdown(changing.capitalise(words))
    for when, overlay, found in zip(("before", "after"), overlays, maps, strict=True):
        with grid.cell():
            st.markdown(f"**{method.label}** {when}")
            st.image(
                overlay,
                width="stretch",
                output_format="JPEG",
                alt=f"{method.label} for {goal.words} over {shown.view.noun} {when} the changes",
            )
            st.markdown("Blank" if found.is_blank else changing.capitalise(f"for {goal.words}"))
    meaning = goal.meaning if method.signed else f"Evidence for {goal.quoted}"
    ends = (goal.less, goal.more) if method.signed else None
    show_colour_bar(np.array([limit]), look, f"{meaning} (faint = none), one scale for both", ends, limit)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        download_png(
            "Before and after",
            lambda: _strip(shown, setting, faces, overlays, method, goal),
            shown.subject.title,
            "what if",
            key="download_before_after",
        )
        st.caption(f"{what}.")


def say_change(
    before: dict[str, float], after: dict[str, float], named: str, setting: Setting, hides_mouth: bool = False
) -> str:
    """Say what becomes of the answer, in a sentence, and in another one that the mouth seems hidden."""
    if hides_mouth:
        why = "The mouth seems to be hidden on the photo, so the app doesn't name an expression."
        return f"{say_change(before, after, '', setting)} {why}"
    first, then = winner(before), winner(after)
    if setting.is_neutral:
        return "Nothing has changed yet. Press a button or move a slider."
    unsure = ", but so weak that we say “uncertain”" if named == "uncertain" else ""
    if then != first:
        return (
            f"**The answer flips** from {first} to {then}: {then} now gets {percent(after[then])} and "
            f"{first} {percent(after[first])} (was {percent(before[first])}){unsure}."
        )
    now, was = percent(after[first]), percent(before[first])
    if now == was:
        return f"**The answer stays** {first}, at {now} as before{unsure}."
    return f"**The answer stays** {first}, at {now} (was {was}){unsure}."


def _size_words(view: View) -> str:
    height, width = view.size
    return f"{height} by {width} {'colour' if view.is_colour else 'grey'} pixels"


def _drawable(face: np.ndarray, alt: str, setting: Setting) -> None:
    left, top, width, height = setting.box
    picture_with(
        [BoxPen(changing.draw_box, pictures.Region(left, top, width, height, "The covered box"))],
        pictures.png(pictures.as_rgb(face)),
        (1, 1),
        key="covered_box",
        alt=f"{alt}. Draw the box to cover on it",
        is_pixelated=True,
    )


def choose_map(shown: Case) -> MapChoice:
    """Draw what the maps are of and how they look, and return it.

    The method is the one of the page Why where that is fast enough to follow a slider, else the network's usual one.
    """
    network_name = shown.subject.network_name
    names = list_methods(network_name)
    usual = explanations.usual_method(network_name)
    goal = choose_goal(shown.subject, shown.view, with_other=False)
    state.follow_usual(state.METHOD, usual)
    state.keep_choice(state.METHOD, names, usual)
    chosen = st.session_state.get(state.METHOD, usual)
    offered = [name for name in names if not METHODS[name].is_slow or name == chosen]
    labels = {name: METHODS[name].label for name in offered}
    help = "Only the methods fast enough to keep up with a slider."
    method = METHODS[choose_from("Method", state.METHOD, labels, usual, help)]
    if method.is_slow:
        st.caption(f"{method.label} is too slow to keep up with a slider, so {METHODS[usual].label} makes the maps.")
        method = METHODS[usual]
    layer = explanations.usual_layer(network_name, method.name)
    layer = choose_layer(shown.network, shown.view.task, layer, is_used=method.needs_layer)
    look = choose_look(is_signed=method.signed)
    return MapChoice(method, goal, layer, look)


def _overlay(crop: np.ndarray, values: np.ndarray, look: Look, limit: float) -> np.ndarray:
    face = pictures.as_rgb(pictures.enlarge(crop, SIDE))
    return render.overlay(face, values, look.opacity, look.palette, look.is_signed, limit or None)


def _strip(
    shown: Case,
    setting: Setting,
    faces: Sequence[np.ndarray],
    overlays: Sequence[np.ndarray],
    method: Method,
    goal: Goal,
) -> np.ndarray:
    titles = [f"{when}: {verdict(*shown.read(one))}" for when, one in (("Before", NOTHING), ("After", setting))]
    titles += [f"{method.label} for {goal.words}, {when}" for when in ("before", "after")]
    return render.strip([*faces, *overlays], titles, height=SAVED_SIDE)


def shares(shown: Case, setting: Setting) -> None:
    """Show all probabilities before and after the changes."""
    before, after = shown.read(NOTHING)[0], shown.read(setting)[0]
    st.subheader(f"All {shown.view.task.answers}, before and after", anchor=False)
    st.plotly_chart(
        charts.before_after(before, after, shown.threshold),
        key="shares_before_after",
        config=CHART_CONFIG,
        alt=f"Bar chart of the {shown.view.task.answer.lower()} probabilities: "
        + ", ".join(f"{name} {percent(after[name])} after {percent(before[name])}" for name in before),
    )
    if shown.threshold is not None:
        st.caption(
            f"In brackets: the change, in percentage points. Under {share(shown.threshold, 0)} (dotted line) we say "
            "“uncertain”."
        )
