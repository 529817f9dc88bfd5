"""Networks that tell what a picture shows: a few classes over the whole photo, or over a box of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dashboard.drawing.scores import Block, KeyFigure, chance_of, interval, scores
from dashboard.drawing.words import share, verdict
from dashboard.subject import Box, Subject
from dashboard.tasks.task import Choice, Choose, Goal, Maps, Task, View
from interp import Network
from models import Analysis, Card
from models.classifier import Fit, fit_box, fit_input

CLASS = "class"
AGAINST = "rather_than"
PREDICTED = ""
"""The choice of CLASS that follows the network's own answer; no class is called so."""
NO_OTHER = ""
"""The choice of AGAINST that explains a class by itself."""
OPEN_SIDE = 224
"""Pixels of a side of what a network is shown that takes any size and whose card names none, as ImageNet's take."""


class Classification(Task):
    """A class for each kind of picture."""

    name = "classification"
    deed = "tells what a picture shows"
    answer = "Class"
    answers = "classes"
    thing = "picture"
    on_film = "square"
    rank = 50
    has_classes = True
    looks_at_area = True
    tabs = ("Errors", "Certainty")

    def has_input(self, analysis: Analysis) -> bool:
        return True

    def frame(self, box: Box, card: Card) -> np.ndarray:
        size, fit = _input(card)
        return fit_box(box, size, fit).astype(np.float32)

    def look(self, image: np.ndarray, transform: np.ndarray, card: Card) -> np.ndarray:
        channels = card.input_shape[2]
        pixels = fit_input(image, _input(card)[0], channels, transform)
        return pixels[..., 0] if channels == 1 else pixels

    def view(self, subject: Subject, card: Card) -> View:
        transform = self.frame(subject.area, card)
        pixels = self.look(subject.image, transform, card)
        (height, width), fit = _input(card)
        colours = "colour" if pixels.ndim == 3 else "grey"
        noun = "the photo" if subject.is_whole else "the box"
        beside = "completed by its edge" if subject.is_whole else "with what lies beside it"
        how = {"pad": beside, "crop": "its middle", "stretch": "stretched"}[fit]
        if subject.area[2] * height == subject.area[3] * width:
            how = "as it is"
        whole = "the whole photo" if subject.is_whole else "a box of the photo"
        return View(
            self,
            pixels,
            transform,
            f"{whole}, {how}, {height}×{width} {colours} pixels",
            noun,
            subject.image,
            f"fit_input(image, {(height, width)}, {card.input_shape[2]}, "
            f"fit_box({subject.area}, {(height, width)}, {fit!r}).astype(np.float32))",
            "import numpy as np\nfrom models.classifier import fit_box, fit_input\n",
            card.labels,
        )

    def ask(self, subject: Subject, view: View, choose: Choose, maps: Maps) -> Goal:
        words = {PREDICTED: f"Strongest: {subject.winner}"} | {label: label for label in view.labels}
        chosen = choose(
            Choice(
                CLASS,
                "Class",
                words,
                PREDICTED,
                "Which class to explain. The maps show the evidence for it, whether or not it won.",
            )
        )
        label = chosen or subject.winner
        likeliest = sorted(view.labels, key=lambda one: -subject.face.emotion[one])
        others = {NO_OTHER: "nothing"} | {one: one for one in likeliest if one != label}
        other = choose(
            Choice(
                AGAINST,
                "Compare with",
                others,
                NO_OTHER,
                "The map then shows evidence for this class rather than the other one. What both share cancels out.",
                is_other=True,
            )
        )
        return view.goal_of_class(label, other or None)

    def choices_of_class(self, label: str) -> dict[str, str]:
        return {CLASS: label, AGAINST: NO_OTHER}

    def verdict(self, subject: Subject) -> str:
        """Return the answer in a few words: "uninfected, 93 %", or "uncertain (parasitized 61 %)"."""
        return verdict(subject.face.emotion, subject.face.expression)

    def score(self, network: Network, crops: np.ndarray, name: str) -> np.ndarray:
        return network.predict(crops[..., np.newaxis] if crops.ndim == 3 else crops)

    def is_like(self, card: Card, other: Card) -> bool:
        return set(card.labels) == set(other.labels)

    def summary(self, card: Card) -> str:
        block = scores(card)[1]
        if "accuracy" not in block:
            return super().summary(card)
        extent = f" (95 % interval {interval(block)})" if block.get("interval") else ""
        majority = chance_of(card)
        chance = f" Always giving the most common answer would get {share(majority)}." if majority else ""
        return (
            f"Tells {len(card.labels)} classes of pictures apart, and is right on {share(block['accuracy'])}{extent} "
            f"of {_many(block)}.{chance}"
        )

    def card_figures(self, block: Block, name: str) -> Iterator[KeyFigure]:
        if "accuracy" in block:
            yield KeyFigure(
                "Accuracy",
                share(block["accuracy"]),
                interval(block),
                f"Share of {_many(block)} whose class it names. Below: where the true share lies with 95 % "
                "confidence, as there are only so many pictures.",
            )
        if "macro_f1" in block:
            yield KeyFigure(
                "Macro F1",
                share(block["macro_f1"]),
                "every class alike",
                "The mean F1 of all classes, so that a rare class counts as much as a common one.",
            )
        if calibration := block.get("calibration"):
            yield KeyFigure(
                "Calibration error",
                share(calibration["expected_calibration_error"]),
                "lower is better",
                "How far, on average, the probability it gives is from how often it is right.",
            )


def _many(block: Block) -> str:
    return f"{block['pictures']:,} pictures" if "pictures" in block else "the pictures it was tested on"


def _input(card: Card) -> tuple[tuple[int, int], Fit]:
    """Return (height, width) of what a network is shown, and how a box is fitted to that."""
    height, width = card.input.get("size", card.input_shape[:2])
    return (int(height or OPEN_SIDE), int(width or OPEN_SIDE)), card.input.get("fit", "pad")


TASK = Classification()
