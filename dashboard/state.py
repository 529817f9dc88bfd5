"""Session keys that several pages or pickers share, and how choices survive a turn of the page.

A key that one module uses stands there, and is read with its default: `st.session_state.get(KEY, default)`. Keys that
stand in the address bar read well there, and so do the labels of their options, which Streamlit writes behind them:
`?sample=Astronaut&layer=conv3_1`.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.subject import Box, ByHand, Kind, Photo, Source

SOURCES: tuple[Source, ...] = ("Sample", "Upload", "Webcam")
SOURCE = "source"
SAMPLE = "sample"
DETECTOR = "detector"
NETWORK = "network"
FACE = "face"
ADD = "add_by_hand"
PERSON = "person"
LAYER = "layer"
CHANNEL = "channel"
ROW = "row"
COLUMN = "column"
METHOD = "method"
SHOW = "show"
PAGE = "page"
CHOICES = "choices"
ADDRESS = "address"
PHOTO = "current_photo"
BY_HAND = "boxes_by_hand"
HAS_OWN = "has_own_photo"
PERSON_OF = "person_of"
NEWEST = "newest"
"""The value of PERSON_OF that asks for the person added last."""
DEFAULTS: dict[str, Callable[[], Any]] = {  # a session holds values of any kind
    PAGE: lambda: (None, False),
    CHOICES: dict,
    ADDRESS: dict,
    PHOTO: lambda: None,
    BY_HAND: dict,
    HAS_OWN: bool,
    PERSON_OF: lambda: None,
}


def prepare() -> None:
    """Set every default that the session lacks."""
    for key, make in DEFAULTS.items():
        if key not in st.session_state:
            st.session_state[key] = make()


def turn_page(name: str) -> None:
    """Note which page is drawn; on the first run of another one, `keep_choice` brings the choices along."""
    previous, _ = st.session_state[PAGE]
    st.session_state[PAGE] = (name, previous is not None and previous != name)


def note_address() -> None:
    """Note choices and how the address bar spells them, for the first run of another page; call it at a run's end."""
    st.session_state[ADDRESS] = {
        key: (st.session_state[key], text) for key, text in st.query_params.to_dict().items() if key in st.session_state
    }


def follow_history() -> None:
    """After Back or Forward to another page, run it once more, with the choices of its own address.

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


def keep_choice(key: str, options: Container[object], default: object) -> None:
    """Prepare a choice for its widget: it survives a turn of the page, and is among the present options.

    Streamlit starts the widgets of another page anew, those with an address too, and leaves what came by a link out of
    the next page's address. A choice that the options lack becomes the default, so that a widget never starts outside
    its options.
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


def follow_usual(key: str, usual: object) -> None:
    """Let a choice that is the usual one go along when another one becomes usual; call it before `keep_choice`.

    What the usual one is may hang on the network or the method, and who never chose does not want the old one.
    """
    before = st.session_state.get(f"usual_{key}", usual)
    st.session_state[f"usual_{key}"] = usual
    if before == usual:
        return
    for kept in (st.session_state, st.session_state[CHOICES]):
        if key in kept and kept[key] == before:
            kept[key] = usual


def looks_at_samples_only() -> bool:
    """Whether all that the session has looked at so far is everybody's: samples, as they are found by themselves."""
    photo: Photo | None = st.session_state.get(PHOTO)
    if photo is None or photo.source != "Sample":
        return False
    return not st.session_state[HAS_OWN] and not st.session_state[BY_HAND]


def by_hand(photo: Photo) -> ByHand:
    """Return the boxes that were drawn or entered for this photo."""
    found: ByHand = st.session_state[BY_HAND].get(photo.id, ByHand())
    return found


def add_by_hand(photo_id: str, kind: Kind, box: Box) -> None:
    """Remember a box drawn or entered for one photo, around a face, a person or what to look at."""
    kept = st.session_state[BY_HAND].get(photo_id, ByHand())
    st.session_state[BY_HAND][photo_id] = {
        "Area": replace(kept, area=box),
        "Face": replace(kept, faces=(*kept.faces, box)),
        "Person": replace(kept, people=(*kept.people, box)),
    }[kind]


def forget_area(photo_id: str) -> None:
    """Look at a whole photo again."""
    kept = replace(st.session_state[BY_HAND].pop(photo_id, ByHand()), area=None)
    if kept != ByHand():
        st.session_state[BY_HAND][photo_id] = kept


def forget_by_hand(photo_id: str) -> None:
    """Go back to what is found on a photo without any help."""
    st.session_state[BY_HAND].pop(photo_id, None)
