"""How a guess fares beside the map."""

from __future__ import annotations

import numpy as np

from dashboard.app_pages.guess.scoring import Outcome, judge
from dashboard.services import networks
from dashboard.services.kept import findings
from dashboard.subject import Question, digest, with_channels
from interp import Explanation


def outcome(question: Question, explanation: Explanation, mask: np.ndarray) -> Outcome:
    """Return how a guess, bool (h, w), fares beside the map of a question."""
    shared, picture = networks.network(question.network_name), with_channels(question.crop)
    key = ("guess", digest(mask.tobytes()), *question.key)
    return findings().get_or_make(key, lambda: judge(shared, picture, question.target, mask, explanation.values))
