import numpy as np
import pytest

from interp.regions import region_shares
from models import load_image
from models.keypoints import GROUPS, NOSE_TIP, look
from models.parts import PARTS, body_parts, face_parts
from models.pose import NAMES
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


# Bodies --------------------------------------------------------------------------------------------------------------


STANDING = {
    "head_top": (100, 20), "neck": (100, 60), "right_shoulder": (70, 70), "left_shoulder": (130, 70),
    "right_elbow": (50, 110), "left_elbow": (150, 110), "right_wrist": (40, 150), "left_wrist": (160, 150),
    "right_hip": (80, 160), "left_hip": (120, 160), "right_knee": (75, 220), "left_knee": (125, 220),
    "right_ankle": (70, 280), "left_ankle": (130, 280),
}  # fmt: skip


def standing(**confidences: float) -> np.ndarray:
    return np.array([(*STANDING[name], confidences.get(name, 0.9)) for name in NAMES])


def test_every_part_of_a_body_lies_around_its_joints() -> None:
    masks = body_parts(standing(), (300, 200))
    assert set(masks) == {"head", "right arm", "left arm", "right leg", "left leg", "trunk"}
    assert np.sum(list(masks.values()), axis=0).max() == 1
    for part, (x, y) in {
        "head": (100, 40),
        "right arm": (45, 130),
        "left arm": (155, 130),
        "right leg": (73, 250),
        "left leg": (127, 250),
        "trunk": (100, 120),
    }.items():
        assert [name for name, mask in masks.items() if mask[y, x]] == [part]
    assert not any(mask[10, 10] for mask in masks.values())


def test_parts_of_a_body_that_are_not_sure_are_left_out() -> None:
    joints = standing(right_wrist=0.1, right_elbow=0.1, left_wrist=0.1, left_knee=0.1, right_hip=0.1)
    masks = body_parts(joints, (300, 200), least=0.3)
    assert set(masks) == {"head", "left arm", "right leg", "trunk"}
    assert not masks["trunk"][120, 100], "a bust's trunk ends at the shoulders"
    assert body_parts(standing(), (300, 200), least=0.95) == {}


@pytest.mark.parametrize("joints", [np.zeros((13, 3)), np.full((14, 3), np.nan)])
def test_what_is_no_body_is_refused(joints: np.ndarray) -> None:
    with pytest.raises(ValueError, match="14 finite rows"):
        body_parts(joints, (30, 20))
