"""Attribution: answers that are known on paper, progress and cancelling."""

import keras
import numpy as np
import pytest
from keras import layers

from interp import Class, Contrast, Network, activations, explain
from interp.masks import enlarge, filling
from interp.methods.guided_backpropagation import rectifiers
from interp.methods.rise import random_masks
from tests.interp import networks

REGION = (slice(4, 8), slice(8, 12))


@pytest.fixture(scope="module")
def linear():
    model, weights = networks.linear()
    return Network(model), weights, networks.pictures(model, 1)[0]


@pytest.fixture(scope="module")
def cam():
    """A network for CAM, a picture, its maps (h, w, K) and the weights (K, classes)."""
    model = networks.cam()
    network = Network(model)
    picture = networks.pictures(model, 1)[0]
    return network, picture, activations(network, picture, "maps"), model.get_layer("answer").get_weights()[0]


@pytest.fixture(scope="module")
def region():
    """A network that sees one region, and a picture whose first channel is light there alone."""
    picture = np.zeros((16, 16, 2), np.float32)
    picture[..., 1] = 100
    picture[(*REGION, 0)] = 200
    picture[(*REGION, 1)] = 0
    return Network(networks.region()), picture


def inside(values):
    mask = np.zeros(values.shape, bool)
    mask[REGION] = True
    return values[mask], values[~mask]


@pytest.mark.parametrize("method", ["saliency", "guided_backpropagation", "smooth_grad"])
def test_the_gradient_of_a_linear_network_is_its_weights(linear, method):
    network, weights, picture = linear
    for target in range(networks.CLASSES):
        values = explain(network, picture, method, target=target).values
        np.testing.assert_allclose(values, np.abs(weights[..., target]), rtol=1e-5)


@pytest.mark.parametrize("average", ["magnitude", "gradient"])
def test_smooth_grad_of_a_linear_network_is_the_same_however_it_averages(linear, average):
    network, weights, picture = linear
    values = explain(network, picture, "smooth_grad", target=1, average=average, noise=0.5).values
    np.testing.assert_allclose(values, np.abs(weights[..., 1]), rtol=1e-5)
    squares = explain(network, picture, "smooth_grad", target=1, average="square").values
    np.testing.assert_allclose(squares, np.square(weights[..., 1]), rtol=1e-5)


def test_var_grad_is_the_variance_of_the_gradients(linear):
    network, _, picture = linear
    assert explain(network, picture, "var_grad", target=0).is_blank
    model = networks.vgg_like()
    network, picture = Network(model), networks.pictures(model, 1)[0]
    settings = {"target": 0, "samples": 50, "noise": 0.3, "seed": 4}
    smooth = explain(network, picture, "smooth_grad", average="square", **settings).values
    mean = explain(network, picture, "smooth_grad", average="gradient", **settings).values
    expected = (smooth - np.square(mean)) * 50 / 49
    values = explain(network, picture, "var_grad", **settings).values
    np.testing.assert_allclose(values, expected, rtol=1e-2, atol=1e-3 * values.max())


def test_input_times_gradient_of_a_linear_network_sums_to_its_answer(linear):
    network, weights, picture = linear
    explanation = explain(network, picture, "input_gradient", target=2)
    np.testing.assert_allclose(explanation.values, picture[..., 0] * weights[..., 2], rtol=1e-5)
    assert explanation.values.sum() == pytest.approx(explanation.score, rel=1e-3)


@pytest.mark.parametrize(("baseline", "value"), [("black", 0), ("grey", 127.5), ("white", 255)])
def test_integrated_gradients_of_a_linear_network_are_its_summands(linear, baseline, value):
    network, weights, picture = linear
    values = explain(network, picture, "integrated_gradients", target=2, baseline=baseline, steps=3).values
    np.testing.assert_allclose(values, (picture[..., 0] - value) * weights[..., 2], rtol=1e-4, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("baseline", ["black", "grey", "white", "blur", "noise"])
def test_integrated_gradients_are_complete_and_report_the_gap(baseline):
    model = networks.vgg_like()
    network = Network(model)
    x = networks.pictures(model, 2)
    explanation = explain(network, x, "integrated_gradients", target=1, baseline=baseline, steps=200)
    difference, gap = explanation.details["difference"], explanation.details["completeness_gap"]
    assert difference.shape == gap.shape == (2,)
    assert np.abs(gap).max() < 0.02 * np.abs(difference).max()
    np.testing.assert_allclose(explanation.values.sum(axis=(1, 2)), difference + gap, rtol=1e-4, atol=1e-6)
    if baseline != "noise":
        start = np.stack([filling(network, picture, baseline) for picture in x])
        scores = [explain(network, one, "saliency", target=1).score for one in (x, start)]
        np.testing.assert_allclose(difference, scores[0] - scores[1], rtol=1e-4, atol=1e-6)
    single = explain(network, x[1], "integrated_gradients", target=1, baseline=baseline, steps=200)
    assert single.details["completeness_gap"] == pytest.approx(gap[1], abs=1e-5)


def test_guided_backpropagation_stops_where_the_gradient_is_negative():
    inputs = keras.Input((16, 16, 2))
    maps = layers.Conv2D(2, 1, use_bias=False, activation="relu", name="rectified")
    answer = layers.Dense(1, use_bias=False)
    model = keras.Model(inputs, answer(layers.GlobalAveragePooling2D()(maps(inputs))))
    maps.set_weights([np.array([[1.0, 2.0], [0.0, 0.0]], np.float32)[None, None]])  # both see the first channel
    answer.set_weights([np.array([[3.0], [-5.0]], np.float32)])
    network = Network(model)
    picture = np.ones((16, 16, 2), np.float32)
    assert rectifiers(network) == {"rectified"}
    np.testing.assert_allclose(explain(network, picture, "saliency", target=0).values, 7 / 256, rtol=1e-5)
    np.testing.assert_allclose(explain(network, picture, "guided_backpropagation", target=0).values, 3 / 256, rtol=1e-5)
    assert explain(network, -picture, "guided_backpropagation", target=0).is_blank


def test_grad_cam_before_pooling_and_dense_is_cam(cam):
    network, picture, maps, weights = cam
    for target in range(networks.CLASSES):
        expected = np.maximum(maps @ weights[:, target], 0) / maps[..., 0].size
        np.testing.assert_allclose(explain(network, picture, target=target).values, expected, rtol=1e-4, atol=1e-5)


def test_hires_cam_before_pooling_and_dense_sums_to_the_answer(cam):
    network, picture, maps, weights = cam
    for target in range(networks.CLASSES):
        explanation = explain(network, picture, "hires_cam", target=target)
        expected = maps @ weights[:, target] / maps[..., 0].size
        np.testing.assert_allclose(explanation.values, expected, rtol=1e-4, atol=1e-5)
        assert explanation.values.sum() == pytest.approx(explanation.score, rel=1e-4)  # the biases are 0


def test_layer_cam_before_pooling_and_dense_takes_the_positive_weights(cam):
    network, picture, maps, weights = cam
    for target in range(networks.CLASSES):
        expected = maps @ np.maximum(weights[:, target], 0) / maps[..., 0].size
        values = explain(network, picture, "layer_cam", target=target).values
        np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-5)


def test_grad_cam_plus_plus_is_the_papers_formula_without_its_exponential(cam):
    network, picture, maps, weights = cam
    for target in range(networks.CLASSES):
        slope = np.broadcast_to(weights[:, target] / maps[..., 0].size, maps.shape).astype(np.float64)
        shares = slope**2 / (2 * slope**2 + slope**3 * maps.sum(axis=(0, 1)))
        shares = shares / shares.sum(axis=(0, 1))
        expected = np.maximum(maps @ (shares * np.maximum(slope, 0)).sum(axis=(0, 1)), 0)
        values = explain(network, picture, "grad_cam_plus_plus", target=target).values
        np.testing.assert_allclose(values, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("method", ["grad_cam_plus_plus", "grad_cam", "layer_cam", "hires_cam"])
def test_large_logits_leave_the_map_finite(method):
    model = networks.cam()
    dense = model.get_layer("answer")
    dense.set_weights([dense.get_weights()[0] * 1e5, dense.get_weights()[1]])
    network = Network(model)
    x = networks.pictures(model, 1)[0]
    target = int(network.predict(x).argmax())
    explanation = explain(network, x, method, target=target)
    assert explanation.score > 1e5
    assert np.isfinite(explanation.values).all()
    assert not explanation.is_blank


def test_eigen_cam_of_maps_that_are_multiples_of_one_is_that_one(region):
    network, picture = region
    picture = np.stack([picture[..., 0] + 3, 2 * (picture[..., 0] + 3)], axis=-1)
    values = explain(network, picture, "eigen_cam", target=0, layer="maps").values
    np.testing.assert_allclose(values, picture[..., 0] * np.sqrt(5), rtol=1e-4)


@pytest.mark.parametrize(("channels", "increase"), [(0, True), (0, False), (1, True)])
def test_score_cam_weighs_a_map_by_the_answer_seen_through_it(region, channels, increase):
    network, picture = region
    values = explain(network, picture, "score_cam", target=0, layer="maps", channels=channels, increase=increase).values
    # Through the region's map the answer is whole, through the other's it is 0.
    np.testing.assert_allclose(values, picture[..., 0] * 200 * 16, rtol=1e-4)


def test_score_cam_compares_with_the_black_picture(cam):
    network, picture, maps, _ = cam
    values = {
        increase: explain(network, picture, "score_cam", target=0, channels=1, increase=increase).values
        for increase in (True, False)
    }
    used = int(maps.std(axis=(0, 1)).argmax())
    black = explain(network, np.zeros_like(picture), "saliency", target=0).score
    mask = (maps[..., used] - maps[..., used].min()) / np.ptp(maps[..., used])
    seen = explain(network, picture * mask[..., None], "saliency", target=0).score
    for increase, weight in ((True, seen - black), (False, seen)):
        np.testing.assert_allclose(values[increase], np.maximum(weight * maps[..., used], 0), rtol=1e-3, atol=1e-3)


def test_occlusion_of_single_pixels_of_a_linear_network_is_its_summands(linear):
    network, weights, picture = linear
    values = explain(network, picture, "occlusion", target=2, patch=1, stride=1, fill="black").values
    np.testing.assert_allclose(values, picture[..., 0] * weights[..., 2], rtol=1e-3, atol=1e-3)


def test_occlusion_finds_the_region(region):
    network, picture = region
    values = explain(network, picture, "occlusion", target=0, patch=4, stride=2, fill="black").values
    found, rest = inside(values)
    assert found.min() > 0
    assert found.max() == pytest.approx(200 * 9, rel=1e-4)  # nine patches over the middle hide 4 to 16 pixels of it
    np.testing.assert_allclose(values[:2], 0, atol=1e-2)
    assert rest.mean() < 0.1 * found.mean()
    whole = explain(network, picture, "occlusion", target=0, patch=4, stride=4, fill="black").values
    np.testing.assert_allclose(whole, np.where(picture[..., 0] > 0, 200 * 16, 0), atol=1e-2)
    with pytest.raises(ValueError, match="at most the picture's shorter side, 16"):
        explain(network, picture, "occlusion", target=0, patch=17)


def test_rise_finds_the_region(region):
    network, picture = region
    explanation = explain(network, picture, "rise", target=0, masks=600, cells=6, fill="black")
    found, rest = inside(explanation.values)
    assert np.unravel_index(explanation.values.argmax(), (16, 16))[0] in range(4, 8)
    assert np.unravel_index(explanation.values.argmax(), (16, 16))[1] in range(8, 12)
    assert found.min() > 3 * np.abs(rest).mean()
    again = explain(network, picture, "rise", target=0, masks=600, cells=6, fill="black", seed=1).values
    assert np.corrcoef(again.ravel(), explanation.values.ravel())[0, 1] > 0.9
    assert np.abs(again - explanation.values).max() > 0


def test_the_masks_of_rise_are_soft_and_show_their_share_everywhere():
    masks = random_masks(np.random.default_rng(0), 3000, 5, 0.3, (12, 20))
    assert masks.shape == (3000, 12, 20)
    assert masks.dtype == np.float32
    assert masks.min() >= 0
    assert masks.max() <= 1 + 1e-6
    np.testing.assert_allclose(masks.mean(axis=0), 0.3, atol=0.03)


def test_enlarging_keeps_a_ramp_a_ramp():
    ramp = np.arange(4, dtype=np.float32)[None, :, None] * np.ones((1, 1, 3), np.float32)
    larger = enlarge(ramp, (16, 5))[0]
    assert larger.shape == (16, 5)
    np.testing.assert_allclose(np.diff(larger[2:-2, 0]), 0.25, rtol=1e-5)
    assert larger.min() == 0
    assert larger.max() == 3
    np.testing.assert_array_equal(enlarge(ramp, (4, 3)), ramp)


def test_fillings_are_what_they_say():
    network = Network(networks.handed_on(), value_range=(-1, 1))
    picture = np.random.default_rng(0).uniform(-1, 1, (16, 16, 2)).astype(np.float32)
    assert (filling(network, picture, "black") == -1).all()
    assert (filling(network, picture, "grey") == 0).all()
    assert (filling(network, picture, "white") == 1).all()
    np.testing.assert_allclose(filling(network, picture, "mean")[3, 5], picture.mean(axis=(0, 1)), rtol=1e-5)
    blurred = filling(network, picture, "blur")
    assert blurred.std() < 0.3 * picture.std()
    np.testing.assert_allclose(blurred.mean(axis=(0, 1)), picture.mean(axis=(0, 1)), atol=0.05)
    with pytest.raises(ValueError, match="did you mean 'grey'"):
        filling(network, picture, "grei")


def test_saliency_of_a_contrast_is_that_of_the_difference(linear):
    network, weights, picture = linear
    values = explain(network, picture, "saliency", target=Contrast(3, against=1)).values
    np.testing.assert_allclose(values, np.abs(weights[..., 3] - weights[..., 1]), rtol=1e-4, atol=1e-6)
    values = explain(network, picture, "saliency", target=Class(3) - Class(1) * 0.5).values
    np.testing.assert_allclose(values, np.abs(weights[..., 3] - 0.5 * weights[..., 1]), rtol=1e-4, atol=1e-6)


def test_a_class_that_only_loses_leaves_a_blank_map():
    model = networks.cam()
    dense = model.get_layer("answer")
    dense.set_weights([-np.abs(dense.get_weights()[0]), dense.get_weights()[1]])
    explanation = explain(Network(model), networks.pictures(model, 1)[0], target=0)
    assert explanation.is_blank
    assert np.isfinite(explanation.values).all()


SLOW = {
    "integrated_gradients": {"steps": 40},
    "occlusion": {"patch": 2, "stride": 1},
    "rise": {"masks": 70},
    "smooth_grad": {"samples": 40},
    "var_grad": {"samples": 40},
}


@pytest.mark.slow
@pytest.mark.parametrize("method", SLOW)
def test_slow_methods_report_their_steps_and_can_be_cancelled(linear, method):
    network, _, picture = linear
    steps = []
    x = np.stack([picture] * 40)
    values = explain(
        network, x, method, target=0, on_step=lambda done, total: steps.append((done, total)), **SLOW[method]
    )
    assert len(steps) >= 40
    done, totals = zip(*steps, strict=True)
    assert len(set(totals)) == 1
    assert list(done) == sorted(set(done))
    assert steps[-1][0] == steps[-1][1]

    class CancelledError(Exception):
        pass

    def cancel(done, total):
        raise CancelledError

    with pytest.raises(CancelledError):
        explain(network, x, method, target=0, on_step=cancel, **SLOW[method])
    again = explain(network, x, method, target=0, **SLOW[method]).values
    np.testing.assert_array_equal(again, values.values)


def test_score_cam_reports_the_channels_it_has_looked_through(cam):
    network, picture, maps, _ = cam
    steps = []
    explain(network, picture, "score_cam", target=0, on_step=lambda done, total: steps.append((done, total)))
    assert steps == [(maps.shape[-1], maps.shape[-1])]


def test_a_wrong_setting_is_refused(linear):
    network, _, picture = linear
    with pytest.raises(ValueError, match="did you mean 'samples'"):
        explain(network, picture, "smooth_grad", target=0, sample=3)
    with pytest.raises(ValueError, match="steps goes from 2 to 500"):
        explain(network, picture, "integrated_gradients", target=0, steps=1)
    with pytest.raises(ValueError, match="Unknown baseline 'blak'; did you mean 'black'"):
        explain(network, picture, "integrated_gradients", target=0, baseline="blak")
