"""How steady an answer is, asked of made-up answers that are known."""

import numpy as np
import pytest

from models import analyse, emotion, load_image
from models.faces.changes import CHANGES, NOTHING, Scene, Setting, apply
from models.faces.steadiness import Curve, Wobble, curve, find_flips, jitter_box, jitter_crop
from sample_images import SAMPLES

ASTRONAUT = load_image(SAMPLES[0].path)
EVEN = Scene(np.full((48, 48), 100, np.uint8))


def by_brightness(faces: np.ndarray) -> np.ndarray:
    """Class 1 above a mean of 150, else class 0; sure of it by how far that is."""
    share = 1 / (1 + np.exp(-(faces.mean(axis=(1, 2)) - 150) / 10))
    return np.stack([1 - share, share], axis=1).astype(np.float32)


@pytest.fixture(scope="module")
def face() -> object:
    return analyse(ASTRONAUT, people=False).faces[0]


def test_a_curve_is_one_batch_and_crosses_where_the_answer_flips() -> None:
    batches = []

    def predict(faces: np.ndarray) -> np.ndarray:
        batches.append(len(faces))
        return by_brightness(faces)

    found = curve(EVEN, predict, NOTHING, "light")
    assert batches == [len(found.values)]
    ((place, before, after),) = found.crossings
    assert (before, after) == (0, 1)
    assert place == pytest.approx(np.log2(1.5), abs=0.02)


def test_a_curve_keeps_all_other_changes() -> None:
    darker = curve(EVEN, by_brightness, Setting(gamma=2), "light")
    assert darker.crossings[0][0] > curve(EVEN, by_brightness, NOTHING, "light").crossings[0][0]


def test_a_curve_that_does_not_flip_has_no_crossing() -> None:
    assert Curve(CHANGES["blur"], np.arange(3.0), np.float32([[0.9, 0.1]] * 3)).crossings == []


def test_the_least_flip_is_found_to_the_step() -> None:
    flips = {flip.change: flip for flip in find_flips(EVEN, by_brightness)}
    light = flips["light"]
    assert light.setting == NOTHING.replace(light=0.6), "100 × 2 ^ 0.6 = 151.6, and 2 ^ 0.5 gives 141.4"
    assert light.winner == 1
    assert light.of_range == pytest.approx(0.6 / 3)
    assert light.pixels == pytest.approx(52)
    np.testing.assert_array_equal(light.crop, apply(EVEN, light.setting))
    gamma = flips["gamma"].setting.gamma
    assert by_brightness(apply(EVEN, Setting(gamma=gamma))[None]).argmax() == 1
    assert by_brightness(apply(EVEN, Setting(gamma=gamma + 0.05))[None]).argmax() == 0, "a step less is not enough"
    assert "blur" not in flips


def test_flips_come_with_the_least_changed_pixels_first() -> None:
    sizes = [flip.pixels for flip in find_flips(EVEN, by_brightness)]
    assert sizes == sorted(sizes)


def test_flips_to_another_class_alone_are_found() -> None:
    def three(faces: np.ndarray) -> np.ndarray:
        mean = faces.mean(axis=(1, 2))
        winner = np.select([mean > 150, mean < 60], [1, 2], 0)
        return np.eye(3, dtype=np.float32)[winner]

    assert {flip.winner for flip in find_flips(EVEN, three)} == {1, 2}
    assert {flip.winner for flip in find_flips(EVEN, three, target=2)} == {2}
    assert find_flips(EVEN, three, target=0) == [], "the class that wins now is no flip"


def test_an_answer_that_never_changes_has_no_flip() -> None:
    assert find_flips(EVEN, lambda faces: np.float32([[0.9, 0.1]] * len(faces))) == []


def test_a_covered_part_can_flip(face: object) -> None:
    scene = Scene.of_face(ASTRONAUT, face)
    mouth = scene.covered(Setting(covered=("mouth",))) > 0.9

    def sees_no_mouth(faces: np.ndarray) -> np.ndarray:
        gone = (faces[:, mouth].std(axis=1) < 1).astype(int)
        return np.eye(2, dtype=np.float32)[gone]

    flips = find_flips(scene, sees_no_mouth, fill="grey", samples=9)
    covers = [flip.setting for flip in flips if flip.change == "cover"]
    assert covers == [Setting(covered=("mouth",), fill="grey")]


def test_a_search_tells_how_far_it_is_and_can_be_ended() -> None:
    told: list[tuple[int, int]] = []
    find_flips(EVEN, by_brightness, on_step=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]

    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        find_flips(EVEN, by_brightness, on_step=stop)


def test_boxes_are_drawn_within_what_was_said_and_the_same_by_seed() -> None:
    draws = Wobble(0.1, 0.2, 15, 500, seed=4).draw()
    assert np.abs(draws[:, :2]).max() <= 0.1
    assert 1 / 1.2 <= draws[:, 2].min() < 0.86 < 1.17 < draws[:, 2].max() <= 1.2
    assert 14 < np.abs(draws[:, 3]).max() <= 15
    np.testing.assert_array_equal(draws, Wobble(0.1, 0.2, 15, 500, seed=4).draw())
    assert not np.allclose(draws, Wobble(0.1, 0.2, 15, 500, seed=5).draw())
    with pytest.raises(ValueError, match="at least"):
        Wobble(shift=-0.1)


def test_a_box_that_is_not_off_gives_the_crop_and_its_answer(face: object) -> None:
    still = Wobble(0, 0, 0, 3)
    spread = jitter_crop(ASTRONAUT, face.transform, 48, emotion.predict, still)  # type: ignore[attr-defined]
    assert np.abs(spread.crops.astype(int) - face.crop).max() <= 1  # type: ignore[attr-defined]
    np.testing.assert_allclose(spread.shares[0], list(face.emotion.values()), atol=0.01)  # type: ignore[attr-defined]


def test_a_box_moved_right_shows_the_face_further_left() -> None:
    photo = np.repeat(np.tile(np.arange(120, dtype=np.uint8) * 2, (120, 1))[..., None], 3, axis=2)
    transform = np.array([[1.0, 0, 36], [0, 1, 36]])
    spread = jitter_crop(photo, transform, 48, by_brightness, Wobble(0.2, 0, 0, 20))
    means = spread.crops[:, 24].astype(float).mean(axis=1)
    np.testing.assert_allclose(means, means.mean() + 2 * 48 * (spread.draws[:, 0] - spread.draws[:, 0].mean()), atol=1)


def test_points_looked_for_anew_make_up_for_a_box_that_is_off(face: object) -> None:
    told: list[int] = []
    wobble = Wobble(0.1, 0.15, 10, 20)
    arguments = (face.landmarks, face.angle)  # type: ignore[attr-defined]
    aligned = jitter_box(ASTRONAUT, *arguments, emotion.predict, wobble, on_step=lambda done, total: told.append(done))
    moved = jitter_crop(ASTRONAUT, face.transform, 48, emotion.predict, wobble)  # type: ignore[attr-defined]
    own = face.crop.astype(float)  # type: ignore[attr-defined]

    def off(crops: np.ndarray) -> float:
        return float(np.abs(crops - own).mean())

    assert off(aligned.crops) < 0.4 * off(moved.crops)
    assert told == [0, 16]
    assert (aligned.winners == aligned.winners[0]).mean() > 0.9
