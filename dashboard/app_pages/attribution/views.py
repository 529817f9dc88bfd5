"""What the Attribution page shows: one map large, walls of maps, shares of the face's parts, and tests of trust."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import state
from dashboard.app_pages.attribution import charts, report
from dashboard.drawing import figures, pictures, tables
from dashboard.drawing.figures import CHART_CONFIG
from dashboard.drawing.limits import OUTLYING, colour_limit, shared_limit
from dashboard.drawing.words import duration, time_left
from dashboard.pickers.look import Look, choose_look, choose_looks, chosen_look
from dashboard.pickers.method import choose_methods, default_settings
from dashboard.services import asking, explanations, trust
from dashboard.services.asking import Answer, Wall
from dashboard.services.runs import Run, show_progress, watch
from dashboard.subject import Question, Subject
from dashboard.tasks import DETECTION_TASK, EXPRESSION_TASK, POSE_TASK
from dashboard.tasks.aim import Aim, blank_advice
from dashboard.tasks.answers import answer_map
from dashboard.tasks.inputs import View
from dashboard.tasks.regions import regions_of_body, regions_of_face
from dashboard.tasks.targets import Goal, of_class
from dashboard.widgets.downloads import download_png, download_table
from dashboard.widgets.gallery import Tile, gallery
from dashboard.widgets.maps import FACE_SIDE, map_overlay, show_colour_bar
from dashboard.widgets.wall import wall_progress, watch_wall
from interp import Explanation, Method
from interp.faithfulness import Curves

PORTRAIT_HEIGHT = 680
"""Height in pixels of an upright photo on the page, so that it fits a screen with its colour bar."""
ANSWER_OPACITY = 0.7
TILE_SIDE = 240
"""Pixels of a map in a wall."""
TILE_WIDTH = 160
"""Pixels of the page that a map in a wall takes at least."""
SHEET_COLUMNS = 5
STRIP_WORDS = (
    "Below each map: the area under the answer while pixels are hidden in the map's order (deletion, low is good) or "
    "shown (insertion, high is good), in brackets that of random orders; the map's rank correlation with the map of a "
    "network whose weights are shuffled (near 0 is good), and with itself by another seed (1 is good). ✓ good, "
    "~ unsure, ✗ bad; the pointer over a line tells more."
)

Start = Callable[[], None]


SHOWN = {"map": "One map", "methods": "All methods", "classes": "All expressions", "engines": "Two engines"}


def shown_of(view: View) -> dict[str, str]:
    """Returns the label of each view that the page has for a network's task."""
    return {name: label for name, label in SHOWN.items() if name != "classes" or view.task == EXPRESSION_TASK}


def introduce(shown: str, method: Method) -> str:
    """Says what is shown in a sentence or two."""
    label = method.label
    return {
        "map": f"**{label}.** {method.summary}",
        "methods": "**The same question, put to every method** in its usual settings. Click a map to see it large.",
        "classes": f"**{label}, for every expression**, on one scale: what speaks for one may speak for its neighbour.",
        "engines": f"**{label}, computed twice**: by this project's own code, and by the library tf-keras-vis.",
    }[shown]


def show_map(subject: Subject, view: View, aim: Aim, question: Question) -> None:
    """Shows one map large, then its shares of the face's parts and whether it is to be trusted."""
    with st.skeleton(height=420):
        explanation, run = asking.ask(question, is_slow=aim.method.is_slow)
    if explanation is not None and explanation.is_blank:
        st.info(blank_advice(aim, explanation.layer), icon=":material/info:")

    def draw() -> None:
        with st.grid(4, gap="small", min_column_width=150):
            look = choose_look(is_signed=aim.method.signed)
        if explanation is not None:
            explanation_pictures(subject, view, aim, explanation, look)
        else:
            explanation_progress(
                view,
                aim,
                run,
                seconds=asking.expected_seconds(question),
                on_start=lambda: asking.start_explanation(question),
            )

    watch(draw, asking.EXPLANATION, was_active=run is not None and run.is_active)
    if explanation is not None:
        st.divider()
        face_shares(subject, view, explanation)
        trust_strip(question, explanation)
        download_report(subject, view, aim, question, explanation)
        show_answer(subject, view, aim.goal)


def show_methods(subject: Subject, view: View, goal: Goal, question: Question, layer: str) -> None:
    """Shows the maps of all methods for one target side by side, each with its seconds."""
    from interp import METHODS

    names = choose_methods()
    questions = [
        replace(
            question,
            method=name,
            layer=layer if METHODS[name].needs_layer else None,
            settings=default_settings(name),
            is_timed=True,
        )
        for name in names
    ]

    def pick(number: int) -> None:
        st.session_state[state.METHOD] = names[number]
        st.session_state[state.SHOW] = "map"

    def draw(wall: Wall) -> None:
        with st.grid(3, gap="small", min_column_width=150):
            looks = choose_looks()
        wall_progress(wall)
        labels = [METHODS[name].label for name in names]
        alt = f"Maps of {len(names)} methods for {goal.words}"
        chosen = names.index(question.method) if question.method in names else None
        tiles = show_wall(view, wall, labels, looks, alt=alt, on_pick=pick, chosen=chosen)
        wall_bars(wall, looks, goal)
        wall_end(tiles, subject.title, "all methods", goal.words)

    watch_wall(questions, draw)


def show_classes(subject: Subject, view: View, aim: Aim, question: Question) -> None:
    """Shows the maps of one method for all classes side by side, on one scale."""
    names = list(subject.face.emotion)
    questions = [replace(question, target=of_class(subject, name).target) for name in names]

    def pick(number: int) -> None:
        st.session_state[state.EXPRESSION] = names[number]
        st.session_state[state.AGAINST] = state.NO_OTHER
        st.session_state[state.SHOW] = "map"

    def draw(wall: Wall) -> None:
        with st.grid(3, gap="small", min_column_width=150):
            look = choose_look(is_signed=aim.method.signed)
        wall_progress(wall)
        limit = shared_limit(filter(asking.is_map, wall.found))
        labels = [f"{name.capitalize()} {figures.percent(subject.face.emotion[name])}" for name in names]
        alt = f"Maps by {aim.method.label} for each expression"
        chosen = names.index(aim.goal.expression or names[0])
        looks = {aim.method.signed: look}
        tiles = show_wall(view, wall, labels, looks, alt=alt, limit=limit, on_pick=pick, chosen=chosen)
        if limit is not None:
            ends = ("against the expression", "for the expression") if look.is_signed else None
            show_colour_bar(np.array([limit]), look, "What speaks for each expression, one scale for all", ends, limit)
        wall_end(tiles, subject.title, aim.method.label, "all expressions")

    watch_wall(questions, draw)


def show_engines(subject: Subject, view: View, aim: Aim, question: Question) -> None:
    """Shows the map of one method by this project's own code and by tf-keras-vis, with both times."""
    engines = ("Ours", "tf-keras-vis")
    questions = [replace(question, engine=engine, is_timed=True) for engine in ("interp", "tf-keras-vis")]

    def draw(wall: Wall) -> None:
        with st.grid(3, gap="small", min_column_width=150):
            look = choose_look(is_signed=aim.method.signed)
        wall_progress(wall)
        tests, _ = asking.trusts_of(wall)
        columns = st.columns(2, gap="large")
        for column, label, asked, answer, tested in zip(columns, engines, questions, wall.found, tests, strict=True):
            with column:
                _engine(view, aim, label, answer, look)
                if asking.is_map(answer):
                    st.html(strip_html(*strip_of(asked, answer, tested)))
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


def details(aim: Aim, question: Question, explanation: Explanation | None) -> None:
    """Says how to read the maps; the formula, the layer and the reference for those who want them."""
    st.markdown(
        "Strong colour means much, faint colour little: where the map is near zero the picture shows through. "
        + (
            f"One end of the colours is {aim.ends[0]}, the other {aim.ends[1]}."
            if aim.ends
            else "The brighter, the more. What speaks against it isn't shown by this method."
        )
    )
    if explanation is not None and not isinstance(explanation, str):
        rows, columns = explanation.values.shape
        where = f"Layer {explanation.layer}" if explanation.layer else "The picture itself"
        clipped = (
            "" if explanation.layer else " So that a few pixels don't outshine all others, the colours end before them."
        )
        st.markdown(f"{where}: a map of {rows}×{columns} values, enlarged to the picture.{clipped}")
    st.latex(aim.method.formula)
    st.caption(f"Reference: {aim.method.reference}")


def explanation_pictures(subject: Subject, view: View, aim: Aim, explanation: Explanation, look: Look) -> None:
    """Shows a map over what the network gets and the same map pasted back onto the photo."""
    from interp import render

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
    face_column, photo_column = _explanation_columns(view, face, photo, f"{aim.method.label} for {aim.goal.words}")
    with face_column:
        show_colour_bar(explanation.values, look, f"{aim.meaning}; faint means near\u00a00{tail}", aim.ends, limit)
        download_png(f"{view.title} with map", lambda: face, *parts, key="download_map")
        with st.container(horizontal=True, gap="medium", key="explanation_facts"):
            _explanation_facts(subject, aim, explanation)
        if sentence := completeness(explanation):
            st.caption(sentence)
    with photo_column:
        show_colour_bar(explanation.values, look, f"{aim.meaning}, same scale", aim.ends, limit)
        download_png("Photo with map", lambda: photo, *parts, "photo", key="download_pasted")


def explanation_progress(
    view: View, aim: Aim, run: Run[Explanation] | None, *, seconds: float, on_start: Start
) -> None:
    """Shows the pictures without a map in its place, with the progress of the run that looks for it.

    Args:
        view: what the network gets.
        aim: what is looked for.
        run: the run. Defaults to none: it waits for its button.
        seconds: float, how long a run is expected to take, 0 if unknown.
        on_start: callback of the button that starts it.
    """
    face_column, photo_column = _explanation_columns(view, view.enlarged(FACE_SIDE), view.photo, "Still no map")
    with photo_column:
        st.caption("The map follows here as well.")
    with face_column:
        if run is not None and run.status == "failed":
            st.error(
                f"{run.error} Try other settings or another layer.", title="No map came out", icon=":material/error:"
            )
            return
        words = _explanation_state(aim, run, seconds)
        if run is not None:
            show_progress(run, words, "explanation")
        else:
            st.progress(0.0, text=words)
        if run is None or not run.is_active:
            st.button("Compute", key="compute", type="primary", icon=":material/play_arrow:", on_click=on_start)


def _explanation_columns(
    view: View, face: np.ndarray, photo: np.ndarray, words: str
) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Draws what the network gets and the photo side by side and returns their columns for what stands below."""
    face_column, photo_column = st.columns([2, 3], gap="large")
    with face_column:
        st.subheader(f"Over {view.noun}", anchor=False)
        st.image(face, width="stretch", alt=f"{words} over {view.noun}")
    with photo_column:
        st.subheader("Back on the photo", anchor=False)
        height, width = photo.shape[:2]
        st.image(
            photo,
            width="stretch" if width >= height else round(PORTRAIT_HEIGHT * width / height),
            output_format="JPEG",
            alt=f"{words} on the photo",
        )
    return face_column, photo_column


def _explanation_facts(subject: Subject, aim: Aim, explanation: Explanation) -> None:
    goal = aim.goal
    if goal.expression is not None:
        probability = figures.percent(subject.face.emotion[goal.expression])
        st.metric("Probability", probability, width="content", help=f"The network's share for “{goal.expression}”.")
    label, meaning = goal.score
    st.metric(label, figures.number(float(explanation.score)), width="content", help=meaning)
    st.metric(
        "Time",
        duration(explanation.seconds),
        width="content",
        help=f"{aim.method.label}'s. The first map by a layer also builds its pass.",
    )


def _explanation_state(aim: Aim, run: Run[Explanation] | None, seconds: float) -> str:
    if run is None:
        return f"{aim.method.label} with these settings takes about {seconds:.0f} s."
    asked = f"{run.done:,} of {run.total:,} pictures"
    if run.status == "cancelled":
        return f"Cancelled after {asked}." if run.total else "Cancelled before it began."
    if run.status == "waiting":
        return f"{aim.method.label}: getting ready…"
    return f"{aim.method.label}: {asked}{time_left(run.seconds_left)}"


def completeness(explanation: Explanation) -> str:
    """Says in words how well a complete method accounts for the score; "" for the others."""
    if "completeness_gap" not in explanation.details:
        return ""
    difference, gap = explanation.details["difference"], explanation.details["completeness_gap"]
    share = abs(gap) / max(abs(difference), 1e-9)
    verdict = (
        f"all but {figures.percent(share)} of it" if share < 0.05 else f"{figures.percent(share)} off: take more steps"
    )
    change = "rises" if difference >= 0 else "falls"
    return (
        f"From the baseline to the picture the score {change} by {figures.number(abs(difference))}; the map's values "
        f"sum to {figures.number(difference + gap)}, {verdict}."
    )


def download_report(subject: Subject, view: View, aim: Aim, question: Question, explanation: Explanation) -> None:
    """A button for a web page in one file with all about this map."""
    from models.networks import WEIGHTS

    diagnosis, (tested, _) = explanations.diagnosis(question, explanation), asking.trust_of(question)
    title = f"{aim.method.label} for {aim.goal.words}: {subject.title}"
    look = chosen_look(is_signed=aim.method.signed)

    def build() -> str:
        limit = colour_limit(explanation)
        shown = [
            (view.pixels, f"What the network got: {view.words}"),
            (map_overlay(view, explanation.values, look, limit), f"{aim.meaning}; faint means near 0"),
        ]
        findings = [diagnosis.sentence, *(trust.sentences(tested) if tested is not None else ["Not tested further."])]
        settings = report.rows(view, question, explanation, WEIGHTS / f"{question.network_name}.keras")
        lines = report.python_lines(subject, view, question, explanation)
        return report.page(title, shown, settings, findings, lines)

    st.download_button(
        "Report of this map",
        data=build,
        file_name=pictures.file_name(title, suffix="html"),
        mime="text/html",
        on_click="ignore",
        icon=":material/download:",
        key="download_report",
        help="One file with the pictures, all settings, versions and hashes, and the Python lines that repeat the map.",
    )


# Walls ---------------------------------------------------------------------------------------------------------------


def show_wall(
    view: View,
    wall: Wall,
    names: Sequence[str],
    looks: dict[bool, Look],
    *,
    alt: str,
    limit: float | None = None,
    on_pick: Callable[[int], None],
    chosen: int | None,
) -> list[Tile]:
    """Shows the maps of several questions side by side, those still looked for as bare pictures; returns the tiles.

    Below each map stands what the doctor says of it and, once they are done, what the tests of trust found.

    Args:
        view: what the network gets.
        wall: the questions and what is known of their answers.
        names: what each map is.
        looks: how a map is coloured, by whether it is signed.
        alt: str, what the maps are.
        limit: float, the value at which all maps' colours end. Defaults to None: each map has a scale of its own.
        on_pick: callable that takes the number of the clicked map.
        chosen: int, the number of the map to highlight; None for none.
    """
    bare = view.enlarged(TILE_SIDE)
    tiles = []
    tests, _ = asking.trusts_of(wall)
    for name, answer, question, tested in zip(names, wall.found, wall.questions, tests, strict=True):
        if answer is None:
            tiles.append(Tile(bare, f"{name}: no map yet", f"{name} · {_absence(wall, question)}", is_faint=True))
        elif isinstance(answer, str):
            tiles.append(Tile(bare, f"{name}: {answer}", f"{name} · no map", answer))
        else:
            tile = _tile(view, bare, name, answer, looks[answer.signed], limit)
            note, lines = strip_of(question, answer, tested)
            facts = [(line.label, line.value, line.mark, line.words) for line in lines]
            tiles.append(replace(tile, note=note, facts=facts))
    gallery(tiles, key="wall", alt=alt, width=TILE_WIDTH, on_pick=on_pick, chosen=chosen)
    if any(tile.facts for tile in tiles):
        st.caption(STRIP_WORDS)
        _download_tests(dict(zip(names, tests, strict=True)))
    return tiles


def wall_end(tiles: Sequence[Tile], *parts: str) -> None:
    """Draws the download of a whole wall."""
    download_png("All maps", lambda: wall_sheet(tiles), *parts, key="download_wall")


def wall_sheet(tiles: Sequence[Tile]) -> np.ndarray:
    """Returns the pictures of a wall with their captions in rows on white, RGB uint8."""
    from interp import render

    rows = [
        render.strip([tile.image for tile in row], [tile.caption for tile in row], height=TILE_SIDE)
        for row in (tiles[begin : begin + SHEET_COLUMNS] for begin in range(0, len(tiles), SHEET_COLUMNS))
    ]
    width = max(row.shape[1] for row in rows)
    return np.concatenate(
        [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
    )


def strip_of(question: Question, answer: Explanation, tested: trust.Trust | None) -> tuple[str, list[trust.Line]]:
    """Returns what stands below a small map: the doctor's sentence, and a line for each test that is done."""
    note = trust.short(explanations.diagnosis(question, answer).sentence)
    if tested is None:
        return note, []
    return (f"{note} {tested.problem}".strip() if tested.problem else note), trust.lines(tested)


def strip_html(note: str, lines: Sequence[trust.Line]) -> str:
    """Writes what stands below a map of an engine as HTML."""
    rows = "".join(
        f'<dt>{escape(line.label)}</dt><dd style="margin:0;font-variant-numeric:tabular-nums">{escape(line.value)} '
        f'<b aria-hidden="true">{line.mark}</b></dd><dd style="margin:0;opacity:.85">{escape(line.words)}</dd>'
        for line in lines
    )
    style = (
        "display:grid;grid-template-columns:max-content max-content minmax(0,1fr);gap:.25rem .75rem;margin:.5rem 0 0"
    )
    table = f'<dl style="{style}">{rows}</dl>' if rows else ""
    return f'<div style="font-size:.8125rem;line-height:1.45">{escape(note)}{table}</div>'


def _tile(view: View, bare: np.ndarray, name: str, found: Explanation, look: Look, limit: float | None) -> Tile:
    from interp import render

    picture = render.overlay(
        bare,
        found.values,
        opacity=look.opacity,
        palette=look.palette,
        signed=look.is_signed,
        limit=limit if limit is not None else colour_limit(found),
    )
    words = f"{name}, {duration(found.seconds)}"
    if found.is_blank:
        return Tile(picture, f"{words}: zero everywhere", f"{name} · blank")
    return Tile(picture, f"{words}. Click to see it large", f"{name} · {duration(found.seconds)}")


def _absence(wall: Wall, question: Question) -> str:
    return "takes longer" if question in wall.waiting else "to come"


def wall_bars(wall: Wall, looks: dict[bool, Look], goal: Goal) -> None:
    """Shows the colour bars of a wall whose maps have scales of their own: from nothing to each map's strongest."""
    from interp import render

    columns = st.columns(2, gap="large")
    for column, is_signed in zip(columns, (False, True), strict=True):
        if any(getattr(answer, "signed", None) is is_signed for answer in wall.found):
            ends = (goal.less, goal.more) if is_signed else ("nothing", "strongest")
            stops = render.palette_stops(looks[is_signed].palette)
            title = f"{'Signed' if is_signed else 'Unsigned'} maps, each on its own scale: 1 is its strongest value"
            column.html(figures.colour_bar(stops, -1.0 if is_signed else 0.0, 1.0, title, ends))


def say_agreement(first: Explanation, second: Explanation) -> str:
    """Says how alike the maps of two engines are, and how their times compare."""
    from interp.similarity import rank_correlation

    alike = rank_correlation(first.values, second.values) if first.values.shape == second.values.shape else None
    ratio = second.seconds / max(first.seconds, 1e-9)
    time = (
        f"tf-keras-vis took {figures.number(ratio)} times as long"
        if ratio >= 1
        else (f"tf-keras-vis took {figures.percent(ratio)} of the time")
    )
    agreement = f"The two maps' rank correlation is {alike:.3f}; " if alike is not None else ""
    sentence = f"{agreement}{time}."
    return sentence[0].upper() + sentence[1:]


# The answer ----------------------------------------------------------------------------------------------------------


def show_answer(subject: Subject, view: View, goal: Goal) -> None:
    """Shows the map of the network's answer that is explained, where its answer is one."""
    from interp.render import DEFAULT_PALETTES

    answer = answer_map(subject, view, goal)
    if answer is None:
        return
    st.divider()
    st.subheader(f"The answer itself: {answer.title[0].lower()}{answer.title[1:]}", anchor=False)
    look = Look(ANSWER_OPACITY, DEFAULT_PALETTES[False], is_signed=False)
    picture = map_overlay(view, answer.values, look)
    picture_column, words_column = st.columns([2, 3], gap="large")
    with picture_column:
        st.image(picture, width="stretch", alt=f"{answer.title} over {view.noun}")
        show_colour_bar(answer.values, look, f"{answer.meaning}; faint means near\u00a00")
    with words_column:
        with st.container(horizontal=True, gap="medium", key="answer_facts"):
            for label, value, meaning in answer.facts:
                st.metric(label, value, width="content", help=meaning)
        st.markdown(answer.words)
        download_png(answer.title, lambda: picture, subject.title, answer.title, key="download_answer")


# Parts of the face ---------------------------------------------------------------------------------------------------


def face_shares(subject: Subject, view: View, explanation: Explanation) -> None:
    """Shows which part of a map lies on which part of the face or body, beside the area that each part covers."""
    if view.task == DETECTION_TASK:
        return  # on a whole photo a face's parts are a few pixels
    is_body = view.task == POSE_TASK
    st.subheader(f"On which parts of the {'body' if is_body else 'face'}", anchor=False)
    find = regions_of_body if is_body else regions_of_face
    regions = find(subject, view, explanation.values)
    if regions is None:
        unknown = "joints are sure on this person" if is_body else "points were found on this face"
        st.caption(f"No {unknown}, so the parts are unknown.")
        return
    densest = max((region for region in regions if region.name != "rest"), key=lambda region: region.density)
    st.plotly_chart(
        charts.region_bars(regions),
        key="face_shares",
        config=CHART_CONFIG,
        alt="Bar chart of the map's shares: "
        + ", ".join(
            f"{region.name} {figures.percent(region.share)} of the map on {figures.percent(region.area)} of the area"
            for region in regions
        ),
    )
    if explanation.is_blank:
        return
    st.caption(
        f"Densest on the {densest.name}: {figures.number(densest.density)} times what its area alone would get. "
        f"“Rest” is {'what no sure joint bounds' if is_body else 'forehead, hair and background'}."
    )
    with st.container(horizontal=True, gap="small"):
        parts = (subject.title, "parts of the map")
        download_table(tables.regions_table(regions), "Parts", *parts, key="download_parts")


# Trust ---------------------------------------------------------------------------------------------------------------


def trust_strip(question: Question, explanation: Explanation) -> None:
    """Shows what the doctor says of a map, and the tests of it, which run when they are asked for."""
    st.subheader("Can this map be trusted?", anchor=False)
    diagnosis = explanations.diagnosis(question, explanation)
    show = st.success if diagnosis.is_fine else st.warning
    show(diagnosis.sentence, icon=":material/stethoscope:")

    def draw() -> None:
        found, run = asking.trust_of(question)
        if found is None:
            _trust_progress(question, explanation, run)
        if (shown := found or (run.result if run is not None else None)) is not None:
            _trust_results(shown)
            _download_tests({explanation.method: shown}, explanation.method)

    watch(draw, asking.TRUST)


def _trust_progress(question: Question, explanation: Explanation, run: Run[trust.Trust] | None) -> None:
    if run is not None and run.is_active:
        show_progress(run, f"Testing the map{time_left(run.seconds_left)}", "trust")
        return
    if run is not None and run.status == "failed":
        st.error(run.error, title="The tests stopped", icon=":material/error:")
    elif run is not None:
        st.caption("Cancelled; what was found is kept below.")
    st.button(
        "Test this map",
        key="test_map",
        icon=":material/science:",
        on_click=asking.start_trust,
        args=(question, explanation),
        help="Hides and shows pixels in the map's order, computes the map again, and shuffles the network's weights.",
    )


def _trust_results(found: trust.Trust) -> None:
    with st.grid(4, gap="medium", min_column_width=190):
        for curves, title in ((found.deletion, "Deletion"), (found.insertion, "Insertion")):
            if curves is not None:
                _curves_card(curves, title)
        if found.randomisation is not None:
            with st.container(gap="xsmall"):
                st.markdown("**Randomisation**")
                st.plotly_chart(
                    charts.cascade(found.randomisation),
                    key="trust_randomisation",
                    config=CHART_CONFIG,
                    alt="Line chart of the rank correlation with the original map while one layer after another is "
                    f"shuffled: it ends at {figures.number(found.randomisation.final_correlation)}",
                )
                st.caption(trust.say_randomisation(found.randomisation))
        if found.repeatability is not None:
            with st.container(gap="xsmall"):
                st.markdown("**Repeatability**")
                st.metric(
                    "Rank correlation",
                    figures.number(found.repeatability.mean),
                    help="Mean over each two of the maps that different seeds give; 1 means the same.",
                )
                st.caption(trust.say_repeatability(found.repeatability))


def _download_tests(tests: Mapping[str, trust.Trust | None], *parts: str) -> None:
    with st.container(horizontal=True, gap="small"):
        download_table(trust.table(tests), "Tests", *parts, "tests of trust", key="download_tests")


def _curves_card(curves: Curves, title: str) -> None:
    with st.container(gap="xsmall"):
        st.markdown(f"**{title}**")
        st.plotly_chart(
            charts.curves(curves),
            key=f"trust_{curves.kind}",
            config=CHART_CONFIG,
            alt=f"Line chart of the answer during {curves.kind}: area {figures.number(curves.area)} by the map, "
            f"{figures.number(float(curves.random_areas.mean()))} at random",
        )
        st.caption(trust.say_curves(curves))
