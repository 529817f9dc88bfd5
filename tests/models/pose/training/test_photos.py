"""Scores on whole photos, of a finder whose answers are known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from models.pose.looks import LOOKS
from models.pose.training import photos


@pytest.fixture
def asked(monkeypatch, people):
    """The photos and faces that were looked at. The finder knows the labels, with the left wrist two heads off."""
    seen = []

    def find_people(image, faces, network):
        seen.append((image, faces[0]))
        part = [photo[: len(image)] for photo in people.images]
        (index,) = (
            index
            for index, photo in enumerate(part)
            if np.array_equal(photo, image) or np.array_equal(photos._DARKENED[photo], image)
        )
        joints = np.concatenate([people.joints[index], np.ones((14, 1), np.float32)], axis=1)
        joints[11, 0] += 40
        return [SimpleNamespace(joints=joints)]

    monkeypatch.setattr(photos, "find_people", find_people)
    return seen


def test_the_finder_is_told_the_face_alone_and_scored_on_joints_that_are_there(people, asked):
    scores = photos.score_by_face(people.take(np.arange(3)), "pose")
    assert scores == {
        "whole": pytest.approx(11 / 12),
        "whole_people": 3,
        "dark": pytest.approx(11 / 12),
        "dark_people": 3,
        "upper": pytest.approx(7 / 8),  # hips, elbows, shoulders and wrists; neither knees nor ankles
        "upper_people": 3,
    }
    (image, face), (dark, _), (upper, _) = asked[:3]
    neck, head_top = people.joints[0, 12:].astype(float)
    x, y, width, height = face.box
    assert image.shape == (160, 160, 3)
    assert width == height == round(np.linalg.norm(neck - head_top) / LOOKS.head_of_face)
    np.testing.assert_allclose((x + width / 2, y + height / 2), (neck + head_top) / 2, atol=1)
    assert dark.mean() < 0.5 * image.mean()
    assert len(upper) < people.joints[0, [1, 4], 1].min(), "cut above the knees"


def test_labels_that_are_missing_are_not_asked_for(people, asked):
    visibility = people.visibility[:2].copy()
    visibility[0, 11] = 0
    visibility[1, 12] = 0  # without a neck there is no head to tell of
    data = replace(people.take(np.arange(2)), visibility=visibility)
    scores = photos.score_by_face(data, "pose")
    assert scores["whole"] == 1.0
    assert scores["whole_people"] == 1


def test_whoever_is_not_found_is_wrong(people, monkeypatch):
    monkeypatch.setattr(photos, "find_people", lambda *args, **named: [])
    assert photos.score_by_face(people.take(np.arange(2)), "pose")["whole"] == 0


def test_heads_that_lean_or_are_tiny_are_left_out(people):
    joints = people.joints[:3].copy()
    joints[0, 13] = joints[0, 12] + [30, -10]
    joints[1, 13] = joints[1, 12] + [0, 30]  # upside down
    joints[2, 13] = joints[2, 12] + [0, -7]
    assert photos.score_by_face(replace(people.take(np.arange(3)), joints=joints), "pose") is None
