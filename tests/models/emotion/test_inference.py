import threading

import keras
import numpy as np
import pytest

from models import EXPRESSIONS, emotion, load_network

pytestmark = pytest.mark.usefixtures("brightness_network")


def test_probabilities_are_those_of_the_network() -> None:
    happy, neutral = np.exp([8 * 255 / 255, 4.0])
    white = np.full((1, 48, 48), 255, np.uint8)
    expected = np.array([1, 1, 1, happy, 1, 1, neutral]) / (5 + happy + neutral)
    scores = emotion.predict(white)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores[0], expected, rtol=1e-4)


def test_no_faces_give_no_scores() -> None:
    assert emotion.predict(np.zeros((0, 48, 48), np.uint8)).shape == (0, 7)


def test_a_batch_equals_its_parts() -> None:
    faces = np.random.default_rng(0).integers(0, 256, (5, 48, 48), dtype=np.uint8)
    parts = np.concatenate([emotion.predict(face[None]) for face in faces])
    np.testing.assert_allclose(emotion.predict(faces), parts, atol=1e-6)


def test_many_faces_are_scored_in_order() -> None:
    faces = np.broadcast_to(np.arange(600, dtype=np.uint8)[:, None, None], (600, 48, 48))
    assert (np.diff(emotion.predict(faces)[:256, 3]) > 0).all()
    np.testing.assert_allclose(emotion.predict(faces)[256:512], emotion.predict(faces)[:256], atol=1e-6)


def test_one_trace_serves_every_number_of_faces() -> None:
    for count in (1, 2, 7):
        emotion.predict(np.zeros((count, 48, 48), np.uint8))
    assert emotion.inference._compiled("emotion", False).experimental_get_tracing_count() == 1  # type: ignore[attr-defined]


def test_threads_share_the_network_without_mixing_faces() -> None:
    faces = np.random.default_rng(1).integers(0, 256, (8, 48, 48), dtype=np.uint8)
    expected = emotion.predict(faces)
    found: list[np.ndarray] = [np.empty(0)] * 8

    def score(index: int) -> None:
        for _ in range(20):
            found[index] = emotion.predict(faces[index : index + 1])[0]

    threads = [threading.Thread(target=score, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(np.stack(found), expected, atol=1e-6)


@pytest.mark.parametrize(
    "faces",
    [np.zeros((48, 48), np.uint8), np.zeros((1, 47, 48), np.uint8), np.zeros((1, 48, 48), np.float32)],
    ids=["one face without a batch", "another size", "floats"],
)
def test_faces_of_another_form_are_refused(faces: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        emotion.predict(faces)


def test_a_winner_below_the_threshold_is_uncertain() -> None:
    assert emotion.name_expression(np.array([0, 0, 0, 0.61, 0.39, 0, 0])) == "happy"
    assert emotion.name_expression(np.array([0, 0, 0, 0.59, 0.41, 0, 0])) == "uncertain"


def test_flip_averaging_means_the_logits_of_face_and_mirror_image(lopsided_network: keras.Model) -> None:
    face = np.zeros((1, 48, 48), np.uint8)
    face[:, :, :24] = 255  # its logit of happy is 8, its mirror image's 0
    happy, neutral = np.exp([4.0, 4.0])
    expected = np.array([1, 1, 1, happy, 1, 1, neutral]) / (5 + happy + neutral)
    np.testing.assert_allclose(emotion.predict(face, "lopsided")[0], expected, rtol=1e-4)
    np.testing.assert_allclose(emotion.predict(face[:, :, ::-1], "lopsided")[0], expected, rtol=1e-4)


def test_predict_and_scoring_average_alike(lopsided_network: keras.Model) -> None:
    from models.emotion.training.evaluation import probabilities

    faces = np.random.default_rng(0).integers(0, 256, (9, 48, 48), dtype=np.uint8)
    faces[:, :, :24] //= 2
    scored = probabilities(lopsided_network, faces, batch=4, flip_average=True)
    np.testing.assert_allclose(emotion.predict(faces, "lopsided"), scored, atol=1e-6)
    plain = probabilities(lopsided_network, faces)
    assert np.abs(scored - plain).max() > 0.1
    np.testing.assert_allclose(emotion.predict(faces, "lopsided", is_quick=True), plain, atol=1e-6)


@pytest.mark.usefixtures("lopsided_network")
def test_each_network_has_its_own_threshold() -> None:
    shares = np.array([0, 0, 0, 0.61, 0.39, 0, 0])
    assert emotion.name_expression(shares) == "happy"
    assert emotion.name_expression(shares, "lopsided") == "uncertain"


@pytest.mark.usefixtures("lopsided_network")
def test_expression_networks_are_listed_with_the_default_first() -> None:
    assert emotion.list_networks() == ["emotion", "lopsided"]


@pytest.mark.usefixtures("lopsided_network")
def test_a_network_of_another_task_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'points' is no expression network\. Known: emotion, lopsided"):
        emotion.predict(np.zeros((1, 48, 48), np.uint8), "points")


def test_a_network_is_loaded_once() -> None:
    assert load_network("emotion") is load_network("emotion")
    assert load_network("emotion").output_shape == (None, len(EXPRESSIONS))


@pytest.mark.parametrize("name", ["emotoin", "../weights/emotion", ""])
def test_an_unknown_network_is_refused_with_those_that_exist(name: str) -> None:
    with pytest.raises(ValueError, match="Known: emotion"):
        load_network(name)


def test_a_misspelt_network_is_told_its_near_match() -> None:
    with pytest.raises(ValueError, match="Did you mean emotion"):
        load_network("emotoin")
