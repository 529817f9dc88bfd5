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


@dataclass(frozen=True, eq=False)
class Why:
    """A map of the chosen face and what is known of it."""

    question: Question
    found: Explanation
    diagnosis: Diagnosis

    def verdict(self, tested: Trust | None) -> Verdict:
        """Return whether to trust the map, by what its tests have found so far."""
        return trust.verdict(tested, self.diagnosis, explanations.usual_words(self.question, self.found))


def why(subject: Subject, view: View, goal: Goal) -> Why:
    """Return the usual map of the chosen face for a goal."""
    known = _shipped(subject)
    if known is not None and is_shipped(subject, goal):
        found = known.maps[subject.index]
        return Why(_question_of(found, view, subject.network_name), found, known.diagnoses[subject.index])
    question = usual_question(subject.network_name, view.pixels, goal.target)
    found = explanations.explanation(question)
    return Why(question, found, explanations.diagnosis(question, found))


def reason_of(subject: Subject, view: View) -> Reason:
    """Return what covering the parts of the chosen face changes."""
    known = _shipped(subject)
    return known.reasons[subject.index] if known is not None else reasons.reason(subject, view)


def is_shipped(subject: Subject, goal: Goal | None = None) -> bool:
    """Return whether the chosen face's map for a goal came with the app; without a goal, that for its own answer."""
    known = _shipped(subject)
    return known is not None and (goal is None or known.maps[subject.index].target == goal.target)


def _shipped(subject: Subject) -> SampleResult | None:
    """Return what came with the app about this very photo, if the chosen network found it by its usual method."""
    if subject.network_name != DEFAULT_NETWORK:
        return None
    known = samples.find(subject.photo.id, subject.analysis.detector, by_hand(subject.photo))
    if known is None or known.analysis is not subject.analysis:
        return None
    usual = networks.card(subject.network_name).usual_map
    is_usual = usual is None or all((found.method, found.layer) == (usual.method, usual.layer) for found in known.maps)
    return known if is_usual else None


def _question_of(found: Explanation, view: View, network_name: str) -> Question:
    """Return what a map that came with the app is the answer to; the network is not loaded for it."""
    settings = tuple(sorted(found.parameters.items()))
    return Question(network_name, view.pixels, found.method, found.target, found.layer, settings)


def maps_of_all(faces: Sequence[Subject], views: Sequence[View]) -> list[tuple[Question, Explanation]]:
    """Return the usual map of every face for its strongest class; those that are not known come from one batch.

    Args:
        faces: the faces of a photo.
        views: what the network is shown of each.

    Returns:
        For each face what was asked, and its map.
    """
    name = faces[0].network_name
    if (known := _shipped(faces[0])) is not None:
        return [(_question_of(found, view, name), found) for found, view in zip(known.maps, views, strict=True)]
    asked = [
        (usual_question(name, view.pixels, view.goal_of_class(face.winner).target), view.labels.index(face.winner))
        for face, view in zip(faces, views, strict=True)
    ]
    kept = ((question.key, findings().get(question.key)) for question, _ in asked)
    found: dict[Hashable, Explanation] = {key: answer for key, answer in kept if answer is not None}
    missing = [(question, label) for question, label in asked if question.key not in found]
    for (question, _), answer in zip(missing, _explain(missing) if missing else [], strict=True):
        found[question.key] = findings().put(question.key, answer)
    return [(question, found[question.key]) for question, _ in asked]


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
