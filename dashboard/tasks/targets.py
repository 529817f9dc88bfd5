"""What of a network's answer is explained: a class, a point, a joint or a detection's score."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.drawing import tables
from dashboard.pickers.expression import choose_expression, choose_other
from dashboard.services import explanations
from dashboard.subject import Subject
from dashboard.tasks.inputs import View

Place = Callable[[], contextlib.AbstractContextManager[Any]]

FIRST_POINT = 30  # the nose's tip
FIRST_JOINT = 9  # the left shoulder, which nearly every photo of a person shows
READINGS = {"here": "Why here", "x": "Left to right", "y": "Up and down"}
HEAT_CELL = 4
"""Pixels of the keypoint network's input to a cell of its heat maps."""
NEAR = 0.25
"""Share of a box's sides around its centre where the detector's strongest cell is looked for."""


@dataclass(frozen=True)
class Goal:
    """What is explained, and the words for it.

    Args:
        target: the interp.Target.
        words: str, what it is in plain text, such as "happy rather than sad".
        quoted: str, the same in a sentence.
        less: str, what a negative value of a signed map means.
        more: str, what a positive value means.
        score: (str, str), a label and a help text for the target's value.
        meaning: str, what a signed map shows.
        expression: str, the class whose probability stands beside it. Defaults to None, for other networks.
        channel: int, which of the answer's maps is asked about. Defaults to None: the answer is no map.
        part: str, what that map is of, such as "left elbow". Defaults to nothing.
    """

    target: Any
    words: str
    quoted: str
    less: str
    more: str
    score: tuple[str, str]
    meaning: str
    expression: str | None = None
    channel: int | None = None
    part: str = ""


def choose(
    subject: Subject,
    view: View,
    *,
    place: Place = contextlib.nullcontext,
    with_other: bool = True,
    is_other_used: bool = True,
) -> Goal:
    """Draws the pickers of what to explain, as the network's task asks for, and returns it.

    Args:
        subject: whose face.
        view: what the network is shown.
        place: makes the context in which each picker is drawn, such as a grid's cell. Defaults to where the page is.
        with_other: bool, whether a class can be set against another one. Defaults to yes.
        is_other_used: bool, whether that picker is of use now, else it is greyed out. Defaults to yes.
    """
    if view.task == "keypoints":
        return _choose_point(view, place)
    if view.task == "pose":
        with place():
            return _choose_joint()
    if view.task == "detection":
        number = subject.index + 1
        with place():
            st.selectbox(
                "Answer",
                [f"Score of face {number}"],
                disabled=True,
                key=f"score_of_face_{number}",
                help="The detector scores each place of the photo. What is explained is the score of the chosen face.",
            )
        return score_of_face(subject, view, explanations.answer(subject.network_name, view.pixels)[..., 0])
    with place():
        expression = choose_expression(subject)
    if not with_other:
        return of_class(subject, expression)
    with place():
        other = choose_other(subject, expression, is_used=is_other_used)
    return of_class(subject, expression, other if is_other_used else None)


def of_class(subject: Subject, expression: str, against: str | None = None) -> Goal:
    """Returns the goal of a class, by itself or set against another one."""
    from interp import Class, Contrast

    classes = list(subject.face.emotion)
    if against is None:
        return Goal(
            Class(classes.index(expression)),
            expression,
            f"“{expression}”",
            f"against “{expression}”",
            f"for “{expression}”",
            ("Score", "Its value before the softmax."),
            f"What speaks for “{expression}”, and what against",
            expression,
        )
    return Goal(
        Contrast(classes.index(expression), classes.index(against)),
        f"{expression} rather than {against}",
        f"“{expression}” rather than “{against}”",
        f"for “{against}”",
        f"for “{expression}”",
        ("Lead", f"The score of “{expression}” less that of “{against}”, before the softmax."),
        "Which of the two",
        expression,
    )


def _choose_point(view: View, place: Place) -> Goal:
    from models.keypoints import NAMES68

    points = range(len(NAMES68))
    state.keep_choice(state.POINT, points, FIRST_POINT)
    with place():
        index = st.selectbox(
            "Point",
            points,
            index=FIRST_POINT,
            format_func=lambda number: tables.words(NAMES68[number]),
            key=state.POINT,
            bind="query-params",
            help="One of the 68 points in iBUG's order. Left and right are the person's own.",
        )
    state.keep_choice(state.READING, READINGS, next(iter(READINGS)))
    with place():
        reading = st.selectbox(
            "Question",
            READINGS,
            format_func=READINGS.__getitem__,
            key=state.READING,
            bind="query-params",
            help="Why the point is where it is; or what moves it sideways, or up and down.",
        )
    return of_point(view, index, reading)


def of_point(view: View, index: int, reading: str = "here") -> Goal:
    """Returns the goal of a point: why it is here, or what moves it along an axis.

    Args:
        view: the crop that the keypoint network is shown.
        index: int, number of the point.
        reading: str, "here", "x" or "y".
    """
    from interp import Coordinate, Unit
    from models import keypoints

    name = tables.words(keypoints.NAMES68[index]).lower()
    if reading != "here":
        less, more = ("to the left", "to the right") if reading == "x" else ("up", "down")
        return Goal(
            Coordinate(index, "x" if reading == "x" else "y"),
            f"{name}, {READINGS[reading].lower()}",
            f"where the {name} is, {READINGS[reading].lower()}",
            f"moves it {less}",
            f"moves it {more}",
            (reading, f"The point's {reading} in pixels of the crop."),
            f"What moves the {name}",
            channel=index,
            part=name,
        )
    x, y = keypoints.predict(view.pixels[None])[0, index]
    side = view.pixels.shape[0] // HEAT_CELL
    column, row = (int(np.clip(round(float(value - (HEAT_CELL - 1) / 2) / HEAT_CELL), 0, side - 1)) for value in (x, y))
    return Goal(
        Unit("heat_maps", index, row, column),
        name,
        f"the {name} being here",
        "against it being here",
        "for it being here",
        ("Heat", "The point's heat map where the point is, before the softmax."),
        f"What speaks for the {name} being here, and what against",
        channel=index,
        part=name,
    )


def _choose_joint() -> Goal:
    from interp import HeatMap
    from models.pose import NAMES

    joints = range(len(NAMES))
    state.keep_choice(state.JOINT, joints, FIRST_JOINT)
    index = st.selectbox(
        "Joint",
        joints,
        index=FIRST_JOINT,
        format_func=lambda number: tables.words(NAMES[number]),
        key=state.JOINT,
        bind="query-params",
        help="Left and right are the person's own.",
    )
    name = tables.words(NAMES[index]).lower()
    return Goal(
        HeatMap(index),
        name,
        f"the {name} being there",
        "against it being there",
        "for it being there",
        ("Heat", "The peak of the joint's heat map, before the softmax."),
        f"What speaks for the {name} being there, and what against",
        channel=index,
        part=name,
    )


def score_of_face(subject: Subject, view: View, scores: np.ndarray) -> Goal:
    """Returns the goal of a detection: the score in the detector's cell that answers for the chosen face.

    Args:
        subject: whose face.
        view: the picture that the detector network is shown.
        scores: float32 (h, w), its answer.
    """
    from interp import Cell
    from models.detection import STRIDE

    x, y, width, height = subject.face.box
    low, high = (
        view.to_input(np.array([[x + width * share, y + height * share]]))[0] / STRIDE
        for share in (0.5 - NEAR, 0.5 + NEAR)
    )
    limits = np.array(scores.shape[::-1]) - 1
    (left, top), (right, bottom) = (np.clip(np.floor(corner), 0, limits).astype(int) for corner in (low, high))
    near = scores[top : bottom + 1, left : right + 1]
    row, column = np.unravel_index(int(near.argmax()), near.shape)
    number = subject.index + 1
    return Goal(
        Cell(0, int(top + row), int(left + column)),
        f"face {number} being a face",
        f"face {number} being a face",
        "against a face here",
        "for a face here",
        ("Score", f"In the cell of face {number}, before the sigmoid: above 0 is more likely a face than not."),
        "What speaks for a face here, and what against",
        channel=0,
        part=f"face {number}",
    )
