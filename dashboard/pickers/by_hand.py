"""Boxes by hand around a face or a person, where the detector finds none."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.drawing import pictures
from dashboard.pickers.detector import offer_detectors
from dashboard.services import networks
from dashboard.subject import Box, Kind, Photo
from dashboard.widgets.picture import BoxPen, picture_with

LEAST_BOX = 8
"""Pixels that a box by hand must have on each side."""


def ways_without_face(photo: Photo, image: np.ndarray, detector: str) -> None:
    """Say that there is no face, and offer the other detectors and the whole picture."""
    st.subheader("No face found")
    label = networks.detectors()[detector].label
    st.markdown(f"The detector in use ({label}) finds none on this photo. You can still carry on:")
    offer_detectors(detector)
    height, width = image.shape[:2]
    st.button(
        "Use the whole picture",
        icon=":material/fullscreen:",
        key="use_whole_picture",
        on_click=state.add_by_hand,
        args=(photo.id, "Face", (0, 0, width, height)),
    )


def enter_box(photo: Photo, image: np.ndarray, kind: Kind, faces: int = 0) -> pictures.Region:
    """Draw four number inputs and a button for a box by hand; return the box as entered so far."""
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


def _side_key(photo_id: str, kind: Kind, side: str) -> str:
    return f"{kind.lower()}_{side.lower()}_{photo_id[:12]}"


def _entered_box(photo_id: str, kind: Kind, size: tuple[int, int]) -> Box:
    x, y, width, height = (
        int(st.session_state[_side_key(photo_id, kind, side)]) for side in ("Left", "Top", "Width", "Height")
    )
    return x, y, min(width, size[0] - x), min(height, size[1] - y)


def photo_with_pen(photo: Photo, image: np.ndarray, kind: Kind, draft: pictures.Region | None, alt: str) -> None:
    """Show a photo on which a box can be drawn around something; `draft` is the box until then."""
    size = (image.shape[1], image.shape[0])
    pen = BoxPen(lambda drawn: add_drawn(photo, size, kind, drawn), draft)
    picture_with([pen], pictures.jpeg(image), size, key=f"photo_for_{kind.lower()}", alt=f"Photo “{photo.name}”{alt}")


def add_drawn(photo: Photo, size: tuple[int, int], kind: Kind, drawn: pictures.Sent, faces: int = 0) -> None:
    """Callback: add the box that was drawn on a photo of this size, unless it is too small; see `enter_box`."""
    box = pictures.box_of_shares(drawn, size, LEAST_BOX)
    if box is not None:
        _add_box(photo.id, kind, box, faces)


def _add_box(photo_id: str, kind: Kind, box: Box, faces: int) -> None:
    state.add_by_hand(photo_id, kind, box)
    st.session_state[state.ADD] = None
    if kind == "Face":
        st.session_state[state.FACE] = faces + 1
    elif kind == "Person":
        st.session_state[state.PERSON_OF] = state.NEWEST
