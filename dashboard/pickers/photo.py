"""The photo picker: a sample, a file, a still from the webcam, an address, or what is dropped on the page or pasted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import state, visits
from dashboard.drawing.pictures import data_url
from dashboard.pickers.switch import choose_from
from dashboard.services import networks, photos, reloads, web
from dashboard.subject import Photo, Source
from dashboard.widgets.door import door
from dashboard.widgets.gallery import Tile, gallery

UPLOAD = "upload"
CAMERA = "camera"
BROUGHT = "brought_photo"
"""The session key of a photo that was dropped on the page, pasted, or asked for again after a reload."""
ASKED = "photo_asked_for"
"""The session key of a photo that a page asks for: the picker stands above the page, and takes it in the next run."""
ADDRESS = "photo_address"
ASKED_ADDRESS = "asked_address"
"""The session key of an address whose picture has not been fetched yet; it is never in the page's own address."""
TOKEN = "photo_token"
"""The session key of what the tab asks for its photo by after a reload; it is never in the address."""
DEFAULT_SAMPLE = "astronaut"

UPLOAD_TYPES = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "heic", "heif", "avif"]
MAX_UPLOAD_MB = 50
PRIVACY = (
    "**Private.** A photo stays in this server's memory while you look at it, and for "
    f"{visits.KEPT_SECONDS} seconds more, so that this tab can show it again after a reload. It is never saved, and no "
    "other visitor can reach it unless you share it with a class on Guess."
)
TILE_WIDTH = 84
"""Pixels of a sample in the gallery: three in a row of the sidebar."""


def choose_photo() -> Photo:
    """Draw the photo picker and return the chosen photo.

    While a new one is awaited the last one stays; one that its visitor removes is forgotten.
    """
    if (asked := st.session_state.pop(ASKED, None)) is not None:
        bring(asked)
    _fetch_asked()
    st.segmented_control(
        "Photo",
        state.SOURCES,
        default=state.SOURCES[0],
        key=state.SOURCE,
        required=True,
        width="stretch",
        help="A sample, a file of yours, or a picture from your webcam. You can also drop a photo anywhere on the "
        "page, or paste one.",
    )
    source = st.session_state[state.SOURCE]
    previous: Photo | None = st.session_state[state.PHOTO]
    brought: Photo | None = st.session_state.get(BROUGHT)
    photo = photo_from(source, FIRST) if brought is None else _brought(brought)
    if photo is None:
        photo = previous if previous is not None and previous.source != source else photos.sample(DEFAULT_SAMPLE)
    if previous is not None and previous.id != photo.id:
        st.session_state[state.FACE] = 1
    st.session_state[state.PHOTO] = photo
    if source == "Sample":
        _show_samples(photo)
    elif source == "Upload" and web.is_on():
        _ask_for_address()
    _open_door(photo)
    return photo


def _show_samples(chosen: Photo) -> None:
    """Draw the samples as pictures to click."""
    keys = photos.list_samples(with_drawings=_looks_at_area() or chosen.name in {one.title for one in photos.DRAWINGS})
    titles = [photos.SAMPLES[key].title for key in keys]
    named = zip(keys, titles, strict=True)
    gallery(
        [_sample_tile(key, title) for key, title in named],
        key="samples",
        alt="Samples",
        width=TILE_WIDTH,
        on_pick=lambda index: st.session_state.update({state.SAMPLE: keys[index]}),
        chosen=titles.index(chosen.name) if chosen.source == "Sample" else None,
    )


def _sample_tile(key: str, title: str) -> Tile:
    small, file = photos.thumbnail(key)
    return Tile(small, f"Show the sample {title}", title, source=data_url(file))


def _looks_at_area() -> bool:
    """Return whether the chosen network looks for no face, so that drawings are of use to it."""
    name = st.session_state.get(state.NETWORK) or st.query_params.get(state.NETWORK)  # a link's, before its picker
    return name in networks.known() and networks.task(name).looks_at_area


def _ask_for_address() -> None:
    """Draw the field for the address of a picture."""
    st.text_input(
        "Or a picture from the web",
        key=ADDRESS,
        placeholder="https://…",
        on_change=lambda: st.session_state.update({ASKED_ADDRESS: st.session_state[ADDRESS]}),
        help="The address of a picture on the public web. This server fetches it, so its owner sees the server's "
        f"address, not yours: {web.MOST_BYTES >> 20} MB and {web.MOST_SECONDS:.0f} seconds at most.",
    )


def _fetch_asked() -> None:
    """Fetch the picture of the address that was just given, before anything else of the picker is drawn."""
    address = str(st.session_state.pop(ASKED_ADDRESS, "")).strip()
    if not address:
        return
    try:
        with st.spinner("Fetching the picture…"):
            name, data = web.picture(address)
    except web.WebError as error:
        bring(Photo("Picture from the web", b"", "Upload", str(error)))
    else:
        bring(Photo(_short_name(name), data, "Upload"))


# Photos that come in by the page itself -----------------------------------------------------------------------------


def _open_door(photo: Photo) -> None:
    """Take photos that are dropped or pasted, and have the tab ask for its own one after a reload."""
    is_fresh = TOKEN not in st.session_state and state.SAMPLE not in st.query_params
    token = str(st.session_state.get(TOKEN, ""))
    if photo.source == "Sample" or photo.refusal:
        if token:
            reloads.cloakroom().forget(token)
        token = ""
    else:
        token = reloads.cloakroom().leave(photo, token, partial(visits.is_open, _session_id()))
    st.session_state[TOKEN] = token
    door(
        key="door",
        uploader=UPLOAD,
        endings=UPLOAD_TYPES,
        most_bytes=MAX_UPLOAD_MB * 2**20,
        shown=photo.id,
        token=token,
        is_fresh=is_fresh,
        on_photo=lambda name, data: bring(Photo(_short_name(name), data, "Upload")),
        on_too_large=lambda name, size: bring(Photo(_short_name(name), b"", "Upload", _too_large(name, size))),
        on_return=_bring_back,
    )


def _session_id() -> str:
    context = get_script_run_ctx()
    return "" if context is None else context.session_id


def _too_large(name: str, size: int) -> str:
    return (
        f"“{_short_name(name)}” has {size / 2**20:.0f} MB, and a photo may have {MAX_UPLOAD_MB}. Choose a smaller one, "
        "or save it as a JPEG."
    )


def bring(photo: Photo) -> None:
    """Callback: show a photo that came in by the page itself on every page."""
    st.session_state[BROUGHT] = photo
    st.session_state[state.SOURCE] = photo.source
    st.session_state[state.HAS_OWN] = True


def _bring_back(token: str) -> None:
    """Callback: show the photo that this tab had before its page was loaded again, if it is still there."""
    photo = reloads.cloakroom().fetch(token)
    if photo is not None:
        st.session_state[TOKEN] = token
        bring(photo)


def _brought(photo: Photo) -> Photo | None:
    """Return the photo that came in by the page itself, until another source or file is chosen."""
    if st.session_state[state.SOURCE] != photo.source:
        st.session_state[BROUGHT] = None
        return photo_from(st.session_state[state.SOURCE], FIRST)
    newer = photo_from(photo.source, FIRST)  # its widget's `on_change` has put the other one aside by now
    if st.session_state.get(BROUGHT) is None:
        return newer
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"“{photo.name}”")
        st.button("Remove", key="remove_brought", icon=":material/close:", type="tertiary", on_click=back_to_sample)
    return photo


def _put_aside() -> None:
    """Callback: a picker has another photo, so that the one that came in by the page itself is not shown any more."""
    st.session_state[BROUGHT] = None


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
    on_change=_put_aside,
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
        titles = {name: sample.title for name, sample in photos.SAMPLES.items()}
        return photos.sample(choose_from(keys.names[0], keys.sample, titles, keys.default, keys.help_texts[0]))
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
    printable = "".join(letter for letter in file_name if letter.isprintable())
    stem = printable.rsplit(".", 1)[0].strip() or "photo"
    return stem if len(stem) <= 32 else stem[:31] + "…"


def back_to_sample() -> None:
    """Callback: show the default sample again."""
    st.session_state[state.SOURCE] = "Sample"
    st.session_state[state.SAMPLE] = DEFAULT_SAMPLE
    st.session_state[state.PHOTO] = None
    st.session_state[BROUGHT] = None


def notes() -> None:
    """What happens to a photo, and what the app is not for."""
    st.caption(PRIVACY)
    st.caption(
        "**An expression is not a feeling.** The network names what a face looks like, and it is often wrong. It is "
        "not for hiring, nor for watching people at school or at work; the EU bans emotion recognition there.",
    )
