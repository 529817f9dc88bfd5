"""Pictures of maps: palettes, limits, overlays and the way back into the photo."""

import numpy as np
import pytest

from interp import render


@pytest.mark.parametrize("palette", render.PALETTES.values(), ids=render.PALETTES)
def test_palettes_are_perceptual(palette):
    luminance = palette.colours @ np.array([0.2126, 0.7152, 0.0722])
    assert palette.colours.shape == (256, 3)
    if palette.diverging:
        assert (np.diff(luminance[:128]) >= -0.5).all()
        assert (np.diff(luminance[128:]) <= 0.5).all()
        assert np.ptp(palette.colours[127:129].astype(int)) <= 6
    else:
        assert (np.diff(luminance) >= -0.5).all()


def test_viridis_runs_from_violet_to_yellow_in_rgb():
    red, green, blue = render.PALETTES["viridis"].colours[-1].astype(int)
    assert red > 200
    assert green > 200
    assert blue < 80


def test_limits_start_at_zero_or_lie_even_about_it():
    assert render.limits(np.array([[1.0, 3.0]])) == (0.0, 3.0)
    assert render.limits(np.array([[1.0, -3.0]]), signed=True) == (-3.0, 3.0)
    assert render.limits(np.array([[np.nan, 2.0, np.inf]])) == (0.0, 2.0)


@pytest.mark.parametrize("signed", [False, True])
def test_an_all_zero_map_takes_the_colour_of_zero(signed):
    picture = render.colorize(np.zeros((4, 4)), signed=signed)
    colours = render.PALETTES[render.DEFAULT_PALETTES[signed]].colours
    assert (picture == colours[128 if signed else 0]).all()


def test_zero_is_the_middle_of_a_signed_map():
    picture = render.colorize(np.array([[-1.0, 0.0, 4.0]]), signed=True)
    assert np.ptp(picture[0, 1].astype(int)) <= 6
    assert picture[0, 2, 0] > picture[0, 2, 2]
    assert picture[0, 0, 2] > picture[0, 0, 0]


def test_a_shared_limit_gives_equal_values_equal_colours():
    first = render.colorize(np.array([[1.0, 2.0]]), limit=4.0)
    second = render.colorize(np.array([[1.0, 4.0]]), limit=4.0)
    np.testing.assert_array_equal(first[0, 0], second[0, 0])


def test_overlay_goes_from_the_picture_to_the_map():
    image = np.random.default_rng(0).integers(0, 255, (12, 16, 3), np.uint8)
    values = np.random.default_rng(1).uniform(size=(3, 4))
    np.testing.assert_array_equal(render.overlay(image, values, opacity=0), image)
    full = render.overlay(image, values, opacity=1, fade=0)
    assert full.shape == image.shape
    assert set(map(tuple, full.reshape(-1, 3))) <= set(map(tuple, render.PALETTES["inferno"].colours))
    assert render.overlay(image[..., 0], values).shape == (12, 16, 3)


@pytest.mark.parametrize("signed", [False, True])
def test_the_picture_shows_through_where_the_map_is_near_zero(signed):
    image = np.full((1, 4, 3), 100, np.uint8)
    values = np.array([[0.0, 0.1, 0.5, 1.0]])
    colours = render.colorize(values, signed=signed).astype(int)
    shown = render.overlay(image, values, opacity=0.8, signed=signed, fade=0.5)
    weights = 0.8 * np.sqrt(values[0])[:, None]
    np.testing.assert_allclose(shown[0], 100 + (colours[0] - 100) * weights, atol=1)
    if signed:
        opposite = render.overlay(image, -values, opacity=0.8, signed=True, fade=0.5)
        np.testing.assert_array_equal(opposite[0, 0], image[0, 0])
        assert (opposite[0, 3] != image[0, 3]).any()


def test_a_blank_map_leaves_the_picture_as_it_was():
    photo = np.random.default_rng(0).integers(0, 255, (12, 16, 3), np.uint8)
    blank = np.zeros((3, 3))
    np.testing.assert_array_equal(render.overlay(photo, blank), photo)
    np.testing.assert_array_equal(render.paste(photo, blank, np.eye(2, 3), 6), photo)
    assert (render.paste(photo, blank, np.eye(2, 3), 6, fade=0)[:5, :5] != photo[:5, :5]).any()


def test_paste_puts_each_map_pixel_where_the_transform_says():
    photo = np.full((60, 80, 3), 100, np.uint8)
    values = np.zeros((12, 12), np.float32)
    values[2, 9] = 1.0
    angle = np.deg2rad(30)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * 2
    transform = np.column_stack([rotation, [30, 15]])
    result = render.paste(photo, values, transform, 12, opacity=1)
    brightest = np.unravel_index(result.astype(int).sum(axis=-1).argmax(), result.shape[:2])
    expected = transform @ [9, 2, 1]
    np.testing.assert_allclose(brightest[::-1], expected, atol=1.5)
    np.testing.assert_array_equal(result[0, 0], photo[0, 0])
    np.testing.assert_array_equal(result[-1, -1], photo[-1, -1])
    assert (photo == 100).all()


@pytest.mark.parametrize("angle", [0, 17, 90, 135, 180, -60])
@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_paste_turns_a_map_with_its_crop(angle, scale):
    values = np.zeros((12, 12), np.float32)
    values[1:5, 7:10] = 1.0
    turn = np.deg2rad(angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * scale
    transform = np.column_stack([rotation, [50, 50] - rotation @ [5.5, 5.5]])
    photo = np.zeros((100, 100, 3), np.uint8)
    result = render.paste(photo, values, transform, 12, opacity=1, palette="viridis", fade=0)
    rows, columns = np.indices((100, 100))
    x, y = np.linalg.solve(rotation, np.stack([columns.ravel(), rows.ravel()]) - transform[:, 2:]).reshape(2, 100, 100)
    inside = (x > 7) & (x < 9) & (y > 1) & (y < 4)
    around = ((x > 10) | (x < 6) | (y > 5) | (y < 0)) & (x > 0) & (x < 11) & (y > 0) & (y < 11)
    beyond = (x < -1.1) | (x > 12.1) | (y < -1.1) | (y > 12.1)  # the crop's edge fades out over one of its pixels
    assert inside.any()
    assert (result[inside] == render.PALETTES["viridis"].colours[255]).all()
    assert (result[around] == render.PALETTES["viridis"].colours[0]).all()
    assert (result[beyond] == 0).all()


def test_a_strip_sets_pictures_of_any_size_side_by_side():
    red, grey = np.zeros((10, 20, 3), np.uint8), np.full((48, 48), 100, np.uint8)
    red[..., 0] = 255
    plain = render.strip([red, grey], height=48, gap=4)
    assert plain.shape == (48 + 8, 4 + 96 + 4 + 48 + 4, 3)
    assert (plain[4:52, 4:100] == [255, 0, 0]).all()
    assert (plain[4:52, 104:152] == 100).all()
    assert (plain[:4] == 255).all()
    titled = render.strip([red, grey], ["a red one", "far too long for so small a picture"], height=48, gap=4)
    assert titled.shape[0] > plain.shape[0]
    assert titled.shape[1] == plain.shape[1]
    assert (titled[-52:-4, 4:100] == [255, 0, 0]).all()
    assert (titled[: titled.shape[0] - 52, :100] < 128).any()
    assert (titled[: titled.shape[0] - 52, 152:] == 255).all()
    for pictures, titles in (([], ()), ([red], ["a", "b"])):
        with pytest.raises(ValueError, match="at least one picture"):
            render.strip(pictures, titles)


@pytest.mark.parametrize("shift", [(-500, 0), (-6, -6), (75, 55), (500, 500)])
def test_paste_over_the_edge_of_the_photo_keeps_its_shape(shift):
    photo = np.full((60, 80), 100, np.uint8)
    transform = np.array([[1.0, 0, shift[0]], [0, 1.0, shift[1]]])
    assert render.paste(photo, np.ones((3, 3)), transform, (12, 12)).shape == (60, 80, 3)


def test_palette_stops_are_what_plotly_takes():
    stops = render.palette_stops("viridis", 5)
    assert [place for place, _ in stops] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert all(colour.startswith("#") and len(colour) == 7 for _, colour in stops)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: render.colorize(np.zeros((2, 2)), "infermo"), "did you mean 'inferno'"),
        (lambda: render.colorize(np.zeros((2, 2)), "blue-red"), "unsigned map"),
        (lambda: render.colorize(np.zeros((2, 2)), "jet"), "Unknown palette"),
        (lambda: render.colorize(np.zeros((2, 2, 3))), "shape"),
        (lambda: render.colorize(np.zeros((2, 2)), limit=0), "limit"),
        (lambda: render.overlay(np.zeros((2, 2)), np.zeros((2, 2))), "uint8"),
        (lambda: render.overlay(np.zeros((2, 2), np.uint8), np.zeros((2, 2)), opacity=2), "opacity"),
        (lambda: render.overlay(np.zeros((2, 2), np.uint8), np.zeros((2, 2)), fade=-1), "fade"),
        (lambda: render.paste(np.zeros((2, 2), np.uint8), np.zeros((2, 2)), np.eye(3), 2), r"\(2, 3\)"),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_values_that_are_not_finite_count_as_zero():
    picture = render.colorize(np.array([[np.nan, np.inf, 1.0]]))
    np.testing.assert_array_equal(picture[0, 0], picture[0, 1])
    assert (picture[0, 0] == render.PALETTES["inferno"].colours[0]).all()


def test_outline_frames_the_box_from_inside():
    image = np.full((6, 8), 50, np.uint8)
    result = render.outline(image, (2, 1, 4, 3), colour=(1, 2, 3))
    framed = (result == (1, 2, 3)).all(axis=-1)
    expected = np.zeros((6, 8), bool)
    expected[1:4, 2:6] = True
    expected[2, 3:5] = False
    np.testing.assert_array_equal(framed, expected)
    assert (result[~framed] == 50).all()
    assert (image == 50).all()


def test_outline_is_cut_to_the_picture_and_enlarged_with_it():
    result = render.outline(np.zeros((4, 4, 3), np.uint8), (-2, -2, 4, 4), colour=(9, 9, 9), enlarge=3)
    framed = (result == 9).all(axis=-1)
    assert result.shape == (12, 12, 3)
    assert framed[:6, 5].all()
    assert not framed[6:].any()
    assert not render.outline(np.zeros((4, 4), np.uint8), (1, 1, 0, 0)).any()
