"""Network: layers, logits, errors, and that it only reads the model."""

import gc
import os
import threading
import weakref
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from interp import Class, Network, activations, deletion, dream, explain, randomisation_cascade
from interp.dream import channel
from interp.dream import target as class_logit
from interp.network import SIZES
from tests.interp import networks


def names(network: Network) -> list[str]:
    return [layer.name for layer in network.layers]


def test_layers_are_in_order_with_shape_kind_and_parameters():
    network = Network(networks.vgg_like())
    layer = network.layer("conv1")
    assert (layer.kind, layer.output_shape, layer.parameters) == ("Conv2D", (8, 8, 8), 6 * 8 * 9)
    assert layer.is_convolution
    assert layer.is_spatial
    assert [one.name for one in network.convolutions] == ["conv0", "conv1"]
    assert names(network).index("conv0") < names(network).index("relu0") < names(network).index("conv1")
    assert not network.layer("answer").is_spatial
    assert network.layer("answer").activation == "softmax"


def test_nested_layers_carry_the_names_of_their_models():
    network = Network(networks.nested())
    assert [layer.name for layer in network.convolutions] == ["backbone/stem", "backbone/block/conv"]


def test_a_shared_layer_is_numbered_from_its_second_call():
    assert {"shared", "shared:2"} <= set(names(Network(networks.residual())))


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (networks.vgg_like, "relu1"),
        (networks.sequential, "separable"),
        (networks.nested, "backbone/block/relu"),
        (networks.heat_maps, "conv"),
    ],
)
def test_the_default_layer_is_the_last_at_the_last_convolutions_resolution(build, expected):
    assert Network(build()).default_layer == expected


def test_a_network_without_maps_has_no_default_layer():
    with pytest.raises(ValueError, match="no layer"):
        _ = Network(networks.linear()[0]).default_layer


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_predict_equals_the_model(name):
    model = networks.NETWORKS[name]()
    x = networks.pictures(model)
    expected = keras.tree.flatten(model(x, training=False))[0]
    np.testing.assert_allclose(Network(model).predict(x), expected, rtol=1e-5, atol=1e-6)


def test_predict_takes_one_picture_uint8_and_grey_without_channel():
    model = networks.vgg_like()
    network = Network(model)
    picture = networks.pictures(model, 1)[0].astype(np.uint8)
    expected = network.predict(picture[None].astype(np.float32))
    assert network.predict(picture).shape == (1, networks.CLASSES)
    np.testing.assert_array_equal(network.predict(picture), expected)
    np.testing.assert_array_equal(network.predict(picture[..., 0]), expected)


@pytest.mark.parametrize("squeeze", [True, False])
def test_a_network_that_answers_with_a_number_is_one_of_a_single_class(squeeze):
    inputs = keras.Input((8, 8, 1))
    dense = layers.Dense(1, activation="sigmoid", name="one")
    answer = dense(layers.Flatten()(layers.Conv2D(4, 3, activation="relu")(inputs)))
    model = keras.Model(inputs, keras.ops.squeeze(answer, -1) if squeeze else answer)
    network, x = Network(model, labels=["smiles"]), networks.pictures(model) / 255
    assert network.output_shapes == ((1,),)
    assert network.predict(x).shape == network.logits(x).shape == (3, 1)
    np.testing.assert_allclose(network.predict(x)[:, 0], np.ravel(model(x)), rtol=1e-5)
    np.testing.assert_allclose(1 / (1 + np.exp(-network.logits(x))), network.predict(x), rtol=1e-5)
    for method in ("grad_cam", "saliency", "occlusion"):
        explanation = explain(network, x, method)
        np.testing.assert_allclose(explanation.score, network.logits(x)[:, 0], rtol=1e-5)
        assert explanation.target.describe(network) == "smiles, smiles, smiles"
        assert explanation.values.any()
    assert deletion(network, x[0], explain(network, x[0], "saliency").values).scores[0] == pytest.approx(
        float(network.predict(x[0])[0, 0]), rel=1e-5
    )
    with pytest.raises(ValueError, match="there is no class 1"):
        explain(network, x, target=1)


def u_net() -> keras.Model:
    """Return a network of any size whose halves and doubles meet again on even sizes alone."""
    inputs = keras.Input((None, None, 1))
    first = layers.Conv2D(4, 3, padding="same", activation="relu", name="first")(inputs)
    deep = layers.Conv2D(4, 3, padding="same", activation="relu")(layers.MaxPooling2D()(layers.MaxPooling2D()(first)))
    joined = layers.Concatenate()([first, layers.UpSampling2D(4)(deep)])
    return keras.Model(inputs, layers.Conv2D(2, 1, name="answer")(joined))


@pytest.mark.slow
def test_a_size_that_an_open_network_can_not_take_is_refused_with_one_that_it_can():
    network = Network(u_net())
    assert [network.accepts(side, side) for side in (32, 33, 36)] == [True, False, True]
    picture = np.ones((33, 37, 1), np.float32)
    for ask in (
        network.predict,
        lambda x: activations(network, x, "answer"),
        lambda x: explain(network, x, target=0),
        lambda x: explain(network, x, "saliency", target=0),
        lambda x: explain(network, x, "occlusion", target=0),
    ):
        with pytest.raises(ValueError, match=r"not of 33×37, .* such as 32×36") as caught:
            ask(picture)
        assert "\n" not in str(caught.value)
    assert explain(network, picture[:32, :36], "saliency", target=0).values.shape == (32, 36)


def test_a_network_that_takes_several_pictures_alone_is_refused():
    with pytest.raises(ValueError, match="answers to 4 pictures at a time alone"):
        Network(networks.one_at_a_time(4))


def test_what_a_network_of_one_picture_at_a_time_is_asked_goes_one_by_one():
    network = Network(networks.one_at_a_time())
    x = networks.pictures(network.model)
    expected = np.concatenate([network.model(picture[None]) for picture in x])
    np.testing.assert_allclose(network.predict(x), expected, rtol=1e-5)
    assert activations(network, x, "conv").shape == (3, 14, 14, 6)
    values = explain(network, x[0], "saliency", target=0).values
    assert np.isfinite(deletion(network, x[0], values, target=0).scores).all()


def named(name: str) -> keras.Model:
    inputs = keras.Input((8, 8, 1))
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3, name=name)(inputs))))


@pytest.mark.parametrize("name", ["_conv", ".conv", "a>b", "features.0-conv"])
def test_a_layer_may_begin_with_a_sign(name):
    network = Network(named(name))
    assert network.default_layer == name
    assert explain(network, np.ones((8, 8, 1)), target=1).values.shape == (6, 6)


@pytest.mark.parametrize("name", ["my conv", "a:b", "größe", "a(b)"])
def test_a_name_that_can_not_be_compiled_is_refused_in_a_sentence(name):
    with pytest.raises(ValueError, match=r"has a name that TensorFlow can't compile"):
        Network(named(name))


def test_predict_takes_several_inputs():
    model = networks.two_inputs()
    x = [np.ones((3, 3), np.float32), networks.pictures(model)]
    np.testing.assert_allclose(Network(model).predict(x), model(x), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", networks.NETWORKS)
def test_explaining_changes_neither_weights_nor_outputs_nor_layers(name):
    model = networks.NETWORKS[name]()
    x = networks.pictures(model)
    weights = [weight.copy() for weight in model.get_weights()]
    outputs = [np.asarray(output) for output in keras.tree.flatten(model(x, training=False))]
    configuration = model.to_json()
    nodes = [len(layer._inbound_nodes) for layer in model._flatten_layers()]
    network = Network(model)
    explain(network, x, "saliency", target=0)
    if network.spatial_layers and name != "linear":
        explain(network, x, "grad_cam", target=0, engine="tf-keras-vis")
        explain(network, x, "grad_cam", target=0)
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    for before, after in zip(outputs, keras.tree.flatten(model(x, training=False)), strict=True):
        np.testing.assert_array_equal(before, after)
    assert model.to_json() == configuration
    assert [len(layer._inbound_nodes) for layer in model._flatten_layers()] == nodes


@pytest.mark.parametrize("build", [networks.vgg_like, networks.sequential, networks.nested])
def test_the_score_is_the_logit_however_the_softmax_is_written(build):
    model = build()
    x = networks.pictures(model)
    network = Network(model)
    logits = np.stack([explain(network, x, "saliency", target=c).score for c in range(networks.CLASSES)], axis=1)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(exponentials / exponentials.sum(axis=1, keepdims=True), model(x), rtol=1e-3, atol=1e-6)


def steep(behind, classes: int = networks.CLASSES) -> keras.Model:
    """Return a network whose answers are certain, so that a probability has no gradient, and what stands behind it."""
    keras.utils.set_random_seed(11)
    inputs = keras.Input((24, 24, 3))
    pooled = layers.GlobalAveragePooling2D()(layers.Conv2D(8, 3, activation="relu", name="conv")(inputs))
    dense = layers.Dense(classes, kernel_initializer=keras.initializers.RandomNormal(stddev=300.0))
    return keras.Model(inputs, behind(dense(pooled)))


BEHIND = {
    "flatten": lambda logits: layers.Flatten()(layers.Softmax()(logits)),
    "reshape": lambda logits: layers.Reshape((1, 1, -1))(layers.Softmax()(logits)),
    "linear": lambda logits: layers.Activation("linear", dtype="float32")(layers.Softmax()(logits)),
    "dropout": lambda logits: layers.Dropout(0.5)(layers.Softmax()(logits)),
    "identity": lambda logits: layers.Identity()(layers.Activation("softmax")(logits)),
    "several": lambda logits: layers.Flatten()(
        layers.Permute((2, 1))(layers.Reshape((1, -1))(layers.Softmax()(logits)))
    ),
    "operators": lambda logits: keras.ops.squeeze(keras.ops.expand_dims(keras.ops.softmax(logits), 1), 1),
    "cast": lambda logits: keras.ops.cast(keras.activations.softmax(logits), "float32"),
    "sigmoid": lambda logits: layers.Flatten()(layers.Activation("sigmoid")(logits)),
    "hard sigmoid": lambda logits: layers.Flatten()(layers.Activation("hard_sigmoid")(logits)),
    "layer as activation": lambda logits: layers.Activation(layers.Softmax())(logits),
    "by keyword": lambda logits: layers.Flatten()(layers.Softmax()(inputs=logits)),
    "joined": lambda logits: layers.Concatenate()([layers.Softmax()(logits[:, :3]), layers.Softmax()(logits[:, 3:])]),
    "nested": lambda logits: keras.Sequential([keras.Input((5,)), layers.Softmax(), layers.Flatten()])(logits),
}


@pytest.mark.slow
@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
def test_the_logit_is_explained_whatever_stands_behind_the_softmax_but_moves_values(behind):
    plain, network = Network(steep(lambda logits: logits)), Network(steep(behind))
    x = networks.pictures(plain.model, 2)
    np.testing.assert_allclose(network.logits(x).reshape(2, -1), plain.logits(x), rtol=1e-5)
    for method in ("grad_cam", "saliency"):
        expected = explain(plain, x, method, target=[1, 2])
        assert expected.values.any()
        for engine in ("interp", "tf-keras-vis"):
            found = explain(network, x, method, target=[1, 2], engine=engine)
            np.testing.assert_allclose(found.score, expected.score, rtol=1e-5)
            np.testing.assert_allclose(found.values, expected.values, rtol=1e-3, atol=1e-5 * expected.values.max())


def test_one_class_picked_behind_the_softmax_is_explained_by_its_logit():
    plain = Network(steep(lambda logits: logits))
    network = Network(steep(lambda logits: layers.Softmax()(logits)[:, 2:3]))
    x = networks.pictures(plain.model, 1)[0]
    expected = explain(plain, x, "saliency", target=2)
    np.testing.assert_allclose(explain(network, x, "saliency", target=0).values, expected.values, rtol=1e-4)


def test_the_score_of_a_sigmoid_is_its_logit():
    model = networks.residual()
    x = networks.pictures(model) / 255
    score = explain(Network(model), x, "saliency", target=0).score
    np.testing.assert_allclose(1 / (1 + np.exp(-score)), np.asarray(model(x))[:, 0], rtol=1e-4)


def test_activations_equal_the_layers_own_output():
    model = networks.vgg_like()
    x = networks.pictures(model)
    expected = np.asarray(keras.Model(model.input, model.get_layer("relu1").output)(x))
    network = Network(model)
    np.testing.assert_allclose(activations(network, x, "relu1"), expected, rtol=1e-5, atol=1e-6)
    assert activations(network, x[0], "relu1").shape == (8, 8, 8)


def test_the_picture_to_explain_is_chosen_by_name_or_position():
    model = networks.two_pictures()
    assert [Network(model, picture=chosen).picture for chosen in (None, 1, "left", "right")] == [0, 1, 0, 1]
    assert Network(model, picture="right").input_shape == (12, 12, 1)
    assert [Network(model).sees_picture(name) for name in ("shared", "shared:2", "own")] == [False, True, False]
    with pytest.raises(ValueError, match="Unknown picture 'rihgt'; did you mean 'right'"):
        Network(model, picture="rihgt")
    with pytest.raises(ValueError, match="Input 0 is no picture"):
        Network(networks.two_inputs(), picture=0)
    assert randomisation_cascade(
        Network(model, picture=1),
        x := [np.ones((16, 16, 1), np.float32), np.ones((12, 12, 1), np.float32)],
        explain(Network(model, picture=1), x, target=0),
    ).maps[0].shape == (12, 12)


def first_channels(**format: str) -> keras.Model:
    inputs = keras.Input((3, 32, 32))
    x = layers.Conv2D(4, 3, activation="relu", name="conv", **format)(
        inputs if format else layers.Permute((2, 3, 1))(inputs)
    )
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D(**format)(x)))


def test_a_network_that_has_its_channels_first_is_refused():
    picture = keras.Input((32, 32, 3))
    inner, model = layers.Permute((3, 1, 2))(picture), first_channels(data_format="channels_first")
    pooled = keras.ops.max_pool(inner, 2, data_format="channels_first")
    for one in (model, keras.Model(picture, model(inner)), keras.Model(picture, pooled)):
        with pytest.raises(ValueError, match=r"has its channels first; .* data_format='channels_last'"):
            Network(one)


def test_a_pooling_along_the_last_axis_of_what_is_no_map_is_taken():
    inputs = keras.Input((8, 8, 3))
    shares = layers.Reshape((4, 16))(layers.Conv2D(1, 1)(inputs))
    network = Network(keras.Model(inputs, layers.GlobalMaxPooling1D(data_format="channels_first")(shares)))
    assert network.output_shapes == ((4,),)


def test_pictures_with_their_channels_first_are_refused_with_the_way_out():
    model = first_channels()
    with pytest.raises(ValueError, match=r"channels first, \(3, 32, 32\); put keras\.layers\.Permute\(\(3, 1, 2\)\)"):
        Network(model)
    picture = keras.Input((32, 32, 3))
    network = Network(keras.Model(picture, model(layers.Permute((3, 1, 2))(picture))))
    x = networks.pictures(network.model, 1)[0]
    assert network.input_shape == (32, 32, 3)
    assert network.default_layer.endswith("conv")
    assert explain(network, x, target=0).values.shape == (30, 30)
    assert explain(network, x, "saliency", target=0).values.shape == (32, 32)
    np.testing.assert_allclose(network.predict(x), model(x.transpose(2, 0, 1)[None]), rtol=1e-4)


def test_unknown_names_list_the_nearest():
    model = networks.vgg_like()
    network = Network(model, labels=["angry", "happy", "sad", "calm", "other"])
    x = networks.pictures(model, 1)[0]
    with pytest.raises(ValueError, match="did you mean 'conv1'"):
        activations(network, x, "convv1")
    with pytest.raises(ValueError, match="did you mean 'happy'"):
        explain(network, x, target="hapy")
    with pytest.raises(ValueError, match="did you mean 'grad_cam'"):
        explain(network, x, "gradcam", target=0)
    with pytest.raises(ValueError, match="opacity"):
        explain(network, x, "grad_cam", target=0, opacity=1)


def test_what_does_not_fit_is_refused_with_what_came_and_what_was_expected():
    model = networks.vgg_like()
    network = Network(model)
    with pytest.raises(ValueError, match=r"\(16, 16, 1\).*got \(9, 9, 1\)"):
        network.predict(np.zeros((9, 9, 1)))
    with pytest.raises(ValueError, match="no class 5"):
        explain(network, networks.pictures(model, 1)[0], target=5)
    with pytest.raises(ValueError, match="no maps"):
        explain(network, networks.pictures(model, 1)[0], target=0, layer="answer")
    with pytest.raises(ValueError, match="names 2"):
        Network(model, labels=["a", "b"])
    with pytest.raises(ValueError, match="no picture"):
        Network(keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]))


def test_a_model_without_a_graph_says_so():
    class Opaque(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match="without a graph"):
        Network(Opaque())


def test_nothing_is_built_after_the_first_call():
    model = networks.vgg_like()
    network = Network(model)
    x = networks.pictures(model, 4)
    for method in ("grad_cam", "saliency"):
        explain(network, x[0], method, target=0)
    kept = network.kept
    for target in range(networks.CLASSES):
        for method in ("grad_cam", "saliency"):
            explain(network, x[0], method, target=target)
            explain(network, x, method, target=Class(target))
    assert network.kept == kept


def test_a_pass_is_traced_once_for_all_classes_and_batch_sizes():
    model = networks.vgg_like()
    traces = []
    keep_run = Network.run

    class Counting(Network):
        def run(self, inputs, hook=None):
            traces.append(len(inputs))
            return keep_run(self, inputs, hook)

    network = Counting(model)
    x = networks.pictures(model, 4)
    explain(network, x[0], target=0)
    warm = len(traces)
    for target in range(networks.CLASSES):
        explain(network, x[:target] if target else x, target=target)
    assert len(traces) == warm


@pytest.mark.slow
def test_threads_get_the_same_answers_as_one():
    model = networks.vgg_like()
    x = networks.pictures(model, 8)
    expected = [explain(Network(model), picture, target=1).values for picture in x]
    network = Network(model)
    results: dict[int, np.ndarray] = {}

    def work(index: int) -> None:
        for _ in range(5):
            results[index] = explain(network, x[index], target=1).values

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index in range(8):
        np.testing.assert_allclose(results[index], expected[index], rtol=1e-4, atol=1e-5)
    assert len([key for key in network.kept if key[0] == "layer gradient"]) == 1


@pytest.mark.slow
def test_weights_are_let_go_with_the_network():
    model = networks.vgg_like()
    network = Network(model)
    x = networks.pictures(model, 1)[0]
    explain(network, x, "grad_cam", target=0)
    explain(network, x, "saliency", target=0)
    list(dream(network, channel("relu1", 1), octaves=1, steps=1))
    assert network.accepts(20, 20)
    dropped = [weakref.ref(network), *(weakref.ref(weight) for weight in model.weights)]
    del network, model
    keras.backend.clear_session()
    gc.collect()
    assert [ref for ref in dropped if ref() is not None] == []


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the resident memory from /proc")
@pytest.mark.slow
def test_memory_is_let_go_with_the_network():
    def use_and_drop() -> None:
        inputs = keras.Input((8, 8, 1))
        wide = layers.Dense(1_000_000)(layers.Flatten()(inputs)[:, :2])  # with the next layer's 16 MB
        network = Network(keras.Model(inputs, layers.Dense(1)(wide)))
        explain(network, np.ones((8, 8, 1)), "saliency", target=0)
        list(dream(network, class_logit(0), steps=2))
        del network
        keras.backend.clear_session()
        gc.collect()

    for _ in range(3):  # until the allocator holds what it needs
        use_and_drop()
    before = resident_bytes()
    for _ in range(4):
        use_and_drop()
    assert resident_bytes() - before < 2 * 16e6


def custom(build, side: int = 16, channels: int = 3) -> keras.Model:
    """Return a network with one part of some kind between a convolution and a softmax."""
    keras.utils.set_random_seed(11)
    inputs = keras.Input((side, side, channels))
    x = build(layers.Conv2D(4, 3, strides=2, padding="same", name="stem")(inputs))
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling2D()(x)))


KINDS = {
    "dense convolution": lambda: layers.Conv2D(6, 3, padding="same", activation="relu", name="part"),
    "separable": lambda: layers.SeparableConv2D(6, 3, padding="same", activation="relu", name="part"),
    "depthwise": lambda: layers.DepthwiseConv2D(3, padding="same", activation="relu", name="part"),
    "transposed": lambda: layers.Conv2DTranspose(6, 3, strides=2, padding="same", activation="relu", name="part"),
    "regularised": lambda: layers.Conv2D(6, 3, activation="relu", activity_regularizer="l2", name="part"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_kind_of_convolution_is_known_explained_and_dreamt_of(kind, channels):
    model = custom(KINDS[kind](), channels=channels)
    network = Network(model)
    part = network.layer("part")
    assert part.is_convolution
    assert part.activation == "relu"
    assert network.default_layer == "part"
    x = networks.pictures(model, 2)
    explanation = explain(network, x, target=1)
    assert explanation.values.shape == (2, *part.output_shape[:2])
    frame = next(dream(network, channel("part", 1), size=(20, 24), octaves=1, steps=1))
    assert frame.image.shape == (20, 24, channels)


def test_activity_regularisers_leave_no_losses_behind():
    model = custom(KINDS["regularised"]())
    x = networks.pictures(model, 1)[0]
    before = len(model.losses)
    network = Network(model)
    for _ in range(3):
        explain(network, x, target=0)
        explain(network, x, "saliency", target=0)
    assert len(model.losses) == before == 0


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "linear"])
def test_the_logits_of_every_head_are_before_its_activation(activation):
    keras.utils.set_random_seed(12)
    inputs = keras.Input((4, 4, 1))
    model = keras.Model(inputs, layers.Dense(3, activation=activation, name="head")(layers.Flatten()(inputs)))
    kernel, bias = model.get_layer("head").get_weights()
    picture = networks.pictures(model, 1)[0] / 255
    expected = picture.reshape(-1) @ kernel + bias
    for index in range(3):
        score = explain(Network(model), picture, "saliency", target=index).score
        assert score == pytest.approx(expected[index], rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("by", ["dictionary", "list"])
def test_inputs_may_come_as_a_dictionary_by_name(by):
    number, picture = keras.Input((3,), name="number"), keras.Input((6, 6, 1), name="picture")
    joined = layers.Concatenate()([layers.Flatten()(picture), number])
    inputs = {"picture": picture, "number": number} if by == "dictionary" else [picture, number]
    model = keras.Model(inputs, layers.Dense(2)(joined))
    network = Network(model)
    x = {"picture": networks.pictures(model, 2), "number": np.ones((2, 3), np.float32)}
    expected = model(x if by == "dictionary" else [x["picture"], x["number"]])
    np.testing.assert_allclose(network.predict(x), expected, rtol=1e-5)
    assert network.input_shape == (6, 6, 1)
    assert explain(network, x, "saliency", target=1).values.shape == (2, 6, 6)
    with pytest.raises(ValueError, match="did you mean 'picture'"):
        network.predict({"pictur": x["picture"], "number": x["number"]})
    with pytest.raises(ValueError, match="number is missing"):
        network.predict({"picture": x["picture"]})
    with pytest.raises(ValueError, match="one input, this one has 2"):
        dream(network, class_logit(0))


def test_outputs_may_be_a_dictionary():
    inputs = keras.Input((6, 6, 1))
    flat = layers.Flatten()(inputs)
    model = keras.Model(inputs, {"mood": layers.Dense(3, name="mood")(flat), "age": layers.Dense(1, name="age")(flat)})
    network = Network(model)
    x = networks.pictures(model, 2)
    assert network.output_shapes == ((1,), (3,))
    np.testing.assert_allclose(network.predict(x, output=1), model(x)["mood"], rtol=1e-5)
    assert np.isfinite(explain(network, x, "saliency", target=Class(2, output=1)).values).all()


def test_a_network_without_a_size_of_its_own_takes_any():
    inputs = keras.Input((None, None, 1))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="relu", name="conv")(inputs))
    network = Network(keras.Model(inputs, layers.Dense(2, activation="softmax")(x)))
    assert network.input_shape == (None, None, 1)
    for size in ((9, 12), (30, 20)):
        picture = np.random.default_rng(0).uniform(0, 255, (*size, 1))
        assert explain(network, picture, "saliency", target=0).values.shape == size
        assert explain(network, picture, target=0).values.shape == (size[0] - 2, size[1] - 2)
    frame = next(dream(network, channel("conv", 1), octaves=1, steps=1))
    assert frame.image.shape == (128, 128, 1)


@pytest.mark.slow
def test_what_is_kept_of_other_sizes_is_bounded():
    network = Network(networks.cam(side=4))
    kept = network.kept
    for height in range(3, SIZES + 8):
        assert network.accepts(height, 5)
    assert len(network._sizes) == SIZES
    assert network.kept == kept
    assert not Network(networks.linear()[0]).accepts(7, 7)


def test_a_layers_output_before_its_activation_is_known():
    model = networks.residual()
    network = Network(model)
    x = networks.pictures(model, 1)
    taken = {}

    def look(picture):
        forward = network.run([picture])
        taken["relu"], taken["before"] = forward.layers["first"], forward.before_activation("first")
        taken["sum"], taken["same"] = forward.layers["sum"], forward.before_activation("sum")
        return list(taken.values())

    relu, before, total, same = tf.function(look, autograph=False)(x)
    kernel, bias = model.get_layer("first").get_weights()
    np.testing.assert_allclose(before, tf.nn.conv2d(x, kernel, 1, "SAME") + bias, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(relu, np.maximum(before, 0), rtol=1e-5)
    assert np.min(before) < 0
    np.testing.assert_array_equal(total, same)


@pytest.mark.slow
def test_threads_dream_of_one_network_alike():
    network = Network(networks.vgg_like())
    results: dict[int, np.ndarray] = {}

    def work(index: int) -> None:
        *_, last = dream(network, channel("relu1", index % 2), octaves=1, steps=5)
        results[index] = last.image

    threads = [threading.Thread(target=work, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index in range(6):
        np.testing.assert_array_equal(results[index], results[index % 2])
    assert len([key for key in network.kept if key[0] == "dream"]) == 1
