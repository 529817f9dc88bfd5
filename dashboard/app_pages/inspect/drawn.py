"""The photo of the Inspect page: faces, points and skeletons on it, boxes by hand, and its download."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.drawing import pictures, tables
from dashboard.drawing.words import percent
from dashboard.pickers.by_hand import add_drawn, enter_box
from dashboard.pickers.person import chosen_person, person_words
from dashboard.pickers.switch import choose_switch
from dashboard.services import networks
from dashboard.subject import ByHand, Kind, Subject
from dashboard.widgets.downloads import download_png
from dashboard.widgets.picture import BoxPen, Layer, Points, Regions, Skeletons, picture_with
from models.keypoints import KAGGLE_NAMES, NAMES68

FACES = "faces"
POINTS = "points"
ALL_POINTS = "all_points"
POSE = "pose"
MOST_HEIGHT = 56
"""Of the photo, in hundredths of the window's height: with the page's head above it and the answer beside it, all of
it fits the first screen."""


@dataclass(frozen=True)
class Drawn:
    """What is drawn on the photo."""

    faces: bool
    points: bool
    all_points: bool
    pose: bool


def choose_drawn(subject: Subject) -> Drawn:
    """Draw the switches of what stands on the photo, those for which there is something."""
    faces, people = subject.analysis.faces, subject.analysis.people
    has_points = any(face.keypoints is not None for face in faces)
    has_all = any(face.landmarks is not None for face in faces)
    return Drawn(
        faces=bool(faces)
        and choose_switch("Faces", FACES, True, "A frame around each face, tilted the way the face is."),
        points=has_points and choose_switch("Points", POINTS, False, "Point at one to see its name."),
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
        return [tables.words(name) for name in KAGGLE_NAMES]
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
    kinds: list[Kind] = ["Face", "Person"] if networks.has_network(networks.POSE) else ["Face"]
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
                "Remove what you added",
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
