import numpy as np
import pytest

from models import analyse


def test_a_photo_without_faces_is_a_normal_answer() -> None:
    analysis = analyse(np.full((100, 120, 3), 128, np.uint8))
    assert analysis.faces == ()
    assert analysis.people == ()
    assert analysis.detector == "haar"
    assert set(analysis.seconds) == {"detect", "align", "expression"}


def test_an_unknown_detector_is_named_with_its_near_matches() -> None:
    with pytest.raises(ValueError, match="Did you mean haar"):
        analyse(np.zeros((10, 10, 3), np.uint8), detector="har")
