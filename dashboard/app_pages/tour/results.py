"""The tests of the tour's map."""

from __future__ import annotations

from typing import Any

from dashboard.services import networks
from dashboard.services.runs import Run, gate, start
from dashboard.subject import Question, with_channels


def start_doubt(question: Question, explanation: Any) -> Run:
    """Starts the tests of the tour's map beside the page; the run's result is the `tour.Doubt`."""
    from dashboard.app_pages.tour.doubt import doubt

    shared, picture = networks.network(question.network_name), with_channels(question.crop)
    return start(lambda report: doubt(shared, picture, explanation, report), gate(), {"question": question})
