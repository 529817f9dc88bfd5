"""What every kind of network must answer, and every page with a network of each kind."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import interp
from dashboard import app_pages, tasks
from dashboard.services import networks, photos
from dashboard.subject import Photo, Subject
from dashboard.tasks import TASKS
from dashboard.tasks.task import Choice, Need, Option, Task, View
from models import analyse, load_image
from models import networks as model_networks
from tests.dashboard.cards import SMALL_CLASSIFIER, SMALL_DETECTOR, SMALL_POSE, basic, write_json
from tests.dashboard.conftest import ROOT, forget_networks, person_of, sample_bytes
from tests.support.screen import texts

OpenPage = Callable[..., AppTest]

NETWORKS = {
    "expression": "emotion",
    "keypoints": "keypoints",
    "pose": SMALL_POSE,
    "detection": SMALL_DETECTOR,
    "classification": SMALL_CLASSIFIER,
}
"""A network of each kind, of the fixture `every_task`."""
PAGES = {script.parent.name: page for script, page in app_pages.find_pages().items()}
NEEDS: dict[str, Need] = dict.fromkeys(("compare", "guess", "inspect", "live", "tour", "what_if"), "classes")
WITHOUT_NETWORK = {"about"}

pytestmark = pytest.mark.usefixtures("every_task")


def by_default(choice: Choice[Option]) -> Option:
    return choice.default


@pytest.fixture
def subject(with_faces: Subject, task: Task, name: str) -> Subject:
    if not task.looks_at_area:
        return with_faces
    return replace(with_faces, analysis=photos.read_area(with_faces.image, None, name), network_name=name)


@pytest.fixture(scope="module")
def with_faces() -> Subject:
    photo = Photo("astronaut", sample_bytes("astronaut"), "Upload")
    image = load_image(photo.data)
    found = analyse(image)
    people = tuple(person_of(image, number, face.box) for number, face in enumerate(found.faces))
    object.__setattr__(found, "people", people)
    return Subject(photo, image, found, 0)


@pytest.fixture(params=list(TASKS))
def task(request: pytest.FixtureRequest) -> Task:
    return TASKS[request.param]


@pytest.fixture
def name(task: Task) -> str:
    return NETWORKS[task.name]


@pytest.fixture
def view(subject: Subject, name: str) -> View:
    return networks.view(subject, name)


@pytest.fixture
def maps(name: str, task: Task, view: View) -> Callable[[], np.ndarray]:
    return lambda: task.answer_maps(networks.network(name), view.pixels, name)


def test_every_kind_has_a_network_to_be_tested_with() -> None:
    assert set(NETWORKS) == set(TASKS)
    assert list(TASKS.values()) == sorted(TASKS.values(), key=lambda task: task.rank)


def test_the_view_is_what_the_network_takes_and_lies_on_the_photo(task: Task, name: str, view: View) -> None:
    network = networks.network(name)
    height, width, channels = view.picture.shape
    assert view.task is task
    assert network.accepts(height, width)
    assert channels == network.input_shape[-1]
    assert view.pixels.dtype == np.uint8
    corners = np.array([[0.0, 0.0], [width - 1.0, height - 1.0]])
    np.testing.assert_allclose(view.to_input(view.to_photo(corners)), corners, atol=0.01)
    assert view.enlarged(64).shape[2] == 3
    assert view.words
    assert view.noun.startswith("the ")


def test_what_is_asked_first_is_explained_with_its_words(
    subject: Subject, task: Task, name: str, view: View, maps: Callable[[], np.ndarray]
) -> None:
    goal = task.ask(subject, view, by_default, maps)
    found = interp.explain(networks.network(name), view.picture, "saliency", goal.target)
    assert np.isfinite(found.values).all()
    for words in (goal.words, goal.quoted, goal.less, goal.more, *goal.score, goal.meaning):
        assert words


def test_every_option_of_every_choice_has_words_of_its_own(
    subject: Subject, task: Task, view: View, maps: Callable[[], np.ndarray]
) -> None:
    asked: list[str] = []

    def choose(choice: Choice[Option]) -> Option:
        assert choice.default in choice.options
        assert len(set(choice.options.values())) == len(choice.options), "the address spells an option by its words"
        assert choice.label
        assert choice.help
        asked.append(choice.key)
        return choice.default

    task.ask(subject, view, choose, maps)
    assert asked
    assert len(set(asked)) == len(asked)


def test_a_goal_with_a_channel_has_its_map_and_no_other(
    subject: Subject, task: Task, name: str, view: View, maps: Callable[[], np.ndarray]
) -> None:
    goal = task.ask(subject, view, by_default, maps)
    answer = task.answer_map(subject, view, goal, maps)
    assert (answer is None) is (goal.channel is None)
    if answer is not None:
        np.testing.assert_array_equal(answer.values, maps()[..., goal.channel])
        assert answer.title
        assert answer.facts
    else:
        with pytest.raises(NotImplementedError, match="does not answer with maps"):
            maps()


def test_classes_are_there_where_they_are_promised(subject: Subject, task: Task, name: str, view: View) -> None:
    labels = view.labels
    assert bool(labels) is task.has_classes
    assert bool(task.why_not("classes")) is not task.has_classes
    for index, label in enumerate(labels):
        goal = view.goal_of_class(label)
        assert goal.target == interp.Class(index)
        assert goal.label == label
        chosen = task.choices_of_class(label)

        def choose(choice: Choice[Option], chosen: Mapping[str, Any] = chosen) -> Option:
            return chosen.get(choice.key, choice.default)

        assert task.ask(subject, view, choose, lambda: np.empty(0)) == goal
    with pytest.raises(ValueError, match="not in tuple"):
        view.goal_of_class("bored")


def test_regions_cover_the_input_where_there_are_any(subject: Subject, task: Task, view: View) -> None:
    regions = task.regions(subject, view, np.ones(view.size, np.float32))
    if task.parts is None:
        assert regions is None
    elif regions is not None:
        assert sum(region.area for region in regions) == pytest.approx(1)
        assert sum(region.share for region in regions) == pytest.approx(1)


def test_the_default_layer_has_maps(task: Task, name: str) -> None:
    network = networks.network(name)
    assert task.default_layer(network) in {layer.name for layer in network.spatial_layers}


def test_the_card_is_told(task: Task, name: str) -> None:
    card = networks.card(name)
    assert tasks.of(card) is task
    assert task.summary(card).endswith(".")
    assert {"Parameters"} <= {figure.label for figure in task.key_figures(card)}
    assert card in tasks.alike(card, networks.cards().values())


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_every_kind_or_says_why_not(open_page: OpenPage, page: str, task: Task, name: str) -> None:
    app = open_page(page.replace("_", "-") if page != "inspect" else page, network=name)
    assert not app.exception
    assert not app.error
    assert len(app.info) <= (page == "compare"), "there is one network alone to compare"
    said = texts(app)
    assert app.title[0].value == PAGES[page].title
    assert "?" in said, "what the page answers"
    assert "never saved" in said
    assert "not for hiring" in said
    why = task.why_not(NEEDS[page]) if page in NEEDS else ""
    if page in WITHOUT_NETWORK:
        return
    (picker,) = [box for box in app.selectbox if box.label == "Network"]
    assert picker.value == ("emotion" if why else name)
    assert (name in picker.options) is not bool(why)
    told = f"This page can't use the network “{name}”: {why}. It uses “emotion” instead."
    assert (told in said) is bool(why)


def test_a_card_of_an_unknown_kind_is_shown_and_opened_by_no_page(
    open_page: OpenPage, every_task: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(TASKS, "detection")
    networks._cards.clear()
    app = open_page("attribution", network=SMALL_DETECTOR)
    assert app.selectbox(key="network").value == "emotion"
    assert SMALL_DETECTOR not in app.selectbox(key="network").options
    app.switch_page("app_pages/networks/page.py").run()
    assert not app.exception
    assert SMALL_DETECTOR in app.selectbox(key="network").options
    app.selectbox(key="network").select(SMALL_DETECTOR).run()
    assert not app.exception
    assert "a kind that this app doesn't know" in texts(app)


# The guide -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def quality(every_task: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Task]:
    """The contributors' guide's kind of network, found in a folder, and a network of that kind."""
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    source = re.search(r"## Add a kind of network.*?```python\n(.*?)```", guide, re.DOTALL)
    assert source
    folder, weights = tmp_path / "tasks", tmp_path / "weights"
    folder.mkdir()
    (folder / "quality.py").write_text(source[1], encoding="utf-8")
    monkeypatch.setattr(tasks, "__path__", [*tasks.__path__, str(folder)])
    weights.mkdir()
    for file in every_task.iterdir():
        (weights / file.name).symlink_to(file)
    keras.utils.set_random_seed(0)
    face = keras.Input((48, 48, 1))
    maps = keras.layers.Conv2D(4, 3, activation="relu", name="maps")(face)
    numbers = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(maps))
    keras.Model(face, numbers).save(weights / "quality-small.keras")
    write_json(weights / "quality-small.json", basic("quality-small", "quality"))
    monkeypatch.setattr(model_networks, "WEIGHTS", weights)
    for name, found in tasks.find_tasks().items():
        monkeypatch.setitem(TASKS, name, found)
    forget_networks()
    yield TASKS["quality"]
    forget_networks()


def test_the_contributors_guides_kind_is_found_by_being_there(
    open_page: OpenPage, with_faces: Subject, quality: Task
) -> None:
    name, subject = "quality-small", with_faces
    assert list(tasks.find_tasks())[-1] == "quality"
    view = networks.view(subject, name)

    def no_maps() -> np.ndarray:
        return quality.answer_maps(networks.network(name), view.pixels, name)

    test_the_view_is_what_the_network_takes_and_lies_on_the_photo(quality, name, view)
    test_what_is_asked_first_is_explained_with_its_words(subject, quality, name, view, no_maps)
    test_every_option_of_every_choice_has_words_of_its_own(subject, quality, view, no_maps)
    test_a_goal_with_a_channel_has_its_map_and_no_other(subject, quality, name, view, no_maps)
    test_classes_are_there_where_they_are_promised(subject, quality, name, view)
    test_regions_cover_the_input_where_there_are_any(subject, quality, view)
    test_the_default_layer_has_maps(quality, name)
    test_the_card_is_told(quality, name)
    test_every_page_shows_every_kind_or_says_why_not(open_page, "what_if", quality, name)
    app = open_page("attribution", network=name, quality="Sharpness")
    assert app.selectbox(key="network").value == name
    assert app.selectbox(key="quality").options == ["Brightness", "Sharpness"]
    assert app.selectbox(key="quality").value == 1
    assert not app.error
