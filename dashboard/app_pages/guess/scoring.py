"""Where a class would look: its marks on a face, the pixels that they cover, and how much those mattered. No Streamlit.

A guess, the network's map and a random map are compared by the same number of pixels: those that the guess marks, and
as many of each map's greatest values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from dashboard.drawing.pictures import MOST_POINTS, Sent, drawn_rectangle
from dashboard.drawing.words import percent
from dashboard.services.chance import RANDOM_MAPS, random_map, strongest_pixels
from interp import Network, Target, cover_test
from models.masks import line_mask

CLOSE = 0.02
"""Scores nearer than that count as equal."""
AMBER = (255, 180, 84)
THIRDS = ("left", "middle", "right")
HEIGHTS = ("top", "middle", "bottom")


@dataclass(frozen=True)
class Box:
    """A rectangle drawn on a picture, in shares (0 to 1) of its width and height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Stroke:
    """A line painted on a picture.

    Args:
        points: (x, y) from end to end, in shares (0 to 1) of the picture's width and height.
        width: float, of the brush, in shares of the picture's width.
    """

    points: tuple[tuple[float, float], ...]
    width: float


@dataclass(frozen=True)
class Marks:
    """What was marked on one picture.

    Args:
        crop_id: str, whose marks they are: the picture's id.
        shapes: what was drawn, in order. Defaults to nothing.
    """

    crop_id: str
    shapes: tuple[Box | Stroke, ...] = ()


@dataclass(frozen=True)
class Row:
    """How much the pixels of one picture mattered.

    Args:
        mask: bool (h, w), the pixels.
        hidden: float, the answer with them hidden.
        alone: float, the answer with only them shown.
        overlap: float, pixels shared with the network's map, as part of those in either of both.
    """

    mask: np.ndarray = field(repr=False)
    hidden: float
    alone: float
    overlap: float

    @property
    def score(self) -> float:
        """From -1 to 1: what is kept with only these pixels, less what is left without them."""
        return self.alone - self.hidden


@dataclass(frozen=True)
class Outcome:
    """A guess beside the network's map and a random one.

    Args:
        whole: float, the answer on the whole picture.
        guess: of the marks.
        network: of the network's map.
        chance: of the random map that is shown.
        random_scores: (RANDOM_MAPS,), the scores of that map and others like it.
    """

    whole: float
    guess: Row
    network: Row
    chance: Row
    random_scores: np.ndarray

    @property
    def beaten(self) -> int:
        """How many of the random maps the guess does better than."""
        return int((self.guess.score > self.random_scores).sum())


@dataclass(frozen=True)
class Entry:
    """A line of the scoreboard."""

    name: str
    photo: str
    expression: str
    method: str
    network: str
    marked: float
    outcome: Outcome = field(repr=False)


# Marks to pixels -----------------------------------------------------------------------------------------------------


def box_of(drawn: Sent) -> Box | None:
    """Turn what the browser drew into a box within the picture; None where it is none.

    Args:
        drawn: what the browser sent: {"left", "top", "width", "height"} in shares of the picture.
    """
    shares = drawn_rectangle(drawn)
    if shares is None:
        return None
    left, top, width, height = shares
    right, bottom = min(1.0, left + width), min(1.0, top + height)
    left, top = max(0.0, left), max(0.0, top)
    return Box(left, top, right - left, bottom - top) if right > left and bottom > top else None


def stroke_of(drawn: Sent, width: float) -> Stroke | None:
    """Turn what the browser painted into a stroke within the picture; None where it is none.

    Args:
        drawn: what the browser sent: {"points": [[x, y], …]} in shares of the picture.
        width: float, of the brush, in shares of the picture's width.
    """
    try:
        points = np.array(drawn["points"][:MOST_POINTS], np.float64)
    except (KeyError, TypeError, ValueError):
        return None
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0 or not np.isfinite(points).all():
        return None
    return Stroke(tuple((x, y) for x, y in points.clip(0, 1).tolist()), width)


def mask_of(shapes: Sequence[Box | Stroke], parts: Sequence[np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """Return the pixels that are marked, bool (h, w).

    A box or a stroke marks the pixels whose centres it covers, and one at least.

    Args:
        shapes: what was drawn.
        parts: bool (h, w), the chosen parts of the face.
        size: (height, width) of the picture in pixels.
    """
    mask = np.zeros(size, bool)
    for shape in shapes:
        mask |= _in_box(shape, size) if isinstance(shape, Box) else _under(shape, size)
    for part in parts:
        mask |= part
    return mask


def _in_box(box: Box, size: tuple[int, int]) -> np.ndarray:
    height, width = size
    rows, columns = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    is_row = (rows >= box.top) & (rows < box.top + box.height)
    is_column = (columns >= box.left) & (columns < box.left + box.width)
    if not is_row.any():
        is_row[min(height - 1, int((box.top + box.height / 2) * height))] = True
    if not is_column.any():
        is_column[min(width - 1, int((box.left + box.width / 2) * width))] = True
    return is_row[:, None] & is_column[None]


def _under(stroke: Stroke, size: tuple[int, int]) -> np.ndarray:
    height, width = size
    points = np.array(stroke.points) * [width, height]
    mask = line_mask(points, stroke.width * width, size)
    if not mask.any():
        x, y = points[0].astype(int)
        mask[min(y, height - 1), min(x, width - 1)] = True
    return mask


def thirds(size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Return nine fields of a picture by their names, bool (h, w): for a face whose parts are unknown."""
    row, column = (np.arange(side) * 3 // side for side in size)
    return {
        down if down == across else f"{down} {across}": (row[:, None] == y) & (column[None] == x)
        for y, down in enumerate(HEIGHTS)
        for x, across in enumerate(THIRDS)
    }


def coarse(masks: Mapping[str, np.ndarray], size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Bring masks to a size of which theirs is a whole multiple: a pixel is in where half of it is, bool (h, w)."""
    height, width = size
    return {
        name: mask.reshape(height, mask.shape[0] // height, width, mask.shape[1] // width).mean(axis=(1, 3)) >= 0.5
        for name, mask in masks.items()
    }


# Maps to pixels ------------------------------------------------------------------------------------------------------


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Return the pixels in both masks as part of those in either, 0 to 1; 0 for two empty ones."""
    either = int((first | second).sum())
    return int((first & second).sum()) / either if either else 0.0


def judge(network: Network, picture: np.ndarray, target: Target | int, mask: np.ndarray, values: np.ndarray) -> Outcome:
    """Compare a guess with the network's map and with random ones.

    Args:
        network: whose answer counts.
        picture: (h, w, channels), what was explained.
        target: what of the answer, or a class's number.
        mask: bool (h, w), the guess.
        values: float (rows, columns), the network's map.
    """
    size, count = mask.shape, int(mask.sum())
    own = strongest_pixels(values, size, count)
    chances = [strongest_pixels(random_map(seed), size, count) for seed in range(RANDOM_MAPS)]
    masks = [mask, own, *chances]
    found = cover_test(network, picture, np.stack(masks), target)
    guess, shown, chance = (
        Row(masks[index], float(found.hidden[index]), float(found.alone[index]), overlap(masks[index], own))
        for index in range(3)
    )
    return Outcome(found.whole, guess, shown, chance, found.scores[2:])


# Words and pictures --------------------------------------------------------------------------------------------------


def points(score: float, whole: float) -> float:
    """Return a score as points, 0 to 100: half for what the answer loses without the pixels, half for what they keep.

    Args:
        score: what is kept with only these pixels, less what is left without them.
        whole: the answer on the whole picture.
    """
    return 100 * min(1.0, max(0.0, (score + whole) / (2 * whole))) if whole > 0 else 0.0


def whole_of(noun: str) -> str:
    """Return "the whole face" for "the face"."""
    return noun.replace("the ", "the whole ", 1)


def say_outcome(found: Outcome, quoted: str, noun: str) -> str:
    """Say in a sentence whose pixels mattered more to the network, and what that means in numbers.

    Args:
        found: the outcome.
        quoted: str, what was explained, such as “happy”.
        noun: str, what the network was shown, such as "the face".
    """
    guess, network, chance = found.guess, found.network, found.chance
    if chance.score > max(guess.score, network.score) + CLOSE:
        head, row = "Random pixels mattered more to the network than yours, and than those of its own map", chance
    elif guess.score > network.score + CLOSE:
        head, row = "Your pixels mattered more to the network than those of its own map", guess
    elif network.score > guess.score + CLOSE:
        head, row = "The pixels of the network's map mattered more to it than yours", network
    else:
        head, row = "Your pixels mattered to the network about as much as those of its own map", guess
    return (
        f"{head}: {quoted} gets {percent(found.whole)} on {whole_of(noun)}, {percent(row.alone)} with only these "
        f"pixels shown and {percent(row.hidden)} with them hidden."
    )


def say_chance(found: Outcome) -> str:
    """Say how many random maps the guess does better than."""
    count = len(found.random_scores)
    return f"Your guess beats {found.beaten} of {count} random maps of the same size."


def marked(image: np.ndarray, mask: np.ndarray, *, opacity: float = 0.4) -> np.ndarray:
    """Tint what is marked on a picture and draw a line around it.

    Args:
        image: RGB uint8 (H, W, 3).
        mask: bool (h, w).
        opacity: float, of the tint; 0 leaves the line alone. Defaults to 0.4.
    """
    if not mask.any():
        return image
    height, width = image.shape[:2]
    large = np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST))
    result = image.astype(np.float32)
    result[large] += opacity * (np.array(AMBER, np.float32) - result[large])
    line = max(2, round(max(height, width) / 190))
    for thickness, colour in ((line + 1, (16, 21, 20)), (line, AMBER)):
        result[large & ~_within(large, thickness)] = colour
    return result.round().astype(np.uint8)


def _within(mask: np.ndarray, distance: int) -> np.ndarray:
    """Return the pixels of a mask that are farther than a distance from its edge; the picture's own edge is one too."""
    inner = np.pad(mask, 1)
    for _ in range(distance):
        inner[1:-1, 1:-1] = inner[1:-1, 1:-1] & inner[:-2, 1:-1] & inner[2:, 1:-1] & inner[1:-1, :-2] & inner[1:-1, 2:]
    return inner[1:-1, 1:-1]
