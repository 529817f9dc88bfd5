import numpy as np
import pytest

from models.classifier import fit_input
from models.classifier.training.augmentation import PictureAugmentation, augment

NOTHING = PictureAugmentation(
    rotation=0, mirrored=0, scale=1, shift=0, contrast=1, brightness=0, tint=1, blur=0, erase=0
)


def picture(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize(("shape", "channels"), [((20, 30), 1), ((20, 30), 3), ((20, 30, 3), 3), ((20, 30, 3), 1)])
def test_an_augmented_picture_has_the_shape_of_the_input_and_depends_on_the_seed(
    shape: tuple[int, ...], channels: int
) -> None:
    settings = PictureAugmentation(blur=0.5, erase=0.5)
    drawn = [augment(picture(*shape), 16, channels, settings, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert all(one.shape == (16, 16, channels) and one.dtype == np.uint8 for one in drawn)
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()


def test_without_changes_a_picture_is_as_inference_sees_it() -> None:
    stored = picture(20, 30, 3)
    shown = augment(stored, 16, 3, NOTHING, np.random.default_rng(0))
    np.testing.assert_array_equal(shown, fit_input(stored, 16, 3))


def test_a_mirrored_picture_is_the_mirror_image() -> None:
    stored = picture(16, 16, 3)
    shown = augment(stored, 16, 3, PictureAugmentation(**(vars(NOTHING) | {"mirrored": 1.0})), np.random.default_rng(0))
    np.testing.assert_array_equal(shown, stored[:, ::-1])


def test_a_hidden_rectangle_is_grey_and_no_larger_than_told() -> None:
    settings = PictureAugmentation(**(vars(NOTHING) | {"erase": 1.0, "erase_side": (0.25, 0.25)}))
    shown = augment(np.zeros((16, 16), np.uint8), 16, 1, settings, np.random.default_rng(0))
    assert (shown == 128).sum() == 16
    assert (shown == 0).sum() == 16 * 15


def test_a_tint_changes_colours_against_each_other() -> None:
    settings = PictureAugmentation(**(vars(NOTHING) | {"tint": 1.5}))
    shown = augment(np.full((16, 16, 3), 100, np.uint8), 16, 3, settings, np.random.default_rng(0))
    assert len(set(shown[0, 0].tolist())) == 3
