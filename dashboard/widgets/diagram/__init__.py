"""A network as a diagram: its layers in order, branches in lanes of their own; a click on a layer chooses it.

Streamlit has no picture of a graph whose nodes are buttons; this component draws one card a layer in a strip that
scrolls by itself, so that the page never does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.drawing.pictures import data_url
from dashboard.widgets.component import Sent, component, heard

PICTURE = "picture"
"""Name of the card of what the network gets."""
THUMBNAIL_SIDE = 56
LONG_WAIT = 8
"""Columns that a branch has to wait for the others before it is drawn next to where it joins them."""


@dataclass(frozen=True)
class Card:
    """A layer in the diagram.

    Args:
        name: str, the layer's name, or `PICTURE`.
        kind: str, as in "Conv2D".
        shape: str, the output's shape in words.
        parameters: int, number of weights.
        sources: names of the cards that it takes.
        is_pickable: bool, whether it can be chosen. Defaults to True.
        column: int, how many steps it is from the picture. Defaults to 0, see `arrange`.
        lane: int, the row of its branch. Defaults to 0, see `arrange`.
    """

    name: str
    kind: str
    shape: str
    parameters: int
    sources: tuple[str, ...]
    is_pickable: bool = True
    column: int = 0
    lane: int = 0

    @property
    def words(self) -> str:
        """What a screen reader says."""
        weights = f", {self.parameters:,} parameters" if self.parameters else ""
        return f"{self.name}: {self.kind}, {self.shape}{weights}"


def arrange(cards: Sequence[Card]) -> list[Card]:
    """Give each card its column and its lane.

    A column is the longest way from the picture. The longest branch runs in the first lane; each further one takes
    the first lane that is free from where it leaves to where it comes back. An answer beside others goes behind the
    last one of its lane rather than into a lane of its own. Sources come before what takes them.
    """
    columns: dict[str, int] = {}
    for card in cards:
        columns[card.name] = 1 + max((columns[source] for source in card.sources), default=-1)
    followers: dict[str, list[str]] = {card.name: [] for card in cards}
    for card in cards:
        for source in card.sources:
            followers[source].append(card.name)
    branches = _branches(columns, followers)
    for branch in branches:
        columns |= _moved(branch, columns, followers, first=cards[0].name)
    lanes, moved = _lanes(branches, columns, followers)
    columns |= moved
    return [replace(card, column=columns[card.name], lane=lanes[card.name]) for card in cards]


def _branches(columns: Mapping[str, int], followers: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Split the graph into branches; each goes on into the follower with the longest way to the end."""
    ahead: dict[str, int] = {}
    for name in sorted(columns, key=lambda name: -columns[name]):
        ahead[name] = 1 + max((ahead[one] for one in followers[name]), default=0)
    taken: set[str] = set()
    found = []
    for name in sorted(columns, key=lambda name: (columns[name], -ahead[name])):
        if name in taken:
            continue
        branch = [name]
        while rest := [one for one in followers[branch[-1]] if one not in taken | set(branch)]:
            branch.append(max(rest, key=lambda one: ahead[one]))
        taken |= set(branch)
        found.append(branch)
    return found


def _moved(
    branch: Sequence[str], columns: Mapping[str, int], followers: Mapping[str, Sequence[str]], first: str
) -> dict[str, int]:
    """Move a branch that waits long for the others next to where it joins them; others keep their columns."""
    own = set(branch)
    waits = [min((columns[one] for one in followers[name] if one not in own), default=None) for name in branch]
    slack = min((wait - 1 - columns[name] for name, wait in zip(branch, waits, strict=True) if wait), default=0)
    if slack < LONG_WAIT or columns[branch[0]] <= columns[first] + 1:
        return {}
    return {name: columns[name] + slack for name in branch}


def _lanes(
    branches: Sequence[Sequence[str]], columns: Mapping[str, int], followers: Mapping[str, Sequence[str]]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the lane of each card, and other columns for the answers that had to move."""
    end = max(columns.values(), default=0)
    spans: list[list[tuple[int, int]]] = []  # of each lane, what is taken
    lanes: dict[str, int] = {}
    moved: dict[str, int] = {}
    for branch in sorted(branches, key=len, reverse=True):
        first, last = columns[branch[0]], columns[branch[-1]]
        last = max([last, *(columns[one] - 1 for one in followers[branch[-1]])])
        free = (lane for lane, taken in enumerate(spans) if all(last < start or first > stop for start, stop in taken))
        lane = next(free, len(spans))
        if lane == len(spans):
            behind = 1 + max(stop for _, stop in spans[-1]) if spans else 0
            if lane > 1 and not followers[branch[0]] and behind <= end + 1:
                lane, first, last = lane - 1, behind, behind
                moved[branch[0]] = behind
            else:
                spans.append([])
        spans[lane].append((first, last))
        lanes.update(dict.fromkeys(branch, lane))
    return lanes, moved


_HTML = """<div class="strip" tabindex="-1"><div class="board" role="group">
<svg aria-hidden="true"></svg><div class="cards"></div></div></div>
"""


_component = component("diagram", _HTML)


def diagram(
    cards: Sequence[Card],
    sprite: bytes,
    *,
    key: str,
    alt: str,
    chosen: str,
    on_pick: Callable[[str], None],
) -> None:
    """Show the arranged cards, each with its thumbnail: `sprite` is a PNG with a square for each, side by side."""
    names = {card.name for card in cards if card.is_pickable}
    data = {
        "alt": alt,
        "chosen": chosen,
        "sprite": data_url(sprite),
        "cards": [vars(card) | {"words": card.words} for card in cards],
    }

    def act(sent: Sent) -> None:
        if sent in names:
            on_pick(sent)

    _component(key=key, data=data, on_picked_change=heard(key, "picked", act))
