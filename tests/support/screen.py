"""What a visitor reads on a page that runs in process."""

from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest

from dashboard.services import asking
from dashboard.services.runs import Run, Slot


def texts(app: AppTest) -> str:
    """Return all that the page says in words."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def table(app: AppTest, column: str) -> pd.DataFrame:
    """Return the first table with such a column."""
    return next(frame.value for frame in app.dataframe if column in frame.value.columns)


def run_of(app: AppTest, slot: Slot[Any]) -> Run[Any] | None:
    """Return the run in a slot of the visitor's session."""
    try:
        return app.session_state[slot.name]
    except KeyError:
        return None


def finish(app: AppTest, slot: Slot[Any], seconds: float = 60) -> Run[Any] | None:
    """Let the run in a slot end, if there is one, and draw the page again."""
    run = run_of(app, slot)
    if run is not None:
        run.join(seconds)
    app.run()
    assert not app.exception
    return run


def await_map(app: AppTest, seconds: float = 60) -> None:
    """Let a slow method end, if one is at work, and draw its map."""
    finish(app, asking.EXPLANATION, seconds)
    assert not app.progress


def colour_bars(app: AppTest) -> int:
    """Return how many maps on the page have their colour bar."""
    return sum("Colour bar" in element.value for element in app.html)
