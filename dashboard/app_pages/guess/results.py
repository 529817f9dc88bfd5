"""How a guess fares beside the map."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.services import explanations, networks
from dashboard.subject import Question, digest, with_channels


def outcome(question: Question, explanation: Any, mask: np.ndarray) -> Any:
    """Returns the `guess.Outcome` of a guess, bool (h, w), beside the map of a question."""
    from dashboard.app_pages.guess.scoring import judge

    shared, picture = networks.network(question.network_name), with_channels(question.crop)
    key = ("guess", digest(mask.tobytes()), *question.key)
    return explanations.remember(key, lambda: judge(shared, picture, question.target, mask, explanation.values))
