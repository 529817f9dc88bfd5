"""The answer for one face: what the network says, how sure it is, and which part of the face it rests on."""

from __future__ import annotations

from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.app_pages.inspect import results
from dashboard.drawing import figures, tables
from dashboard.drawing.look import Look, colour_limit
from dashboard.drawing.words import MOST_CLASSES, percent, strongest, unbroken
from dashboard.pickers.look import OPACITY, PALETTE, SIGNED_PALETTE
from dashboard.services import reasons
from dashboard.subject import Subject
from dashboard.tasks.task import View
from dashboard.widgets.maps import map_overlay
from interp import METHODS, Explanation
from interp.render import PALETTES
from models import Card
from models.analysis import hides_mouth

CHART_HEIGHT = 208
"""Pixels of the bars: as high as the map beside them on a screen of 1280 pixels."""
TOP = 5
"""Classes that are drawn of a network with more than `MOST_CLASSES`, the strongest first."""
USUAL_OPACITY = 70
HEADLINE = "font-size:2.25rem;font-weight:650;line-height:1.15;margin:0;padding:0"


def show_answer(subject: Subject, view: View, card: Card) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Show the answer and its bars; return the places of the tested sentence and of the map."""
    shares = results.shares_of(subject, view)
    threshold = card.thresholds.get("uncertain")
    with st.container(gap="xxsmall"):
        st.html(f'<h2 style="{HEADLINE}">{escape(headline(subject, view, shares))}</h2>')
        st.markdown(answer(subject, view, shares, threshold))
    reason_place = st.container(gap="xxsmall", key="reason")
    map_column, bars_column = st.columns(2, gap="small")
    with bars_column:
        _bars(shares, threshold)
    return reason_place, map_column.container(gap="xxsmall", key="why_map")


def headline(subject: Subject, view: View, shares: dict[str, float]) -> str:
    """Return the answer in two words: "Happy 93 %", or "Uncertain"."""
    first = results.strongest(shares)
    is_named = not view.task.reads_faces or subject.face.expression == first
    return unbroken(f"{first.capitalize()} {percent(shares[first])}") if is_named else "Uncertain"


def answer(subject: Subject, view: View, shares: dict[str, float], threshold: float | None) -> str:
    """Return what comes next, or why the answer is "uncertain", in a sentence or two."""
    (first, share), (second, next_share), *_ = sorted(shares.items(), key=lambda pair: pair[1], reverse=True)
    if not view.task.reads_faces or subject.face.expression == first:
        return unbroken(f"Next: {second} {percent(next_share)}.")
    strongest = f"Strongest: {first} {percent(share)}, then {second} {percent(next_share)}."
    if hides_mouth(subject.face):
        return unbroken(f"The mouth seems to be covered, so we name no expression. {strongest}")
    return unbroken(f"{strongest} Under {percent(threshold or 0)} we say “uncertain”.")


def whose(subject: Subject) -> str:
    """Say which face of how many this is, and which person's."""
    number = tables.person_of(subject.analysis, subject.index)
    person = "" if number is None or len(subject.analysis.people) < 2 else f", person {number}"
    return f"Face {subject.index + 1} of {len(subject.analysis.faces)}{person}"


def _bars(shares: dict[str, float], threshold: float | None) -> None:
    if len(shares) > MOST_CLASSES:
        drawn = strongest(shares, TOP)
        shares = {name: shares[name] for name in sorted(drawn, key=shares.__getitem__, reverse=True)}
    figure = figures.probabilities(shares, results.strongest(shares), threshold)
    figure.update_layout(height=CHART_HEIGHT)
    written = ", ".join(f"{name} {percent(share)}" for name, share in shares.items())
    st.plotly_chart(
        figure,
        key="probabilities",
        config=figures.CHART_CONFIG,
        alt=f"Bar chart of the probabilities: {written}",
    )


# Why -----------------------------------------------------------------------------------------------------------------


def show_why(subject: Subject, view: View, reason_place: DeltaGenerator, map_place: DeltaGenerator) -> None:
    """Show the map, and then the sentence that was tested, each in its place; both say what they wait for."""
    shares = results.shares_of(subject, view)
    with map_place:
        place = st.empty()
        place.image(view.enlarged(192), width="stretch", alt=f"{view.title}, its map is on the way")
        with reason_place:
            waiting = st.empty()
            waiting.markdown(":gray[Covering each part of the picture to see which one counts…]")
        label = results.strongest(shares)
        found = results.map_of(subject, view, label)
        with place.container(gap="xxsmall"):
            draw_map(view, found, label)
    reason = results.reason_of(subject, view, shares)
    waiting.markdown(f"**{reasons.say(reason)}**", help=reasons.say_test(reason))


def draw_map(view: View, found: Explanation, label: str) -> None:
    """Show a map over what the network is shown, with what it means; a blank one says so."""
    method = METHODS[found.method].label
    picture = map_overlay(view, found.values, usual_look(is_signed=found.signed), colour_limit(found))
    st.image(picture, width="stretch", alt=f"{method} for {label} over {view.noun}")
    st.caption(map_words(found, label))


def map_words(found: Explanation, label: str) -> str:
    """Say what the bright areas of a map mean."""
    if found.is_blank:
        return f"Blank: by this map no place raised the score for “{label}”."
    rows, columns = found.values.shape
    squares = f" Coarse: {columns}×{rows} squares." if found.layer is not None else ""
    return f"Bright areas raised the score for “{label}”.{squares}"


def usual_look(*, is_signed: bool) -> Look:
    """Return how maps are coloured: as was chosen on another page, else as usual."""
    names = [name for name, palette in PALETTES.items() if palette.diverging is is_signed]
    palette = st.session_state.get(SIGNED_PALETTE if is_signed else PALETTE, names[0])
    return Look(st.session_state.get(OPACITY, USUAL_OPACITY) / 100, palette, is_signed)
