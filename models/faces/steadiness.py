"""How steady an answer is: along one change of the face, up to the change that flips it, and under another box.

Everything asks a `predict`, from uint8 (N, size, size) to probabilities (N, classes), and nothing of how it answers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models import emotion, keypoints
from models.faces.changes import (
    CHANGES,
    COVERS,
    NOTHING,
    Change,
    Cut,
    Fill,
    Scene,
    Setting,
    apply,
    apply_all,
    moves,
    sweep,
)
from models.images import cut_out

Predict = Callable[[np.ndarray], np.ndarray]
OnStep = Callable[[int, int], Any]

SAMPLES = 33
"""Numbers of each change's range that a search tries first."""
CURVE_SAMPLES = 41
POINTS_AT_ONCE = 16
"""Boxes whose faces are looked at in one batch."""


# Along one change ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Curve:
    """The answers along one change, all else as in a setting."""

    change: Change
    values: np.ndarray  # float64 (n,), rising
    shares: np.ndarray  # float32 (n, classes)

    @property
    def crossings(self) -> list[tuple[float, int, int]]:
        """Where the strongest class changes: the number in between, linearly, and the classes before and after it."""
        winners = self.shares.argmax(axis=1)
        found = []
        for place in np.flatnonzero(np.diff(winners)).tolist():
            before, after = int(winners[place]), int(winners[place + 1])
            lead = self.shares[place : place + 2, before] - self.shares[place : place + 2, after]
            way = float(lead[0] / max(lead[0] - lead[1], 1e-12))
            low, high = self.values[place : place + 2]
            found.append((float(low + way * (high - low)), before, after))
        return found


def curve(scene: Scene, predict: Predict, setting: Setting, name: str, samples: int = CURVE_SAMPLES) -> Curve:
    """Ask for the answers along the whole range of one of `CHANGES`, in one batch.

    Args:
        scene: the face.
        predict: what answers.
        setting: what else is done to the face.
        name: of the change.
        samples: about how many numbers to try. Defaults to 41.
    """
    values = CHANGES[name].grid(samples)
    return Curve(CHANGES[name], values, predict(apply_all(scene, sweep(setting, name, values))))


# What flips it -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Flip:
    """A single change with which the answer is another one."""

    setting: Setting  # does this change alone
    change: str  # of `CHANGES`, or "cover"
    shares: np.ndarray = field(repr=False)  # float32 (classes,)
    of_range: float  # how far it goes on its side of the range, 0..1; 1 for what is done or not
    pixels: float  # mean absolute change of a pixel, in grey levels
    crop: np.ndarray = field(repr=False)  # uint8 (size, size), the changed face

    @property
    def winner(self) -> int:
        """The strongest class."""
        return int(self.shares.argmax())


@dataclass(frozen=True)
class _Side:
    """One direction of one change: where the answer still holds, and the next tried number at which it doesn't."""

    change: Change
    holds: int  # steps from neutral
    flips: int

    @property
    def middle(self) -> int:
        return (self.holds + self.flips) // 2

    @property
    def is_found(self) -> bool:
        return abs(self.flips - self.holds) <= 1


def find_flips(
    scene: Scene,
    predict: Predict,
    *,
    target: int | None = None,
    fill: Fill = "mean",
    seed: int = 0,
    samples: int = SAMPLES,
    on_step: OnStep | None = None,
) -> list[Flip]:
    """Look in every single change for the least of it that flips the answer to the face.

    The range of each change is sampled from its neutral number outwards, in both directions; the first two samples
    between which the answer flips are halved down to one step of the change. A flip and its undoing between two samples
    is not seen. Every cover that the face allows is tried as well, without a rectangle.

    Args:
        scene: the face.
        predict: what answers.
        target: the class that must win. Defaults to None: any other than now.
        fill: of the covers. Defaults to "mean".
        seed: of the noise.
        samples: how many numbers of each range to try first. Defaults to 33.
        on_step: called with how many parts are done and how many there are; may raise to end the search.

    Returns:
        The least flip of each direction of each change, and each cover that flips it; least changed pixels first.

    Reference: Wachter, Mittelstadt and Russell 2017, Counterfactual explanations, arXiv:1711.00399.
    """
    now = int(predict(scene.crop[None])[0].argmax())

    def is_flip(shares: np.ndarray) -> np.ndarray:
        winners = shares.argmax(axis=1)
        return winners != now if target is None else (winners == target) & (winners != now)

    parts = [change for change in CHANGES.values() if not change.is_switch]
    total = len(parts) + 2
    tell = on_step or (lambda done, total: None)
    sides: list[_Side] = []
    for done, change in enumerate(parts):
        tell(done, total)
        steps = [round((value - change.neutral) / change.step) for value in change.grid(samples)]
        flips = is_flip(predict(apply_all(scene, _at(change, steps, seed))))
        sides += _first_flips(change, steps, flips)
    tell(len(parts), total)
    found = [
        _flip(scene, setting, name, shares)
        for name, setting, shares in _asked(scene, predict, _switches(scene, fill))
        if is_flip(shares[None])[0]
    ]
    while open_sides := [side for side in sides if not side.is_found]:
        tell(len(parts) + 1, total)
        settings = [setting for side in open_sides for setting in _at(side.change, [side.middle], seed)]
        flips = is_flip(predict(apply_all(scene, settings)))
        halved = [
            _Side(side.change, side.holds, side.middle) if flip else _Side(side.change, side.middle, side.flips)
            for side, flip in zip(open_sides, flips, strict=True)
        ]
        sides = [side for side in sides if side.is_found] + halved
    ends = [(side.change.name, setting) for side in sides for setting in _at(side.change, [side.flips], seed)]
    found += [_flip(scene, setting, name, shares) for name, setting, shares in _asked(scene, predict, ends)]
    tell(total, total)
    return sorted(found, key=lambda flip: (flip.pixels, flip.change))


def _at(change: Change, steps: Sequence[int], seed: int) -> list[Setting]:
    """Return the settings that do one change alone, so many steps from neutral."""
    return [NOTHING.replace(**{change.name: change.at(step)}, seed=seed) for step in steps]


def _first_flips(change: Change, steps: Sequence[int], flips: np.ndarray) -> Iterator[_Side]:
    """Return the first flip in each direction from neutral, where there is one."""
    flipped = dict(zip(steps, flips.tolist(), strict=True))
    for outwards in (sorted(step for step in steps if step >= 0), sorted((s for s in steps if s <= 0), reverse=True)):
        first = next((place for place, step in enumerate(outwards) if step and flipped[step]), None)
        if first is not None:
            yield _Side(change, outwards[first - 1], outwards[first])


def _switches(scene: Scene, fill: Fill) -> list[tuple[str, Setting]]:
    """Return what is done or not: the mirror, and the cover of each part."""
    parts = [part for part in scene.covers if part in COVERS]
    covers = [("cover", NOTHING.replace(covered=(part,), fill=fill)) for part in parts]
    switches = [(name, NOTHING.replace(**{name: 1.0})) for name, change in CHANGES.items() if change.is_switch]
    return [*switches, *covers]


def _asked(
    scene: Scene, predict: Predict, changes: Sequence[tuple[str, Setting]]
) -> Iterator[tuple[str, Setting, np.ndarray]]:
    if not changes:
        return
    shares = predict(apply_all(scene, [setting for _, setting in changes]))
    for (name, setting), row in zip(changes, shares, strict=True):
        yield name, setting, row


def _flip(scene: Scene, setting: Setting, name: str, shares: np.ndarray) -> Flip:
    crop = apply(scene, setting)
    pixels = float(np.abs(crop.astype(np.float32) - scene.crop).mean())
    change = CHANGES.get(name)
    of_range = 1.0 if change is None else change.share(getattr(setting, name))
    return Flip(setting, name, np.asarray(shares), of_range, pixels, crop)


# Under another box ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wobble:
    """How far a box may be off: each draw is even within these, to both sides.

    Attributes:
        shift: share of the square's side, to the side and down, each.
        scale: largest growth less 1; the square shrinks by as much, so 0.2 means from 1 / 1.2 to 1.2 of its side.
        angle: degrees.
        count: how many draws.
        seed: of the draws.
    """

    shift: float = 0.1
    scale: float = 0.15
    angle: float = 10.0
    count: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.shift, self.scale, self.angle) < 0 or self.count < 1:
            raise ValueError(f"shift, scale and angle must be at least 0 and count at least 1, but are {self}.")

    def draw(self) -> np.ndarray:
        """Return float64 (count, 4): shifts to the right and down in shares, growth of the square, degrees."""
        even = np.random.default_rng(self.seed).uniform(-1, 1, (self.count, 4))
        return np.column_stack([even[:, :2] * self.shift, (1 + self.scale) ** even[:, 2], even[:, 3] * self.angle])


@dataclass(frozen=True, eq=False)
class Spread:
    """The answers to a face in many boxes."""

    draws: np.ndarray  # float64 (n, 4), as of `Wobble.draw`
    crops: np.ndarray = field(repr=False)  # uint8 (n, size, size)
    shares: np.ndarray = field(repr=False)  # float32 (n, classes)

    @property
    def winners(self) -> np.ndarray:
        """The strongest class of each draw, (n,)."""
        return self.shares.argmax(axis=1)


def jitter_crop(
    image: np.ndarray,
    transform: np.ndarray,
    size: int | tuple[int, int],
    predict: Predict,
    wobble: Wobble,
    on_step: OnStep | None = None,
    *,
    cut: Cut | None = None,
) -> Spread:
    """Move, scale and turn the square that is cut out, and ask for the answer to each.

    Args:
        image: RGB uint8 (H, W, 3).
        transform: (2, 3), takes the crop's pixel (x, y, 1) to the photo's.
        size: side of a square crop in pixels, or (height, width).
        predict: what answers.
        wobble: how far the square may be off.
        on_step: called with how many draws are done and how many there are; may raise to end it.
        cut: how a crop is cut out, from a photo and a transform. Defaults to `cut_out`, a grey square.
    """

    draws, whole = wobble.draw(), np.asarray(transform, np.float64)
    height, width = (size, size) if isinstance(size, int) else size
    crops = []
    for number, (right, down, growth, angle) in enumerate(draws):
        if on_step is not None and number % POINTS_AT_ONCE == 0:
            on_step(number, len(draws))
        # A square that is moved right shows the face moved left
        move = moves(size, larger=1 / growth, angle=-angle)
        move[:, 2] += np.array([right * width, down * height])
        moved = whole @ np.vstack([move, [0, 0, 1]])
        crops.append(cut(image, moved) if cut else cut_out(image, moved, height))
    together = np.stack(crops)
    return Spread(draws, together, predict(together))


def jitter_box(
    image: np.ndarray, points: np.ndarray, angle: float, predict: Predict, wobble: Wobble, on_step: OnStep | None = None
) -> Spread:
    """Move, scales and turns the square in which the face's points are looked for; all that follows is done anew.

    The points are looked for in each square as `analyse` does, the face is turned upright by them and cut out, and
    answered. So it says what a worse detector would have changed.

    Args:
        image: RGB uint8 (H, W, 3).
        points: (68, 2), the face's points in photo pixels.
        angle: degrees by which the face is turned clockwise.
        predict: what answers, from crops of the emotion networks' size.
        wobble: how far the square may be off.
        on_step: called with how many draws are done and how many there are; may raise to end it.
    """
    draws = wobble.draw()
    square = keypoints.turned_square_of_points(np.asarray(points)[None], np.array([angle]))[0]
    turn = np.radians(angle)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])  # the face's own, as rows
    squares = np.column_stack([square[:2] + square[2] * draws[:, :2] @ axes, square[2] * draws[:, 2]])
    crops = []
    for begin in range(0, len(draws), POINTS_AT_ONCE):
        if on_step is not None:
            on_step(begin, len(draws))
        part = slice(begin, begin + POINTS_AT_ONCE)
        looks = keypoints.look(image, squares[part], angle + draws[part, 3])
        crops += [emotion.align(image, marks)[0] for marks in keypoints.to_marks(looks.points)]
    together = np.stack(crops)
    return Spread(draws, together, predict(together))
