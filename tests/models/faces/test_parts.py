import numpy as np
import pytest

from interp.regions import region_shares
from models import load_image
from models.faces.parts import PARTS, face_parts
from models.keypoints import GROUPS, NOSE_TIP, look
from sample_images import SAMPLES

ASTRONAUT = load_image(SAMPLES[0].path)


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    """A face's points in the frame of a 48×48 crop."""
    found = look(ASTRONAUT, np.array([[223.0, 130.0, 150.0]]), np.zeros(1)).points[0]
    return (found - [168, 68]) * 48 / 120


def test_no_pixel_is_in_two_parts(points: np.ndarray) -> None:
    masks = face_parts(points, (48, 48))
    assert tuple(masks) == PARTS
    assert all(mask.dtype == bool and mask.shape == (48, 48) for mask in masks.values())
    assert np.sum(list(masks.values()), axis=0).max() == 1


def test_every_part_holds_its_points(points: np.ndarray) -> None:
    masks = face_parts(points, (48, 48))

    def holds(part: str, index: int) -> bool:
        x, y = np.rint(points[index]).astype(int)
        return bool(masks[part][y, x])

    assert holds("nose", NOSE_TIP)
    assert sum(holds("eyes", index) for index in GROUPS["eyes"]) == len(GROUPS["eyes"])
    assert sum(holds("mouth", index) for index in GROUPS["mouth"]) == len(GROUPS["mouth"])
    assert sum(holds("brows", index) for index in GROUPS["brows"]) >= len(GROUPS["brows"]) - 2  # an eye may take one
    assert sum(holds("jaw", index) for index in GROUPS["jaw"]) >= len(GROUPS["jaw"]) - 2
    cheek = (points[2] + points[48]) / 2
    assert masks["jaw"][round(cheek[1]), round(cheek[0])]
    assert not any(mask[0, 0] for mask in masks.values())


def test_both_eyes_are_apart(points: np.ndarray) -> None:
    masks = face_parts(points, (48, 48))
    columns = np.flatnonzero(masks["eyes"].any(axis=0))
    assert (np.diff(columns) > 1).sum() == 1


def test_the_parts_grow_with_the_picture(points: np.ndarray) -> None:
    small = face_parts(points, (48, 48))
    large = face_parts((points + 0.5) * 8 - 0.5, (384, 384))
    for part in PARTS:
        assert large[part].mean() == pytest.approx(small[part].mean(), rel=0.15)


def test_the_parts_turn_with_the_face(points: np.ndarray) -> None:
    upright = face_parts(points, (48, 48))
    lying = face_parts(np.stack([47 - points[:, 1], points[:, 0]], axis=1), (48, 48))
    for part in PARTS:
        differ = lying[part] != np.rot90(upright[part], -1)
        assert differ.sum() <= 2  # rounding at the rim


def test_what_lies_beyond_the_picture_is_cut_off(points: np.ndarray) -> None:
    whole = face_parts(points + 20, (80, 80))
    cut = face_parts(points, (48, 30))
    for part in PARTS:
        np.testing.assert_array_equal(cut[part], whole[part][20:68, 20:50])
    assert not any(mask.any() for mask in face_parts(points + 500, (48, 48)).values())


def test_a_map_on_the_mouth_falls_on_the_mouth(points: np.ndarray) -> None:
    masks = face_parts(points, (48, 48))
    shares = region_shares(masks["mouth"].astype(np.float32), masks)
    assert shares["mouth"].share == pytest.approx(1)
    assert sum(region.area for region in shares.values()) == pytest.approx(1)
    assert tuple(shares) == (*PARTS, "rest")


def test_points_on_a_line_or_at_one_place_make_no_error() -> None:
    line = np.stack([np.linspace(0, 47, 68), np.full(68, 20.0)], axis=1)
    assert sum(mask.sum() for mask in face_parts(line, (48, 48)).values()) > 0
    one = face_parts(np.full((68, 2), 20.0), (48, 48))
    assert sum(mask.sum() for mask in one.values()) == 1


@pytest.mark.parametrize(
    ("landmarks", "shape", "match"),
    [
        (np.zeros((15, 2)), (48, 48), "68 finite points"),
        (np.full((68, 2), np.nan), (48, 48), "68 finite points"),
        (np.zeros((68, 2)), (0, 48), "at least 1"),
        (np.zeros((68, 2)), (48, 48, 3), "height, width"),
    ],
)
def test_what_is_no_face_is_refused(landmarks: np.ndarray, shape: tuple[int, ...], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        face_parts(landmarks, shape)  # type: ignore[arg-type]
