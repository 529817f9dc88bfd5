"""Kinds of network, one a file: each file ends in TASK = ... and is found by that."""

import importlib
import pkgutil
from collections.abc import Iterable

from dashboard.subject import Subject
from dashboard.tasks.task import Choose, Goal, Maps, NoInputError, Task, View
from models import Card


def find_tasks() -> dict[str, Task]:
    """Collect the TASK of every file of this folder, by rank."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found: list[Task] = [module.TASK for module in modules if hasattr(module, "TASK")]
    return {task.name: task for task in sorted(found, key=lambda task: (task.rank, task.name))}


TASKS: dict[str, Task] = find_tasks()


class _Unknown(Task):
    """The kind of a card that no file of this folder knows: its card is shown, no page opens its network."""

    answer = "Answer"

    def __init__(self, name: str) -> None:
        self.name, self.deed = name, f"is of a kind that this app doesn't know, “{name}”"

    def view(self, subject: Subject, card: Card) -> View:
        raise NoInputError(f"The network “{card.name}” {self.deed}.")

    def ask(self, subject: Subject, view: View, choose: Choose, maps: Maps) -> Goal:
        raise NoInputError(f"A network that {self.deed} can't be asked.")


def is_known(card: Card) -> bool:
    """Return whether the pages know the kind of a card's network."""
    return card.task in TASKS


def of(card: Card) -> Task:
    """Return the kind of a card's network."""
    return TASKS.get(card.task) or _Unknown(card.task)


def alike(card: Card, cards: Iterable[Card]) -> list[Card]:
    """Return the cards of networks that can be compared with a card's: of its kind, and about the same."""
    return [one for one in cards if one.task == card.task and of(card).is_like(card, one)]
