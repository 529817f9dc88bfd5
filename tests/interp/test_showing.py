"""Explanations and dreams as a notebook shows them."""

import io

import numpy as np
import pytest
from PIL import Image

from interp import Class, Explanation, Frame, render


def explanation(values: np.ndarray, signed: bool = False) -> Explanation:
    score = 1.25 if values.ndim == 2 else np.full(len(values), 1.25, np.float32)
    return Explanation(values.astype(np.float32), signed, "grad_cam", Class(3), "conv", {}, 0, score, 0.02)


def test_a_map_stands_above_its_colour_bar():
    shown = np.asarray(explanation(np.array([[0.0, 2.0], [1.0, 0.0]])).plot())
    colours = render.PALETTES["inferno"].colours
    assert tuple(shown[0, 0]) == tuple(colours[0])
    assert tuple(shown[0, -1]) == tuple(colours[-1])
    bar = shown[shown.shape[1] + 10]  # the map is square
    assert tuple(bar[0]) == tuple(colours[0])
    assert tuple(bar[-1]) == tuple(colours[-1])


def test_a_map_is_laid_over_its_picture_and_fades_where_it_is_zero():
    values, picture = np.zeros((2, 2)), np.full((2, 2, 3), 90, np.uint8)
    assert tuple(np.asarray(explanation(values).plot(picture))[0, 0]) == (90, 90, 90)
    values[0, 0] = 1.0
    assert tuple(np.asarray(explanation(values).plot(picture))[0, 0]) != (90, 90, 90)


def test_a_limit_is_the_value_of_the_last_colour():
    half, whole = np.array([[0.0, 1.0]]), np.array([[0.0, 2.0]])
    limited = np.asarray(explanation(whole).plot(limit=1.0))
    np.testing.assert_array_equal(limited, np.asarray(explanation(half).plot()))


def test_the_maps_of_a_batch_stand_side_by_side():
    two = explanation(np.stack([np.eye(4), -np.eye(4)]), signed=True)
    assert two.plot().width > 2 * explanation(np.eye(4)).plot().width
    with pytest.raises(ValueError, match="2 maps and 1 pictures"):
        two.plot(np.zeros((1, 4, 4), np.uint8))


def test_a_notebook_shows_a_map_with_its_words():
    shown = explanation(np.eye(4))
    with Image.open(io.BytesIO(shown._repr_png_())) as picture:
        assert picture.size == shown.plot().size
    told = shown._repr_html_()
    assert "data:image/png;base64," in told
    assert "grad_cam for Class(index=3, output=0) by the layer conv: its score is 1.25." in told
    assert "The map is zero everywhere." in explanation(np.zeros((4, 4)))._repr_html_()


def test_a_notebook_shows_the_pictures_of_a_dream():
    images = np.zeros((2, 8, 8, 1), np.uint8)
    images[1] = 200
    with Image.open(io.BytesIO(Frame(images, 1, 4, 0, np.zeros(2, np.float32))._repr_png_())) as picture:
        shown = np.asarray(picture)
    assert tuple(shown[0, 0]) == (0, 0, 0)
    assert tuple(shown[0, -1]) == (200, 200, 200)
