"""Gradient ascent: it climbs, it can be repeated, cancelled and sized, and it never shows what is not finite."""

from pathlib import Path

import keras
import numpy as np
import pytest

from interp import Network, activations, dream
from interp.dream import LADDER, Jitter, Pad, Rotate, Scale, atlas, channel, direction, ladder, layer, target, unit
from interp.dream.parameterisation import COLOURS, PARAMETERISATIONS, natural_noise
from tests.interp import networks

pytestmark = pytest.mark.slow

EMOTION = Path(__file__).parents[2] / "models" / "weights" / "emotion.keras"


@pytest.fixture(scope="module")
def network():
    return Network(networks.vgg_like(side=32))


OBJECTIVES = [
    layer("relu1"),
    channel("relu1", 3),
    channel("answer", 2),
    unit("relu1", 2, (0.25, 0.75)),
    target(1),
    target(1) - 0.5 * target(2),
    direction("relu1", np.arange(8) - 3.5),
    channel("relu0", 1) + target(3),
]


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
def test_a_network_of_one_size_is_shown_coarse_pictures_enlarged(parameterisation):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((24, 24, 1)),
            keras.layers.Conv2D(4, 3, activation="relu", name="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(3, name="answer"),
        ]
    )
    network = Network(model, value_range=(0, 1))
    assert not network.accepts(20, 20)
    settings = {"parameterisation": parameterisation, "transforms": (), "steps": 12, "frames_every": 1}
    frames = list(dream(network, channel("answer", 1), "grey", octaves=3, octave_scale=1.4, **settings))
    assert [frame.image.shape for frame in frames[::12]] == [(12, 12, 1), (17, 17, 1), (24, 24, 1)]
    scores = [frame.score for frame in frames]
    assert scores[0] < scores[11] < scores[-1], "every octave climbs the same hill"
    seen = network.model(frames[-1].images / 255).numpy()[0, 1]
    assert seen == pytest.approx(scores[-1], abs=0.1 * abs(scores[-1])), "the last picture is what was looked at"


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


def roughness(picture: np.ndarray) -> float:
    return float(np.abs(np.diff(picture.astype(int), axis=0)).mean())


@pytest.mark.parametrize("parameterisation", PARAMETERISATIONS)
def test_total_variation_smooths(network, parameterisation):
    settings = {"octaves": 1, "transforms": (), "parameterisation": parameterisation, "step_size": 0.01}
    rough, smooth = (
        last(dream(network, channel("relu0", 0), total_variation=weight, **settings)).image for weight in (0.0, 1.0)
    )
    # A spectrum divided by its frequency has little roughness to lose.
    assert roughness(smooth) < (0.7 if parameterisation == "pixel" else 1.0) * roughness(rough)


@pytest.mark.parametrize("parameterisation", PARAMETERISATIONS)
def test_l2_keeps_near_grey(network, parameterisation):
    settings = {"octaves": 1, "transforms": (), "parameterisation": parameterisation, "step_size": 0.02}
    free, held = (last(dream(network, target(1), l2=weight, **settings)).image for weight in (0.0, 5.0))
    assert np.abs(held - 127.5).mean() < 0.7 * np.abs(free - 127.5).mean()


def last(frames):
    *_, result = frames
    return result


def test_on_a_linear_network_every_pixel_goes_the_way_of_its_weights_sign():
    model, weights = networks.linear()
    settings = {"octaves": 1, "steps": 300, "transforms": (), "parameterisation": "pixel", "step_size": 0.02}
    picture = last(dream(Network(model), target(2), "grey", **settings)).image[..., 0]
    sure = np.abs(weights[..., 2]) > 0.05 * np.abs(weights[..., 2]).max()
    np.testing.assert_array_equal(picture[sure], np.where(weights[..., 2] > 0, 255, 0)[sure])


def test_the_difference_of_two_objectives_goes_the_way_of_the_weights_difference():
    model, weights = networks.linear()
    difference = weights[..., 2] - weights[..., 4]
    settings = {"octaves": 1, "steps": 300, "transforms": (), "parameterisation": "pixel", "step_size": 0.02}
    picture = last(dream(Network(model), target(2) - target(4), "grey", **settings)).image[..., 0]
    sure = np.abs(difference) > 0.05 * np.abs(difference).max()
    np.testing.assert_array_equal(picture[sure], np.where(difference > 0, 255, 0)[sure])


def test_a_direction_along_one_channel_is_that_channel(network):
    along = np.eye(8)[3] * 5
    settings = {"octaves": 1, "steps": 5}
    first, second = (last(dream(network, one, **settings)) for one in (channel("relu1", 3), direction("relu1", along)))
    np.testing.assert_array_equal(first.images, second.images)
    assert first.score == pytest.approx(second.score, rel=1e-5)


def test_a_unit_changes_its_own_surroundings_only(network):
    start = np.full((32, 32, 1), 128, np.uint8)
    settings = {"octaves": 1, "steps": 3, "transforms": ()}
    picture = last(dream(network, unit("relu0", 2, (0.1, 0.9)), start, **settings)).image[..., 0]
    rows, columns = np.nonzero(picture != 128)
    assert rows.size
    assert (rows.min(), rows.max()) >= (2, 2)
    assert max(abs(rows - 3)) <= 1
    assert max(abs(columns - 28)) <= 1


def test_the_score_is_the_objective_of_the_picture(network):
    frames = list(dream(network, channel("relu1", 3), octaves=1, steps=2, frames_every=1, transforms=()))
    reached = activations(network, frames[0].image, "relu1")[..., 3].mean()
    assert frames[1].score == pytest.approx(reached, rel=0.02)


@pytest.mark.parametrize("parameterisation", PARAMETERISATIONS)
def test_a_grey_start_does_not_stay_grey(parameterisation):
    model = networks.vgg_like()
    model.get_layer("norm1").set_weights([np.ones(8), np.full(8, -0.05), np.zeros(8), np.ones(8)])
    network = Network(model)
    assert not activations(network, np.full((16, 16, 1), 127.5), "relu1").any()
    frame = last(dream(network, channel("relu1", 1), "grey", octaves=1, parameterisation=parameterisation, steps=40))
    assert frame.score > 0
    assert frame.image.std() > 5


def test_an_objective_without_any_gradient_wanders_instead_of_failing():
    model = networks.vgg_like()
    model.get_layer("conv1").set_weights([np.zeros((3, 3, 6, 8))])
    frames = list(dream(Network(model), channel("relu1", 1), "grey", octaves=1, steps=4))
    assert frames[-1].image.std() > 0
    assert {frame.score for frame in frames} == {0.0}


def test_several_pictures_of_one_objective_come_from_different_noise(network):
    frame = last(dream(network, channel("relu1", 3), count=3, octaves=1, steps=5))
    assert frame.images.shape == (3, 32, 32, 1)
    assert frame.scores.shape == (3,)
    assert (frame.images[0] != frame.images[1]).any()
    np.testing.assert_allclose(
        frame.images[0].astype(int), last(dream(network, channel("relu1", 3), octaves=1, steps=5)).image, atol=1
    )


def likeness(network: Network, pictures: np.ndarray) -> float:
    maps = activations(network, pictures, "relu1").reshape(len(pictures), -1, 8)
    gram = np.einsum("npk,npl->nkl", maps, maps).reshape(len(pictures), -1)
    gram /= np.linalg.norm(gram, axis=1, keepdims=True)
    return float((gram @ gram.T)[np.triu_indices(len(pictures), 1)].mean())


def test_diversity_makes_pictures_less_alike(network):
    alike, diverse = (
        likeness(network, last(dream(network, channel("relu1", 3), count=3, diversity=weight, steps=30)).images)
        for weight in (0.0, 1.0)
    )
    assert diverse < alike - 0.02


def test_an_atlas_is_made_of_single_dreams_and_tells_how_far_it_is(network):
    settings = {"octaves": 2, "steps": 6, "octave_scale": 1.2, "seed": 4}
    pages = list(atlas(network, "relu1", batch=3, **settings))
    assert [(page.done, page.total, len(page.images)) for page in pages] == [(3, 8, 3), (6, 8, 6), (8, 8, 8)]
    assert pages[-1].channels == tuple(range(8))
    for index in (0, 4, 7):
        alone = last(dream(network, channel("relu1", index), **settings))
        np.testing.assert_allclose(pages[-1].images[index].astype(int), alone.image, atol=2)
        assert pages[-1].scores[index] == pytest.approx(alone.score, rel=1e-2)


def test_an_atlas_of_chosen_channels_compiles_nothing_twice_and_can_be_left(network):
    settings = {"octaves": 1, "steps": 2}
    list(atlas(network, "relu1", [1], **settings))
    kept = network.kept
    pages = atlas(network, "relu1", [5, 2, 7], batch=2, **settings)
    assert next(pages).channels == (5, 2)
    pages.close()
    assert list(pages) == []
    assert network.kept == kept
    with pytest.raises(ValueError, match="no channel 8"):
        atlas(network, "relu1", [8])


def test_the_ladder_has_one_picture_a_rung_from_one_seed(network):
    rungs = dict(ladder(network, channel("relu1", 3), octaves=1, steps=10))
    assert list(rungs) == list(LADDER) == ["none", "total variation", "jitter", "fourier"]
    pictures = [frame.image for frame in rungs.values()]
    assert roughness(pictures[-1]) < roughness(pictures[0])
    alone = last(dream(network, channel("relu1", 3), octaves=1, steps=10, **LADDER["jitter"])).image
    np.testing.assert_array_equal(pictures[2], alone)
    with pytest.raises(ValueError, match="transforms themselves"):
        ladder(network, channel("relu1", 3), transforms=())


@pytest.mark.parametrize("move", [Jitter(3), Jitter(0.1), Scale(0.2), Rotate(20), Pad(3)], ids=str)
def test_a_move_depends_on_its_seed_alone_and_keeps_shape_and_range(move):
    pictures = np.random.default_rng(0).uniform(size=(2, 20, 24, 3)).astype(np.float32)
    first, again, other = (move.apply(pictures, seed).numpy() for seed in ([1, 2], [1, 2], [1, 3]))
    assert first.shape == pictures.shape
    np.testing.assert_array_equal(first, again)
    assert isinstance(move, Pad) or (first != other).any()
    assert first.min() >= 0
    assert first.max() <= 1


def test_still_moves_change_nothing():
    pictures = np.random.default_rng(0).uniform(size=(1, 9, 8, 1)).astype(np.float32)
    for move in (Jitter(0), Scale(0.0), Rotate(0.0), Pad(0)):
        np.testing.assert_allclose(move.apply(pictures, [0, 0]), pictures, atol=1e-5)


def test_rotation_and_scale_move_a_dot_where_geometry_says():
    pictures = np.zeros((1, 21, 21, 1), np.float32)
    pictures[0, 10, 14] = 1  # 4 to the right of the centre

    def found(move, seed):
        moved = move.apply(pictures, seed).numpy()[0, ..., 0]
        row, column = np.indices(moved.shape)
        return np.array([(row * moved).sum(), (column * moved).sum()]) / moved.sum() - 10

    for seed in ([0, 0], [0, 1]):
        assert np.hypot(*found(Rotate(45), seed)) == pytest.approx(4, abs=0.3)
        assert found(Scale(0.2), seed)[0] == pytest.approx(0, abs=0.1)


def test_noise_has_the_spectrum_of_photos():
    noise = natural_noise((64, 64, 1), seed=0)
    assert noise.std() == pytest.approx(1, rel=1e-3)
    power = np.abs(np.fft.rfft2(noise[..., 0])) ** 2
    assert power[1:4, 1:4].mean() > 50 * power[20:28, 20:28].mean()


def test_the_spectrum_holds_brightness_apart_from_colour():
    grey = np.random.default_rng(0).uniform(0.2, 0.8, (1, 16, 16, 1)).repeat(3, axis=-1).astype(np.float32)
    power = np.square(PARAMETERISATIONS["fourier"].encode(grey)).sum(axis=(0, 2, 3, 4))
    assert power[0] > 10 * power[1:].sum()
    assert np.linalg.norm(COLOURS, axis=0).max() == pytest.approx(1)


def test_colour_dreams_on_a_nested_network():
    network = Network(networks.nested())
    frames = list(dream(network, channel("backbone/block/relu", 2), steps=15, octaves=1, frames_every=15))
    first = next(dream(network, channel("backbone/block/relu", 2), steps=1, octaves=1, frames_every=1))
    assert frames[-1].image.shape == (16, 16, 3)
    assert frames[-1].score > first.score


def test_a_photo_of_another_size_is_fitted_to_a_network_of_one_size():
    photo = np.random.default_rng(0).integers(0, 255, (40, 30, 1), np.uint8)
    assert last(dream(Network(networks.sequential()), target(0), photo, steps=1)).image.shape == (16, 16, 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps is greater than 0"),
        ({"octave_scale": 1.0}, "octave_scale"),
        ({"parameterisation": "fourrier"}, "did you mean 'fourier'"),
        ({"start": "gray"}, "did you mean 'grey'"),
        ({"start": np.zeros((4, 4, 3))}, "start is a picture"),
        ({"size": 0}, "size"),
        ({"count": 0}, "count"),
        ({"diversity": -1.0}, "diversity is a weight"),
        ({"total_variation": float("nan")}, "total_variation is a weight"),
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


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (unit("answer", 0), "no maps"),
        (unit("relu1", 0, (0.5, 1.5)), "shares from 0 to 1"),
        (unit("relu1", 8), "no channel 8"),
        (direction("relu1", [1.0]), "8 channels, but vector has 1"),
        (direction("relu1", [0.0] * 8), "not all zero"),
        ([], "none"),
        ([channel("relu1", 0), channel("relu0", 0)], "of one kind"),
    ],
)
def test_objectives_that_do_not_fit_are_refused(network, objective, message):
    with pytest.raises(ValueError, match=message):
        dream(network, objective)


@pytest.mark.skipif(not EMOTION.exists(), reason="the emotion network is not there yet")
def test_the_emotion_network_dreams_at_other_sizes_than_its_own():
    network = Network(keras.models.load_model(EMOTION, compile=False))
    frames = list(dream(network, channel(network.default_layer, 0), size=(64, 80), steps=6, frames_every=6))
    assert frames[-1].image.shape == (64, 80, 1)
    assert frames[-1].score > 0
    assert all(np.isfinite(frame.scores).all() for frame in frames)
