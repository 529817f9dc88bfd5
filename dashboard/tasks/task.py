"""What a kind of network is to the pages: what it is shown, what can be asked of it, and the words for both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, Protocol, TypeVar

import numpy as np

from dashboard.drawing import pictures, scores
from dashboard.drawing.scores import Block, KeyFigure
from dashboard.drawing.words import share
from dashboard.subject import Box, Subject, with_channels
from interp import Class, Contrast, Network, Target, region_shares
from interp.regions import Region
from models import Analysis, Card
from models.images import cut_out

Option = TypeVar("Option")
Maps = Callable[[], np.ndarray]
"""Gives the maps that a network answers with, float32 (h, w, maps), once they are asked for."""
Need = Literal["classes", "layers"]
"""What a page or a lens may need of a network: an answer that is a choice between classes."""

UNCERTAIN = "uncertain"
"""What the app says where no class is sure enough to be named."""
MASK_SIDE = 192
"""Pixels, at least, of the longer side of the masks of parts."""


class NoInputError(ValueError):
    """A network has nothing to look at on this photo; the message says why, in a sentence."""


# What goes in --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """What a network is shown of a photo.

    Args:
        task: the kind of network.
        pixels: uint8 (h, w) grey or RGB (h, w, 3), exactly the network's input.
        transform: float32 (2, 3), takes the input's pixel (x, y, 1) to the photo's.
        words: what it is.
        noun: the same in a word or two, such as "the face".
        photo: RGB uint8 (H, W, 3), what it was cut from.
        code: the Python expression that makes `picture` from `image`, `analysis` and `face`. Defaults to none.
        code_imports: the line of imports that it needs. Defaults to none.
        labels: the classes in the network's order. Defaults to none, for a network without.
    """

    task: Task
    pixels: np.ndarray = field(repr=False)
    transform: np.ndarray = field(repr=False)
    words: str
    noun: str
    photo: np.ndarray = field(repr=False)
    code: str = ""
    code_imports: str = ""
    labels: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the input."""
        height, width = self.pixels.shape[:2]
        return height, width

    @property
    def title(self) -> str:
        """The noun as a label of its own, other than "Photo", which is the photo that the pages show beside it."""
        return "Input" if self.noun == "the photo" else self.noun.removeprefix("the ").capitalize()

    @property
    def picture(self) -> np.ndarray:
        """The input as the network takes it, (h, w, channels)."""
        return with_channels(self.pixels)

    @property
    def is_colour(self) -> bool:
        """Whether the network gets colours."""
        return self.pixels.ndim == 3

    def enlarged(self, side: int) -> np.ndarray:
        """Return the same cut with `side` pixels on its larger side, RGB uint8; a grey one is cut anew."""
        if self.is_colour or self.size[0] != self.size[1]:
            return pictures.as_rgb(pictures.enlarge(self.pixels, side))
        return pictures.as_rgb(self.crisp(side))

    def crisp(self, side: int) -> np.ndarray:
        """Return the same cut of the photo in grey, crisper than the network gets it: uint8 (side, side)."""
        scale = self.pixels.shape[0] / side
        offset = np.array([scale / 2 - 0.5, scale / 2 - 0.5, 1.0])
        finer = np.column_stack([self.transform[:, :2] * scale, self.transform @ offset])
        return cut_out(self.photo, finer, side)

    def to_input(self, points: np.ndarray) -> np.ndarray:
        """Return points (n, 2) of the photo in pixels of the input."""
        return (np.asarray(points, np.float64) - self.transform[:, 2]) @ np.linalg.inv(self.transform[:, :2]).T

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """Return points (n, 2) of the input in pixels of the photo."""
        return np.asarray(points, np.float64) @ self.transform[:, :2].T + self.transform[:, 2]

    def goal_of_class(self, label: str, against: str | None = None) -> Goal:
        """Return the goal of a class, by itself or set against another one.

        Raises:
            ValueError: The network has no such class.
        """
        index = self.labels.index(label)
        if against is None:
            return Goal(
                Class(index),
                label,
                f"“{label}”",
                f"against “{label}”",
                f"for “{label}”",
                ("Score", "Its value before the softmax."),
                f"What speaks for “{label}”, and what against",
                label,
            )
        return Goal(
            Contrast(index, self.labels.index(against)),
            f"{label} rather than {against}",
            f"“{label}” rather than “{against}”",
            f"for “{against}”",
            f"for “{label}”",
            ("Lead", f"The score of “{label}” less that of “{against}”, before the softmax."),
            "Which of the two",
            label,
        )

    @property
    def mask_scale(self) -> int:
        """By how much the masks of parts are finer than the input."""
        return max(1, round(MASK_SIDE / max(self.size)))

    @property
    def mask_shape(self) -> tuple[int, int]:
        """(height, width) of the masks of parts."""
        return self.size[0] * self.mask_scale, self.size[1] * self.mask_scale

    def to_mask(self, points: np.ndarray) -> np.ndarray:
        """Return points (n, 2) of the photo in pixels of the masks of parts."""
        return (self.to_input(points) + 0.5) * self.mask_scale - 0.5


# What is asked -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice(Generic[Option]):
    """One thing to choose before a network can be asked, drawn as a picker; a single option is only shown.

    Args:
        key: the session key, which also stands in the address.
        label: the picker's name.
        options: the words for each option, which the address spells likewise.
        default: the option to begin with.
        help: a sentence on what is chosen.
        is_other: whether what is asked about is set against this, which not every page offers; then the default
            stands for "nothing". Defaults to no.
    """

    key: str
    label: str
    options: Mapping[Option, str]
    default: Option
    help: str
    is_other: bool = False


class Choose(Protocol):
    """How a task has a choice made: by a picker on a page, by a default elsewhere."""

    def __call__(self, choice: Choice[Option], /) -> Option: ...


@dataclass(frozen=True)
class Goal:
    """What is explained, and the words for it.

    Args:
        target: what of the network's answer.
        words: what it is in plain text, such as "happy rather than sad".
        quoted: the same in a sentence.
        less: what a negative value of a signed map means.
        more: what a positive value means.
        score: a label and a help text for the target's value.
        meaning: what a signed map shows.
        label: the class whose probability stands beside it. Defaults to none, for a network without classes.
        channel: which of the answer's maps is asked about. Defaults to none: the answer is no map.
        part: what that map is of, such as "left elbow". Defaults to nothing.
        opposite_of: the goal that this one speaks against. Defaults to none.
    """

    target: Target
    words: str
    quoted: str
    less: str
    more: str
    score: tuple[str, str]
    meaning: str
    label: str | None = None
    channel: int | None = None
    part: str = ""
    opposite_of: Goal | None = None

    @property
    def opposite(self) -> Goal:
        """The goal the other way round: what speaks against it."""
        label, meaning = self.score
        return self.opposite_of or replace(
            self,
            target=-self.target,
            words=f"the opposite of {self.words}",
            quoted=f"the opposite of {self.quoted}",
            less=self.more,
            more=self.less,
            score=(label, f"{meaning} Here with its sign turned."),
            opposite_of=self,
        )


@dataclass(frozen=True)
class AnswerMap:
    """One map of a network's answer.

    Args:
        values: float32 (h, w), shares that sum to 1, or scores of 0 to 1.
        title: what it is.
        meaning: what a colour stands for.
        facts: (label, value, help) of each number that describes it.
        words: how to read it, in a sentence or two.
    """

    values: np.ndarray = field(repr=False)
    title: str
    meaning: str
    facts: tuple[tuple[str, str, str], ...]
    words: str


@dataclass(frozen=True)
class Parts:
    """The words for the named regions of what a network is shown.

    Args:
        of: whose parts they are, such as "face".
        unknown: the sentence where they can't be told.
        rest: what belongs to none of them.
    """

    of: str
    unknown: str
    rest: str


# The kind ------------------------------------------------------------------------------------------------------------


class Task(ABC):
    """One kind of network; its file ends in `TASK = ...` and is found by that.

    Attributes:
        name: the `task` of its cards.
        deed: what such a network does: "finds 68 points of a face".
        answer: what its answer is called, in a word.
        rank: its place in pickers, the lowest first. Defaults to behind all that have one.
        has_classes: whether its answer is a choice between classes. Defaults to no.
        reads_faces: whether it reads each face of a photo when the photo is analysed. Defaults to no.
        looks_at_people: whether it can be asked about a person without a face. Defaults to no.
        looks_at_area: whether it looks for nothing, and is shown the whole photo or a box of it. Defaults to no.
        answers: the plural of `answer`. Defaults to "answers".
        thing: what it looks at, in a word. Defaults to "face".
        on_film: what it reads on each frame of a film, in a word. Defaults to "face".
        usual_layer: the layer to begin with. Defaults to the one that `interp.Network` takes.
        maps_layer: the layer with one map for each label of the card. Defaults to none.
        parts: the words for the regions that `part_masks` returns. Defaults to none: it has no named regions.
        tabs: what the Networks page shows of its cards beyond what every card has. Defaults to nothing.
        card_note: a sentence on reading the key figures. Defaults to none.
        ladder_table: the table that compares its networks. Defaults to none: their cards are compared.
        small_tables: tables of smaller tasks of its kind. Defaults to none.
        landmark: what each confidence on its cards belongs to. Defaults to "point".
        scored: whom its cards are scored on. Defaults to "test pictures".
        confidence_note: a sentence on how confidence is drawn. Defaults to none.
    """

    name: str
    deed: str
    answer: str
    rank: int = 1000
    has_classes: bool = False
    reads_faces: bool = False
    looks_at_people: bool = False
    looks_at_area: bool = False
    answers: str = "answers"
    thing: str = "face"
    on_film: str = "face"
    usual_layer: str = ""
    maps_layer: str = ""
    parts: Parts | None = None
    tabs: tuple[str, ...] = ()
    card_note: str = ""
    ladder_table: str = ""
    small_tables: tuple[str, ...] = ()
    landmark: str = "point"
    scored: str = "test pictures"
    confidence_note: str = ""

    # What goes in

    def has_input(self, analysis: Analysis) -> bool:
        """Return whether there may be something on the photo that such a network looks at."""
        return bool(analysis.faces or (self.looks_at_people and analysis.people))

    @abstractmethod
    def view(self, subject: Subject, card: Card) -> View:
        """Return what the network of a card is shown of the subject's face, person or photo.

        Raises:
            NoInputError: There is nothing on the photo that the network looks at.
        """

    def frame(self, box: Box, card: Card) -> np.ndarray:
        """Return where the network of a card looks for a box, float32 (2, 3), from its pixels to the photo's.

        Returns:
            float32 (2, 3), takes its input's pixel (x, y, 1) to the photo's.
        """
        raise NotImplementedError(f"A network that {self.deed} is not shown areas.")

    def look(self, image: np.ndarray, transform: np.ndarray, card: Card) -> np.ndarray:
        """Return what a network with classes is shown of a photo, uint8 (h, w) or (h, w, 3), at a `View.transform`."""
        raise NotImplementedError(f"A network that {self.deed} has no classes.")

    # What can be asked

    @abstractmethod
    def ask(self, subject: Subject, view: View, choose: Choose, maps: Maps) -> Goal:
        """Have the choices made that say what is explained, and return it."""

    def choices_of_class(self, label: str) -> dict[str, str]:
        """Return what to choose, by the keys of `ask`, so that a class by itself is explained."""
        return {}

    def verdict(self, subject: Subject) -> str:
        """Return the network's answer in a few words; "" where it has no short form."""
        return ""

    def why_not(self, need: Need) -> str:
        """Return why nothing is shown where this is needed, in half a sentence; "" where it is there."""
        return "" if self.has_classes or need != "classes" else f"it {self.deed}, and doesn't choose between classes"

    # What comes out

    def score(self, network: Network, crops: np.ndarray, name: str) -> np.ndarray:
        """Return the probability of each class, float32 (N, classes), for N times what the network is shown."""
        raise NotImplementedError(f"A network that {self.deed} has no classes.")

    def name_answer(self, shares: np.ndarray, card: Card) -> str:
        """Return what the app says for shares (classes,): a class, or "uncertain"."""
        best = int(np.argmax(shares))
        return card.labels[best] if shares[best] >= card.thresholds.get("uncertain", 0.0) else UNCERTAIN

    def answer_maps(self, network: Network, pixels: np.ndarray, name: str) -> np.ndarray:
        """Return the maps that a network answers with, float32 (h, w, maps), to what it is shown.

        Raises:
            NotImplementedError: Such a network doesn't answer with maps.
        """
        raise NotImplementedError(f"A network that {self.deed} does not answer with maps.")

    def answer_map(self, subject: Subject, view: View, goal: Goal, maps: Maps) -> AnswerMap | None:
        """Return the map that a goal asks about; None where the answer is no map."""
        return None

    def part_masks(self, subject: Subject, view: View) -> dict[str, np.ndarray] | None:
        """Return the mask of each named region, bool of `View.mask_shape`; None where they can't be told."""
        return None

    def regions(self, subject: Subject, view: View, values: np.ndarray) -> list[Region] | None:
        """Return how much of a map (h, w) is in each named region and the rest; None where they can't be told."""
        masks = self.part_masks(subject, view)
        return list(region_shares(values, masks).values()) if masks else None

    # The network and its card

    def default_layer(self, network: Network) -> str:
        """Return the layer to begin with; "" for a network of which nothing is known but its answers."""
        if network.is_function:
            return ""
        names = {layer.name for layer in network.spatial_layers}
        return self.usual_layer if self.usual_layer in names else network.default_layer

    def is_like(self, card: Card, other: Card) -> bool:
        """Return whether two networks of this kind answer the same question, so that they can be compared."""
        return True

    def get_ready(self, card: Card) -> None:  # noqa: B027  # most kinds have nothing to get ready
        """Compile what a page asks of a network first, once it is loaded."""

    def check(self, card: Card) -> None:  # noqa: B027  # of some kinds nothing is taken for granted
        """Raise CardError where a card lacks what is taken for granted of this kind."""

    def quality(self, card: Card) -> float:
        """Return how good a network is by its card, 0 to 1, to choose between those of its kind."""
        return float(scores.scores(card)[1].get("accuracy", 0.0))

    def summary(self, card: Card) -> str:
        """Say in one or two sentences what the network does and how well."""
        return f"{self.deed[0].upper()}{self.deed[1:]}."

    def in_short(self, card: Card) -> str:
        """Say in a few words what the network reads and how well; "" where its card has no score."""
        block = scores.scores(card)[1]
        if "accuracy" not in block:
            return ""
        return f"{share(block['accuracy'], 0 if block['accuracy'] < 0.995 else 1)} right"  # only all is 100 %

    def card_figures(self, block: Block, name: str) -> Iterator[KeyFigure]:
        """Yield the numbers that a set's figures give."""
        return iter(())

    def key_figures(self, card: Card) -> list[KeyFigure]:
        """Return the numbers that stand at the top of a card, each with its interval where it has one."""
        name, block = scores.scores(card)
        return [*self.card_figures(block, name), *scores.size_figures(card, block)]
