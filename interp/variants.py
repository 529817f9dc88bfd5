"""Many variants of one picture, shown to the network a few at a time: what the slow methods are made of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from interp import passes
from interp.method import Maps, OnStep, Task
from interp.network import Network
from interp.targets import Target


@dataclass(frozen=True)
class Picture:
    """One picture of a task, ready to be varied.

    Args:
        network: The network.
        inputs: One array (1, ...) for each input.
        target: What is explained.
        seed: Seed of the method's randomness.
        score: The target's value for the picture itself.
        on_step: Called as `on_step(done, total)`.
    """

    network: Network
    inputs: list[np.ndarray]
    target: Target
    seed: int
    score: float
    on_step: OnStep

    @property
    def values(self) -> np.ndarray:
        """The picture itself, (h, w, c)."""
        values: np.ndarray = self.inputs[self.network.picture][0]
        return values

    def scores(self, variants: np.ndarray) -> np.ndarray:
        """Return the target's value (n,) for variants (n, h, w, c) of the picture."""
        return passes.scores(self.network, self._with(variants), self.target)

    def gradients(self, variants: np.ndarray) -> np.ndarray:
        """Return the target's gradient (n, h, w, c) at variants (n, h, w, c) of the picture."""
        return passes.input_gradients(self.network, self._with(variants), self.target)[0]

    def parts(self, count: int) -> Iterator[range]:
        """Split the numbers of `count` variants into those of single passes, and report each when it is done."""
        size = passes.pass_size(self.network, self.inputs)
        for start in range(0, count, size):
            part = range(start, min(start + size, count))
            yield part
            self.on_step(part.stop, count)

    def _with(self, variants: np.ndarray) -> list[np.ndarray]:
        inputs = [np.repeat(array, len(variants), axis=0) for array in self.inputs]
        inputs[self.network.picture] = np.asarray(variants, np.float32)
        return inputs


def one_by_one(task: Task, explain_one: Callable[[Picture], tuple[np.ndarray, Mapping[str, Any]]]) -> Maps:
    """Explain the pictures of a task one after the other.

    Args:
        task: What is explained.
        explain_one: Returns the map (h, w) of a picture, and its details.
    """
    scores = passes.scores(task.network, task.inputs, task.target)
    found = []
    for index, score in enumerate(scores):
        one = task.part(index, index + 1)
        found.append(explain_one(Picture(one.network, one.inputs, one.target, one.seed, float(score), one.on_step)))
    values, details = zip(*found, strict=True)
    joined = {name: np.array([one[name] for one in details], np.float32) for name in details[0]}
    return Maps(np.stack(values).astype(np.float32), scores, joined)
