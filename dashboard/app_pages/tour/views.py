"""What the Tour page shows: five slides about the chosen photo, face and network, and the projector's mode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.app_pages.tour import doubt, results
from dashboard.app_pages.tour.results import TOUR
from dashboard.drawing import figures, pictures
from dashboard.pickers.layer import ACTIVATION_LAYERS, default_layer
from dashboard.services import explanations, networks
from dashboard.services.kept import findings
from dashboard.services.runs import Run
from dashboard.subject import Question, Subject
from dashboard.tasks.inputs import View
from dashboard.tasks.regions import regions_of_face
from dashboard.tasks.targets import Goal, of_class
from dashboard.widgets import slide
from dashboard.widgets.slide import Bar, Bars, Lines, Picture, Slide, as_jpeg, as_png
from dashboard.widgets.subject_bar import verdict
from interp import Explanation, Network

FACE_SIDE = 432
"""Pixels of a side of a large face on a slide."""
TILE_SIDE = 240
"""Pixels of a side of one of several faces on a slide."""
OPACITY = 0.7

CHROME = """
<style>
[data-testid="stHeader"], [data-testid="stSidebar"], [data-testid="stToolbar"], .st-key-tour_details,
[data-testid="stLayoutWrapper"]:has(> .st-key-tour_head), [data-testid="stElementContainer"]:has(> .st-key-projector),
.st-key-projector { display: none !important; }
[data-testid="stMainBlockContainer"] {
  padding: 1rem clamp(1rem, 2.5vw, 3.5rem) 0 !important; max-width: none !important;
}
@media (min-width: 721px) { .st-key-tour_bar button p { font-size: clamp(1rem, 1.2vw, 1.5rem); } }
</style>
"""
"""Hides all but the slide and its bar."""
SCREEN = "<style>.st-key-tour_bar { min-height: 2.75rem; }</style>"


@dataclass(frozen=True)
class Shown:
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
    def place(self) -> tuple[Any, ...]:
        """All that a slide depends on besides the step."""
        boxes = tuple(box for box, _ in self.subject.frames)
        return (self.subject.photo.id, boxes, self.subject.index, self.subject.face.expression, *self.question.key)


def shown_of(subject: Subject, view: View, network: Network) -> Shown:
    """Returns what the tour is about: the subject's strongest class, explained by Grad-CAM at the usual layer."""
    goal = of_class(subject, subject.winner)
    layer = default_layer(network, view.task)
    return Shown(
        subject, view, network, goal, Question(subject.network_name, view.pixels, "grad_cam", goal.target, layer)
    )


# The page ------------------------------------------------------------------------------------------------------------


def choose_step() -> str:
    """Draws the five steps and returns the chosen one."""
    names = list(doubt.STEPS)
    state.keep_choice(state.STEP, names, names[0])
    chosen = st.segmented_control(
        "Step",
        names,
        default=names[0],
        format_func=doubt.STEPS.__getitem__,
        key=state.STEP,
        required=True,
        bind="query-params",
        label_visibility="collapsed",
        help="The arrow keys go from step to step, too.",
    )
    return str(chosen or names[0])


def choose_projector() -> bool:
    """Draws the switch of the projector's mode, or the way out of it, and returns whether it is on."""
    state.keep_choice(state.PROJECTOR, (True, False), False)
    is_on = st.toggle(
        "Projector",
        key=state.PROJECTOR,
        bind="query-params",
        help="Large type, and nothing but the slide. The arrow keys, or a presenter's remote control, turn the slides; "
        "Escape leaves. F11 gives the slide the whole screen in most browsers.",
    )
    if is_on:
        st.button("Leave (Esc)", icon=":material/close_fullscreen:", key="leave_projector", on_click=leave)
    return is_on


def leave() -> None:
    """Callback: leaves the projector's mode."""
    st.session_state[state.PROJECTOR] = False


def hide_chrome(is_projected: bool) -> None:
    """Gives the slide the screen to itself, or the page its menus back."""
    st.html(CHROME if is_projected else SCREEN)


def show(shown: Shown) -> None:
    """Shows the chosen step; the tests of the last one run beside the page from the first one on.

    Only this part of the page is drawn again when the tests have ended, as the slide asks for it. A run of the whole
    page then, with a key pressed meanwhile, can make the browser forget the switch of the projector's mode: on a busy
    server Streamlit may drop what the whole run drew in this part, but not the news that it ended.
    """
    explanation = explanations.explanation(shown.question)

    @st.fragment
    def draw() -> None:
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="tour_bar"
        ):
            step = choose_step()
            with st.container(horizontal=True, vertical_alignment="center", width="content", gap="medium"):
                is_projected = choose_projector()
        hide_chrome(is_projected)
        found, run = doubt_of(shown, explanation)
        names = list(doubt.STEPS)
        slide.slide(
            slide_of(shown, step, explanation, found, run),
            names.index(step),
            len(names),
            key="slide",
            is_projected=is_projected,
            is_awaited=run is not None and run.is_active,
            on_step=_go_to,
            on_leave=leave,
            on_act=lambda: _act(shown, explanation),
        )
        with st.container(key="tour_details"), st.expander("How to read this", icon=":material/info:"):
            st.markdown(details(shown, explanation))
        for other in names:  # the next key press finds its slide ready
            slide_of(shown, other, explanation, found, run)

    draw()


def _go_to(number: int) -> None:
    st.session_state[state.STEP] = list(doubt.STEPS)[number]


# The last step's tests -----------------------------------------------------------------------------------------------


def doubt_of(shown: Shown, explanation: Explanation) -> tuple[doubt.Doubt | None, Run[doubt.Doubt] | None]:
    """Returns the tests of the map where they are known, and else the run that makes them; it starts by itself.

    An empty map has neither.
    """
    if explanation.is_blank:
        return None, None
    key = results.key_of(shown.question)
    found, run = TOUR.find(key)
    if found is None and run is None:
        _start(shown, explanation)
        found, run = TOUR.find(key)
    return found, run


def _start(shown: Shown, explanation: Explanation) -> None:
    TOUR.put(results.start_doubt(shown.question, explanation), glance=True)


def _act(shown: Shown, explanation: Explanation) -> None:
    """Cancels the tests, or starts them again."""
    if TOUR.run is not None and TOUR.is_active:
        TOUR.run.cancel()
    else:
        _start(shown, explanation)


# Slides --------------------------------------------------------------------------------------------------------------


def slide_of(
    shown: Shown, step: str, explanation: Explanation, found: doubt.Doubt | None, run: Run[doubt.Doubt] | None
) -> Slide:
    """Returns a step's slide, made once for each photo, face and network.

    Args:
        shown: what the tour is about.
        step: str, a key of `tour.STEPS`.
        explanation: the interp.Explanation of the decision.
        found: the tests of it. Defaults to None: not known.
        run: the run that makes them. Defaults to None.
    """
    if step == "doubt" and found is None:
        return _empty_slide(shown) if explanation.is_blank else _waiting_slide(run)
    key = ("slide", step, *shown.place)
    made: Slide | None = findings().get(key)
    if made is not None:
        return made
    makers: dict[str, Callable[[], Slide]] = {
        "photo": lambda: photo_slide(shown),
        "edges": lambda: edges_slide(shown),
        "parts": lambda: parts_slide(shown),
        "decision": lambda: decision_slide(shown, explanation),
        "doubt": lambda: doubt_slide(shown, explanation, found),
    }
    made = makers[step]()
    findings().put(key, made)
    return made


def photo_slide(shown: Shown) -> Slide:
    """The photo with its faces, and the cut that the network gets."""
    subject, view = shown.subject, shown.view
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
                f"{number.capitalize()}, all that the network gets",
                is_pixelated=True,
            ),
        ),
        (3, 2),
        f"This is not the face that people see: at {height} by {width} pixels, wrinkles and glances are gone.",
    )


def edges_slide(shown: Shown) -> Slide:
    """The strongest channels of the first layer."""
    from interp import receptive_fields, render

    maps = explanations.all_activations(shown.subject.network_name, shown.view.pixels)
    layer = early_layer(shown.network)
    values = maps[layer]
    is_signed = bool(values.min() < 0)
    order = np.argsort(-values.std(axis=(0, 1)), kind="stable")[: doubt.CHANNELS]
    limit = render.limits(values[..., order], signed=is_signed)[1]
    palette = render.DEFAULT_PALETTES[is_signed]
    window = round(max(receptive_fields(shown.network, shown.view.size)[layer].size))
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
        f"Layer {layer}, the {doubt.count_words(len(order))} maps with the most contrast. The brighter, the stronger "
        "the answer.",
        _legend(palette, *render.limits(np.array([limit]), signed=is_signed), "Activation, one scale for all"),
    )


def early_layer(network: Network) -> str:
    """Returns the first layer whose maps can be looked at: what the first activation function leaves of them."""
    layers = network.spatial_layers
    rectified = [layer.name for layer in layers if layer.kind in ACTIVATION_LAYERS]
    return str((rectified or [layer.name for layer in layers if layer.is_convolution])[0])


def parts_slide(shown: Shown) -> Slide:
    """The channels of a late layer that the answer gains most by, over the face."""
    from interp import receptive_fields, render

    subject, view = shown.subject, shown.view
    layer = default_layer(shown.network, view.task)
    values = explanations.activations(subject.network_name, view.pixels, layer)
    is_signed = bool(values.min() < 0)
    palette = render.DEFAULT_PALETTES[is_signed]
    gains = explanations.importance(subject.network_name, view.pixels, layer, shown.goal.target)
    order = np.argsort(-gains, kind="stable")[: doubt.CHANNELS]
    places = [densest(shown, values[..., channel]) for channel in order]
    known = [place for place in places if place]
    field = receptive_fields(shown.network, view.size)[layer]
    sees_all = field.is_everything or min(field.size) >= max(view.size)
    face = view.enlarged(TILE_SIDE)
    return Slide(
        doubt.TITLES["parts"],
        doubt.say_parts(
            values.shape,
            None if sees_all else round(max(field.size)),
            len(order),
            shown.goal.words,
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
        f"Layer {layer}, the {doubt.count_words(len(order))} maps by which “{shown.goal.words}” gains most. Strong "
        "colour means a strong answer; faint means none.",
        _legend(palette, -1.0 if is_signed else 0.0, 1.0, "Each map on its own scale: 1 is its strongest value"),
    )


def decision_slide(shown: Shown, explanation: Explanation) -> Slide:
    """The probabilities, and the map of the strongest class."""
    from interp import render

    subject, view = shown.subject, shown.view
    threshold = networks.card(subject.network_name).thresholds.get("uncertain")
    palette = render.DEFAULT_PALETTES[False]
    place = None if explanation.is_blank else densest(shown, explanation.values)
    low, high = render.limits(explanation.values)
    return Slide(
        doubt.TITLES["decision"],
        doubt.say_decision(subject.face.emotion, subject.face.expression, threshold, place),
        (
            Bars(
                tuple(
                    Bar(name.capitalize(), share, figures.percent(share), name == subject.winner)
                    for name, share in subject.face.emotion.items()
                ),
                "Bar chart of expression probabilities: "
                + ", ".join(f"{name} {figures.percent(share)}" for name, share in subject.face.emotion.items()),
                "" if threshold is None else f"Dotted: below {figures.percent(threshold)} the app says “uncertain”",
                threshold,
            ),
            Picture(
                as_jpeg(render.overlay(view.enlarged(FACE_SIDE), explanation.values, OPACITY, palette)),
                f"Grad-CAM for {shown.goal.words} over the face",
                f"Grad-CAM for “{shown.goal.words}”",
            ),
        ),
        (6, 5),
        f"An expression is what a face looks like, not a feeling. The network says: {verdict(subject)}.",
        _legend(palette, low, high, f"{explanation.layer}: what speaks for “{shown.goal.words}”"),
    )


def doubt_slide(shown: Shown, explanation: Explanation, found: doubt.Doubt | None) -> Slide:
    """The cover test, and the answer while pixels are hidden or shown in the map's order and at random."""
    if found is None:
        raise ValueError("The tests of the map are not known.")
    view, word = shown.view, shown.goal.words
    face = view.enlarged(FACE_SIDE)
    return Slide(
        doubt.TITLES["doubt"],
        doubt.say_doubt(found, shown.subject.face.emotion, shown.subject.face.expression),
        (
            Picture(
                as_jpeg(doubt.covered_picture(face, found.mask, view.pixels)),
                "The face with the quarter covered that the map marks most",
                f"Marked quarter covered: {word} {figures.percent(found.covered)}",
            ),
            Picture(
                as_jpeg(doubt.covered_picture(face, found.random_mask, view.pixels)),
                "The face with a quarter covered at random",
                f"A quarter at random: {word} {figures.percent(float(found.random_covered[0]))}",
            ),
            _curves(found.deletion, word),
            _curves(found.insertion, word),
        ),
        (1, 1),
        doubt.SILENT,
    )


def _curves(curves: Any, word: str) -> Lines:
    is_deletion = curves.kind == "deletion"
    act = "hidden" if is_deletion else "shown"
    mean = figures.number(float(curves.random_areas.mean()))
    return Lines(
        tuple(curves.fractions.tolist()),
        tuple(curves.scores.tolist()),
        tuple(curves.random_scores.min(axis=0).tolist()),
        tuple(curves.random_scores.max(axis=0).tolist()),
        ("in the map's order", "at random"),
        f"Line chart of the share of {word} while more of the face is {act}: area {figures.number(curves.area)} in the "
        f"map's order, {mean} at random",
        f"Share of {word} as pixels are {act}",
    )


def _waiting_slide(run: Run[doubt.Doubt] | None) -> Slide:
    """The last step while its tests run, were cancelled, or failed."""
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


def _empty_slide(shown: Shown) -> Slide:
    """The last step about a map with nothing in it."""
    (second, share) = sorted(shown.subject.face.emotion.items(), key=lambda pair: pair[1], reverse=True)[1]
    bare = Picture(as_jpeg(shown.view.enlarged(FACE_SIDE)), "The face, without a map")
    lead = (doubt.EMPTY, f"The second guess is {second}, {figures.percent(share)}.")
    return Slide(doubt.TITLES["doubt"], lead, (bare,), (1,), doubt.SILENT)


def _legend(palette: str, low: float, high: float, title: str) -> str:
    from interp import render

    return figures.colour_bar(render.palette_stops(palette), low, high, title)


def densest(shown: Shown, values: np.ndarray) -> str:
    """Returns the part of the face on which a map is densest, a key of `tour.PLACES`; "" where parts are unknown."""
    regions = regions_of_face(shown.subject, shown.view, values)
    if regions is None or not np.any(values):
        return ""
    return str(max(regions, key=lambda region: region.density).name)


# Words ---------------------------------------------------------------------------------------------------------------


def details(shown: Shown, explanation: Explanation) -> str:
    """Says how the pictures come about, with names and numbers, as Markdown."""
    rows, columns = explanation.values.shape
    return (
        f"The slides are worked out from this photo, face {shown.subject.index + 1} and the network "
        f"`{shown.subject.network_name}`; nothing on them is prepared. Other pages show the same pictures with every "
        "setting: **Activations** the layers, **Attribution** the map and its tests.\n\n"
        "**Details**\n"
        f"- Edges: layer `{early_layer(shown.network)}`, the channels with the greatest standard deviation over the "
        "map.\n"
        f"- Parts: layer `{explanation.layer}`, the channels with the greatest sum of gradient × activation for "
        f"“{shown.goal.words}”. A part is named where the map has the most for its area.\n"
        f"- Decision: Grad-CAM at layer `{explanation.layer}`, {rows}×{columns} values, enlarged.\n"
        f"- Doubt: the covered quarter takes the mean grey of the face. Random covers are coarse patches, "
        f"{len(range(doubt.RANDOM_MAPS))} of them with fixed seeds. The curves show the bare network's answer, without "
        f"a mirror image, in {doubt.CURVE_STEPS} steps; {doubt.RANDOM_ORDERS} random orders of single pixels. Strewn "
        "pixels disturb a network more than patches do, so that hiding in the map's order may lose against them "
        "although the map is sound (Hooker et al. 2019, arXiv:1806.10758).\n"
        "- References: Selvaraju et al. 2017, arXiv:1610.02391; Petsiuk et al. 2018, arXiv:1806.07421."
    )
