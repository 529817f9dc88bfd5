"""The tour's nine steps: what each says in two sentences, and the tests behind the doubt. No Streamlit.

Every word is about the photo, face and network at hand, and says what was measured; what is not known is not said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.drawing.words import percent
from dashboard.services.chance import RANDOM_MAPS, random_map, strongest_pixels
from dashboard.services.reasons import Reason, say
from dashboard.services.runs import Report
from interp import Explanation, Network, cover_test, deletion, insertion
from interp.faithfulness import Curves
from interp.similarity import scaled_to

STEPS = {
    "photo": "Photo",
    "kernel": "Kernel",
    "edges": "Edges",
    "parts": "Parts",
    "decision": "Decision",
    "why": "Why",
    "doubt": "Doubt",
    "lesson": "Shortcut",
    "guess": "Guess",
}
TITLES = {
    "photo": "What goes in",
    "kernel": "A window slides over it",
    "edges": "First it sees edges",
    "parts": "Then it combines them",
    "decision": "Then it decides",
    "why": "Why this answer?",
    "doubt": "Can we believe it?",
    "lesson": "Did it take a shortcut?",
    "guess": "Where would you look?",
}
CHANNELS = 6
COVERED = 0.25
"""Share of the face that is covered in the cover test."""
MOST_OF = 0.9
"""Share of the random covers that the map's must outdo."""
CURVE_STEPS = 24
RANDOM_ORDERS = 5
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
        first = "One face was found on this photo."
    else:
        words = count_words(faces)
        first = f"{words.capitalize()} faces were found on this photo; we follow number {index + 1}."
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
        f"The network looks at {noun} as a whole; nothing is searched for first.",
        f"It sees only the picture beside it: {colour}, {size[0]} by {size[1]} pixels.",
    )


def say_kernel(window: tuple[int, int], places: int, channel: int) -> tuple[str, str]:
    """Say what one kernel does.

    Args:
        window: (height, width) of the kernel.
        places: on how many places it lies, one after the other.
        channel: the number of the map that it makes.
    """
    height, width = window
    return (
        f"A kernel is {height}×{width} numbers that the network has learned. Each is multiplied by the number under "
        "it, and the products are added up. Red is above zero, blue below.",
        f"Then the window moves on. Its {places:,} sums make one map, channel {channel}.",
    )


def say_edges(channels: int, shown: int, window: tuple[int, int]) -> tuple[str, str]:
    """Say what the first layer does.

    Args:
        channels: int, how many channels it has.
        shown: int, how many are shown.
        window: (height, width) of a kernel.
    """
    return (
        f"The first layer has {channels} such kernels of {window[0]}×{window[1]} numbers, and each makes a map:"
        " places light up where the kernel fits.",
        f"The {count_words(shown)} maps with the most contrast show edges, lines and shades: a single kernel sees no "
        "more than that.",
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
        places: the part at which each is strongest; "" for none.

    Returns:
        Two sentences.
    """
    rows, columns, channels = layer
    sight = "the whole picture" if seen is None else f"{seen} by {seen} pixels"
    first = (
        f"Each layer combines the one before. Here there are {channels} maps, and each of their {rows}×{columns} "
        f"squares “sees” {sight}."
    )
    second = f"These {count_words(shown)} add the most to “{expression}”"
    known = Counter(place for place in places if place)
    if known:
        ((place, often), *_) = known.most_common()
        where = "all" if often == shown else count_words(often)
        verb = "is" if often == 1 else "are"
        second += f"; {where} of them {verb} strongest at the {place}."
    else:
        second += ", each at its own place."
    return first, second


def say_decision(shares: Mapping[str, float], expression: str, threshold: float | None) -> tuple[str, str]:
    """Say what the network answers.

    Args:
        shares: probability of each class.
        expression: str, what the app says: a class, or "uncertain".
        threshold: float, the share below which it says "uncertain"; None for none.
    """
    (first, share), (second, next_share), *_ = sorted(shares.items(), key=lambda pair: pair[1], reverse=True)
    count = count_words(len(shares))
    answer = f"Together, the maps decide between {count} answers: {first} gets {percent(share)}."
    if expression != first:
        limit = "too little" if threshold is None else f"less than {percent(threshold)}"
        if threshold is not None and share >= threshold:
            limit = "the mouth seems hidden"
        return answer, f"Next comes {second}, {percent(next_share)}; {limit}, so the app says “uncertain”."
    return answer, f"Next comes {second}, {percent(next_share)}."


def say_why(found: Reason, place: str | None) -> tuple[str, str]:
    """Say which part decides by covering each, and whether the map points there too.

    Args:
        found: what covering each part changes.
        place: the part at which the map is strongest; "" where that is none of them, None for an empty map.
    """
    if place is None:
        return say(found), f"The map is empty: nothing in this layer supports “{found.label}”."
    where = f"the {place}" if place else "none of these parts"
    if found.most is None:
        return say(found), f"The map is strongest at {where}; the cover test doesn't confirm that."
    if found.most.part == place:
        return say(found), f"The map agrees: it is strongest there, at {where}."
    return say(found), f"The map disagrees: it is strongest at {where}."


def strongest_part(values: np.ndarray, masks: Mapping[str, np.ndarray]) -> str | None:
    """Return the part at which a map is strongest as it is drawn, "" where that is none; None for an empty map.

    Args:
        values: float (h, w), the map.
        masks: of each part, float (H, W), how much of each pixel belongs to it.
    """
    if not np.any(values):
        return None
    shapes = {mask.shape for mask in masks.values()}
    (shape,) = shapes
    drawn = scaled_to(np.abs(np.nan_to_num(values)), shape)
    peak = np.unravel_index(drawn.argmax(), shape)
    part = max(masks, key=lambda name: float(masks[name][peak]))
    return part if masks[part][peak] >= 0.5 else ""  # half a pixel: more of it belongs to the part than not


def say_doubt(found: Doubt, label: str) -> tuple[str, str]:
    """Say what the tests found, and one verdict that follows from all of them.

    Args:
        found: the tests.
        label: the class that the map is about.
    """
    chance = float(found.random_covered.mean())
    same = (
        f"Cover the quarter that the map marks, and “{label}” {_goes(found.whole, found.covered)}. Cover a random "
        f"quarter, and it {_goes(found.whole, chance)} on average."
    )
    tests = {
        "covering the marked quarter": found.beats_random,
        "hiding pixels in the map's order": found.deletion.beats_random,
        "showing pixels in the map's order": found.insertion.beats_random,
    }
    passed, failed = ([name for name, beats in tests.items() if beats is want] for want in (True, False))
    if not failed:
        return same, "The map beats chance in all three tests: it found what matters here."
    if not passed:
        return same, "The map beats chance in none of the three tests: don't rely on it."
    does = "does" if len(passed) == 1 else "do"
    doesn_t = "doesn't" if len(failed) == 1 else "don't"
    return same, (
        f"{_list(passed).capitalize()} {does} better than chance, {_list(failed)} {doesn_t}. The tests disagree, so "
        "use the map with care."
    )


def _list(names: Sequence[str]) -> str:
    return " and ".join(names)


def _goes(before: float, after: float) -> str:
    old, new = percent(before), percent(after)
    if old == new:
        return f"stays at {old}"
    return f"{'falls' if after < before else 'rises'} from {old} to {new}"


def say_guess(label: str, noun: str) -> tuple[str, str]:
    """Ask the class.

    Args:
        label: the network's answer.
        noun: what is looked at, such as "the face".
    """
    return (
        f"Your turn: which part of {noun} would you cover to change “{label}” the most?",
        "Mark it on the page Guess. Your marks, the network's map and random pixels then take the same test.",
    )


LESSON = (
    "A network can be right every time for the wrong reason: here, because of a mark in the corner of one day's "
    "photos.",
    "Teach one in seconds, see what it looks at, then cover the mark.",
)
SILENT = (
    "No picture here can tell you what this person feels, if the answer is right, or if the network is fair to all."
)
EMPTY = ("The map is empty, so there is nothing to test.", "The network's answer stands all the same.")
WAITING = ("The map is being tested: pixels are covered in its order, and at random.", "That takes a moment.")
