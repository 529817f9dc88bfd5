import numpy as np
import pytest

from models import classifier

pytestmark = pytest.mark.usefixtures("halves")


def lighter(side: str, height: int, width: int) -> np.ndarray:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, slice(0, width // 2) if side == "left" else slice(width // 2, None)] = 255
    return picture


@pytest.mark.parametrize("shape", [(8, 8), (8, 40), (40, 8), (301, 200), (2, 2), (17, 16)])
@pytest.mark.parametrize("network", ["halves", "grey-halves"])
def test_pictures_of_any_size_are_told_apart(shape: tuple[int, int], network: str) -> None:
    shares = classifier.predict([lighter("left", *shape), lighter("right", *shape)], network)
    assert shares.shape == (2, 2)
    assert shares.dtype == np.float32
    assert shares.argmax(axis=1).tolist() == [0, 1]
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)


def test_a_batch_of_mixed_sizes_equals_its_parts() -> None:
    random = np.random.default_rng(0)
    sizes = [*random.integers(1, 60, (70, 2)), (1, 1)]
    pictures = [random.integers(0, 256, (*size, 3), np.uint8) for size in sizes]
    alone = np.concatenate([classifier.predict([picture], "halves") for picture in pictures])
    np.testing.assert_allclose(classifier.predict(pictures, "halves"), alone, atol=1e-6)


def test_a_picture_that_is_no_square_repeats_its_edge() -> None:
    picture = np.zeros((4, 8, 3), np.uint8)
    picture[0], picture[-1] = 200, 100
    shown = classifier.fit_input(picture, 8, 3)
    assert (shown[:3] == 200).all()
    assert (shown[-3:] == 100).all()


def test_a_grey_picture_is_shown_in_three_channels_and_a_coloured_one_in_one() -> None:
    grey = np.full((8, 8), 77, np.uint8)
    assert (classifier.fit_input(grey, 8, 3) == 77).all()
    green = np.zeros((8, 8, 3), np.uint8)
    green[..., 1] = 255
    shown = classifier.fit_input(green, 8, 1)
    assert shown.shape == (8, 8, 1)
    assert (shown == 150).all()  # 0.587 of white


def test_no_pictures_have_no_scores() -> None:
    assert classifier.predict([], "halves").shape == (0, 2)


def test_the_pictures_are_left_as_they_are() -> None:
    picture = lighter("left", 30, 20)
    before = picture.copy()
    classifier.predict([picture], "grey-halves")
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize("picture", [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3)), np.zeros((0, 8, 3), np.uint8)])
def test_what_is_no_rgb_picture_is_refused(picture: np.ndarray) -> None:
    with pytest.raises(ValueError, match="image"):
        classifier.predict([picture], "halves")


def test_an_unknown_network_is_refused_with_near_matches() -> None:
    with pytest.raises(ValueError, match="Did you mean halves"):
        classifier.predict([], "halve")


def test_a_network_of_another_task_is_refused() -> None:
    assert classifier.list_networks() == ["grey-halves", "halves"]
    with pytest.raises(ValueError, match=r"'other' is no classifier\. Known: grey-halves, halves"):
        classifier.predict([], "other")


@pytest.mark.parametrize("box", [(0, 0, 60, 40), (10, 5, 30, 30), (3, 7, 20, 33)])
@pytest.mark.parametrize("size", [(8, 8), (12, 20), (48, 32)])
def test_a_box_is_fitted_to_the_input_about_its_middle(box: tuple[int, int, int, int], size: tuple[int, int]) -> None:
    x, y, width, height = box
    corners = np.array([[-0.5, -0.5, 1], [size[1] - 0.5, size[0] - 0.5, 1]]).T
    shown = {fit: (classifier.fit_box(box, size, fit) @ corners).T + 0.5 for fit in classifier.FITS}
    for low, high in shown.values():
        np.testing.assert_allclose((low + high) / 2, [x + width / 2, y + height / 2])
    np.testing.assert_allclose(shown["stretch"], [[x, y], [x + width, y + height]], atol=1e-9)
    extents = {fit: ends[1] - ends[0] for fit, ends in shown.items()}
    assert (extents["pad"] >= np.array([width, height]) - 1e-9).all()
    assert (extents["crop"] <= np.array([width, height]) + 1e-9).all()
    for fit in ("pad", "crop"):
        assert np.isclose(extents[fit], [width, height]).any()
        assert extents[fit][0] / extents[fit][1] == pytest.approx(size[1] / size[0])


def test_another_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="fit must be one of pad, crop, stretch"):
        classifier.fit_box((0, 0, 8, 8), (8, 8), "squeeze")  # type: ignore[arg-type]


def test_a_stretched_box_shows_all_of_it() -> None:
    picture = np.zeros((20, 80, 3), np.uint8)
    picture[:, 40:] = 200
    shown = classifier.fit_input(picture, (10, 10), 3, classifier.fit_box((0, 0, 80, 20), (10, 10), "stretch"))
    assert (shown[:, :4] == 0).all()
    assert (shown[:, 6:] == 200).all()
