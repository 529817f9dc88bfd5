"""What networks of each task are shown of a photo, and the pages with each of them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import interp
from dashboard import state
from dashboard.services import networks
from dashboard.subject import Photo, Subject
from dashboard.tasks import detection
from dashboard.tasks import keypoints as points_task
from dashboard.tasks.task import NoInputError, View
from models import analyse, keypoints, load_image
from models.pose import SIZE
from tests.dashboard.cards import SMALL_DETECTOR, SMALL_POSE
from tests.dashboard.conftest import person_of, sample_bytes

OpenPage = Callable[..., AppTest]
OTHERS = ("keypoints", SMALL_POSE, SMALL_DETECTOR)

pytestmark = pytest.mark.usefixtures("every_task")


@pytest.fixture(scope="module")
def subject() -> Subject:
    photo = Photo("group", sample_bytes("group"), "Upload")
    image = load_image(photo.data)
    return Subject(photo, image, analyse(image), 1)


def with_person(subject: Subject, number: int) -> Subject:
    person = person_of(subject.image, number, subject.analysis.faces[number].box)
    return replace(subject, analysis=replace(subject.analysis, people=(person,)))


# Views ---------------------------------------------------------------------------------------------------------------


def test_expression_network_gets_the_faces_crop(subject: Subject) -> None:
    view = networks.view(subject, "emotion")
    np.testing.assert_array_equal(view.pixels, subject.face.crop)
    np.testing.assert_array_equal(view.transform, subject.face.transform)
    assert view.picture.shape == (48, 48, 1)


def test_keypoint_network_gets_the_crop_that_shows_the_points(subject: Subject) -> None:
    view = networks.view(subject, "keypoints")
    points = keypoints.predict(view.pixels[None])
    np.testing.assert_allclose(
        keypoints.transform_points(points, view.transform[None])[0], subject.face.landmarks, atol=0.01
    )
    np.testing.assert_allclose(view.to_input(subject.face.landmarks), points[0], atol=0.05)


def test_face_without_points_is_shown_by_its_box(subject: Subject) -> None:
    bare = replace(subject.face, landmark_transform=None, box=(100, 50, 80, 90), angle=0.0)
    view = networks.view(replace(subject, analysis=replace(subject.analysis, faces=(bare,)), index=0), "keypoints")
    assert view.pixels.shape == (96, 96)
    assert "not sure" in view.words
    x, y = view.to_input(np.array([[139.5, 100.0]]))[0]
    assert abs(x - 47.5) < 1
    assert 30 < y < 66


def test_pose_network_gets_the_faces_person_or_the_first(subject: Subject) -> None:
    own = networks.view(with_person(subject, 1), SMALL_POSE)
    assert own.words.startswith("the person of this face")
    assert own.pixels.shape == (SIZE, SIZE, 3)
    other = networks.view(with_person(subject, 0), SMALL_POSE)
    assert other.words.startswith("the person of another face")
    assert not own.words.endswith("lit up")
    with pytest.raises(NoInputError, match="No person"):
        networks.view(replace(subject, analysis=replace(subject.analysis, people=())), SMALL_POSE)


def test_a_dark_photo_is_said_to_be_lit_up_for_the_pose_network(subject: Subject) -> None:
    own = with_person(subject, 1)
    dark = np.rint(0.3 * subject.image).astype(np.uint8)
    assert networks.view(replace(own, image=dark), SMALL_POSE).words.endswith("colour pixels, lit up")


def test_detector_gets_the_photo_with_the_face_on_it(subject: Subject) -> None:
    view = networks.view(subject, SMALL_DETECTOR)
    height, width = view.size
    assert height % 32 == width % 32 == 0
    x, y, w, h = subject.face.box
    corners = view.to_input(np.array([[x, y], [x + w, y + h]]))
    assert (corners >= -1).all()
    assert (corners[1] <= [width, height]).all()
    assert np.sqrt(np.prod(corners[1] - corners[0])) >= 12, "as large as the faces that the network was trained on"
    (left, top), (right, bottom) = np.rint(corners).astype(int)
    seen = view.pixels[top:bottom, left:right].mean(axis=(0, 1))
    np.testing.assert_allclose(seen, subject.image[y : y + h, x : x + w].mean(axis=(0, 1)), atol=4)


@pytest.mark.parametrize("name", ["emotion", "keypoints"])
def test_enlarged_view_is_the_same_cut(subject: Subject, name: str) -> None:
    view = networks.view(subject, name)
    small = np.asarray(view.crisp(4 * view.pixels.shape[0])).reshape(view.pixels.shape[0], 4, -1, 4).mean(axis=(1, 3))
    assert np.abs(small - view.pixels).mean() < 2


# Targets -------------------------------------------------------------------------------------------------------------


def test_detection_is_explained_at_the_cell_of_the_face(subject: Subject) -> None:
    subject = replace(subject, network_name=SMALL_DETECTOR)
    view = networks.view(subject, SMALL_DETECTOR)
    network = networks.network(SMALL_DETECTOR)
    scores = network.predict(view.picture)[0, ..., 0]
    goal = detection.TASK.goal_of_face(subject, view, scores)
    x, y, w, h = subject.face.box
    centre = view.to_input(np.array([[x + w / 2, y + h / 2]]))[0] / 8
    assert abs(goal.target.column + 0.5 - centre[0]) <= w / 4 / 8 + 1
    assert abs(goal.target.row + 0.5 - centre[1]) <= h / 4 / 8 + 1
    found = interp.explain(network, view.picture, "saliency", goal.target)
    score = scores[goal.target.row, goal.target.column]
    assert 1 / (1 + np.exp(-found.score)) == pytest.approx(score, abs=1e-4)


@pytest.mark.slow
def test_point_is_explained_where_its_heat_map_says_it_is(subject: Subject) -> None:
    view = networks.view(subject, "keypoints")
    goal = points_task.TASK.goal_of_point(view, 30)
    unit = goal.target
    maps = interp.activations(networks.network("keypoints"), view.picture, "heat_maps")[..., 30]
    assert maps[unit.row, unit.column] > np.percentile(maps, 98)
    assert not interp.explain(networks.network("keypoints"), view.picture, "grad_cam", unit, "up2_relu").is_blank
    along = interp.explain(
        networks.network("keypoints"), view.picture, "saliency", points_task.TASK.goal_of_point(view, 30, "x").target
    )
    assert along.score == pytest.approx(keypoints.predict(view.pixels[None])[0, 30, 0], abs=0.01)


# Pages ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("page", ["activations", "attribution", "dream"])
def test_networks_of_every_task_can_be_chosen(open_page: OpenPage, page: str, name: str) -> None:
    app = open_page(page, network=name)
    assert app.selectbox(key=state.NETWORK).value == name
    assert {*OTHERS, "emotion", "classifier-small"} == set(app.selectbox(key=state.NETWORK).options)
    if page == "activations":  # its canvas begins with what the network sees
        assert "Which channels carry the answer?" in [element.value for element in app.subheader]
    else:
        assert any("The network sees: " in element.value for element in [*app.caption, *app.markdown])
    assert not app.exception


def test_inspect_reads_expressions_and_gives_the_network_back(open_page: OpenPage) -> None:
    app = open_page("attribution", network="keypoints", point="Left eye 0")
    assert app.selectbox(key=points_task.POINT).value == 42
    app.switch_page("app_pages/inspect/page.py").run()
    assert app.selectbox(key=state.NETWORK).value == "emotion"
    assert not app.exception
    app.switch_page("app_pages/attribution/page.py").run()
    assert app.selectbox(key=state.NETWORK).value == "keypoints"
    assert app.selectbox(key=points_task.POINT).value == 42


def test_photo_without_a_person_is_friendly(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    view = networks.view

    def alone(subject: Subject, name: str) -> View:
        return view(replace(subject, analysis=replace(subject.analysis, people=())), name)

    monkeypatch.setattr(networks, "view", alone)
    app = open_page("attribution", network=SMALL_POSE)
    assert "No person was found" in app.info[0].value
