"""What is told apart: all seven expressions, or the fewer that earlier projects chose."""

from dataclasses import dataclass, replace

import numpy as np

from models.emotion import EXPRESSIONS
from models.emotion.training.datasets import ExpressionData


@dataclass(frozen=True)
class Task:
    """Some of the seven expressions.

    Attributes:
        name: as on the command line.
        title: for people.
        classes: of `EXPRESSIONS`, in their order.
    """

    name: str
    title: str
    classes: tuple[str, ...]

    @property
    def left_out(self) -> tuple[str, ...]:
        """The expressions whose faces play no part."""
        return tuple(name for name in EXPRESSIONS if name not in self.classes)


SEVEN = Task("seven", "Seven expressions", EXPRESSIONS)
TASKS = {
    task.name: task
    for task in (
        SEVEN,
        Task("five", "Five expressions: without disgust and fear", ("angry", "happy", "sad", "surprise", "neutral")),
        Task("happy-sad", "Happy against sad", ("happy", "sad")),
    )
}


def is_part(task: Task, labels: np.ndarray) -> np.ndarray:
    """Return bool (N,): which of the seven-class labels belong to the task."""
    return np.isin(labels, [EXPRESSIONS.index(name) for name in task.classes])


def select(task: Task, data: ExpressionData) -> ExpressionData:
    """Return the faces of a task, labelled 0 … K - 1 in the order of its classes."""
    part = data.take(is_part(task, data.labels))
    number = np.zeros(len(EXPRESSIONS), np.uint8)
    number[[EXPRESSIONS.index(name) for name in task.classes]] = np.arange(len(task.classes))
    return replace(part, labels=number[part.labels])


def select_split(
    task: Task, data: ExpressionData, split: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return a split of all faces as positions in `select(task, data)`.

    So a network that was trained on the training part of all faces has seen none of the task's validation part.
    """
    kept = is_part(task, data.labels)
    position = np.cumsum(kept) - 1
    training, validation = (position[part[kept[part]]] for part in split)
    return training, validation
