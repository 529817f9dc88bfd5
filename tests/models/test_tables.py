import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from models import tables
from models.analysis import Analysis
from models.batch import Reading, Settings
from models.detection import Face
from models.emotion import EXPRESSIONS
from models.pose.people import Person

ABOUT = {"version": "1", "settings": {}, "networks": {}}


def reading(path: str = "a.jpg", time: float | None = None) -> Reading:
    points = np.arange(30, dtype=np.float32).reshape(15, 2)
    shares = dict(zip(EXPRESSIONS, np.linspace(0, 0.25, 7).tolist(), strict=True))
    face = Face((1, 2, 30, 40), 0.9, 5.0, emotion=shares, expression="uncertain", keypoints=points)
    joints = np.stack([np.arange(14), np.arange(14), np.linspace(0, 1, 14)], axis=1).astype(np.float32)
    person = Person(joints, (0, 0, 50, 90), "face", 0, np.zeros((4, 4, 3), np.uint8), np.eye(2, 3, dtype=np.float32))
    return Reading(path, time, "ab" * 32, (640, 480), Analysis((face,), (person,), "cnn", {}, 2), seconds=0.5)


def test_a_reading_becomes_rows_with_all_that_was_found():
    found = tables.rows(reading())
    assert found["photos"] == [
        {"photo": "a.jpg", "time": None, "sha256": "ab" * 32, "photo_width": 640, "photo_height": 480}
        | {"faces": 1, "people": 1, "dropped": 2, "seconds": 0.5, "error": None}
    ]
    face, person = found["faces"][0], found["people"][0]
    assert (face["face"], face["x"], face["height"], face["expression"]) == (1, 1, 40, "uncertain")
    assert face["neutral"] == 0.25
    assert face["keypoints"][:4] == [0, 1, 2, 3]
    assert face["landmarks"] is None
    assert (person["person"], person["face"], len(person["joints"])) == (1, 1, 42)
    for table, some in found.items():
        assert set(some[0]) <= set(tables.SCHEMAS[table].names)


def test_parts_are_whole_and_say_what_they_depend_on(tmp_path):
    shown = tables.write_part(tmp_path, "x", [reading(), Reading("b.jpg", error="It is broken.")], ABOUT)
    assert [row["error"] for row in shown] == [None, "It is broken."]
    assert tables.has_part(tmp_path, "x")
    assert tables.read_table(tmp_path, "photos").column("photo").to_pylist() == ["a.jpg", "b.jpg"]
    assert tables.read_table(tmp_path, "faces").num_rows == 1
    metadata = pq.read_schema(tmp_path / "faces" / "part-x.parquet").metadata
    assert json.loads(metadata[b"glassface"]) == ABOUT
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_run_that_stops_leaves_no_half_part(tmp_path):
    def stop():
        yield reading()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tables.write_part(tmp_path, "x", stop(), ABOUT)
    assert not tables.has_part(tmp_path, "x")
    assert list(tmp_path.rglob("*.parquet")) == []


def test_a_part_without_its_photos_does_not_count(tmp_path):
    tables.write_part(tmp_path, "x", [reading()], ABOUT)
    (tmp_path / "photos" / "part-x.parquet").unlink()
    assert tables.read_table(tmp_path, "faces").num_rows == 0


def test_the_name_of_a_part_follows_files_and_settings(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"1")
    first = tables.part_name([path], ABOUT)
    assert tables.part_name([path], ABOUT) == first
    assert tables.part_name([path], ABOUT | {"version": "2"}) != first
    path.write_bytes(b"12")
    assert tables.part_name([path], ABOUT) != first
    assert tables.part_name([tmp_path / "gone"], ABOUT) != first


def test_what_answers_depend_on_names_version_settings_and_networks():
    about = tables.describe(Settings(people=False))
    assert about["settings"] == {"detector": "cnn", "people": False, "every": 1.0}
    assert all(len(digest) == 64 for digest in about["networks"].values())
    assert {"detector", "emotion"} <= set(about["networks"])


def test_csv_holds_no_formula(tmp_path):
    tables.write_part(tmp_path, "x", [reading("=cmd|'/c calc'!A1.jpg"), reading("b.jpg", 1.5)], ABOUT)
    photos = next(path for path in tables.write_csv(tmp_path) if path.name == "photos.csv")
    with photos.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert sorted(row["photo"] for row in found) == ["'=cmd|'/c calc'!A1.jpg", "b.jpg"]
    assert [row["time"] for row in found] == ["", "1.5"]
    with (tmp_path / "people.csv").open(newline="", encoding="utf-8") as file:
        assert len(next(csv.DictReader(file))["joints"].split()) == 42


def test_json_lines_hold_the_rows(tmp_path):
    tables.write_part(tmp_path, "x", [reading()], ABOUT)
    tables.write_jsonl(tmp_path)
    lines = Path(tmp_path, "faces.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["keypoints"][:2] == [0.0, 1.0]


def test_coco_has_faces_and_people_with_their_points(tmp_path):
    tables.write_part(tmp_path, "x", [reading(), Reading("b.jpg", error="It is broken.")], ABOUT)
    told = json.loads(tables.write_coco(tmp_path).read_text(encoding="utf-8"))
    assert [image["file_name"] for image in told["images"]] == ["a.jpg"]
    face, person = told["annotations"]
    assert (face["category_id"], face["bbox"], face["attributes"]["expression"]) == (1, [1, 2, 30, 40], "uncertain")
    assert (len(face["keypoints"]), face["num_keypoints"]) == (45, 15)
    assert (person["category_id"], len(person["keypoints"])) == (2, 42)
    assert {1, 2} == set(person["keypoints"][2::3])
    assert len(told["categories"][1]["keypoints"]) == 14
