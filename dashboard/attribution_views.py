"""What the Attribution page shows: one map large, walls of maps, shares of the face's parts, and tests of trust."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from dashboard import (
    attribution_figures,
    cache,
    controls,
    explaining,
    explanation_report,
    figures,
    inputs,
    pictures,
    state,
    tables,
    trust,
)
from dashboard.answers import answer_map
from dashboard.cache import Question
from dashboard.controls import DETECTION_TASK, EXPRESSION_TASK, POSE_TASK, Look, Subject
from dashboard.explaining import Wall
from dashboard.figures import CHART_CONFIG
from dashboard.gallery import Tile, gallery
from dashboard.inputs import View
from dashboard.jobs import Run
from dashboard.targets import Goal, of_class
from dashboard.views import FACE_SIDE, download_png, download_table, map_overlay, show_colour_bar

PORTRAIT_HEIGHT = 680
"""Height in pixels of an upright photo on the page, so that it fits a screen with its colour bar."""
ANSWER_OPACITY = 0.7
OUTLYING = 99.0
"""Percentile of a map of pixels at which its colours end."""
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
MASK_SIDE = 192
"""Pixels, at least, of the longer side of the masks of a face's parts."""
POLL = 0.4
"""Seconds between two looks at a run."""

Start = Callable[[], None]


@dataclass(frozen=True)
class Aim:
    """What an attribution is about, and the words for it.

    Args:
        method: the interp.Method.
        goal: what is explained.
    """

    method: Any
    goal: Goal

    @property
    def meaning(self) -> str:
        """What a colour stands for."""
        if self.method.name == "eigen_cam":  # the one method that looks at no target
            return "What the layer answers to most, whatever is asked"
        if self.method.signed:
            return self.goal.meaning
        kind = "What speaks for" if self.method.needs_layer else "How much each pixel matters for"
        return f"{kind} {self.goal.quoted}"

    @property
    def ends(self) -> tuple[str, str] | None:
        """Words for the two ends of a signed map's colour bar."""
        return (self.goal.less, self.goal.more) if self.method.signed else None


FORMULAS = {
    "grad_cam": r"L = \mathrm{ReLU}\Big(\sum_k \alpha_k A^k\Big),\quad "
    r"\alpha_k = \frac{1}{hw}\sum_{ij} \frac{\partial y}{\partial A^k_{ij}}",
    "hires_cam": r"L = \sum_k \frac{\partial y}{\partial A^k} \odot A^k",
    "layer_cam": r"L = \mathrm{ReLU}\Big(\sum_k \mathrm{ReLU}\Big(\frac{\partial y}{\partial A^k}\Big) \odot A^k\Big)",
    "saliency": r"L = \Big|\frac{\partial y}{\partial x}\Big|",
    "input_gradient": r"L = x \odot \frac{\partial y}{\partial x}",
    "integrated_gradients": r"L = (x - x') \odot \int_0^1 \frac{\partial y(x' + t\,(x - x'))}{\partial x}\,dt",
    "smooth_grad": r"L = \frac{1}{n}\sum_{s=1}^{n} \Big|\frac{\partial y(x + \varepsilon_s)}{\partial x}\Big|",
    "var_grad": r"L = \mathrm{Var}_s\Big(\frac{\partial y(x + \varepsilon_s)}{\partial x}\Big)",
}
"""y is the target's value, x the picture, A the layer's maps."""
SHOWN = {"map": "One map", "methods": "All methods", "classes": "All expressions", "engines": "Two engines"}


def shown_of(view: View) -> dict[str, str]:
    """Returns the label of each view that the page has for a network's task."""
    return {name: label for name, label in SHOWN.items() if name != "classes" or view.task == EXPRESSION_TASK}


def introduce(shown: str, method: Any) -> str:
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
        explanation, run = explaining.ask(question, is_slow=aim.method.is_slow)
    if explanation is not None and explanation.is_blank:
        st.info(blank_advice(aim, explanation.layer), icon=":material/info:")
    is_watched = run is not None and run.is_active

    @st.fragment(run_every=0.3 if is_watched else None)
    def show() -> None:
        if explanation is None and explaining.has_changed(run, was_active=is_watched):
            st.rerun()
        with st.grid(4, gap="small", min_column_width=150):
            look = controls.choose_look(is_signed=aim.method.signed)
        if explanation is not None:
            explanation_pictures(subject, view, aim, explanation, look)
        else:
            explanation_progress(
                view,
                aim,
                run,
                seconds=explaining.expected_seconds(question),
                on_start=lambda: explaining.start(question),
            )

    show()
    if explanation is not None:
        st.divider()
        face_shares(subject, view, explanation)
        trust_strip(question, explanation)
        download_report(subject, view, aim, question, explanation)
        show_answer(subject, view, aim.goal)


def show_methods(subject: Subject, view: View, goal: Goal, question: Question, layer: str) -> None:
    """Shows the maps of all methods for one target side by side, each with its seconds."""
    from interp import METHODS

    names = controls.choose_methods()
    questions = [
        replace(
            question,
            method=name,
            layer=layer if METHODS[name].needs_layer else None,
            settings=defaults(name),
            is_timed=True,
        )
        for name in names
    ]

    def pick(number: int) -> None:
        st.session_state[state.METHOD] = names[number]
        st.session_state[state.SHOW] = "map"

    def draw(wall: Wall) -> None:
        with st.grid(3, gap="small", min_column_width=150):
            looks = controls.choose_looks()
        wall_progress(wall)
        labels = [METHODS[name].label for name in names]
        alt = f"Maps of {len(names)} methods for {goal.words}"
        chosen = names.index(question.method) if question.method in names else None
        tiles = show_wall(view, wall, labels, looks, alt=alt, on_pick=pick, chosen=chosen)
        wall_bars(wall, looks, goal)
        wall_end(tiles, subject.title, "all methods", goal.words)

    _watch_wall(questions, draw)


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
            look = controls.choose_look(is_signed=aim.method.signed)
        wall_progress(wall)
        limit = shared_limit(wall)
        labels = [f"{name.capitalize()} {figures.percent(subject.face.emotion[name])}" for name in names]
        alt = f"Maps by {aim.method.label} for each expression"
        chosen = names.index(aim.goal.expression or names[0])
        looks = {aim.method.signed: look}
        tiles = show_wall(view, wall, labels, looks, alt=alt, limit=limit, on_pick=pick, chosen=chosen)
        if limit is not None:
            ends = ("against the expression", "for the expression") if look.is_signed else None
            show_colour_bar(np.array([limit]), look, "What speaks for each expression, one scale for all", ends, limit)
        wall_end(tiles, subject.title, aim.method.label, "all expressions")

    _watch_wall(questions, draw)


def show_engines(subject: Subject, view: View, aim: Aim, question: Question) -> None:
    """Shows the map of one method by this project's own code and by tf-keras-vis, with both times."""
    engines = ("Ours", "tf-keras-vis")
    questions = [replace(question, engine=engine, is_timed=True) for engine in ("interp", "tf-keras-vis")]

    def draw(wall: Wall) -> None:
        with st.grid(3, gap="small", min_column_width=150):
            look = controls.choose_look(is_signed=aim.method.signed)
        wall_progress(wall)
        tests, _ = explaining.trusts_of(wall)
        columns = st.columns(2, gap="large")
        for column, label, asked, answer, tested in zip(columns, engines, questions, wall.found, tests, strict=True):
            with column:
                _engine(view, aim, label, answer, look)
                if explaining.is_map(answer):
                    st.html(strip_html(*strip_of(asked, answer, tested)))
                    picture = partial(map_overlay, view, answer.values, look, colour_limit(answer))
                    parts = (subject.title, aim.method.label, aim.goal.words, label)
                    download_png("Map", picture, *parts, key=f"download_{asked.engine}")
        if all(answer is not None and not isinstance(answer, str) for answer in wall.found):
            st.markdown(say_agreement(*wall.found))

    _watch_wall(questions, draw, with_slow=True)


def _engine(view: View, aim: Aim, label: str, answer: Any | None, look: Look) -> None:
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


def _watch_wall(questions: Sequence[Question], draw: Callable[[Wall], None], *, with_slow: bool = False) -> None:
    """Draws a wall, and draws it again as its maps come; slow methods are looked for if they are asked for."""

    def ask() -> Wall:
        return explaining.ask_all(questions, include_slow=with_slow or st.session_state.get(state.SLOW_TOO, False))

    def is_at_work(wall: Wall) -> bool:
        return _is_active(wall.run) or _is_active(explaining.trusts_of(wall)[1])

    known = ask()
    first: Wall | None = known
    is_watched, shown = is_at_work(known), st.session_state[state.SHOW]

    @st.fragment(run_every=POLL if is_watched else None)
    def watch() -> None:
        nonlocal first
        wall, first = first or ask(), None  # the page's own run is never cut short
        if st.session_state[state.SHOW] != shown or is_at_work(wall) is not is_watched:
            st.rerun()  # a map was clicked, or a run has begun or ended, which draws this part alone again
        draw(wall)

    watch()


def _is_active(run: Run | None) -> bool:
    return run is not None and run.is_active


def defaults(method: str) -> tuple[tuple[str, Any], ...]:
    """Returns the usual settings of a method, as a `Question` takes them."""
    from interp import METHODS

    return tuple(sorted((parameter.name, parameter.default) for parameter in METHODS[method].parameters))


def details(aim: Aim, question: Question, explanation: Any | None) -> None:
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
    if aim.method.name in FORMULAS:
        st.latex(FORMULAS[aim.method.name])
    st.caption(f"Reference: {aim.method.reference}")


def explanation_pictures(subject: Subject, view: View, aim: Aim, explanation: Any, look: Look) -> None:
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


def colour_limit(explanation: Any) -> float | None:
    """Returns the value at which the colours of a map of pixels end, None for a layer's map: at its greatest value.

    A few pixels are often many times as strong as all others; by their measure the rest would be too faint to see.
    """
    if explanation.layer is not None:
        return None
    limit = float(np.percentile(np.abs(explanation.values), OUTLYING))
    return limit if 0 < limit < float(np.abs(explanation.values).max()) else None


def explanation_progress(view: View, aim: Aim, run: Run | None, *, seconds: float, on_start: Start) -> None:
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
        progress = run.progress if run is not None else 0.0
        st.progress(progress, text=_explanation_state(aim, run, seconds))
        if run is not None and run.is_active:
            st.button("Cancel", key="cancel_explanation", icon=":material/stop:", on_click=run.cancel)
        else:
            st.button("Compute", key="compute", type="primary", icon=":material/play_arrow:", on_click=on_start)


def _explanation_columns(view: View, face: np.ndarray, photo: np.ndarray, words: str) -> tuple[Any, Any]:
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


def _explanation_facts(subject: Subject, aim: Aim, explanation: Any) -> None:
    goal = aim.goal
    if goal.expression is not None:
        probability = figures.percent(subject.face.emotion[goal.expression])
        st.metric("Probability", probability, width="content", help=f"The network's share for “{goal.expression}”.")
    label, meaning = goal.score
    st.metric(label, figures.number(explanation.score), width="content", help=meaning)
    st.metric(
        "Time",
        duration(explanation.seconds),
        width="content",
        help=f"{aim.method.label}'s. The first map by a layer also builds its pass.",
    )


def _explanation_state(aim: Aim, run: Run | None, seconds: float) -> str:
    if run is None:
        return f"{aim.method.label} with these settings takes about {seconds:.0f} s."
    asked = f"{run.done:,} of {run.total:,} pictures"
    if run.status == "cancelled":
        return f"Cancelled after {asked}." if run.total else "Cancelled before it began."
    if run.status == "waiting":
        return f"{aim.method.label}: getting ready…"
    return f"{aim.method.label}: {asked}{_left(run)}"


def duration(seconds: float) -> str:
    """Writes a time in seconds or milliseconds."""
    return f"{seconds:.1f}\u00a0s" if seconds >= 1 else f"{1000 * seconds:.0f}\u00a0ms"


def completeness(explanation: Any) -> str:
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


def blank_advice(aim: Aim, layer: str | None) -> str:
    """Says what an all-zero map means and what to do next."""
    if layer is not None and not aim.method.signed:
        return (
            f"The map is zero everywhere: nothing at layer {layer} speaks for {aim.goal.quoted}. Choose a later "
            "layer, or HiResCAM, which also shows what speaks against it."
        )
    where = f"nothing at layer {layer}" if layer is not None else "no pixel"
    return (
        f"The map is zero everywhere: by this method {where} changes {aim.goal.quoted}. Choose another "
        "method or other settings."
    )


def download_report(subject: Subject, view: View, aim: Aim, question: Question, explanation: Any) -> None:
    """A button for a web page in one file with all about this map."""
    from models.networks import WEIGHTS

    diagnosis, (tested, _) = cache.diagnosis(question, explanation), explaining.trust_of(question)
    title = f"{aim.method.label} for {aim.goal.words}: {subject.title}"
    look = controls.chosen_look(is_signed=aim.method.signed)

    def build() -> str:
        limit = colour_limit(explanation)
        shown = [
            (view.pixels, f"What the network got: {view.words}"),
            (map_overlay(view, explanation.values, look, limit), f"{aim.meaning}; faint means near 0"),
        ]
        findings = [diagnosis.sentence, *(trust.sentences(tested) if tested is not None else ["Not tested further."])]
        settings = explanation_report.rows(view, question, explanation, WEIGHTS / f"{question.network_name}.keras")
        lines = explanation_report.python_lines(subject, view, question, explanation)
        return explanation_report.page(title, shown, settings, findings, lines)

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
    tests, _ = explaining.trusts_of(wall)
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


def strip_of(question: Question, answer: Any, tested: trust.Trust | None) -> tuple[str, list[trust.Line]]:
    """Returns what stands below a small map: the doctor's sentence, and a line for each test that is done."""
    note = trust.short(cache.diagnosis(question, answer).sentence)
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


def _tile(view: View, bare: np.ndarray, name: str, found: Any, look: Look, limit: float | None) -> Tile:
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


def wall_progress(wall: Wall) -> None:
    """Shows how far a wall's run is, with Cancel or a button to go on; and the button for what takes long."""
    run = wall.run
    done = sum(answer is not None for answer in wall.found)
    if run is not None and run.status == "failed":
        st.error(run.error, title="The maps stopped", icon=":material/error:")
    elif run is not None:
        words = f"{done} of {len(wall.questions) - len(wall.waiting)} maps"
        cancelled = "Cancelled at " if not run.is_active else ""
        st.progress(run.progress, text=f"{cancelled}{words}")
        if run.is_active:
            st.button("Cancel", key="cancel_wall", icon=":material/stop:", on_click=run.cancel)
        else:
            sought = [question for question in wall.questions if question not in wall.waiting]
            st.button("Go on", key="go_on", icon=":material/play_arrow:", on_click=explaining.start_all, args=(sought,))
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="wall_bar"):
        if wall.waiting:
            count = len(wall.waiting)
            st.button(
                f"Compute the {count} that take{'s' if count == 1 else ''} longer",
                key="compute_slow",
                icon=":material/hourglass_top:",
                on_click=st.session_state.update,
                args=({state.SLOW_TOO: True},),
            )
        if run is None or not run.is_active:
            _wall_tests(wall)


def _wall_tests(wall: Wall) -> None:
    """Draws the button that tests all maps of a wall, or how far the tests are, with Cancel."""
    tests, run = explaining.trusts_of(wall)
    if run is not None and run.is_active:
        count = sum(explaining.is_map(answer) for answer in wall.found)
        done = sum(found is not None and found.is_whole for found in tests)
        st.progress(run.progress, text=f"Testing map {min(done + 1, count)} of {count}{_left(run)}", width=320)
        st.button("Cancel", key="cancel_trusts", icon=":material/stop:", on_click=run.cancel)
        return
    if run is not None and run.status == "failed":
        st.error(run.error, title="The tests stopped", icon=":material/error:")
    if any(
        explaining.is_map(answer) and not getattr(found, "is_whole", False)
        for answer, found in zip(wall.found, tests, strict=True)
    ):
        st.button(
            "Test these maps",
            key="test_maps",
            icon=":material/science:",
            on_click=explaining.start_trusts,
            args=(wall,),
            help="Hides and shows pixels in each map's order, computes the map again, and shuffles the network's "
            "weights. Takes some seconds for each map.",
        )


def _left(run: Run) -> str:
    return f", about {run.seconds_left:.0f}\u00a0s left" if run.seconds_left and run.seconds_left >= 1 else ""


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


def shared_limit(wall: Wall) -> float | None:
    """Returns the value at which the colours of all maps of a wall end, None where no map is known."""
    found = [answer for answer in wall.found if answer is not None and not isinstance(answer, str)]
    limits = [colour_limit(one) or float(np.abs(one.values).max()) for one in found]
    return max(limits, default=0.0) or None


def say_agreement(first: Any, second: Any) -> str:
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


def face_shares(subject: Subject, view: View, explanation: Any) -> None:
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
        attribution_figures.region_bars(regions),
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


def regions_of_face(subject: Subject, view: View, values: np.ndarray) -> list[Any] | None:
    """Returns the interp Region of each part of the face and of the rest; None for a face without points."""
    from interp import region_shares
    from models.faces.parts import face_parts

    if subject.face.landmarks is None:
        return None
    scale, shape = _mask_frame(view)
    points = (view.to_input(subject.face.landmarks) + 0.5) * scale - 0.5
    return list(region_shares(values, face_parts(points, shape)).values())


def regions_of_body(subject: Subject, view: View, values: np.ndarray) -> list[Any] | None:
    """Returns the interp Region of each part of the person's body whose joints are sure, and of the rest; or None."""
    from interp import region_shares
    from models.pose.parts import body_parts

    scale, shape = _mask_frame(view)
    joints = subject.analysis.people[inputs.number_of_person(subject)].joints.astype(np.float64)
    joints[:, :2] = (view.to_input(joints[:, :2]) + 0.5) * scale - 0.5
    masks = body_parts(joints, shape, least=cache.joint_thresholds()[0])
    return list(region_shares(values, masks).values()) if masks else None


def _mask_frame(view: View) -> tuple[int, tuple[int, int]]:
    """By how much finer than the input the masks of parts are, and their height and width."""
    height, width = view.size
    scale = max(1, round(MASK_SIDE / max(height, width)))
    return scale, (height * scale, width * scale)


# Trust ---------------------------------------------------------------------------------------------------------------


def trust_strip(question: Question, explanation: Any) -> None:
    """Shows what the doctor says of a map, and the tests of it, which run when they are asked for."""
    st.subheader("Can this map be trusted?", anchor=False)
    diagnosis = cache.diagnosis(question, explanation)
    show = st.success if diagnosis.is_fine else st.warning
    show(diagnosis.sentence, icon=":material/stethoscope:")
    is_watched = _is_active(explaining.trust_of(question)[1])

    @st.fragment(run_every=POLL if is_watched else None)
    def watch() -> None:
        found, run = explaining.trust_of(question)
        if _is_active(run) is not is_watched:  # its own buttons draw this part alone again
            st.rerun()
        if found is None:
            _trust_progress(question, explanation, run)
        if (shown := found or (run.result if run is not None else None)) is not None:
            _trust_results(shown)
            _download_tests({explanation.method: shown}, explanation.method)

    watch()


def _trust_progress(question: Question, explanation: Any, run: Run | None) -> None:
    if run is not None and run.is_active:
        st.progress(run.progress, text=f"Testing the map{_left(run)}")
        st.button("Cancel", key="cancel_trust", icon=":material/stop:", on_click=run.cancel)
        return
    if run is not None and run.status == "failed":
        st.error(run.error, title="The tests stopped", icon=":material/error:")
    elif run is not None:
        st.caption("Cancelled; what was found is kept below.")
    st.button(
        "Test this map",
        key="test_map",
        icon=":material/science:",
        on_click=explaining.start_trust,
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
                    attribution_figures.cascade(found.randomisation),
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


def _curves_card(curves: Any, title: str) -> None:
    with st.container(gap="xsmall"):
        st.markdown(f"**{title}**")
        st.plotly_chart(
            attribution_figures.curves(curves),
            key=f"trust_{curves.kind}",
            config=CHART_CONFIG,
            alt=f"Line chart of the answer during {curves.kind}: area {figures.number(curves.area)} by the map, "
            f"{figures.number(float(curves.random_areas.mean()))} at random",
        )
        st.caption(trust.say_curves(curves))
