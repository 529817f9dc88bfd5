"""The operator's faces: found, looked over, sorted."""

from pathlib import Path

import numpy as np
import pytest

from dashboard.app_pages.networks import dataset as networks_dataset
from dashboard.app_pages.networks.dataset import DataError, FaceSet
from models import EXPRESSIONS
from models.emotion.training.datasets import ExpressionData
from tests.dashboard.cards import write_csv

HAPPY, SAD, NEUTRAL = 3, 4, 6


def look_over(labels: list[int], votes: np.ndarray | None = None, firsts: list[int] | None = None) -> FaceSet:
    count = len(labels)
    images = np.full((count, 48, 48), 10, np.uint8) * np.arange(1, count + 1, dtype=np.uint8)[:, None, None]
    rows = 28_709 + np.arange(count)
    first = rows if firsts is None else np.array(firsts)
    return networks_dataset.look_over(
        ExpressionData(images, np.array(labels, np.uint8), rows, first, votes), EXPRESSIONS
    )


def votes(*rows: dict[str, int]) -> np.ndarray:
    return np.array([[row.get(name, 0) for name in networks_dataset.VOTES] for row in rows], np.uint8)


@pytest.mark.parametrize("setting", ["", "   "])
def test_without_a_setting_there_is_no_file(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(networks_dataset.VARIABLE, setting)
    assert networks_dataset.find_source() is None


@pytest.mark.parametrize("name", ["missing.csv", "notes.txt"])
def test_setting_that_cannot_be_used_is_told_without_its_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.txt").write_text("no faces")
    monkeypatch.setenv(networks_dataset.VARIABLE, str(tmp_path / name))
    with pytest.raises(DataError, match=name) as told:
        networks_dataset.find_source()
    assert str(tmp_path) not in str(told.value)


def test_csv_is_read_with_its_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(networks_dataset.VARIABLE, str(write_csv(tmp_path / "fer2013.csv", 14)))
    source = networks_dataset.find_source()
    assert source is not None
    assert source.usages == networks_dataset.PARTS
    faces = networks_dataset.read_faces(source, "PublicTest")
    assert faces.counts == (2,) * 7
    assert [group.positions for group in faces.groups] == [(0, 1)]
    with pytest.raises(ValueError, match="PrivateTest"):
        networks_dataset.read_faces(source, "PrivateTest")


def test_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    np.savez(path, something=np.zeros(3))
    with pytest.raises(DataError, match=r"other\.npz"):
        networks_dataset.read_faces(networks_dataset.Source(path, 0.0), "PublicTest")


def test_average_face_is_the_mean_of_its_class() -> None:
    faces = look_over([HAPPY, HAPPY, SAD])
    assert faces.averages[HAPPY].max() == faces.averages[HAPPY].min() == 15
    assert faces.averages[SAD].max() == 30
    assert not faces.averages[0].any()


def test_groups_with_conflicting_labels_come_first() -> None:
    faces = look_over([HAPPY, HAPPY, HAPPY, SAD, NEUTRAL], firsts=[28_709, 28_709, 28_711, 28_711, 5])
    assert [(group.positions, group.is_conflict) for group in faces.groups] == [((2, 3), True), ((0, 1), False)]
    assert faces.repeated == 1, "row 5 is one of Training"


def test_crowd_needs_a_choice_of_its_own() -> None:
    cast = votes({"happy": 6, "neutral": 4}, {"happy": 5, "neutral": 5}, {"no face": 9}, {})
    assert networks_dataset.crowd_choice(cast).tolist() == [
        1,
        networks_dataset.UNDECIDED,
        9,
        networks_dataset.UNDECIDED,
    ]


def test_agreement_and_dispute_follow_the_votes() -> None:
    cast = votes({"happy": 10}, {"neutral": 6, "happy": 4}, {"sad": 5, "angry": 5}, {"happy": 9, "sad": 1})
    faces = look_over([HAPPY, HAPPY, SAD, SAD], cast)
    assert networks_dataset.agreement(faces) == {"happy": 0.5, "sad": 0.0}
    assert networks_dataset.disputed(faces).tolist() == [3, 1], "the clearest vote first"
    assert faces.crowd_says(3) == "happy"
    assert faces.crowd_says(2) is None


def test_without_votes_nothing_is_said_of_noise() -> None:
    faces = look_over([HAPPY, SAD])
    assert networks_dataset.agreement(faces) == {}
    assert len(networks_dataset.disputed(faces)) == 0


def test_random_faces_are_of_their_class_and_the_same_for_a_seed() -> None:
    faces = look_over([HAPPY] * 9 + [SAD] * 3)
    drawn = networks_dataset.random_faces(faces, HAPPY, 5, seed=1)
    assert len(set(drawn.tolist())) == 5
    assert set(drawn.tolist()) <= set(range(9))
    assert drawn.tolist() == networks_dataset.random_faces(faces, HAPPY, 5, seed=1).tolist()
    assert drawn.tolist() != networks_dataset.random_faces(faces, HAPPY, 5, seed=2).tolist()


def test_mistakes_are_sorted_by_confidence_and_filtered() -> None:
    faces = look_over([HAPPY, SAD, SAD, HAPPY])
    shares = np.full((4, 7), 0.01, np.float32)
    shares[0, HAPPY], shares[1, HAPPY], shares[2, HAPPY], shares[3, NEUTRAL] = 0.9, 0.6, 0.8, 0.7
    assert networks_dataset.mistakes(faces, shares).tolist() == [2, 3, 1]
    assert networks_dataset.mistakes(faces, shares, label=SAD).tolist() == [2, 1]
    assert networks_dataset.mistakes(faces, shares, answer=NEUTRAL).tolist() == [3]
    assert networks_dataset.mistakes(faces, shares, label=SAD, answer=NEUTRAL).tolist() == []
