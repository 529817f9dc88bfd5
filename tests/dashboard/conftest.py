"""The app in process, and pictures to give it."""

import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import state
from dashboard.app_pages.activations import switching
from dashboard.app_pages.guess import results as guess_results
from dashboard.app_pages.live import webrtc as live_webrtc
from dashboard.app_pages.networks import results as networks_results
from dashboard.app_pages.what_if import results as what_if_results
from dashboard.pickers import photo as photo_picker
from dashboard.services import concepts, kept, networks, photos, shared_networks
from dashboard.subject import Photo, Question, digest
from models import networks as model_networks
from models.pose import crop_square
from models.pose.people import Person
from tests.dashboard.cards import write_every_task, write_weights

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_images"
SECONDS = 90
VISITORS = itertools.count()


def sample_bytes(name: str) -> bytes:
    return next(SAMPLES.glob(f"{name}.*")).read_bytes()


@pytest.fixture(scope="package", autouse=True)
def keras_as_it_was() -> Iterator[None]:
    """Gives other tests back what the app takes from Streamlit: clearing Keras's session."""
    clear = keras.backend.clear_session
    networks._loading.clear()  # the app takes it when it loads a network
    yield
    vars(keras.backend)["clear_session"] = clear


@pytest.fixture(scope="package", autouse=True)
def quick_runs() -> Iterator[None]:
    """Saves each run in process 0.15 s: usage statistics, which `.streamlit` turns off, and a search for components.

    Streamlit looks for them in all installed packages on every run; here on the first only.
    """
    with pytest.MonkeyPatch.context() as patch:
        search = manifest_scanner.scan_component_manifests
        patch.setattr(manifest_scanner, "scan_component_manifests", lru_cache(search))
        config.set_option("browser.gatherUsageStats", False)
        yield


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A visitor for whom nothing is kept yet; to Streamlit, all visitors of this process are one session."""
    visitor = str(next(VISITORS))

    def digest_of(data: bytes) -> str:
        return visitor + digest(data)

    for module in (kept, switching, what_if_results, guess_results):
        monkeypatch.setattr(module, "digest", digest_of)
    monkeypatch.setattr(
        Question, "__post_init__", lambda self: vars(self).update(crop_id=digest_of(self.crop.tobytes()))
    )
    # The camera's component asks the server for the session; in process there is only a mock of it.
    monkeypatch.setattr(live_webrtc.load().component, "get_this_session_info", lambda: None)
    return AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=SECONDS)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with "emotion" and made-up networks and cards of every task."""
    return write_weights(tmp_path_factory.mktemp("networks") / "weights")


@pytest.fixture
def made_up(weights: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Lets the app find the made-up networks in place of the published ones."""
    monkeypatch.setattr(model_networks, "WEIGHTS", weights)
    forget_networks()
    yield weights
    forget_networks()


@pytest.fixture(scope="session")
def weights_of_every_task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a network of each task."""
    return write_every_task(tmp_path_factory.mktemp("tasks") / "weights")


@pytest.fixture
def every_task(weights_of_every_task: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Lets the app find a network of each task; the person of each face fills twice its box."""
    monkeypatch.setattr(model_networks, "WEIGHTS", weights_of_every_task)
    analysis = photos.analysis

    def with_people(photo: Photo, *arguments: Any) -> Any:
        found = analysis(photo, *arguments)
        people = tuple(person_of(photos.image(photo), number, face.box) for number, face in enumerate(found.faces))
        return replace(found, people=people)

    monkeypatch.setattr(photos, "analysis", with_people)
    forget_networks()
    yield weights_of_every_task
    forget_networks()


def person_of(image: np.ndarray, number: int, box: tuple[int, int, int, int]) -> Person:
    x, y, width, height = box
    crop, transform = crop_square(image, (x + width / 2, y + height, 2.0 * max(width, height)))
    return Person(np.zeros((14, 3), np.float32), box, "face", number, crop, transform.astype(np.float32))


def forget_networks() -> None:
    shared = (
        networks._cards,
        networks._card,
        shared_networks.all_shared,
        networks.detectors,
        networks_results.table,
        networks.average_faces,
        concepts._shipped,
        networks_results.training_log,
    )
    for cache in (
        *shared,
        networks.trouble,
        networks.usual,
        networks.layers,
        networks_results.scoring,
        networks._average_maps,
        networks.weights_hash,
    ):
        cache.clear()


@pytest.fixture
def open_page(app: AppTest) -> Callable[..., AppTest]:
    """Opens a page of the app, with choices as in the address bar."""

    def open_it(name: str = "inspect", **choices: str) -> AppTest:
        for key, value in choices.items():
            app.query_params[key] = value
        if name != "inspect":
            app._page_hash = calc_hash(name.replace("_", "-"))  # before the first run `switch_page` goes by file names
        app.run()
        assert not app.exception
        return app

    return open_it


@pytest.fixture
def upload(app: AppTest) -> Callable[[str, bytes], AppTest]:
    """Uploads a file as a visitor does."""

    def upload_it(name: str, data: bytes) -> AppTest:
        app.run()
        app.get_by_key(state.SOURCE).set_value("Upload").run()
        app.file_uploader(key=photo_picker.UPLOAD).upload(name, data).run()
        assert not app.exception
        return app

    return upload_it


@pytest.fixture
def landscape() -> bytes:
    """A picture without a face: a smooth gradient, 320 by 200."""
    ramp = np.linspace(40, 200, 320, dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.repeat(np.tile(ramp, (200, 1))[..., None], 3, axis=2)).save(buffer, format="PNG")
    return buffer.getvalue()
