"""Shares of a map by region."""

import numpy as np
import pytest

from interp.regions import region_shares


def halves() -> dict[str, np.ndarray]:
    left = np.zeros((8, 8), bool)
    left[:, :4] = True
    return {"left": left, "right": ~left}


def test_a_constant_map_is_shared_by_area():
    top = np.zeros((8, 8), bool)
    top[:2] = True
    regions = region_shares(np.full((4, 4), 3.0), {"top": top})
    assert list(regions) == ["top", "rest"]
    assert regions["top"].share == pytest.approx(0.25)
    assert regions["top"].area == regions["top"].share
    assert regions["top"].density == pytest.approx(1)
    assert regions["rest"].mean == pytest.approx(3)


def test_all_that_lies_in_a_region_is_its_share():
    values = np.zeros((8, 8))
    values[3, 1], values[4, 2], values[0, 7] = 2, 1, 1
    regions = region_shares(values, halves())
    assert regions["left"].share == pytest.approx(0.75)
    assert regions["left"].mean == pytest.approx(3 / 32)
    assert regions["left"].density == pytest.approx(1.5)
    assert regions["rest"].share == 0


def test_overlaps_are_split_and_shares_sum_to_one():
    values = np.random.default_rng(0).normal(size=(8, 8))
    masks = {**halves(), "all": np.ones((8, 8), bool), "soft": np.full((8, 8), 0.5)}
    regions = region_shares(values, masks)
    assert sum(region.share for region in regions.values()) == pytest.approx(1)
    assert sum(region.area for region in regions.values()) == pytest.approx(1)
    assert regions["all"].share == pytest.approx(1 / 2.5)
    assert regions["soft"].share == pytest.approx(0.5 / 2.5)
    assert regions["all"].mean == pytest.approx(values.mean(), abs=1e-6)


def test_a_soft_mask_leaves_the_rest_its_part():
    regions = region_shares(np.ones((4, 4)), {"half": np.full((4, 4), 0.5)})
    assert regions["half"].share == regions["rest"].share == pytest.approx(0.5)


def test_signs_are_kept_apart():
    values = np.zeros((8, 8))
    values[0, 0], values[1, 0], values[0, 7] = 3, -1, -2
    regions = region_shares(values, halves())
    assert regions["left"].balance == pytest.approx(0.5)
    assert regions["right"].balance == -1
    assert regions["left"].share == pytest.approx(4 / 6)


def test_blank_maps_and_empty_regions_divide_nothing():
    regions = region_shares(np.full((4, 4), np.nan), {"none": np.zeros((4, 4), bool)})
    assert {region.share for region in regions.values()} == {0.0}
    assert regions["none"].density == regions["none"].mean == 0.0


@pytest.mark.parametrize(
    ("values", "masks", "message"),
    [
        (np.ones((2, 2)), {}, "at least one"),
        (np.ones((2, 2)), {"rest": np.ones((2, 2))}, "rest"),
        (np.ones((2, 2)), {"a": np.ones((2, 2)), "b": np.ones((3, 2))}, "one shape"),
        (np.ones((2, 2)), {"a": np.full((2, 2), 2.0)}, "'a' has values outside"),
        (np.ones((2, 2, 2)), {"a": np.ones((2, 2))}, r"\(h, w\)"),
    ],
)
def test_wrong_masks_are_refused(values, masks, message):
    with pytest.raises(ValueError, match=message):
        region_shares(values, masks)
