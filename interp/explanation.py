"""The front door of attribution: `explain` and what it takes and returns."""

import importlib
import pkgutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from interp import methods as method_modules
from interp.names import unknown_name
from interp.network import Network
from interp.passes import pass_size
from interp.targets import Target, resolve

OnStep = Callable[[int, int], None]
Engine = Literal["interp", "tf-keras-vis"]


def _quiet(done: int, total: int) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Task:
    """What a method gets to explain: a few pictures, as many as one pass takes.

    Args:
        network: The network.
        inputs: One array (N, ...) for each input of the network.
        target: What is explained.
        layer: Name of a layer with maps; "" for a method that needs none.
        seed: Seed of the method's randomness.
        on_step: Called as `on_step(done, total)` after each pass of a slow method; what it raises ends the method.
    """

    network: Network
    inputs: list[np.ndarray]
    target: Target
    layer: str = ""
    seed: int = 0
    on_step: OnStep = _quiet


class Maps(NamedTuple):
    """What a method returns.

    Args:
        values: The maps, float32 (N, h, w).
        scores: The target's value for each picture, float32 (N,).
        details: More numbers of the method by their names, each (N, ...). Defaults to none.
    """

    values: np.ndarray
    scores: np.ndarray
    details: Mapping[str, np.ndarray] = {}


Compute = Callable[..., Maps]


@dataclass(frozen=True)
class Parameter:
    """A setting of a method, described well enough to be drawn as a control.

    Args:
        name: The keyword of `explain`.
        label: The control's label.
        kind: The value's kind.
        default: The value where none is given.
        minimum: Lowest value of a number. Defaults to none.
        maximum: Highest value of a number. Defaults to none.
        step: Step of a number's control. Defaults to none.
        choices: The values of a choice.
        help: A sentence on what it does.
    """

    name: str
    label: str
    kind: Literal["float", "int", "choice", "bool"]
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""

    def check(self, value: Any) -> Any:
        """Return a value in the parameter's type.

        Raises:
            ValueError: The value is of another kind, out of range or not among the choices.
        """
        if self.kind == "choice":
            if value not in self.choices:
                raise unknown_name(self.name, value, self.choices)
            return value
        kinds = {"bool": bool | np.bool_, "int": int | np.integer, "float": int | float | np.number}[self.kind]
        if not isinstance(value, kinds) or (self.kind != "bool" and isinstance(value, bool)):
            raise ValueError(f"{self.name} is a {self.kind}, got {value!r}.")
        value = {"bool": bool, "int": int, "float": float}[self.kind](value)
        low = self.minimum if self.minimum is not None else -np.inf
        high = self.maximum if self.maximum is not None else np.inf
        if not low <= value <= high:
            raise ValueError(f"{self.name} goes from {low:g} to {high:g}, got {value:g}.")
        return value


@dataclass(frozen=True)
class Method:
    """An attribution method, found in `interp/methods` by its file's METHOD.

    Args:
        name: The `method` of `explain`.
        label: Name on a page.
        summary: A sentence on what the map shows, and its limits.
        reference: Authors, year and arXiv id.
        signed: Whether its maps have negative values.
        needs_layer: Whether it explains by the maps of one layer.
        compute: Called as `compute(task, **parameters)` with a chunk of the batch as a `Task`; returns `Maps`.
        parameters: Its settings. Defaults to none.
        is_slow: Whether it takes many passes of the network a picture and reports each. Defaults to no.
    """

    name: str
    label: str
    summary: str
    reference: str
    signed: bool
    needs_layer: bool
    compute: Compute = field(repr=False)
    parameters: tuple[Parameter, ...] = ()
    is_slow: bool = False

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return every parameter's value, checked, defaults included.

        Raises:
            ValueError: The method has no such parameter or does not take such a value.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise unknown_name(f"parameter of {self.name}", name, known or ["none at all"])
        return {name: parameter.check(given.get(name, parameter.default)) for name, parameter in known.items()}


@dataclass(frozen=True)
class Explanation:
    """A map of what a network's answer rests on.

    Args:
        values: float32 (h, w) at the map's own resolution; (N, h, w) for a batch.
        signed: Whether negative values mean "against the target".
        method: Name of the method.
        target: What was explained.
        layer: The layer whose maps were used, None for a method without.
        parameters: All settings of the method.
        seed: Seed of its randomness.
        score: The target's value, a logit for a class; float32 (N,) for a batch.
        seconds: Time taken, the building of a new pass included.
        engine: The library that computed it.
        details: What else the method found, by name, as its docstring says; a number, or (N,) for a batch.
    """

    values: np.ndarray
    signed: bool
    method: str
    target: Target
    layer: str | None
    parameters: dict[str, Any]
    seed: int
    score: float | np.ndarray
    seconds: float
    engine: Engine = "interp"
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Whether every value is zero, as when a class only loses by what the layer found."""
        return not np.any(self.values)


def explain(
    network: Network,
    x: Any,
    method: str = "grad_cam",
    target: Any = None,
    layer: str | None = None,
    *,
    seed: int = 0,
    engine: Engine = "interp",
    on_step: OnStep | None = None,
    **parameters: Any,
) -> Explanation:
    """Map what a network's answer rests on.

    Args:
        network: The network.
        x: One picture (h, w, c) or a batch (N, h, w, c) in the network's own range of values; for several inputs a
            list of arrays.
        method: Name from `METHODS`. Defaults to Grad-CAM.
        target: A class's number or label, one for each picture of a batch, a `Target`, or a function of the network's
            outputs. Defaults to the class the network answers with.
        layer: The layer to explain by. Defaults to `network.default_layer`; ignored by methods without a layer.
        seed: Seed of methods with randomness. Defaults to 0.
        engine: "tf-keras-vis" computes the same method by that library, to compare. Defaults to "interp".
        on_step: Called as `on_step(done, total)` after each pass; what it raises comes out of `explain`, which is
            the way to cancel a slow method. Defaults to nothing.
        **parameters: Settings of the method.

    Returns:
        The map with all that is needed to make it again.

    Raises:
        ValueError: A name is unknown (the nearest are listed), or a shape or value does not fit the network.
    """
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    if engine not in ("interp", "tf-keras-vis"):
        raise unknown_name("engine", engine, ("interp", "tf-keras-vis"))
    chosen = METHODS[method]
    settings = chosen.settings(parameters)
    inputs, single = network.batch(x)
    layer = _choose_layer(network, layer) if chosen.needs_layer else None
    start = time.perf_counter()
    target = resolve(network, target, inputs)
    compute = chosen.compute if engine == "interp" else _reference(method)
    task = Task(network, inputs, target, layer or "", seed, on_step or _quiet)
    values, scores, details = _in_chunks(compute, task, settings)
    return Explanation(
        values=values[0] if single else values,
        signed=chosen.signed,
        method=method,
        target=target,
        layer=layer,
        parameters=settings,
        seed=seed,
        score=float(scores[0]) if single else scores,
        seconds=time.perf_counter() - start,
        engine=engine,
        details={name: numbers[0].item() if single else numbers for name, numbers in details.items()},
    )


def share_steps(on_step: OnStep, start: int, stop: int, count: int) -> OnStep:
    """Return the report of the steps of pictures `start` to `stop` as steps of all `count` pictures."""
    size = stop - start
    return lambda done, total: on_step((start * total + size * done) // size, count * total // size)


def _choose_layer(network: Network, layer: str | None) -> str:
    name = network.default_layer if layer is None else layer
    if not network.layer(name).is_spatial:
        raise ValueError(f"Layer {name!r} has no maps; choose one whose output is (h, w, channels).")
    return name


def _in_chunks(compute: Compute, task: Task, settings: Mapping[str, Any]) -> Maps:
    parts = []
    count = len(task.inputs[0])
    size = pass_size(task.network, task.inputs)
    for start in range(0, count, size):
        stop = min(start + size, count)
        chunk = [array[start:stop] for array in task.inputs]
        part = replace(
            task,
            inputs=chunk,
            target=task.target.part(start, stop),
            on_step=share_steps(task.on_step, start, stop, count),
        )
        parts.append(compute(part, **settings))
    if len(parts) == 1:
        return parts[0]
    values, scores, details = zip(*parts, strict=True)
    joined = {name: np.concatenate([part[name] for part in details]) for name in details[0]}
    return Maps(np.concatenate(values), np.concatenate(scores), joined)


def _reference(method: str) -> Compute:
    from interp import reference  # imported on demand: tf-keras-vis is for comparison only

    return reference.compute_with(method)


def _find_methods() -> dict[str, Method]:
    """Collect the METHOD of every file in `interp/methods`."""
    found: dict[str, Method] = {}
    for module in pkgutil.iter_modules(method_modules.__path__, f"{method_modules.__name__}."):
        method = importlib.import_module(module.name).METHOD
        found[method.name] = method
    return dict(sorted(found.items()))


METHODS: dict[str, Method] = _find_methods()
