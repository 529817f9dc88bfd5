"""The photo picker: a sample, a file or a still from the webcam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from dashboard import state
from dashboard.services import photos
from dashboard.subject import Photo, Source

UPLOAD = "upload"
CAMERA = "camera"
DEFAULT_SAMPLE = "astronaut"

UPLOAD_TYPES = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"]
MAX_UPLOAD_MB = 10


def choose_photo() -> Photo:
    """Draw the photo picker and return the chosen photo.

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
    photo = photo_from(source, FIRST)
    if photo is None:
        photo = previous if previous is not None and previous.source != source else photos.sample(DEFAULT_SAMPLE)
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
    UPLOAD,
    CAMERA,
    DEFAULT_SAMPLE,
    ("Sample", "Photo file", "Webcam"),
    (None, None, None),
    has_labels=False,
)


def photo_from(source: Source, keys: PhotoKeys) -> Photo | None:
    """Draw the widget of a source; return its photo, None while there is none."""
    photo = _photo_from(source, keys)
    if photo is not None and photo.source != "Sample":
        st.session_state[state.HAS_OWN] = True
    return photo


def _photo_from(source: Source, keys: PhotoKeys) -> Photo | None:
    visible: Literal["visible", "collapsed"] = "visible" if keys.has_labels else "collapsed"
    if source == "Sample":
        samples = list(photos.SAMPLES)
        state.keep_choice(keys.sample, samples, keys.default)
        name = st.selectbox(
            keys.names[0],
            samples,
            index=samples.index(keys.default),
            format_func=lambda key: photos.SAMPLES[key].title,
            key=keys.sample,
            bind="query-params",
            help=keys.help_texts[0],
        )
        return photos.sample(name)
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


def back_to_sample() -> None:
    """Callback: show the default sample again."""
    st.session_state[state.SOURCE] = "Sample"
    st.session_state[state.SAMPLE] = DEFAULT_SAMPLE
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
