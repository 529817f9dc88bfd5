"""What Inspect shows of a face beyond what the analysis found: its map, and what was tested by covering parts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import interp
from dashboard.services import explanations, networks, reasons, samples
from dashboard.services.kept import findings
from dashboard.services.reasons import Reason, usual_question
from dashboard.services.samples import SampleResult
from dashboard.state import by_hand
from dashboard.subject import DEFAULT_NETWORK, Question, Subject, with_channels
from dashboard.tasks.task import View
from interp import Explanation


def shares_of(subject: Subject, view: View) -> dict[str, float]:
    """Return the probability of each class, as the chosen network reads what it is shown."""
    if view.task.reads_faces:
        return dict(subject.face.emotion)
    answer = reasons.class_shares(subject.network_name, view.pixels[np.newaxis])[0]
    return dict(zip(view.labels, answer.tolist(), strict=True))


def strongest(shares: dict[str, float]) -> str:
    """Return the class with the greatest probability."""
    return max(shares, key=shares.__getitem__)


def map_of(subject: Subject, view: View, label: str) -> Explanation:
    """Return the usual map of the chosen face for a class."""
    known = _shipped(subject)
    if known is not None and known.maps[subject.index].target == view.goal_of_class(label).target:
        return known.maps[subject.index]
    return explanations.explanation(usual_question(subject.network_name, view, label))


def reason_of(subject: Subject, view: View, shares: dict[str, float]) -> Reason:
    """Return what covering the parts of the chosen face changes."""
    known = _shipped(subject)
    return known.reasons[subject.index] if known is not None else reasons.reason(subject, view, shares)


def is_at_hand(subject: Subject) -> bool:
    """Return whether all that the first screen shows is known without any network."""
    return _shipped(subject) is not None


def _shipped(subject: Subject) -> SampleResult | None:
    """Return what came with the app about this very photo, as it was found by the network that is chosen."""
    if subject.network_name != DEFAULT_NETWORK:
        return None
    known = samples.find(subject.photo.id, subject.analysis.detector, by_hand(subject.photo))
    return known if known is not None and known.analysis is subject.analysis else None


def maps_of_all(subject: Subject, views: Sequence[View], labels: Sequence[str]) -> list[Explanation]:
    """Return the usual map of every face for a class of its own; those that are not known come from one batch.

    Args:
        subject: any of the faces.
        views: what the network is shown of each face.
        labels: the class to explain of each face.
    """
    if (known := _shipped(subject)) is not None:
        return list(known.maps)
    asked = [
        (usual_question(subject.network_name, view, label), view.labels.index(label))
        for view, label in zip(views, labels, strict=True)
    ]
    kept = ((question.key, findings().get(question.key)) for question, _ in asked)
    found: dict[Hashable, Explanation] = {key: answer for key, answer in kept if answer is not None}
    missing = [(question, label) for question, label in asked if question.key not in found]
    for (question, _), answer in zip(missing, _explain(missing) if missing else [], strict=True):
        found[question.key] = findings().put(question.key, answer)
    return [found[question.key] for question, _ in asked]


def _explain(asked: Sequence[tuple[Question, int]]) -> list[Explanation]:
    """Return the answers to questions that differ in picture and class alone, from one batch."""
    first, settings = asked[0][0], dict[str, Any](asked[0][0].settings)
    batch = np.stack([with_channels(question.crop) for question, _ in asked])
    labels = [label for _, label in asked]
    found = interp.explain(networks.network(first.network_name), batch, first.method, labels, first.layer, **settings)
    scores = np.asarray(found.score)
    return [
        replace(
            found,
            values=found.values[number],
            target=question.target,
            score=float(scores[number]),
            seconds=found.seconds / len(asked),
            details={name: values[number].item() for name, values in found.details.items()},
        )
        for number, (question, _) in enumerate(asked)
    ]
