"""Reading and splitting the expression data."""

import numpy as np
import pytest

from models.emotion.training.datasets import ExpressionData, prepare, read_fer2013, split_validation


def write_csv(path, faces, labels, usages):
    lines = ["emotion,pixels,Usage"]
    for face, label, usage in zip(faces, labels, usages, strict=True):
        lines.append(f"{label},{' '.join(map(str, face.ravel()))},{usage}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def faces():
    return np.random.default_rng(0).integers(0, 256, (6, 48, 48), dtype=np.uint8)


@pytest.fixture
def kaggle_csv(tmp_path, faces):
    faces[4] = faces[0]  # a PublicTest face that also stands in Training
    usages = ["Training"] * 3 + ["PublicTest"] * 2 + ["PrivateTest"]
    return write_csv(tmp_path / "fer2013.csv", faces, [0, 3, 6, 2, 0, 5], usages)


def test_csv_gives_the_rows_of_one_usage(kaggle_csv, faces):
    data = read_fer2013(kaggle_csv, "PublicTest")
    np.testing.assert_array_equal(data.images, faces[3:5])
    np.testing.assert_array_equal(data.labels, [2, 0])
    np.testing.assert_array_equal(data.rows, [3, 4])
    assert data.votes is None


def test_csv_names_the_first_row_of_a_duplicate(kaggle_csv):
    assert read_fer2013(kaggle_csv, "PublicTest").first_duplicate.tolist() == [3, 0]


def test_prepared_file_equals_the_csv(kaggle_csv, tmp_path):
    written = prepare(kaggle_csv, tmp_path)
    assert [path.name for path in written] == [
        "fer2013_training.npz",
        "fer2013_publictest.npz",
        "fer2013_privatetest.npz",
    ]
    for path, usage in zip(written, ("Training", "PublicTest", "PrivateTest"), strict=True):
        prepared, original = read_fer2013(path), read_fer2013(kaggle_csv, usage)
        np.testing.assert_array_equal(prepared.images, original.images)
        np.testing.assert_array_equal(prepared.labels, original.labels)
        np.testing.assert_array_equal(prepared.first_duplicate, original.first_duplicate)


def test_prepare_leaves_out_a_usage_that_the_csv_lacks(tmp_path, faces):
    path = write_csv(tmp_path / "part.csv", faces[:2], [0, 1], ["Training", "Training"])
    assert [written.name for written in prepare(path, tmp_path)] == ["fer2013_training.npz"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("emotion,pixels\n0,1 2 3\n", "no column Usage"),
        ("emotion,pixels,Usage\n0,1 2 3,Training\n", "has 3 pixels"),
        ("emotion,pixels,Usage\n", "no rows with Usage Training"),
    ],
)
def test_a_wrong_csv_says_what_is_wrong(tmp_path, text, complaint):
    path = tmp_path / "wrong.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        read_fer2013(path)


def test_an_unknown_usage_is_named(kaggle_csv):
    with pytest.raises(ValueError, match=r"'Testing'.*PublicTest"):
        read_fer2013(kaggle_csv, "Testing")


def made_data(count=400, duplicates=100):
    rng = np.random.default_rng(1)
    images = rng.integers(1, 256, (count, 48, 48), dtype=np.uint8)
    first = np.arange(count, dtype=np.int32)
    images[-duplicates:], first[-duplicates:] = images[:duplicates], first[:duplicates]
    images[duplicates] = 0
    return ExpressionData(images, rng.integers(0, 7, count).astype(np.uint8), np.arange(count, dtype=np.int32), first)


def test_identical_pictures_stay_on_one_side_of_the_split():
    data = made_data()
    training, validation = split_validation(data)
    assert not set(data.first_duplicate[training]) & set(data.first_duplicate[validation])
    assert 0.05 < len(validation) / len(data) < 0.15


def test_split_uses_every_face_once_except_black_ones():
    data = made_data()
    used = np.sort(np.concatenate(split_validation(data)))
    missing = np.setdiff1d(np.arange(len(data)), used)
    assert len(used) == len(np.unique(used))
    assert all(data.images[position].max() == 0 for position in missing)


def test_split_repeats_with_its_seed_and_differs_with_another():
    data = made_data()
    first, again, other = (split_validation(data, seed=seed)[1] for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
