"""Labels stay on what they label, whatever happens to the crop."""

from dataclasses import replace

import numpy as np
import pytest

from models.pose import UPPER
from models.pose.training.augmentation import (
    CropMaker,
    bust_squares,
    person_crops_at,
    portrait_crops,
    regular_person_crops,
)
from models.pose.training.configurations import PersonAugmentation

GEOMETRY_ALONE = PersonAugmentation(
    contrast=1, gamma=1, brightness=0, tint=1, grey=0, dark=0, blur=0, noise=0, hide=0, turned=0.5
)
RED = (250, 10, 10)


def test_regular_crops_hold_the_person_with_a_margin(people):
    crops = regular_person_crops(people, 128)
    assert crops.known.all()
    extent = (crops.joints.max(axis=1) - crops.joints.min(axis=1)).max(axis=1)
    np.testing.assert_allclose(extent, 128 / 1.3, rtol=1e-4)
    torso = np.linalg.norm(crops.joints[:, 9] - crops.joints[:, 2], axis=1)
    np.testing.assert_allclose(crops.reach, 0.2 * torso, rtol=1e-4)


def with_one_dot(data, joint):
    """The same people with a red dot at one joint, and nothing else to see."""
    images = []
    for place in data.joints[:, joint]:
        image = np.full((160, 160, 3), 110, np.uint8)
        rows, columns = np.mgrid[:160, :160]
        image[(columns - place[0]) ** 2 + (rows - place[1]) ** 2 < 36] = RED
        images.append(image)
    return replace(data, images=tuple(images))


@pytest.mark.parametrize(("joint", "other"), [(0, 5), (6, 11), (13, 13)])
def test_labels_follow_turns_scales_halves_and_mirrors(people, joint, other):
    crops = CropMaker(with_one_dot(people, joint), GEOMETRY_ALONE, 128).draw(np.arange(40), np.random.default_rng(0))
    on_joint, on_other = 0, 0
    for picture, joints in zip(crops.pictures, crops.joints, strict=True):
        first, second = joints[[joint, other]]
        if min(first.min(), second.min()) < 4 or max(first.max(), second.max()) > 123:
            continue
        is_dot = [np.abs(picture[round(y), round(x)].astype(int) - RED).max() < 60 for x, y in (first, second)]
        assert any(is_dot)
        on_joint, on_other = on_joint + is_dot[0], on_other + is_dot[1]
    if joint == other:
        assert on_joint > 15
    else:  # of mirrored people the dot of the left joint is at the place of the right one
        assert on_joint > 4
        assert on_other > 4


def test_drawing_depends_on_the_seed_alone(people):
    maker = CropMaker(people, PersonAugmentation(), 64)
    first, again, other = (maker.draw(np.arange(6), np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.pictures, again.pictures)
    np.testing.assert_array_equal(first.joints, again.joints)
    assert (first.pictures != other.pictures).any()


def test_halves_leave_joints_outside(people):
    halves = replace(GEOMETRY_ALONE, half=1.0, upper=1.0, scale=(0.99, 1.01), shift=0.0)
    crops = CropMaker(people, halves, 64).draw(np.arange(40), np.random.default_rng(0))
    legs = crops.outside[:, [0, 1, 4, 5]]
    assert legs.mean() > 0.5
    assert crops.known[:, UPPER].mean() > 0.9
    assert ((crops.known + crops.outside) == 1).all()


def test_unknown_joints_are_neither_on_the_crop_nor_outside(people):
    visibility = people.visibility.copy()
    visibility[:, [0, 5]] = 0
    crops = CropMaker(replace(people, visibility=visibility), PersonAugmentation(), 64).draw(
        np.arange(20), np.random.default_rng(0)
    )
    assert not crops.known[:, [0, 5]].any()
    assert not crops.outside[:, [0, 5]].any()


def test_pictures_are_darkened_recoloured_and_covered(people):
    maker = CropMaker(people, replace(PersonAugmentation(), dark=1.0, plain=0.0), 64)
    bright = regular_person_crops(people, 64).pictures.mean()
    assert maker.draw(np.arange(30), np.random.default_rng(0)).pictures.mean() < 0.7 * bright
    covered = CropMaker(people, replace(GEOMETRY_ALONE, hide=1.0, hide_side=(0.9, 0.95)), 64)
    plain = CropMaker(people, GEOMETRY_ALONE, 64)
    pair = [one.draw(np.arange(1), np.random.default_rng(5)).pictures for one in (covered, plain)]
    assert (pair[0] != pair[1]).mean() > 0.5


def test_grey_crops_have_no_colour(people):
    settings = replace(GEOMETRY_ALONE, grey=1.0, plain=0.0)
    pictures = CropMaker(people, settings, 64).draw(np.arange(5), np.random.default_rng(0)).pictures
    assert (pictures[..., 0] == pictures[..., 1]).all()
    assert (pictures[..., 0] == pictures[..., 2]).all()


def test_busts_show_the_upper_joints(people):
    crops = person_crops_at(people, bust_squares(people), 64)
    assert crops.known[:, UPPER].all()
    assert crops.outside[:, [0, 5]].mean() > 0.9


def test_portraits_show_head_and_shoulders_and_what_their_picture_leaves_off_is_outside(people):
    settings = replace(GEOMETRY_ALONE, bust=1.0, ring=0.0, turned=0, rotation=0, shift=0, scale=(0.99, 1.01))
    white = replace(people, images=tuple(np.full((160, 160, 3), 255, np.uint8) for _ in people.images))
    crops = CropMaker(white, replace(settings, plain=1.0), 128).draw(np.arange(40), np.random.default_rng(0))
    assert (crops.known[:, [8, 9, 12, 13]].mean(axis=0) > 0.9).all()
    assert crops.outside[:, :6].mean() > 0.5
    np.testing.assert_array_equal(crops.known + crops.outside, 1)
    checked = 0
    for picture, joints, known in zip(crops.pictures, crops.joints, crops.known, strict=True):
        places = np.rint(joints).astype(int)
        for (x, y), is_known in zip(places, known, strict=True):
            if min(x, y) >= 2 and max(x, y) <= 125:
                is_picture = (picture[y - 2 : y + 3, x - 2 : x + 3] > 250).all()
                is_beyond = (picture[y - 2 : y + 3, x - 2 : x + 3] < 250).any(axis=-1).all()
                assert not (is_beyond and is_known)
                assert not (is_picture and not is_known)
                checked += is_beyond
    assert checked > 2


def test_rings_lie_around_the_necks_of_portraits(people):
    settings = replace(GEOMETRY_ALONE, bust=1.0, turned=0, plain=0.0)
    grey = replace(people, images=tuple(np.full((160, 160, 3), 128, np.uint8) for _ in people.images))
    for seed in range(12):
        bare, ringed = (
            CropMaker(grey, replace(settings, ring=ring), 128).draw(np.arange(1), np.random.default_rng(seed))
            for ring in (0.0, 1.0)
        )
        np.testing.assert_array_equal(bare.joints, ringed.joints)
        rows, columns = np.nonzero((bare.pictures[0] != ringed.pictures[0]).any(axis=-1))
        if len(rows):
            break
    neck, top = ringed.joints[0, 12:]
    near = np.hypot(columns - neck[0], rows - neck[1]).min()
    assert near < np.linalg.norm(neck - top)


def test_coats_cover_trunk_and_arms_in_sight_and_leave_the_rest(people):
    settings = replace(GEOMETRY_ALONE, turned=0, plain=0.0, half=0.0)
    visibility = people.visibility.copy()
    visibility[:, [10, 11]] = 1  # a hidden arm gets no sleeve
    makers = [
        CropMaker(replace(people, visibility=visibility), replace(settings, coat=coat), 128) for coat in (0.0, 1.0)
    ]
    sleeves = []
    for seed in range(20):
        bare, dressed = (maker.draw(np.array([seed]), np.random.default_rng(seed)) for maker in makers)
        np.testing.assert_array_equal(bare.joints, dressed.joints)
        np.testing.assert_array_equal(bare.known, dressed.known)
        joints = bare.joints[0]
        changed = (bare.pictures[0] != dressed.pictures[0]).any(axis=-1)
        x, y = np.rint(joints[[2, 3, 8, 9]].mean(axis=0)).astype(int)
        assert changed[y, x]
        forearms = np.rint(0.4 * joints[[7, 10]] + 0.6 * joints[[6, 11]]).astype(int)
        if forearms.min() < 0 or forearms.max() > 127 or not bare.known.all():
            continue
        sleeves.append([changed[y, x] for x, y in forearms])
        places = np.rint(joints[[0, 5, 13]]).astype(int)  # ankles and head top
        assert not any(changed[y, x] for x, y in places)
    assert len(sleeves) > 4
    assert {tuple(map(bool, pair)) for pair in sleeves} == {(True, False), (False, True)}, "mirrored and not"


BUST = (8, 9, 12, 13)


def test_portraits_show_head_and_shoulders_near_by_and_nothing_beyond_their_ends(people):
    visibility = people.visibility.copy()
    visibility[:5, 13] = 0  # whose head is not labelled can't be portrayed
    crops = portrait_crops(replace(people, visibility=visibility), 96)
    assert sorted(crops.people) == list(range(5, 40))
    near, far = (
        np.linalg.norm(of.joints[:, 9] - of.joints[:, 8], axis=1) for of in (crops, regular_person_crops(people, 96))
    )
    assert np.median(near) > 1.5 * np.median(far)
    assert crops.known[:, list(BUST)].mean() > 0.85
    assert crops.known[:, :6].mean() < 0.2, "hips and legs are outside"
    assert crops.outside[:, :6].mean() > 0.8


def test_a_ring_lies_around_the_neck_and_changes_nothing_else(people):
    portrait = replace(GEOMETRY_ALONE, bust=1.0, turned=0.0, rotation=0.0, ring=0.0, plain=0.0)
    plain, ringed = CropMaker(people, portrait, 96), CropMaker(people, replace(portrait, ring=1.0), 96)
    places = []
    for seed in range(80):
        position = np.array([seed % len(people)])
        before, after = (maker.draw(position, np.random.default_rng(seed)) for maker in (plain, ringed))
        is_changed = (before.pictures != after.pictures)[0].any(axis=-1)
        if is_changed.mean() < 0.01:
            continue
        neck, top = before.joints[0, [12, 13]]
        rows, columns = np.nonzero(is_changed)
        places.append(np.hypot(columns - neck[0], rows - neck[1]).max() / np.linalg.norm(neck - top))
    assert len(places) > 20
    assert max(places) < 1.6, "no part of it is farther from the neck than one and a half heads"
