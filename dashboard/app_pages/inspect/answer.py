"""The answer for one face: what the network says, how sure it is, and which part of the face it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from html import escape

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.app_pages.inspect import results
from dashboard.drawing import figures, tables
from dashboard.drawing.impression import find_valence
from dashboard.drawing.impression import impression as impression_of
from dashboard.drawing.look import Look, colour_limit
from dashboard.drawing.words import MOST_CLASSES, percent, quoted, strongest, time_left, unbroken
from dashboard.pickers.goal import choose_contrast
from dashboard.pickers.look import OPACITY, PALETTE, SIGNED_PALETTE
from dashboard.pickers.network import await_network
from dashboard.pickers.usual import choose_seen
from dashboard.services import asking, reasons
from dashboard.services.runs import show_progress, watch
from dashboard.subject import Subject
from dashboard.tasks.aim import Aim
from dashboard.tasks.task import View
from dashboard.widgets.chart import draw_chart
from dashboard.widgets.maps import map_overlay
from dashboard.widgets.verdict import show_verdict
from interp import METHODS, Explanation
from interp.render import PALETTES, limits, palette_stops
from models import Card
from models.analysis import hides_mouth

CHART_HEIGHT = 208
"""Pixels of the bars: as high as the map beside them on a screen of 1280 pixels."""
TOP = 5
"""Classes that are drawn of a network with more than `MOST_CLASSES`, the strongest first."""
USUAL_OPACITY = 70
HEADLINE = "font-size:2.25rem;font-weight:650;line-height:1.15;margin:0;padding:0"


@dataclass(frozen=True)
class Places:
    """Where on the first screen stands what may take a moment."""

    reason: DeltaGenerator
    map: DeltaGenerator
    minus_usual: DeltaGenerator
    chips: DeltaGenerator
    verdict: DeltaGenerator


def show_answer(subject: Subject, view: View, card: Card) -> Places:
    """Show the answer and its bars; return the places of what says why."""
    threshold = card.thresholds.get("uncertain")
    with st.container(gap="xxsmall"):
        st.html(f'<h2 style="{HEADLINE}">{escape(headline(subject))}</h2>')
        words, how = impression(subject)
        st.markdown(f"{answer(subject, threshold)} {words}", help=how or None)
    reason_place = st.container(gap="xxsmall", key="reason")
    map_column, bars_column = st.columns(2, gap="small")
    with bars_column:
        _bars(subject, threshold)
        minus_place = st.container(key="why_minus_usual")
    return Places(
        reason_place,
        map_column.container(gap="xxsmall", key="why_map"),
        minus_place,
        st.container(key="contrast"),
        st.container(gap="xsmall", key="why_verdict"),
    )


def headline(subject: Subject) -> str:
    """Return the answer in two words: "Happy 93 %", or "Uncertain"."""
    said, first = subject.face.expression, subject.winner
    named = f"{said[:1].upper()}{said[1:]}" if said[:1].isalpha() else quoted(said)
    share = f" {percent(subject.face.emotion[first])}" if said == first else ""
    return unbroken(named + share)


def answer(subject: Subject, threshold: float | None) -> str:
    """Return what comes next, or why the answer is "uncertain", in a sentence or two."""
    shares = sorted(subject.face.emotion.items(), key=lambda pair: pair[1], reverse=True)
    (first, share), (second, next_share), *_ = shares
    if subject.face.expression == first:
        return unbroken(f"Next: {quoted(second)} {percent(next_share)}.")
    strongest = f"Strongest: {quoted(first)} {percent(share)}, then {quoted(second)} {percent(next_share)}."
    if hides_mouth(subject.face):
        return unbroken(f"The mouth seems to be covered, so we don't name an expression. {strongest}")
    return unbroken(f"{strongest} Under {percent(threshold or 0)} we say “uncertain”.")


def impression(subject: Subject) -> tuple[str, str]:
    """Return a word for the expression and one for the body, and how they are worked out; "" twice without a face."""
    found = find_valence(subject.face.emotion, hides_mouth=hides_mouth(subject.face))
    if found is None:
        return "", ""
    number = tables.person_of(subject.analysis, subject.index)
    return impression_of(found, None if number is None else subject.analysis.people[number - 1].openness)


def whose(subject: Subject) -> str:
    """Say which face of how many this is, and which person's."""
    number = tables.person_of(subject.analysis, subject.index)
    person = "" if number is None or len(subject.analysis.people) < 2 else f", person {number}"
    return f"Face {subject.index + 1} of {len(subject.analysis.faces)}{person}"


def _bars(subject: Subject, threshold: float | None) -> None:
    shares = subject.face.emotion
    if len(shares) > MOST_CLASSES:
        drawn = strongest(shares, TOP)
        shares = {name: shares[name] for name in sorted(drawn, key=shares.__getitem__, reverse=True)}
    figure = figures.probabilities(shares, subject.winner, threshold)
    figure.update_layout(height=CHART_HEIGHT)
    written = ", ".join(f"{name} {percent(share)}" for name, share in shares.items())
    draw_chart(
        figure,
        "probabilities",
        f"Bar chart of the probabilities: {written}",
    )


# Why -----------------------------------------------------------------------------------------------------------------


def show_why(subject: Subject, view: View, places: Places) -> None:
    """Show the map, the verdict on it, and the sentence that was tested, each in its place.

    Until a part is there, its place says what is waited for.
    """
    with places.reason:
        waiting = st.empty()
        waiting.markdown(":gray[Covering each part of the picture to see which one counts…]")
    with places.map:
        place = st.empty()
        with place.container(gap="xxsmall"):
            st.image(view.enlarged(192), width="stretch", alt=f"{view.title}, without its map yet")
            st.caption("The map is on its way…")
    with places.chips:
        goal = choose_contrast(subject, view)
    with places.verdict:
        if not results.is_shipped(subject, goal):
            await_network(subject.network_name)
    why = results.why(subject, view, goal)
    with places.minus_usual:
        shown, aim = choose_seen(why.question, why.found, Aim(METHODS[why.found.method], goal))
    with place.container(gap="xxsmall"):
        draw_map(view, shown, aim)
    with places.verdict:
        _verdict(why)
    reason = results.reason_of(subject, view)
    waiting.markdown(f"**{reasons.say(reason)}**")


def draw_map(view: View, found: Explanation, aim: Aim) -> None:
    """Show a map over what the network is shown, with what it means; a blank one says so."""
    look, limit = usual_look(is_signed=aim.is_signed), colour_limit(found)
    ends = ("less", "more") if aim.is_minus_usual else aim.ends or ("none", "most")
    picture = map_overlay(view, found.values, look, limit)
    st.image(picture, width="stretch", alt=f"{aim.method.label} for {aim.goal.words} over {view.noun}")
    if not found.is_blank:
        low, high = limits(found.values if limit is None else np.array([limit]), signed=look.is_signed)
        st.html(figures.slim_colour_bar(palette_stops(look.palette), low, high, ends))
    st.caption(map_words(found, aim))


def map_words(found: Explanation, aim: Aim) -> str:
    """Say what the colours of a map mean."""
    if found.is_blank:
        return f"Blank: this map found nothing that raised the score for {aim.goal.quoted}."
    if aim.is_minus_usual:
        return "This map minus the average one"
    return aim.goal.meaning if aim.is_signed else f"What raised {aim.goal.quoted}"


def _verdict(why: results.Why) -> None:
    """Show whether to trust the map, and the button that tests it."""

    def draw() -> None:
        found, run = asking.trust_of(why.question)
        has_failed = run is not None and run.status == "failed"
        is_settled = found is not None or has_failed or (run is not None and run.is_active)
        offer = None if is_settled else partial(asking.start_trust, why.question, why.found)
        show_verdict(why.verdict(found or (run.result if run is not None else None)), offer)
        if run is not None and run.is_active:
            show_progress(run, f"Testing the map{time_left(run.seconds_left)}", "trust")
        elif run is not None and has_failed:
            st.error(run.error, title="The tests stopped", icon=":material/error:")

    watch(draw, asking.TRUST)


def usual_look(*, is_signed: bool) -> Look:
    """Return how maps are coloured: as was chosen on another page, else as usual."""
    names = [name for name, palette in PALETTES.items() if palette.diverging is is_signed]
    palette = st.session_state.get(SIGNED_PALETTE if is_signed else PALETTE, names[0])
    return Look(st.session_state.get(OPACITY, USUAL_OPACITY) / 100, palette, is_signed)
