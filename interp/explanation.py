"""The front door of attribution: `explain`."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from interp.method import Compute, Engine, Explanation, Maps, OnStep, Task, quiet
from interp.methods import METHODS
from interp.names import unknown_name
from interp.network import Network
from interp.passes import pass_size
from interp.targets import resolve


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
            outputs. Defaults to the class the network answers with. A single sigmoid has one class, which it may deny:
            what speaks against a class is asked for by `-Class(0)`.
        layer: The layer to explain by; it sees the picture that is explained. Defaults to `network.default_layer`;
            ignored by methods without a layer.
        seed: Seed of methods with randomness. Defaults to 0.
        engine: "tf-keras-vis" computes the same method by that library, to compare. Defaults to "interp".
        on_step: Called as `on_step(done, total)` after each pass of a slow method; what it raises comes out of
            `explain`, which is the way to cancel one. Defaults to nothing.
        **parameters: Settings of the method.

    Returns:
        The map with all that is needed to make it again.

    Raises:
        ValueError: A name is unknown (the nearest are listed), or a shape or value does not fit the network.
    """
    if not isinstance(network, Network):
        raise ValueError(f"explain takes a Network, not a {type(network).__name__}; make one by Network(model).")
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    if engine not in ("interp", "tf-keras-vis"):
        raise unknown_name("engine", engine, ("interp", "tf-keras-vis"))
    if seed < 0:
        raise ValueError(f"seed is 0 or more, got {seed!r}.")
    chosen = METHODS[method]
    settings = chosen.settings(parameters)
    inputs, single = network.batch(x)
    layer = _choose_layer(network, layer) if chosen.needs_layer else None
    start = time.perf_counter()
    target = resolve(network, target, inputs)
    compute = chosen.compute if engine == "interp" else _reference(method)
    task = Task(network, inputs, target, layer or "", seed, on_step or quiet)
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


def _choose_layer(network: Network, layer: str | None) -> str:
    name = network.default_layer if layer is None else layer
    if not network.layer(name).is_spatial:
        raise ValueError(f"Layer {name!r} has no maps; choose one whose output is (h, w, channels).")
    if not network.sees_picture(name):
        picture = network.input_names[network.picture]
        raise ValueError(
            f"Layer {name!r} sees nothing of the picture {picture!r}, which is explained; choose another layer, or "
            "explain the other picture by Network(model, picture=NAME)."
        )
    return name


def _in_chunks(compute: Compute, task: Task, settings: Mapping[str, Any]) -> Maps:
    count = len(task.inputs[0])
    size = pass_size(task.network, task.inputs)
    parts = [compute(task.part(start, min(start + size, count)), **settings) for start in range(0, count, size)]
    if len(parts) == 1:
        return parts[0]
    values, scores, details = zip(*parts, strict=True)
    joined = {name: np.concatenate([part[name] for part in details]) for name in details[0]}
    return Maps(np.concatenate(values), np.concatenate(scores), joined)


def _reference(method: str) -> Compute:
    from interp import reference  # imported on demand: tf-keras-vis is for comparison only

    return reference.compute_with(method)
