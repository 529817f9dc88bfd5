"""The same methods computed by tf-keras-vis, to compare with and to check against.

tf-keras-vis leaks with every visualiser that is built, fails on Sequential and nested models and edits a model that it
is told not to clone. So all its visualisers share one flat copy of the network with weights of its own and without
softmax or sigmoid, and are kept with the network.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from interp import passes
from interp.graph import free_name, needs_xla, only_squashes, run_graph
from interp.lazy import keras, tf
from interp.masks import filling
from interp.method import Compute, Maps, Task
from interp.names import unknown_name
from interp.network import Forward, Network
from interp.noise import AVERAGES
from interp.targets import Class, Contrast, HeatMap, Sum, Target

ScoreFunction = Callable[["tf.Tensor"], "tf.Tensor"]


def compute_with(method: str) -> Compute:
    """Return the `compute` of a method as tf-keras-vis does it.

    Raises:
        ValueError: tf-keras-vis does not have the method.
    """
    if method not in REFERENCES:
        raise unknown_name("method of tf-keras-vis", method, REFERENCES)
    return REFERENCES[method]


def score_cam(task: Task, *, channels: int, increase: bool) -> Maps:
    """Compute Score-CAM by tf-keras-vis.

    It differs from `interp` in that a weight is the softmax of the network's answer, not the logit; in that a map is
    enlarged between the centres of its corner pixels, not from edge to edge; and in that all masked pictures of a
    picture are in memory at once.

    Args:
        task: What is explained; the target is one of the network's outputs (N, K).
        channels: Number of maps to use; 0 for all.
        increase: Whether the black picture's answer is taken off each weight; tf-keras-vis by itself never does so.

    Raises:
        ValueError: The target is none of the network's outputs (N, K), or K is 1.
    """
    if any(len(shape) != 1 for shape in task.network.output_shapes):
        raise ValueError(
            "Score-CAM by tf-keras-vis takes networks that answer (N, K) only; choose the engine 'interp'."
        )
    if task.network.output_shapes[_output(task.target)] == (1,):
        raise ValueError(
            "Score-CAM by tf-keras-vis weighs maps by a softmax over the classes, which is always 1 where there is one "
            "alone; choose the engine 'interp'."
        )
    visualiser = _visualiser(task.network, "scorecam.Scorecam")
    maps = task.network.layer(task.layer).channels or 0
    values = []
    for index in range(len(task.inputs[0])):
        inputs = [array[index : index + 1] for array in task.inputs]
        scores = _score_functions(task.network, task.target.part(index, index + 1), 1)
        if increase:
            scores = _less_than_black(task.network, inputs, scores)
        with _silent():
            values.append(
                visualiser(
                    scores,
                    _seed_input(inputs),
                    penultimate_layer=_flat_name(task.layer),
                    seek_penultimate_conv_layer=False,
                    max_N=channels if 0 < channels < maps else None,
                    expand_cam=False,
                    normalize_cam=False,
                )
            )
    return _maps(task, np.concatenate(values))


def smooth_grad(task: Task, *, samples: int, noise: float, average: str) -> Maps:
    """Compute SmoothGrad by tf-keras-vis. Its noise is NumPy's global one, seeded here, and not that of `interp`.

    Args:
        task: What is explained; the target is one of the network's outputs.
        samples: Number of noisy copies.
        noise: Standard deviation of the noise as a share of the picture's range of values.
        average: What is averaged: "magnitude", "square" or "gradient".

    Raises:
        ValueError: The target is none of the network's outputs.
    """
    state = np.random.get_state()
    np.random.seed(task.seed)
    try:
        return _saliency(task, AVERAGES[average], smooth_samples=samples, smooth_noise=noise)
    finally:
        np.random.set_state(state)


def activation_maximization(network: Network, target: Target, *, steps: int = 200) -> np.ndarray:
    """Climb a target by tf-keras-vis's ActivationMaximization with its own settings.

    Its moves draw on a generator that can't be seeded: no two pictures are the same.

    Args:
        network: A network with one input.
        target: One of the network's outputs.
        steps: Number of steps. Defaults to its own, 200.

    Returns:
        The picture, float32 (h, w, c), in the network's range of values.

    Raises:
        ValueError: The target is none of the network's outputs.
    """
    target.validate(network)
    visualiser = _visualiser(network, "activation_maximization.ActivationMaximization")
    picture = visualiser(_score_functions(network, target, 1), input_range=network.value_range, steps=steps)
    return np.asarray(picture, np.float32)[0]


def flat_copy(network: Network) -> keras.Model:
    """Return a functional copy of a model with no model nested in it, no layer shared and weights of its own.

    It answers with the logits.

    Args:
        network: The network; its model stays as it is.
    """
    model = network.model
    names: set[str] = set()

    def call(path: str, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        name = free_name(path, names)
        names.add(name)
        is_layer = isinstance(operation, keras.layers.Layer)
        flat_name = _flat_name(name)
        config = operation.get_config() | {"name": flat_name if is_layer else f"{flat_name}__operator"}
        clone = type(operation).from_config(config)
        if name in network.squashing and only_squashes(operation):
            return keras.layers.Identity(name=flat_name)(keras.tree.flatten((args, kwargs))[0])
        if name in network.squashing:
            clone.activation = keras.activations.linear
        if needs_xla(operation):
            clone.call = tf.function(clone.call, autograph=False, jit_compile=True, reduce_retracing=True)
        result = clone(*args, **kwargs)
        if is_layer:
            clone.set_weights(operation.get_weights())
        else:
            # An operator, as in `a + b`, is no layer: this one gives its output a name to ask for.
            result = keras.layers.Identity(name=flat_name)(result)
        return result

    inputs = [keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name) for tensor in model.inputs]
    return keras.Model(inputs, keras.tree.flatten(run_graph(model, inputs, call)))


def _visualiser(network: Network, path: str) -> Any:
    """Return the kept visualiser of a class, named by its path in tf-keras-vis."""
    module, name = path.rsplit(".", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it imports a name that SciPy will drop
        kind = getattr(importlib.import_module(f"tf_keras_vis.{module}"), name)
    model = network.keep(("tf-keras-vis", "model"), lambda: flat_copy(network))
    return network.keep(("tf-keras-vis", name), lambda: kind(model))


def _class_activation(path: str, task: Task) -> Maps:
    """Compute a class activation map, at the layer's resolution and not normalised.

    Args:
        path: Of the visualiser's class.
        task: What is explained; the target is one of the network's outputs.

    Raises:
        ValueError: The target is none of the network's outputs.
    """
    maps = _visualiser(task.network, path)(
        _score_functions(task.network, task.target, len(task.inputs[0])),
        _seed_input(task.inputs),
        penultimate_layer=_flat_name(task.layer),
        seek_penultimate_conv_layer=False,
        expand_cam=False,
        normalize_cam=False,
    )
    return _maps(task, maps)


def _saliency(task: Task, measure: Callable[[Any], Any], **settings: Any) -> Maps:
    maps = _visualiser(task.network, "saliency.Saliency")(
        _score_functions(task.network, task.target, len(task.inputs[0])),
        _seed_input(task.inputs),
        gradient_modifier=measure,
        keepdims=True,
        normalize_map=False,
        **settings,
    )
    gradients = maps[task.network.picture] if isinstance(maps, list) else maps
    return _maps(task, np.abs(gradients).max(axis=-1))


def _seed_input(inputs: list[np.ndarray]) -> Any:
    return inputs if len(inputs) > 1 else inputs[0]


def _maps(task: Task, values: Any) -> Maps:
    return Maps(np.asarray(values, np.float32), passes.scores(task.network, task.inputs, task.target))


def _score_functions(network: Network, target: Target, count: int) -> list[ScoreFunction]:
    """Return one score function for each output, as tf-keras-vis wants them; only the target's one counts."""
    _check(target)
    operands = [tf.constant(operand) for operand in target.operands(count)]
    explained = _output(target)
    outputs = len(network.output_shapes)

    def score_of(position: int) -> ScoreFunction:
        def score(output: tf.Tensor) -> tf.Tensor:
            if position != explained:
                return tf.zeros([count])
            logits = [output] * outputs
            return target.score(Forward(logits, logits, {}, {}), operands)

        return score

    return [score_of(position) for position in range(outputs)]


def _less_than_black(
    network: Network, inputs: Sequence[np.ndarray], scores: Sequence[ScoreFunction]
) -> list[ScoreFunction]:
    """Return the score functions less their values for the black picture, with softmax as Score-CAM takes it."""
    black = list(inputs)
    black[network.picture] = filling(network, inputs[network.picture][0], "black")[None]
    model = network.keep(("tf-keras-vis", "model"), lambda: flat_copy(network))
    answers = keras.tree.flatten(model(black, training=False))

    def less(score: ScoreFunction, ground: tf.Tensor) -> ScoreFunction:
        return lambda output: score(output) - ground

    return [less(score, score(tf.nn.softmax(answer))) for score, answer in zip(scores, answers, strict=True)]


@contextmanager
def _silent() -> Iterator[None]:
    """Keep Keras from drawing a progress bar, which tf-keras-vis can't be told to."""
    is_loud = keras.config.is_interactive_logging_enabled()
    keras.config.disable_interactive_logging()
    try:
        yield
    finally:
        if is_loud:
            keras.config.enable_interactive_logging()


def _output(target: Target) -> int:
    """Return the output that a target speaks of; the first one's of a sum."""
    return _output(target.targets[0]) if isinstance(target, Sum) else getattr(target, "output", 0)


def _check(target: Target) -> None:
    parts = target.targets if isinstance(target, Sum) else (target,)
    known = all(
        isinstance(part, Class | Contrast) or (isinstance(part, HeatMap) and part.reading in ("peak", "mean"))
        for part in parts
    )
    if not known or len({_output(part) for part in parts}) > 1:
        raise ValueError("tf-keras-vis explains one of the outputs only; choose a class or the engine 'interp'.")


def _flat_name(path: str) -> str:
    """Return the name of the copy's layer: Keras allows no slash in one."""
    return path.replace("/", "__").replace(":", "__")


REFERENCES: dict[str, Compute] = {
    "grad_cam": partial(_class_activation, "gradcam.Gradcam"),
    # As `interp` does, times exp(logit), which is not finite from 89 on
    "grad_cam_plus_plus": partial(_class_activation, "gradcam_plus_plus.GradcamPlusPlus"),
    "layer_cam": partial(_class_activation, "layercam.Layercam"),
    "saliency": partial(_saliency, measure=AVERAGES["magnitude"]),
    "score_cam": score_cam,
    "smooth_grad": smooth_grad,
}
