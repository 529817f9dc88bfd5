"""What can be explained: classes, contrasts, coordinates, heat maps, channels, units and functions."""

import keras
import numpy as np
import pytest

from interp import (
    METHODS,
    Cell,
    Channel,
    Class,
    Contrast,
    Coordinate,
    Function,
    HeatMap,
    LayerEnergy,
    Network,
    Unit,
    activations,
    explain,
)
from tests.interp import networks

QUICK = {
    "integrated_gradients": {"steps": 4},
    "rise": {"masks": 32},
    "smooth_grad": {"samples": 4},
    "var_grad": {"samples": 4},
}


@pytest.fixture(scope="module")
def keypoints():
    return Network(networks.keypoints())


@pytest.fixture(scope="module")
def handed_on():
    return Network(networks.handed_on())


@pytest.fixture(scope="module")
def vgg():
    return Network(networks.vgg_like(), labels=["a", "b", "c", "d", "e"])


def blob(row: float, column: float, side: int = 16) -> np.ndarray:
    """Return a soft spot at a place (side, side)."""
    rows, columns = np.mgrid[:side, :side]
    return np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 2).astype(np.float32)


def second_less_first(answer):
    return answer[:, 1] - answer[:, 0]


@pytest.mark.parametrize(
    "target",
    [2, np.array(2), np.int64(2), np.array([2]), [np.array(2)], keras.ops.convert_to_tensor(2), "c", np.array("c")],
)
def test_a_class_may_come_as_any_kind_of_number(vgg, target):
    x = networks.pictures(vgg.model, 1)
    assert explain(vgg, x, "saliency", target=target).score == pytest.approx(vgg.logits(x)[:, 2])


def test_labels_may_be_numbers_but_two_classes_of_one_label_are_told_apart_by_number():
    model = networks.vgg_like()
    x = networks.pictures(model, 1)[0]
    assert explain(Network(model, labels=[10, 11, 12, 13, 14]), x, target="11").target == Class(1)
    with pytest.raises(ValueError, match="2 classes have the label 'crane'; give the class's number"):
        explain(Network(model, labels=["crane", "cat", "crane", "dog", "owl"]), x, target="crane")


def test_a_model_that_is_no_network_yet_is_told():
    model = networks.vgg_like()
    with pytest.raises(ValueError, match=r"make one by Network\(model\)"):
        explain(model, networks.pictures(model, 1)[0])


@pytest.mark.parametrize("target", [2.0, np.array(2.0), np.array([[2]]), np.array(True)])
def test_what_is_no_class_is_refused_in_a_sentence(vgg, target):
    with pytest.raises(ValueError, match="A target"):
        explain(vgg, networks.pictures(vgg.model, 1), "saliency", target=target)


def test_no_target_means_the_networks_own_answer(vgg):
    x = networks.pictures(vgg.model)
    answers = vgg.predict(x).argmax(axis=1)
    explanation = explain(vgg, x)
    assert explanation.target == Class(tuple(answers))
    np.testing.assert_array_equal(explanation.values, explain(vgg, x, target=answers).values)
    named = explain(vgg, x[0], target="c")
    assert named.target == Class(2)
    assert named.target.describe(vgg) == "c"


def test_a_channel_a_unit_and_a_layer_can_be_explained(vgg):
    picture = networks.pictures(vgg.model, 1)[0]
    maps = activations(vgg, picture, "relu0")
    channel = explain(vgg, picture, "saliency", target=Channel("relu0", 2))
    assert channel.score == pytest.approx(maps[..., 2].mean(), rel=1e-5)
    energy = explain(vgg, picture, "saliency", target=LayerEnergy("relu0"))
    assert energy.score == pytest.approx(np.square(maps).mean(), rel=1e-5)
    row, column = np.unravel_index(maps[..., 2].argmax(), maps.shape[:2])
    unit = explain(vgg, picture, "saliency", target=Unit("relu0", 2, int(row), int(column)))
    assert unit.score == pytest.approx(maps[..., 2].max(), rel=1e-5)
    seen = np.argwhere(unit.values > 0)
    assert (np.abs(seen - [row, column]) <= 1).all()  # the receptive field of one convolution of side 3
    with pytest.raises(ValueError, match="no channel 99"):
        explain(vgg, picture, "saliency", target=Channel("relu0", 99))
    with pytest.raises(ValueError, match="does not depend on layer 'relu1'"):
        explain(vgg, picture, "grad_cam", target=Channel("relu0", 2), layer="relu1")
    with pytest.raises(ValueError, match="has 16 columns, so there is no column 16"):
        explain(vgg, picture, "saliency", target=Unit("relu0", 2, 0, 16))
    with pytest.raises(ValueError, match="no row and column"):
        explain(vgg, picture, "saliency", target=Unit("answer", 2, 0, 0))


def test_the_score_of_a_detection_is_explained_before_its_sigmoid():
    picture = keras.Input((None, None, 3))
    maps = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="maps")(picture)
    scores = keras.layers.Conv2D(1, 1, activation="sigmoid", name="scores")(maps)
    network = Network(keras.Model(picture, [scores, keras.layers.Conv2D(4, 1, name="boxes")(maps)]))
    x = np.random.default_rng(0).uniform(0, 1, (8, 12, 3)).astype(np.float32)
    row, column = np.unravel_index(network.predict(x)[0, ..., 0].argmax(), (8, 12))
    explanation = explain(network, x, "saliency", target=Cell(0, row, column))
    assert 1 / (1 + np.exp(-explanation.score)) == pytest.approx(network.predict(x).max(), rel=1e-4)
    assert (np.abs(np.argwhere(explanation.values > 0) - [row, column]) <= 1).all()  # one convolution of side 3
    assert explanation.target.describe(network) == f"map 0 at row {row}, column {column}"
    with pytest.raises(ValueError, match="no class 1"):
        explain(network, x, target=Cell(1, 0, 0))
    with pytest.raises(ValueError, match="no row -1"):
        explain(network, x, target=Cell(0, -1, 0))


def test_the_second_output_can_be_explained():
    model = networks.two_outputs()
    x = networks.pictures(model, 2)
    network = Network(model)
    score = explain(network, x, target=Class(1, output=1)).score
    np.testing.assert_allclose(score, network.predict(x, output=1)[:, 1], rtol=1e-5)
    with pytest.raises(ValueError, match="no output 2"):
        explain(network, x, target=Class(1, output=2))


def test_a_coordinate_is_one_number_of_the_answer(keypoints):
    x = networks.pictures(keypoints.model, 2)
    answers = keypoints.predict(x)
    for keypoint in range(3):
        for axis in ("x", "y"):
            score = explain(keypoints, x, "saliency", target=Coordinate(keypoint, axis)).score
            np.testing.assert_allclose(score, answers[:, 2 * keypoint + (axis == "y")], rtol=1e-4)
    assert Coordinate(1, "y").describe(keypoints) == "y of keypoint 1"
    with pytest.raises(ValueError, match="3 keypoints, so there is no keypoint 3"):
        explain(keypoints, x, "saliency", target=Coordinate(3, "x"))
    with pytest.raises(ValueError, match="Unknown axis 'z'"):
        explain(keypoints, x, "saliency", target=Coordinate(0, "z"))


def test_heat_maps_are_read_by_peak_mean_and_place(handed_on):
    picture = np.stack([blob(4.0, 11.0), 0.5 * blob(9.5, 3.0)], axis=-1)
    read = {
        (index, reading): explain(handed_on, picture, "saliency", target=HeatMap(index, reading=reading)).score
        for index in range(2)
        for reading in ("peak", "mean", "x", "y")
    }
    assert read[0, "peak"] == pytest.approx(1.0)
    assert read[0, "mean"] == pytest.approx(picture[..., 0].mean(), rel=1e-5)
    assert read[0, "x"] == pytest.approx(11.0, abs=0.1)
    assert read[0, "y"] == pytest.approx(4.0, abs=0.1)
    assert read[1, "x"] == pytest.approx(3.0, abs=0.1)
    assert read[1, "y"] == pytest.approx(9.5, abs=0.1)


def test_a_heat_maps_place_moves_by_what_lies_on_either_side(handed_on):
    picture = np.stack([blob(8, 8), blob(8, 8)], axis=-1)
    values = explain(handed_on, picture, "input_gradient", target=HeatMap(0, reading="x")).values
    assert values[8, 10] > 0 > values[8, 6]
    np.testing.assert_allclose(values[:, 8], 0, atol=1e-3 * np.abs(values).max())
    peak = explain(handed_on, picture, "saliency", target=HeatMap(1)).values
    assert peak[8, 8] == 1
    assert peak.sum() == 1
    blank = explain(handed_on, np.zeros_like(picture), "saliency", target=HeatMap(0, reading="x"))
    assert np.isfinite(blank.values).all()
    assert blank.score == pytest.approx(7.5)
    with pytest.raises(ValueError, match="Unknown reading 'peek'; did you mean 'peak'"):
        explain(handed_on, picture, "saliency", target=HeatMap(0, reading="peek"))


def test_heat_maps_need_an_output_of_maps(vgg):
    with pytest.raises(ValueError, match="not that of heat maps"):
        explain(vgg, networks.pictures(vgg.model, 1)[0], "saliency", target=HeatMap(0))


def test_a_function_of_the_answer_can_be_explained(vgg):
    x = networks.pictures(vgg.model, 2)
    explanation = explain(vgg, x, "grad_cam", target=second_less_first)
    answers = vgg.predict(x)
    np.testing.assert_allclose(explanation.score, answers[:, 1] - answers[:, 0], rtol=1e-4, atol=1e-7)
    assert explanation.target == Function(second_less_first)
    assert explanation.target.describe(vgg) == "second_less_first"
    kept = vgg.kept
    explain(vgg, x[0], "grad_cam", target=second_less_first)
    assert vgg.kept == kept
    with pytest.raises(ValueError, match="one number for each picture"):
        explain(vgg, x, "saliency", target=lambda answer: answer)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_every_method_takes_every_kind_of_target(method, vgg, keypoints, handed_on):
    settings = QUICK.get(method, {})
    cases = [
        (vgg, Class(1)),
        (vgg, Contrast(1, 2)),
        (vgg, Class(1) - 0.5 * Class(2)),
        (vgg, Channel("relu1", 3)),
        (vgg, Unit("relu1", 3, 2, 2)),
        (vgg, second_less_first),
        (keypoints, Coordinate(1, "x")),
        (handed_on, HeatMap(0)),
        (handed_on, HeatMap(1, reading="y")),
    ]
    for network, target in cases:
        x = networks.pictures(network.model, 2)
        explanation = explain(network, x, method, target=target, layer=network.convolutions[-1].name, **settings)
        assert np.isfinite(explanation.values).all()
        assert explanation.values.shape[0] == explanation.score.shape[0] == 2


def test_what_is_no_target_is_refused(vgg):
    x = networks.pictures(vgg.model, 1)[0]
    with pytest.raises(ValueError, match="5 classes, so there is no class 5"):
        explain(vgg, x, target=5)
    with pytest.raises(ValueError, match="A target is a class's number or label"):
        explain(vgg, x, target=1.5)
