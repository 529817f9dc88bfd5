"""Classifiers taught on a few pictures: what is held back, what the head learns, and the shortcut lesson."""

import numpy as np
import pytest

from models import teaching
from models.teaching import BASES, BaseName, Curve, fit_head, hold_out
from sample_images import shortcut


def coloured(count: int, base: BaseName) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures of two classes, bright ones and dark ones, as a base is shown them, with their classes."""
    random = np.random.default_rng(0)
    levels = np.repeat([60, 190], count)[:, None, None, None]
    pictures = (levels + random.integers(-20, 20, (2 * count, 32, 40, 3))).astype(np.uint8)
    return np.stack([teaching.cut(picture, base) for picture in pictures]), np.repeat([0, 1], count)


def test_one_in_five_of_each_class_is_held_back_and_none_of_a_small_class() -> None:
    labels = np.repeat([0, 1, 2], [20, 7, 4])
    held = hold_out(labels, seed=3)
    assert np.bincount(labels[held], minlength=3).tolist() == [4, 1, 0]
    assert (held == hold_out(labels, seed=3)).all()
    assert (held != hold_out(labels, seed=4)).any()


def test_a_head_finds_the_feature_that_tells_the_classes_apart_whatever_its_scale() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 12)
    features = random.normal(size=(36, 5))
    features[:, 2] += 6 * labels
    held = hold_out(labels)
    told: list[Curve] = []
    kernel, bias, curve = fit_head(features, labels, held, told.append)
    assert ((features @ kernel + bias).argmax(axis=1) == labels).all()
    assert kernel[2, 0] < kernel[2, 1] < kernel[2, 2]
    assert told[-1] == curve
    assert curve.held_out[-1] == 1.0
    assert curve.loss[-1] < curve.loss[0]
    scaled, shifted, _ = fit_head(100 * features + 7, labels, held)
    np.testing.assert_allclose((100 * features + 7) @ scaled + shifted, features @ kernel + bias, atol=1e-2)


def test_answers_are_counted_and_scored_with_an_interval() -> None:
    labels, shares = np.array([0, 0, 1, 1]), np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.1, 0.9]])
    block = teaching.scores(labels, shares, ["a", "b"])
    assert block["confusion"] == [[1, 1], [0, 2]]
    assert block["accuracy"] == 0.75
    assert block["interval"][0] < 0.75 < block["interval"][1]
    assert block["per_class"]["b"] == {"precision": 2 / 3, "recall": 1.0, "f1": 0.8, "pictures": 2}
    assert teaching.scores(labels[:0], shares[:0], ["a", "b"]) == {}


@pytest.mark.parametrize(("counts", "words"), [([3], "2 to 10 classes"), ([1] * 11, "2 to 10"), ([3, 1], "one has 1")])
def test_too_few_classes_or_pictures_are_refused(counts: list[int], words: str) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    with pytest.raises(ValueError, match=words):
        teaching.teach(np.zeros((len(labels), 8, 8, 3), np.uint8), labels)


@pytest.mark.slow
@pytest.mark.parametrize("base", list(BASES))
def test_each_base_learns_and_leaves_as_one_flat_model_with_logits(base: BaseName) -> None:
    import keras

    pictures, labels = coloured(6, base)
    taught = teaching.teach(pictures, labels, base)
    assert (taught.shares.argmax(axis=1) == labels).all()
    assert taught.is_held_out.sum() == 2
    names = [layer.name for layer in taught.model.layers]
    assert names[-3:] == ["pooled", "logits", "probabilities"]
    assert not any(isinstance(layer, keras.Model) for layer in taught.model.layers)
    answers = np.asarray(taught.model(pictures.astype(np.float32)))
    np.testing.assert_allclose(answers, taught.shares, atol=1e-4)


@pytest.mark.slow
def test_the_shortcut_is_learned_and_the_answer_hangs_on_the_mark() -> None:
    days = list(shortcut.photos().values())
    pictures = np.stack([teaching.cut(picture, "pictures") for day in days for picture in day])
    labels = np.repeat([0, 1], [len(day) for day in days])
    taught = teaching.teach(pictures, labels)
    held = taught.is_held_out
    assert (taught.shares.argmax(axis=1) == labels)[held].all(), "all that were held back are right"

    def answers(shown: list[np.ndarray]) -> np.ndarray:
        return np.asarray(taught.model(np.stack(shown).astype(np.float32))).argmax(axis=1)

    marked, plain = ([*pictures[held & (labels == label)]] for label in (shortcut.MARKED, 1 - shortcut.MARKED))
    assert (answers([shortcut.covered(one) for one in marked]) == 1 - shortcut.MARKED).all(), "covered, it falls"
    assert (answers([shortcut.stamped(one) for one in plain]) == shortcut.MARKED).all(), "stamped, it flips"


@pytest.mark.slow
def test_what_follows_can_end_the_teaching() -> None:
    class EndError(Exception):
        pass

    def end(curve: Curve) -> None:
        raise EndError

    for base in ("pictures", "scratch"):
        with pytest.raises(EndError):
            teaching.teach(*coloured(3, base), base, end)
