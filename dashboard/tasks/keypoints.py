"""Networks that find 68 points of a face: a heat map for each over the face's crop."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dashboard.drawing import tables
from dashboard.drawing.scores import Block, KeyFigure, interval, scores, share_figures
from dashboard.drawing.words import share
from dashboard.subject import Subject, with_channels
from dashboard.tasks import heat
from dashboard.tasks.face import FACE, part_masks
from dashboard.tasks.task import AnswerMap, Choice, Choose, Goal, Maps, Task, View
from interp import Coordinate, Network, Unit, activations
from models import Card, keypoints
from models.images import cut_out

POINT = "point"
READING = "reading"
FIRST_POINT = 30
"""The tip of the nose."""
READINGS = {"here": "Why here", "x": "Left to right", "y": "Up and down"}
HEAT_CELL = 4
"""Pixels of the network's input to a cell of its heat maps."""


class Keypoints(Task):
    """A heat map for each point."""

    name = "keypoints"
    deed = "finds 68 points of a face"
    answer = "Point"
    rank = 20
    usual_layer = "up2_relu"
    maps_layer = "heat_maps"
    parts = FACE
    tabs = ("Points", "Spread", "Confidence")
    scored = "test faces"
    confidence_note = "On the page Inspect, points below 50 % are hollow."

    def view(self, subject: Subject, card: Card) -> View:
        """Return the crop from which the face's points were read; of a face without points, that of its box."""
        face, size = subject.face, keypoints.SIZE
        if face.landmark_transform is not None:
            transform = face.landmark_transform
            crop = cut_out(subject.image, transform, size)
            words = f"the face with some margin, straightened, {size}×{size} grey pixels"
            code = f"cut_out(image, face.landmark_transform, {size})[..., None]"
            imports = "from models.images import cut_out\n"
        else:
            angles = np.array([face.angle])
            squares = keypoints.squares_of_boxes(np.array([face.box]), angles)
            crop, transform = (found[0] for found in keypoints.crop_squares(subject.image, squares, angles))
            words = f"the face's box, {size}×{size} grey pixels; the network was not sure of any points in it"
            code = "crop_squares(image, squares_of_boxes([face.box], [face.angle]), [face.angle])[0][0][..., None]"
            imports = "from models.keypoints import crop_squares, squares_of_boxes\n"
        return View(self, crop, transform.astype(np.float32), words, "the face", subject.image, code, imports)

    def ask(self, subject: Subject, view: View, choose: Choose, maps: Maps) -> Goal:
        names = {number: tables.words(name) for number, name in enumerate(keypoints.NAMES68)}
        help = "One of the 68 points in iBUG's order. Left and right are the person's own."
        index = choose(Choice(POINT, "Point", names, FIRST_POINT, help))
        help = "Why the point is where it is, or what moves it sideways, up or down."
        reading = choose(Choice(READING, "Question", READINGS, next(iter(READINGS)), help))
        return self.goal_of_point(view, index, reading)

    def goal_of_point(self, view: View, index: int, reading: str = "here") -> Goal:
        """Return the goal of a point: why it is where it is ("here"), or what moves it along an axis ("x" or "y")."""
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
        side = view.pixels.shape[0] // HEAT_CELL
        place = (keypoints.predict(view.pixels[None])[0, index] - (HEAT_CELL - 1) / 2) / HEAT_CELL
        column, row = (int(np.clip(round(float(value)), 0, side - 1)) for value in place)
        score = "The point's heat map where the point is, before the softmax."
        return heat.goal(Unit(self.maps_layer, index, row, column), index, name, "here", score)

    def answer_maps(self, network: Network, pixels: np.ndarray, name: str) -> np.ndarray:
        """Return where each point may be: shares that sum to 1."""
        values = activations(network, with_channels(pixels), self.maps_layer)
        shares = np.exp(values - values.max(axis=(0, 1)))
        return shares / shares.sum(axis=(0, 1))

    def answer_map(self, subject: Subject, view: View, goal: Goal, maps: Maps) -> AnswerMap | None:
        found = maps()[..., goal.channel]
        rows, columns = np.indices(found.shape)
        size = view.size[0] / found.shape[0]
        cell = np.array([[(found * columns).sum() + 0.5, (found * rows).sum() + 0.5]]) * size - 0.5
        x, y = view.to_photo(cell)[0]
        return heat.describe(found, goal.part, (x, y), "The point is where the heat has its centre.")

    def part_masks(self, subject: Subject, view: View) -> dict[str, np.ndarray] | None:
        return part_masks(subject, view)

    def check(self, card: Card) -> None:
        card.check(keypoints.NAMES68)

    def summary(self, card: Card) -> str:
        block = scores(card)[1]
        if "nme" not in block:
            return super().summary(card)
        lost = f"; on {share(block['failure_rate'])} of the faces it loses them" if "failure_rate" in block else ""
        mean = block.get("baseline_nme")
        guess = f" Points of the mean face would be off by {share(mean)}." if mean else ""
        return (
            f"Finds 68 points of a face, off by {share(block['nme'])} of the distance between the eyes on "
            f"average{lost}.{guess}"
        )

    def in_short(self, card: Card) -> str:
        block = scores(card)[1]
        return f"68 points: off by {share(block['nme'])}" if "nme" in block else ""

    def card_figures(self, block: Block, name: str) -> Iterator[KeyFigure]:
        if "nme" in block:
            yield KeyFigure(
                "Mean error",
                share(block["nme"], 2),
                interval(block, "nme_interval") or "of the eyes' distance",
                "Distance between found and labelled point, as a share of the distance between the outer eye corners; "
                "mean over 68 points and all test faces.",
            )
        help = "Share of the test faces whose mean error is above 10 %: too far off to be of use."
        told = {"failure_rate": ("Faces lost", "mean error above 10 %", help)}
        yield from share_figures(block, told, "failure_interval")
        if "rmse_15" in block:
            yield KeyFigure(
                "Error of 15 points",
                f"{block['rmse_15']:.2f} px",
                "on 96×96 pixels",
                "Root mean square error of Kaggle's fifteen points, on faces of 96 by 96 pixels.",
            )


TASK = Keypoints()
