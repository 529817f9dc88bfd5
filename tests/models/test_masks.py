"""Shapes as masks of pixels."""

import numpy as np
import pytest

from models.masks import line_mask


def test_line_covers_the_pixels_whose_centres_lie_under_it() -> None:
    mask = line_mask(np.array([[0.5, 0.5], [2.5, 0.5]]), 1, (4, 4))
    assert np.argwhere(mask).tolist() == [[0, 0], [0, 1], [0, 2]]


def test_a_single_point_is_a_disc() -> None:
    assert line_mask(np.array([[40.0, 20.0]]), 40, (40, 80)).sum() == pytest.approx(np.pi * 20**2, rel=0.03)


def test_a_line_outside_of_the_picture_covers_nothing() -> None:
    assert not line_mask(np.array([[9.0, 9.0], [12.0, 9.0]]), 1, (4, 4)).any()
