"""A photo of many people: faces and answers first, bodies once they have been found beside the page."""

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.services import photos
from models import Analysis, load_image
from sample_images import SAMPLES
from tests.dashboard.conftest import person_of
from tests.support.screen import texts

WORDS = "faces. We are still looking for their bodies."


def class_photo() -> bytes:
    """Three rows of four portraits."""
    portrait = Image.fromarray(load_image(next(one.path for one in SAMPLES if "hopper" in one.path.name)))
    small = np.asarray(portrait.resize((200, round(200 * portrait.height / portrait.width))))
    buffer = io.BytesIO()
    Image.fromarray(np.tile(small, (3, 4, 1))).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def test_faces_come_first_and_bodies_later(
    upload: Callable[[str, bytes], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    shows_first, goes_on = threading.Event(), threading.Event()

    def add_people(image: np.ndarray, found: Analysis, by_hand: Any, on_found: Callable[..., None]) -> Analysis:
        both = tuple(person_of(image, number, found.faces[number].box) for number in (0, 1))
        assert shows_first.wait(60)
        on_found(8, 12, replace(found, people=both[:1]))
        assert goes_on.wait(60)
        return replace(found, people=both)

    monkeypatch.setattr(photos, "add_people", add_people)
    app = upload("class.jpg", class_photo())
    assert not app.exception
    assert f"There are 12 {WORDS}" in texts(app)
    run = app.session_state[photos.BODIES.name]
    assert run.is_active
    assert "No person found" not in texts(app)
    shows_first.set()
    while run.done == 0:
        run.join(0.01)
    app.run()
    assert f"There are 12 {WORDS}" in texts(app)
    assert "Person 1: face 1" in texts(app)
    goes_on.set()
    run.join(60)
    app.run()
    assert not app.exception
    assert WORDS not in texts(app)
    assert "Person 2: face 2" in str(app.selectbox(key=state.PERSON).options)
