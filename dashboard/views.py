"""What pages show: the photo with its faces, walls of channels, maps over faces, with colour bars and downloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import cache, figures, pictures, state, tables
from dashboard.controls import EXPRESSION_TASK, Look, Shown, Subject
from dashboard.hotspots import hotspots
from dashboard.inputs import View

FACE_SIDE = 576
"""Pixels of a side of the enlarged face under a map."""


def photo_with_faces(subject: Subject, show: Shown) -> None:
    """Shows the photo with its numbered boxes and named points; a click on a box or a point chooses that face."""
    image, faces = subject.image, subject.analysis.faces
    size = (image.shape[1], image.shape[0])
    labels = [f"Face {number}: {face.expression}" for number, face in enumerate(faces, start=1)]
    boxes, angles = zip(*subject.frames, strict=True)
    regions = pictures.face_regions(size, boxes, labels, angles)
    hotspots(
        pictures.jpeg(image),
        size,
        regions if show.boxes else [replace(region, badge="") for region in regions],
        key="photo_with_faces",
        alt=f"Photo “{subject.photo.name}” with {len(faces)} numbered face{'s' if len(faces) > 1 else ''}",
        on_pick=_pick_face,
        chosen=subject.index if show.boxes else None,
        is_framed=show.boxes,
        dots=_dots(subject, show),
    )


def _dots(subject: Subject, show: Shown) -> list[pictures.Dot]:
    size = (subject.image.shape[1], subject.image.shape[0])
    found: list[pictures.Dot] = []
    for index, face in enumerate(subject.analysis.faces):
        points = face.landmarks if show.all_points else face.keypoints
        if not show.points or points is None:
            continue
        confidence = getattr(face, "landmark_confidence", None) if show.all_points else None
        found += pictures.dots(size, points, _point_words(confidence), index, confidence)
    return found


def _point_words(confidence: np.ndarray | None) -> list[str]:
    """Names of the 15 points, or with their confidence of the 68."""
    if confidence is None:
        return [tables.words(name) for name in tables.point_names()]
    from models.keypoints import NAMES68

    return [
        f"{tables.words(name)}, {figures.percent(float(share))} sure"
        for name, share in zip(NAMES68, confidence, strict=True)
    ]


def _pick_face(index: int) -> None:
    st.session_state[state.FACE] = index + 1


def subject_bar(subject: Subject, view: View) -> None:
    """One row that says what the page is about: what the network gets, whose it is, and the answer or what it is."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="subject_bar"):
        picture = pictures.enlarge(view.pixels, 144, is_smooth=view.pixels.shape[0] > 144)
        st.image(picture, width=72, alt=f"{view.noun.capitalize()} as the network gets it")
        with st.container(gap="xxsmall", width="stretch"):
            faces = len(subject.analysis.faces)
            st.markdown(f"**{subject.photo.name}**" + (f", face {subject.index + 1}" if faces > 1 else ""))
            is_read = view.task == EXPRESSION_TASK
            st.caption(f"The network says: {verdict(subject)}" if is_read else f"The network gets: {view.words}.")


def verdict(subject: Subject) -> str:
    """The network's answer in a few words: "happy, 93 %", or "uncertain (sad 31 %)"."""
    share = figures.percent(subject.face.emotion[subject.winner])
    if subject.face.expression == subject.winner:
        return f"{subject.winner}, {share}"
    return f"{subject.face.expression} ({subject.winner} {share})"


def annotated_photo(subject: Subject, show: Shown) -> np.ndarray:
    """Returns the photo with its boxes, and the points where they are shown, for download."""
    faces = subject.analysis.faces
    boxes, angles = zip(*subject.frames, strict=True)
    return pictures.annotate(
        subject.image,
        boxes,
        [f"{number} {face.expression}" for number, face in enumerate(faces, start=1)],
        subject.index,
        angles,
        [face.landmarks if show.all_points else face.keypoints for face in faces] if show.points else (),
    )


def faces_table(subject: Subject) -> None:
    """Shows one row a face and offers the table as CSV and JSON."""
    classes = [name.capitalize() for name in subject.face.emotion]
    st.dataframe(
        tables.faces_overview(subject.analysis),
        hide_index=True,
        column_config={
            "Face": st.column_config.NumberColumn(pinned=True),
            "Angle": st.column_config.NumberColumn(format="%.0f°", help="By which the face is turned clockwise."),
            "Detector score": st.column_config.NumberColumn(format="%.2f"),
            **{name: st.column_config.NumberColumn(format="%.0f %%") for name in classes},
        },
        key="faces_table",
        alt="Table of all faces with their probabilities, boxes and points",
    )
    name, analysis = subject.photo.name, subject.analysis
    with st.container(horizontal=True, gap="small"):
        _download_text("CSV", lambda: tables.faces_csv(analysis), name, "text/csv")
        _download_text(
            "JSON", lambda: tables.faces_json(name, subject.network_name, analysis), name, "application/json"
        )


def _download_text(label: str, text: Callable[[], str], photo_name: str, mime: str) -> None:
    st.download_button(
        label,
        data=text,
        file_name=pictures.file_name(photo_name, "faces", suffix=label.lower()),
        mime=mime,
        on_click="ignore",
        icon=":material/download:",
        key=f"download_{label.lower()}",
    )


def detectors_table(subject: Subject) -> None:
    """Shows for each detector how many faces it finds on this photo, and how fast."""
    rows = []
    for name, detector in cache.detectors().items():
        found = cache.analysis(subject.photo, name)
        rows.append(
            {
                "In use": name == subject.analysis.detector,
                "Detector": detector.label,
                "Faces": len(found.faces),
                "Dropped": getattr(found, "dropped", 0),
                "Time": 1000 * cache.detection_seconds(subject.photo, name),
                "How": detector.summary,
            }
        )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            "In use": st.column_config.CheckboxColumn(width=56),
            "Faces": st.column_config.NumberColumn(width=56),
            "Dropped": st.column_config.NumberColumn(width=72, help="Detections whose points make no face."),
            "Time": st.column_config.NumberColumn(
                format="%.0f ms", width=72, help="Of one run on this photo, on this server, at this moment."
            ),
        },
        key="detectors_table",
        alt="Table of the detectors with the faces that each found on this photo and the time it took",
    )


def crop_caption(subject: Subject) -> str:
    """Says what the small grey face is, and whether it was turned."""
    angle = round(subject.frames[subject.index][1])
    return "All the network gets" + (f", turned back by {abs(angle)}°" if angle else "")


def inspect_words(subject: Subject) -> str:
    """Explains boxes, points and answer in a few sentences."""
    words = (
        "A frame is what is cut out of the photo for the network, turned as the face is turned. The cut is made "
        "upright, grey and 48 by 48 pixels small: that small picture is all that the network gets to name an "
        "expression. It always names one of its classes, also for a face that shows none of them; the bars show how "
        "it spreads its belief."
    )
    if subject.face.keypoints is None:
        return words
    return (
        f"{words} The points are found by a network of their own; the pointer over one shows its name. They tell how "
        "the face is turned, so that a face upside down is read as it is upright."
    )


def analysis_details(subject: Subject, card: Any) -> list[str]:
    """Returns lines for those who want to know more: sizes, detector, time of each stage, network and its accuracy."""
    from models.detection import DETECTORS

    height, width = subject.image.shape[:2]
    detector = DETECTORS.get(subject.analysis.detector)
    stages = ", ".join(f"{stage} {1000 * seconds:.0f} ms" for stage, seconds in subject.analysis.seconds.items())
    scores = [
        f"Accuracy on {name}: {_accuracy(metric)}" for name, metric in card.metrics.items() if "accuracy" in metric
    ]
    return [
        f"Photo as used: {width}×{height} pixels",
        f"Detector: {detector.label if detector else subject.analysis.detector}",
        f"Time: {stages}",
        f"Network: {card.title}, input {'×'.join(map(str, card.input_shape))}",
        *scores,
        *card.raw.get("limits", []),
    ]


def _accuracy(metric: dict[str, Any]) -> str:
    low, high = (f"{100 * end:.1f}" for end in metric["interval"])
    return f"{100 * metric['accuracy']:.1f} % ({low} to {high}) of {metric['faces']:,} faces"


def answer(subject: Subject, threshold: float | None) -> str:
    """One sentence on the network's answer, and why it may be "uncertain"."""
    share = figures.percent(subject.face.emotion[subject.winner])
    if subject.face.expression == subject.winner:
        return f"The network gives this class {share}."
    limit = figures.percent(threshold or 0)
    return f"The strongest class, {subject.winner}, gets {share}. Below {limit} the app names none."


def map_overlay(view: View, values: np.ndarray, look: Look, limit: float | None = None) -> np.ndarray:
    """Returns what the network gets, enlarged, with a map over it, RGB uint8."""
    from interp import render

    face = view.enlarged(FACE_SIDE)
    return render.overlay(face, values, opacity=look.opacity, palette=look.palette, signed=look.is_signed, limit=limit)


def show_colour_bar(
    values: np.ndarray,
    look: Look,
    title: str,
    ends: tuple[str, str] | None = None,
    limit: float | None = None,
) -> None:
    """Shows the scale of a map that is drawn with this look; `ends` puts words to its two ends."""
    from interp import render

    low, high = render.limits(values if limit is None else np.array([limit]), signed=look.is_signed)
    st.html(figures.colour_bar(render.palette_stops(look.palette), low, high, title, ends))


def download_png(label: str, image: Callable[[], np.ndarray], *parts: str, key: str) -> None:
    """A button that encodes and delivers the picture when it is clicked, under a speaking file name."""
    st.download_button(
        label,
        data=lambda: pictures.png(image()),
        file_name=pictures.file_name(*parts),
        mime="image/png",
        on_click="ignore",
        icon=":material/download:",
        key=key,
    )
