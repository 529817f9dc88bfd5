"""A picture with layers on it: regions and skeletons to click, named points, a box to draw, a brush to paint with.

Streamlit has no native picture that reports where it was clicked, and a Plotly figure keeps its height when the page
gets narrow; this component scales with the page, and each region is a real button for keyboard and screen reader.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Protocol

from dashboard.drawing.pictures import MANY, MOST_POINTS, Dot, Region, Skeleton, data_url
from dashboard.widgets.component import Sent, component, heard, index_of

POINT_SIZES = (2.5, 7)
"""Pixels, least and most, of a point's diameter."""
JOINT_SIZES = (4, 12)
DRAWN = "drawn"
"""What every pen sends: what was drawn while the page was changing pens is heard, too."""


class Layer(Protocol):
    """What can lie on a picture: its kind names what draws it in the browser, its trigger what that sends."""

    kind: ClassVar[str]
    trigger: ClassVar[str]

    def data(self) -> dict[str, object]:
        """Return what the browser needs to draw it."""

    def hear(self, sent: Sent) -> None:
        """Act on what was done with it in the browser, before the page runs again."""


@dataclass(frozen=True)
class Regions:
    """Rectangles, each a button.

    Args:
        regions: the rectangles.
        on_pick: takes the index of the clicked one.
        chosen: index of the one to highlight. Defaults to none.
        is_framed: draw every frame, not only that of the chosen one. Defaults to True.
    """

    kind: ClassVar[str] = "regions"
    trigger: ClassVar[str] = "regions"
    regions: Sequence[Region]
    on_pick: Callable[[int], None]
    chosen: int | None = None
    is_framed: bool = True

    def data(self) -> dict[str, object]:
        regions = [vars(region) for region in self.regions]
        return {"regions": regions, "chosen": self.chosen, "is_framed": self.is_framed, "many": MANY}

    def hear(self, sent: Sent) -> None:
        if (index := index_of(sent, len(self.regions))) is not None:
            self.on_pick(index)


@dataclass(frozen=True)
class Points:
    """Points that say their names when the pointer is near; a click on one is a click on what lies below."""

    kind: ClassVar[str] = "points"
    trigger: ClassVar[str] = "points"
    dots: Sequence[Dot]

    def data(self) -> dict[str, object]:
        return {"dots": [vars(dot) for dot in self.dots], "sizes": POINT_SIZES}

    def hear(self, sent: Sent) -> None:
        """Points send nothing."""


@dataclass(frozen=True)
class Skeletons:
    """Skeletons of people, each a button.

    Args:
        skeletons: the skeletons.
        on_pick: takes the index of the clicked one.
        chosen: index of the one that the others stand back behind. Defaults to none.
    """

    kind: ClassVar[str] = "skeletons"
    trigger: ClassVar[str] = "skeletons"
    skeletons: Sequence[Skeleton]
    on_pick: Callable[[int], None]
    chosen: int | None = None

    def data(self) -> dict[str, object]:
        dots = [vars(joint) for skeleton in self.skeletons for joint in skeleton.joints]
        skeletons = [asdict(skeleton) for skeleton in self.skeletons]
        return {"skeletons": skeletons, "dots": dots, "sizes": JOINT_SIZES, "chosen": self.chosen, "many": MANY}

    def hear(self, sent: Sent) -> None:
        if (index := index_of(sent, len(self.skeletons))) is not None:
            self.on_pick(index)


@dataclass(frozen=True)
class BoxPen:
    """The pointer draws a rectangle; nothing below can be clicked.

    Args:
        on_draw: takes what `pictures.box_of_shares` reads, once a rectangle was drawn.
        draft: a rectangle to show as if it were being drawn. Defaults to none.
    """

    kind: ClassVar[str] = "box"
    trigger: ClassVar[str] = DRAWN
    on_draw: Callable[[Sent], None]
    draft: Region | None = None

    def data(self) -> dict[str, object]:
        sides = ("left", "top", "width", "height")
        return {"draft": {side: getattr(self.draft, side) for side in sides} if self.draft else None}

    def hear(self, sent: Sent) -> None:
        self.on_draw(sent)


@dataclass(frozen=True)
class Brush:
    """The pointer paints; nothing below can be clicked.

    Args:
        on_draw: takes {"points": [[x, y], …]} in shares of the picture's width and height, once a stroke was painted.
        width: of the brush, in shares of the picture's width.
        strokes: how many the picture shows: the trace of the last one goes once this changes.
    """

    kind: ClassVar[str] = "brush"
    trigger: ClassVar[str] = DRAWN
    on_draw: Callable[[Sent], None]
    width: float
    strokes: int

    def data(self) -> dict[str, object]:
        return {"width": self.width, "strokes": self.strokes, "most": MOST_POINTS}

    def hear(self, sent: Sent) -> None:
        self.on_draw(sent)


_HTML = """<figure class="picture"><img alt=""><div class="dots" aria-hidden="true"></div><div class="tip" hidden></div>
</figure>
"""

_component = component("picture", _HTML)


def picture_with(
    layers: Sequence[Layer],
    picture: bytes,
    size: tuple[int, int],
    *,
    key: str,
    alt: str,
    is_pixelated: bool = False,
    most_height: int = 80,
) -> None:
    """Show a picture with layers on it.

    Args:
        layers: of each kind one at most; a pen goes over all others.
        picture: encoded as PNG or JPEG.
        size: (width, height) in pixels; only the ratio counts.
        key: the element's key.
        alt: what the picture shows.
        is_pixelated: keep hard pixel edges when the page enlarges the picture. Defaults to False.
        most_height: of the picture, in hundredths of the window's height. Defaults to 80.
    """
    data = {
        "source": data_url(picture),
        "ratio": f"{size[0]} / {size[1]}",
        "alt": alt,
        "pixelated": is_pixelated,
        "most_height": most_height,
        "layers": {layer.kind: {**layer.data(), "trigger": layer.trigger} for layer in layers},
    }
    callbacks: dict[str, Any] = {  # the renderer's other arguments are of other types
        f"on_{layer.trigger}_change": heard(key, layer.trigger, layer.hear) for layer in layers
    }
    _component(key=key, data=data, **callbacks)
