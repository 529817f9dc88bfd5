"""A film's timeline: a strip for each class, the place that the player has reached, and a way to go elsewhere.

It moves the video of another element of the page, and follows it while it plays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from dashboard.widgets.component import Sent, component, heard

_HTML = """<div class="scrubber"><div class="strips"><div class="names" aria-hidden="true"></div>
<div class="plot" role="slider" tabindex="0" aria-valuemin="0"><svg preserveAspectRatio="none" aria-hidden="true"></svg>
<div class="head"></div></div></div>
<div class="below"><output></output><button type="button">Explain this frame</button></div></div>
"""


_component = component("scrubber", _HTML)


def scrubber(
    times: np.ndarray,
    shares: np.ndarray,
    names: Sequence[str],
    strongest: int,
    end: float,
    *,
    key: str,
    player: str,
    alt: str,
    on_explain: Callable[[float], None],
    go: tuple[int, float] | None = None,
) -> None:
    """Show the strips; a click, a drag or an arrow key goes to another place of the film.

    Args:
        times: float (n,), seconds.
        shares: float (n, classes), 0 to 1; nan where nothing was seen.
        names: of the classes.
        strongest: int, position of the class in the accent colour.
        end: float, seconds of the film.
        key: str, the element's key.
        player: str, key of the container whose video is moved.
        alt: str, what the strips are.
        on_explain: takes the seconds at which the film stands when "Explain this frame" is pressed.
        go: a number that is new each time, and the seconds to go to. Defaults to None: the film stays where it is.
    """
    data = {
        "times": np.round(times, 3).tolist(),
        "shares": [[None if math.isnan(share) else round(share, 3) for share in row] for row in shares.T.tolist()],
        "names": list(names),
        "strongest": strongest,
        "end": max(end, 0.1),
        "player": player,
        "alt": alt,
        "go": None if go is None else {"id": go[0], "time": go[1]},
    }

    def explain(sent: Sent) -> None:
        if (time := _seconds(sent, end)) is not None:
            on_explain(time)

    _component(key=key, data=data, on_explain_change=heard(key, "explain", explain))


def _seconds(sent: Sent, end: float) -> float | None:
    """Return the time that a browser sent, within the film; None where it sent anything else."""
    if not isinstance(sent, int | float) or not math.isfinite(sent):
        return None
    return min(max(0.0, float(sent)), end)
