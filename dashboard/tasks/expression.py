"""Networks that read the expression of a face: seven classes over its crop."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dashboard.drawing.scores import Block, KeyFigure, chance_of, interval, many, scores
from dashboard.drawing.words import share, verdict
from dashboard.subject import Subject
from dashboard.tasks.face import FACE, part_masks
from dashboard.tasks.task import Choice, Choose, Goal, Maps, Task, View
from interp import Network
from models import Card, emotion
from models.images import cut_out

EXPRESSION = "expression"
AGAINST = "against"
PREDICTED = "predicted"
"""The choice of EXPRESSION that follows the network's own answer from face to face."""
NO_OTHER = "none"
"""The choice of AGAINST that explains a class by itself."""


class Expression(Task):
    """A class for each expression."""

    name = "expression"
    deed = "reads the expression of a face"
    answer = "Expression"
    answers = "expressions"
    rank = 10
    has_classes = True
    reads_faces = True
    parts = FACE
    tabs = ("Errors", "Certainty", "Robustness", "Voters", "Averages", "Maps", "Data", "Mistakes")
    card_note = (
        "An interval says where the true figure lies with 95 % confidence: two networks whose intervals overlap may be "
        "equally good. “New faces only” leaves out test faces that also stand in the training data."
    )
    ladder_table = "ladder"
    small_tables = ("happy_sad", "five")

    def view(self, subject: Subject, card: Card) -> View:
        face = subject.face
        height, width = face.crop.shape
        words = f"the face, turned upright, {height}×{width} grey pixels"
        return View(
            self,
            face.crop,
            face.transform.astype(np.float32),
            words,
            "the face",
            subject.image,
            "face.crop[..., None]",
            labels=tuple(face.emotion),
        )

    def ask(self, subject: Subject, view: View, choose: Choose, maps: Maps) -> Goal:
        words = {PREDICTED: f"Strongest: {subject.winner}"} | {label: label.capitalize() for label in view.labels}
        chosen = choose(
            Choice(
                EXPRESSION,
                "Expression",
                words,
                PREDICTED,
                "Which expression to explain. The maps show the evidence for it, whether or not it won.",
            )
        )
        label = subject.winner if chosen == PREDICTED else chosen
        likeliest = sorted(view.labels, key=lambda one: -subject.face.emotion[one])
        others = {NO_OTHER: "nothing"} | {one: one.capitalize() for one in likeliest if one != label}
        other = choose(
            Choice(
                AGAINST,
                "Compare with",
                others,
                NO_OTHER,
                "The map then shows evidence for this expression rather than the other one. What both share cancels "
                "out.",
                is_other=True,
            )
        )
        return view.goal_of_class(label, None if other == NO_OTHER else other)

    def choices_of_class(self, label: str) -> dict[str, str]:
        return {EXPRESSION: label, AGAINST: NO_OTHER}

    def verdict(self, subject: Subject) -> str:
        """Return the answer in a few words: "happy, 93 %", or "uncertain (sad 31 %)"."""
        return verdict(subject.face.emotion, subject.face.expression)

    def look(self, image: np.ndarray, transform: np.ndarray, card: Card) -> np.ndarray:
        return cut_out(image, transform, emotion.SIZE)

    def score(self, network: Network, crops: np.ndarray, name: str) -> np.ndarray:
        return emotion.predict(crops, network=name)

    def name_answer(self, shares: np.ndarray, card: Card) -> str:
        return emotion.name_expression(shares, network=card.name)

    def part_masks(self, subject: Subject, view: View) -> dict[str, np.ndarray] | None:
        return part_masks(subject, view)

    def check(self, card: Card) -> None:
        card.check(emotion.EXPRESSIONS, ("uncertain",))

    def get_ready(self, card: Card) -> None:
        emotion.predict(np.zeros((1, emotion.SIZE, emotion.SIZE), np.uint8), network=card.name)

    def summary(self, card: Card) -> str:
        name, block = scores(card)
        if "accuracy" not in block:
            return super().summary(card)
        extent = f" (95 % interval {interval(block)})" if block.get("interval") else ""
        majority = chance_of(card)
        chance = f" Always giving the most common answer would get {share(majority)}." if majority else ""
        return (
            f"Reads the expression of a face. It says what people said for {share(block['accuracy'])}{extent} of "
            f"{many(block, name)}.{chance}"
        )

    def in_short(self, card: Card) -> str:
        known = super().in_short(card)
        return f"Expressions: {known}" if known else ""

    def card_figures(self, block: Block, name: str) -> Iterator[KeyFigure]:
        if "accuracy" in block:
            yield KeyFigure(
                "Accuracy",
                share(block["accuracy"]),
                interval(block),
                f"How often it says what people said, for {many(block, name)}. Below: where the true share lies with "
                "95 % confidence.",
            )
        if unseen := block.get("without_duplicates"):
            yield KeyFigure(
                "New faces only",
                share(unseen["accuracy"]),
                interval(unseen),
                f"Accuracy on the {unseen['faces']:,} faces whose picture is not in the training data as well.",
            )
        if plain := block.get("plain"):
            yield KeyFigure(
                "Without mirroring",
                share(plain["accuracy"]),
                interval(plain),
                "Accuracy of the plain network, the one that the maps explain. The app's answer is the mean over the "
                "face and its mirror image.",
            )
        if "macro_f1" in block:
            yield KeyFigure(
                "Macro F1",
                share(block["macro_f1"]),
                "all classes count the same",
                "The mean F1 of the seven classes, so that a rare class counts as much as a common one.",
            )
        if calibration := block.get("calibration"):
            yield KeyFigure(
                "Calibration error",
                share(calibration["expected_calibration_error"]),
                "lower is better",
                "How far, on average, the probability it gives is from how often it is right.",
            )
        if named := block.get("named"):
            yield KeyFigure(
                "Gave an answer",
                share(named["share"]),
                f"{share(named['accuracy'])} of them right",
                "How often it is sure enough to give an answer; otherwise we say “uncertain”.",
            )


TASK = Expression()
