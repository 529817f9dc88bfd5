"""Functions from pictures to scores: what asks for answers alone works, the rest says why not."""

import gc
import weakref

import numpy as np
import pytest

from interp import METHODS, Network, cover_test, deletion, explain, from_function, insertion
from interp.from_function import FunctionNetwork
from tests.interp import networks

ASKING = {"occlusion", "rise"}
"""The methods that ask for answers alone."""


def brightness(pictures: np.ndarray) -> np.ndarray:
    """Return the mean of the left half and of the right half, 0 to 1."""
    width = pictures.shape[2] // 2
    halves = [pictures[:, :, :width].mean(axis=(1, 2, 3)), pictures[:, :, width:].mean(axis=(1, 2, 3))]
    return np.stack(halves, axis=1) / 255


@pytest.fixture
def network() -> Network:
    return from_function(brightness, (12, 16, 1), ["left", "right"])


PICTURE = np.zeros((12, 16, 1), np.float32)
PICTURE[4:8, 10:14] = 255


def test_it_answers_as_the_function_does(network: Network) -> None:
    pictures = np.random.default_rng(0).uniform(0, 255, (70, 12, 16, 1)).astype(np.float32)
    np.testing.assert_allclose(network.predict(pictures), brightness(pictures), rtol=1e-5)
    np.testing.assert_allclose(network.logits(pictures), brightness(pictures), rtol=1e-5)
    assert network.class_index("right") == 1
    assert isinstance(network, FunctionNetwork)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_methods_that_ask_alone_find_what_counts_and_others_say_why_not(network: Network, method: str) -> None:
    if method in ASKING:
        values = explain(network, PICTURE, method, target="right").values
        assert np.isfinite(values).all()
        assert values[4:8, 10:14].mean() > values[:, :8].mean()
    else:
        with pytest.raises(ValueError, match=r"no gradients|no layer"):
            explain(network, PICTURE, method, target="right")


def test_the_tests_of_covering_work(network: Network) -> None:
    masks = np.zeros((2, 12, 16), bool)
    masks[0, 4:8, 10:14] = masks[1, :, :8] = True
    found = cover_test(network, PICTURE, masks, network.class_index("right"))
    assert found.hidden[0] < found.hidden[1]
    values = PICTURE[..., 0]
    for test in (deletion, insertion):
        assert np.isfinite(test(network, PICTURE, values, 1, steps=6, random_orders=2).scores).all()


def test_a_networks_function_has_the_networks_maps() -> None:
    model, _ = networks.linear()
    whole = Network(model)
    asked = from_function(lambda pictures: np.asarray(model(pictures)), whole.input_shape)
    x = networks.pictures(model)[0]
    np.testing.assert_allclose(asked.predict(x), whole.predict(x), rtol=1e-5)


@pytest.mark.parametrize("answer", [np.zeros(2), np.zeros((3, 2)), np.array([["a"], ["b"]])])
def test_functions_that_give_no_scores_are_refused(answer: np.ndarray) -> None:
    with pytest.raises(ValueError, match="must answer two pictures"):
        from_function(lambda pictures: answer, (8, 8, 3))


def test_labels_must_fit() -> None:
    with pytest.raises(ValueError, match="answers with 2 classes but labels names 3"):
        from_function(brightness, (8, 8, 1), ["a", "b", "c"])


def test_what_a_function_raises_comes_out() -> None:
    calls = []

    def fails(pictures: np.ndarray) -> np.ndarray:
        calls.append(len(pictures))
        if len(calls) > 1:
            raise ArithmeticError("broken")
        return np.zeros((len(pictures), 2))

    network = from_function(fails, (8, 8, 1))
    with pytest.raises(Exception, match="broken"):
        network.predict(np.zeros((8, 8, 1)))


def test_a_function_goes_with_its_network() -> None:
    class Holder:
        def __call__(self, pictures: np.ndarray) -> np.ndarray:
            return brightness(pictures)

    holder = Holder()
    gone = weakref.ref(holder)
    network = from_function(holder, (8, 8, 1))
    network.predict(np.zeros((8, 8, 1)))
    del holder, network
    gc.collect()
    assert gone() is None
