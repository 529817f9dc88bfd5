"""A keras.Model as one flat sequence of layer calls, whatever models are nested in it.

The walk calls the caller's own layers on real tensors. It never applies a layer to a symbolic input: that would add
nodes to the caller's model, and `layer.output` would stop working there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from itertools import chain, count
from typing import Any

from interp.lazy import keras, tf

Call = Callable[[str, Any, tuple[Any, ...], dict[str, Any]], Any]

CONVOLUTIONS = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose")
TRANSPOSED_CONVOLUTIONS = ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
ACTIVATIONS = ("Activation", "ReLU")
OPERATORS = frozenset({"Relu", "Relu6"})  # operators of keras.ops in a functional model
WITH_ACTIVATION = (*CONVOLUTIONS, "Dense")
SQUASHING_ACTIVATIONS = frozenset({"softmax", "log_softmax", "sigmoid", "log_sigmoid", "hard_sigmoid", "sparsemax"})
SQUASHING_KINDS = frozenset({"Softmax", "LogSoftmax", "Sigmoid", "LogSigmoid", "HardSigmoid", "Sparsemax"})
MOVING_LAYERS = (
    *("Flatten", "Reshape", "Permute", "RepeatVector", "Concatenate"),
    *("Cropping1D", "Cropping2D", "Cropping3D", "Identity", "ActivityRegularization"),
    *("Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise"),
)
MOVING_OPERATORS = frozenset(
    {"Cast", "Concatenate", "Copy", "ExpandDims", "Flip", "GetItem", "Identity", "Moveaxis", "Ravel"}
    | {"Repeat", "Reshape", "Squeeze", "Stack", "Swapaxes", "Take", "Transpose"}
)


def is_graph(operation: Any) -> bool:
    """Tell whether an operation is a functional or Sequential model whose inside can be walked."""
    from keras.src.models.functional import Functional  # what keras.Model(inputs, outputs) makes; it has no public name

    if isinstance(operation, keras.Sequential):
        return type(operation).call is keras.Sequential.call and operation.built
    return isinstance(operation, Functional) and type(operation).call is Functional.call


def is_kind(operation: Any, *kinds: str) -> bool:
    """Tell whether an operation is a layer of one of Keras's kinds, such as "Conv2D", or of a kind made from one."""
    return isinstance(operation, tuple(getattr(keras.layers, kind) for kind in kinds))


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


def calls_in_training(model: keras.Model, prefix: str = "") -> list[str]:
    """Return the paths of the layers that a graph calls with training=True, nested models included.

    The bare `model(x)` does as it says; `predict` overrules it, and so does `run_graph`.
    """
    graph = model._functional if isinstance(model, keras.Sequential) else model
    found = []
    for node in chain.from_iterable(graph._nodes_by_depth.values()):
        operation = node.operation
        if is_graph(operation):
            found += calls_in_training(operation, f"{prefix}{operation.name}/")
        elif node.arguments.kwargs.get("training") is True:
            found.append(prefix + operation.name)
    return list(dict.fromkeys(found))


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
    return any(is_kind(part, *TRANSPOSED_CONVOLUTIONS) and max(part.dilation_rate) > 1 for part in parts)


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
        return keras.tree.flatten((args, kwargs))[0]
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
    if is_kind(operation, *ACTIVATIONS) or type(operation).__name__ in OPERATORS:
        return args[0]
    if is_kind(operation, *WITH_ACTIVATION) and activation_name(operation) != "linear":
        return apply(_linear_twin(operation), args, kwargs)
    return output


def only_squashes(operation: Any) -> bool:
    """Tell whether a layer or operator is nothing but a softmax or sigmoid."""
    if isinstance(operation, keras.layers.Activation):
        return activation_name(operation) in SQUASHING_ACTIVATIONS
    return type(operation).__name__ in SQUASHING_KINDS


def squashes(operation: Any) -> bool:
    """Tell whether what a layer or operator returns went through a softmax or sigmoid last."""
    return only_squashes(operation) or activation_name(operation) in SQUASHING_ACTIVATIONS


def only_moves(operation: Any) -> bool:
    """Tell whether a layer or operator hands on the values that it gets, at most in another order or fewer of them."""
    if is_kind(operation, "Activation"):
        return activation_name(operation) == "linear"
    return is_kind(operation, *MOVING_LAYERS) or type(operation).__name__ in MOVING_OPERATORS


def activation_name(operation: Any) -> str:
    """Return the name of a layer's activation function, "linear" where it has none."""
    activation = getattr(operation, "activation", None)
    if activation is None:
        return "linear"
    name = getattr(activation, "__name__", type(activation).__name__)
    # A layer as an activation, as in `Dense(5, activation=Softmax())`, has the function's name in capitals.
    return name if name[:1].islower() else re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", name).lower()


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
