"""What the Tour page shows: nine slides about the chosen photo, face and network, along the network's own way."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.app_pages.tour import doubt, results
from dashboard.app_pages.tour.results import TOUR
from dashboard.drawing import figures, pictures
from dashboard.drawing.words import percent, three_digits
from dashboard.pickers.layer import ACTIVATION_LAYERS
from dashboard.pickers.projector import beside_projector, choose_projector, leave_projector, projector_bar
from dashboard.pickers.switch import choose_one
from dashboard.pickers.usual import choose_seen
from dashboard.services import explanations, networks, reasons
from dashboard.services.kept import findings
from dashboard.services.runs import Run
from dashboard.subject import Question, Subject
from dashboard.tasks.aim import Aim
from dashboard.tasks.task import Goal, View
from dashboard.widgets import slide
from dashboard.widgets.arithmetic import Working, convolution_behind, data_of, work_out
from dashboard.widgets.bars import Bar, Bars, bars_of
from dashboard.widgets.canvas import Stop, stops_of, strip_data
from dashboard.widgets.slide import Lines, Picture, Slide, Sliding, as_jpeg, as_png
from interp import METHODS, Explanation, Network, receptive_fields, render, seen_box
from interp.arithmetic import Arithmetic
from interp.faithfulness import Curves
from sample_images import shortcut

STEP = "step"
GUESS_PAGE = "app_pages/guess/page.py"
LESSON_PAGE = "app_pages/networks/page.py"

FACE_SIDE = 432
"""Pixels of a side of a large face on a slide."""
TILE_SIDE = 240
"""Pixels of a side of one of several faces on a slide."""
OPACITY = 0.7


@dataclass(frozen=True)
class Topic:
    """What the tour is about.

    Args:
        subject: photo, face and network.
        view: what the network gets.
        network: the interp.Network.
        goal: the strongest class, which the map is about.
        question: about the map of the decision.
    """

    subject: Subject
    view: View
    network: Network
    goal: Goal
    question: Question

    @property
    def place(self) -> tuple[Hashable, ...]:
        """All that a slide depends on besides the step."""
        boxes = tuple(box for box, _ in self.subject.frames)
        return (self.subject.photo.id, boxes, self.subject.index, self.subject.face.expression, *self.question.key)


def topic_of(subject: Subject, view: View, network: Network) -> Topic:
    """Return what the tour is about: the subject's strongest class, explained by the network's usual map."""
    goal = view.goal_of_class(subject.winner)
    question = explanations.usual_question(subject.network_name, view.pixels, goal.target)
    return Topic(subject, view, network, goal, question)


# The page ------------------------------------------------------------------------------------------------------------


def choose_step() -> str:
    """Draw the steps and return the chosen one."""
    return choose_one("Step", STEP, doubt.STEPS, "The arrow keys work too.", is_labelled=False)


def show(topic: Topic) -> None:
    """Show the chosen step; the tests of the last one run beside the page from the first one on.

    Only this part of the page is drawn again when the tests have ended, as the slide asks for it. A run of the whole
    page then, with a key pressed meanwhile, can make the browser forget the switch of the projector's mode: on a busy
    server Streamlit may drop what the whole run drew in this part, but not the news that it ended.
    """
    explanation = explanations.explanation(topic.question)

    @st.fragment
    def draw() -> None:
        with projector_bar():
            step = choose_step()
            with st.container(horizontal=True, vertical_alignment="center", width="content", gap="medium"):
                if step == "guess":
                    st.page_link(GUESS_PAGE, label="Open Guess", icon=":material/arrow_forward:")
                if step == "lesson":
                    link = {"teach": "true"}  # opens the panel
                    st.page_link(LESSON_PAGE, label="Teach it", icon=":material/arrow_forward:", query_params=link)
                seen = (explanation, Aim(METHODS[explanation.method], topic.goal))
                if step == "why":
                    seen = choose_seen(topic.question, *seen)
                is_projected = choose_projector(
                    "the slide", "The arrow keys, or a presenter's remote control, turn the slides."
                )
        found, run = doubt_of(topic, explanation)
        names = list(doubt.STEPS)
        with st.container(key="main_picture"):
            slide.slide(
                why_slide(topic, explanation, *seen)
                if seen[1].is_minus_usual
                else slide_of(topic, step, explanation, found, run),
                names.index(step),
                len(names),
                key="slide",
                is_projected=is_projected,
                is_awaited=run is not None and run.is_active,
                on_step=_go_to,
                on_leave=leave_projector,
                on_act=lambda: _act(topic, explanation),
            )
        with beside_projector("details"), st.expander("How to read this", icon=":material/info:"):
            st.markdown(details(topic, explanation))
        for other in names:  # the next key press finds its slide ready
            slide_of(topic, other, explanation, found, run)

    draw()


def _go_to(number: int) -> None:
    st.session_state[STEP] = list(doubt.STEPS)[number]


# The last step's tests -----------------------------------------------------------------------------------------------


def doubt_of(topic: Topic, explanation: Explanation) -> tuple[doubt.Doubt | None, Run[doubt.Doubt] | None]:
    """Return the tests of the map where they are known, and else the run that makes them; it starts by itself.

    An empty map has neither.
    """
    if explanation.is_blank:
        return None, None
    key = results.key_of(topic.question)
    found, run = TOUR.find(key)
    if found is None and run is None:
        _start(topic, explanation)
        found, run = TOUR.find(key)
    return found, run


def _start(topic: Topic, explanation: Explanation) -> None:
    TOUR.put(results.start_doubt(topic.question, explanation), glance=True)


def _act(topic: Topic, explanation: Explanation) -> None:
    """Cancel the tests, or start them again."""
    if TOUR.run is not None and TOUR.is_active:
        TOUR.run.cancel()
    else:
        _start(topic, explanation)


# Slides --------------------------------------------------------------------------------------------------------------


def slide_of(
    topic: Topic, step: str, explanation: Explanation, found: doubt.Doubt | None, run: Run[doubt.Doubt] | None
) -> Slide:
    """Return a step's slide, made once for each photo, face and network.

    Args:
        topic: what the tour is about.
        step: str, a key of `tour.STEPS`.
        explanation: the interp.Explanation of the decision.
        found: the tests of it. Defaults to None: not known.
        run: the run that makes them. Defaults to None.
    """
    if step == "doubt" and found is None:
        return _empty_slide(topic) if explanation.is_blank else _waiting_slide(run)
    key = ("slide", step, *topic.place)
    made: Slide | None = findings().get(key)
    if made is not None:
        return made
    makers: dict[str, Callable[[], Slide]] = {
        "photo": lambda: photo_slide(topic),
        "kernel": lambda: kernel_slide(topic),
        "edges": lambda: edges_slide(topic),
        "parts": lambda: parts_slide(topic),
        "decision": lambda: decision_slide(topic),
        "why": lambda: why_slide(topic, explanation, explanation, Aim(METHODS[explanation.method], topic.goal)),
        "doubt": lambda: doubt_slide(topic, explanation, found),
        "lesson": lesson_slide,
        "guess": lambda: guess_slide(topic),
    }
    made = makers[step]()
    findings().put(key, made)
    return made


def photo_slide(topic: Topic) -> Slide:
    """Return the photo with its faces, and the cut that the network gets."""
    subject, view = topic.subject, topic.view
    if view.task.looks_at_area:
        return _area_slide(topic)
    faces, (_, angle) = len(subject.frames), subject.frames[subject.index]
    framed = pictures.annotate(
        subject.image,
        [box for box, _ in subject.frames],
        [str(number) for number in range(1, faces + 1)],
        subject.index,
        [angle for _, angle in subject.frames],
    )
    height, width = view.size
    number = f"face {subject.index + 1}"
    return Slide(
        doubt.TITLES["photo"],
        doubt.say_photo(faces, subject.index, angle, view.size),
        (
            Picture(
                as_jpeg(framed),
                f"Photo “{subject.photo.name}” with {faces} numbered face{'' if faces == 1 else 's'}",
                subject.photo.name,
                framed.shape[1] / framed.shape[0],
            ),
            Picture(
                as_png(view.pixels),
                f"{number.capitalize()} as the network gets it, {height} by {width} grey pixels",
                f"{number.capitalize()}: what the network sees",
                is_pixelated=True,
            ),
        ),
        (3, 2),
        f"You see much more: at {height} by {width} pixels, wrinkles and glances are lost.",
    )


def _area_slide(topic: Topic) -> Slide:
    """Return the photo with the box that the network looks at, and what it gets of that."""
    subject, view = topic.subject, topic.view
    boxes = [] if subject.is_whole else [subject.area]
    framed = pictures.annotate(subject.image, boxes, ["box"] * len(boxes))
    height, width = view.size
    return Slide(
        doubt.TITLES["photo"],
        doubt.say_area(view.noun, view.size, is_colour=view.is_colour),
        (
            Picture(
                as_jpeg(framed),
                f"Photo “{subject.photo.name}”" + ("" if subject.is_whole else " with a box"),
                subject.photo.name,
                framed.shape[1] / framed.shape[0],
            ),
            Picture(
                as_png(view.pixels),
                f"What the network gets, {height} by {width} pixels",
                "All that the network sees",
                is_pixelated=True,
            ),
        ),
        (3, 2),
        f"You see much more: at {height} by {width} pixels, fine detail is lost.",
    )


def strip_of(topic: Topic, is_shown: Callable[[Stop], bool], *, is_answered: bool = False) -> dict[str, object]:
    """Return the way through the network, as the page Inside shows it.

    Args:
        topic: what the tour is about.
        is_shown: whether a layer stands out.
        is_answered: whether the answer is told already. Defaults to no.
    """
    view, name = topic.view, topic.subject.network_name
    maps = explanations.all_activations(name, view.pixels)
    stops = findings().get_or_make(("stops", *topic.place), lambda: stops_of(topic.network, maps, view.size))
    chosen = [index for index, stop in enumerate(stops) if is_shown(stop)]
    answer = answer_bars(topic) if is_answered else Bars((), "The answer comes later")
    return strip_data(view.enlarged(TILE_SIDE), view.title, stops, chosen, answer)


def answer_bars(topic: Topic, caption: str = "", threshold: float | None = None) -> Bars:
    """Return the chart of the answer."""
    return bars_of(topic.subject.face.emotion, topic.view.task.answer.lower(), caption=caption, threshold=threshold)


def contrasts(values: np.ndarray) -> np.ndarray:
    """Return the channels of maps (h, w, channels) with the most contrast, the first above all."""
    return np.argsort(-values.std(axis=(0, 1)), kind="stable")[: doubt.CHANNELS]


def first_sum(topic: Topic) -> tuple[str, tuple[int, int, int], Working | str]:
    """Return the first convolution, a channel and place of it, and how the number there is worked out."""
    subject, view, network = topic.subject, topic.view, topic.network
    maps = explanations.all_activations(subject.network_name, view.pixels)
    early = early_layer(network)
    layer = convolution_behind(network, early) or early
    rows, columns = maps[layer].shape[:2]
    place = (int(contrasts(maps[early])[0]), rows // 2, columns // 2)

    def ask(convolution: str, channel: int, row: int, column: int) -> Arithmetic:
        return explanations.arithmetic(subject.network_name, view.pixels, convolution, channel, row, column)

    return layer, place, work_out(network, maps, view.pixels, layer, place, ask)


def kernel_slide(topic: Topic) -> Slide:
    """Return the first convolution's window as it slides over the picture."""
    subject, view = topic.subject, topic.view
    layer, (channel, row, column), found = first_sum(topic)
    source = found.source if isinstance(found, Working) else ""
    data = data_of(
        found,
        background=view.enlarged(320),
        side=view.size,
        spans=networks.seen_spans(subject.network_name, source, view.size) if source else None,
        box=seen_box(topic.network, layer, row, column, view.size),
        stops={is_signed: render.palette_stops(palette) for is_signed, palette in render.DEFAULT_PALETTES.items()},
    )
    places = found.values.size if isinstance(found, Working) else 1
    return Slide(
        doubt.TITLES["kernel"],
        doubt.say_kernel(window_of(found), places, channel),
        (Sliding(data),),
        (1,),
        "It plays by itself. The space bar stops and starts it.",
        strip=strip_of(topic, lambda stop: stop.name == layer),
    )


def window_of(found: Working | str) -> tuple[int, int]:
    """Return the rows and columns of the window that a number is summed over."""
    return (1, 1) if isinstance(found, str) else (len(found.rows), len(found.columns))


def edges_slide(topic: Topic) -> Slide:
    """Return the strongest channels of the first layer."""
    maps = explanations.all_activations(topic.subject.network_name, topic.view.pixels)
    layer = early_layer(topic.network)
    values = maps[layer]
    is_signed = bool(values.min() < 0)
    order = contrasts(values)
    limit = render.limits(values[..., order], signed=is_signed)[1]
    palette = render.DEFAULT_PALETTES[is_signed]
    return Slide(
        doubt.TITLES["edges"],
        doubt.say_edges(values.shape[-1], len(order), window_of(first_sum(topic)[2])),
        tuple(
            Picture(
                as_png(render.colorize(values[..., channel], palette, is_signed, limit)),
                f"Map of channel {channel} of layer {layer}",
                f"channel {channel}",
                is_pixelated=True,
            )
            for channel in order
        ),
        (1, 1, 1),
        f"Layer {layer}. Brighter means a stronger response.",
        _legend(palette, *render.limits(np.array([limit]), signed=is_signed), "Activation, one scale for all"),
        strip=strip_of(topic, lambda stop: stop.name == convolution_behind(topic.network, layer)),
    )


def early_layer(network: Network) -> str:
    """Return the first layer whose maps can be looked at: what the first activation function leaves of them."""
    layers = network.spatial_layers
    rectified = [layer.name for layer in layers if layer.kind in ACTIVATION_LAYERS]
    convolutions = [layer.name for layer in layers if layer.is_convolution]
    return str((rectified or convolutions or [layers[0].name])[0])


def parts_slide(topic: Topic) -> Slide:
    """Return the channels of a late layer that the answer gains most by, over the face."""
    subject, view = topic.subject, topic.view
    layer = view.task.default_layer(topic.network)
    values = explanations.activations(subject.network_name, view.pixels, layer)
    is_signed = bool(values.min() < 0)
    palette = render.DEFAULT_PALETTES[is_signed]
    gains = explanations.importance(subject.network_name, view.pixels, layer, topic.goal.target)
    order = np.argsort(-gains, kind="stable")[: doubt.CHANNELS]
    masks = reasons.masks(subject, view)
    places = [doubt.strongest_part(values[..., channel], masks) or "" for channel in order]
    field = receptive_fields(topic.network, view.size)[layer]
    sees_all = field.is_everything or min(field.size) >= max(view.size)
    face = view.enlarged(TILE_SIDE)
    return Slide(
        doubt.TITLES["parts"],
        doubt.say_parts(
            values.shape,
            None if sees_all else round(max(field.size)),
            len(order),
            topic.goal.words,
            places,
        ),
        tuple(
            Picture(
                as_jpeg(render.overlay(face, values[..., channel], OPACITY, palette, is_signed)),
                f"Map of channel {channel} of layer {layer} over the face",
                f"channel {channel}" + (f": strongest at the {place}" if place else ""),
            )
            for channel, place in zip(order, places, strict=True)
        ),
        (1, 1, 1),
        f"Layer {layer}; faint means no response.",
        _legend(palette, -1.0 if is_signed else 0.0, 1.0, "Each map on its own scale (1 = its strongest value)"),
        strip=strip_of(topic, lambda stop: stop.name == convolution_behind(topic.network, layer)),
    )


def decision_slide(topic: Topic) -> Slide:
    """Return the probabilities."""
    subject = topic.subject
    threshold = networks.card(subject.network_name).thresholds.get("uncertain")
    feeling = "An expression is what a face looks like, not a feeling. " if topic.view.task.reads_faces else ""
    caption = "" if threshold is None else f"Under {percent(threshold)} (dotted line) we say “uncertain”"
    return Slide(
        doubt.TITLES["decision"],
        doubt.say_decision(subject.face.emotion, subject.face.expression, threshold),
        (answer_bars(topic, caption, threshold),),
        (1,),
        f"{feeling}The network says: {topic.view.task.verdict(subject)}.",
        strip=strip_of(topic, lambda stop: stop.zone == "The whole"),
    )


def why_slide(topic: Topic, explanation: Explanation, seen: Explanation, aim: Aim) -> Slide:
    """Return the map of the strongest class, and what is left of it when each part is covered.

    Args:
        topic: what the tour is about.
        explanation: the map.
        seen: the map as it is shown, without the usual one where that is asked for.
        aim: what that is about.
    """
    subject, view, word = topic.subject, topic.view, topic.goal.words
    palette, label = render.DEFAULT_PALETTES[aim.is_signed], aim.method.label
    found = reasons.reason(subject, view)
    low, high = render.limits(seen.values, signed=aim.is_signed)
    left = ", ".join(f"{covered.part} {percent(covered.share)}" for covered in found.parts)
    most = found.most
    return Slide(
        doubt.TITLES["why"],
        doubt.say_why(found, doubt.strongest_part(explanation.values, reasons.masks(subject, view))),
        (
            Picture(
                as_jpeg(render.overlay(view.enlarged(FACE_SIDE), seen.values, OPACITY, palette, aim.is_signed)),
                f"{label} for {word} over {view.noun}",
                f"{label} for “{word}”" + ", minus the usual map" * aim.is_minus_usual,
            ),
            Bars(
                tuple(
                    Bar(covered.part.capitalize(), covered.share, percent(covered.share), covered == most, found.share)
                    for covered in found.parts
                ),
                f"Bar chart of the share of {word} with each part covered: {left}; {percent(found.share)} with none",
                f"“{word}” with each part covered (hollow: nothing covered)",
            ),
        ),
        (6, 5),
        "A part counts if covering it changes more than covering other places of the same size.",
        _legend(palette, low, high, f"{aim.meaning} (faint = none)", aim.ends),
    )


def doubt_slide(topic: Topic, explanation: Explanation, found: doubt.Doubt | None) -> Slide:
    """Return the cover test, and the answer while pixels are hidden or shown in the map's order and at random."""
    if found is None:
        raise ValueError("The tests of the map are not known.")
    view, word = topic.view, topic.goal.words
    face = view.enlarged(FACE_SIDE)
    return Slide(
        doubt.TITLES["doubt"],
        doubt.say_doubt(found, word),
        (
            Picture(
                as_jpeg(doubt.covered_picture(face, found.mask, view.pixels)),
                "The face with the quarter covered that the map marks most",
                f"Marked quarter covered: {word} {percent(found.covered)}",
            ),
            Picture(
                as_jpeg(doubt.covered_picture(face, found.random_mask, view.pixels)),
                "The face with a quarter covered at random",
                f"A quarter at random: {word} {percent(float(found.random_covered[0]))}",
            ),
            _curves(found.deletion, word),
            _curves(found.insertion, word),
        ),
        (1, 1),
        doubt.SILENT,
    )


def _curves(curves: Curves, word: str) -> Lines:
    is_deletion = curves.kind == "deletion"
    act = "hidden" if is_deletion else "shown"
    mean = three_digits(float(curves.random_areas.mean()))
    return Lines(
        tuple(curves.fractions.tolist()),
        tuple(curves.scores.tolist()),
        tuple(curves.random_scores.min(axis=0).tolist()),
        tuple(curves.random_scores.max(axis=0).tolist()),
        ("in the map's order", "at random"),
        f"Line chart of the share of {word} while more of the face is {act}: area {three_digits(curves.area)} in the "
        f"map's order, {mean} at random",
        f"Share of {word} as pixels are {act}",
    )


def _waiting_slide(run: Run[doubt.Doubt] | None) -> Slide:
    """Return the last step while its tests run, were cancelled, or failed."""
    failed = run is not None and run.status == "failed"
    lead = (f"The tests stopped: {run.error}", "Try them again.") if failed and run is not None else doubt.WAITING
    action = "Cancel" if run is not None and run.is_active else "Test the map"
    return Slide(
        doubt.TITLES["doubt"],
        lead,
        (),
        (1,),
        doubt.SILENT,
        progress=0.0 if run is None else run.progress,
        action=action,
    )


def _empty_slide(topic: Topic) -> Slide:
    """Return the last step about a map with nothing in it."""
    bare = Picture(as_jpeg(topic.view.enlarged(FACE_SIDE)), "The face, without a map")
    return Slide(doubt.TITLES["doubt"], doubt.EMPTY, (bare,), (1,), doubt.SILENT)


def lesson_slide() -> Slide:
    """Return a photo of each day of the shortcut lesson."""
    days = [
        Picture(
            as_jpeg(photos[0]),
            f"A photo of {day}{', with a mark in its corner' if index == shortcut.MARKED else ''}",
            day,
        )
        for index, (day, photos) in enumerate(shortcut.photos().items())
    ]
    return Slide(doubt.TITLES["lesson"], doubt.LESSON, tuple(days), (1, 1), doubt.SILENT)


def guess_slide(topic: Topic) -> Slide:
    """Return the bare picture, for the class to say where it would look."""
    view, word = topic.view, topic.goal.words
    bare = Picture(as_jpeg(view.enlarged(FACE_SIDE)), f"{view.noun.capitalize()}, without a map")
    return Slide(doubt.TITLES["guess"], doubt.say_guess(word, view.noun), (bare,), (1,), doubt.SILENT)


def _legend(palette: str, low: float, high: float, title: str, ends: tuple[str, str] | None = None) -> str:
    return figures.colour_bar(render.palette_stops(palette), low, high, title, ends)


# Words ---------------------------------------------------------------------------------------------------------------


def details(topic: Topic, explanation: Explanation) -> str:
    """Say how the pictures come about, with names and numbers, as Markdown."""
    rows, columns = explanation.values.shape
    method, late = METHODS[explanation.method].label, topic.view.task.default_layer(topic.network)
    return (
        f"The slides are computed from this photo, face {topic.subject.index + 1} and the network "
        f"`{topic.subject.network_name}`; nothing was prepared. Two pages show the same pictures with every "
        "setting: **Inside** the layers, **Why** the map and its tests.\n\n"
        "**Details**\n"
        f"- Edges: layer `{early_layer(topic.network)}`, the channels with the greatest standard deviation over the "
        "map; the window slides over the first of them.\n"
        f"- Parts: layer `{late}`, the channels with the greatest sum of gradient × activation for "
        f"“{topic.goal.words}”. The part is named in which the map, enlarged as it is drawn, has its peak.\n"
        f"- Why: each part is blurred away, and beside each one {reasons.PLACES} other places of its size. The map is "
        f"{method} at layer `{explanation.layer}`, {rows}×{columns} values, enlarged.\n"
        "- Doubt: the covered quarter takes the mean grey of the face. Random covers are coarse patches, "
        f"{len(range(doubt.RANDOM_MAPS))} of them with fixed seeds. The curves show the bare network's answer, "
        f"without a mirror image, in {doubt.CURVE_STEPS} steps; {doubt.RANDOM_ORDERS} random orders, as coarse as "
        "the map. The network never saw such pictures, and what they do to it is no proof that the map is right or "
        "wrong (Hooker et al. 2019, arXiv:1806.10758).\n"
        "- References: Selvaraju et al. 2017, arXiv:1610.02391; Petsiuk et al. 2018, arXiv:1806.07421."
    )
