"""What the Tour page shows: five slides about the chosen photo, face and network, and the projector's mode."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from dashboard.app_pages.tour import doubt, results
from dashboard.app_pages.tour.results import TOUR
from dashboard.drawing import figures, pictures
from dashboard.drawing.words import percent, strongest, three_digits
from dashboard.pickers.layer import ACTIVATION_LAYERS
from dashboard.pickers.switch import choose_one, choose_switch
from dashboard.services import explanations, networks
from dashboard.services.kept import findings
from dashboard.services.runs import Run
from dashboard.subject import Question, Subject
from dashboard.tasks.task import Goal, View
from dashboard.widgets import slide
from dashboard.widgets.slide import Bar, Bars, Lines, Picture, Slide, as_jpeg, as_png
from interp import METHODS, Explanation, Network, receptive_fields, render
from interp.faithfulness import Curves

STEP = "step"
PROJECTOR = "projector"

FACE_SIDE = 432
"""Pixels of a side of a large face on a slide."""
TILE_SIDE = 240
"""Pixels of a side of one of several faces on a slide."""
OPACITY = 0.7

PROJECTOR_STYLE, SCREEN_STYLE = (Path(__file__).with_name(f"{name}.css") for name in ("projector", "screen"))
"""Styles of the projector's mode, which shows nothing but the slide and its bar, and of the page as usual."""


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
    """Draw the five steps and return the chosen one."""
    return choose_one("Step", STEP, doubt.STEPS, "The arrow keys work too.", is_labelled=False)


def choose_projector() -> bool:
    """Draw the switch of the projector's mode, or the way out of it, and return whether it is on."""
    help = (
        "Large type, and nothing but the slide. The arrow keys, or a presenter's remote control, turn the slides; "
        "Escape leaves. F11 gives the slide the whole screen in most browsers."
    )
    is_on = choose_switch("Projector", PROJECTOR, False, help)
    if is_on:
        st.button("Leave (Esc)", icon=":material/close_fullscreen:", key="leave_projector", on_click=leave)
    return is_on


def leave() -> None:
    """Callback: leave the projector's mode."""
    st.session_state[PROJECTOR] = False


def hide_chrome(is_projected: bool) -> None:
    """Give the slide the screen to itself, or the page its menus back."""
    st.html(PROJECTOR_STYLE if is_projected else SCREEN_STYLE)


def show(topic: Topic) -> None:
    """Show the chosen step; the tests of the last one run beside the page from the first one on.

    Only this part of the page is drawn again when the tests have ended, as the slide asks for it. A run of the whole
    page then, with a key pressed meanwhile, can make the browser forget the switch of the projector's mode: on a busy
    server Streamlit may drop what the whole run drew in this part, but not the news that it ended.
    """
    explanation = explanations.explanation(topic.question)

    @st.fragment
    def draw() -> None:
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="tour_bar"
        ):
            step = choose_step()
            with st.container(horizontal=True, vertical_alignment="center", width="content", gap="medium"):
                is_projected = choose_projector()
        hide_chrome(is_projected)
        found, run = doubt_of(topic, explanation)
        names = list(doubt.STEPS)
        with st.container(key="main_picture"):
            slide.slide(
                slide_of(topic, step, explanation, found, run),
                names.index(step),
                len(names),
                key="slide",
                is_projected=is_projected,
                is_awaited=run is not None and run.is_active,
                on_step=_go_to,
                on_leave=leave,
                on_act=lambda: _act(topic, explanation),
            )
        with st.container(key="tour_details"), st.expander("How to read this", icon=":material/info:"):
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
        "edges": lambda: edges_slide(topic),
        "parts": lambda: parts_slide(topic),
        "decision": lambda: decision_slide(topic, explanation),
        "doubt": lambda: doubt_slide(topic, explanation, found),
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
        f"People see much more: at {height} by {width} pixels, wrinkles and glances are gone.",
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
                "All that the network gets",
                is_pixelated=True,
            ),
        ),
        (3, 2),
        f"This is not the picture that people see: at {height} by {width} pixels, fine detail is gone.",
    )


def edges_slide(topic: Topic) -> Slide:
    """Return the strongest channels of the first layer."""
    maps = explanations.all_activations(topic.subject.network_name, topic.view.pixels)
    layer = early_layer(topic.network)
    values = maps[layer]
    is_signed = bool(values.min() < 0)
    order = np.argsort(-values.std(axis=(0, 1)), kind="stable")[: doubt.CHANNELS]
    limit = render.limits(values[..., order], signed=is_signed)[1]
    palette = render.DEFAULT_PALETTES[is_signed]
    window = round(max(receptive_fields(topic.network, topic.view.size)[layer].size))
    return Slide(
        doubt.TITLES["edges"],
        doubt.say_edges(values.shape[-1], len(order), window),
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
        f"Layer {layer}: the {doubt.count_words(len(order))} maps with the most contrast. The brighter, the stronger "
        "the response.",
        _legend(palette, *render.limits(np.array([limit]), signed=is_signed), "Activation, one scale for all"),
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
    places = [densest(topic, values[..., channel]) for channel in order]
    known = [place for place in places if place]
    field = receptive_fields(topic.network, view.size)[layer]
    sees_all = field.is_everything or min(field.size) >= max(view.size)
    face = view.enlarged(TILE_SIDE)
    return Slide(
        "Then larger parts" if view.task.looks_at_area else doubt.TITLES["parts"],
        doubt.say_parts(
            values.shape,
            None if sees_all else round(max(field.size)),
            len(order),
            topic.goal.words,
            known if len(known) == len(order) else (),
        ),
        tuple(
            Picture(
                as_jpeg(render.overlay(face, values[..., channel], OPACITY, palette, is_signed)),
                f"Map of channel {channel} of layer {layer} over the face",
                f"channel {channel}" + (f": {doubt.PLACES[place]}" if place else ""),
            )
            for channel, place in zip(order, places, strict=True)
        ),
        (1, 1, 1),
        f"Layer {layer}: the {doubt.count_words(len(order))} maps that add most to “{topic.goal.words}”. Strong "
        "colour means a strong response; faint means none.",
        _legend(palette, -1.0 if is_signed else 0.0, 1.0, "Each map on its own scale: 1 is its strongest value"),
    )


def decision_slide(topic: Topic, explanation: Explanation) -> Slide:
    """Return the probabilities, and the map of the strongest class."""
    subject, view = topic.subject, topic.view
    threshold = networks.card(subject.network_name).thresholds.get("uncertain")
    palette = render.DEFAULT_PALETTES[False]
    place = None if explanation.is_blank else densest(topic, explanation.values)
    low, high = render.limits(explanation.values)
    return Slide(
        doubt.TITLES["decision"],
        doubt.say_decision(subject.face.emotion, subject.face.expression, threshold, place),
        (
            Bars(
                tuple(
                    Bar(name.capitalize(), share, percent(share), name == subject.winner)
                    for name, share in subject.face.emotion.items()
                    if name in strongest(subject.face.emotion)
                ),
                "Bar chart of expression probabilities: "
                + ", ".join(f"{name} {percent(share)}" for name, share in subject.face.emotion.items()),
                "" if threshold is None else f"Under {percent(threshold)} (dotted line) we say “uncertain”",
                threshold,
            ),
            Picture(
                as_jpeg(render.overlay(view.enlarged(FACE_SIDE), explanation.values, OPACITY, palette)),
                f"{METHODS[explanation.method].label} for {topic.goal.words} over the face",
                f"{METHODS[explanation.method].label} for “{topic.goal.words}”",
            ),
        ),
        (6, 5),
        f"An expression is what a face looks like, not a feeling. The network says: {view.task.verdict(subject)}.",
        _legend(palette, low, high, f"Evidence for “{topic.goal.words}” (faint = none)"),
    )


def doubt_slide(topic: Topic, explanation: Explanation, found: doubt.Doubt | None) -> Slide:
    """Return the cover test, and the answer while pixels are hidden or shown in the map's order and at random."""
    if found is None:
        raise ValueError("The tests of the map are not known.")
    view, word = topic.view, topic.goal.words
    face = view.enlarged(FACE_SIDE)
    return Slide(
        doubt.TITLES["doubt"],
        doubt.say_doubt(found, topic.subject.face.emotion, topic.subject.face.expression),
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
    (second, share) = sorted(topic.subject.face.emotion.items(), key=lambda pair: pair[1], reverse=True)[1]
    bare = Picture(as_jpeg(topic.view.enlarged(FACE_SIDE)), "The face, without a map")
    lead = (doubt.EMPTY, f"The second guess is {second}, {percent(share)}.")
    return Slide(doubt.TITLES["doubt"], lead, (bare,), (1,), doubt.SILENT)


def _legend(palette: str, low: float, high: float, title: str) -> str:
    return figures.colour_bar(render.palette_stops(palette), low, high, title)


def densest(topic: Topic, values: np.ndarray) -> str:
    """Return the part of the face on which a map is densest, a key of `tour.PLACES`; "" where parts are unknown."""
    regions = topic.view.task.regions(topic.subject, topic.view, values)
    if regions is None or not np.any(values):
        return ""
    return str(max(regions, key=lambda region: region.density).name)


# Words ---------------------------------------------------------------------------------------------------------------


def details(topic: Topic, explanation: Explanation) -> str:
    """Say how the pictures come about, with names and numbers, as Markdown."""
    rows, columns = explanation.values.shape
    method, late = METHODS[explanation.method].label, topic.view.task.default_layer(topic.network)
    return (
        f"The slides are computed from this photo, face {topic.subject.index + 1} and the network "
        f"`{topic.subject.network_name}`; nothing on them is prepared. Two pages show the same pictures with every "
        "setting: **Inside** the layers, **Why** the map and its tests.\n\n"
        "**Details**\n"
        f"- Edges: layer `{early_layer(topic.network)}`, the channels with the greatest standard deviation over the "
        "map.\n"
        f"- Parts: layer `{late}`, the channels with the greatest sum of gradient × activation for "
        f"“{topic.goal.words}”. A part is named where the map has the most for its area.\n"
        f"- Decision: {method} at layer `{explanation.layer}`, {rows}×{columns} values, enlarged.\n"
        "- Doubt: the covered quarter takes the mean grey of the face. Random covers are coarse patches, "
        f"{len(range(doubt.RANDOM_MAPS))} of them with fixed seeds. The curves show the bare network's answer, "
        f"without a mirror image, in {doubt.CURVE_STEPS} steps; {doubt.RANDOM_ORDERS} random orders, as coarse as "
        "the map. The network never saw such pictures, and what they do to it is no proof that the map is right or "
        "wrong (Hooker et al. 2019, arXiv:1806.10758).\n"
        "- References: Selvaraju et al. 2017, arXiv:1610.02391; Petsiuk et al. 2018, arXiv:1806.07421."
    )
