"""What a visitor reads on a page that runs in process."""

import pandas as pd
from streamlit.testing.v1 import AppTest

from dashboard import state


def texts(app: AppTest) -> str:
    """Return all that the page says in words."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def table(app: AppTest, column: str) -> pd.DataFrame:
    """Return the first table with such a column."""
    return next(frame.value for frame in app.dataframe if column in frame.value.columns)


def await_map(app: AppTest, seconds: float = 60) -> None:
    """Let a slow method end, if one is at work, and draw its map."""
    run = app.session_state[state.EXPLANATION]
    if run is not None:
        run.join(seconds)
    app.run()
    assert not app.exception
    assert not app.progress


def colour_bars(app: AppTest) -> int:
    """Return how many maps on the page have their colour bar."""
    return sum("Colour bar" in element.value for element in app.html)
