import numpy as np

from models.analysis import Analysis
from models.detection import Face
from models.emotion import EXPRESSIONS


def face() -> Face:
    shares = dict(zip(EXPRESSIONS, np.linspace(0.01, 0.25, 7).tolist(), strict=True))
    return Face((3, 4, 50, 60), 0.75, emotion=shares, expression="neutral", keypoints=np.zeros((15, 2), np.float32))


def test_an_analysis_is_a_table_of_its_faces():
    table = Analysis((face(), face()), (), "cnn", {}).to_frame()
    assert table["face"].tolist() == [1, 2]
    assert table.loc[0, ["x", "y", "width", "height"]].tolist() == [3, 4, 50, 60]
    assert table.loc[1, "neutral"] == 0.25
    assert len(table.loc[0, "keypoints"]) == 30
    assert table.loc[0, "landmarks"] is None
    assert len(Analysis((), (), "cnn", {}).to_frame()) == 0


def test_a_notebook_shows_what_was_found():
    assert Analysis((), (), "cnn", {})._repr_html_() == "<p>0 faces and 0 people</p>"
    shown = Analysis((face(),), (), "cnn", {})._repr_html_()
    assert "1 face and 0 people" in shown
    assert "<td>neutral</td>" in shown
    assert "0.25" in shown
    assert "keypoints" not in shown
