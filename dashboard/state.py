"""Every session key and its default, named once.

Keys that stand in the address bar (all but those of a private photo) read well there, and so do the labels of their
options, which Streamlit writes behind them: `?sample=Astronaut&layer=conv3_1`.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.subject import DEFAULT_NETWORK, Box, ByHand, Kind, Photo, Source

SOURCES: tuple[Source, ...] = ("Sample", "Upload", "Webcam")
SOURCE = "source"
SAMPLE = "sample"  # *
UPLOAD = "upload"
CAMERA = "camera"
DETECTOR = "detector"  # *
NETWORK = "network"  # *
FACE = "face"  # *
FACES = "faces"  # *
POINTS = "points"  # *
ALL_POINTS = "all_points"  # *
POSE = "pose"  # *
LOGITS = "logits"
ADD = "add_by_hand"
PERSON = "person"  # *
EXPRESSION = "expression"  # *
AGAINST = "against"  # *
POINT = "point"  # *
READING = "reading"  # *
JOINT = "joint"  # *
LAYER = "layer"  # *
CHANNEL = "channel"  # *
SORT = "sort"  # *
ROW = "row"  # *
COLUMN = "column"  # *
METHOD = "method"  # *
SHOW = "show"  # *
SLOW_TOO = "slow_too"
METHODS = "methods"
OPACITY = "opacity"
PALETTE = "palette"
SIGNED_PALETTE = "signed_palette"
DREAM_KIND = "strengthen"  # *
DREAM_VIEW = "dream"  # *
DREAM_START = "start"  # *
DREAM_FRAME = "dream_frame"
DREAM_SEED = "dream_seed"
DREAM_SIZE = "dream_size"
DREAM_OCTAVES = "dream_octaves"
DREAM_STEPS = "dream_steps"
DREAM_STRENGTH = "dream_strength"
STEP = "step"  # *
PROJECTOR = "projector"  # *
GUESS_TOOL = "guess_tool"
GUESS_PARTS = "guess_parts"
GUESS_NAME = "guess_name"
COVERED = "covered"  # *
FILL = "fill"  # *
BOX_SIDES = ("box_left", "box_top", "box_width", "box_height")  # *
NOISE_SEED = "noise_seed"  # *
ALONG = "along"  # *
FLIP_TO = "flip_to"  # *
FLIP_RANK = "flip_rank"  # *
THROUGH = "through"  # *
BOX_SHIFT = "box_shift"  # *
BOX_GROWTH = "box_growth"  # *
BOX_ANGLE = "box_angle"  # *
BOX_DRAWS = "box_draws"  # *
BOX_SEED = "box_seed"  # *
COMPARE = "compare"  # *
LENS = "lens"  # *
SECOND_NETWORK = "second_network"  # *
SECOND_LAYER = "second_layer"  # *
SECOND_FACE = "second_face"  # *
SECOND_SOURCE = "second_source"
SECOND_SAMPLE = "second_sample"  # *
SECOND_UPLOAD = "second_upload"
SECOND_CAMERA = "second_camera"
VIEW = "view"  # *
CONFUSION = "confusion"
USAGE = "usage"
LABELLED = "labelled"  # *
ANSWERED = "answered"  # *
MISTAKES_PAGE = "mistakes_page"
DUPLICATES_PAGE = "duplicates_page"
LIVE_SOURCE = "watch"  # *
LIVE_STREAM = "live_stream"
LIVE_FACE = "live_face"
MIRRORED = "mirrored"
LIVE_POINTS = "live_points"
LIVE_MAP = "live_map"
VIDEO = "video"
FILM_FACE = "film_face"
PAGE = "page"
CHOICES = "choices"
ADDRESS = "address"
PHOTO = "current_photo"
EXPRESSION_NETWORK = "expression_network"
PARKED_NETWORK = "parked_network"
BY_HAND = "boxes_by_hand"
PERSON_OF = "person_of"
IS_JITTERED = "is_jittered"
SHUFFLES = "shuffles"
MISTAKE = "chosen_mistake"
MARKS = "guess_marks"
REVEALED = "guess_revealed"
SCOREBOARD = "guess_scoreboard"
LIVE = "live_reader"
PRESENT_FACES = "present_faces"
SECOND_PHOTO = "second_photo"
DEFAULT_SAMPLE = "astronaut"
NEWEST = "newest"
"""The value of PERSON_OF that asks for the person added last."""
PREDICTED = "predicted"
"""The choice of EXPRESSION that follows the network's own answer from face to face."""
SAME_DEPTH = "same depth"
"""The choice of SECOND_LAYER that follows the first network's layer."""
DEFAULT_SECOND_SAMPLE = "hopper"
NO_OTHER = "none"
"""The choice of AGAINST that explains a class by itself."""
DEFAULTS: dict[str, Callable[[], Any]] = {
    PAGE: lambda: (None, False),
    CHOICES: dict,
    ADDRESS: dict,
    PHOTO: lambda: None,
    EXPRESSION_NETWORK: lambda: DEFAULT_NETWORK,
    PARKED_NETWORK: lambda: (None, None),
    BY_HAND: dict,
    PERSON_OF: lambda: None,
    IS_JITTERED: bool,
    SHUFFLES: int,
    MISTAKE: lambda: None,
    MARKS: lambda: None,
    REVEALED: lambda: None,
    SCOREBOARD: list,
    LIVE: lambda: None,
    PRESENT_FACES: tuple,
    SECOND_PHOTO: lambda: None,
}


def prepare() -> None:
    """Sets every default that the session lacks."""
    for key, make in DEFAULTS.items():
        if key not in st.session_state:
            st.session_state[key] = make()


def turn_page(name: str) -> None:
    """Notes which page is drawn; on the first run of another one, `keep_choice` brings the choices along."""
    previous, _ = st.session_state[PAGE]
    st.session_state[PAGE] = (name, previous is not None and previous != name)


def note_address() -> None:
    """Notes choices and how the address bar spells them, for the first run of another page; call it at a run's end."""
    st.session_state[ADDRESS] = {
        key: (st.session_state[key], text) for key, text in st.query_params.to_dict().items() if key in st.session_state
    }


def follow_history() -> None:
    """After Back or Forward to another page, runs it once more, with the choices of its own address.

    Streamlit takes choices that both pages have out of the address, for it holds them to be the other page's. Call this
    once the widgets that all pages share are drawn.
    """
    context = get_script_run_ctx()
    if context is None or not context.is_history_navigation or not st.session_state[PAGE][1]:
        return
    asked = parse_qs(context.query_string)
    lost = {key: asked[key] for key in asked if key not in st.query_params}
    if lost:
        st.query_params.update(lost)  # and so back into the address bar
        st.rerun()


def keep_choice(key: str, options: Container[Any], default: Any) -> None:
    """Readies a choice for its widget: it survives a turn of the page, and is among the present options.

    Streamlit starts the widgets of another page anew, those with an address too, and leaves what came by a link out of
    the next page's address. A choice that the options lack becomes the default, so that a widget never starts outside
    its options.

    Args:
        key: str, the widget's key.
        options: what can be chosen now.
        default: what to fall back to.
    """
    choices, has_turned = st.session_state[CHOICES], st.session_state[PAGE][1]
    if key in st.session_state:
        choices[key] = st.session_state[key]
    elif not has_turned or key not in choices:
        return
    if choices[key] not in options:
        st.session_state[key] = choices[key] = default
    elif has_turned:
        st.session_state[key] = choices[key]
        choice, spelled = st.session_state[ADDRESS].get(key, (None, ""))
        if spelled and choice == choices[key] and key not in st.query_params:
            st.query_params[key] = spelled


def by_hand(photo: Photo) -> ByHand:
    """Returns the boxes that were drawn or entered for this photo."""
    found: ByHand = st.session_state[BY_HAND].get(photo.id, ByHand())
    return found


def add_by_hand(photo_id: str, kind: Kind, box: Box) -> None:
    """Remembers a box drawn or entered for one photo, around a face or a person."""
    kept = st.session_state[BY_HAND].get(photo_id, ByHand())
    added = {"Face": {"faces": (*kept.faces, box)}, "Person": {"people": (*kept.people, box)}}[kind]
    st.session_state[BY_HAND][photo_id] = replace(kept, **added)


def forget_by_hand(photo_id: str) -> None:
    """Goes back to what is found on a photo without any help."""
    st.session_state[BY_HAND].pop(photo_id, None)
