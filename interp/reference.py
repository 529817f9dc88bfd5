"""The same methods computed by tf-keras-vis, to compare with and to check against.

tf-keras-vis leaks with every visualiser that is built, fails on Sequential and nested models and edits a model that it
is not told to clone. So it gets a flat copy of the network, clones that, and its visualiser is kept with the network.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from interp.graph import free_name, only_squashes, run_graph
from interp.names import unknown_name
from interp.network import Forward, Network
from interp.targets import Channel, LayerEnergy, Sum, Target, operand_specs


def compute_with(method: str) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Return the `compute` of a method as tf-keras-vis does it.

    Raises:
        ValueError: tf-keras-vis does not have the method.
    """
    if method not in REFERENCES:
        raise unknown_name("method of tf-keras-vis", method, REFERENCES)
    return REFERENCES[method]


def grad_cam(
    network: Network, inputs: Sequence[np.ndarray], target: Target, layer: str, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Compute Grad-CAM by tf-keras-vis, at the layer's resolution and not normalised.

    Args:
        network: The network.
        inputs: One array (N, ...) for each input.
        target: A target of the network's outputs.
        layer: Name of a layer with maps.
        seed: Without effect.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Raises:
        ValueError: The target is none of the network's outputs.
    """
    _check(target)
    visualiser = network.keep(("tf-keras-vis", "Gradcam"), lambda: _visualiser(network))
    maps = visualiser(
        _scores(network, target, len(inputs[0])),
        list(inputs) if len(inputs) > 1 else inputs[0],
        penultimate_layer=_flat_name(layer),
        seek_penultimate_conv_layer=False,
        expand_cam=False,
        normalize_cam=False,
    )
    return np.asarray(maps, np.float32), _target_scores(network, inputs, target)


def flat_copy(model: keras.Model) -> keras.Model:
    """Return a functional copy of a model with no model nested in it, no layer shared and weights of its own.

    A softmax or sigmoid that is a layer by itself is left off the copy's end, as tf-keras-vis replaces only those that
    are another layer's activation.

    Args:
        model: A functional or built Sequential model; it stays as it is.
    """
    names: set[str] = set()
    squashed: dict[int, Any] = {}

    def call(path: str, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        name = free_name(path, names)
        names.add(name)
        is_layer = isinstance(operation, keras.layers.Layer)
        flat_name = _flat_name(name)
        config = operation.get_config() | {"name": flat_name if is_layer else f"{flat_name}__operator"}
        clone = type(operation).from_config(config)
        result = clone(*args, **kwargs)
        if is_layer:
            clone.set_weights(operation.get_weights())
        else:
            # An operator, as in `a + b`, is no layer: this one gives its output a name to ask for.
            result = keras.layers.Identity(name=flat_name)(result)
        if only_squashes(operation):
            squashed[id(result)] = args[0]
        return result

    inputs = [keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name) for tensor in model.inputs]
    outputs = keras.tree.flatten(run_graph(model, inputs, call))
    return keras.Model(inputs, [squashed.get(id(output), output) for output in outputs])


def _visualiser(network: Network) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it imports a name that SciPy will drop
        from tf_keras_vis.gradcam import Gradcam
        from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    return Gradcam(flat_copy(network.model), model_modifier=ReplaceToLinear(), clone=True)


def _scores(network: Network, target: Target, count: int) -> list[Callable[[tf.Tensor], tf.Tensor]]:
    """Return one score function for each output, as tf-keras-vis wants them; only the target's one counts."""
    operands = [tf.constant(operand) for operand in target.operands(count)]
    explained = getattr(target, "output", 0)
    outputs = len(network.output_shapes)

    def score_of(position: int) -> Callable[[tf.Tensor], tf.Tensor]:
        def score(output: tf.Tensor) -> tf.Tensor:
            if position != explained:
                return tf.zeros([count])
            logits = [output] * outputs
            return target.score(Forward(logits, logits, {}, {}), operands)

        return score

    return [score_of(position) for position in range(outputs)]


def _target_scores(network: Network, inputs: Sequence[np.ndarray], target: Target) -> np.ndarray:
    def compute(tensors: list[tf.Tensor], operands: list[tf.Tensor]) -> tf.Tensor:
        return target.score(network.run(tensors), operands)

    run = network.compile(("score", target.key), compute, [network.input_specs(), operand_specs(target)])
    scores: np.ndarray = run(list(inputs), target.operands(len(inputs[0]))).numpy()
    return scores


def _check(target: Target) -> None:
    parts = target.targets if isinstance(target, Sum) else (target,)
    if any(isinstance(part, Channel | LayerEnergy | Sum) for part in parts):
        raise ValueError("tf-keras-vis explains outputs only; choose a class or the engine 'interp'.")


def _flat_name(path: str) -> str:
    """Return the name of the copy's layer: Keras allows no slash in one."""
    return path.replace("/", "__").replace(":", "__")


REFERENCES: dict[str, Callable[..., tuple[np.ndarray, np.ndarray]]] = {"grad_cam": grad_cam}
