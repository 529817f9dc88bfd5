"""Receptive fields: known sizes, and the region that gradients really reach."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from interp import Network
from interp.receptive_field import SIZES, receptive_field, receptive_fields, seen_box, seen_spans
from tests.interp import networks

SIDE = 17
CONVOLUTION = {"kernel_initializer": "ones", "use_bias": False}


def stack(*blocks: keras.layers.Layer, shape: tuple[int | None, ...] = (SIDE, SIDE + 3, 1)) -> keras.Model:
    x = inputs = keras.Input(shape)
    for block in blocks:
        x = block(x)
    return keras.Model(inputs, x)


def branches() -> keras.Model:
    inputs = keras.Input((SIDE, SIDE, 1))
    wide = layers.Conv2D(1, 5, padding="same", strides=2, **CONVOLUTION)(inputs)
    narrow = layers.AveragePooling2D(2, padding="same")(inputs)
    x = layers.Concatenate()([layers.Add()([wide, narrow]) * 0.5, narrow])
    return keras.Model(inputs, layers.Conv2D(1, 3, **CONVOLUTION)(x))


def excited() -> keras.Model:
    inputs = keras.Input((SIDE, SIDE, 2))
    x = layers.Conv2D(2, 3, **CONVOLUTION)(inputs)
    weights = layers.Reshape((1, 1, 2))(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Multiply()([x, weights]))


GEOMETRIES = {
    "valid": lambda: stack(layers.Conv2D(1, 3, **CONVOLUTION), layers.Conv2D(1, (5, 1), **CONVOLUTION)),
    "same": lambda: stack(*(layers.Conv2D(1, 3, padding="same", **CONVOLUTION) for _ in range(3))),
    "even kernel": lambda: stack(layers.Conv2D(1, 4, padding="same", **CONVOLUTION)),
    "strided": lambda: stack(
        layers.Conv2D(1, 3, strides=2, padding="same", **CONVOLUTION),
        layers.Conv2D(1, 3, strides=(1, 2), padding="same", **CONVOLUTION),
    ),
    "strided valid": lambda: stack(
        layers.Conv2D(1, 2, strides=3, **CONVOLUTION), layers.Conv2D(1, 2, padding="same", **CONVOLUTION)
    ),
    "dilated": lambda: stack(
        layers.Conv2D(1, 3, dilation_rate=2, padding="same", **CONVOLUTION), layers.Conv2D(1, 2, **CONVOLUTION)
    ),
    "depthwise": lambda: stack(
        layers.DepthwiseConv2D(3, depthwise_initializer="ones", strides=2, padding="same"),
        layers.SeparableConv2D(1, 3, depthwise_initializer="ones", pointwise_initializer="ones"),
    ),
    "transposed same": lambda: stack(
        layers.AveragePooling2D(2), layers.Conv2DTranspose(1, 3, strides=2, padding="same", **CONVOLUTION)
    ),
    "transposed valid": lambda: stack(
        layers.AveragePooling2D(3), layers.Conv2DTranspose(1, 4, strides=3, **CONVOLUTION), layers.Cropping2D(1)
    ),
    "transposed with gaps": lambda: stack(layers.Conv2DTranspose(1, 2, strides=3, **CONVOLUTION)),
    "pooled": lambda: stack(layers.AveragePooling2D(3, strides=2, padding="same"), layers.AveragePooling2D(2)),
    "padded": lambda: stack(
        layers.ZeroPadding2D(((2, 0), (1, 3))), layers.Conv2D(1, 3, strides=2, **CONVOLUTION), layers.ReLU()
    ),
    "upsampled": lambda: stack(
        layers.AveragePooling2D(2), layers.UpSampling2D(2), layers.Conv2D(1, 3, padding="same", **CONVOLUTION)
    ),
    "bilinear": lambda: stack(layers.AveragePooling2D(3), layers.UpSampling2D(2, interpolation="bilinear")),
    "resized": lambda: stack(layers.Resizing(11, 9, interpolation="nearest"), layers.Conv2D(1, 3, **CONVOLUTION)),
    "branches": branches,
    "excited": excited,
    "flattened": lambda: stack(
        layers.Conv2D(1, 3, **CONVOLUTION), layers.Flatten(), layers.Dense(2, "linear", False, "ones")
    ),
    "reshaped": lambda: stack(layers.Permute((2, 1, 3))),
}


def reached_box(model: keras.Model, row: int, column: int) -> tuple[int, int, int, int]:
    """Return the box of the pixels that a unit's gradient reaches."""
    picture = tf.Variable(tf.ones((1, *model.input_shape[1:])))

    @tf.function(autograph=False)
    def gradient() -> tf.Tensor:
        with tf.GradientTape() as tape:
            answer = model(picture, training=False)
            unit = answer[0, row, column, 0] if len(answer.shape) == 4 else answer[0, 0]
        return tape.gradient(unit, picture, unconnected_gradients="zero")

    rows, columns = np.nonzero(gradient().numpy()[0].any(axis=-1))
    if not len(rows):
        return 0, 0, 0, 0
    return int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


@pytest.mark.slow
@pytest.mark.parametrize("name", GEOMETRIES)
def test_the_seen_box_is_where_gradients_reach(name):
    model = GEOMETRIES[name]()
    network = Network(model)
    last = network.layers[-1]
    height, width = last.output_shape[:2] if last.is_spatial else (1, 1)
    for row, column in {(0, 0), (height - 1, width - 1), (height // 2, width // 3), (min(1, height - 1), width - 1)}:
        expected = reached_box(model, row, column)
        seen = seen_box(network, last.name, row, column)
        if name == "reshaped":
            assert seen == (0, 0, SIDE + 3, SIDE)  # an unknown rearrangement may see everything
        else:
            assert seen == expected, (row, column)


@pytest.mark.parametrize("name", GEOMETRIES)
def test_rows_and_columns_together_are_the_boxes(name):
    network = Network(GEOMETRIES[name]())
    for layer in network.layers:
        if not layer.is_spatial:
            with pytest.raises(ValueError, match="no rows and columns"):
                seen_spans(network, layer.name)
            continue
        rows, columns = seen_spans(network, layer.name)
        assert (len(rows), len(columns)) == layer.output_shape[:2]
        for row, column in {(0, 0), (len(rows) - 1, len(columns) // 2), (len(rows) // 3, len(columns) - 1)}:
            seen = seen_box(network, layer.name, row, column)
            if rows[row] is None or columns[column] is None:
                assert seen == (0, 0, 0, 0)
                continue
            (top, bottom), (left, right) = rows[row], columns[column]
            assert seen == (left, top, right - left + 1, bottom - top + 1)


def test_vgg_blocks_have_the_fields_of_the_literature():
    blocks = []
    for _ in range(3):
        blocks += [layers.Conv2D(1, 3, padding="same"), layers.Conv2D(1, 3, padding="same"), layers.MaxPooling2D()]
    network = Network(stack(*blocks, shape=(64, 64, 1)))
    fields = list(receptive_fields(network).values())
    assert [field.size[0] for field in fields] == [3, 5, 6, 10, 14, 16, 24, 32, 36]
    assert [field.stride[0] for field in fields] == [1, 1, 2, 2, 2, 4, 4, 4, 8]
    assert [field.centre[0] for field in fields] == [0, 0, 0.5, 0.5, 0.5, 1.5, 1.5, 1.5, 3.5]


def test_the_field_is_the_box_of_a_position_far_from_the_border():
    network = Network(
        stack(
            layers.ZeroPadding2D(2),
            layers.Conv2D(2, 5, strides=2),
            layers.DepthwiseConv2D(3, dilation_rate=2, padding="same"),
            layers.MaxPooling2D(3, strides=2, padding="same"),
            shape=(96, 96, 1),
        )
    )
    for layer in network.layers:
        field = receptive_field(network, layer.name)
        x, y, width, height = seen_box(network, layer.name, 11, 12)
        assert (height, width) == field.size
        assert y + (height - 1) / 2 == field.centre[0] + 11 * field.stride[0]
        assert x + (width - 1) / 2 == field.centre[1] + 12 * field.stride[1]


def test_global_pooling_sees_everything():
    model = networks.vgg_like()
    network = Network(model)
    pooled, before = network.layers[-2].name, receptive_field(network, "drop1")
    assert not before.is_everything
    assert before.size == (10, 10)
    field = receptive_field(network, pooled)
    assert field.is_everything
    assert field.size == (16, 16)
    assert seen_box(network, pooled) == (0, 0, 16, 16)


def test_nested_and_shared_layers_have_fields_of_their_own():
    network = Network(networks.nested())
    assert receptive_field(network, "backbone/block/conv").size == (5, 5)
    network = Network(networks.residual())
    assert [receptive_field(network, name).size[0] for name in ("shared", "shared:2", "sum")] == [5, 7, 7]


def test_an_open_size_is_asked_for():
    network = Network(stack(layers.Conv2D(1, 3, padding="same", strides=2), shape=(None, None, 1)))
    layer = network.layers[0].name
    with pytest.raises(ValueError, match="give size"):
        receptive_field(network, layer)
    assert seen_box(network, layer, 0, 0, size=(8, 8)) == (0, 0, 3, 3)
    assert seen_box(network, layer, 0, 0, size=(9, 9)) == (0, 0, 2, 2)
    assert receptive_field(network, layer, size=(9, 9)).centre == (0, 0)


def test_graphs_of_many_sizes_are_not_kept_for_ever():
    network = Network(stack(layers.Conv2D(1, 3), shape=(None, None, 1)))
    for side in range(4, 5 + SIZES):
        receptive_fields(network, size=(side, side))
    assert sum(isinstance(key, tuple) and key[0] == "receptive_fields" for key in network.kept) == SIZES


def test_layers_with_several_results_are_followed():
    inputs = keras.Input((12, 12, 4))
    x = layers.Conv2D(4, 3, name="before")(inputs)
    first, second = keras.ops.split(x, 2, axis=-1)
    model = keras.Model(inputs, layers.Conv2D(2, 3, name="behind")(first) + layers.Cropping2D(1)(second))
    assert seen_box(Network(model), "before", 1, 1) == (1, 1, 3, 3)
    assert seen_box(Network(model), "behind", 1, 1) == (0, 0, 12, 12)  # a split may rearrange: never too little


def test_other_inputs_see_nothing_of_the_picture_and_wrong_places_are_refused():
    model = networks.two_inputs()
    number, picture = model.inputs
    model = keras.Model([number, picture], [model.outputs[0], layers.Dense(2, name="apart")(number)])
    network = Network(model)
    assert seen_box(network, "apart") == (0, 0, 0, 0)
    assert "apart" not in receptive_fields(network)
    with pytest.raises(ValueError, match="does not see the picture"):
        receptive_field(network, "apart")
    with pytest.raises(ValueError, match=r"no \(16, 0\)"):
        seen_box(network, "conv", 16, 0)
    with pytest.raises(ValueError, match="Unknown layer"):
        seen_box(network, "nothing")
