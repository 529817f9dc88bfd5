"""The doctor finds what was done to a network on purpose."""

import dataclasses

import keras
import numpy as np
import pytest
from keras import layers

from interp import Channel, Network, explain
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


def test_what_speaks_only_against_is_all_negative():
    network = negated(-1)
    picture = networks.pictures(network.model, 1)[0]
    diagnosis = diagnose(network, picture, explain(network, picture, target=0, layer="maps"))
    assert diagnosis.finding == "all negative"
    assert "class 0" in diagnosis.sentence
    explanation = explain(network, picture, "saliency", target=0)
    signed = dataclasses.replace(explanation, values=-explanation.values, signed=True)
    assert diagnose(network, picture, signed).finding == "all negative"


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
