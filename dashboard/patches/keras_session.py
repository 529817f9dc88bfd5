"""Keras' session, which Streamlit clears after every run of a page.

That throws away the kernels of networks that all sessions share, also in the middle of another session's work: a dream
took 25 times as long. Streamlit 1.67 (`script_runner._clean_problem_modules`), Keras 3.15.
"""

from __future__ import annotations

import sys


def keep() -> None:
    """Take `clear_session` out of the hands of whoever calls it by its module; call this once Keras is imported."""
    vars(sys.modules["keras"].backend)["clear_session"] = lambda *arguments, **settings: None
