"""What an attribution method takes and returns, and how it describes itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from PIL import Image

from interp import showing
from interp.names import unknown_name
from interp.network import Network
from interp.targets import Target

OnStep = Callable[[int, int], None]
Engine = Literal["interp", "tf-keras-vis"]

LAST = 1000  # the rank of a method that names none


def quiet(done: int, total: int) -> None:
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
    on_step: OnStep = quiet

    def part(self, start: int, stop: int) -> "Task":
        """Return the task for the pictures `start` to `stop`; its steps are reported as steps of the whole."""
        count, size = len(self.inputs[0]), stop - start
        return replace(
            self,
            inputs=[array[start:stop] for array in self.inputs],
            target=self.target.part(start, stop),
            on_step=lambda done, total: self.on_step((start * total + size * done) // size, count * total // size),
        )


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
        formula: The map L in LaTeX; y is the target's value, x the picture, A the layer's maps.
        reference: Authors, year and arXiv id.
        signed: Whether its maps have negative values.
        needs_layer: Whether it explains by the maps of one layer.
        compute: Called as `compute(task, **parameters)` with a chunk of the batch as a `Task`; returns `Maps`.
        parameters: Its settings. Defaults to none.
        asks_alone: Whether it asks the network for answers alone, so that any function will do. Defaults to no.
        is_slow: Whether it takes many passes of the network a picture and reports each. Defaults to no.
        rank: Its place in pickers and tables, the lowest first. Defaults to behind all that have one.
    """

    name: str
    label: str
    summary: str
    formula: str
    reference: str
    signed: bool
    needs_layer: bool
    compute: Compute = field(repr=False)
    parameters: tuple[Parameter, ...] = ()
    asks_alone: bool = False
    is_slow: bool = False
    rank: int = LAST

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

    def plot(
        self,
        image: np.ndarray | None = None,
        opacity: float = 0.5,
        palette: str | None = None,
        limit: float | None = None,
    ) -> Image.Image:
        """Return the map as a picture with its colour bar, which a notebook shows and `save` writes to a file.

        Args:
            image: uint8 (h, w), (h, w, 1) or RGB (h, w, 3), a picture to lay the map over; for a batch one for each
                map. Defaults to none, the map alone.
            opacity: Weight of the map where it is strongest. Defaults to 0.5.
            palette: Name from `render.PALETTES`. Defaults to inferno, signed to blue-red.
            limit: The value of the last colour. Defaults to the map's own.

        Raises:
            ValueError: A picture has no such form, there is not one for each map, or the palette is unknown.
        """
        is_single = self.values.ndim == 2
        maps = self.values[None] if is_single else self.values
        images = None if image is None else [image] if is_single else list(image)
        return showing.map_picture(maps, self.signed, images, opacity, palette, limit)

    def _repr_png_(self) -> bytes:
        """Return what a notebook shows: the map with its colour bar."""
        return showing.png(self.plot())

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the map with its colour bar, and in words how it came about."""
        score = ", ".join(f"{one:.4g}" for one in np.atleast_1d(self.score))
        words = f"{self.method} for {self.target}" + (f" by the layer {self.layer}" if self.layer else "")
        blank = " The map is zero everywhere." if self.is_blank else ""
        return showing.figure(self.plot(), f"{words}: its score is {score}. Took {self.seconds:.2g} s.{blank}")
