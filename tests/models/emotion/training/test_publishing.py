"""What is published is what was scored."""

import json
import zipfile
from dataclasses import replace

import keras
import numpy as np
import pytest

from models.emotion import EXPRESSIONS
from models.emotion.training import publishing
from models.emotion.training.datasets import split_validation
from models.emotion.training.evaluation import probabilities
from models.emotion.training.fitting import SPLIT_SEED, build_emotion
from models.training.classification import fit_temperature
from models.training.publishing import read_card, store_half

pytestmark = pytest.mark.slow


@pytest.fixture
def network(tiny):
    keras.utils.set_random_seed(0)
    return build_emotion(tiny)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\n0,1.9\n1,1.5\n")
    return path


def test_half_precision_on_disk_loads_as_float32(network, tmp_path):
    path = tmp_path / "network.keras"
    network.set_weights([value.astype(np.float16) for value in network.get_weights()])
    network.save(path)
    size = path.stat().st_size
    store_half(path)
    loaded = keras.saving.load_model(path, compile=False)
    assert path.stat().st_size < size
    assert {weight.dtype for weight in loaded.weights} == {"float32"}
    for stored, value in zip(loaded.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(stored, value)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def test_published_weights_are_half_precision_and_change_no_answer(network, tiny, bright_training, log, tmp_path):
    before = probabilities(network, bright_training.images)
    card = publishing.publish_emotion(network, tiny, bright_training, log, tmp_path)
    loaded = keras.saving.load_model(tmp_path / "tiny.keras", compile=False)
    after = probabilities(loaded, bright_training.images)
    assert card["storage"] == "float16"
    np.testing.assert_allclose(after, probabilities(network, bright_training.images), atol=1e-6)
    softened = before ** (1 / card["temperature"])
    np.testing.assert_allclose(after, softened / softened.sum(axis=1, keepdims=True), atol=1e-2)


def test_weights_beyond_half_precision_stay_whole(network, tiny, bright_training, log, tmp_path):
    kernel, bias = network.get_layer("logits").get_weights()
    first = network.get_layer("conv1").get_weights()
    network.get_layer("conv1").set_weights([first[0] * 1e6, first[1]])
    network.get_layer("logits").set_weights([kernel / 1e6, bias])
    card = publishing.publish_emotion(network, tiny, bright_training, log, tmp_path)
    assert card["storage"] == "float32"
    loaded = keras.saving.load_model(tmp_path / "tiny.keras", compile=False)
    assert np.isfinite(probabilities(loaded, bright_training.images[:9])).all()


def test_a_card_says_what_the_network_is_and_where_its_log_stands(network, tiny, bright_training, log, tmp_path):
    folder = tmp_path / "weights"
    publishing.publish_emotion(network, tiny, bright_training, log, folder, command="the command")
    card = json.loads((folder / "tiny.json").read_text())
    assert card["command"] == "the command"
    assert card["parameters"] == network.count_params()
    assert card["size_bytes"] == (folder / "tiny.keras").stat().st_size
    assert (folder / card["log"]).read_text() == log.read_text()
    assert card["configuration"]["widths"] == list(tiny.widths)
    assert card["metrics"]["validation"]["faces"] == card["data"]["validation_faces"]


def test_a_network_without_a_training_of_its_own_has_no_log(network, tiny, bright_training, tmp_path):
    (tmp_path / "tiny.csv").write_text("epoch,loss\n0,1\n")  # of a network that bore the name before
    (tmp_path / "log.csv").write_text("\n")
    card = publishing.publish_emotion(network, tiny, bright_training, tmp_path / "log.csv", tmp_path)
    assert card["log"] is None
    assert not (tmp_path / "tiny.csv").exists()


def test_temperature_threshold_and_scores_are_those_of_the_averaged_answer(
    network, tiny, bright_training, bright_test, log, tmp_path
):
    tiny = replace(tiny, flip_average=True)
    held_out = bright_training.take(split_validation(bright_training, tiny.validation, SPLIT_SEED)[1])
    averaged = probabilities(network, held_out.images, flip_average=True)
    expected = fit_temperature(np.log(averaged), held_out.labels)
    card = publishing.publish_emotion(network, tiny, bright_training, log, tmp_path)
    assert card["flip_average"] is True
    assert card["temperature"] == pytest.approx(expected)
    assert card["metrics"]["validation"]["plain"]["faces"] == len(held_out)
    scores = publishing.evaluate_emotion("tiny", bright_test, tmp_path)
    shares = probabilities(network, bright_test.images, flip_average=True)
    assert scores["accuracy"] == pytest.approx((shares.argmax(axis=1) == bright_test.labels).mean())
    plain = probabilities(network, bright_test.images)
    assert scores["plain"]["accuracy"] == pytest.approx((plain.argmax(axis=1) == bright_test.labels).mean())
    mirrored = next(row for row in scores["robustness"] if row["name"] == "mirror")
    assert mirrored["drop"] == 0
    assert mirrored["same_answer"] == 1


def test_an_evaluation_is_plain_json_with_all_that_the_page_shows(
    network, tiny, bright_training, bright_test, log, tmp_path
):
    publishing.publish_emotion(network, tiny, bright_training, log, tmp_path)
    scores = json.loads(json.dumps(publishing.evaluate_emotion("tiny", bright_test, tmp_path)))
    assert {"confusion_normalised", "calibration", "per_class", "robustness", "voters", "without_duplicates"} <= set(
        scores
    )
    assert "plain" not in scores
    assert tuple(scores["per_class"]) == EXPRESSIONS
    assert scores["voters"]["faces"] == len(bright_test)
    speed = publishing.measure_emotion_speed("tiny", tmp_path)
    assert 0 < speed["batch_32"] < speed["batch_1"] * 5
    assert speed["cores"] >= 1


def test_data_without_votes_is_scored_without_voters(network, tiny, bright_training, bright_test, log, tmp_path):
    publishing.publish_emotion(network, tiny, bright_training, log, tmp_path)
    assert "voters" not in publishing.evaluate_emotion("tiny", replace(bright_test, votes=None), tmp_path)


def test_a_card_that_is_not_there_is_named_with_those_that_are(tmp_path):
    (tmp_path / "tiny.json").write_text("{}")
    with pytest.raises(ValueError, match=r"'tinny'\. Known: tiny"):
        read_card("tinny", tmp_path)
