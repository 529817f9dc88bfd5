"""A tiny network is trained, resumed and published on made data."""

import csv
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest

from models.emotion.training import architectures, fitting
from models.emotion.training.configurations import EMOTION, PARTS, Cycle
from models.emotion.training.datasets import ExpressionData
from models.emotion.training.evaluation import probabilities
from models.emotion.training.fitting import build_emotion, fit_emotion, take_weights
from models.emotion.training.publishing import publish_emotion

pytestmark = pytest.mark.slow

TINY = replace(
    EMOTION["emotion-coarse"],
    name="tiny",
    widths=(8, 16),
    depths=(1, 1),
    cycles=(Cycle(epochs=3, warmup_epochs=0.5),),
    batch=32,
    dropout=0.0,
    dtype="float32",
)


@pytest.fixture(scope="module")
def data():
    """Faces whose brightness tells the label."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 7, 320).astype(np.uint8)
    noise = rng.integers(-8, 9, (320, 48, 48))
    images = np.clip(labels[:, None, None] * 36 + 16 + noise, 0, 255).astype(np.uint8)
    rows = np.arange(320, dtype=np.int32)
    return ExpressionData(images, labels, rows, rows, rng.integers(0, 3, (320, 10)).astype(np.uint8))


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("training")
    return fit_emotion(TINY, data, folder), folder


def log_of(folder):
    with (folder / "log.csv").open() as file:
        return list(csv.DictReader(file))


def test_training_lowers_the_loss(trained):
    rows = log_of(trained[1])
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])


def test_training_resumes_after_an_interruption(trained, data, tmp_path):
    """What was trained stays, and the rest is trained on."""
    shutil.copytree(trained[1], tmp_path, dirs_exist_ok=True)
    (tmp_path / "cycle1" / "done.keras").unlink()
    fit_emotion(replace(TINY, cycles=(Cycle(epochs=4, warmup_epochs=0.5),)), data, tmp_path)
    rows = log_of(tmp_path)
    assert rows[:3] == log_of(trained[1])
    assert [row["epoch"] for row in rows] == ["0", "1", "2", "3"]


def test_a_finished_training_is_not_repeated(trained, data):
    network, folder = trained
    again = fit_emotion(TINY, data, folder)
    assert len(log_of(folder)) == 3
    np.testing.assert_allclose(
        probabilities(again, data.images[:9]), probabilities(network, data.images[:9]), atol=1e-6
    )


def test_a_second_cycle_goes_on_from_the_first_and_its_epochs_are_counted_on(trained, data):
    network, folder = trained
    still = Cycle(epochs=1, peak_rate=1e-7, mix=1.0, mix_until=0.0, teaching=0.5)
    longer = fit_emotion(replace(TINY, cycles=(*TINY.cycles, still)), data, folder)
    assert [row["epoch"] for row in log_of(folder)] == ["0", "1", "2", "3"]
    kernel = network.get_layer("conv1_1").get_weights()[0]
    np.testing.assert_allclose(longer.get_layer("conv1_1").get_weights()[0], kernel, atol=1e-4)


def test_a_network_is_taught_by_a_published_one(data, tmp_path, monkeypatch):
    """The teacher says the same of every face, whatever its label: so does a network that hears the teacher alone."""
    teacher = build_emotion(TINY)
    teacher.get_layer("logits").set_weights([np.zeros((16, 7)), np.log([0.94] + 6 * [0.01])])
    monkeypatch.setattr(fitting, "load_network", {"master": teacher}.__getitem__)
    taught = replace(TINY, teacher="master", label_smoothing=0.0, cycles=(Cycle(epochs=6, teaching=1.0),))
    network = fit_emotion(taught, data, tmp_path)
    assert (probabilities(network, data.images).argmax(axis=1) == 0).all()


def test_a_network_answers_as_its_teacher_to_the_faces_that_it_sees(data, tmp_path, monkeypatch):
    """The teacher tells bright faces from dark ones by a score of its own, which the labels here contradict."""
    teacher = trained_by_brightness()
    monkeypatch.setattr(fitting, "load_network", {"master": teacher}.__getitem__)
    taught = Cycle(epochs=12, warmup_epochs=0.5, mix=0.5, matching=1.0)
    network = fit_emotion(replace(TINY, teacher="master", cycles=(taught,)), data, tmp_path)
    theirs, ours = probabilities(teacher, data.images), probabilities(network, data.images)
    assert np.abs(theirs - ours).max(axis=1).mean() < 0.15
    assert (theirs.argmax(axis=1) == ours.argmax(axis=1)).mean() > 0.9
    assert float(log_of(tmp_path)[-1]["matched_loss"]) < float(log_of(tmp_path)[0]["matched_loss"])
    np.testing.assert_array_equal(probabilities(teacher, data.images), theirs)  # the teacher learns nothing


def trained_by_brightness():
    """The network of TINY's shape that says the first class of dark faces and the second of bright ones."""
    pixels = keras.Input((48, 48, 1), name="pixels")
    mean = keras.layers.GlobalAveragePooling2D(name="pooled")(keras.layers.Rescaling(1 / 127.5, -1)(pixels))
    logits = keras.layers.Dense(7, name="logits")
    network = keras.Model(pixels, keras.layers.Softmax(name="probabilities")(logits(mean)))
    logits.set_weights(
        [np.array([[-6, 6, 0, 0, 0, 0, 0]], np.float32), np.array([0, 0, -9, -9, -9, -9, -9], np.float32)]
    )
    return network


def test_fewer_poolings_leave_finer_last_maps():
    sides = [
        build_emotion(replace(EMOTION["emotion-coarse"], poolings=poolings)).get_layer("pooled").input.shape[1]
        for poolings in (None, 2)
    ]
    assert sides == [6, 12]


def test_a_network_starts_from_one_column_of_another():
    left, right = (build_emotion(replace(TINY, widths=widths)) for widths in ((8, 16), (8, 24)))
    pair = architectures.columns([left, right])
    network = build_emotion(replace(TINY, widths=(8, 24)))
    assert take_weights(network, pair, "column2_") == 4  # two convolutions with their normalisation
    np.testing.assert_array_equal(
        network.get_layer("conv2_1").get_weights()[0], right.get_layer("conv2_1").get_weights()[0]
    )


def test_the_labels_may_be_fewer(data, tmp_path):
    two = data.take(data.labels < 2)
    network = fit_emotion(TINY, two, tmp_path, steps_limit=2, classes=2, split=(np.arange(40), np.arange(40, 60)))
    assert network.output_shape == (None, 2)


def test_a_network_starts_from_the_layers_that_it_shares_with_another(trained):
    start, _ = trained
    wider = build_emotion(replace(TINY, widths=(8, 24)))
    assert take_weights(wider, start) == 2  # the first convolution and its normalisation
    np.testing.assert_array_equal(
        wider.get_layer("conv1_1").get_weights()[0], start.get_layer("conv1_1").get_weights()[0]
    )


def usual_faces(count=9):
    """float32 (count, 48, 48, 1): noise of the usual mean and deviation."""
    noise = np.random.default_rng(0).standard_normal((count, 48, 48, 1)).astype(np.float32)
    noise = (noise - noise.mean((1, 2, 3), keepdims=True)) / noise.std((1, 2, 3), keepdims=True)
    return noise * architectures.LIGHT_DEVIATION + architectures.LIGHT_MEAN


def answers(network, faces):
    return keras.ops.convert_to_numpy(network(faces, training=False))


@pytest.mark.parametrize("has_usual_light", [False, True])
def test_columns_average_the_scores_of_their_networks(has_usual_light):
    one = build_emotion(replace(TINY, has_usual_light=has_usual_light))
    other = build_emotion(replace(TINY, architecture="residual", widths=(24,), depths=(1,)))
    joined = architectures.columns([one, other])
    faces = usual_faces()
    shares = [answers(network, faces) for network in (one, other, joined)]
    expected = np.sqrt(shares[0] * shares[1])
    np.testing.assert_allclose(shares[2], expected / expected.sum(axis=1, keepdims=True), atol=1e-3)
    assert all(not isinstance(layer, keras.Model) for layer in joined.layers)
    assert sum(layer.name.endswith("usual_light") for layer in joined.layers) == 1


def test_usual_light_leaves_a_usual_face_and_helps_a_dark_one_by_a_limited_factor():
    network = build_emotion(replace(TINY, has_usual_light=True))
    light = keras.Model(network.input, network.get_layer("usual_light").output)
    faces = usual_faces()
    np.testing.assert_allclose(answers(light, faces), faces, atol=0.1)
    contrast = [answers(light, faces * factor).std() / (faces * factor).std() for factor in (0.5, 0.2, 0.01)]
    np.testing.assert_allclose(contrast, [1.53, 1.94, 2.06], atol=0.02)
    even = answers(light, np.full_like(faces, 40))
    np.testing.assert_allclose(even, architectures.LIGHT_MEAN, atol=0.1)


def test_columns_are_trained_along_with_the_network_that_they_are_for(data, tmp_path, monkeypatch):
    part = replace(TINY, name="part", cycles=(Cycle(epochs=1),), has_usual_light=True, seed=4)
    other = replace(part, name="other", widths=(8, 24), start=None, seed=5)
    monkeypatch.setattr(fitting, "PARTS", {"part": part, "other": other})
    pair = replace(
        TINY, name="pair", architecture="columns", columns=("part", "other"), cycles=(Cycle(epochs=1, peak_rate=1e-9),)
    )
    network = fit_emotion(pair, data, tmp_path, steps_limit=2)
    parts = [keras.saving.load_model(tmp_path / name / "cycle1" / "done.keras") for name in ("part", "other")]
    kernels = [parts[0].get_layer("conv1_1").get_weights()[0], network.get_layer("column1_conv1_1").get_weights()[0]]
    np.testing.assert_allclose(kernels[0], kernels[1], atol=1e-6)
    assert network.get_layer("features").output.shape[-1] == 16 + 24
    assert [row["epoch"] for row in log_of(tmp_path)] == ["0", "1", "2"], "the log holds the columns' training too"
    assert set(PARTS).isdisjoint(EMOTION)


def built(name):
    """A network of a configuration with all its columns, untrained."""
    configuration = (PARTS | EMOTION)[name]
    return build_emotion(configuration, columns=[built(column) for column in configuration.columns])


@pytest.mark.parametrize(
    "name", [name for name, configuration in EMOTION.items() if configuration.cycles or configuration.columns]
)
def test_each_network_has_exact_class_maps_and_no_narrow_shortcut(name):
    network = built(name)
    assert isinstance(network.get_layer("pooled"), keras.layers.GlobalAveragePooling2D)
    assert network.count_params() < 5e6
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.kernel_size == (1, 1) and layer.strides == (2, 2):
            assert layer.input.shape[-1] >= 16


def test_bfloat16_training_gives_a_float32_network_of_nearly_the_same_outputs():
    low, full = build_emotion(TINY, "mixed_bfloat16"), build_emotion(TINY, "float32")
    full.set_weights(low.get_weights())
    faces = np.random.default_rng(0).integers(0, 256, (16, 48, 48), dtype=np.uint8)
    assert all(weight.dtype == "float32" for weight in full.weights)
    np.testing.assert_allclose(probabilities(full, faces), probabilities(low, faces), atol=1e-2)


def test_a_published_file_gives_the_same_outputs_and_says_what_it_is(trained, data, tmp_path):
    network, folder = trained
    card = publish_emotion(network, TINY, data, folder / "log.csv", tmp_path)
    loaded = keras.models.load_model(tmp_path / "tiny.keras", compile=False)
    np.testing.assert_allclose(
        probabilities(loaded, data.images), probabilities(network, data.images), rtol=1e-5, atol=1e-7
    )
    assert card["parameters"] == loaded.count_params()
    assert card["size_bytes"] == (tmp_path / "tiny.keras").stat().st_size
    assert card["data"]["training_faces"] + card["data"]["validation_faces"] == len(data)
    assert (tmp_path / "tiny.csv").read_text() == (folder / "log.csv").read_text()


def test_the_temperature_becomes_part_of_the_published_weights(trained, data, tmp_path):
    network, folder = trained
    before = np.log(probabilities(network, data.images[:20]))
    card = publish_emotion(network, TINY, data, folder / "log.csv", tmp_path)
    after = np.log(probabilities(network, data.images[:20]))
    expected = before / card["temperature"]
    np.testing.assert_allclose(
        after - after[:, :1], expected - expected[:, :1], atol=1e-2
    )  # softmax leaves differences of logits
