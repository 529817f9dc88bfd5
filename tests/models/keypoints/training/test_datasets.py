"""Faces with points are read from prepared files and from iBUG's folders."""

import cv2
import numpy as np
import pytest

from models.keypoints import square_of_marks, square_of_points
from models.keypoints.training.datasets import STORED, read_landmarks, read_pts
from tests.models.keypoints.training.conftest import face_shape, prepared


def write_pts(path, points) -> None:
    rows = "\n".join(f"{x:.3f} {y:.3f}" for x, y in points + 1)  # .pts files count pixels from 1
    path.write_text(f"version: 1\nn_points: 68\n{{\n{rows}\n}}\n")


def test_a_prepared_file_is_read_as_it_was_written(faces, tmp_path):
    prepared(tmp_path / "faces.npz", faces)
    read = read_landmarks(tmp_path / "faces.npz")
    np.testing.assert_array_equal(read.images, faces.images)
    np.testing.assert_array_equal(read.points, faces.points)
    for key in ("split", "group", "source", "pose"):
        np.testing.assert_array_equal(getattr(read, key), getattr(faces, key))


def test_smaller_pictures_are_put_into_the_middle(marked, tmp_path):
    small = type(marked)(
        marked.images[:, 16:112, 14:108],
        marked.points,
        *(getattr(marked, key) for key in ("split", "group", "source", "pose")),
    )
    prepared(tmp_path / "faces.npz", small)
    read = read_landmarks(tmp_path / "faces.npz")
    assert read.images.shape[1:] == (STORED, STORED)
    np.testing.assert_array_equal(read.images[:, 16:112, 17:111], small.images)
    np.testing.assert_allclose(read.points, np.add(small.points, [17, 16]))


def test_the_squares_are_those_of_the_points(faces, marked):
    np.testing.assert_allclose(faces.squares, square_of_points(faces.points))
    np.testing.assert_allclose(marked.squares, square_of_marks(marked.points), rtol=1e-5)


def test_nobody_stands_in_two_parts(faces):
    people = [set(faces.part(split).group) for split in ("train", "val", "test")]
    assert sum(map(len, people)) == len(set(faces.group))
    with pytest.raises(ValueError, match="train, val, test"):
        faces.part("valid")


def test_a_folder_of_pts_files_is_cut_out_and_split(tmp_path):
    points = 300 + 120 * face_shape()
    photo = np.full((600, 640, 3), 90, np.uint8)
    for x, y in points:
        cv2.circle(photo, (round(x), round(y)), 5, (255, 255, 255), -1)
    for folder, names in (("trainset", [f"{number}_1" for number in range(30)]), ("testset", ["a_1", "a_2"])):
        (tmp_path / folder).mkdir()
        for name in names:
            cv2.imwrite(str(tmp_path / folder / f"{name}.png"), photo)
            write_pts(tmp_path / folder / f"{name}.pts", points)
    read = read_landmarks(tmp_path)
    assert len(read) == 32
    assert (read.split[read.source == "testset"] == "test").all()
    assert 0 < (read.split == "val").sum() < 15
    assert set(read.group[read.source == "testset"]) == {"a"}
    x, y = np.rint(read.points[0]).astype(int).T
    assert read.images[0][y, x].mean() > 200  # each point lies on its spot
    assert np.ptp(read.points[0], axis=0).max() == pytest.approx(STORED / 1.75, abs=1)


def test_pixels_of_pts_files_count_from_one(tmp_path):
    points = np.arange(136.0).reshape(68, 2)
    write_pts(tmp_path / "a.pts", points)
    np.testing.assert_allclose(read_pts(tmp_path / "a.pts"), points, atol=1e-3)


@pytest.mark.parametrize("text", ["", "n_points: 68\n{\n1 2\n}", "n_points: 68\n{\none two\n}", "1 2 3"])
def test_damaged_pts_files_are_refused(text, tmp_path):
    (tmp_path / "a.pts").write_text(text)
    with pytest.raises(ValueError, match=r"a\.pts"):
        read_pts(tmp_path / "a.pts")


def test_what_holds_no_faces_is_refused(tmp_path, faces):
    with pytest.raises(ValueError, match="no picture"):
        read_landmarks(tmp_path)
    with pytest.raises(ValueError, match="neither"):
        read_landmarks(tmp_path / "missing.npz")
    np.savez(tmp_path / "other.npz", images=np.zeros(3))
    with pytest.raises(ValueError, match="no array"):
        read_landmarks(tmp_path / "other.npz")
    prepared(tmp_path / "faces.npz", faces)
    with np.load(tmp_path / "faces.npz") as file:
        arrays = dict(file)
    np.savez(tmp_path / "damaged.npz", **arrays | {"images": np.zeros_like(arrays["images"])})
    with pytest.raises(ValueError, match="cannot be decoded"):
        read_landmarks(tmp_path / "damaged.npz")
    np.savez(tmp_path / "points.npz", **arrays | {"keypoints": arrays["keypoints"][:, :20]})
    with pytest.raises(ValueError, match="68 or 5"):
        read_landmarks(tmp_path / "points.npz")
