"""Networks that tell what a picture shows: a few classes over the whole photo, or over a box of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dashboard.drawing.scores import WITHIN, Block, KeyFigure, scores, share_figures
from dashboard.subject import Box, Subject
from dashboard.tasks.classes import Classes
from dashboard.tasks.task import View
from interp import Network
from models import Analysis, Card
from models.classifier import Fit, fit_box, fit_input

OPEN_SIDE = 224
"""Pixels of a side of what a network is shown that takes any size and whose card names none, as ImageNet's take."""


class Classification(Classes):
    """A class for each kind of picture."""

    name = "classification"
    deed = "tells what a picture shows"
    answer = "Class"
    answers = "classes"
    thing = "picture"
    on_film = "square"
    rank = 50
    looks_at_area = True
    tabs = ("Errors", "Certainty")
    class_key, predicted, other_key, no_other = "class", "", "rather_than", ""  # classes may have any name but ""

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

    def score(self, network: Network, crops: np.ndarray, name: str) -> np.ndarray:
        return network.predict(crops[..., np.newaxis] if crops.ndim == 3 else crops)

    def is_like(self, card: Card, other: Card) -> bool:
        return set(card.labels) == set(other.labels)

    def summary(self, card: Card) -> str:
        block = scores(card)[1]
        if "accuracy" not in block:
            return super().summary(card)
        said = self.say_accuracy(card, _many(block), "Always giving the most common answer")
        return f"Tells {len(card.labels)} classes of pictures apart, and is right on {said}"

    def card_figures(self, block: Block, name: str) -> Iterator[KeyFigure]:
        told = f"Share of {_many(block)} whose class it names. {WITHIN}"
        yield from share_figures(block, {"accuracy": ("Accuracy", "", told)}, "interval")
        yield from self.class_figures(block)


def _many(block: Block) -> str:
    return f"{block['pictures']:,} pictures" if "pictures" in block else "the pictures it was tested on"


def _input(card: Card) -> tuple[tuple[int, int], Fit]:
    """Return (height, width) of what a network is shown, and how a box is fitted to that."""
    height, width = card.input.get("size", card.input_shape[:2])
    return (int(height or OPEN_SIDE), int(width or OPEN_SIDE)), card.input.get("fit", "pad")


TASK = Classification()
