import keras
import numpy as np
import pytest

from models.classifier.training.architectures import build_classifier
from models.classifier.training.configurations import ClassifierConfiguration
from models.classifier.training.datasets import PictureData
from models.classifier.training.evaluation import class_shares
from models.classifier.training.publishing import calibrate_classifier, even_shift


def test_a_shift_makes_two_classes_found_equally_often() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(4000) % 2
    margin = random.normal(np.where(labels == 0, 1.0, -1.0) - 0.6)  # leans to the second class by 0.6
    scores = np.stack([margin / 2, -margin / 2], axis=1)
    assert even_shift(scores, labels) == pytest.approx(0.6, abs=0.1)
    assert even_shift(scores[:, ::-1], 1 - labels) == pytest.approx(-0.6, abs=0.1)


def test_where_the_classes_are_found_equally_often_nothing_is_shifted() -> None:
    scores = np.array([[2.5, 0], [0, 2.5]])
    assert even_shift(scores, np.array([0, 1])) == 0


def test_more_than_two_classes_are_not_evened_out() -> None:
    with pytest.raises(ValueError, match="not 3"):
        even_shift(np.zeros((4, 3)), np.zeros(4, int))


@pytest.fixture
def network(tiny: ClassifierConfiguration) -> keras.Model:
    keras.utils.set_random_seed(0)
    return build_classifier(tiny, 2, 1)


@pytest.mark.parametrize("is_even", [True, False])
def test_what_was_calibrated_is_in_the_weights(network: keras.Model, data: PictureData, is_even: bool) -> None:
    watched = data.part("val")
    before = np.log(class_shares(network, watched))
    found = calibrate_classifier(network, data, is_even)
    after = np.log(class_shares(network, watched))
    expected = (before[:, 0] - before[:, 1]) / found.temperature + found.shift
    np.testing.assert_allclose(after[:, 0] - after[:, 1], expected, atol=0.05)
    assert found.is_half
    assert is_even or found.shift == 0


def test_what_is_calibrated_already_stays(network: keras.Model, data: PictureData) -> None:
    calibrate_classifier(network, data)
    assert calibrate_classifier(network, data).temperature == pytest.approx(1, abs=0.05)
