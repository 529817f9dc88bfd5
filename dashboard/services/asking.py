"""Asking for what takes long: maps by slow methods, several maps, tests of maps; one of each at a time in a session."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

import streamlit as st

from dashboard.services import explanations, networks, trust
from dashboard.services.kept import findings
from dashboard.services.runs import Report, Run, Slot, gate, start
from dashboard.services.trust import Trust
from dashboard.subject import Question, with_channels
from interp import METHODS, Explanation

PATIENCE = 4.0
"""Seconds up to which a run starts by itself; one that is known to take longer waits for its button."""
PER_MAP = 100
"""Steps that a map counts for in a run over several."""
PACES = "paces"
"""The session key of the seconds that questions take."""

Key = tuple[object, ...]
Answer = Explanation | str
"""A map, or the sentence that says why there is none."""

EXPLANATION: Slot[Explanation] = Slot("explanation_run")
WALL: Slot[dict[Key, Answer]] = Slot("wall_run")
TRUST: Slot[Trust] = Slot("trust_run")
TRUSTS: Slot[dict[Key, Trust]] = Slot("trusts_run")


def is_map(answer: Answer | None) -> TypeGuard[Explanation]:
    """Return whether an answer is an explanation, not the sentence that says why there is none."""
    return answer is not None and not isinstance(answer, str)


# One map -------------------------------------------------------------------------------------------------------------


def ask(question: Question, *, is_slow: bool) -> tuple[Explanation | None, Run[Explanation] | None]:
    """Return the explanation and the run that looks for it, where they are there.

    Neither is where the run would take long and waits to be started.
    """
    found, run = EXPLANATION.find(question.key)
    if not is_slow:
        return explanations.explanation(question), None
    if found is None and run is None and expected_seconds(question) <= PATIENCE:
        EXPLANATION.put(explain(question), glance=True)
        found, run = EXPLANATION.find(question.key)
    return found, run


def start_explanation(question: Question) -> None:
    """Callback: start the run of a question."""
    EXPLANATION.put(explain(question))


def explain(question: Question) -> Run[Explanation]:
    """Start a slow method beside the page."""
    networks.network(question.network_name)
    paces, cost = _paces(), _cost(question)

    def work(report: Report[Explanation]) -> Explanation:
        begun = time.perf_counter()
        first: tuple[float, int] | None = None

        def tell(done: int, total: int) -> None:
            nonlocal first
            first = first or (time.perf_counter(), done)
            since, before = (begun, 0) if done == total else first  # the first pass is built before it is run
            if done > before:
                paces[cost] = (time.perf_counter() - since) * total / (done - before)
            report(done, total)

        return explanations.answer_question(question, tell)

    return start(work, gate(), question.key)


def expected_seconds(question: Question) -> float:
    """Return the seconds that such a question took before in this session; 0 where none was asked."""
    return _paces().get(_cost(question), 0.0)


def _paces() -> dict[Key, float]:
    found: dict[Key, float] = st.session_state.setdefault(PACES, {})
    return found


def _cost(question: Question) -> Key:
    """Return what the time of a question depends on: all but the picture and the class."""
    return (question.network_name, question.method, question.layer, *question.settings)


# Several maps --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wall:
    """Several questions, what is known of their answers, those that wait for a click, and the run for the others."""

    questions: tuple[Question, ...]
    found: tuple[Answer | None, ...]
    waiting: tuple[Question, ...]
    run: Run[dict[Key, Answer]] | None = None


def ask_all(questions: Sequence[Question], *, include_slow: bool) -> Wall:
    """Return what is known of several questions; what is not is looked for beside the page."""
    sought = tuple(question for question in questions if include_slow or not METHODS[question.method].is_slow)
    run = WALL.at(_keys(sought))
    missing = _missing(sought, run)
    if missing and run is None:
        run = WALL.put(explain_all(missing, _keys(sought)), glance=True)
        missing = _missing(sought, run)
    found = tuple(findings().get(question.key) for question in questions)
    waiting = tuple(
        question for question, answer in zip(questions, found, strict=True) if answer is None and question not in sought
    )
    return Wall(tuple(questions), found, waiting, run if missing else None)


def ask_now(questions: Sequence[Question]) -> Wall:
    """Return the answers to several questions about fast methods."""
    return Wall(tuple(questions), tuple(explanations.explanation(question) for question in questions), ())


def minus_usual(wall: Wall) -> Wall:
    """Return a wall with what is particular in each map: less the usual one of its class."""
    pairs = zip(wall.questions, wall.found, strict=True)
    found = (explanations.minus_usual(asked, answer) if is_map(answer) else answer for asked, answer in pairs)
    return replace(wall, found=tuple(found))


def start_all(questions: Sequence[Question]) -> None:
    """Callback: start the run that looks for all answers that are not known."""
    WALL.put(explain_all(_missing(questions, None), _keys(questions)))


def explain_all(questions: Sequence[Question], key: Key = ()) -> Run[dict[Key, Answer]]:
    """Start one method after another beside the page; the result holds the answers so far by their questions' keys."""
    networks.network(questions[0].network_name)

    def work(report: Report[dict[Key, Answer]]) -> None:
        found: dict[Key, Answer] = {}
        for number, question in enumerate(questions):
            begin = number * PER_MAP

            def tell(done: int, total: int, begin: int = begin) -> None:
                report(begin + PER_MAP * done // total, PER_MAP * len(questions))

            try:
                found[question.key] = explanations.refusal(question) or explanations.answer_question(question, tell)
            except ValueError as error:
                found[question.key] = str(error)
            report(begin + PER_MAP, PER_MAP * len(questions), dict(found))

    return start(work, gate(), key)


def _keys(questions: Sequence[Question]) -> Key:
    return tuple(question.key for question in questions)


def _missing(questions: Sequence[Question], run: Run[dict[Key, Answer]] | None) -> list[Question]:
    """Return the questions without an answer, after keeping what the run has found so far."""
    for key, answer in ((run.result or {}) if run is not None else {}).items():
        findings().put(key, answer)
    return [question for question in questions if findings().get(question.key) is None]


# Tests of maps -------------------------------------------------------------------------------------------------------


def trust_of(question: Question) -> tuple[Trust | None, Run[Trust] | None]:
    """Return what the tests of a question's map found where it is known, and else the run that makes them, if any."""
    return TRUST.find(_trust_key(question))


def start_trust(question: Question, explanation: Explanation) -> None:
    """Callback: start the tests of a map; the run's result is what is known so far."""
    shared, picture = networks.network(question.network_name), with_channels(question.crop)

    def work(report: Report[Trust]) -> Trust:
        return trust.examine(shared, picture, explanation, report)

    TRUST.put(start(work, gate(), _trust_key(question)))


def trusts_of(wall: Wall) -> tuple[tuple[Trust | None, ...], Run[dict[Key, Trust]] | None]:
    """Return for each map of a wall what its tests found so far, and the run that makes them, if any."""
    run = TRUSTS.at(_keys(wall.questions))
    so_far = (run.result or {}) if run is not None else {}
    for key, found in so_far.items():
        if found.is_whole:
            findings().put(("trust", *key), found)
    return tuple(findings().get(_trust_key(question)) or so_far.get(question.key) for question in wall.questions), run


def start_trusts(wall: Wall) -> None:
    """Callback: start the tests of all maps of a wall that are there and not tested yet."""
    untested = [
        (question, answer)
        for question, answer in zip(wall.questions, wall.found, strict=True)
        if is_map(answer) and findings().get(_trust_key(question)) is None
    ]
    TRUSTS.put(examine_all(untested, _keys(wall.questions)))


def examine_all(maps: Sequence[tuple[Question, Explanation]], key: Key = ()) -> Run[dict[Key, Trust]]:
    """Start the tests of one map after another beside the page.

    The run's result holds for each question's key what is known so far.
    """
    shared = networks.network(maps[0][0].network_name)

    def work(report: Report[dict[Key, Trust]]) -> None:
        found: dict[Key, Trust] = {}
        for number, (question, answer) in enumerate(maps):

            def tell(
                done: int, total: int, result: Trust | None = None, begin: int = number, key: Key = question.key
            ) -> None:
                if result is not None:
                    found[key] = result
                report(PER_MAP * begin + PER_MAP * done // total, PER_MAP * len(maps), dict(found))

            try:
                trust.examine(shared, with_channels(question.crop), answer, tell)
            except ValueError as error:
                found[question.key] = replace(found.get(question.key, Trust()), problem=str(error), is_whole=True)
        report(PER_MAP * len(maps), PER_MAP * len(maps), dict(found))

    return start(work, gate(), key)


def _trust_key(question: Question) -> Key:
    return ("trust", *question.key)
