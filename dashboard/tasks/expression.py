"""Networks that read the expression of a face: seven classes over its crop."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dashboard.drawing.scores import WITHIN, Block, KeyFigure, many, scores, share_figures
from dashboard.drawing.words import share
from dashboard.subject import Subject
from dashboard.tasks.classes import Classes
from dashboard.tasks.face import FACE, part_masks
from dashboard.tasks.task import View
from interp import Network
from models import Card, emotion
from models.images import cut_out

EXPRESSION = "expression"
AGAINST = "against"
PREDICTED = "predicted"
"""The choice of EXPRESSION that follows the network's own answer from face to face."""
NO_OTHER = "none"
"""The choice of AGAINST that explains a class by itself."""


class Expression(Classes):
    """A class for each expression."""

    name = "expression"
    deed = "reads the expression of a face"
    answer = "Expression"
    answers = "expressions"
    rank = 10
    reads_faces = True
    parts = FACE
    tabs = ("Errors", "Certainty", "Robustness", "Voters", "Averages", "Maps", "Data", "Mistakes")
    card_note = (
        "An interval says where the true figure lies with 95 % confidence: two networks whose intervals overlap may be "
        "equally good. “New faces only” leaves out test faces that also stand in the training data."
    )
    ladder_table = "ladder"
    small_tables = ("happy_sad", "five")
    class_key, predicted, other_key, no_other = EXPRESSION, PREDICTED, AGAINST, NO_OTHER

    def view(self, subject: Subject, card: Card) -> View:
        face = subject.face
        height, width = face.crop.shape
        return View(
            self,
            face.crop,
            face.transform.astype(np.float32),
            f"the face, straightened, {height}×{width} grey pixels",
            "the face",
            subject.image,
            "face.crop[..., None]",
            labels=tuple(face.emotion),
        )

    def say_class(self, label: str) -> str:
        return label.capitalize()

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
        said = self.say_accuracy(card, many(block, name), "Always giving the most common answer")
        return f"Reads the expression of a face. It says what people said for {said}"

    def in_short(self, card: Card) -> str:
        known = super().in_short(card)
        return f"Expressions: {known}" if known else ""

    def card_figures(self, block: Block, name: str) -> Iterator[KeyFigure]:
        told = f"How often it says what people said, for {many(block, name)}. {WITHIN}"
        yield from share_figures(block, {"accuracy": ("Accuracy", "", told)}, "interval")
        if unseen := block.get("without_duplicates"):
            told = f"Accuracy on the {unseen['faces']:,} faces whose picture is not in the training data as well."
            yield from share_figures(unseen, {"accuracy": ("New faces only", "", told)}, "interval")
        told = (
            "Accuracy of the plain network, which the maps explain. The app's answer is the mean over the face and its "
            "mirror image."
        )
        yield from share_figures(block.get("plain") or {}, {"accuracy": ("Without mirroring", "", told)}, "interval")
        yield from self.class_figures(block)
        if named := block.get("named"):
            yield KeyFigure(
                "Gave an answer",
                share(named["share"]),
                f"{share(named['accuracy'])} of them right",
                "How often it is sure enough to give an answer; otherwise we say “uncertain”.",
            )


TASK = Expression()
