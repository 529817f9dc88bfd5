"""The pickers of what stands beside the first: photo, face, network, layer."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.pickers.by_hand import ways_without_face
from dashboard.pickers.detector import chosen_detector
from dashboard.pickers.layer import layers_to_choose, say_layer
from dashboard.pickers.photo import PhotoKeys, photo_from
from dashboard.services import networks, photos
from dashboard.subject import Photo
from dashboard.tasks.task import Task
from interp import Network
from models import Analysis, ImageError

SECOND_NETWORK = "second_network"
SECOND_LAYER = "second_layer"
SECOND_FACE = "second_face"
SECOND_SOURCE = "second_source"
SECOND_SAMPLE = "second_sample"
SECOND_UPLOAD = "second_upload"
SECOND_CAMERA = "second_camera"
SECOND_PHOTO = "second_photo"
SAME_DEPTH = "same depth"
"""The choice of SECOND_LAYER that follows the first network's layer."""
DEFAULT_SECOND_SAMPLE = "hopper"


def choose_second_photo() -> Photo | None:
    """Draw the picker of the photo to set beside the first; return None while it is awaited."""
    st.segmented_control(
        "Second photo",
        state.SOURCES,
        default=state.SOURCES[0],
        key=SECOND_SOURCE,
        required=True,
        persist_state="session",
        help="A sample, a file of yours, or a picture from your webcam. The first photo is chosen on the left.",
    )
    photo = photo_from(st.session_state[SECOND_SOURCE], SECOND)
    previous: Photo | None = st.session_state.get(SECOND_PHOTO)
    if photo is None and previous is not None and previous.source == st.session_state[SECOND_SOURCE]:
        photo = previous  # its widget started anew on a turn of the page; one that is removed is forgotten before
    if previous is not None and photo is not None and previous.id != photo.id:
        st.session_state[SECOND_FACE] = 1
    st.session_state[SECOND_PHOTO] = photo
    return photo


def _forget_second() -> None:
    """Callback: forget the last photo, as the file or still has changed."""
    st.session_state[SECOND_PHOTO] = None


SECOND = PhotoKeys(
    SECOND_SAMPLE,
    SECOND_UPLOAD,
    SECOND_CAMERA,
    DEFAULT_SECOND_SAMPLE,
    ("Second sample", "Second photo file", "Second photo from the webcam"),
    (
        "The picture to set beside the first one.",
        "It stays in memory and never appears in the address.",
        "Never saved.",
    ),
    has_labels=True,
    on_change=_forget_second,
)


def read_second(photo: Photo, network_name: str) -> tuple[np.ndarray, Analysis]:
    """Return the pixels and the analysis of the second photo; where it shows no face, say so and stop."""
    try:
        image = photos.image(photo)
    except ImageError as error:
        st.error(str(error), title="The second file can't be used as a photo", icon=":material/broken_image:")
        st.stop()
    detector = chosen_detector()
    with st.skeleton(height=240):
        analysis = photos.analysis(photo, detector, state.by_hand(photo), network_name)
    if not analysis.faces:
        left, right = st.columns([2, 3], gap="large")
        left.image(image, width="stretch", alt=f"Second photo “{photo.name}”, on which no face was found")
        with right:
            ways_without_face(photo, image, detector)
            st.markdown("Or choose another second photo above.")
        st.stop()
    return image, analysis


def choose_second_face(count: int, *, default: int) -> int:
    """Draw the picker of the face to set beside the first where there are several; return its index, from 0."""
    if count < 2:
        return 0
    numbers = list(range(1, count + 1))
    state.keep_choice(SECOND_FACE, numbers, default)
    chosen = st.selectbox(
        "Second face",
        numbers,
        index=default - 1,
        key=SECOND_FACE,
        bind="query-params",
        format_func=str,
        width=140,
        help="The face to set beside the first one.",
    )
    return int(chosen) - 1


def choose_second_network(names: list[str]) -> str:
    """Draw the picker of the network to set beside the first; return its name."""
    state.keep_choice(SECOND_NETWORK, names, names[0])
    cards = networks.cards()
    chosen: str = st.selectbox(
        "Second network",
        names,
        key=SECOND_NETWORK,
        bind="query-params",
        width=220,
        help="\n".join(f"- **{name}**: {cards[name].title}" for name in names),
    )
    return chosen


def choose_second_layer(network: Network, task: Task, matched: str, *, is_used: bool = True) -> str:
    """Draw the picker of the second network's layer, at first the one as deep as the first network's."""
    layers = layers_to_choose(network, task)
    options = [SAME_DEPTH, *layers]
    state.keep_choice(SECOND_LAYER, options, SAME_DEPTH)
    chosen = st.selectbox(
        "Second layer",
        options,
        format_func=lambda name: f"Same depth: {matched}" if name == SAME_DEPTH else name,
        key=SECOND_LAYER,
        bind="query-params",
        disabled=not is_used,
        help="Networks name their layers differently. “Same depth” takes the layer that is equally far from the "
        "picture, as a share of the way to the answer.",
    )
    name = matched if chosen == SAME_DEPTH else chosen
    say_layer(layers[name], is_used=is_used)
    return name
