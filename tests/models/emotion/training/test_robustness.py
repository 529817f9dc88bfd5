"""What happens to faces on their way to a network."""

import numpy as np
import pytest

from models.emotion.training.robustness import CONDITIONS, blur_faces, crop_wider, darken, hide, robustness, tilt


@pytest.fixture
def faces():
    return np.random.default_rng(0).integers(0, 256, (5, 48, 48), dtype=np.uint8)


def spot(row, column, size=48):
    faces = np.zeros((1, size, size), np.uint8)
    faces[0, row - 1 : row + 2, column - 1 : column + 2] = 255
    return faces


def centre(face):
    rows, columns = np.mgrid[: face.shape[0], : face.shape[1]]
    return (face * rows).sum() / face.sum(), (face * columns).sum() / face.sum()


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_every_condition_keeps_form_and_leaves_its_input_alone(condition, faces):
    before = faces.copy()
    changed = condition.change(faces)
    assert changed.shape == faces.shape
    assert changed.dtype == np.uint8
    np.testing.assert_array_equal(faces, before)
    np.testing.assert_array_equal(changed, condition.change(faces))
    assert np.array_equal(changed, faces) == (condition.name == "as_is")


def test_the_first_condition_is_the_faces_as_they_are():
    assert CONDITIONS[0].name == "as_is"
    assert len({condition.name for condition in CONDITIONS}) == len(CONDITIONS)


def test_a_wider_crop_moves_everything_towards_the_centre():
    row, column = centre(crop_wider(spot(12, 36, 49), 1.2)[0].astype(float))
    assert row == pytest.approx(24 - 12 / 1.2, abs=0.1)
    assert column == pytest.approx(24 + 12 / 1.2, abs=0.1)


def test_a_narrower_crop_cuts_the_border_off():
    faces = np.zeros((1, 48, 48), np.uint8)
    faces[:, :4] = 255  # a tenth of the side, as much as a square 0.8 times as wide loses at each edge
    assert crop_wider(faces, 0.8)[0].max() < 60


def test_a_tilt_to_the_right_turns_clockwise():
    row, column = centre(tilt(spot(12, 24, 49), 15)[0].astype(float))
    assert row == pytest.approx(24 - 12 * np.cos(np.radians(15)), abs=0.2)
    assert column == pytest.approx(24 + 12 * np.sin(np.radians(15)), abs=0.2)


def test_blur_keeps_the_mean_and_lowers_the_spread(faces):
    blurred = blur_faces(faces, 2)
    np.testing.assert_allclose(blurred.mean(), faces.mean(), atol=1)
    assert blurred.std() < 0.3 * faces.std()


def test_darkness_leaves_a_share_of_the_light_and_the_wanted_noise():
    faces = np.full((4, 48, 48), 200, np.uint8)
    dark = darken(faces, 0.25, 3).astype(float)
    assert dark.mean() == pytest.approx(50, abs=0.2)
    assert dark.std() == pytest.approx(3, abs=0.2)


def test_hidden_rows_show_the_mean_of_their_face():
    faces = np.zeros((2, 48, 48), np.uint8)
    faces[1, 24:] = 100
    hidden = hide(faces, slice(0, 24))
    assert hidden[0].max() == 0
    assert np.unique(hidden[1, :24]).tolist() == [50]
    np.testing.assert_array_equal(hidden[:, 24:], faces[:, 24:])


def test_the_table_says_accuracy_drop_and_how_many_answers_stay():
    faces = np.full((10, 48, 48), 200, np.uint8)
    labels = np.array([0] * 8 + [1] * 2)

    def bright(images):  # class 0 where a face is bright
        share = (images.mean(axis=(1, 2)) > 100).astype(np.float32)
        return np.stack([share, 1 - share], axis=1)

    rows = {row["name"]: row for row in robustness(bright, faces, labels)}
    assert list(rows) == [condition.name for condition in CONDITIONS]
    assert rows["as_is"]["accuracy"] == pytest.approx(0.8)
    assert rows["as_is"]["drop"] == 0
    assert rows["as_is"]["same_answer"] == 1
    assert rows["low_light"]["accuracy"] == pytest.approx(0.2)
    assert rows["low_light"]["drop"] == pytest.approx(0.6)
    assert rows["low_light"]["same_answer"] == 0
    low, high = rows["mirror"]["interval"]
    assert low < rows["mirror"]["accuracy"] < high
