"""A keras.Model as one flat sequence of layer calls, whatever models are nested in it.

The walk calls the caller's own layers on real tensors. It never applies a layer to a symbolic input: that would add
nodes to the caller's model, and `layer.output` would stop working there.
"""

from collections.abc import Callable, Container
from itertools import chain, count
from typing import Any

import keras
import tensorflow as tf
from keras.src.models.functional import Functional  # keras.Model(inputs, outputs) makes one; no public name tells it

Call = Callable[[str, Any, tuple[Any, ...], dict[str, Any]], Any]

CONVOLUTIONS = (
    keras.layers.Conv2D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
    keras.layers.Conv2DTranspose,
)
TRANSPOSED_CONVOLUTIONS = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)
ACTIVATIONS = (keras.layers.Activation, keras.layers.ReLU)
OPERATORS = frozenset({"Relu", "Relu6"})  # operators of keras.ops in a functional model
WITH_ACTIVATION = (*CONVOLUTIONS, keras.layers.Dense)
SQUASHING_ACTIVATIONS = frozenset({"softmax", "log_softmax", "sigmoid"})


def is_graph(operation: Any) -> bool:
    """Tell whether an operation is a functional or Sequential model whose inside can be walked."""
    if isinstance(operation, keras.Sequential):
        return type(operation).call is keras.Sequential.call and operation.built
    return isinstance(operation, Functional) and type(operation).call is Functional.call


def run_graph(model: keras.Model, inputs: Any, call: Call, prefix: str = "") -> Any:
    """Run a model layer by layer, nested models included.

    Args:
        model: A functional or built Sequential model.
        inputs: The model's inputs, tensors in the model's own structure or a flat list.
        call: Called as `call(path, operation, args, kwargs)` for each layer in the order of the graph; what it
            returns goes on into the graph. `path` is the layer's name behind the names of the models it is nested in.
        prefix: What stands before every path. Defaults to nothing.

    Returns:
        The model's outputs in its own structure.
    """

    def wrap(operation: Any) -> Callable[..., Any]:
        path = prefix + operation.name

        def step(*args: Any, **kwargs: Any) -> Any:
            if is_graph(operation):
                return run_graph(operation, args[0], call, f"{path}/")
            if getattr(operation, "_call_has_training_arg", False):
                kwargs["training"] = False
            return call(path, operation, args, kwargs)

        return step

    graph = model._functional if isinstance(model, keras.Sequential) else model
    return graph._run_through_graph(inputs, operation_fn=wrap)


def apply(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what a layer makes of tensors; XLA compiles the call where some processors need it to.

    Args:
        operation: The layer to call.
        args: What it is called with.
        kwargs: What it is called with.
    """
    if needs_xla(operation):
        return tf.function(lambda: operation(*args, **kwargs), autograph=False, jit_compile=True)()
    return operation(*args, **kwargs)


def needs_xla(operation: Any) -> bool:
    """Tell whether a layer runs on every processor only if XLA compiles it.

    TensorFlow's own kernels have no dilated transposed convolution. Those of oneDNN have, but TensorFlow uses them only
    on processors with AVX-512.
    """
    parts = operation._flatten_layers() if isinstance(operation, keras.layers.Layer) else ()
    return any(isinstance(part, TRANSPOSED_CONVOLUTIONS) and max(part.dilation_rate) > 1 for part in parts)


def before_squashing(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
    """Return what a layer's output was before its softmax or sigmoid.

    Args:
        operation: The layer that was called.
        args: What it was called with.
        kwargs: What it was called with.
        output: What it returned.

    Returns:
        The logits; `output` itself where nothing was squashed.
    """
    if only_squashes(operation):
        return args[0]
    if activation_name(operation) in SQUASHING_ACTIVATIONS:
        return apply(_linear_twin(operation), args, kwargs)
    return output


def before_activation(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
    """Return what a layer's output was before its activation function, such as a ReLU.

    Args:
        operation: The layer that was called.
        args: What it was called with.
        kwargs: What it was called with.
        output: What it returned.

    Returns:
        The same stack of maps or units without the activation; `output` itself where there is none.
    """
    if isinstance(operation, ACTIVATIONS) or type(operation).__name__ in OPERATORS:
        return args[0]
    if isinstance(operation, WITH_ACTIVATION) and activation_name(operation) != "linear":
        return apply(_linear_twin(operation), args, kwargs)
    return output


def only_squashes(operation: Any) -> bool:
    """Tell whether a layer or operator is nothing but a softmax or sigmoid."""
    if isinstance(operation, keras.layers.Activation):
        return activation_name(operation) in SQUASHING_ACTIVATIONS
    return type(operation).__name__ in {"Softmax", "LogSoftmax", "Sigmoid"}


def activation_name(operation: Any) -> str:
    """Return the name of a layer's activation function, "linear" where it has none."""
    activation = getattr(operation, "activation", None)
    return getattr(activation, "__name__", type(activation).__name__) if activation is not None else "linear"


def free_name(path: str, taken: Container[str]) -> str:
    """Return the path, numbered from the second call of a shared layer on."""
    return next(name for name in chain([path], (f"{path}:{call}" for call in count(2))) if name not in taken)


def _linear_twin(layer: keras.layers.Layer) -> keras.layers.Layer:
    """Return the layer without its activation, with the very same variables; the layer itself stays as it is."""
    # copy.copy would serialise the layer and make new variables.
    twin = object.__new__(type(layer))
    twin.__dict__.update(layer.__dict__)
    twin.__dict__["activation"] = keras.activations.linear
    return twin
