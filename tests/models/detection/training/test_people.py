"""The people's head: who is known on photos, what scenes hold, and that the face head stays what it is."""

import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from models.detection import box_of_points, compile_network
from models.detection.training import commands
from models.detection.training.architecture import FEATURES, centre_network, people_network, with_people
from models.detection.training.datasets import Photos
from models.detection.training.people import evaluation
from models.detection.training.people.configurations import PEOPLE
from models.detection.training.people.datasets import Bodies, bodies_of_faces, body_of, limbs, region
from models.detection.training.people.evaluation import (
    choose_person_threshold,
    made_pictures,
    match_people,
    summarise_people,
)
from models.detection.training.people.scenes import PeopleScene, PeopleSceneMaker, PeopleSettings
from models.pose.training.datasets import PoseData
from tests.models.detection.training.test_fitting import write_photos
from tests.models.people import draw, face_of, place

SIDE = 128
JOINTS = place(60, 20, 14.0)


def people(count: int = 6) -> PoseData:
    """People of coloured spots on pictures of 120×120, the last third of them in the val split."""
    image = draw(120, 120, JOINTS)
    joints = np.repeat(JOINTS[None].astype(np.float32), count, axis=0)
    split = np.array(["train"] * (count - count // 3) + ["val"] * (count // 3))
    return PoseData((image,) * count, joints, np.full((count, 14), 2, np.uint8), split, np.arange(count).astype(str))


def one_photo(boxes: np.ndarray) -> Photos:
    image = np.full((300, 400, 3), 90, np.uint8)
    return Photos([image], [boxes], [np.zeros(len(boxes), bool)], [np.full((len(boxes), 5, 2), np.nan)])


def nobody() -> Bodies:
    return Bodies([[]], [np.zeros((0, 4), np.float32)])


def surely(joints: np.ndarray, but: tuple[int, ...] = ()) -> np.ndarray:
    confidence = np.ones((14, 1))
    confidence[list(but)] = 0.1
    return np.concatenate([joints, confidence], axis=1)


# Who is known --------------------------------------------------------------------------------------------------------


def test_a_body_is_known_by_hips_and_knees_or_to_the_end_of_the_photo() -> None:
    face = np.array(face_of(JOINTS).box, np.float32)
    whole = body_of(surely(JOINTS), face, 200, 0.5)
    assert whole is not None
    np.testing.assert_allclose(box_of_points(whole)[3], 1.12 * np.ptp(JOINTS[:, 1]), rtol=1e-4)
    assert body_of(surely(JOINTS, but=(1, 4)), face, 200, 0.5) is None  # no knee
    assert body_of(surely(JOINTS, but=(9,)), face, 200, 0.5) is None  # a shoulder
    bust = body_of(surely(JOINTS, but=(0, 1, 2, 3, 4, 5)), face, 60, 0.5)
    assert bust is not None
    assert bust[:, 1].max() == 60
    assert body_of(None, face, 200, 0.5) is None


def test_where_a_body_is_not_known_its_region_is_ignored() -> None:
    boxes = np.array([(60, 10, 21, 24), (200, 40, 30, 40), (300, 40, 8, 10)], np.float32)
    asked: list[int] = []

    def find(image: np.ndarray, faces: object) -> list[tuple[int, np.ndarray]]:
        asked.append(len(faces))
        return [(number, surely(JOINTS)) for number, face in enumerate(faces) if face.box[0] < 100]

    found = bodies_of_faces(one_photo(boxes), find, 0.5)
    assert len(found.points[0]) == 1
    assert asked == [2]  # the third is too small
    assert found.ignored[0].shape == (2, 4)
    np.testing.assert_allclose(sorted(found.ignored[0][:, 0]), sorted(region(box)[0] for box in boxes[1:]))


def test_limbs_cover_the_joints_and_little_else() -> None:
    mask = limbs(JOINTS, (120, 120), 1.0, 0.02)
    x, y = np.rint(JOINTS).astype(int).T
    assert (mask[y, x] > 0.5).all()
    assert mask.max() <= 1
    assert 0.05 < mask.mean() < 0.4


# Scenes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_a_scene_depends_on_its_numbers_alone_and_boxes_lie_within(seed: int) -> None:
    maker = PeopleSceneMaker(
        one_photo(np.zeros((0, 4))), nobody(), people(), PeopleSettings(smallest=16.0, largest=120.0), SIDE
    )
    one, again = (maker.draw_people(np.random.default_rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(one.image, again.image)
    assert one.image.shape == (SIDE, SIDE, 3)
    assert (one.boxes[:, :2] >= 0).all()
    assert (one.boxes[:, :2] + one.boxes[:, 2:] <= SIDE + 1e-3).all()
    assert len(one.boxes) == len(again.boxes) <= 3


def test_pasted_people_are_where_their_boxes_are() -> None:
    scenes = made_pictures(people(), [np.full((200, 200, 3), 30, np.uint8)], 8)
    assert scenes
    for scene in scenes:
        assert len(scene.boxes) <= 3
        x, y, width, height = np.rint(scene.boxes[0]).astype(int)
        assert np.ptp(scene.image[y : y + height, x : x + width].astype(int), axis=(0, 1)).max() > 40


# Scores --------------------------------------------------------------------------------------------------------------


def test_each_person_is_found_by_one_box_and_unknown_regions_excuse_others() -> None:
    boxes = np.array([[10, 10, 40, 80], [100, 10, 40, 80]], np.float64)
    scene = PeopleScene(np.zeros((200, 200, 3), np.uint8), boxes, np.array([[0.0, 120.0, 200.0, 80.0]]))
    said = np.array([[12, 10, 40, 80], [10, 12, 40, 80], [100, 130, 40, 60], [160, 10, 20, 20]], np.float64)
    matched = match_people([scene], lambda image: (said, np.array([0.9, 0.8, 0.7, 0.4])))
    assert matched.found_at.tolist() == [0.9, -np.inf]
    assert sorted(matched.wrong) == [0.4, 0.8]
    scores = summarise_people(matched, 0.5)
    assert (scores["recall"], scores["precision"], scores["people"]) == (0.5, 0.5, 2)


def test_the_threshold_is_the_least_with_few_alarms() -> None:
    sure = np.array([0.0] * 97 + [0.2, 0.35, 0.6])
    assert choose_person_threshold(sure, 0.02) == 0.21
    assert choose_person_threshold(sure, 0.01) == 0.36
    assert choose_person_threshold(sure, 0.0) == 0.61


# The head and its training -------------------------------------------------------------------------------------------


def detector() -> keras.Model:
    return centre_network((8, 8), (8, 16, 16), (2, 2, 2), 8, 8, normalised=False)


@pytest.mark.slow
def test_the_face_head_says_the_same_to_the_bit_and_the_new_one_what_it_said_alone() -> None:
    keras.utils.set_random_seed(1)
    sizes = {"widths": (8, 8), "depth": 1, "where": 8}
    faces = detector()
    head = people_network(faces, **sizes)
    random = np.random.default_rng(0)
    for layer in head.layers:  # statistics as of a training
        if layer.name.startswith("norm_"):
            layer.set_weights([value + 0.1 * random.random(value.shape) for value in layer.get_weights()])
    joined = with_people(faces, head, **sizes)
    again = with_people(joined, head, **sizes)  # on a detector that has one already
    pixels = np.random.default_rng(2).uniform(0, 255, (2, 64, 96, 3)).astype(np.float32)
    both = [np.array(values) for values in joined(pixels)]
    for expected, got in zip(faces(pixels), both, strict=False):
        np.testing.assert_array_equal(np.array(expected), got)
    maps = keras.Model(faces.input, [faces.get_layer(name).output for name in FEATURES])(pixels)
    for expected, got, repeated in zip(head(maps, training=False), both[3:], again(pixels)[3:], strict=True):
        np.testing.assert_allclose(np.array(expected), got, atol=1e-5)
        np.testing.assert_allclose(np.array(repeated), got, atol=1e-6)
    assert [values.shape[1:3] for values in both] == [(8, 12)] * 3 + [(4, 6)] * 2


@pytest.mark.slow
def test_the_command_trains_a_head_publishes_it_with_the_detector_and_scores_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    network = detector()
    network.save(weights / "detector.keras")
    card = {"name": "detector", "metrics": {"test": {"f1": 0.5}}, "thresholds": {"face": 0.4}, "limits": []}
    (weights / "detector.json").write_text(json.dumps(card), encoding="utf-8")
    sizes = {"widths": (8, 8), "depth": 1, "where": 8, "side": SIDE}
    tiny = replace(PEOPLE, **sizes, epochs=1, batch=4, validation=0.4, dtype="float32")
    monkeypatch.setattr(commands, "PEOPLE", tiny)
    monkeypatch.setattr(commands, "read_people", lambda path: people(12))
    monkeypatch.setattr(commands, "_joints_of", lambda image, faces: [])
    monkeypatch.setattr(evaluation, "KEPT_PICTURES", 4)
    monkeypatch.setattr(evaluation, "TEXTURES", 4)
    told = {"wider": write_photos(tmp_path / "photos.npz", 6), "people": [Path("people.npz")], "weights": weights}
    commands.train_people(Namespace(**told, folder=tmp_path / "people", epochs=None, steps=2))
    commands.score_people_head(Namespace(**told, pictures=4, write=True))
    published = json.loads((weights / "detector.json").read_text(encoding="utf-8"))
    assert published["thresholds"]["face"] == 0.4
    assert 0.05 <= published["thresholds"]["person"] <= 0.99
    assert published["metrics"]["test"] == {"f1": 0.5}
    assert 0 <= published["metrics"]["people"]["recall"] <= 1
    assert published["parts"][0]["command"].endswith("people --wider photos.npz --people people.npz --steps 2")
    assert (weights / published["parts"][0]["log"]).read_text(encoding="utf-8").startswith("epoch,loss")
    again = keras.saving.load_model(weights / "detector.keras", compile=False)
    pixels = np.random.default_rng(2).integers(0, 255, (1, 64, 96, 3), dtype=np.uint8)
    found, before = compile_network(again), compile_network(network)
    np.testing.assert_array_equal(found(pixels)[0], before(pixels)[0])
    assert found.both is not None
    assert before.both is None
