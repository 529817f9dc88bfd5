"""What pages show: the photo with its faces, walls of channels, maps over faces, with colour bars and downloads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import cache, figures, pictures, state, tables
from dashboard.controls import EXPRESSION_TASK, Look, Shown, Subject
from dashboard.hotspots import hotspots
from dashboard.inputs import View
from dashboard.jobs import Run
from dashboard.targets import Goal

PORTRAIT_HEIGHT = 680
"""Height in pixels of an upright photo on the page, so that it fits a screen with its colour bar."""
FACE_SIDE = 576
"""Pixels of a side of the enlarged face under a map."""
OUTLYING = 99.0
"""Percentile of a map of pixels at which its colours end."""

Start = Callable[[], None]


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


@dataclass(frozen=True)
class Aim:
    """What an attribution is about, and the words for it.

    Args:
        method: the interp.Method.
        goal: what is explained.
    """

    method: Any
    goal: Goal

    @property
    def meaning(self) -> str:
        """What a colour stands for."""
        if self.method.name == "eigen_cam":  # the one method that looks at no target
            return "What the layer answers to most, whatever is asked"
        if self.method.signed:
            return self.goal.meaning
        kind = "What speaks for" if self.method.needs_layer else "How much each pixel matters for"
        return f"{kind} {self.goal.quoted}"

    @property
    def ends(self) -> tuple[str, str] | None:
        """Words for the two ends of a signed map's colour bar."""
        return (self.goal.less, self.goal.more) if self.method.signed else None


def explanation_pictures(subject: Subject, view: View, aim: Aim, explanation: Any, look: Look) -> None:
    """Shows a map over what the network gets and the same map pasted back onto the photo."""
    from interp import render

    parts = (subject.title, aim.method.label, aim.goal.words, explanation.layer or "input")
    limit = colour_limit(explanation)
    face = map_overlay(view, explanation.values, look, limit)
    photo = render.paste(
        subject.image,
        explanation.values,
        view.transform,
        view.size,
        opacity=look.opacity,
        palette=look.palette,
        signed=look.is_signed,
        limit=limit,
    )
    tail = f"; top {100 - OUTLYING:.0f} % beyond" if limit is not None else ""
    face_column, photo_column = _explanation_columns(view, face, photo, f"{aim.method.label} for {aim.goal.words}")
    with face_column:
        show_colour_bar(explanation.values, look, f"{aim.meaning}; faint means near 0{tail}", aim.ends, limit)
        download_png("Face with map", lambda: face, *parts, key="download_map")
        with st.container(horizontal=True, gap="medium", key="explanation_facts"):
            _explanation_facts(subject, aim, explanation)
        if sentence := completeness(explanation):
            st.caption(sentence)
    with photo_column:
        show_colour_bar(explanation.values, look, f"{aim.meaning}, same scale", aim.ends, limit)
        download_png("Photo with map", lambda: photo, *parts, "photo", key="download_pasted")


def colour_limit(explanation: Any) -> float | None:
    """Returns the value at which the colours of a map of pixels end, None for a layer's map: at its greatest value.

    A few pixels are often many times as strong as all others; by their measure the rest would be too faint to see.
    """
    if explanation.layer is not None:
        return None
    limit = float(np.percentile(np.abs(explanation.values), OUTLYING))
    return limit if 0 < limit < float(np.abs(explanation.values).max()) else None


def explanation_progress(view: View, aim: Aim, run: Run | None, *, seconds: float, on_start: Start) -> None:
    """Shows the pictures without a map in its place, with the progress of the run that looks for it.

    Args:
        view: what the network gets.
        aim: what is looked for.
        run: the run. Defaults to none: it waits for its button.
        seconds: float, how long a run is expected to take, 0 if unknown.
        on_start: callback of the button that starts it.
    """
    face_column, photo_column = _explanation_columns(view, view.enlarged(FACE_SIDE), view.photo, "Still no map")
    with photo_column:
        st.caption("The map follows here as well.")
    with face_column:
        if run is not None and run.status == "failed":
            st.error(
                f"{run.error} Try other settings or another layer.", title="No map came out", icon=":material/error:"
            )
            return
        progress = run.progress if run is not None else 0.0
        st.progress(progress, text=_explanation_state(aim, run, seconds))
        if run is not None and run.is_active:
            st.button("Cancel", key="cancel_explanation", icon=":material/stop:", on_click=run.cancel)
        else:
            st.button("Compute", key="compute", type="primary", icon=":material/play_arrow:", on_click=on_start)


def _explanation_columns(view: View, face: np.ndarray, photo: np.ndarray, words: str) -> tuple[Any, Any]:
    """Draws what the network gets and the photo side by side and returns their columns for what stands below."""
    face_column, photo_column = st.columns([2, 3], gap="large")
    with face_column:
        st.subheader(f"Over {view.noun}", anchor=False)
        st.image(face, width="stretch", alt=f"{words} over {view.noun}")
    with photo_column:
        st.subheader("Back on the photo", anchor=False)
        height, width = photo.shape[:2]
        st.image(
            photo,
            width="stretch" if width >= height else round(PORTRAIT_HEIGHT * width / height),
            output_format="JPEG",
            alt=f"{words} on the photo",
        )
    return face_column, photo_column


def _explanation_facts(subject: Subject, aim: Aim, explanation: Any) -> None:
    goal = aim.goal
    if goal.expression is not None:
        probability = figures.percent(subject.face.emotion[goal.expression])
        st.metric("Probability", probability, width="content", help=f"The network's share for “{goal.expression}”.")
    label, meaning = goal.score
    st.metric(label, figures.number(explanation.score), width="content", help=meaning)
    st.metric("Time", _duration(explanation.seconds), width="content", help=f"Taken by {aim.method.label}.")


def _explanation_state(aim: Aim, run: Run | None, seconds: float) -> str:
    if run is None:
        return f"{aim.method.label} with these settings takes about {seconds:.0f} s."
    asked = f"{run.done:,} of {run.total:,} pictures"
    if run.status == "cancelled":
        return f"Cancelled after {asked}." if run.total else "Cancelled before it began."
    if run.status == "waiting":
        return f"{aim.method.label}: getting ready…"
    left = f", about {run.seconds_left:.0f}\u00a0s left" if run.seconds_left and run.seconds_left >= 1 else ""
    return f"{aim.method.label}: {asked}{left}"


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def completeness(explanation: Any) -> str:
    """Says in words how well a complete method accounts for the score; "" for the others."""
    if "completeness_gap" not in explanation.details:
        return ""
    difference, gap = explanation.details["difference"], explanation.details["completeness_gap"]
    share = abs(gap) / max(abs(difference), 1e-9)
    verdict = (
        f"all but {figures.percent(share)} of it" if share < 0.05 else f"{figures.percent(share)} off: take more steps"
    )
    change = "rises" if difference >= 0 else "falls"
    return (
        f"From the baseline to the face the score {change} by {figures.number(abs(difference))}; the map's values sum "
        f"to {figures.number(difference + gap)}, {verdict}."
    )


def blank_advice(aim: Aim, layer: str | None) -> str:
    """Says what an all-zero map means and what to do next."""
    if layer is not None and not aim.method.signed:
        return (
            f"The map is zero everywhere: nothing at layer {layer} speaks for {aim.goal.quoted}. Choose a later "
            "layer, or HiResCAM, which also shows what speaks against it."
        )
    where = f"nothing at layer {layer}" if layer is not None else "no pixel"
    return (
        f"The map is zero everywhere: by this method {where} changes {aim.goal.quoted}. Choose another "
        "method or other settings."
    )


def _face(image: np.ndarray) -> np.ndarray:
    return pictures.as_rgb(pictures.enlarge(np.squeeze(image), FACE_SIDE))


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
