"""The doctor finds what was done to a network on purpose."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import layers

from interp import Channel, Class, Network, explain
from interp.doctor import diagnose
from tests.interp import networks


@pytest.fixture(scope="module")
def sound() -> tuple[Network, np.ndarray]:
    """Return a network with little pooling and a picture of it."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((16, 16, 1))
    x = layers.Conv2D(4, 3, padding="same", activation="relu", name="early")(inputs)
    x = layers.Conv2D(4, 5, padding="same", activation="relu", name="late")(x)
    pooled = layers.GlobalAveragePooling2D(keepdims=True, name="pooled")(x)
    logits = layers.Dense(3, name="logits")(layers.Flatten()(pooled))
    model = keras.Model(inputs, layers.Softmax(name="answer")(logits))
    return Network(model), networks.pictures(model, 1)[0]


def negated(sign: float) -> Network:
    model = networks.cam()
    dense = model.get_layer("answer")
    dense.set_weights([sign * np.abs(dense.get_weights()[0]), dense.get_weights()[1]])
    return Network(model)


def test_nothing_looks_wrong_with_a_sound_map(sound):
    network, picture = sound
    best = int(network.predict(picture).argmax())
    for method in ("grad_cam", "saliency"):
        diagnosis = diagnose(network, picture, explain(network, picture, method, target=best))
        assert diagnosis.is_fine, diagnosis
        assert diagnosis.sentence.endswith(".")


def test_a_layer_that_the_model_calls_in_training_is_explained_as_predict_answers_and_named():
    inputs = keras.Input((16, 16, 1))
    inner = keras.Input((16, 16, 4))
    block = keras.Model(inner, layers.Dropout(0.9, name="drop")(inner, training=True), name="block")
    maps = layers.Conv2D(4, 5, padding="same", activation="relu")(inputs)
    pooled = layers.GlobalAveragePooling2D()(block(maps))
    model = keras.Model(inputs, layers.Dense(3)(pooled))
    picture = networks.pictures(model, 1)[0]
    network = Network(model)
    np.testing.assert_allclose(network.predict(picture), model.predict(picture[None], verbose=0), rtol=1e-5)
    diagnosis = diagnose(network, picture, explain(network, picture, "saliency", target=0))
    assert diagnosis.is_fine
    assert "layer 'block/drop', called with training=True" in diagnosis.sentence


def test_what_speaks_only_against_is_all_negative():
    network = negated(-1)
    picture = networks.pictures(network.model, 1)[0]
    diagnosis = diagnose(network, picture, explain(network, picture, target=0, layer="maps"))
    assert diagnosis.finding == "all negative"
    assert "class 0" in diagnosis.sentence
    explanation = explain(network, picture, "saliency", target=0)
    signed = dataclasses.replace(explanation, values=-explanation.values, signed=True)
    assert diagnose(network, picture, signed).finding == "all negative"


def one_sigmoid(sign: float) -> Network:
    """Return a network with a single sigmoid that says yes or no to every picture."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((8, 8, 1))
    maps = layers.Conv2D(4, 3, padding="same", activation="relu", name="maps")(inputs)
    dense = layers.Dense(1, activation="sigmoid", kernel_initializer=keras.initializers.Constant(sign * 1e-2))
    return Network(keras.Model(inputs, dense(layers.GlobalAveragePooling2D()(maps))), labels=["smiles"])


@pytest.mark.parametrize("method", ["grad_cam", "layer_cam", "hires_cam"])
def test_a_single_sigmoid_that_says_no_is_explained_by_what_speaks_against_it(method):
    network = one_sigmoid(-1)
    picture = networks.pictures(network.model, 1)[0]
    explanation = explain(network, picture, method, layer="maps")
    assert network.predict(picture)[0, 0] < 0.5
    assert explanation.signed or explanation.is_blank
    diagnosis = diagnose(network, picture, explanation)
    assert diagnosis.finding == "all negative"
    assert "explain the negated target, against smiles" in diagnosis.sentence
    assert "answers with" not in diagnosis.sentence
    instead = explain(network, picture, method, target=diagnosis.instead, layer="maps")
    assert instead.values.max() > 0
    assert instead.score == pytest.approx(-explain(network, picture, method, layer="maps").score)
    expected = explain(one_sigmoid(1), picture, method, layer="maps").values
    np.testing.assert_allclose(instead.values, expected, rtol=1e-5)


def test_what_speaks_only_against_the_negated_target_speaks_for_the_target():
    network = one_sigmoid(1)
    picture = networks.pictures(network.model, 1)[0]
    diagnosis = diagnose(network, picture, explain(network, picture, target=-Class(0), layer="maps"))
    assert diagnosis.instead == Class(0)
    assert "explain the negated target, smiles" in diagnosis.sentence


def test_of_several_classes_the_one_that_is_answered_is_offered():
    network = negated(-1)
    network.model.get_layer("answer").set_weights([-np.ones((4, 5)) * np.arange(1, 6), np.zeros(5)])
    picture = networks.pictures(network.model, 1)[0]
    for target, instead in ((4, Class(0)), ([4], Class(0)), (0, -Class(0)), (Channel("answer", 2), None)):
        found = explain(network, picture, target=target, layer="maps")
        diagnosis = diagnose(network, picture, found)
        assert diagnosis.finding == "all negative"
        assert diagnosis.instead == (instead if instead is not None else -Channel("answer", 2))


@pytest.mark.parametrize(
    ("value_range", "scale", "offset", "is_wrong"),
    [
        ((0, 255), 1, 0, False),
        ((0, 255), 1 / 255, 0, True),
        ((0, 1), 1, 0, True),
        ((0, 1), 1 / 255, 0, False),
        ((-1, 1), 1, 0, True),
        ((-1, 1), 2 / 255, -1, False),
        ((0, 255), 2 / 255, -1, False),
        ((0, 255), 0, 0, False),
    ],
)
def test_a_picture_of_another_range_is_told(value_range, scale, offset, is_wrong):
    model = networks.cam()
    network = Network(model, value_range=value_range)
    picture = networks.pictures(model, 1)[0] * np.float32(scale) + np.float32(offset)
    diagnosis = diagnose(network, picture, explain(network, picture, "saliency", target=0))
    assert (diagnosis.finding == "out of range") == is_wrong
    if is_wrong:
        assert f"the network takes {value_range[0]} to {value_range[1]}" in diagnosis.sentence


def test_a_layer_of_zeros_is_dead():
    network = negated(1)
    network.model.get_layer("maps").bias.assign([-1e6] * 4)
    picture = networks.pictures(network.model, 1)[0]
    diagnosis = diagnose(network, picture, explain(network, picture, target=0, layer="maps"))
    assert diagnosis.finding == "dead layer"
    assert "'maps'" in diagnosis.sentence
    assert diagnose(network, picture, explain(network, picture, "saliency", target=0)).finding == "blank"


def test_a_probability_near_one_is_saturated():
    network = negated(1)
    inputs = network.model.inputs
    scale = layers.Rescaling(100.0, name="scale")(network.model.outputs[0])
    network = Network(keras.Model(inputs, layers.Softmax(name="probability")(scale)))
    picture = networks.pictures(network.model, 1)[0]
    best = int(network.predict(picture).argmax())
    target = Channel("probability", best)
    for method in ("grad_cam", "saliency"):
        diagnosis = diagnose(network, picture, explain(network, picture, method, target=target))
        assert diagnosis.finding == "saturated"
        assert "class itself" in diagnosis.sentence
    assert diagnose(network, picture, explain(network, picture, "saliency", target=best)).is_fine
    both = explain(network, picture, "saliency", target=target - Channel("probability", (best + 1) % 5))
    assert diagnose(network, picture, both).finding == "saturated"


@pytest.mark.parametrize(
    ("behind", "target"),
    [
        (lambda logits: layers.Average()([layers.Softmax()(logits), layers.Softmax()(logits * 2.0)]), 0),
        (lambda logits: layers.Rescaling(100.0)(layers.Activation("sigmoid")(logits)), 0),
        (lambda logits: 1.0 - layers.Activation("sigmoid")(logits), 0),
        (layers.Softmax(), lambda answer: answer[:, 0]),
    ],
    ids=["average", "percent", "other way", "function"],
)
def test_an_answer_whose_logit_is_out_of_reach_is_saturated(behind, target):
    inputs = negated(1).model.inputs
    scale = layers.Rescaling(1e4)(negated(1).model(inputs))
    network = Network(keras.Model(inputs, behind(scale)))
    picture = networks.pictures(network.model, 1)[0]
    diagnosis = diagnose(network, picture, explain(network, picture, "saliency", target=target))
    assert diagnosis.finding == "saturated"
    assert ("class itself" if callable(target) else "can't be reached") in diagnosis.sentence


def test_values_that_are_not_numbers(sound):
    network, picture = sound
    explanation = explain(network, picture, target=0)
    values = explanation.values.copy()
    values[0, 0] = np.nan
    diagnosis = diagnose(network, picture, dataclasses.replace(explanation, values=values))
    assert diagnosis.finding == "not finite"
    assert "1 of 256" in diagnosis.sentence
    broken = picture.copy()
    broken[0, 0] = np.nan
    assert "picture itself" in diagnose(network, broken, dataclasses.replace(explanation, values=values)).sentence
    model, _ = networks.linear()
    model.layers[-1].bias.assign([np.inf] * networks.CLASSES)
    network, picture = Network(model), networks.pictures(model, 1)[0]
    assert "network itself" in diagnose(network, picture, explain(network, picture, "saliency", target=0)).sentence


def test_one_position_can_not_tell_where(sound):
    network, picture = sound
    best = int(network.predict(picture).argmax())
    diagnosis = diagnose(network, picture, explain(network, picture, target=best, layer="pooled"))
    assert diagnosis.finding == "can't tell"
    assert "'late'" in diagnosis.sentence


def test_a_layer_that_sees_little_is_too_early(sound):
    network, picture = sound
    found = {
        diagnose(network, picture, explain(network, picture, target=target, layer="early")).finding
        for target in range(3)
    }
    assert "too early" in found
    assert found <= {"too early", "all negative"}


def test_few_values_are_too_coarse_and_equal_ones_constant(sound):
    network, picture = sound
    explanation = explain(network, picture, target=int(network.predict(picture).argmax()))
    coarse = dataclasses.replace(explanation, values=np.eye(3, dtype=np.float32))
    diagnosis = diagnose(network, picture, coarse)
    assert diagnosis.finding == "too coarse"
    assert "3×3 values, each for about 5×5 pixels" in diagnosis.sentence
    constant = dataclasses.replace(explanation, values=np.full((8, 8), 2.0, np.float32))
    assert diagnose(network, picture, constant).finding == "constant"


def test_a_batch_is_refused(sound):
    network, picture = sound
    batch = np.stack([picture] * 2)
    with pytest.raises(ValueError, match="not a batch"):
        diagnose(network, batch, explain(network, batch, target=0))
