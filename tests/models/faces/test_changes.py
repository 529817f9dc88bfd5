"""Changes of a face: each one's known answer, and that nothing is changed where nothing is asked."""

from dataclasses import fields
from functools import partial

import numpy as np
import pytest

from models import analyse, load_image
from models.classifier import fit_box, fit_input
from models.faces import changes
from models.faces.changes import (
    BOX,
    CHANGES,
    COVERS,
    NOTHING,
    PRESETS,
    Change,
    Scene,
    Setting,
    apply,
    apply_all,
    moves,
    sweep,
)
from sample_images import SAMPLES

ASTRONAUT = load_image(SAMPLES[0].path)
RANDOM = np.random.default_rng(0).uniform(0, 255, (48, 48)).astype(np.float32)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene.of_face(ASTRONAUT, analyse(ASTRONAUT, people=False).faces[0])


def ramp() -> Scene:
    """A photo that gets brighter to the right by two levels a pixel, and the middle of it as crop."""
    photo = np.repeat(np.tile(np.arange(120, dtype=np.uint8) * 2, (120, 1))[..., None], 3, axis=2)
    return Scene(photo[36:84, 36:84, 0].copy(), photo, np.array([[1.0, 0, 36], [0, 1, 36]]))


# The functions -------------------------------------------------------------------------------------------------------


def test_light_doubles_with_each_stop_and_stays_white() -> None:
    np.testing.assert_allclose(changes.relight(np.float32([[10, 100, 200]]), 1), [[20, 200, 255]])
    np.testing.assert_allclose(changes.relight(np.float32([[10, 100, 200]]), -1), [[5, 50, 100]])


def test_gamma_keeps_black_and_white_and_bends_the_middle() -> None:
    bent = changes.bend_tones(np.float32([[0, 127.5, 255]]), 2)
    np.testing.assert_allclose(bent, [[0, 63.75, 255]], rtol=1e-5)


def test_contrast_stretches_from_the_mean() -> None:
    np.testing.assert_allclose(changes.stretch_contrast(np.float32([[90, 100, 110]]), 2), [[80, 100, 120]])
    np.testing.assert_allclose(changes.stretch_contrast(np.float32([[90, 100, 110]]), 0), [[100, 100, 100]])


def test_blur_spreads_a_point_as_a_gaussian() -> None:
    point = np.zeros((41, 41), np.float32)
    point[20, 20] = 1
    spread = changes.blur(point, 2.0)
    away = np.arange(41) - 20
    assert spread.sum() == pytest.approx(1, abs=1e-3)
    assert (spread.sum(axis=0) * away**2).sum() == pytest.approx(4, rel=0.02)


@pytest.mark.parametrize("length", [1.0, 2.0, 7.0, 16.0])
def test_motion_spreads_a_point_evenly_along_its_way(length: float) -> None:
    point = np.zeros((5, 41), np.float32)
    point[2, 20] = 1
    spread = changes.smear(point, length)
    away = np.arange(41) - 20
    assert spread[2].sum() == pytest.approx(1, abs=1e-5), "no light is lost"
    assert not spread[[0, 1, 3, 4]].any(), "nothing moves up or down"
    variance = float((spread[2] * away**2).sum())
    assert variance == pytest.approx(length**2 / 12 + 1 / 6, rel=1e-4), "the way's variance and a linear pixel's"
    np.testing.assert_allclose(spread[2], spread[2, ::-1], atol=1e-6)


def test_noise_has_its_strength_and_pattern() -> None:
    even = np.full((200, 200), 100, np.float32)
    grain = changes.add_noise(even, 10, seed=3) - even
    assert grain.std() == pytest.approx(10, rel=0.02)
    np.testing.assert_allclose(changes.add_noise(even, 20, seed=3) - even, 2 * grain, atol=1e-4)
    assert not np.allclose(changes.add_noise(even, 10, seed=4) - even, grain)


@pytest.mark.parametrize(("fill", "level"), [("grey", 127), ("mean", 50)])
def test_cover_fills_its_mask_alone(fill: changes.Fill, level: float) -> None:
    pixels = np.zeros((10, 10), np.float32)
    pixels[:5] = 100
    mask = np.zeros((10, 10))
    mask[2:4, 2:4] = 1
    covered = changes.cover(pixels, mask, fill)
    assert (covered[2:4, 2:4] == level).all()
    np.testing.assert_array_equal(covered[mask == 0], pixels[mask == 0])


def test_blurred_cover_hides_detail_and_keeps_the_light() -> None:
    stripes = np.tile(np.float32([0, 200]), (48, 24))
    covered = changes.cover(stripes, np.ones((48, 48)), "blur")
    assert np.abs(np.diff(covered[:, 20:-20], axis=1)).max() < 1
    assert covered[24, 24] == pytest.approx(100, abs=1)


def test_moves_take_a_point_where_they_say() -> None:
    centre = 23.5
    for move, new, old in (
        (moves(48, right=0.25), (centre + 12, centre), (centre, centre)),
        (moves(48, down=-0.25), (centre, centre - 12), (centre, centre)),
        (moves(48, larger=2), (centre + 10, centre), (centre + 5, centre)),
        (moves(48, angle=90), (centre, centre + 10), (centre + 10, centre)),  # clockwise: from the right to below
    ):
        np.testing.assert_allclose(move @ [*new, 1], old, atol=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda: changes.bend_tones(RANDOM, 0),
        lambda: changes.stretch_contrast(RANDOM, -1),
        lambda: changes.blur(RANDOM, -1),
        lambda: changes.smear(RANDOM, -1),
        lambda: changes.add_noise(RANDOM, -1),
        lambda: changes.cover(RANDOM, RANDOM, "glitter"),  # type: ignore[arg-type]
        lambda: moves(48, larger=0),
    ],
)
def test_impossible_amounts_are_refused(call: object) -> None:
    with pytest.raises(ValueError, match="must be"):
        call()  # type: ignore[operator]


@pytest.mark.parametrize(
    "change",
    [
        lambda pixels: changes.relight(pixels, 1),
        lambda pixels: changes.bend_tones(pixels, 2),
        lambda pixels: changes.stretch_contrast(pixels, 2),
        lambda pixels: changes.blur(pixels, 1),
        lambda pixels: changes.smear(pixels, 3),
        lambda pixels: changes.add_noise(pixels, 5),
        lambda pixels: changes.cover(pixels, np.ones((48, 48)), "mean"),
    ],
)
def test_functions_leave_their_picture_alone(change: object) -> None:
    pixels = RANDOM.copy()
    changed = change(pixels)  # type: ignore[operator]
    np.testing.assert_array_equal(pixels, RANDOM)
    assert changed.dtype == np.float32
    assert not np.shares_memory(changed, pixels)
    assert not np.allclose(changed, pixels)


@pytest.mark.parametrize(
    ("change", "neutral"),
    [
        (changes.relight, 0),
        (changes.bend_tones, 1),
        (changes.stretch_contrast, 1),
        (changes.blur, 0),
        (changes.smear, 0),
        (changes.add_noise, 0),
    ],
)
def test_neutral_amounts_change_nothing(change: object, neutral: float) -> None:
    np.testing.assert_allclose(change(RANDOM, neutral), RANDOM, atol=1e-3)  # type: ignore[operator]


# The list ------------------------------------------------------------------------------------------------------------


def test_a_setting_has_a_number_for_each_change() -> None:
    assert {one.name for one in fields(Setting)} == {*CHANGES, "covered", "fill", "box", "seed"}
    assert NOTHING.is_neutral
    for name, change in CHANGES.items():
        assert getattr(NOTHING, name) == change.neutral


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_every_change_says_what_it_is_and_has_whole_steps(change: Change) -> None:
    assert change.label
    assert change.summary.endswith(".")
    assert change.low <= change.neutral <= change.high
    below, above = change.steps
    assert change.at(-below) == pytest.approx(change.low)
    assert change.at(above) == pytest.approx(change.high)
    grid = change.grid(41)
    assert change.neutral in grid
    assert (grid[0], grid[-1]) == (pytest.approx(change.low), pytest.approx(change.high))
    assert (np.diff(grid) > 0).all()
    assert len(grid) <= 44
    assert change.share(change.neutral) == 0
    assert change.share(change.high) == 1


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_numbers_beyond_a_range_are_refused(change: Change) -> None:
    for value in (change.low - 1, change.high + 1, float("nan")):
        with pytest.raises(ValueError, match=change.name):
            NOTHING.replace(**{change.name: value})


def test_unknown_covers_fills_and_empty_boxes_are_refused() -> None:
    for wrong in ({"covered": ("ears",)}, {"fill": "glitter"}, {"box": (0, 0, 0, 1)}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Setting(**wrong)  # type: ignore[arg-type]


def test_a_setting_is_written_down_without_what_is_neutral() -> None:
    assert NOTHING.to_dict() == {}
    assert Setting(light=-1, covered=(BOX,), box=(0.1, 0.2, 0.3, 0.4), noise=3, seed=7).to_dict() == {
        "light": -1,
        "noise": 3,
        "covered": ["box"],
        "fill": "mean",
        "box": [0.1, 0.2, 0.3, 0.4],
        "seed": 7,
    }


# On a face -----------------------------------------------------------------------------------------------------------


def test_nothing_is_the_crop_itself(scene: Scene) -> None:
    again = apply(scene, NOTHING)
    np.testing.assert_array_equal(again, scene.crop)
    assert not np.shares_memory(again, scene.crop)


@pytest.mark.parametrize("name", [*CHANGES, *COVERS, BOX, *PRESETS])
def test_every_change_changes_and_leaves_the_face_alone(scene: Scene, name: str) -> None:
    crop, photo = scene.crop.copy(), ASTRONAUT.copy()
    if name in PRESETS:
        setting = PRESETS[name].setting
    elif name in CHANGES:
        setting = NOTHING.replace(**{name: CHANGES[name].high})
    else:
        setting = Setting(covered=(name,), fill="grey")
    changed = apply(scene, setting)
    assert (changed.dtype, changed.shape) == (np.uint8, (48, 48))
    assert (changed != scene.crop).mean() > 0.02
    np.testing.assert_array_equal(scene.crop, crop)
    np.testing.assert_array_equal(ASTRONAUT, photo)
    np.testing.assert_array_equal(apply(scene, setting), changed)


def test_a_moved_crop_shows_the_photo_around_it() -> None:
    scene = ramp()
    moved = apply(scene, Setting(sideways=25))  # 12 pixels to the right: what stood left of the crop comes in
    np.testing.assert_array_equal(moved[24], scene.crop[24].astype(int) - 24)
    alone = apply(Scene(scene.crop), Setting(sideways=25))
    assert (alone[24, :12] == scene.crop[24, 0]).all(), "without a photo the edge is repeated"


def test_a_smaller_face_shows_more_of_the_photo() -> None:
    moved = apply(ramp(), Setting(size=0.8)).astype(float)
    assert np.diff(moved[24]).mean() == pytest.approx(2 / 0.8, rel=0.02)


def test_mirror_swaps_sides_exactly_and_undoes_itself(scene: Scene) -> None:
    np.testing.assert_array_equal(apply(scene, Setting(mirror=1)), scene.crop[:, ::-1])


def test_to_the_side_means_the_same_on_a_mirrored_face(scene: Scene) -> None:
    right = apply(scene, Setting(sideways=20, turn=10))
    left_of_mirror = apply(scene, Setting(mirror=1, sideways=-20, turn=-10))
    np.testing.assert_array_equal(left_of_mirror, right[:, ::-1])


def test_a_cover_moves_with_the_face(scene: Scene) -> None:
    def middle(setting: Setting) -> np.ndarray:
        bare = apply(scene, setting.replace(covered=())).astype(int)
        rows, columns = np.nonzero(np.abs(apply(scene, setting).astype(int) - bare) > 8)
        return np.array([columns.mean(), rows.mean()])

    still = middle(Setting(covered=("mouth",), fill="grey"))
    moved = middle(Setting(covered=("mouth",), fill="grey", sideways=10, down=-10))
    np.testing.assert_allclose(moved - still, [4.8, -4.8], atol=1.0)
    assert still[1] > 30, "the mouth is below"


def test_a_box_covers_its_share_of_the_crop(scene: Scene) -> None:
    mask = scene.covered(Setting(covered=(BOX,), box=(0.25, 0.5, 0.5, 0.25)))
    expected = np.zeros((48, 48))
    expected[24:36, 12:36] = 1
    np.testing.assert_allclose(mask, expected, atol=1e-6)


def test_a_face_without_points_has_a_box_alone() -> None:
    scene = Scene(np.zeros((48, 48), np.uint8))
    assert scene.covers == (BOX,)
    with pytest.raises(ValueError, match="without points"):
        apply(scene, Setting(covered=("eyes",)))


def test_pictures_that_are_no_crop_are_refused() -> None:
    for wrong in (np.zeros(48, np.uint8), np.zeros((48, 48), np.float32), np.zeros((48, 48, 2), np.uint8)):
        with pytest.raises(ValueError, match="crop must be"):
            Scene(wrong)
    with pytest.raises(ValueError, match="go together"):
        Scene(np.zeros((48, 48), np.uint8), ASTRONAUT)


def test_a_wide_picture_in_colour_is_changed_channel_by_channel() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (24, 40, 3), np.uint8)
    scene = Scene(picture)
    np.testing.assert_array_equal(apply(scene, NOTHING), picture)
    np.testing.assert_array_equal(apply(scene, Setting(mirror=1)), picture[:, ::-1])
    blurred = apply(scene, Setting(blur=2))
    for channel in range(3):
        np.testing.assert_array_equal(blurred[..., channel], apply(Scene(picture[..., channel]), Setting(blur=2)))
    covered = apply(scene, Setting(covered=(BOX,), box=(0.5, 0.0, 0.5, 1.0)))
    np.testing.assert_array_equal(covered[:, :20], picture[:, :20])
    np.testing.assert_allclose(covered[:, 20:], np.broadcast_to(picture.mean(axis=(0, 1)), (24, 20, 3)), atol=1)


def test_a_moved_picture_is_cut_anew_as_it_was_cut_before() -> None:
    size, box = (20, 30), (40, 50, 120, 80)
    transform = fit_box(box, size)
    cut = partial(fit_input, size=size, channels=3)
    crop = fit_input(ASTRONAUT, size, 3, transform)
    scene = Scene(crop, ASTRONAUT, transform, cut=lambda photo, where: cut(photo, transform=where))
    moved = apply(scene, Setting(sideways=20))  # by a fifth of 30 pixels
    off = np.abs(moved[:, 6:].astype(int) - crop[:, :-6])
    assert off.mean() < 2, "areas of the photo are averaged anew, between other pixels"
    assert off.mean() < np.abs(moved.astype(int) - crop).mean() / 5


def test_many_settings_give_what_each_gives(scene: Scene) -> None:
    settings = sweep(Setting(blur=1), "light", [-1, 0, 1])
    together = apply_all(scene, settings)
    assert [setting.light for setting in settings] == [-1, 0, 1]
    for face, setting in zip(together, settings, strict=True):
        np.testing.assert_array_equal(face, apply(scene, setting))
    assert apply_all(scene, []).shape == (0, 48, 48)
