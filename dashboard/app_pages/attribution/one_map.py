"""One map large: over the input and on the photo, its shares of the parts, its tests, and the answer itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.app_pages.attribution import charts, notebook, report
from dashboard.app_pages.attribution.trust_views import show_standing, show_tests
from dashboard.drawing import pictures, tables
from dashboard.drawing.look import OUTLYING, Look, colour_limit
from dashboard.drawing.words import duration, percent, three_digits, time_left
from dashboard.pickers.goal import offer_opposite
from dashboard.pickers.look import choose_look, chosen_look, look_drawer
from dashboard.pickers.usual import choose_minus_usual
from dashboard.services import asking, explanations, trust
from dashboard.services.runs import Run, show_progress, watch
from dashboard.subject import Question, Subject
from dashboard.tasks.aim import Aim, blank_advice
from dashboard.tasks.task import Goal, View
from dashboard.widgets.chart import draw_chart
from dashboard.widgets.downloads import download_file, download_notebook, download_png, download_table
from dashboard.widgets.maps import FACE_SIDE, map_overlay, show_colour_bar
from interp import Explanation, render
from interp.render import DEFAULT_PALETTES

PORTRAIT_HEIGHT = 680
"""Height in pixels of an upright photo on the page, so that it fits a screen with its colour bar."""
ANSWER_OPACITY = 0.7
Start = Callable[[], None]


def show_map(subject: Subject, view: View, aim: Aim, question: Question) -> None:
    """Show one map large, then its shares of the face's parts and whether it is to be trusted."""
    with st.skeleton(height=420):
        explanation, run = asking.ask(question, is_slow=aim.method.is_slow)
    if explanation is not None and explanation.is_blank:
        st.info(blank_advice(aim, explanation.layer), icon=":material/info:")
    if explanation is not None:
        offer_opposite(aim.goal, is_blank=explanation.is_blank and not aim.method.signed)

    def draw() -> None:
        place = st.container(key="main_picture")
        with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="look_bar"):
            is_minus_usual = choose_minus_usual(is_there=explanations.usual_map(question) is not None)
            seen = replace(aim, is_minus_usual=is_minus_usual)
            with look_drawer():
                look = choose_look(is_signed=seen.is_signed)
        with place:
            if explanation is not None:
                shown = explanations.minus_usual(question, explanation) if is_minus_usual else explanation
                explanation_pictures(
                    subject, view, seen, shown, look, beside=lambda: show_standing(question, explanation)
                )
            else:
                explanation_progress(
                    view,
                    aim,
                    run,
                    seconds=asking.expected_seconds(question),
                    on_start=lambda: asking.start_explanation(question),
                )

        if explanation is not None:
            show_tests(question, explanation)

    was_active = (run is not None and run.is_active) or asking.TRUST.is_active
    watch(draw, asking.EXPLANATION, asking.TRUST, was_active=was_active)
    if explanation is not None:
        with st.container(horizontal=True, gap="medium", key="explanation_facts"):
            _facts(subject, aim, explanation)
        if sentence := completeness(explanation):
            st.caption(sentence)
        part_shares(subject, view, explanation)
        download_report(subject, view, aim, question, explanation)
        show_answer(subject, view, aim.goal)


def answer_words(subject: Subject, view: View) -> str:
    """Say what the network answers, or what it sees where it names nothing, as Markdown."""
    said = view.task.verdict(subject)
    return f"The network says: **{said}**" if said else f"The network sees: {view.words}."


def explanation_pictures(
    subject: Subject, view: View, aim: Aim, explanation: Explanation, look: Look, *, beside: Callable[[], None]
) -> None:
    """Show a map over what the network gets, and beside it what `beside` draws and the same map back on the photo."""
    parts = (subject.title, aim.method.label, aim.goal.words, explanation.layer or "input")
    limit = colour_limit(explanation)
    face = map_overlay(view, explanation.values, look, limit)
    photo = render.paste(
        subject.image,
        explanation.values,
        view.transform,
        view.size,
        opacity=look.opacity,
        palette=look.palette,
        signed=look.is_signed,
        limit=limit,
    )
    tail = f"; top {100 - OUTLYING:.0f} % beyond" if limit is not None else ""

    def above() -> None:
        st.markdown(answer_words(subject, view))
        beside()

    face_column, photo_column = _columns(view, face, photo, f"{aim.method.label} for {aim.goal.words}", above)
    with face_column:
        show_colour_bar(explanation.values, look, f"{aim.meaning} (faint = none{tail})", aim.ends, limit)
        download_png(f"{view.title} with map", lambda: face, *parts, key="download_map")
    with photo_column:
        show_colour_bar(
            explanation.values, look, f"Back on the photo: {aim.meaning[0].lower()}{aim.meaning[1:]}", aim.ends, limit
        )
        download_png("Photo with map", lambda: photo, *parts, "photo", key="download_pasted")


def explanation_progress(
    view: View, aim: Aim, run: Run[Explanation] | None, *, seconds: float, on_start: Start
) -> None:
    """Show the pictures without a map in its place, with the progress of the run that looks for it.

    Without a run it waits for its button, with the seconds that it may take, 0 if unknown.
    """
    face_column, photo_column = _columns(view, view.enlarged(FACE_SIDE), view.photo, "No map yet")
    with photo_column:
        st.caption("The map will appear here too.")
    with face_column:
        if run is not None and run.status == "failed":
            st.error(
                f"{run.error} Try other settings or another layer.", title="There is no map", icon=":material/error:"
            )
            return
        words = _state(aim, run, seconds)
        if run is not None:
            show_progress(run, words, "explanation")
        else:
            st.progress(0.0, text=words)
        if run is None or not run.is_active:
            st.button("Compute", key="compute", type="primary", icon=":material/play_arrow:", on_click=on_start)


def _columns(
    view: View, face: np.ndarray, photo: np.ndarray, words: str, above: Callable[[], None] | None = None
) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Draw what the network gets and the photo side by side and return their columns for what stands below.

    Args:
        view: what the network gets.
        face: RGB uint8, the same enlarged, with a map over it.
        photo: RGB uint8, the photo with the map.
        words: what the pictures show.
        above: draws what stands above the photo. Defaults to nothing.
    """
    face_column, photo_column = st.columns([3, 4], gap="large")
    with face_column:
        st.image(face, width="stretch", alt=f"{words} over {view.noun}")
    with photo_column:
        if above is not None:
            above()
        height, width = photo.shape[:2]
        is_portrait = height > width
        st.image(
            pictures.fit(photo, PORTRAIT_HEIGHT) if is_portrait else photo,  # else encoded twice, once at full size
            width=round(PORTRAIT_HEIGHT * width / height) if is_portrait else "stretch",
            output_format="JPEG",
            alt=f"{words} on the photo",
        )
    return face_column, photo_column


def _facts(subject: Subject, aim: Aim, explanation: Explanation) -> None:
    goal = aim.goal
    if goal.label is not None:
        probability = percent(subject.face.emotion[goal.label])
        st.metric("Probability", probability, width="content", help=f"How likely the network thinks “{goal.label}” is.")
    label, meaning = goal.score
    st.metric(label, three_digits(float(explanation.score)), width="content", help=meaning)
    st.metric(
        "Time",
        duration(explanation.seconds),
        width="content",
        help=f"{aim.method.label}'s. The first map at a layer takes longer: some work is only done once.",
    )


def _state(aim: Aim, run: Run[Explanation] | None, seconds: float) -> str:
    if run is None:
        return f"{aim.method.label} with these settings takes about {seconds:.0f} s."
    asked = f"{run.done:,} of {run.total:,} pictures"
    if run.status == "cancelled":
        return f"Cancelled after {asked}." if run.total else "Cancelled before it began."
    if run.status == "waiting":
        return f"{aim.method.label}: getting ready…"
    return f"{aim.method.label}: {asked}{time_left(run.seconds_left)}"


def completeness(explanation: Explanation) -> str:
    """Say in words how well a complete method accounts for the score; "" for the others."""
    if "completeness_gap" not in explanation.details:
        return ""
    difference, gap = explanation.details["difference"], explanation.details["completeness_gap"]
    share = abs(gap) / max(abs(difference), 1e-9)
    verdict = f"all but {percent(share)} of it" if share < 0.05 else f"{percent(share)} off: take more steps"
    change = "rises" if difference >= 0 else "falls"
    return (
        f"From the baseline to this picture the score {change} by {three_digits(abs(difference))}; the map's values "
        f"sum to {three_digits(difference + gap)}, {verdict}."
    )


def part_shares(subject: Subject, view: View, explanation: Explanation) -> None:
    """Show which part of a map lies on which part of the face or body, beside the area that each part covers."""
    parts = view.task.parts
    if parts is None:
        return
    st.subheader(f"Which parts of the {parts.of} the map marks", anchor=False)
    regions = view.task.regions(subject, view, explanation.values)
    if regions is None:
        st.caption(parts.unknown)
        return
    densest = max((region for region in regions if region.name != "rest"), key=lambda region: region.density)
    draw_chart(
        charts.region_bars(regions),
        "face_shares",
        "Bar chart of the map's shares: "
        + ", ".join(
            f"{region.name} {percent(region.share)} of the map on {percent(region.area)} of the area"
            for region in regions
        ),
    )
    if explanation.is_blank:
        return
    verb, its = ("get", "their") if densest.name.endswith("s") else ("gets", "its")
    st.caption(
        f"The {densest.name} {verb} {three_digits(densest.density)} times {its} fair share, which is that of "
        f"{its} area. “Rest” is {parts.rest}."
    )
    with st.container(horizontal=True, gap="small"):
        title = (subject.title, "parts of the map")
        download_table(tables.regions_table(regions), "Parts", *title, key="download_parts")


def show_answer(subject: Subject, view: View, goal: Goal) -> None:
    """Show the map of the network's answer that is explained, where its answer is one."""
    maps = partial(explanations.answer_maps, subject.network_name, view.pixels)
    answer = view.task.answer_map(subject, view, goal, maps)
    if answer is None:
        return
    st.divider()
    st.subheader(f"The answer itself: {answer.title[0].lower()}{answer.title[1:]}", anchor=False)
    look = Look(ANSWER_OPACITY, DEFAULT_PALETTES[False], is_signed=False)
    picture = map_overlay(view, answer.values, look)
    picture_column, words_column = st.columns([2, 3], gap="large")
    with picture_column:
        st.image(picture, width="stretch", alt=f"{answer.title} over {view.noun}")
        show_colour_bar(answer.values, look, f"{answer.meaning} (faint = near\u00a00)")
    with words_column:
        with st.container(horizontal=True, gap="medium", key="answer_facts"):
            for label, value, meaning in answer.facts:
                st.metric(label, value, width="content", help=meaning)
        st.markdown(answer.words)
        download_png(answer.title, lambda: picture, subject.title, answer.title, key="download_answer")


def download_report(subject: Subject, view: View, aim: Aim, question: Question, explanation: Explanation) -> None:
    """Buttons for a web page in one file with all about this map, and for a notebook that makes it again."""
    tested, _ = asking.trust_of(question)
    verdict = explanations.verdict(question, explanation, tested)
    title = f"{aim.method.label} for {aim.goal.words}: {subject.title}"
    look = chosen_look(is_signed=aim.method.signed)

    def lines() -> str:
        return report.python_lines(subject, view, question, explanation)

    def build() -> str:
        limit = colour_limit(explanation)
        shown = [
            (view.pixels, f"What the network sees: {view.words}"),
            (map_overlay(view, explanation.values, look, limit), f"{aim.meaning} (faint = near 0)"),
        ]
        findings = [verdict.sentence, *(trust.sentences(tested) if tested is not None else [])]
        settings = report.rows(view, question, explanation)
        return report.page(title, shown, settings, findings, lines(), reads_faces=view.task.reads_faces)

    with st.container(horizontal=True, gap="small"):
        download_file(
            "Report of this map",
            build,
            title,
            suffix="html",
            key="download_report",
            help_text="One file with the pictures, all settings, versions and hashes, and the Python code that makes "
            "them again.",
        )
        download_notebook(lambda: notebook.cells(title, aim.meaning, view, look, explanation, lines()), title)
