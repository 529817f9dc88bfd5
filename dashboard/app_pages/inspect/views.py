"""What the Inspect page shows: the photo with faces, points and skeletons, the face's card, people, tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.app_pages.inspect import results
from dashboard.drawing import figures, pictures, tables
from dashboard.drawing.scores import Block
from dashboard.drawing.words import duration, percent, three_digits
from dashboard.pickers.by_hand import add_drawn, enter_box
from dashboard.pickers.detector import chosen_detector
from dashboard.pickers.network import await_network
from dashboard.pickers.person import choose_person, chosen_person, person_words
from dashboard.pickers.switch import choose_switch
from dashboard.services import explanations, networks, photos
from dashboard.subject import ByHand, Kind, Subject
from dashboard.widgets.downloads import download_png, download_text
from dashboard.widgets.picture import BoxPen, Layer, Points, Regions, Skeletons, picture_with
from models import Card, Person
from models.detection import DETECTORS, Detector
from models.images import lighting_up
from models.keypoints import NAMES68

FACES = "faces"
POINTS = "points"
ALL_POINTS = "all_points"
POSE = "pose"
SIDE_BY_SIDE = "detectors"
LOGITS = "logits"

POSE_NETWORK = "pose"
MOST_HEIGHT = 56
"""Of the photo, in hundredths of the window's height: with the page's head above it and the answer beside it, all of
it fits the first screen."""
STAGES = {
    "detect": "Find faces",
    "keypoints": "Points",
    "align": "Turn upright",
    "expression": "Expression",
    "pose": "Pose",
}


@dataclass(frozen=True)
class Drawn:
    """What is drawn on the photo."""

    faces: bool
    points: bool
    all_points: bool
    pose: bool


# Photo ---------------------------------------------------------------------------------------------------------------


def choose_drawn(subject: Subject) -> Drawn:
    """Draw the switches of what stands on the photo, those for which there is something."""
    faces, people = subject.analysis.faces, subject.analysis.people
    has_points = any(face.keypoints is not None for face in faces)
    has_all = any(face.landmarks is not None for face in faces)
    return Drawn(
        faces=bool(faces) and choose_switch("Faces", FACES, True, "A frame around each face, turned as it is."),
        points=has_points and choose_switch("Points", POINTS, False, "The pointer over a point shows its name."),
        all_points=has_all
        and choose_switch(
            "All 68",
            ALL_POINTS,
            False,
            "Fifteen points are named after Kaggle's set, 68 after iBUG's. A hollow point is one that the network is "
            "not sure of, as where the face is covered.",
        ),
        pose=bool(people)
        and choose_switch("Pose", POSE, False, "Fourteen joints of each person and the bones between them."),
    )


def photo(subject: Subject, show: Drawn, kind: Kind | None, draft: pictures.Region | None) -> None:
    """Show the photo with all that is switched on.

    A click on a box, a point or a skeleton chooses that face or person. While a box is to be added, of this `kind`, the
    pointer draws it instead; `draft` is the one entered so far.
    """
    size = _size(subject)
    people = subject.analysis.people
    layers: list[Layer] = [
        Regions(_regions(subject, show), _pick_face, subject.index if show.faces else None, is_framed=show.faces),
        Points(_dots(subject, show)),
    ]
    if show.pose:
        chosen = chosen_person(subject) if len(people) > 1 else None
        pick = lambda index: _pick_person(index, people[index].face)  # noqa: E731
        layers.append(Skeletons(_shown_skeletons(subject), pick, chosen))
    if kind is not None:
        faces = len(subject.analysis.faces)
        layers.append(BoxPen(lambda drawn: add_drawn(subject.photo, size, kind, drawn, faces), draft))
    picture_with(
        layers,
        pictures.jpeg(subject.image),
        size,
        key="photo_with_faces",
        alt=_words_for_photo(subject),
        most_height=MOST_HEIGHT,
    )


def _size(subject: Subject) -> tuple[int, int]:
    return subject.image.shape[1], subject.image.shape[0]


def _words_for_photo(subject: Subject) -> str:
    faces, people = len(subject.analysis.faces), len(subject.analysis.people)
    found = [f"{faces} numbered face{'' if faces == 1 else 's'}"]
    found += [f"{people} {'person' if people == 1 else 'people'}"] if people else []
    return f"Photo “{subject.photo.name}” with {' and '.join(found)}"


def _regions(subject: Subject, show: Drawn) -> list[pictures.Region]:
    faces = subject.analysis.faces
    labels = [f"Face {number}: {face.expression}" for number, face in enumerate(faces, start=1)]
    boxes, angles = [box for box, _ in subject.frames], [angle for _, angle in subject.frames]
    regions = pictures.face_regions(_size(subject), boxes, labels, angles)
    return regions if show.faces else [replace(region, badge="") for region in regions]


def _dots(subject: Subject, show: Drawn) -> list[pictures.Dot]:
    if not show.points:
        return []
    found: list[pictures.Dot] = []
    size = _size(subject)
    for face, (box, _) in zip(subject.analysis.faces, subject.frames, strict=True):
        points = face.landmarks if show.all_points else face.keypoints
        if points is None:
            continue
        confidence = face.landmark_confidence if show.all_points else None
        dot = box[2] / size[0] * (0.03 if show.all_points else 0.06)
        found += pictures.dots(size, points, _point_words(confidence), dot, confidence)
    return found


def _point_words(confidence: np.ndarray | None) -> list[str]:
    """Return the names of the 15 points, or of the 68 with their confidence."""
    if confidence is None:
        return [tables.words(name) for name in tables.point_names()]
    return [
        f"{tables.words(name)}, {percent(float(share))} sure" for name, share in zip(NAMES68, confidence, strict=True)
    ]


def _skeletons(subject: Subject) -> list[pictures.Skeleton]:
    people = subject.analysis.people
    return [
        pictures.skeleton(
            _size(subject),
            person.joints,
            person_words(number, person),
            pictures.joint_thresholds(),
            f"Person {number}: " if len(people) > 1 else "",
        )
        for number, person in enumerate(people, start=1)
    ]


def _shown_skeletons(subject: Subject) -> list[pictures.Skeleton]:
    """Return the skeletons for the screen: of a crowd, only the chosen one with its joints."""
    found = _skeletons(subject)
    if len(found) < pictures.MANY:
        return found
    chosen = chosen_person(subject)
    return [one if index == chosen else replace(one, joints=()) for index, one in enumerate(found)]


def _pick_face(index: int) -> None:
    st.session_state[state.FACE] = index + 1


def _pick_person(index: int, face: int | None) -> None:
    st.session_state[state.PERSON] = index + 1
    if face is not None:
        _pick_face(face)


def legend() -> None:
    """Say what the colours and lines of a skeleton mean."""
    swatches = "".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:1.5rem;height:.375rem;'
        f"border-radius:.2rem;vertical-align:middle;margin-right:.375rem;background:{colour};"
        f'box-shadow:0 0 0 1.5px rgba(0,0,0,.75)"></span>{words}</span>'
        for words, colour in (
            ("the person's right", pictures.SIDE_COLOURS["right"]),
            ("the person's left", pictures.SIDE_COLOURS["left"]),
        )
    )
    st.html(
        '<div style="display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;font-size:.8125rem;line-height:1.5">'
        f"{swatches}<span>dashed = unsure, not shown = very unsure</span></div>"
    )


def choose_actions(subject: Subject) -> tuple[Drawn, Kind | None]:
    """Draw what stands on the photo in a popover, and beside it what adds a face or a person by hand.

    Returns:
        What is drawn, and which of both is being added; None where nothing is.
    """
    kinds: list[Kind] = ["Face", "Person"] if networks.has_network(POSE_NETWORK) else ["Face"]
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="photo_actions"):
        with st.popover("Show", icon=":material/layers:", key="drawn_on_photo"), st.container(width=280):
            show = choose_drawn(subject)
            if show.pose:
                legend()
            download_png(
                "Photo as shown",
                lambda: annotated_photo(subject, show),
                subject.photo.name,
                "annotated",
                key="download_photo",
            )
        kind = st.segmented_control(
            "Add by hand",
            kinds,
            format_func=lambda name: f":material/add: Add {name.lower()}",
            key=state.ADD,
            label_visibility="collapsed",
        )
        if state.by_hand(subject.photo) != ByHand():
            st.button(
                "Remove what was added",
                key="forget_by_hand",
                icon=":material/undo:",
                on_click=state.forget_by_hand,
                args=(subject.photo.id,),
            )
    return show, kind


def enter_by_hand(subject: Subject, kind: Kind) -> pictures.Region:
    """Draw the fields of a box around a face or a person; return the one entered so far."""
    with st.container(border=True, gap="small"):
        st.markdown(
            f"**Drag a box around the {kind.lower()} on the photo**, or enter one in pixels of the photo "
            f"({subject.image.shape[1]} × {subject.image.shape[0]}):"
        )
        return enter_box(subject.photo, subject.image, kind, len(subject.analysis.faces))


def annotated_photo(subject: Subject, show: Drawn) -> np.ndarray:
    """Return the photo with all that is switched on, for download."""
    faces = subject.analysis.faces if show.faces else ()
    points = [face.landmarks if show.all_points else face.keypoints for face in subject.analysis.faces]
    is_crowd = len(faces) >= pictures.MANY
    return pictures.annotate(
        subject.image,
        [box for box, _ in subject.frames][: len(faces)],
        [f"{number}" if is_crowd else f"{number} {face.expression}" for number, face in enumerate(faces, start=1)],
        subject.index,
        [angle for _, angle in subject.frames][: len(faces)],
        points if show.points else (),
        _skeletons(subject) if show.pose else (),
    )


# The chosen face -----------------------------------------------------------------------------------------------------


def network_sees(subject: Subject, card: Card) -> None:
    """Show what the network gets of the chosen face, and on request its raw scores."""
    st.subheader("What the network sees", anchor=False)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.image(
            pictures.enlarge(subject.face.crop, 288, is_smooth=False),
            width=132,
            alt=f"Face {subject.index + 1} as the network gets it: 48 by 48 grey pixels, turned upright",
        )
        with st.container(gap="small", width="stretch"):
            st.markdown(crop_caption(subject))
            crop = subject.face.crop
            download_png("Crop", lambda: crop, subject.title, "crop", key="download_crop")
            is_raw = st.toggle(
                "Show raw scores (logits)",
                key=LOGITS,
                persist_state="session",
                help="What the network's last layer says of each class before it is turned into percentages.",
            )
    if is_raw:
        await_network(subject.network_name)
        _scores(subject, card)


def crop_caption(subject: Subject) -> str:
    """Say what the small grey face is, and whether it was turned."""
    angle = round(subject.frames[subject.index][1])
    turned = f", straightened by {abs(angle)}°" if angle else ""
    return f"The face{turned}: 48×48 grey pixels. Nothing else of the photo counts for the answer."


def _scores(subject: Subject, card: Card) -> None:
    logits = explanations.logits(subject.network_name, subject.face.crop)
    values = dict(zip(subject.face.emotion, logits.tolist(), strict=True))
    st.plotly_chart(
        figures.scores(values, subject.winner),
        key="scores",
        config=figures.CHART_CONFIG,
        alt="Bar chart of raw scores: " + ", ".join(f"{name} {three_digits(value)}" for name, value in values.items()),
    )
    st.caption(scores_words(card))


def scores_words(card: Card) -> str:
    """Say how the probabilities follow from the logits."""
    divided = f", divided by the temperature of {card.temperature:.2f}," if card.temperature else ""
    mirrored = " They are averages over the face and its mirror image." if card.flip_average else ""
    return f"The softmax of these logits{divided} gives the probabilities.{mirrored}"


def times(subject: Subject) -> None:
    """Show how long each stage of the photo's analysis took."""
    seconds = dict(subject.analysis.seconds)
    if not networks.has_network(POSE_NETWORK):
        seconds.pop("pose", None)
    time_strip(seconds)


def time_strip(seconds: Mapping[str, float]) -> None:
    """Show how long each stage of the analysis took; nothing was timed where a sample's results came with the app."""
    if not seconds:
        st.caption("What is on this sample came with the app, so nothing was timed.")
        return
    total = sum(seconds.values())
    cells = [(STAGES.get(stage, stage.capitalize()), value) for stage, value in seconds.items()]
    st.html(
        '<dl aria-label="Time of each stage" style="display:grid;'
        "grid-template-columns:repeat(auto-fit,minmax(5.25rem,1fr));"
        'gap:.5rem .75rem;margin:0;padding:0;font-size:.8125rem;line-height:1.35">'
        + "".join(_time_cell(words, value, value / total if total else 0.0) for words, value in cells)
        + _time_cell("Together", total, None)
        + "</dl>"
    )


def _time_cell(words: str, seconds: float, share: float | None) -> str:
    bar = (
        ""
        if share is None
        else f'<span style="display:block;height:100%;width:{share:.0%};border-radius:inherit;background:currentColor;'
        'opacity:.7"></span>'
    )
    return (
        f'<div><dt style="opacity:.8">{escape(words)}</dt><dd style="margin:0">'
        f'<b style="font-variant-numeric:tabular-nums">{duration(seconds)}</b>'
        '<span aria-hidden="true" style="display:block;height:.25rem;margin-top:.25rem;border-radius:.125rem;'
        f'background:rgba(128,128,128,{0 if share is None else 0.25})">{bar}</span></dd></div>'
    )


# People --------------------------------------------------------------------------------------------------------------


def people_section(subject: Subject) -> None:
    """Show the joints of the chosen person; say so where nobody was found, and nothing without a pose network."""
    people = subject.analysis.people
    if not people:
        if networks.has_network(POSE_NETWORK) and not photos.BODIES.is_active:
            st.caption("No person found. “Add a person” lets you draw a box around one.")
        return
    st.subheader("Body", anchor=False)
    crop_column, table_column = st.columns([2, 3], gap="large")
    with crop_column:
        index = choose_person(subject)
        person = people[index]
        st.markdown(f"{person_words(index + 1, person)}. {_source_words(person)}")
        lit = ", lit up because the photo is dark" if lighting_up(subject.image) is not None else ""
        st.image(
            person.crop,
            width=192,
            caption=f"All the pose network gets{lit}",
            alt=f"Person {index + 1} as the pose network gets them: {person.crop.shape[0]} pixels square",
        )
    with table_column:
        st.dataframe(
            tables.joints_overview(person),
            hide_index=True,
            height="content",
            column_config={
                "Confidence": st.column_config.ProgressColumn(
                    format="%.0f %%", min_value=0, max_value=100, help="How sure the network is of the place."
                )
            },
            key="joints_table",
            alt=f"Table of the joints of person {index + 1} with place and confidence",
        )
        analysis = subject.analysis
        label = "Joints as CSV" if len(people) < 2 else "Joints of all as CSV"
        download_text(
            label,
            lambda: tables.joints_csv(analysis),
            subject.photo.name,
            "joints",
            suffix="csv",
            key="download_joints_csv",
        )


def _source_words(person: Person) -> str:
    return {
        "face": "Found by the face.",
        "photo": "Found without a face: one person fills the photo.",
        "by hand": "Found in a box by hand.",
    }.get(person.source, "")


# Tables --------------------------------------------------------------------------------------------------------------


def faces_table(subject: Subject) -> None:
    """Show one row a face and offer the table as CSV, and all that was found as JSON."""
    name, analysis = subject.photo.name, subject.analysis
    if analysis.faces:
        st.subheader("All faces", anchor=False)
        classes = [name.capitalize() for name in subject.face.emotion]
        st.dataframe(
            tables.faces_overview(analysis),
            hide_index=True,
            column_config={
                "Face": st.column_config.NumberColumn(pinned=True),
                "Person": st.column_config.NumberColumn(help="Number of the person whose face it is."),
                "Angle": st.column_config.NumberColumn(format="%.0f°", help="By which the face is turned clockwise."),
                "Detector score": st.column_config.NumberColumn(format="%.2f"),
                **{name: st.column_config.NumberColumn(format="%.0f %%") for name in classes},
            },
            key="faces_table",
            alt="Table of all faces with their probabilities, boxes and points",
        )
    with st.container(horizontal=True, gap="small"):
        if analysis.faces:
            download_text(
                "CSV", lambda: tables.faces_csv(analysis), name, "faces", suffix="csv", key="download_faces_csv"
            )
        if analysis.faces or analysis.people:
            network = subject.network_name
            download_text(
                "JSON",
                lambda: tables.found_json(name, network, analysis),
                name,
                "found",
                suffix="json",
                key="download_found_json",
            )


def detectors_section(subject: Subject) -> None:
    """Set the detectors side by side on request: how many faces each finds and how fast; a click switches."""
    offered, needs = networks.detectors(), networks.DETECTOR_NETWORKS
    if not results.is_shipped(subject):  # else the networks' files are known to be good, and nothing is to be loaded
        offered = {
            name: detector
            for name, detector in offered.items()
            if name not in needs or networks.first_broken([needs[name]]) is None
        }
    if len(offered) < 2:
        return
    st.subheader("Detectors on this photo", anchor=False)
    if not choose_switch("Side by side", SIDE_BY_SIDE, False, "How many faces each finds on this photo, and how fast."):
        return
    with st.grid(len(offered), gap="medium", min_column_width=280):
        for name, detector in offered.items():
            with st.container(border=True, gap="small", height="stretch", key=f"detector_{name}"):
                _detector_card(subject, name, detector)
    st.caption("Times are of one run on this photo, on this server, at this moment.")


def _detector_card(subject: Subject, name: str, detector: Detector) -> None:
    found = photos.analysis(subject.photo, name)
    is_used = name == chosen_detector()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{detector.label}**")
        if is_used:
            st.button("In use", icon=":material/check:", key=f"in_use_{name}", disabled=True)
        else:
            st.button(
                "Use this one",
                key=f"use_{name}",
                on_click=st.session_state.update,
                args=({state.DETECTOR: name},),
            )
    with st.container(horizontal=True, gap="large"):
        st.metric("Faces", len(found.faces), width="content")
        st.metric("Time", duration(photos.detection_seconds(subject.photo, name)), width="content")
        st.metric("Dropped", found.dropped, width="content", help="Detections whose points make no face.")
    st.caption(detector.summary)


# Words ---------------------------------------------------------------------------------------------------------------


def how_to_read(subject: Subject) -> str:
    """Explain boxes, points, skeletons and answer in a few sentences."""
    parts = []
    if subject.analysis.faces:
        parts.append(
            "A frame is what is cut out of the photo for the network, turned as the face is turned. The cut is made "
            "upright, grey and 48 by 48 pixels small: that small picture is all that the network gets to name an "
            "expression. It always names one of its classes, also for a face that shows none of them; the bars show "
            "how it spreads its belief."
        )
    if any(face.keypoints is not None for face in subject.analysis.faces):
        parts.append(
            "The points are found by a network of their own; the pointer over one shows its name. They tell how the "
            "face is turned, so that a face upside down is read as it is upright."
        )
    if subject.analysis.people:
        parts.append(
            "A skeleton joins the fourteen joints that the pose network finds of each person. Left and right are the "
            "person's own. A joint that the network is not sure of, as where it is hidden, is hollow, and its bones "
            "are dashed; one that it hardly believes in isn't drawn, but the table lists it."
        )
    return "\n\n".join(parts)


def details(subject: Subject, card: Card) -> list[str]:
    """Return lines for those who want to know more: sizes, detector, network and its accuracy."""
    height, width = subject.image.shape[:2]
    detector = DETECTORS.get(subject.analysis.detector)
    scores = [
        f"Accuracy on {name}: {_accuracy(metric)}" for name, metric in card.metrics.items() if "accuracy" in metric
    ]
    return [
        f"Photo as used: {width}×{height} pixels",
        f"Detector: {detector.label if detector else subject.analysis.detector}",
        f"Network: {card.title}, input {'×'.join(map(str, card.input_shape))}",
        "The first photo after a start takes longer, for the networks are made ready then",
        *scores,
        *card.limits,
    ]


def _accuracy(metric: Block) -> str:
    low, high = (f"{100 * end:.1f}" for end in metric["interval"])
    return f"{100 * metric['accuracy']:.1f} % ({low} to {high}) of {metric['faces']:,} faces"
