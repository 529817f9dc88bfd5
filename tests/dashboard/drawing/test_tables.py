"""One row a face and one a joint, for the screen and for download."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from dashboard.drawing import tables
from models import EXPRESSIONS, Analysis, Face
from models.keypoints import KAGGLE_NAMES
from models.pose import NAMES
from tests.dashboard import people

SHARES = dict(zip(EXPRESSIONS, (0.1, 0.0, 0.0, 0.7, 0.1, 0.0, 0.1), strict=True))


def face(keypoints: np.ndarray | None = None) -> Face:
    return Face((10, 20, 30, 40), 0.9, 12.34, emotion=SHARES, expression="happy", keypoints=keypoints)


def analysis(*faces: Face) -> Analysis:
    return Analysis(faces, (), "haar", {"detect": 0.1})


POINTS = np.arange(30, dtype=np.float32).reshape(15, 2)


def test_every_number_has_a_column_of_its_own() -> None:
    (row,) = csv.DictReader(io.StringIO(tables.to_csv(tables.faces_table(analysis(face(POINTS))))))
    assert float(row["happy"]) == pytest.approx(0.7)
    assert [int(row[f"box_{part}"]) for part in ("x", "y", "width", "height")] == [10, 20, 30, 40]
    assert float(row["angle"]) == pytest.approx(12.3)
    assert (float(row["left_eye_center_x"]), float(row["left_eye_center_y"])) == (0, 1)
    assert sum(name.endswith("_y") and name != "box_y" for name in row) == 15


def test_faces_without_points_leave_those_columns_out() -> None:
    table = tables.faces_table(analysis(face()))
    assert not any("eye" in column for column in table.columns)
    assert "Nose tip" not in tables.faces_overview(analysis(face())).columns


def test_face_without_points_among_others_has_empty_cells() -> None:
    found = analysis(face(POINTS), face())
    rows = list(csv.DictReader(io.StringIO(tables.to_csv(tables.faces_table(found)))))
    assert rows[0]["nose_tip_x"] == "20"
    assert rows[1]["nose_tip_x"] == ""
    assert tables.faces_overview(found)["Nose tip"].tolist() == ["20, 21", ""]


def test_json_names_network_and_points() -> None:
    found = json.loads(tables.found_json("grace", "emotion", analysis(face(POINTS))))
    assert (found["photo"], found["network"], found["detector"]) == ("grace", "emotion", "haar")
    assert found["keypoint_names"] == list(KAGGLE_NAMES)
    assert found["faces"][0]["keypoints"][1] == [2, 3]
    assert "keypoint_names" not in json.loads(tables.found_json("grace", "emotion", analysis(face())))


def people_of(found: Analysis) -> Analysis:
    """One person with the second face, and one without."""
    return replace(found, people=(people.person(50, 60, 10, 1), people.person(90, 60, 10, None, "by hand")))


def test_faces_name_their_person_where_there_are_people() -> None:
    found = people_of(analysis(face(), face()))
    rows = list(csv.DictReader(io.StringIO(tables.to_csv(tables.faces_table(found)))))
    assert [row["person"] for row in rows] == ["", "1"]
    assert tables.faces_overview(found)["Person"].tolist()[1] == 1
    assert "person" not in tables.faces_table(analysis(face()))


def test_joints_have_a_row_each() -> None:
    rows = list(csv.DictReader(io.StringIO(tables.to_csv(tables.joints_table(people_of(analysis(face(), face())))))))
    assert len(rows) == 28
    assert [row["joint"] for row in rows[:14]] == list(NAMES)
    neck = rows[NAMES.index("neck")]
    assert (neck["person"], neck["face"], neck["source"]) == ("1", "2", "face")
    assert (float(neck["x"]), float(neck["y"]), float(neck["confidence"])) == pytest.approx((50, 64, 0.97))
    assert (rows[14]["person"], rows[14]["face"], rows[14]["source"]) == ("2", "", "by hand")


def test_joints_are_listed_from_head_to_foot() -> None:
    table = tables.joints_overview(people.person(50, 60, 10, 0))
    assert table["Joint"].tolist()[0] == "Head top"
    assert sorted(table["Joint"]) == sorted(tables.words(name) for name in NAMES)
    assert table["Place (x, y)"][1] == "50, 64"
    assert table["Confidence"][1] == pytest.approx(97)


def test_json_names_the_joints_of_people() -> None:
    found = json.loads(tables.found_json("grace", "emotion", people_of(analysis(face(), face()))))
    assert found["joint_names"] == list(NAMES)
    assert [person["face"] for person in found["people"]] == [1, None]
    assert len(found["people"][0]["joints"]) == 14
