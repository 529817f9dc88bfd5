"""The tests of the tour's map."""

from __future__ import annotations

from dashboard.app_pages.tour.doubt import Doubt, doubt
from dashboard.services import networks
from dashboard.services.runs import Report, Run, Slot, gate, start
from dashboard.subject import Question, with_channels
from interp import Explanation

TOUR: Slot[Doubt] = Slot("tour_run")


def key_of(question: Question) -> tuple[object, ...]:
    """Return the key of the tests of a question's map."""
    return ("doubt", *question.key)


def start_doubt(question: Question, explanation: Explanation) -> Run[Doubt]:
    """Start the tests of the tour's map beside the page."""
    shared, picture = networks.network(question.network_name), with_channels(question.crop)

    def work(report: Report[Doubt]) -> Doubt:
        return doubt(shared, picture, explanation, report)

    return start(work, gate(), key_of(question))
