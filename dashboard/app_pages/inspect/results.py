"""What Inspect shows of a face beyond what the analysis found: its map, and what was tested by covering parts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import interp
from dashboard.services import explanations, networks, reasons, samples, trust
from dashboard.services.explanations import usual_question
from dashboard.services.kept import findings
from dashboard.services.reasons import Reason
from dashboard.services.samples import SampleResult
from dashboard.services.trust import Trust, Verdict
from dashboard.state import by_hand
from dashboard.subject import DEFAULT_NETWORK, Question, Subject, with_channels
from dashboard.tasks.task import Goal, View
from interp import Explanation
from interp.doctor import Diagnosis


def shares_of(subject: Subject, view: View) -> dict[str, float]:
    """Return the probability of each class, as the chosen network reads what it is shown."""
    if view.task.reads_faces:
        return dict(subject.face.emotion)
    answer = reasons.class_shares(subject.network_name, view.pixels[np.newaxis])[0]
    return dict(zip(view.labels, answer.tolist(), strict=True))


def strongest(shares: dict[str, float]) -> str:
    """Return the class with the greatest probability."""
    return max(shares, key=shares.__getitem__)


@dataclass(frozen=True, eq=False)
class Why:
    """A map of the chosen face and what is known of it.

    Args:
        question: what was asked.
        found: the map.
        diagnosis: what the interp.doctor says of it.
    """

    question: Question
    found: Explanation
    diagnosis: Diagnosis

    def verdict(self, tested: Trust | None) -> Verdict:
        """Return whether to trust the map, by what its tests have found so far."""
        return trust.verdict(tested, self.diagnosis, explanations.usual_words(self.question, self.found))


def why(subject: Subject, view: View, goal: Goal) -> Why:
    """Return the usual map of the chosen face for a goal."""
    known = _shipped(subject)
    if known is not None and known.maps[subject.index].target == goal.target:
        found = known.maps[subject.index]
        settings = tuple(sorted(found.parameters.items()))
        question = Question(subject.network_name, view.pixels, found.method, found.target, found.layer, settings)
        return Why(question, found, known.diagnoses[subject.index])
    question = usual_question(subject.network_name, view.pixels, goal.target)
    found = explanations.explanation(question)
    return Why(question, found, explanations.diagnosis(question, found))


def reason_of(subject: Subject, view: View, shares: dict[str, float]) -> Reason:
    """Return what covering the parts of the chosen face changes."""
    known = _shipped(subject)
    return known.reasons[subject.index] if known is not None else reasons.reason(subject, view, shares)


def is_shipped(subject: Subject, goal: Goal) -> bool:
    """Return whether the chosen face's map for a goal came with the app."""
    known = _shipped(subject)
    return known is not None and known.maps[subject.index].target == goal.target


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
        (
            usual_question(subject.network_name, view.pixels, view.goal_of_class(label).target),
            view.labels.index(label),
        )
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
