"""People are read from prepared files and from MATLAB's, and split by group."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from models.pose.training.datasets import HIDDEN, UNKNOWN, VISIBLE, join, read_people, split_tuning, without
from tests.models.pose.training.people import draw_people, store


@pytest.mark.parametrize("cut", [100, 150, 260])
def test_a_damaged_matlab_file_is_told_in_one_sentence(tmp_path, cut):
    path = tmp_path / "joints.mat"
    savemat(path, {"joints": np.random.default_rng(0).random((3, 14, 2))}, do_compression=True)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match=r"joints\.mat is damaged or no MATLAB file"):
        read_people(path)


def test_a_matlab_file_of_something_else_is_told_in_one_sentence(tmp_path):
    savemat(tmp_path / "joints.mat", {"poses": np.ones(3)})
    with pytest.raises(ValueError, match=r"joints\.mat holds no array joints"):
        read_people(tmp_path / "joints.mat")


def test_a_prepared_file_is_read_as_it_was_stored(people, tmp_path):
    np.savez(tmp_path / "people.npz", **store(people))
    read = read_people(tmp_path / "people.npz")
    np.testing.assert_array_equal(read.images[3], people.images[3])
    np.testing.assert_allclose(read.joints, people.joints)
    np.testing.assert_array_equal(read.split, people.split)


def test_who_has_too_few_labels_is_left_out(people, tmp_path):
    visibility = people.visibility.copy()
    visibility[5, 2:] = UNKNOWN
    np.savez(tmp_path / "people.npz", **store(replace(people, visibility=visibility)))
    read = read_people(tmp_path / "people.npz")
    assert len(read) == len(people) - 1
    assert 5 not in read.group


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"joints": np.zeros((40, 13, 3))}, r"\(N, 14, 3\)"),
        ({"images": np.zeros(10**6, np.uint8)}, "picture 0 .* cannot be decoded"),
        ({"group": None}, "no array group"),
    ],
)
def test_another_form_is_told_in_one_sentence(people, tmp_path, change, message):
    arrays = {name: array for name, array in (store(people) | change).items() if array is not None}
    np.savez(tmp_path / "people.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        read_people(tmp_path / "people.npz")


def test_a_missing_file_is_told_in_one_sentence(tmp_path):
    with pytest.raises(ValueError, match=r"neither a prepared \.npz file nor a joints\.mat"):
        read_people(tmp_path / "nothing.npz")


@pytest.mark.parametrize("is_extension", [False, True])
def test_the_official_forms_are_read(tmp_path, is_extension):
    """The labels sit on the dots, shrunk pictures included; both meanings of the third number are kept apart."""
    drawn = draw_people(4, seed=1)
    (tmp_path / "images").mkdir()
    for index, image in enumerate(drawn.images):
        large = cv2.resize(image, (480, 480), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(tmp_path / "images" / f"im{index:04d}.jpg"), large[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])
    points = (drawn.joints + 0.5) * 3 - 0.5 + 1  # MATLAB counts from 1
    flag = np.zeros((4, 14)) if not is_extension else np.ones((4, 14))
    flag[:, 4] = 1 - flag[:, 4]
    array = np.concatenate([points, flag[..., None]], axis=2).transpose((1, 2, 0) if is_extension else (2, 1, 0))
    savemat(tmp_path / "joints.mat", {"joints": array}, do_compression=is_extension)

    read = read_people(tmp_path / "joints.mat")
    assert len(read) == 4
    assert (read.visibility[:, 4] == (UNKNOWN if is_extension else HIDDEN)).all()
    assert (np.delete(read.visibility, 4, axis=1) == VISIBLE).all()
    assert all(max(image.shape) <= 224 for image in read.images)
    for image, joints, original, there in zip(read.images, read.joints, drawn.images, drawn.joints, strict=True):
        x, y = np.rint(joints[13]).astype(int)
        column, row = np.rint(there[13]).astype(int)
        assert np.abs(image[y, x].astype(int) - original[row, column]).max() < 25


def test_official_pictures_must_be_complete(tmp_path):
    (tmp_path / "images").mkdir()
    savemat(tmp_path / "joints.mat", {"joints": np.ones((3, 14, 2))})
    with pytest.raises(ValueError, match=r"2 people, but .* 0 pictures"):
        read_people(tmp_path / "joints.mat")


def test_tuning_people_are_cut_from_the_train_split_by_group():
    data = replace(draw_people(300, seed=2), group=np.arange(300) // 3)
    training, tuning = split_tuning(data)
    assert {*training.split, *tuning.split} == {"train"}
    assert not set(training.group) & set(tuning.group)
    assert len(training) + len(tuning) == (data.split == "train").sum()
    assert 5 < len(tuning) < 50
    np.testing.assert_array_equal(split_tuning(data)[1].group, tuning.group)


def test_joined_sets_keep_their_groups_apart(people):
    both = join(people, people)
    assert len(both) == 2 * len(people)
    assert len(np.unique(both.group)) == 2 * len(np.unique(people.group))


def test_dropped_labels_are_unknown_but_nobody_loses_all(people):
    wrong = np.zeros((len(people), 14), bool)
    wrong[0, 3] = True
    wrong[1] = True
    data = without(people, wrong)
    assert data.visibility[0, 3] == UNKNOWN
    assert data.known[0].sum() == 13
    assert data.known[1].all()
    assert people.known.all()


def test_an_unknown_torso_is_estimated_and_a_tiny_one_is_not_believed(people):
    visibility, joints = people.visibility.copy(), people.joints.copy()
    visibility[0, 9] = UNKNOWN
    joints[1, 9] = joints[1, 2] + 1
    data = replace(people, visibility=visibility, joints=joints)
    extent = data.squares[:, 2] / 1.3
    assert np.isnan(data.torsos[0])
    assert data.likely_torsos[0] == pytest.approx(0.36 * extent[0])
    assert data.likely_torsos[1] == pytest.approx(0.2 * extent[1])
    np.testing.assert_allclose(data.likely_torsos[2:], data.torsos[2:])
