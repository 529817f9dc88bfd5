"""Photos with boxes and cut-out faces are read from the official and the prepared forms."""

import cv2
import numpy as np
import pytest

from models.detection.training import datasets
from models.keypoints import to_marks

LIST = """0--Parade/one.jpg
2
100 50 200 300 0 0 0 0 0 0
10 10 40 40 2 0 0 1 2 0
1--Empty/two.jpg
0
0 0 0 0 0 0 0 0 0 0
0--Parade/three.jpg
2
5 6 7 8 0 0 0 0 0 0
5 6 0 8 0 0 0 0 0 0
"""


def code(image):
    return cv2.imencode(".png", image)[1].tobytes()


def pack(images):
    codes = [code(image) for image in images]
    return np.frombuffer(b"".join(codes), np.uint8), np.cumsum([0, *map(len, codes)])


@pytest.fixture
def folder(tmp_path):
    for name, size in (("0--Parade/one", (600, 960)), ("1--Empty/two", (30, 40)), ("0--Parade/three", (50, 60))):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        image = np.zeros((*size, 3), np.uint8)
        image[..., 2] = 200  # red, as OpenCV orders it
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), image)
    (tmp_path / "wider_face_train_bbx_gt.txt").write_text(LIST)
    return tmp_path


def test_widers_text_list_is_read(folder):
    photos = datasets.read_photos(folder / "wider_face_train_bbx_gt.txt")
    assert [image.shape for image in photos.images] == [(300, 480, 3), (30, 40, 3), (50, 60, 3)]
    assert photos.images[0][0, 0, 0] > 150  # red comes first
    np.testing.assert_allclose(photos.boxes[0], [[50, 25, 100, 150], [5, 5, 20, 20]])  # shrunk with the photo
    assert photos.invalid[0].tolist() == [False, True]
    assert len(photos.boxes[1]) == 0
    assert photos.invalid[2].tolist() == [False, True]  # a box without an area
    assert all(np.isnan(marks).all() for marks in photos.marks)


def test_the_pictures_may_lie_elsewhere(folder, tmp_path_factory):
    lists = tmp_path_factory.mktemp("lists") / "list.txt"
    lists.write_text(LIST)
    assert len(datasets.read_photos(lists, folder)) == 3
    with pytest.raises(ValueError, match=r"no picture “0--Parade/one.jpg” in .*; give its folder with --pictures"):
        datasets.read_photos(lists)


@pytest.mark.parametrize(
    "text", ["0--Parade/one.jpg\nmany\n", "0--Parade/one.jpg\n2\n1 2 3 4 0 0 0 0 0 0\n", "a\n1\n1 2\n"]
)
def test_a_damaged_list_is_refused_in_one_sentence(folder, text):
    path = folder / "damaged.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"damaged\.txt is damaged after “.*”"):
        datasets.read_photos(path)


def test_an_empty_list_is_refused(tmp_path):
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(ValueError, match=r"empty\.txt names no photos"):
        datasets.read_photos(tmp_path / "empty.txt")


def test_prepared_photos_are_read(tmp_path):
    data, offsets = pack([np.full((20, 30, 3), 9, np.uint8), np.full((8, 8, 3), 7, np.uint8)])
    np.savez(
        tmp_path / "photos.npz",
        images=data,
        offsets=offsets,
        boxes=np.array([[1, 2, 3, 4], [5, 6, 7, 8], [5, 6, 0, 8]]),
        box_image=np.array([1, 0, 1]),
        box_attributes=np.array([[0, 0], [0, 1], [0, 0]]),
        attribute_names=np.array(["blur", "invalid"]),
    )
    photos = datasets.read_photos(tmp_path / "photos.npz")
    assert [boxes.tolist() for boxes in photos.boxes] == [[[5, 6, 7, 8]], [[1, 2, 3, 4], [5, 6, 0, 8]]]
    assert [invalid.tolist() for invalid in photos.invalid] == [[True], [False, True]]
    assert len(photos.take(np.array([1])).boxes[0]) == 2


def test_tiles_of_68_and_5_points_have_the_same_five_marks(tmp_path):
    points = np.random.default_rng(0).uniform(10, 80, (3, 68, 2))
    data, offsets = pack([np.zeros((96, 96, 3), np.uint8)] * 3)
    split = np.array(["train", "test", "train"])
    for name, keypoints in (("many", points), ("few", to_marks(points))):
        np.savez(tmp_path / f"{name}.npz", images=data, offsets=offsets, keypoints=keypoints, split=split)
    tiles = datasets.read_tiles(tmp_path / "many.npz", tmp_path / "few.npz")
    assert len(tiles) == 4
    np.testing.assert_allclose(tiles.marks[:2], tiles.marks[2:], atol=1e-4)
    np.testing.assert_allclose(tiles.marks[0], to_marks(points[0]) + 0.5, atol=1e-4)
    assert len(datasets.read_tiles()) == 0


def test_kept_photos_are_a_tenth_and_the_same_each_time():
    training, kept = datasets.split_photos(100, 0.1)
    assert len(kept) == 10
    assert sorted([*training, *kept]) == list(range(100))
    np.testing.assert_array_equal(datasets.split_photos(100, 0.1)[1], kept)


def test_marks_are_added_where_the_keypoint_network_is_sure_and_fits():
    faces = np.array([[20, 20, 40, 52], [100, 20, 40, 52], [150, 20, 10, 12], [20, 90, 40, 52]], np.float32)
    photos = datasets.Photos(
        [np.zeros((200, 200, 3), np.uint8)],
        [faces],
        [np.array([False, False, False, True])],
        [np.full((4, 5, 2), np.nan, np.float32)],
    )
    points = np.full((68, 2), 47.5)
    points[36:42], points[42:48], points[30] = [35, 38], [60, 38], [47.5, 50]
    points[48], points[54] = [38, 62], [57, 62]

    def locate(crops):
        assert crops.shape == (2, 96, 96)  # neither the small nor the invalid face
        return np.stack([points, points]), np.array([[0.9] * 68, [0.1] * 68])

    marks = datasets.pseudo_marks(photos, locate).marks[0]
    assert np.isfinite(marks[0]).all()
    assert np.isnan(marks[1:]).all()
    assert np.isnan(photos.marks[0]).all()  # the photos given are left as they are
    eyes, mouth = marks[0, :2], marks[0, 3:]
    assert ((marks[0] > [20, 20]) & (marks[0] < [60, 72])).all()
    np.testing.assert_allclose(eyes.mean(axis=0)[0], 40, atol=0.5)
    assert (mouth[:, 1] > eyes[:, 1].max()).all()


@pytest.mark.parametrize(
    ("shift", "size", "is_kept"),
    [(0, 1.0, True), (40, 1.0, False), (0, 0.01, False)],
    ids=["in the box", "beside the box", "the eyes on the mouth"],
)
def test_marks_that_make_no_face_in_the_box_are_dropped(shift, size, is_kept):
    box, unknown = np.array([[20, 20, 40, 52]], np.float32), np.full((1, 5, 2), np.nan, np.float32)
    photos = datasets.Photos([np.zeros((200, 200, 3), np.uint8)], [box], [np.array([False])], [unknown])
    points = np.full((1, 68, 2), 47.5)
    points[0, 36:42], points[0, 42:48], points[0, 48], points[0, 54] = [35, 38], [60, 38], [38, 62], [57, 62]
    points = 47.5 + size * (points - 47.5) + [shift, 0]
    marks = datasets.pseudo_marks(photos, lambda crops: (points, np.ones((1, 68)))).marks[0]
    assert np.isfinite(marks).all() == is_kept
