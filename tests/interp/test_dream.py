"""Gradient ascent: it climbs, it can be repeated, cancelled and sized, and it never shows what is not finite."""

import numpy as np
import pytest

from interp import Network, dream
from interp.dream import Jitter, Pad, Rotate, Scale, channel, layer, target
from interp.dream.parameterisation import PARAMETERISATIONS
from tests.interp import networks


@pytest.fixture(scope="module")
def network():
    return Network(networks.vgg_like(side=32))


OBJECTIVES = [layer("relu1"), channel("relu1", 3), channel("answer", 2), target(1), target(1) - 0.5 * target(2)]


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda objective: str(objective.key))
@pytest.mark.parametrize("parameterisation", PARAMETERISATIONS)
def test_the_objective_rises(network, objective, parameterisation):
    frames = list(
        dream(network, objective, parameterisation=parameterisation, octaves=1, steps=20, frames_every=1, transforms=())
    )
    assert len(frames) == 20
    assert frames[-1].score > frames[0].score


def test_frames_tell_how_far_the_ascent_is(network):
    frames = list(dream(network, layer("relu1"), octaves=3, steps=7, frames_every=3, octave_scale=1.2))
    assert [frame.step for frame in frames] == [3, 6, 7, 10, 13, 14, 17, 20, 21]
    assert {frame.total_steps for frame in frames} == {21}
    assert [frame.octave for frame in frames] == [0] * 3 + [1] * 3 + [2] * 3
    assert frames[-1].image.shape == (32, 32, 1)
    assert frames[-1].image.dtype == np.uint8
    assert frames[0].image.shape == (22, 22, 1)


@pytest.mark.parametrize("parameterisation", PARAMETERISATIONS)
def test_a_seed_makes_the_picture_again_and_another_one_does_not(network, parameterisation):
    moves = (Pad(2), Jitter(2), Scale(0.1), Rotate(10), Jitter(1))
    settings = {"steps": 6, "parameterisation": parameterisation, "transforms": moves}
    first, again, other = (
        list(dream(network, channel("relu1", 1), seed=seed, **settings))[-1].image for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_photo_stays_and_is_not_changed_in_place(network):
    photo = networks.pictures(network.model, 1)[0].astype(np.uint8)
    before = photo.copy()
    last = list(dream(network, layer("relu0"), photo, octaves=1, steps=4))[-1].image
    np.testing.assert_array_equal(photo, before)
    difference = np.abs(last.astype(int) - photo)
    assert 0 < difference.mean() < 255 * 0.01 * 4 + 1


@pytest.mark.parametrize("parameterisation", PARAMETERISATIONS)
@pytest.mark.parametrize("size", [(32, 32), (33, 31), (7, 10)])
def test_a_picture_survives_its_parameterisation(parameterisation, size):
    held = PARAMETERISATIONS[parameterisation]
    picture = np.random.default_rng(0).uniform(0.1, 0.9, (2, *size, 3)).astype(np.float32)
    decoded = held.decode(held.encode(picture), np.array(size, np.int32))
    np.testing.assert_allclose(decoded, picture, atol=1e-4)


def test_a_fully_convolutional_network_dreams_at_any_size(network):
    assert network.accepts(50, 41)
    frames = list(dream(network, channel("relu1", 0), size=(50, 41), steps=2))
    assert frames[-1].image.shape == (50, 41, 1)


def test_a_network_of_one_size_dreams_at_that_size_only():
    network = Network(networks.sequential())
    assert not network.accepts(20, 20)
    frames = list(dream(network, target(0), steps=2))
    assert frames[-1].image.shape == (16, 16, 1)
    with pytest.raises(ValueError, match="16 × 16 only, not 20 × 20"):
        dream(network, target(0), size=20)


def test_closing_the_iterator_ends_the_ascent(network):
    frames = dream(network, layer("relu1"), steps=1000, frames_every=1)
    next(frames)
    frames.close()
    assert list(frames) == []


def test_nothing_is_compiled_twice(network):
    settings = {"steps": 2, "transforms": (Jitter(2),)}
    list(dream(network, channel("relu1", 0), **settings))
    kept = network.kept
    list(dream(network, channel("relu1", 5), seed=9, **settings | {"steps": 3}, step_size=0.02))
    assert network.kept == kept


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e15, 1e30])
def test_dead_and_exploding_networks_give_finite_pictures(scale):
    model = networks.vgg_like()
    model.get_layer("conv1").set_weights([weight * scale for weight in model.get_layer("conv1").get_weights()])
    start = networks.pictures(model, 1)[0]
    for frame in dream(Network(model), layer("relu1"), start, octaves=1, steps=3):
        assert np.isfinite(frame.score)
        assert frame.image.std() > 0


def test_total_variation_smooths(network):
    rough, smooth = (
        list(dream(network, channel("relu0", 0), octaves=1, transforms=(), total_variation=weight))[-1].image
        for weight in (0.0, 1000.0)
    )
    assert np.abs(np.diff(smooth.astype(int), axis=0)).mean() < 0.7 * np.abs(np.diff(rough.astype(int), axis=0)).mean()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps is greater than 0"),
        ({"octave_scale": 1.0}, "octave_scale"),
        ({"parameterisation": "fourrier"}, "did you mean 'fourier'"),
        ({"start": "gray"}, "did you mean 'grey'"),
        ({"start": np.zeros((4, 4, 3))}, "start is a picture"),
        ({"size": 0}, "size"),
    ],
)
def test_wrong_settings_are_refused_before_the_first_step(network, settings, message):
    with pytest.raises(ValueError, match=message):
        dream(network, layer("relu1"), **settings)


def test_an_unknown_layer_is_refused_with_the_nearest(network):
    with pytest.raises(ValueError, match="did you mean 'relu1'"):
        dream(network, layer("relu_1"))


@pytest.mark.parametrize("parameterisation", PARAMETERISATIONS)
def test_a_step_changes_the_picture_by_the_step_size_at_every_size(network, parameterisation):
    for size in (32, 96):
        start = np.random.default_rng(0).uniform(80, 170, (size, size, 1)).astype(np.uint8)
        settings = {"octaves": 1, "steps": 1, "transforms": (), "parameterisation": parameterisation}
        picture = next(dream(network, target(1), start, step_size=0.05, **settings)).image
        assert 0.5 * 0.05 * 255 < np.abs(picture.astype(int) - start).mean() < 1.5 * 0.05 * 255
