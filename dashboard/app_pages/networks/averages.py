"""The average face of each expression, and where a network looks on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import streamlit as st

from dashboard.app_pages.networks.parts import read
from dashboard.drawing import pictures
from dashboard.drawing.words import share
from dashboard.services import networks
from dashboard.services.average_maps import AverageMaps
from dashboard.widgets.gallery import Tile, gallery
from dashboard.widgets.maps import show_scale
from interp import METHODS, render
from models import Card

MAKE_MAPS = "python -m dashboard.make_average_maps --data fer2013.csv"
MAP_SIDE = 192
"""Pixels of a side of an average face under its map."""


def averages(card: Card) -> None:
    """What the faces of each class have in common, and where the network looks on them."""
    shipped = networks.average_faces()
    average_faces(shipped)
    st.caption("Each is an average of hundreds or thousands of training faces, so it shows nobody in particular.")
    found = networks.average_maps(card.name)
    if found is None:
        st.subheader("Average map of each class", anchor=False)
        st.markdown("The maps of this network have not been averaged yet. If you have the faces, run:")
        st.code(MAKE_MAPS, language=None, wrap_lines=True)
    else:
        _average_maps(found, {name: face for name, (face, _) in shipped.items()})
    read(
        "Each map is made for the label of a face by the network's usual method, divided by its own highest value, "
        "then averaged over the faces with that label; the network was not trained on these. It is drawn over the "
        "average face: bright is where the network usually finds evidence for the expression. Most networks look at "
        "the middle of the face, whatever the class, so the last row subtracts what all classes have in common. "
        "Faces are only roughly in the same place, so an average is blurred, and it hides that some faces are read "
        "differently. The maps of a row share one scale."
    )


def _average_maps(found: AverageMaps, faces: Mapping[str, np.ndarray]) -> None:
    wide = {name: pictures.enlarge(faces[name], MAP_SIDE, is_smooth=True) for name in found.labels if name in faces}
    limit, label = float(found.values.max()) or 1.0, METHODS[found.method].label
    st.subheader("Average map of each class", anchor=False)
    gallery(
        [
            Tile(
                render.overlay(face, found.of(name), 0.75, limit=limit),
                f"Average {label} map for {name}, strongest {place(found.of(name))} of the average face",
                name.capitalize(),
            )
            for name, face in wide.items()
        ],
        key="average_maps",
        alt="The average map of each class over its average face",
        width=120,
    )
    show_scale("How bright a place is on its map, on average (1 = the brightest)", ("none", "most"), limit=limit)
    counts = dict(zip(found.labels, found.faces, strict=True))
    st.caption(
        f"{label}, layer {found.layer}; {found.data} ("
        + ", ".join(f"{name} {count:,}" for name, count in counts.items())
        + "). "
        + blank_sentence(dict(zip(found.labels, found.blank, strict=True)))
    )
    apart = found.values - found.values.mean(axis=0)
    most = float(np.abs(apart).max()) or 1.0
    st.subheader("What sets each class apart", anchor=False)
    gallery(
        [
            Tile(
                render.overlay(face, values, 0.8, signed=True, limit=most),
                f"The average map for {name} less that of all classes: more {place(values)}, less "
                f"{place(-values)} of the average face",
                name.capitalize(),
            )
            for name, values in zip(found.labels, apart, strict=True)
            if (face := wide.get(name)) is not None
        ],
        key="apart_maps",
        alt="The average map of each class less the mean of all seven, over its average face",
        width=120,
    )
    title = "The average map of the class minus the mean of all classes"
    show_scale(title, ("less than others", "more"), is_signed=True, limit=most)


def average_faces(averages: Mapping[str, tuple[np.ndarray, int]]) -> None:
    """Show the mean face of each class, of so many faces."""
    st.subheader("Average face of each class", anchor=False)
    gallery(
        [
            Tile(face, f"Average of {count:,} faces labelled {name}", name.capitalize())
            for name, (face, count) in averages.items()
        ],
        key="average_faces",
        alt="The average face of each class",
        width=120,
    )


def place(values: Iterable[Iterable[float]]) -> str:
    """Say where on a face a map is strongest: "in the middle", "above on the left"."""
    rows = [[float(value) for value in row] for row in values]
    if not any(any(row) for row in rows):
        return "nowhere"
    height, width = len(rows), len(rows[0])
    _, row, column = max((value, -y, -x) for y, line in enumerate(rows) for x, value in enumerate(line))
    down, across = (0.5 - row) / height, (0.5 - column) / width
    upright = "above" if down < 1 / 3 else "below" if down > 2 / 3 else ""
    sideways = "on the left" if across < 1 / 3 else "on the right" if across > 2 / 3 else "in the middle"
    return f"{upright} {sideways}".strip()


def blank_sentence(blank: Mapping[str, float]) -> str:
    """Say how many maps of each class are blank; that of the classes alone that have any."""
    told = [f"{name} {share(part, 0)}" for name, part in blank.items() if part >= 0.005]
    if not told:
        return "Almost no map is blank."
    return f"Blank maps, with no evidence for the label, count as zero: {', '.join(told)}."
