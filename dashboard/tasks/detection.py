"""Networks that find the faces on a photo: a score for each place of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dashboard.drawing.scores import Block, KeyFigure, scores, share_figures
from dashboard.drawing.words import percent, share
from dashboard.subject import Subject, with_channels
from dashboard.tasks.task import AnswerMap, Choice, Choose, Goal, Maps, Task, View
from interp import Cell, Network
from models import Card
from models.detection import STRIDE, picture_of_face

NEAR = 0.25
"""Share of a box's sides around its centre where the network's strongest cell is looked for."""


class Detection(Task):
    """One map of scores."""

    name = "detection"
    deed = "finds the faces on a photo"
    answer = "Score"
    rank = 40
    usual_layer = "merge16"
    tabs = ("Precision and recall", "Beside Haar")

    def view(self, subject: Subject, card: Card) -> View:
        pixels, transform = picture_of_face(subject.image, subject.face.box)
        height, width = pixels.shape[:2]
        return View(
            self,
            pixels,
            transform.astype(np.float32),
            f"the whole photo, {width}×{height} colour pixels, with grey where its sides are no multiples of 32",
            "the photo",
            subject.image,
            "picture_of_face(image, face.box)[0]",
            "from models.detection import picture_of_face\n",
        )

    def ask(self, subject: Subject, view: View, choose: Choose, maps: Maps) -> Goal:
        number = subject.index + 1
        words = f"Score of face {number}"
        choose(
            Choice(
                f"score_of_face_{number}",
                "Answer",
                {words: words},
                words,
                "The detector scores each place of the photo. What is explained is the score of the chosen face.",
            )
        )
        return self.goal_of_face(subject, view, maps()[..., 0])

    def goal_of_face(self, subject: Subject, view: View, scores: np.ndarray) -> Goal:
        """Return the goal of a detection: the one of its scores (h, w) that answers for the chosen face."""
        x, y, width, height = subject.face.box
        low, high = (
            view.to_input(np.array([[x + width * part, y + height * part]]))[0] / STRIDE
            for part in (0.5 - NEAR, 0.5 + NEAR)
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

    def answer_maps(self, network: Network, pixels: np.ndarray, name: str) -> np.ndarray:
        return network.predict(with_channels(pixels))[0]

    def answer_map(self, subject: Subject, view: View, goal: Goal, maps: Maps) -> AnswerMap | None:
        found = maps()[..., 0]
        cell = (goal.opposite_of or goal).target
        assert isinstance(cell, Cell)
        here = float(found[cell.row, cell.column])
        facts = (
            ("In this cell", percent(here), f"The score of the cell that answers for {goal.part}."),
            ("Cells of 50 % or more", f"{int((found >= 0.5).sum()):,}", f"Of {found.size:,} cells of the photo."),
        )
        return AnswerMap(
            found,
            "Scores of all places",
            "Score of a face, 0 to 1",
            facts,
            "For each place, how likely it is the middle of a face. A face lights up several cells; the best one "
            "counts.",
        )

    def check(self, card: Card) -> None:
        card.check(("face",), ("face",))

    def summary(self, card: Card) -> str:
        block = scores(card)[1]
        if "f1" not in block:
            return super().summary(card)
        faces = (
            f"Finds the faces on a photo: it frames {share(block['recall'], 0)} of them, and "
            f"{share(block['precision'], 0)} of its frames hold a face."
        )
        people = card.metrics.get("people")
        if not people:
            return faces
        confirmed = people["with_joints"]
        return (
            f"{faces} In the same pass it looks for people, with a face or without. It sees "
            f"{share(people['recall'], 0)} of those pasted into photos; {share(confirmed['recall'], 0)} are left once "
            "the pose network has looked for their joints. Of pictures on which no face is labelled, somebody is found "
            f"on {share(confirmed['nobody']['with_alarm'])}."
        )

    def in_short(self, card: Card) -> str:
        block = scores(card)[1]
        return f"Faces: finds {share(block['recall'], 0)}" if "recall" in block else ""

    def card_figures(self, block: Block, name: str) -> Iterator[KeyFigure]:
        told = {
            "f1": ("F1", "faces of 20 px and more", "A balance of precision and recall: high only if both are."),
            "precision": ("Precision", "of what it frames", "Share of its frames that hold a face."),
            "recall": ("Recall", "faces of 20 px and more", "Share of the labelled faces that it frames."),
            "recall_50": ("Recall, large", "faces of 50 px and more", "The same, for larger faces only."),
        }
        yield from share_figures(block, told)
        if (quiet := block.get("face_free")) and quiet.get("pictures"):
            kept = quiet["without_alarm"]
            yield KeyFigure(
                "No false alarm",
                share(kept if kept <= 1 else kept / quiet["pictures"]),
                f"of {quiet['pictures']:,} pictures",
                "Share of the pictures without any face (textures, stripes, cats) in which it frames nothing.",
            )


TASK = Detection()
