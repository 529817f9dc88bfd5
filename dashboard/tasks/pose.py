"""Networks that find the joints of a person: a heat map for each over the person's crop."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dashboard.drawing import pictures, tables
from dashboard.drawing.scores import WITHIN, Block, KeyFigure, interval, scores, share_figures
from dashboard.drawing.words import share
from dashboard.subject import Subject
from dashboard.tasks import heat
from dashboard.tasks.task import AnswerMap, Choice, Choose, Goal, Maps, NoInputError, Parts, Task, View
from interp import HeatMap, Network
from models import Card, Person, pose
from models.images import lighting_up
from models.pose.parts import body_parts

JOINT = "joint"
FIRST_JOINT = 9
"""The left shoulder, which nearly every photo of a person shows."""
SOURCES = {
    "person": "the person found without a face",
    "by hand": "the person in a box by hand",
}
"""Whom a network is shown, by what the person was found by."""
FIGURES = {
    "pck": (
        "PCK@0.2",
        "",
        "Percentage of correct keypoints: of the twelve joints of arms and legs, those found within a fifth of the "
        f"torso from their label. {WITHIN}",
    ),
    "pck_14": ("All 14 joints", "with neck and head", "The same, with both of the head."),
    "plain": (
        "Without mirroring",
        "the plain network",
        "The same for the plain network, which the maps explain. The app's answer is the mean over the crop and its "
        "mirror image.",
    ),
}
"""The shares at the top of a card: label, a line below, meaning."""


class Pose(Task):
    """A heat map for each joint."""

    name = "pose"
    deed = "finds the joints of a person"
    answer = "Joint"
    rank = 30
    looks_at_people = True
    usual_layer = "up1_relu"
    maps_layer = "heat_maps"
    parts = Parts("body", "No joints are sure on this person, so the parts are unknown.", "what no sure joint bounds")
    tabs = ("Joints", "Distances", "Confidence")
    landmark = "joint"
    scored = "people"

    def view(self, subject: Subject, card: Card) -> View:
        people = subject.analysis.people
        if not people:
            raise NoInputError("No person was found on this photo, so the pose network has nothing to look at.")
        number = _number(subject)
        person = people[number]
        height, width = person.crop.shape[:2]
        own = "the person of this face" if person.face == subject.index else "the person of another face"
        lit = "" if lighting_up(subject.image) is None else ", lit up"
        words = f"{SOURCES.get(person.source, own)}, {height}×{width} colour pixels{lit}"
        transform = person.transform.astype(np.float32)
        return View(self, person.crop, transform, words, "the person", subject.image, f"analysis.people[{number}].crop")

    def ask(self, subject: Subject, view: View, choose: Choose, maps: Maps) -> Goal:
        names = {number: tables.words(name) for number, name in enumerate(pose.NAMES)}
        index = choose(Choice(JOINT, "Joint", names, FIRST_JOINT, "Left and right are the person's own."))
        name = tables.words(pose.NAMES[index]).lower()
        score = "The peak of the joint's heat map, before the softmax."
        return heat.goal(HeatMap(index), index, name, "there", score)

    def answer_maps(self, network: Network, pixels: np.ndarray, name: str) -> np.ndarray:
        """Return where each joint may be: shares that sum to 1."""
        return pose.heat_maps([pixels], name)[0][0]

    def answer_map(self, subject: Subject, view: View, goal: Goal, maps: Maps) -> AnswerMap | None:
        x, y, confidence = _person(subject).joints[goal.channel]
        drawn, sure = pictures.joint_thresholds()
        how = "drawn as sure" if confidence >= sure else "drawn dashed" if confidence >= drawn else "not drawn"
        words = f"With this confidence it is {how} on Inspect."
        return heat.describe(maps()[..., goal.channel], goal.part, (x, y), words, float(confidence))

    def part_masks(self, subject: Subject, view: View) -> dict[str, np.ndarray] | None:
        """Return the mask of each part of the person's body whose joints are sure."""
        joints = _person(subject).joints.astype(np.float64)
        joints[:, :2] = view.to_mask(joints[:, :2])
        return body_parts(joints, view.mask_shape, least=pictures.joint_thresholds()[0])

    def check(self, card: Card) -> None:
        card.check(pose.NAMES, ("drawn", "sure"))

    def summary(self, card: Card) -> str:
        block = scores(card)[1]
        if "pck" not in block:
            return super().summary(card)
        extent = f" (95 % interval {interval(block, 'pck_interval')})" if block.get("pck_interval") else ""
        mean = block.get("baseline_pck")
        guess = f" The mean pose for everybody would get {share(mean)}." if mean else ""
        people = f"{block['people']:,} people" if "people" in block else "people"
        return (
            f"Finds the joints of a person: of {people} that it has not seen it puts {share(block['pck'])}{extent} of "
            f"the joints of arms and legs within a fifth of the torso from their label.{guess}"
        )

    def in_short(self, card: Card) -> str:
        block = scores(card)[1]
        return f"14 joints: {share(block['pck'], 0)} right" if "pck" in block else ""

    def card_figures(self, block: Block, name: str) -> Iterator[KeyFigure]:
        yield from share_figures(block, FIGURES)
        if by_face := block.get("by_face"):
            yield KeyFigure(
                "From a face",
                share(by_face["whole"]),
                f"as in the app, {by_face['whole_people']} people",
                "PCK@0.2 of whole pictures of people with upright heads, where nothing but a face says where they are.",
            )
        elif unaided := block.get("unaided"):
            yield KeyFigure(
                "Placed by itself",
                share(unaided["first"]),
                "PCK@0.2 of a whole picture",
                "The same where no label says where the person is: the network is shown the whole picture.",
            )
        help = "The score of the average training pose: the answer of someone who never looks at the photo."
        yield from share_figures(block, {"baseline_pck": ("Mean pose", "without looking", help)})


def _number(subject: Subject) -> int:
    """Return the place in `analysis.people` of the chosen person, or of whom the face belongs to; 0 for nobody's."""
    if subject.person is not None:
        return subject.person
    people = subject.analysis.people
    return next((number for number, person in enumerate(people) if person.face == subject.index), 0)


def _person(subject: Subject) -> Person:
    return subject.analysis.people[_number(subject)]


TASK = Pose()
