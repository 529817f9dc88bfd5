import json
import subprocess
import sys

import numpy as np
import pytest

from models import EXPRESSIONS, analyse, emotion, load_image
from models.images import crop_face
from sample_images import SAMPLES

GROUP = load_image(next(sample.path for sample in SAMPLES if sample.key == "group"))


@pytest.fixture
def shaded() -> np.ndarray:
    """A photo that is black at the left and white at the right."""
    photo = np.zeros((100, 200, 3), np.uint8)
    photo[:, 100:] = 255
    return photo


pytestmark = pytest.mark.usefixtures("brightness_network")


def test_a_photo_without_faces_is_a_normal_answer() -> None:
    analysis = analyse(np.full((100, 120, 3), 128, np.uint8))
    assert analysis.faces == ()
    assert analysis.people == ()
    assert analysis.detector == "haar"
    assert set(analysis.seconds) == {"detect", "align", "expression"}


def test_each_face_carries_what_the_network_got_and_said() -> None:
    analysis = analyse(GROUP)
    assert len(analysis.faces) == 5
    for face in analysis.faces:
        crop, transform = crop_face(GROUP, face.box)
        assert face.crop is not None
        np.testing.assert_array_equal(face.crop, crop)
        np.testing.assert_array_equal(face.transform, transform)
        assert face.emotion is not None
        assert tuple(face.emotion) == EXPRESSIONS
        np.testing.assert_allclose(list(face.emotion.values()), emotion.predict(crop[None])[0], atol=1e-6)
        assert face.keypoints is None
        assert face.landmarks is None


def test_boxes_by_hand_take_the_place_of_detection(shaded: np.ndarray) -> None:
    analysis = analyse(shaded, boxes=[(120, 20, 60, 60), (10, 20, 60, 40)])
    assert analysis.detector == "by hand"
    assert [face.box for face in analysis.faces] == [(120, 20, 60, 60), (10, 20, 60, 40)]
    assert [face.expression for face in analysis.faces] == ["happy", "neutral"]
    assert [face.score for face in analysis.faces] == [1.0, 1.0]


def test_a_winner_below_the_threshold_is_named_uncertain(shaded: np.ndarray) -> None:
    (face,) = analyse(shaded, boxes=[(70, 20, 60, 60)]).faces  # half black, half white: happy and neutral tie
    assert face.emotion is not None
    assert max(face.emotion.values()) < 0.6
    assert face.expression == "uncertain"


def test_no_boxes_by_hand_give_no_faces(shaded: np.ndarray) -> None:
    assert analyse(shaded, boxes=[]).faces == ()


@pytest.mark.parametrize("box", [(0, 0, 0, 9), (200, 0, 9, 9), (float("nan"), 0, 9, 9)])
def test_impossible_boxes_are_refused(shaded: np.ndarray, box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="The box"):
        analyse(shaded, boxes=[box])


def test_an_unknown_detector_is_named_with_its_near_matches(shaded: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Did you mean haar"):
        analyse(shaded, detector="har")


def test_what_is_no_photo_is_refused() -> None:
    with pytest.raises(ValueError, match=r"RGB uint8 \(H, W, 3\), but is float64 \(5, 5\)"):
        analyse(np.zeros((5, 5)))


def test_the_dictionary_is_ready_for_json() -> None:
    analysis = analyse(GROUP)
    report = json.loads(json.dumps(analysis.to_dict(), allow_nan=False))
    assert report["detector"] == "haar"
    assert report["people"] == []
    assert report["seconds"] == analysis.seconds
    for face, told in zip(analysis.faces, report["faces"], strict=True):
        assert tuple(told["box"]) == face.box
        assert told["emotion"] == face.emotion
        assert told["expression"] == face.expression
        assert told["score"] == face.score


def test_the_package_knows_no_screen_and_no_explanations() -> None:
    script = (
        "import pkgutil, sys, importlib, models\n"
        "for module in pkgutil.walk_packages(models.__path__, 'models.'):\n"
        "    if not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
        "print(sorted({'streamlit', 'plotly', 'interp', 'dashboard'} & {name.split('.')[0] for name in sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_reading_a_photo_does_not_wait_for_tensorflow() -> None:
    script = "import sys, models; print('tensorflow' in sys.modules or 'keras' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
