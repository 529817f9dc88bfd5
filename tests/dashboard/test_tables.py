"""One row a face, for the screen and for download."""

import csv
import io
import json

import numpy as np
import pytest

from dashboard import tables
from models import EXPRESSIONS, Analysis, Face
from models.keypoints import KAGGLE_NAMES

SHARES = dict(zip(EXPRESSIONS, (0.1, 0.0, 0.0, 0.7, 0.1, 0.0, 0.1), strict=True))


def face(keypoints: np.ndarray | None = None) -> Face:
    return Face((10, 20, 30, 40), 0.9, 12.34, emotion=SHARES, expression="happy", keypoints=keypoints)


def analysis(*faces: Face) -> Analysis:
    return Analysis(faces, (), "haar", {"detect": 0.1})


POINTS = np.arange(30, dtype=np.float32).reshape(15, 2)


def test_every_number_has_a_column_of_its_own() -> None:
    (row,) = csv.DictReader(io.StringIO(tables.faces_csv(analysis(face(POINTS)))))
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
    rows = list(csv.DictReader(io.StringIO(tables.faces_csv(found))))
    assert rows[0]["nose_tip_x"] == "20"
    assert rows[1]["nose_tip_x"] == ""
    assert tables.faces_overview(found)["Nose tip"].tolist() == ["20, 21", ""]


def test_json_names_network_and_points() -> None:
    found = json.loads(tables.faces_json("grace", "emotion", analysis(face(POINTS))))
    assert (found["photo"], found["network"], found["detector"]) == ("grace", "emotion", "haar")
    assert found["keypoint_names"] == list(KAGGLE_NAMES)
    assert found["faces"][0]["keypoints"][1] == [2, 3]
    assert "keypoint_names" not in json.loads(tables.faces_json("grace", "emotion", analysis(face())))
