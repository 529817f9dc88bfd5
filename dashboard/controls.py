"""The pickers that pages share: photo, face, class, layer, method, look of a map."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import streamlit as st

from dashboard import cache, choosing, inputs, pictures, state
from dashboard.hotspots import hotspots
from dashboard.inputs import View
from dashboard.state import Photo

EXPRESSION_TASK, POSE_TASK, DETECTION_TASK = "expression", "pose", "detection"
READERS = (state.DEFAULT_NETWORK, "keypoints")
"""The networks that every photo's analysis needs."""
DEFAULT_LAYERS = {"keypoints": "up2_relu", "pose": "up1_relu", "detection": "merge16"}
"""The layer to begin with in networks that answer with maps: the last one that still sees large parts."""
GLANCE = 0.3
"""Seconds the page waits for a network before it shows how far it is."""
HEAD_WIDTH = 512
"""Pixels of a page's title and question; on a screen without room for more the pickers go below."""
FACES_IN_A_ROW = 8
"""More faces than that are chosen from a list."""
LEAST_BOX = 8
"""Pixels that a box by hand must have on each side."""
UPLOAD_TYPES = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"]
MAX_UPLOAD_MB = 10
DREAM_SIZES = (48, 96, 144, 192)
DREAM_STEP = 0.0015  # of the picture's range of values, for a strength of 1
LONGEST_SLIDER = 100  # steps; a longer range is entered as a number
ACTIVATION_LAYERS = {"ReLU", "Activation", "LeakyReLU", "PReLU", "ELU"}


@dataclass(frozen=True)
class Subject:
    """What every page looks at: a photo, what was found on it, the chosen face, and the chosen network.

    The expressions are those that the network reads or, if its task is another, the one that read them last.

    Args:
        photo: where from.
        image: RGB uint8 (H, W, 3).
        analysis: models.Analysis, what was found.
        index: int, number of the chosen face from 0; without a face 0.
        network_name: str, the chosen network.
        person: int, number of the chosen person from 0, for a network that looks at people. Defaults to None.
        people_by_hand: the boxes around people that the visitor gave. Defaults to none.
    """

    photo: Photo
    image: np.ndarray
    analysis: Any
    index: int
    network_name: str = state.DEFAULT_NETWORK
    person: int | None = None
    people_by_hand: tuple[state.Box, ...] = ()

    @property
    def face(self) -> Any:
        return self.analysis.faces[self.index]

    @property
    def winner(self) -> str:
        """The class with the highest probability, also when the app says "uncertain"."""
        return max(self.face.emotion, key=self.face.emotion.get)

    @property
    def frames(self) -> list[tuple[tuple[float, float, float, float], float]]:
        """For each face the square that its network gets, (x, y, width, height), and by how much that is turned."""
        return [pictures.square_of(face.transform, face.crop.shape[0]) for face in self.analysis.faces]

    def portrait(self, side: int) -> np.ndarray:
        """The face cut from the photo as for the network, but crisper: grey uint8 (side, side)."""
        from models.images import crop_face

        box, angle = self.frames[self.index]
        return crop_face(self.image, box, size=side, angle=angle)[0]

    @property
    def title(self) -> str:
        who = f"face {self.index + 1}" if self.person is None else f"person {self.person + 1}"
        return f"{self.photo.name}, {who}"


@dataclass(frozen=True)
class Look:
    """How a map is coloured: nothing here changes the map itself."""

    opacity: float
    palette: str
    is_signed: bool


# Photo ---------------------------------------------------------------------------------------------------------------


def choose_photo() -> Photo:
    """Draws the photo picker and returns the chosen photo.

    While a new one is awaited the last one stays; one that its visitor removes is forgotten.
    """
    st.segmented_control(
        "Photo",
        state.SOURCES,
        default=state.SOURCES[0],
        key=state.SOURCE,
        required=True,
        width="stretch",
        help="A sample, a file of yours, or a still from your webcam.",
    )
    source = st.session_state[state.SOURCE]
    previous: Photo | None = st.session_state[state.PHOTO]
    photo = _photo_from(source, FIRST)
    if photo is None:
        photo = previous if previous is not None and previous.source != source else cache.sample(state.DEFAULT_SAMPLE)
    if previous is not None and previous.id != photo.id:
        st.session_state[state.FACE] = 1
    st.session_state[state.PHOTO] = photo
    return photo


@dataclass(frozen=True)
class PhotoKeys:
    """The widgets that one photo is picked with.

    Args:
        sample, upload, camera: str, keys of the three widgets.
        default: str, the sample to begin with.
        names: their labels.
        help_texts: what they say on request.
        has_labels: bool, whether the names of file and camera are shown; they are read aloud in any case.
        on_change: called when the file or the still changes. Defaults to nothing.
    """

    sample: str
    upload: str
    camera: str
    default: str
    names: tuple[str, str, str]
    help_texts: tuple[str | None, str | None, str | None]
    has_labels: bool
    on_change: Callable[[], None] | None = None


FIRST = PhotoKeys(
    state.SAMPLE,
    state.UPLOAD,
    state.CAMERA,
    state.DEFAULT_SAMPLE,
    ("Sample", "Photo file", "Webcam"),
    (None, None, None),
    has_labels=False,
)


def _photo_from(source: state.Source, keys: PhotoKeys) -> Photo | None:
    """Draws the widget of a source; returns its photo, None while there is none."""
    visible: Literal["visible", "collapsed"] = "visible" if keys.has_labels else "collapsed"
    if source == "Sample":
        samples = list(cache.SAMPLES)
        state.keep_choice(keys.sample, samples, keys.default)
        name = st.selectbox(
            keys.names[0],
            samples,
            index=samples.index(keys.default),
            format_func=lambda key: cache.SAMPLES[key].title,
            key=keys.sample,
            bind="query-params",
            help=keys.help_texts[0],
        )
        return cache.sample(name)
    if source == "Upload":
        file = st.file_uploader(
            keys.names[1],
            type=UPLOAD_TYPES,
            max_upload_size=MAX_UPLOAD_MB,
            key=keys.upload,
            label_visibility=visible,
            on_change=keys.on_change,
            help=keys.help_texts[1],
        )
        return Photo(name=_short_name(file.name), data=file.getvalue(), source="Upload") if file else None
    still = st.camera_input(
        keys.names[2], key=keys.camera, label_visibility=visible, on_change=keys.on_change, help=keys.help_texts[2]
    )
    return Photo(name="Webcam", data=still.getvalue(), source="Webcam") if still else None


def _short_name(file_name: str) -> str:
    stem = file_name.rsplit(".", 1)[0].strip() or "photo"
    return stem if len(stem) <= 32 else stem[:31] + "…"


def choose_detector() -> str:
    """Draws the switch between the detectors, if there are several; returns the name of the chosen one."""
    offered = cache.detectors()
    names, default = list(offered), next(iter(offered))
    if len(names) == 1:
        return default
    state.keep_choice(state.DETECTOR, names, default)
    chosen = st.segmented_control(
        "Detector",
        names,
        default=default,
        format_func=lambda name: offered[name].label,
        key=state.DETECTOR,
        required=True,
        width="stretch",
        bind="query-params",
        help="What finds the faces. The Inspect page shows how many each finds, and how fast.",
    )
    return chosen or default


def chosen_detector() -> str:
    """Returns the name of the detector that finds the faces."""
    offered = cache.detectors()
    chosen = st.session_state.get(state.DETECTOR)
    return chosen if chosen in offered else next(iter(offered))


def back_to_sample() -> None:
    """Callback: shows the default sample again."""
    st.session_state[state.SOURCE] = "Sample"
    st.session_state[state.SAMPLE] = state.DEFAULT_SAMPLE
    st.session_state[state.PHOTO] = None


def notes() -> None:
    """What happens to a photo, and what the app is not for."""
    st.caption(
        "**Private.** A photo stays in this server's memory while you look at it. It is never saved and no other "
        "visitor can reach it.",
    )
    st.caption(
        "**An expression is not a feeling.** The network names what a face looks like, and it errs. It is not for "
        "hiring, nor for watching people at school or at work; the EU bans emotion recognition there.",
    )


# Subject -------------------------------------------------------------------------------------------------------------


def open_page(title: str, question: str, *, every_task: bool = False, needs_face: bool = True) -> Subject:
    """Draws the page's head and returns what the page looks at.

    A page that `needs_face` ends here on a photo without one, with a way forward.

    Args:
        title: str, the page's title.
        question: str, the question it answers.
        every_task: bool, whether networks can be chosen that don't read expressions. Defaults to no.
        needs_face: bool, whether the page is about a face. Defaults to yes.
    """
    slot = page_head(title, question)
    _require_networks()
    with slot:
        network_name = choose_network(networks() if every_task else expression_networks())
    photo: Photo = st.session_state[state.PHOTO]
    image = _decoded(photo)
    detector = chosen_detector()
    reader = st.session_state[state.EXPRESSION_NETWORK]
    if reader != state.DEFAULT_NETWORK:
        await_network(reader)
    with st.skeleton(height=480):
        broken = cache.first_broken(_readers(detector))
        analysis: Any = None if broken else cache.analysis(photo, detector, state.by_hand(photo), reader)
    if broken:
        _say_broken(broken)
    has_people = cache.cards()[network_name].task == POSE_TASK and bool(analysis.people)
    if not analysis.faces and needs_face and not has_people:
        _no_face(photo, image, detector)
        st.stop()
    with slot:
        subject = Subject(photo, image, analysis, _choose_face(len(analysis.faces)), network_name)
        if not has_people:
            return subject
        has_strangers = any(person.face is None for person in analysis.people)
        person = choosing.choose_person(subject, width=260) if has_strangers else choosing.chosen_person(subject)
    return replace(subject, person=person, people_by_hand=state.by_hand(photo).people)


def open_film_page(title: str, question: str) -> str:
    """Draws the head of a page that looks at films and not at the photo; returns the network that reads expressions."""
    slot = page_head(title, question)
    _require_networks()
    with slot:
        return choose_network(expression_networks())


def look_through(subject: Subject) -> View:
    """Returns what the chosen network is shown; where there is nothing, says so and stops."""
    try:
        return inputs.view(subject, subject.network_name)
    except inputs.NoInputError as error:
        st.info(f"{error} Choose another photo, or another network above.", icon=":material/person_off:")
        st.stop()


def page_head(title: str, question: str) -> Any:
    """Draws a page's title and the question it answers; returns the place beside them for its pickers."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", gap="small"):
        with st.container(gap="xxsmall", width=HEAD_WIDTH):
            st.title(title, anchor=False)
            st.markdown(question)
        return st.container(horizontal=True, vertical_alignment="bottom", gap="small", width="content")


# Network -------------------------------------------------------------------------------------------------------------


def expression_networks() -> list[str]:
    """Returns the names of the networks that read expressions and are there, the default first."""
    return [name for name in networks() if cache.cards()[name].task == EXPRESSION_TASK]


def networks() -> list[str]:
    """Returns the names of all networks that are there, those that read expressions first, by their tasks."""
    return [name for name in cache.cards() if cache.has_network(name)]


def choose_network(names: list[str], *, width: int = 180) -> str:
    """Draws the picker over networks by name and returns the chosen one.

    Pages that offer other networks share the choice; the last one that reads expressions is kept for those that need
    such a network.
    """
    cards = cache.cards()
    _park_network(names)
    usual = state.DEFAULT_NETWORK if state.DEFAULT_NETWORK in names else names[0]
    last = st.session_state[state.EXPRESSION_NETWORK]
    state.keep_choice(state.NETWORK, names, last if last in names else usual)
    name: str = st.selectbox(
        "Network",
        names,
        index=names.index(usual),
        key=state.NETWORK,
        bind="query-params",
        width=width,
        help="\n".join(f"- **{name}** ({cards[name].task}): {cards[name].title}" for name in names),
    )
    if cards[name].task == EXPRESSION_TASK:
        st.session_state[state.EXPRESSION_NETWORK] = name
    return name


def _park_network(names: list[str]) -> None:
    """Sets a network aside on a page that can't use it, and takes it up again where it can be used.

    That is not so if another one was chosen in between.
    """
    chosen = st.session_state.get(state.NETWORK, st.session_state[state.CHOICES].get(state.NETWORK))
    parked, stand_in = st.session_state[state.PARKED_NETWORK]
    if chosen in cache.cards() and chosen not in names:
        st.session_state[state.PARKED_NETWORK] = (chosen, st.session_state[state.EXPRESSION_NETWORK])
    elif parked in names:
        st.session_state[state.PARKED_NETWORK] = (None, None)
        if chosen == stand_in:
            st.session_state[state.NETWORK] = parked


def _require_networks() -> None:
    """Says so and stops where a network or a card is missing without which no photo is read."""
    for name in READERS:
        words = ""
        if not cache.has_network(name):
            words = f"is missing on this server: its file {name}.keras belongs into models/weights"
        elif name not in cache.cards():
            words = f"lacks its card on this server: {name}.json is missing in models/weights, or can't be read"
        if words:
            st.error(f"The network “{name}” {words}.", icon=":material/error:")
            st.stop()


def _readers(detector: str) -> list[str]:
    """Returns the networks that the analysis of a photo asks, those that every one needs before the others."""
    others = (cache.DETECTOR_NETWORKS.get(detector, ""), "pose")
    return [*READERS, *(name for name in others if cache.has_network(name))]


def _say_broken(name: str) -> None:
    """Says that a network that every photo needs can't be read, offers another detector if it is that, and stops."""
    st.error(
        f"The network “{name}” can't be read on this server, and photos are read with it: its file {name}.keras is "
        "broken, or made by another version.",
        icon=":material/error:",
    )
    if name in cache.DETECTOR_NETWORKS.values():
        offer_detectors(chosen_detector())
    st.stop()


def await_network(name: str) -> Any:
    """Returns the shared `interp.Network` of that name; until it is loaded the page shows how far that is.

    Where its file can't be read, the page says so and stops.
    """
    loading = cache.start_loading(name)
    if not loading.wait(GLANCE):
        slot = st.empty()
        while not loading.wait(0.1):  # a click elsewhere ends this wait; the loading goes on
            slot.progress(loading.progress, text=f"Loading the network {name}: {loading.words}…")
        slot.empty()
    try:
        return cache.network(name)
    except (OSError, ValueError):
        logging.getLogger(__name__).exception("The network %s can't be read.", name)
        st.error(
            f"The network “{name}” can't be read: its file is broken, or made by another version. Choose another one "
            "above.",
            icon=":material/error:",
        )
        st.stop()


def _decoded(photo: Photo) -> np.ndarray:
    from models import ImageError

    try:
        return cache.image(photo)
    except ImageError as error:
        st.error(str(error), title="This file can't be used as a photo", icon=":material/broken_image:")
        st.markdown("Choose another file on the left: a JPEG, PNG, WebP, BMP, GIF or TIFF. Or look at a sample first.")
        st.button("Show the sample photo", on_click=back_to_sample, key="back_to_sample", icon=":material/image:")
        st.stop()


def _choose_face(count: int) -> int:
    """Draws the face picker where there is more than one face; returns the index, from 0."""
    if count < 2:
        return 0
    numbers = list(range(1, count + 1))
    state.keep_choice(state.FACE, numbers, 1)
    if count > FACES_IN_A_ROW:
        return int(st.selectbox("Face", numbers, key=state.FACE, bind="query-params", format_func=str, width=96)) - 1
    chosen = st.segmented_control(
        "Face", numbers, default=1, key=state.FACE, required=True, bind="query-params", format_func=str
    )
    return int(chosen or 1) - 1


# Without a face ------------------------------------------------------------------------------------------------------


def _no_face(photo: Photo, image: np.ndarray, detector: str) -> None:
    left, right = st.columns([3, 2], gap="large")
    with right:
        ways_without_face(photo, image, detector)
        st.markdown("Or draw a box around the face on the photo, or enter it:")
        draft = enter_box(photo, image, "Face")
    with left:
        size = (image.shape[1], image.shape[0])
        hotspots(
            pictures.jpeg(image),
            size,
            [],
            key="photo_without_face",
            alt=f"Photo “{photo.name}”, on which no face was found",
            on_draw=lambda drawn: add_drawn(photo, size, "Face", drawn),
            draft=draft,
        )


def ways_without_face(photo: Photo, image: np.ndarray, detector: str) -> None:
    """Says that there is no face, and offers the other detectors and the whole picture."""
    st.subheader("No face found")
    label = cache.detectors()[detector].label
    st.markdown(f"The detector in use ({label}) finds none on this photo. You can still go on:")
    offer_detectors(detector)
    height, width = image.shape[:2]
    st.button(
        "Use the whole picture",
        icon=":material/fullscreen:",
        key="use_whole_picture",
        on_click=state.add_by_hand,
        args=(photo.id, "Face", (0, 0, width, height)),
    )


def offer_detectors(detector: str) -> None:
    """Draws a button for each detector other than the one in use."""
    offered = cache.detectors()
    for name in offered:
        if name != detector:
            st.button(
                f"Try the {offered[name].label}",
                icon=":material/search:",
                key=f"try_{name}",
                on_click=st.session_state.update,
                args=({state.DETECTOR: name},),
            )


def enter_box(photo: Photo, image: np.ndarray, kind: state.Kind, faces: int = 0) -> pictures.Region:
    """Draws four number inputs and a button for a box by hand; returns the box as entered so far.

    Args:
        photo: the photo.
        image: its pixels, RGB uint8 (H, W, 3).
        kind: what the box is around.
        faces: int, how many there are already. Defaults to none.
    """
    height, width = image.shape[:2]
    side = min(height, width) // 2
    start = ((width - side) // 2, (height - side) // 3, side, side)
    limits = (("Left", width - LEAST_BOX), ("Top", height - LEAST_BOX), ("Width", width), ("Height", height))
    with st.grid(4, gap="small", min_column_width=110):
        for (label, most), value in zip(limits, start, strict=True):
            low = LEAST_BOX if label in ("Width", "Height") else 0
            key = _side_key(photo.id, kind, label)
            st.number_input(label, low, max(low, most), min(max(low, value), max(low, most)), key=key)
    st.button(
        "Use this box",
        key="use_box",
        icon=":material/crop_free:",
        on_click=lambda: _add_box(photo.id, kind, _entered_box(photo.id, kind, (width, height)), faces),
    )
    box = _entered_box(photo.id, kind, (width, height))
    (region,) = pictures.face_regions((width, height), [box], ["The box as entered"])
    return region


def _side_key(photo_id: str, kind: state.Kind, side: str) -> str:
    return f"{kind.lower()}_{side.lower()}_{photo_id[:12]}"


def _entered_box(photo_id: str, kind: state.Kind, size: tuple[int, int]) -> state.Box:
    x, y, width, height = (
        int(st.session_state[_side_key(photo_id, kind, side)]) for side in ("Left", "Top", "Width", "Height")
    )
    return x, y, min(width, size[0] - x), min(height, size[1] - y)


def add_drawn(photo: Photo, size: tuple[int, int], kind: state.Kind, drawn: Any, faces: int = 0) -> None:
    """Callback: adds the box that was drawn on a photo of this size, unless it is too small; see `enter_box`."""
    box = pictures.box_of_shares(drawn, size, LEAST_BOX)
    if box is not None:
        _add_box(photo.id, kind, box, faces)


def _add_box(photo_id: str, kind: state.Kind, box: state.Box, faces: int) -> None:
    state.add_by_hand(photo_id, kind, box)
    st.session_state[state.ADD] = None
    if kind == "Face":
        st.session_state[state.FACE] = faces + 1
    else:
        st.session_state[state.PERSON_OF] = state.NEWEST


# What is explained ---------------------------------------------------------------------------------------------------


def default_layer(network: Any, task: str) -> str:
    """Returns the layer to begin with in a network of a task."""
    usual = DEFAULT_LAYERS.get(task, "")
    return usual if usual in {layer.name for layer in network.spatial_layers} else network.default_layer


def layers_to_choose(network: Any, default: str = "") -> dict[str, Any]:
    """Returns the layers that `choose_layer` offers by their names, from the picture to the answer.

    Args:
        network: the interp.Network.
        default: str, a layer that is among them whatever its kind. Defaults to that of a network for expressions.
    """
    default = default or default_layer(network, EXPRESSION_TASK)
    return {
        layer.name: layer
        for layer in network.spatial_layers
        if layer.is_convolution or layer.kind in ACTIVATION_LAYERS or layer.name == default
    }


def choose_layer(network: Any, *, is_used: bool = True, task: str = EXPRESSION_TASK) -> str:
    """Draws the layer picker, greyed out where the method needs no layer; returns the layer's name.

    Offered are the convolutions and what their activation functions make of them, the default one of the network's
    task among them.
    """
    default = default_layer(network, task)
    layers = layers_to_choose(network, default)
    names = list(layers)
    state.keep_choice(state.LAYER, names, default)
    name = st.selectbox(
        "Layer",
        names,
        index=names.index(default),
        key=state.LAYER,
        bind="query-params",
        disabled=not is_used,
        help="From the picture (top of the list) to the answer (bottom). Early layers see edges at full size; late "
        "layers see larger parts of the face, more coarsely. “ReLU” is what is left of a convolution above zero.",
    )
    height, width, channels = layers[name].output_shape
    size = f" of {height}×{width}" if height and width else ""  # open where pictures of any size are taken
    st.caption(f"{layers[name].kind}: {channels} maps{size}" if is_used else "This method uses no layer")
    return name


def choose_expression(
    subject: Subject,
    help: str = "Which expression to explain. The maps show what speaks for it, whether or not it won.",
) -> str:
    """Draws the picker of a class, by default the one to explain; it follows the network's own answer at first."""
    options = [state.PREDICTED, *subject.face.emotion]
    state.keep_choice(state.EXPRESSION, options, state.PREDICTED)
    chosen = st.selectbox(
        "Expression",
        options,
        format_func=lambda name: f"Strongest: {subject.winner}" if name == state.PREDICTED else name.capitalize(),
        key=state.EXPRESSION,
        bind="query-params",
        help=help,
    )
    return subject.winner if chosen == state.PREDICTED else chosen


def choose_other(subject: Subject, expression: str, *, is_used: bool = True) -> str | None:
    """Draws the picker of a class to set the explained one against; returns None where it is explained by itself."""
    options = [state.NO_OTHER, *(name for name in subject.face.emotion if name != expression)]
    state.keep_choice(state.AGAINST, options, state.NO_OTHER)
    chosen = st.selectbox(
        "Rather than",
        options,
        format_func=lambda name: "No other" if name == state.NO_OTHER else name.capitalize(),
        key=state.AGAINST,
        bind="query-params",
        disabled=not is_used,
        help="Set the expression against another one: the map then shows what speaks for the first rather than the "
        "second. What both share drops out.",
    )
    return None if chosen == state.NO_OTHER else chosen


def choose_method(*, is_used: bool = True) -> Any:
    """Draws the picker over interp.METHODS, the usual ones first, and returns the method."""
    from interp import METHODS

    names = list_methods()
    state.keep_choice(state.METHOD, names, names[0])
    name = st.selectbox(
        "Method",
        names,
        format_func=lambda key: METHODS[key].label,
        key=state.METHOD,
        bind="query-params",
        disabled=not is_used,
        help="From the top: by a layer's maps (coarse, sure of the target), by the gradient at each pixel (sharp, "
        "noisier), and by trying many changed pictures (slower, asks only for answers).",
    )
    return METHODS[name]


def choose_methods() -> list[str]:
    """Draws a popover with the methods that stand side by side, all to begin with; returns their names in order."""
    from interp import METHODS

    names = list_methods()
    with st.popover("Choose methods", icon=":material/checklist:", key="choose_methods"), st.container(width=320):
        chosen = st.pills(
            "Methods",
            names,
            selection_mode="multi",
            default=names,
            format_func=lambda name: METHODS[name].label,
            key=state.METHODS,
            persist_state="session",
        )
    return [name for name in names if name in chosen] or names[:1]


def list_methods() -> list[str]:
    """Returns the names of interp.METHODS in the picker's order."""
    from interp import METHODS

    return list(METHODS)


def choose_parameters(method: Any) -> dict[str, Any]:
    """Draws a popover with one widget for each Parameter of a method and returns the chosen values by name."""
    count = len(method.parameters)
    popover = st.popover(
        "Settings",
        icon=":material/tune:",
        disabled=not count,
        key="method_settings",
        help=None if count else f"{method.label} has no settings",
    )
    keys = {parameter.name: f"{method.name}_{parameter.name}" for parameter in method.parameters}
    with popover, st.container(width=300):
        values = {parameter.name: parameter_widget(parameter, keys[parameter.name]) for parameter in method.parameters}
        changed = {
            keys[parameter.name]: parameter.default
            for parameter in method.parameters
            if values[parameter.name] != parameter.default
        }
        st.button(
            "Back to defaults",
            key="default_settings",
            icon=":material/undo:",
            disabled=not changed,
            on_click=st.session_state.update,
            args=(changed,),
        )
    return values


def parameter_widget(parameter: Any, key: str) -> Any:
    """Turns one interp Parameter into a widget: a toggle, a selectbox, a slider, or an input for a long range."""
    if parameter.kind == "bool":
        return st.toggle(parameter.label, parameter.default, key=key, help=parameter.help, persist_state="session")
    if parameter.kind == "choice":
        choices = list(parameter.choices)
        return st.selectbox(
            parameter.label,
            choices,
            index=choices.index(parameter.default),
            format_func=str.capitalize,
            key=key,
            help=parameter.help,
            persist_state="session",
        )
    cast: Callable[[Any], Any] = int if parameter.kind == "int" else float
    low, high = cast(parameter.minimum), cast(parameter.maximum)
    step = cast(parameter.step) if parameter.step else None
    is_long = (high - low) / (step or 1) > LONGEST_SLIDER
    draw = st.number_input if is_long else st.slider
    return draw(
        parameter.label,
        low,
        high,
        cast(parameter.default),
        step,
        key=key,
        help=f"{parameter.help} From {low:,} to {high:,}." if is_long else parameter.help,
        persist_state="session",
    )


# Channels and looks --------------------------------------------------------------------------------------------------


def choose_view(views: dict[str, str], key: str) -> str:
    """Draws the switch between a page's views and returns the chosen one.

    Args:
        views: the label of each view by its name, the first one to begin with.
        key: session key, which also stands in the address.
    """
    names = list(views)
    state.keep_choice(key, names, names[0])
    chosen = st.segmented_control(
        "Show",
        names,
        default=names[0],
        format_func=views.__getitem__,
        key=key,
        required=True,
        bind="query-params",
        label_visibility="collapsed",
    )
    return str(chosen or names[0])


def choose_place(values: np.ndarray, hint: str = "") -> tuple[int, int]:
    """Draws row and column of a place of a map and returns them; the strongest one to begin with.

    Args:
        values: float (h, w), the map.
        hint: str, how else the place can be chosen. Defaults to no other way.
    """
    best = np.unravel_index(np.abs(values).argmax(), values.shape)
    places = []
    with st.container(horizontal=True, gap="small", key="place_bar"):
        for label, key, size, strongest in (
            ("Row", state.ROW, values.shape[0], int(best[0])),
            ("Column", state.COLUMN, values.shape[1], int(best[1])),
        ):
            state.keep_choice(key, range(size), strongest)
            chosen = st.number_input(
                label,
                0,
                size - 1,
                strongest,
                key=key,
                bind="query-params",
                width=130,
                help=f"From 0; it begins with the strongest place of the channel's map. {hint}".strip(),
            )
            places.append(min(int(chosen), size - 1))
    return places[0], places[1]


def choose_channel(
    count: int,
    strongest: int,
    help: str = "Click a map below, or enter its number. The first one shown is the strongest.",
) -> int:
    """Draws the channel number's input and returns the channel; the strongest one to begin with."""
    state.keep_choice(state.CHANNEL, range(count), strongest)
    chosen = st.number_input(
        "Channel",
        0,
        count - 1,
        strongest,
        key=state.CHANNEL,
        bind="query-params",
        help=help,
    )
    return min(int(chosen), count - 1)


def choose_looks() -> dict[bool, Look]:
    """Draws opacity and both palettes, and returns the look of maps by whether they are signed."""
    from interp.render import PALETTES

    opacity = _choose_opacity()
    return {
        is_signed: Look(opacity, _choose_palette(is_signed, label, PALETTES), is_signed)
        for is_signed, label in ((False, "Palette"), (True, "Palette of signed maps"))
    }


def choose_look(*, is_signed: bool) -> Look:
    """Draws opacity and palette and returns them; changing them recomputes nothing."""
    from interp.render import PALETTES

    return Look(_choose_opacity(), _choose_palette(is_signed, "Palette", PALETTES), is_signed)


def choose_palette() -> Look:
    """Draws the palette alone, for maps that stand by themselves, and returns their look."""
    from interp.render import PALETTES

    return Look(1.0, _choose_palette(False, "Palette", PALETTES), False)


def chosen_look(*, is_signed: bool) -> Look:
    """Returns the look that the page's pickers say."""
    palette = st.session_state[state.SIGNED_PALETTE if is_signed else state.PALETTE]
    return Look(st.session_state[state.OPACITY] / 100, palette, is_signed)


def _choose_opacity() -> float:
    return st.slider("Opacity", 0, 100, 70, 5, format="%d %%", key=state.OPACITY, persist_state="session") / 100


def _choose_palette(is_signed: bool, label: str, palettes: dict[str, Any]) -> str:
    names = [name for name, palette in palettes.items() if palette.diverging is is_signed]
    return st.selectbox(
        label,
        names,
        format_func=lambda name: palettes[name].label,
        key=state.SIGNED_PALETTE if is_signed else state.PALETTE,
        persist_state="session",
    )


def choose_dream(network: Any, view: View) -> dict[str, Any]:
    """Draws the settings of a dream and returns them by the names that interp.dream takes."""
    size: Any = view.size if view.is_colour else _choose_dream_size(network)
    octaves = st.slider(
        "Octaves", 1, 6, 4, key=state.DREAM_OCTAVES, persist_state="session", help="Scales to dream at, coarse to fine."
    )
    steps = st.slider(
        "Steps per octave",
        5,
        100,
        20,
        5,
        key=state.DREAM_STEPS,
        persist_state="session",
        help="More steps, more dream.",
    )
    strength = st.slider(
        "Strength", 1, 10, 4, key=state.DREAM_STRENGTH, persist_state="session", help="How far a step moves each pixel."
    )
    return {"size": size, "octaves": octaves, "steps": steps, "step_size": strength * DREAM_STEP}


def _choose_dream_size(network: Any) -> int:
    sizes = [size for size in DREAM_SIZES if network.accepts(size, size)] or [network.input_shape[0]]
    state.keep_choice(state.DREAM_SIZE, sizes, sizes[0])
    return st.segmented_control(
        "Size in pixels",
        sizes,
        default=DREAM_SIZES[2] if DREAM_SIZES[2] in sizes else sizes[0],
        required=True,
        format_func=str,
        key=state.DREAM_SIZE,
        persist_state="session",
        help="Side of the dreamt picture. On a larger one the layer finds room for more of its patterns.",
    )


# The second side of a comparison -------------------------------------------------------------------------------------


def choose_second_photo() -> Photo | None:
    """Draws the picker of the photo to set beside the first; returns None while it is awaited."""
    st.segmented_control(
        "Second photo",
        state.SOURCES,
        default=state.SOURCES[0],
        key=state.SECOND_SOURCE,
        required=True,
        persist_state="session",
        help="A sample, a file of yours, or a still from your webcam. The first photo is chosen on the left.",
    )
    photo = _photo_from(st.session_state[state.SECOND_SOURCE], SECOND)
    previous: Photo | None = st.session_state[state.SECOND_PHOTO]
    if photo is None and previous is not None and previous.source == st.session_state[state.SECOND_SOURCE]:
        photo = previous  # its widget started anew on a turn of the page; one that is removed is forgotten before
    if previous is not None and photo is not None and previous.id != photo.id:
        st.session_state[state.SECOND_FACE] = 1
    st.session_state[state.SECOND_PHOTO] = photo
    return photo


def _forget_second() -> None:
    """Callback: the file or still has changed, so the last one is not kept."""
    st.session_state[state.SECOND_PHOTO] = None


SECOND = PhotoKeys(
    state.SECOND_SAMPLE,
    state.SECOND_UPLOAD,
    state.SECOND_CAMERA,
    state.DEFAULT_SECOND_SAMPLE,
    ("Second sample", "Second photo file", "Second photo from the webcam"),
    ("The picture to set beside the first one.", "It stays in memory and is never in the address.", "Never saved."),
    has_labels=True,
    on_change=_forget_second,
)


def read_second(photo: Photo, network_name: str) -> tuple[np.ndarray, Any]:
    """Returns the pixels and the analysis of the second photo; where it shows no face, says so and stops."""
    from models import ImageError

    try:
        image = cache.image(photo)
    except ImageError as error:
        st.error(str(error), title="The second file can't be used as a photo", icon=":material/broken_image:")
        st.stop()
    detector = chosen_detector()
    with st.skeleton(height=240):
        analysis = cache.analysis(photo, detector, state.by_hand(photo), network_name)
    if not analysis.faces:
        left, right = st.columns([2, 3], gap="large")
        left.image(image, width="stretch", alt=f"Second photo “{photo.name}”, on which no face was found")
        with right:
            ways_without_face(photo, image, detector)
            st.markdown("Or choose another second photo above.")
        st.stop()
    return image, analysis


def choose_second_face(count: int, *, default: int) -> int:
    """Draws the picker of the face to set beside the first where there are several; returns its index, from 0."""
    if count < 2:
        return 0
    numbers = list(range(1, count + 1))
    state.keep_choice(state.SECOND_FACE, numbers, default)
    chosen = st.selectbox(
        "Second face",
        numbers,
        index=default - 1,
        key=state.SECOND_FACE,
        bind="query-params",
        format_func=str,
        width=140,
        help="The face to set beside the first one.",
    )
    return int(chosen) - 1


def choose_second_network(names: list[str]) -> str:
    """Draws the picker of the network to set beside the first; returns its name."""
    state.keep_choice(state.SECOND_NETWORK, names, names[0])
    cards = cache.cards()
    chosen: str = st.selectbox(
        "Second network",
        names,
        key=state.SECOND_NETWORK,
        bind="query-params",
        width=220,
        help="\n".join(f"- **{name}**: {cards[name].title}" for name in names),
    )
    return chosen


def choose_second_layer(network: Any, matched: str, *, is_used: bool = True) -> str:
    """Draws the picker of the second network's layer, at first the one as deep as the first network's."""
    layers = layers_to_choose(network)
    options = [state.SAME_DEPTH, *layers]
    state.keep_choice(state.SECOND_LAYER, options, state.SAME_DEPTH)
    chosen = st.selectbox(
        "Second layer",
        options,
        format_func=lambda name: f"Same depth: {matched}" if name == state.SAME_DEPTH else name,
        key=state.SECOND_LAYER,
        bind="query-params",
        disabled=not is_used,
        help="Networks name their layers differently. “Same depth” takes the layer that is as far from the picture, "
        "as a share of the way to the answer.",
    )
    name = matched if chosen == state.SAME_DEPTH else chosen
    height, width, channels = layers[name].output_shape
    st.caption(f"{layers[name].kind}: {channels} maps of {height}×{width}" if is_used else "This method uses no layer")
    return name
