"""A tiny network is trained on made people, resumed, and relabelled between its cycles."""

import csv
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest

from models.pose import SIZE
from models.pose.training.augmentation import CropMaker
from models.pose.training.configurations import PoseCycle
from models.pose.training.fitting import Order, PoseLosses, draw_crops, fit_pose
from tests.models.pose.training.people import draw_people

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def crowd():
    """Of every third person a label lies far off."""
    data = draw_people(36, seed=9)
    joints = data.joints.copy()
    joints[::3, 13] += [0, 110]
    return replace(data, joints=joints)


@pytest.fixture(scope="module")
def trained(tiny, people, crowd, tmp_path_factory):
    folder = tmp_path_factory.mktemp("training")
    return fit_pose(replace(tiny, keep=0.9, agreement=0.0), people, crowd, folder), folder


def log_of(folder):
    with (folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_training_lowers_the_loss_over_its_cycles(trained):
    rows = log_of(trained[1])
    assert [(row["epoch"], row["cycle"]) for row in rows] == [("0", "1"), ("1", "1"), ("2", "2")]
    assert float(rows[1]["loss"]) < float(rows[0]["loss"])
    assert trained[0].input_shape == (None, SIZE, SIZE, 3)
    assert trained[0].compute_dtype == "float32"


def test_gross_errors_are_dropped_after_the_first_cycle(trained):
    with np.load(trained[1] / "cycle2" / "dropped.npz") as file:
        wrong = file["wrong"]
    assert 0 < wrong.sum() <= 0.1 * wrong.size


def test_the_crowds_labels_are_moved_where_a_cycle_says_so(trained, tiny, people, crowd, tmp_path):
    """The answers before are made sure ones; then the cycle learns from other labels, so it ends elsewhere.

    That a cycle with the same labels ends alike is seen where a training resumes.
    """
    shutil.copytree(trained[1], tmp_path, dirs_exist_ok=True)
    (tmp_path / "cycle2" / "done.keras").unlink()
    (tmp_path / "cycle2" / "log.csv").unlink()
    shutil.rmtree(tmp_path / "cycle2" / "checkpoint")
    with np.load(tmp_path / "cycle2" / "dropped.npz") as file:
        kept = dict(file)
    kept["said"][..., 2] = 0.99
    np.savez(tmp_path / "cycle2" / "dropped.npz", **kept)
    assert tiny.cycles[1].relabel == 0
    cycles = (tiny.cycles[0], replace(tiny.cycles[1], relabel=0.9))
    fit_pose(replace(tiny, keep=0.9, agreement=0.0, cycles=cycles), people, crowd, tmp_path)
    before, after = (log_of(folder) for folder in (trained[1], tmp_path))
    assert after[:2] == before[:2]
    assert after[2]["maps_loss"] != before[2]["maps_loss"]


def test_a_finished_training_is_read_from_its_folder(trained, tiny, people, crowd):
    again = fit_pose(replace(tiny, keep=0.9, agreement=0.0), people, crowd, trained[1])
    for first, second in zip(trained[0].get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_training_resumes_after_an_interruption(trained, tiny, people, crowd, tmp_path):
    shutil.copytree(trained[1], tmp_path, dirs_exist_ok=True)
    (tmp_path / "cycle2" / "done.keras").unlink()
    longer = replace(tiny, keep=0.9, agreement=0.0, cycles=(tiny.cycles[0], PoseCycle(epochs=2, size=64)))
    fit_pose(longer, people, crowd, tmp_path)
    assert [row["cycle"] for row in log_of(tmp_path)] == ["1", "1", "2", "2"]
    assert log_of(tmp_path)[2] == log_of(trained[1])[2]


def test_a_network_grows_between_its_cycles(trained, tiny, people, crowd, tmp_path):
    """The small cycle is read from its folder; what the grown one begins with is no worse."""
    shutil.copytree(trained[1] / "cycle1", tmp_path / "cycle1")
    first = replace(tiny.cycles[0], depths=(1,), refined=(0,))
    grown = replace(tiny, depths=(2,), refined=(1,), cycles=(first, PoseCycle(epochs=1, size=48, peak_rate=1e-3)))
    network = fit_pose(grown, people, crowd, tmp_path)
    assert np.abs(network.get_layer("stage1_block2_project_norm").get_weights()[0]).max() > 0
    losses = [float(row["loss"]) for row in log_of(tmp_path)]
    assert losses[2] < losses[0]


def test_another_seed_shows_other_crops(people, tiny):
    maker = CropMaker(people, tiny.augmentation, 48)
    order = Order(np.ones(len(people), int), 8, seed=0)
    first, again, other = (draw_crops(maker, order, seed, 0)[0]["pictures"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_dropped_labels_of_other_people_are_refused(trained, tiny, people, crowd, tmp_path):
    shutil.copytree(trained[1], tmp_path, dirs_exist_ok=True)
    (tmp_path / "cycle2" / "done.keras").unlink()
    with pytest.raises(ValueError, match=r"dropped\.npz was made for"):
        fit_pose(replace(tiny, keep=0.9), people, crowd.take(np.arange(20)), tmp_path)


def test_too_few_people_are_told_in_one_sentence(tiny, people, tmp_path):
    with pytest.raises(ValueError, match="too few people"):
        fit_pose(tiny, people.part("val"), None, tmp_path)


def test_an_epoch_shows_everybody_as_often_as_asked():
    order = Order(np.array([3, 1, 1, 1, 2]), 4, seed=0)
    assert order.steps == 2
    for epoch in (0, 1):
        shown = np.concatenate([order.positions(order.steps * epoch + step) for step in range(2)])
        np.testing.assert_array_equal(np.bincount(shown), [3, 1, 1, 1, 2])
    assert (order.positions(0) != order.positions(2)).any()


class TestLosses:
    """Heat maps of 12×12 cells, on which a joint lies at (21.5, 9.5), the centre of cell (5, 2)."""

    def cost(self, maps, known=1.0, outside=0.0, logits=0.0):
        labels = {
            "joints": np.broadcast_to(np.array([21.5, 9.5], np.float32), (1, 14, 2)),
            "known": np.full((1, 14), known, np.float32),
            "outside": np.full((1, 14), outside, np.float32),
            "reach": np.full(1, 6, np.float32),
        }
        maps = np.broadcast_to(maps[None, :, :, None], (1, 12, 12, 14)).astype(np.float32)
        costs = PoseLosses(0.1, 1.0)(labels, maps, np.full((1, 14), logits, np.float32))
        return {name: float(keras.ops.convert_to_numpy(cost)[0]) for name, cost in costs.items()}

    def peak(self, column, row, height):
        columns, rows = np.meshgrid(np.arange(12), np.arange(12))
        return height * np.exp(-((columns - column) ** 2 + (rows - row) ** 2) / 4)

    def test_the_right_place_costs_least(self):
        right, wrong = self.cost(self.peak(5, 2, 8)), self.cost(self.peak(9, 9, 8))
        assert right["maps"] < self.cost(np.zeros((12, 12)))["maps"] < wrong["maps"]
        assert (right["pck"], wrong["pck"]) == (1, 0)

    def test_a_nonsensical_label_costs_no_more_than_a_bound(self):
        """Where the network is sure of another place, the even map's share is all that is left: -log(0.1 / 144)."""
        costs = [self.cost(self.peak(10, 10, height))["maps"] for height in (20, 40, 80)]
        assert costs == sorted(costs)
        assert costs[-1] < np.log(1440) + 1e-3
        assert costs[-1] - costs[-2] < 0.05

    def test_unknown_joints_cost_nothing(self):
        assert self.cost(self.peak(9, 9, 8), known=0.0) == {"maps": 0, "confidence": 0, "pck": 0}

    def test_confidence_pays_where_it_is_right(self):
        right, wrong = self.peak(5, 2, 8), self.peak(9, 9, 8)
        assert self.cost(right, logits=3.0)["confidence"] < self.cost(right, logits=-3.0)["confidence"]
        assert self.cost(wrong, logits=3.0)["confidence"] > self.cost(wrong, logits=-3.0)["confidence"]

    def test_a_joint_outside_the_crop_teaches_low_confidence_alone(self):
        sure, unsure = (self.cost(self.peak(5, 2, 8), 0.0, 1.0, logits) for logits in (3.0, -3.0))
        assert sure["maps"] == unsure["maps"] == 0
        assert sure["confidence"] > 1 > unsure["confidence"]
