"""One keras.Model ready to be explained: its layers, its logits, its compiled passes."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from interp.graph import (
    CONVOLUTIONS,
    activation_name,
    apply,
    before_activation,
    before_squashing,
    free_name,
    is_graph,
    is_kind,
    only_moves,
    run_graph,
    squashes,
)
from interp.lazy import keras, tf
from interp.names import unknown_name

IDENTITIES_AT_INFERENCE = frozenset({"Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout"})
CHUNK = 32  # pictures a pass: bounds the memory of a large batch and is past the point where more pays
VALID_NAME = re.compile(r"[A-Za-z0-9_.>-]+")  # of a layer that Keras takes and TensorFlow compiles
SIZES = 64  # answers on other picture sizes that are kept

Shape = tuple[int | None, ...]
Hook = Callable[[str, "tf.Tensor"], "tf.Tensor"]


@dataclass(frozen=True)
class Layer:
    """One layer of a network as the pickers and methods see it.

    Args:
        name: Unique in the network; behind the names of the models it is nested in, as in `"backbone/conv1"`.
        kind: The layer's class, as in `"Conv2D"`.
        output_shape: Shape without the batch; (h, w, channels) for a spatial layer, None where a size is open.
        parameters: Number of weights.
        is_convolution: Whether it is a dense, depthwise, separable or transposed convolution in two dimensions.
        activation: The name of its activation function, `"linear"` where it has none.
    """

    name: str
    kind: str
    output_shape: Shape
    parameters: int
    is_convolution: bool
    activation: str

    @property
    def is_spatial(self) -> bool:
        """Whether the output is a stack of maps."""
        return len(self.output_shape) == 3

    @property
    def channels(self) -> int | None:
        """Number of maps, or of units in a layer without space."""
        return self.output_shape[-1] if self.output_shape else None


@dataclass(frozen=True)
class Call:
    """One layer at work in a forward pass; all of them together are the network's graph.

    Args:
        operation: The layer itself.
        args: What it was called with.
        kwargs: What it was called with.
        outputs: The tensors it returned; only a layer that returned one alone is among `Network.layers`.
    """

    operation: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    outputs: tuple[tf.Tensor, ...]

    @property
    def inputs(self) -> tuple[tf.Tensor, ...]:
        """The tensors among what it was called with."""
        return _tensors((self.args, self.kwargs))


@dataclass(frozen=True)
class Forward:
    """The tensors of one forward pass.

    Args:
        outputs: The model's outputs, flat.
        logits: The same before softmax or sigmoid, where nothing but steps that move values stand behind it.
        layers: Every layer's output by the layer's name.
        operations: Every layer itself by its name.
        calls: Every layer's call in order, by the layer's name.
        squashing: The layers whose softmax or sigmoid the logits are taken before.
    """

    outputs: list[tf.Tensor]
    logits: list[tf.Tensor]
    layers: dict[str, tf.Tensor]
    operations: dict[str, Any]
    calls: dict[str, Call] = field(default_factory=dict)
    squashing: tuple[str, ...] = ()

    def before_activation(self, name: str) -> tf.Tensor:
        """Return a layer's output before its activation function, as a ReLU's input."""
        call = self.calls[name]
        return before_activation(call.operation, call.args, call.kwargs, self.layers[name])


class Network:
    """A keras.Model with its layers in order, its logits and its compiled passes.

    The model is only read: the logits come from a twin of the last layer that shares its weights, and no layer is
    applied to a new symbolic input. Each pass is compiled once and kept as long as the network is. All methods may be
    called from several threads.

    Args:
        model: A functional or built Sequential model, with other models nested in it or not.
        labels: Names of the classes of the first output. Defaults to none.
        value_range: Lowest and highest value of a picture in the model's input. Defaults to 0 to 255.
        picture: Name or position of the input that is explained, where several are pictures. Defaults to the first.

    Raises:
        ValueError: The model has no graph to walk, no such picture as input, its channels first, or the labels do
            not fit it.
    """

    is_function = False
    """Whether nothing is known of it but its answers."""

    def __init__(
        self,
        model: keras.Model,
        labels: Sequence[str] | None = None,
        value_range: tuple[float, float] = (0.0, 255.0),
        picture: str | int | None = None,
    ) -> None:
        if not is_graph(model):
            raise ValueError(
                f"The model {getattr(model, 'name', model)!r} is a {type(model).__name__} without a graph of layers; "
                "expected a functional model or a built Sequential one."
            )
        _refuse_odd_names(model)
        self.model = model
        self.labels = tuple(str(label) for label in labels) if labels is not None else None
        self.value_range = (float(value_range[0]), float(value_range[1]))
        self._lock = threading.RLock()
        self._kept: dict[Hashable, Any] = {}
        self._sizes: dict[tuple[int, int], bool] = {}
        self._picture = self._find_picture(picture)
        self.layers: tuple[Layer, ...]
        self.sources: dict[str, tuple[str, ...]]
        """The layers that each layer takes, by its name; none for one that takes an input alone."""
        self.squashing: tuple[str, ...]
        """The layers whose softmax or sigmoid the logits are taken before."""
        self.is_squashed: tuple[bool, ...]
        """Whether each output is computed from a softmax or sigmoid."""
        self.has_squashed_logits: tuple[bool, ...]
        """Whether the logits of each output still are, as those of an average of softmaxes."""
        self.most_at_once = CHUNK
        """Pictures that go through in one pass at most."""
        self.is_half = False
        """Whether a layer computes in float16, where small gradients are rounded to zero."""
        self._output_layers: frozenset[str] = frozenset()
        self._seeing_layers: frozenset[str] = frozenset()
        self._predict = self._compile_predict()
        _refuse_channels_first(model)
        self._by_name: dict[str, Layer] = {one.name: one for one in self.layers}
        classes = self.output_shapes[0][-1]
        if self.labels is not None and len(self.labels) != classes:
            raise ValueError(f"The network answers with {classes} classes but labels names {len(self.labels)}.")

    def __repr__(self) -> str:
        return f"Network({self.model.name!r}, input {self.input_shape}, {len(self.layers)} layers)"

    @property
    def input_shape(self) -> Shape:
        """Shape (h, w, c) of the picture the network takes; None where a size is open."""
        return tuple(self.model.inputs[self._picture].shape[1:])

    @property
    def output_shapes(self) -> tuple[Shape, ...]:
        """Shapes of the outputs without the batch; (1,) for one that is a single number (N,)."""
        return tuple(tuple(output.shape[1:]) or (1,) for output in self.model.outputs)

    @property
    def picture(self) -> int:
        """Position of the picture that is explained among the model's inputs."""
        return self._picture

    @cached_property
    def convolutions(self) -> tuple[Layer, ...]:
        """The convolution layers in order."""
        return tuple(layer for layer in self.layers if layer.is_convolution)

    @cached_property
    def spatial_layers(self) -> tuple[Layer, ...]:
        """The layers whose output is a stack of maps, in order."""
        return tuple(layer for layer in self.layers if layer.is_spatial)

    @cached_property
    def default_layer(self) -> str:
        """The layer to explain by when none is named: the last one at the resolution of the last convolution.

        That is behind the convolution's normalisation, activation and residual sum and before the pooling. Maps of
        one pixel, heads that answer with heat maps, layers without effect at inference and those that do not see the
        picture do not count.

        Raises:
            ValueError: The network has no layer with maps.
        """
        inner = self._seeing_layers - self._output_layers
        maps = [layer for layer in self.spatial_layers if _has_extent(layer.output_shape) and layer.name in inner]
        if not maps:
            raise ValueError("The network has no layer whose output is a stack of maps, so no layer can be explained.")
        last = next((layer for layer in reversed(maps) if layer.is_convolution), maps[-1])
        after = maps[maps.index(last) :]
        same_size = [
            layer
            for layer in after
            if layer.output_shape[:2] == last.output_shape[:2] and layer.kind not in IDENTITIES_AT_INFERENCE
        ]
        return same_size[-1].name if all(size is not None for size in last.output_shape[:2]) else last.name

    def layer(self, name: str) -> Layer:
        """Return the layer of a name.

        Raises:
            ValueError: There is no such layer; the nearest names are listed.
        """
        if name not in self._by_name:
            raise unknown_name("layer", name, self._by_name)
        return self._by_name[name]

    def sees_picture(self, name: str) -> bool:
        """Tell whether a layer takes anything of the picture that is explained, rather than of other inputs alone."""
        return self.layer(name).name in self._seeing_layers

    def class_index(self, label: str) -> int:
        """Return the class of a label.

        Raises:
            ValueError: The network has no such label (the nearest are listed), or several classes have it.
        """
        if self.labels is None:
            raise ValueError(f"The network has no labels, so class {label!r} can't be found; give its number.")
        if label not in self.labels:
            raise unknown_name("class", label, self.labels)
        if self.labels.count(label) > 1:
            raise ValueError(f"{self.labels.count(label)} classes have the label {label!r}; give the class's number.")
        return self.labels.index(label)

    def predict(self, x: Any, output: int = 0) -> np.ndarray:
        """Answer as the model does.

        Args:
            x: One picture (h, w, c), a batch (N, h, w, c), or for several inputs a list or dictionary of arrays.
            output: Which of several outputs. Defaults to the first.

        Returns:
            float32 (N, K), a batch of one for a single picture.
        """
        inputs, _ = self.batch(x)
        return _joined([self._predict(chunk)[output] for chunk in self.chunks(inputs)])

    def logits(self, x: Any, output: int = 0) -> np.ndarray:
        """Answer as the model does, before softmax or sigmoid; see `predict`."""
        run = self.compile("logits", lambda inputs: self.run(inputs).logits, [self.input_specs()])
        inputs, _ = self.batch(x)
        return _joined([run(chunk)[output] for chunk in self.chunks(inputs)])

    def batch(self, x: Any) -> tuple[list[np.ndarray], bool]:
        """Bring pictures into the form the compiled passes take.

        Args:
            x: One picture (h, w, c), a batch (N, h, w, c), or for several inputs a list with one such array for each,
                or a dictionary of them by the inputs' names. Grey pictures may come without their channel.

        Returns:
            One array (N, ...) for each input of the model, and whether a single picture came.

        Raises:
            ValueError: The number of inputs or a shape does not fit the model.
        """
        if isinstance(x, Mapping):
            x = self._by_input(x)
        several = len(self.model.inputs) > 1
        if several and not (isinstance(x, list | tuple) and len(x) == len(self.model.inputs)):
            raise ValueError(f"The model takes a list of {len(self.model.inputs)} inputs, not a {type(x).__name__}.")
        arrays = list(x) if several else [x]
        fitted = [_fit(np.asarray(array), spec) for array, spec in zip(arrays, self.input_specs(), strict=True)]
        sizes = {len(array) for array, _ in fitted}
        if len(sizes) != 1 or 0 in sizes:
            raise ValueError(f"Every input needs the same number of pictures, at least one; got {sorted(sizes)}.")
        return [array for array, _ in fitted], all(single for _, single in fitted)

    def chunks(self, inputs: Sequence[np.ndarray]) -> Iterator[list[np.ndarray]]:
        """Split a batch, given as one array for each input, into parts of a bounded number of pictures."""
        for start in range(0, len(inputs[0]), self.most_at_once):
            yield [array[start : start + self.most_at_once] for array in inputs]

    def input_specs(self, size: tuple[int | None, int | None] | None = None) -> list[tf.TensorSpec]:
        """Return the signature of the model's inputs for `compile`, with an open batch.

        Args:
            size: Height and width of the picture instead of the model's own; None for any. Defaults to its own.
        """
        specs = []
        for position, tensor in enumerate(self.model.inputs):
            shape, dtype = list(tensor.shape), tensor.dtype
            if position == self._picture:
                shape[1:3] = size if size is not None else shape[1:3]
                dtype = "float32"
            specs.append(tf.TensorSpec([None, *shape[1:]], dtype))
        return specs

    @property
    def input_names(self) -> tuple[str, ...]:
        """The inputs' names in order: the keys of a model that takes a dictionary, else the names of its layers."""
        graph = self.model._functional if isinstance(self.model, keras.Sequential) else self.model
        structure = graph._inputs_struct
        keys = {id(tensor): key for key, tensor in structure.items()} if isinstance(structure, Mapping) else {}
        return tuple(keys.get(id(tensor), tensor.name) for tensor in self.model.inputs)

    def run(self, inputs: Sequence[tf.Tensor], hook: Hook | None = None) -> Forward:
        """Run the network at inference inside a compiled pass.

        Args:
            inputs: One tensor for each input.
            hook: Called as `hook(name, tensor)` with the output of each layer; what it returns goes on into the
                network. Lets a gradient tape watch a layer, or a method replace its output. Defaults to none.

        Returns:
            All tensors of the pass. What a pass does not use costs nothing once compiled.
        """
        layers: dict[str, tf.Tensor] = {}
        operations: dict[str, Any] = {}
        calls: dict[str, Call] = {}

        def call(path: str, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            result = apply(operation, args, kwargs)
            name = free_name(path, calls)
            if isinstance(result, tf.Tensor):
                result = hook(name, result) if hook is not None else result
                layers[name], operations[name] = result, operation
            calls[name] = Call(operation, args, kwargs, _tensors(result))
            return result

        # The scope lets a twin read other weights, and keeps regularisers from leaving losses in the caller's model.
        # The name scope takes layers' names that can't be the first of a graph, such as "_conv".
        with keras.StatelessScope(self.stand_ins()), tf.name_scope("network"):
            outputs = keras.tree.flatten(run_graph(self.model, list(inputs), call))
            makers = _makers(calls)
            squashing: list[str] = []
            logits = [_logits(output, makers, calls, squashing) for output in outputs]
        return Forward(outputs, logits, layers, operations, calls, tuple(squashing))

    def stand_ins(self) -> list[tuple[Any, tf.Tensor]]:
        """Return what a pass reads in place of the model's variables: nothing, a network goes by its own weights."""
        return []

    def compile(self, key: Hashable, function: Callable[..., Any], signature: Sequence[Any]) -> Callable[..., Any]:
        """Return the compiled form of a pass, built on the first call with its key.

        Args:
            key: What tells this pass from all others; numbers that come in as tensors do not belong to it.
            function: The pass, a function of tensors.
            signature: A `tf.TensorSpec`, or a list of them, for each argument.

        Returns:
            A function of tensors or arrays. It never traces again, whatever it is called with. It raises ValueError
            where a picture has a size that the network can't take.
        """
        # Traced under the lock: a Keras layer is never traced by two threads at once.
        build = tf.function(function, autograph=False).get_concrete_function
        concrete: Callable[..., Any] = self.keep(key, lambda: self._explained(build(*signature)))
        return concrete

    def keep(self, key: Hashable, build: Callable[[], Any]) -> Any:
        """Return what was built for a key, building it the first time; it is let go with the network.

        Args:
            key: What tells it from all else that is kept.
            build: Makes it; called under the network's lock.
        """
        with self._lock:
            if key not in self._kept:
                self._kept[key] = build()
            return self._kept[key]

    def forget(self, key: Hashable) -> None:
        """Let go of what was kept for a key, if anything was."""
        with self._lock:
            self._kept.pop(key, None)

    @property
    def kept(self) -> tuple[Hashable, ...]:
        """Keys of all that was compiled or built so far."""
        return tuple(self._kept)

    def accepts(self, height: int, width: int) -> bool:
        """Tell whether the network answers to pictures of a size, as fully convolutional ones do to most."""
        if self.input_shape[:2] == (height, width):
            return True
        with self._lock:
            if (height, width) not in self._sizes:
                if len(self._sizes) >= SIZES:
                    del self._sizes[next(iter(self._sizes))]
                self._sizes[height, width] = self._try_size(height, width)
            return self._sizes[height, width]

    def _explained(self, run: Callable[..., Any]) -> Callable[..., Any]:
        """Return a pass that says in a sentence where a picture's size is at fault."""

        def explained(inputs: Any, *others: Any) -> Any:
            try:
                return run(inputs, *others)
            except tf.errors.InvalidArgumentError as error:
                size = np.shape(inputs[self._picture])[1:3] if isinstance(inputs, list) else ()
                if None not in self.input_shape[:2] or len(size) != 2 or self.accepts(*size):
                    raise
                raise ValueError(self._size_advice(*size)) from error

        return explained

    def _size_advice(self, height: int, width: int) -> str:
        sizes = [tuple(max(side // step, 1) * step for side in (height, width)) for step in (2, 4, 8, 16, 32, 64)]
        fitting = next((f", such as {rows}×{columns}" for rows, columns in sizes if self.accepts(rows, columns)), "")
        return (
            f"The network takes pictures of many sizes, but not of {height}×{width}, as its layers don't fit together "
            f"there; choose another size{fitting}."
        )

    def _try_size(self, height: int, width: int) -> bool:
        forward = tf.function(lambda *inputs: self.run(inputs).outputs, autograph=False)
        try:
            forward.get_concrete_function(*self.input_specs((height, width)))
        except (ValueError, TypeError, tf.errors.OpError):
            return False
        return True

    def _by_input(self, arrays: Mapping[str, Any]) -> Any:
        """Return the arrays of a dictionary in the order of the inputs; the array itself where there is one input."""
        names = self.input_names
        for name in arrays:
            if name not in names:
                raise unknown_name("input", name, names)
        missing = [name for name in names if name not in arrays]
        if missing:
            raise ValueError(f"The model takes the inputs {', '.join(names)}; {', '.join(missing)} is missing.")
        ordered = [arrays[name] for name in names]
        return ordered if len(ordered) > 1 else ordered[0]

    def _find_picture(self, picture: str | int | None) -> int:
        shapes = [tuple(tensor.shape) for tensor in self.model.inputs]
        found = [place for place, shape in enumerate(shapes) if len(shape) == 4 and shape[-1] is not None]
        if not found:
            raise ValueError(f"The model takes no picture: expected an input (N, h, w, c), got {shapes}.")
        if picture is None:
            return found[0]
        names = {self.input_names[place]: place for place in found}
        if isinstance(picture, str) and picture not in names:
            raise unknown_name("picture", picture, names)
        place = names[picture] if isinstance(picture, str) else picture
        if place not in found:
            raise ValueError(f"Input {place!r} is no picture; those that are: {', '.join(names)}.")
        return place

    def _compile_predict(self) -> Callable[..., Any]:
        """Compile the plain forward pass and note the layers on its way."""

        def predict(inputs: list[tf.Tensor]) -> list[tf.Tensor]:
            forward = self.run(inputs)
            for name, call in forward.calls.items():
                takes_maps = any(len(given.shape) == 4 for given in call.inputs)
                if takes_maps and getattr(call.operation, "data_format", None) == "channels_first":
                    raise ValueError(
                        f"The layer {name!r} has its channels first; here they come last: build the network with "
                        "data_format='channels_last'."
                    )
            self.sources = _sources(forward.calls)
            ends = {id(output) for output in forward.outputs}
            self.is_half = any(getattr(one, "compute_dtype", "") == "float16" for one in forward.operations.values())
            self.most_at_once = _most(forward.outputs)
            self._seeing_layers = _reached(inputs[self._picture], forward.calls)
            self.squashing = forward.squashing
            self.is_squashed, self.has_squashed_logits = (
                tuple(_is_squashed(one, _makers(forward.calls), forward.calls) for one in tensors)
                for tensors in (forward.outputs, forward.logits)
            )
            self.layers = tuple(
                _describe(name, operation, forward.layers[name]) for name, operation in forward.operations.items()
            )
            self._output_layers = frozenset(name for name, tensor in forward.layers.items() if id(tensor) in ends)
            return forward.outputs

        return self.compile("predict", predict, [self.input_specs()])


def _most(outputs: Sequence[tf.Tensor]) -> int:
    """Return how many pictures a pass takes: one where the model reshapes its batch to one."""
    fixed = {output.shape[0] for output in outputs if output.shape.rank and output.shape[0] is not None}
    if fixed - {1}:
        raise ValueError(
            f"The network answers to {max(fixed)} pictures at a time alone, as it reshapes its batch to that number; "
            "build it for any number of pictures, with -1 in its place."
        )
    return 1 if fixed else CHUNK


def _joined(answers: Sequence[tf.Tensor]) -> np.ndarray:
    """Return the answers to the parts of a batch as one array, float32 (N, K)."""
    joined = np.concatenate([answer.numpy() for answer in answers]).astype(np.float32)
    return joined if joined.ndim > 1 else joined[:, None]


def _refuse_odd_names(model: keras.Model) -> None:
    """Raise ValueError where TensorFlow can't compile a layer for its name."""
    for layer in model._flatten_layers(include_self=False, recursive=True):
        if not VALID_NAME.fullmatch(layer.name):
            raise ValueError(
                f"The layer {layer.name!r} has a name that TensorFlow can't compile; use letters without accents, "
                "digits, '.', '_' and '-' alone."
            )


def _refuse_channels_first(model: keras.Model) -> None:
    """Raise ValueError where a model takes pictures (channels, h, w), which would be taken for (h, w, channels)."""
    for tensor in model.inputs:
        shape = tuple(tensor.shape[1:])
        if len(shape) == 3 and shape[0] == 3 and all(side is None or side > 4 for side in shape[1:]):
            raise ValueError(
                f"The network takes pictures with the channels first, {_show(shape)}; put "
                "keras.layers.Permute((3, 1, 2)) before it, so that they come last."
            )


def _tensors(structure: Any) -> tuple[tf.Tensor, ...]:
    return tuple(value for value in keras.tree.flatten(structure) if isinstance(value, tf.Tensor))


def _fit(array: np.ndarray, spec: tf.TensorSpec) -> tuple[np.ndarray, bool]:
    """Return an array as a batch of the input's type, and whether a single example came."""
    shape = tuple(spec.shape)[1:]
    candidates = [(array, False), (array[None], True)]
    if shape[-1] == 1:
        candidates += [(array[..., None], False), (array[None, ..., None], True)]
    for candidate, single in candidates:
        if candidate.ndim == len(shape) + 1 and _matches(candidate.shape[1:], shape):
            return np.ascontiguousarray(candidate, dtype=spec.dtype.as_numpy_dtype), single
    raise ValueError(f"The network takes arrays of shape {_show(shape)} or (N, {_show(shape)[1:]}, got {array.shape}.")


def _matches(shape: Shape, expected: Shape) -> bool:
    return all(wanted in (None, size) for size, wanted in zip(shape, expected, strict=True))


def _show(shape: Shape) -> str:
    return "(" + ", ".join("any" if size is None else str(size) for size in shape) + ")"


def _reached(tensor: Any, calls: Mapping[str, Call]) -> frozenset[str]:
    """Return the calls that take anything of a tensor."""
    tensors, names = {id(tensor)}, set()
    for name, call in calls.items():
        if any(id(given) in tensors for given in call.inputs):
            names.add(name)
            tensors.update(id(made) for made in call.outputs)
    return frozenset(names)


def _makers(calls: Mapping[str, Call]) -> dict[int, str]:
    """Return the call that made each tensor: the first one, for a layer without effect hands its input on."""
    makers: dict[int, str] = {}
    for name, call in calls.items():
        for tensor in call.outputs:
            makers.setdefault(id(tensor), name)
    return makers


def _logits(tensor: Any, makers: Mapping[int, str], calls: Mapping[str, Call], squashing: list[str]) -> Any:
    """Return a tensor as it were without a softmax or sigmoid, and add the layers that have it to `squashing`."""
    name = makers.get(id(tensor))
    if name is None:
        return tensor
    call = calls[name]
    before = before_squashing(call.operation, call.args, call.kwargs, tensor)
    if before is not tensor:
        squashing.append(name)
        return before
    if not only_moves(call.operation):
        return tensor
    done = len(squashing)
    args, kwargs = keras.tree.map_structure(
        lambda given: _logits(given, makers, calls, squashing) if isinstance(given, tf.Tensor) else given,
        (call.args, call.kwargs),
    )
    return apply(call.operation, args, kwargs) if len(squashing) > done else tensor


def _is_squashed(tensor: Any, makers: Mapping[int, str], calls: Mapping[str, Call]) -> bool:
    """Tell whether all that a tensor is computed from, back to the last layers with weights, is squashed."""
    name = makers.get(id(tensor))
    if name is None:
        return False
    call = calls[name]
    if squashes(call.operation):
        return True
    if getattr(call.operation, "weights", None) or not call.inputs:
        return False
    return all(_is_squashed(given, makers, calls) for given in call.inputs)


def _sources(calls: Mapping[str, Call]) -> dict[str, tuple[str, ...]]:
    """Return the calls whose outputs each call takes, in order and each once."""
    made_by: dict[int, str] = {}
    found: dict[str, tuple[str, ...]] = {}
    for name, call in calls.items():
        found[name] = tuple(dict.fromkeys(made_by[id(tensor)] for tensor in call.inputs if id(tensor) in made_by))
        made_by.update({id(tensor): name for tensor in call.outputs})
    return found


def _describe(name: str, operation: Any, tensor: tf.Tensor) -> Layer:
    return Layer(
        name=name,
        kind=type(operation).__name__,
        output_shape=tuple(tensor.shape[1:]),
        parameters=operation.count_params() if isinstance(operation, keras.layers.Layer) else 0,
        is_convolution=is_kind(operation, *CONVOLUTIONS),
        activation=activation_name(operation),
    )


def _has_extent(shape: Shape) -> bool:
    """Tell whether maps have more than one pixel."""
    return None in shape[:2] or math.prod(size or 0 for size in shape[:2]) > 1
