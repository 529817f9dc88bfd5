"""One map by this project's own code and by tf-keras-vis, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from html import escape

import streamlit as st

from dashboard.app_pages.attribution.walls import strip_of
from dashboard.drawing.look import Look, colour_limit
from dashboard.drawing.words import duration, percent, three_digits
from dashboard.pickers.look import choose_look, look_drawer
from dashboard.services import asking, trust
from dashboard.services.asking import Answer, Wall
from dashboard.subject import Question, Subject
from dashboard.tasks.aim import Aim
from dashboard.tasks.task import View
from dashboard.widgets.downloads import download_png
from dashboard.widgets.maps import FACE_SIDE, map_overlay, show_colour_bar
from dashboard.widgets.verdict import show_verdict
from dashboard.widgets.wall import wall_progress, watch_wall
from interp import Explanation
from interp.similarity import rank_correlation


def show_engines(subject: Subject, view: View, aim: Aim, question: Question) -> None:
    """Show the map of one method by this project's own code and by tf-keras-vis, with both times."""
    engines = ("Ours", "tf-keras-vis")
    questions = [replace(question, engine=engine, is_timed=True) for engine in ("interp", "tf-keras-vis")]

    def draw(wall: Wall) -> None:
        wall_progress(wall)
        with st.container(key="main_picture"):
            columns = st.columns(2, gap="large")
        with look_drawer():
            look = choose_look(is_signed=aim.method.signed)
        tests, _ = asking.trusts_of(wall)
        for column, label, asked, answer, tested in zip(columns, engines, questions, wall.found, tests, strict=True):
            with column:
                _engine(view, aim, label, answer, look)
                if asking.is_map(answer):
                    found, lines = strip_of(asked, answer, tested)
                    show_verdict(found)
                    if lines:
                        st.html(strip_html(lines))
                    picture = partial(map_overlay, view, answer.values, look, colour_limit(answer))
                    parts = (subject.title, aim.method.label, aim.goal.words, label)
                    download_png("Map", picture, *parts, key=f"download_{asked.engine}")
        ours, theirs = wall.found
        if asking.is_map(ours) and asking.is_map(theirs):
            st.markdown(say_agreement(ours, theirs))

    watch_wall(questions, draw, with_slow=True)


def _engine(view: View, aim: Aim, label: str, answer: Answer | None, look: Look) -> None:
    st.subheader(label, anchor=False)
    if answer is None or isinstance(answer, str):
        st.image(view.enlarged(FACE_SIDE), width="stretch", alt=f"{view.noun.capitalize()} without a map by {label}")
        if answer is not None:
            st.info(answer, icon=":material/info:")
        return
    limit = colour_limit(answer)
    picture = map_overlay(view, answer.values, look, limit)
    st.image(picture, width="stretch", alt=f"{aim.method.label} for {aim.goal.words} over {view.noun}, by {label}")
    show_colour_bar(answer.values, look, f"{aim.meaning}, its own scale", aim.ends, limit)
    st.metric("Time", duration(answer.seconds), width="content", help="Of a fast method once its pass is built.")


def strip_html(lines: Sequence[trust.Line]) -> str:
    """Write the tests of a map as HTML."""
    rows = "".join(
        f'<dt>{escape(line.label)}</dt><dd style="margin:0;font-variant-numeric:tabular-nums">{escape(line.value)} '
        f'<b aria-hidden="true">{line.mark}</b></dd><dd style="margin:0;opacity:.85">{escape(line.words)}</dd>'
        for line in lines
    )
    style = "display:grid;grid-template-columns:max-content max-content minmax(0,1fr);gap:.25rem .75rem;margin:0"
    return f'<dl style="{style};font-size:.8125rem;line-height:1.45">{rows}</dl>'


def say_agreement(first: Explanation, second: Explanation) -> str:
    """Say how alike the maps of two engines are, and how their times compare."""
    alike = rank_correlation(first.values, second.values) if first.values.shape == second.values.shape else None
    ratio = second.seconds / max(first.seconds, 1e-9)
    time = (
        f"tf-keras-vis took {three_digits(ratio)} times as long"
        if ratio >= 1
        else (f"tf-keras-vis took {percent(ratio)} of the time")
    )
    agreement = f"The two maps' rank correlation is {alike:.3f}; " if alike is not None else ""
    sentence = f"{agreement}{time}."
    return sentence[0].upper() + sentence[1:]
