"""The tour's five steps: what each says in two sentences, and the tests behind the last one. No Streamlit.

Every word is about the photo, face and network at hand; what is not known is not said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.drawing.words import percent
from dashboard.services.chance import RANDOM_MAPS, random_map, strongest_pixels
from dashboard.services.runs import Report
from interp import Explanation, Network, cover_test, deletion, insertion
from interp.faithfulness import Curves

STEPS = {"photo": "Photo", "edges": "Edges", "parts": "Parts", "decision": "Decision", "doubt": "Doubt"}
TITLES = {
    "photo": "What goes in",
    "edges": "First it sees edges",
    "parts": "Then parts of the face",
    "decision": "Then it decides",
    "doubt": "Can we believe it?",
}
CHANNELS = 6
COVERED = 0.25
"""Share of the face that is covered in the cover test."""
MOST_OF = 0.9
"""Share of the random covers that the map's must outdo."""
CURVE_STEPS = 24
RANDOM_ORDERS = 5
PLACES = {
    "eyes": "the eyes",
    "brows": "the brows",
    "nose": "the nose",
    "mouth": "the mouth",
    "jaw": "cheeks and jaw",
    "rest": "what surrounds the face",
}
"""The parts of a face as a sentence names them."""
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Doubt:
    """What the tests of a map found.

    Args:
        mask: bool (h, w), the pixels that the map marks most, `COVERED` of all.
        random_mask: bool (h, w), as many at random.
        whole: float, the answer on the whole face.
        covered: float, the answer with the marked pixels covered.
        random_covered: (RANDOM_MAPS,), the same for random masks, the one that is shown first.
        deletion: the curve while pixels are hidden in the map's order.
        insertion: the curve while they are shown.
    """

    mask: np.ndarray = field(repr=False)
    random_mask: np.ndarray = field(repr=False)
    whole: float
    covered: float
    random_covered: np.ndarray
    deletion: Curves
    insertion: Curves

    @property
    def beats_random(self) -> bool:
        """Whether covering what the map marks takes more than nearly all random covers."""
        return bool((self.covered < self.random_covered).mean() >= MOST_OF)


def doubt(network: Network, picture: np.ndarray, explanation: Explanation, report: Report[Doubt]) -> Doubt:
    """Test a map: cover what it marks, and delete and insert pixels in its order.

    Args:
        network: the interp.Network.
        picture: (h, w, channels), what was explained.
        explanation: its interp.Explanation.
        report: told how far it is.
    """
    values, target, size = explanation.values, explanation.target, picture.shape[:2]
    report(0, 100)
    count = round(COVERED * size[0] * size[1])
    maps = [values, *(random_map(seed) for seed in range(RANDOM_MAPS))]
    masks = np.stack([strongest_pixels(one, size, count) for one in maps])
    cover = cover_test(network, picture, masks, target)
    report(20, 100)

    def curves(test: Callable[..., Curves], begin: int) -> Curves:
        tell = lambda done, total: report(begin + 40 * done // total, 100)  # noqa: E731
        return test(network, picture, values, target, steps=CURVE_STEPS, random_orders=RANDOM_ORDERS, on_step=tell)

    return Doubt(
        masks[0],
        masks[1],
        cover.whole,
        float(cover.hidden[0]),
        cover.hidden[1:],
        curves(deletion, 20),
        curves(insertion, 60),
    )


def covered_picture(image: np.ndarray, mask: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Return an enlarged picture with pixels covered by the mean of what the network gets, as in the test.

    Args:
        image: RGB uint8 (H, W, 3).
        mask: bool (h, w), the covered pixels.
        pixels: uint8 (h, w) or (h, w, 3), what the network gets.
    """
    rows = np.arange(image.shape[0]) * mask.shape[0] // image.shape[0]
    columns = np.arange(image.shape[1]) * mask.shape[1] // image.shape[1]
    result = image.copy()
    result[mask[np.ix_(rows, columns)]] = np.round(pixels.mean(axis=(0, 1))).astype(np.uint8)
    return result


# Sentences -----------------------------------------------------------------------------------------------------------


def count_words(number: int) -> str:
    """Write a small number as a word."""
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)


def say_photo(faces: int, index: int, angle: float, size: tuple[int, int]) -> tuple[str, str]:
    """Say what was found on the photo and what the network gets of it.

    Args:
        faces: int, how many faces are framed.
        index: int, which one the tour is about, from 0.
        angle: float, degrees by which it was turned.
        size: (height, width) of the cut in pixels.
    """
    if faces == 1:
        first = "One face is framed on this photo."
    else:
        words = count_words(faces)
        first = f"{words.capitalize()} faces are framed on this photo; we follow number {index + 1}."
    turned = f"straightened by {abs(round(angle))}°, " if round(angle) else ""
    return (
        first,
        f"The network sees only the small picture beside it: {turned}grey, {size[0]} by {size[1]} pixels.",
    )


def say_area(noun: str, size: tuple[int, int], *, is_colour: bool) -> tuple[str, str]:
    """Say what a network looks at that looks for no face.

    Args:
        noun: what it looks at, such as "the photo".
        size: (height, width) of what it gets, in pixels.
        is_colour: bool, whether it gets colours.
    """
    colour = "in colour" if is_colour else "grey"
    return (
        f"The network looks at {noun} as a whole, and looks for nothing on it first.",
        f"It gets no more than the cut beside it: {colour}, and {size[0]} by {size[1]} pixels small.",
    )


def say_edges(channels: int, shown: int, window: int) -> tuple[str, str]:
    """Say what the first layer does.

    Args:
        channels: int, how many channels it has.
        shown: int, how many are shown.
        window: int, pixels of a side that each place sees.
    """
    return (
        f"The first layer slides {channels} stencils of {window} by {window} pixels over the picture; a place lights "
        "up where its stencil fits.",
        f"The {count_words(shown)} with the strongest response find edges, lines and shades: none of them knows more.",
    )


def say_parts(
    layer: tuple[int, int, int], seen: int | None, shown: int, expression: str, places: Sequence[str]
) -> tuple[str, str]:
    """Say what a late layer does.

    Args:
        layer: (rows, columns, channels) of the layer.
        seen: int, pixels of a side that each place sees; None where it is the whole cut.
        shown: int, how many channels are shown.
        expression: str, the class that gains most by them.
        places: where each of them is densest, keys of `PLACES`; none where the face's parts are unknown.

    Returns:
        Two sentences.
    """
    rows, columns, channels = layer
    sight = "the whole face" if seen is None else f"{seen} by {seen} pixels"
    first = (
        f"Each layer combines the one before. Here there are {channels} maps, and each of their {rows}×{columns} "
        f"squares “sees” {sight}."
    )
    second = f"These {count_words(shown)} add most to “{expression}”"
    if places:
        (place, often), *_ = Counter(places).most_common()
        where = "all" if often == shown else count_words(often)
        respond = "responds" if often == 1 else "respond"
        second += f"; {where} of them {respond} most at {PLACES[place]}."
    else:
        second += ", each at its own place."
    return first, second


def say_decision(
    shares: Mapping[str, float], expression: str, threshold: float | None, place: str | None
) -> tuple[str, str]:
    """Say what the network answers and where the map found it.

    Args:
        shares: probability of each class.
        expression: str, what the app says: a class, or "uncertain".
        threshold: float, the share below which it says "uncertain"; None for none.
        place: where the map is densest, a key of `PLACES`; "" where the parts are unknown, None for an empty map.
    """
    (first, share), (second, next_share), *_ = sorted(shares.items(), key=lambda pair: pair[1], reverse=True)
    count = count_words(len(shares))
    answer = (
        f"Put together, the maps decide between {count} answers. {first.capitalize()} {percent(share)}, next: {second} "
        f"{percent(next_share)}"
    )
    if expression != first:
        limit = "too little" if threshold is None else f"less than {percent(threshold)}"
        if threshold is not None and share >= threshold:
            limit = "the mouth seems hidden"
        answer = f"{answer}; {limit}, so the app says “uncertain”."
    else:
        answer += "."
    if place is None:
        return answer, f"The map stays empty: nothing in this layer speaks for “{first}”."
    where = f": most of it at {PLACES[place]}" if place else ""
    return answer, f"The map marks where the network found evidence for “{first}”{where}."


def say_doubt(found: Doubt, shares: Mapping[str, float], expression: str) -> tuple[str, str]:
    """Say what the cover test found, and how sure the answer is.

    Args:
        found: the tests.
        shares: probability of each class.
        expression: str, what the app says: a class, or "uncertain".
    """
    (first, _), (second, next_share), *_ = sorted(shares.items(), key=lambda pair: pair[1], reverse=True)
    chance = float(found.random_covered.mean())
    fall = _goes(found.whole, found.covered)
    same = f"With the marked quarter covered, “{first}” {fall} from {percent(found.whole)} to {percent(found.covered)}"
    other = f"with a quarter at random covered, to {percent(chance)} on average"
    verdict = "so the map found what counts" if found.beats_random else "so the map proves little here"
    guess = f"The second guess is {second}, {percent(next_share)}"
    if expression != first:
        guess = f"The app says “uncertain”, for the second guess, {second}, has {percent(next_share)}"
    return f"{same}; {other}: {verdict}.", f"{guess}; {say_curves(found)}."


def _goes(before: float, after: float) -> str:
    return "falls" if after < before else "rises"


def say_curves(found: Doubt) -> str:
    """Say whether both curves beat chance, as part of a sentence."""
    wins = (found.deletion.beats_random, found.insertion.beats_random)
    if all(wins):
        return "hiding and showing pixels in the map's order both beat chance"
    if not any(wins):
        return "neither hiding nor showing pixels in the map's order beats chance"
    better, worse = ("hiding", "showing") if wins[0] else ("showing", "hiding")
    return f"{better} pixels in the map's order beats chance, {worse} them does not"


SILENT = "What no picture here says: what this person feels, whether the answer is right, or whether it is fair to all."
EMPTY = "The map is empty, so there is nothing to test."
WAITING = ("The map must be tested: pixels are covered in its order, and at random.", "That takes a moment.")
