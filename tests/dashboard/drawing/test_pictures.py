"""Pictures for screen and download."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dashboard.drawing import pictures, tables
from models.images import crop_face
from models.pose import NAMES, SKELETON


def test_png_keeps_every_pixel() -> None:
    image = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(pictures.png(image)))), image)


def test_jpeg_is_shrunk_for_the_screen() -> None:
    picture = Image.open(io.BytesIO(pictures.jpeg(np.zeros((300, 600, 3), np.uint8), side=100)))
    assert picture.size == (100, 50)


def test_annotate_leaves_the_photo_alone_and_enlarges_small_ones() -> None:
    photo = np.zeros((60, 80, 3), np.uint8)
    before = photo.copy()
    drawn = pictures.annotate(photo, [(10, 10, 30, 30)], ["1 happy"])
    assert np.array_equal(photo, before)
    assert max(drawn.shape) == pictures.ANNOTATED_SIDE
    assert drawn.any()


def test_annotate_accents_the_chosen_box() -> None:
    photo = np.zeros((600, 1200, 3), np.uint8)
    boxes = [(100, 200, 200, 200), (700, 200, 200, 200)]
    left = pictures.annotate(photo, boxes, ["1", "2"], chosen=0)[250:380, 95:115].reshape(-1, 3).max(axis=0)
    right = pictures.annotate(photo, boxes, ["1", "2"], chosen=1)[250:380, 95:115].reshape(-1, 3).max(axis=0)
    assert tuple(left) == (255, 180, 84)
    assert tuple(right) == (255, 255, 255)


def test_face_regions_are_shares_cut_at_the_border() -> None:
    (region,) = pictures.face_regions((200, 100), [(150, -10, 100, 60)], ["Face 1"])
    assert (region.left, region.top, region.width, region.height) == (0.75, 0.0, 0.25, 0.5)
    assert region.badge == "1"


def test_file_names_speak() -> None:
    assert pictures.file_name("Grace Hopper, face 1", "Grad-CAM") == "glassface-grace-hopper-face-1-grad-cam.png"
    assert pictures.file_name("../../etc", suffix="json") == "glassface-etc.json"


@pytest.mark.parametrize(("angle", "top_left"), [(0, (10, 20)), (90, (40, 10)), (180, (50, 40)), (-90, (20, 50))])
def test_corners_turn_clockwise_about_the_centre(angle: float, top_left: tuple[float, float]) -> None:
    assert pictures.corners((10, 20, 40, 20), angle)[0] == pytest.approx(top_left)


@pytest.mark.parametrize("angle", [0.0, 33.0, -120.0])
def test_square_of_a_crop_is_the_one_it_was_cut_from(angle: float) -> None:
    photo = np.zeros((200, 300, 3), np.uint8)
    _, transform = crop_face(photo, (100, 60, 50, 50), size=48, angle=angle)
    box, found = pictures.frame_of(transform, (48, 48))
    assert box == pytest.approx((100, 60, 50, 50), abs=1e-3)
    assert found == pytest.approx(angle, abs=1e-3)


def test_turned_box_is_not_cut_and_keeps_its_angle() -> None:
    (region,) = pictures.face_regions((200, 100), [(150, -10, 100, 60)], ["Face 1"], [30.0])
    assert (region.left, region.top, region.angle) == (0.75, -0.1, 30.0)


def test_turned_box_is_drawn_turned() -> None:
    photo = np.zeros((1200, 1200, 3), np.uint8)
    drawn = pictures.annotate(photo, [(500, 500, 200, 200)], ["1"], angles=[45.0])
    assert tuple(drawn[600, 600 - round(100 * 2**0.5)]) == (255, 180, 84), "the left corner lies at half height"
    assert not drawn[510:520, 510:520].any(), "the upright box's corner is empty"


def test_dots_are_shares_with_names_and_leave_the_outside_out() -> None:
    points = np.array([[0, 0], [99.5, 49.5], [150, 20]])
    found = pictures.dots((200, 100), points, ["a", "b", "c"], 0.1, np.array([0.9, 0.2, 0.9]))
    assert [(dot.label, dot.is_sure, dot.size) for dot in found] == [
        ("a", True, 0.1),
        ("b", False, 0.1),
        ("c", True, 0.1),
    ]
    assert (found[1].x, found[1].y) == (0.5, 0.5)
    assert pictures.dots((100, 100), points, ["a", "b", "c"], 0.1)[-1].label == "b"


def test_points_are_drawn_for_download() -> None:
    photo = np.zeros((1200, 1200, 3), np.uint8)
    drawn = pictures.annotate(photo, [], [], points=[np.array([[300, 400]]), None])
    assert tuple(drawn[400, 300]) == (255, 180, 84)


def joints(**confidence: float) -> np.ndarray:
    """Fourteen joints on a diagonal, all sure but those named."""
    places = np.array([[10 * index, 5 * index, 0.9] for index in range(len(NAMES))], np.float32)
    for name, share in confidence.items():
        places[NAMES.index(name), 2] = share
    return places


def test_skeleton_is_solid_where_sure_dashed_where_not_and_ends_where_very_unsure() -> None:
    found = pictures.skeleton(
        (200, 100), joints(left_elbow=0.3, left_wrist=0.1, right_wrist=0.4), "Ada", (0.25, 0.5), "Ada: "
    )
    words = {dot.label: dot.is_sure for dot in found.joints}
    assert words["Ada: Left elbow, 30 % sure"] is False
    assert words["Ada: Left shoulder, 90 % sure"] is True
    assert not any("Left wrist" in word for word in words)
    assert len(found.bones) == len(SKELETON) - 1
    assert sum(not bone.is_sure for bone in found.bones) == 2, "left upper arm and right forearm"
    assert found.joints[1].x == pytest.approx(10.5 / 200)
    assert found.joints[1].y == pytest.approx(5.5 / 100)


def test_sides_of_a_skeleton_have_their_colours() -> None:
    found = pictures.skeleton((200, 100), joints(), "Ada", (0.25, 0.5))
    colours = {dot.label.split(",")[0]: dot.colour for dot in found.joints}
    assert colours["Left knee"] == pictures.SIDE_COLOURS["left"]
    assert colours["Right knee"] == pictures.SIDE_COLOURS["right"]
    assert colours["Neck"] == pictures.SIDE_COLOURS["middle"]
    sides = [bone.colour for bone in found.bones]
    assert [sides.count(pictures.SIDE_COLOURS[side]) for side in ("right", "left", "middle")] == [6, 6, 1]


def test_joints_beyond_the_photo_have_no_dot() -> None:
    found = pictures.skeleton((200, 40), joints(), "Ada", (0.25, 0.5))
    assert {dot.label.split(",")[0] for dot in found.joints} == {tables.words(name) for name in NAMES[:8]}


def test_skeleton_is_drawn_for_download_and_dashed_where_unsure() -> None:
    photo = np.zeros((1200, 1200, 3), np.uint8)
    places = np.zeros((14, 3), np.float32)
    places[[13, 12]] = [[600, 100, 0.9], [600, 900, 0.9]]

    def drawn(share: float) -> np.ndarray:
        places[13, 2] = share
        skeletons = [pictures.skeleton((1200, 1200), places, "Ada", (0.25, 0.5))]
        return pictures.annotate(photo, [], [], skeletons=skeletons)[150:850, 600].min(axis=1) == 255

    assert drawn(0.9).all()
    assert 0.4 < drawn(0.4).mean() < 0.8
    assert not drawn(0.1).any()


@pytest.mark.parametrize(
    ("drawn", "box"),
    [
        ({"left": 0.25, "top": 0.5, "width": 0.5, "height": 0.25}, (50, 50, 100, 25)),
        ({"left": -1, "top": 0, "width": 9, "height": 1}, (0, 0, 200, 100)),
        ({"left": 0, "top": 0, "width": 0.03, "height": 1}, None),
        ({"left": float("nan"), "top": 0, "width": 1, "height": 1}, None),
        ({"left": "a", "top": 0, "width": 1, "height": 1}, None),
        ({"left": 0}, None),
        (3, None),
    ],
)
def test_drawn_box_is_cut_at_the_border_or_refused(drawn: Any, box: tuple[int, ...] | None) -> None:
    assert pictures.box_of_shares(drawn, (200, 100), least=8) == box


def test_pictures_stand_in_rows_of_a_sheet() -> None:
    images = [np.zeros((240, 240, 3), np.uint8)] * 7
    sheet = pictures.sheet(images, [f"Map {number}" for number in range(7)], 5, 240)
    assert sheet.shape[1] > 5 * 240
    assert sheet.shape[0] > 2 * 240
    assert (sheet[-100, -100] == 255).all(), "the second row is short"
