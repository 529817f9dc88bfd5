"""The Networks page with made-up cards, and the other pages with another network."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.app_pages.networks import card_views as networks_card_views
from dashboard.app_pages.networks import data_views as networks_data_views
from dashboard.app_pages.networks import dataset as networks_dataset
from dashboard.app_pages.networks import mistakes as networks_mistakes
from dashboard.app_pages.networks.errors import CONFUSION
from dashboard.services import networks
from dashboard.subject import DEFAULT_NETWORK
from models import list_cards
from tests.dashboard.cards import SMALL, write_csv
from tests.support.screen import colour_bars, table, texts

OpenPage = Callable[..., AppTest]

VIEWS = {
    SMALL: [
        "Overview",
        "Errors",
        "Certainty",
        "Robustness",
        "Voters",
        "Averages",
        "Layers",
        "Training",
        "Ladder",
        "Data",
        "Mistakes",
    ],
    "keypoints": ["Overview", "Points", "Spread", "Confidence", "Layers"],
    "detector": ["Overview", "Precision and recall", "Beside Haar"],
    "joints": ["Overview", "Joints", "Distances", "Confidence"],
}


def said(app: AppTest) -> str:
    return texts(app).replace("\u00a0", " ")


@pytest.mark.parametrize("name", VIEWS)
def test_every_card_is_shown_with_its_views(open_page: OpenPage, made_up: Path, name: str) -> None:
    app = open_page("networks", network=name)
    assert app.selectbox(key=state.NETWORK).value == name
    assert app.header[0].value == networks.card(name).title
    assert [tab.label for tab in app.tabs] == [*VIEWS[name], "Folder"]
    assert "Made for" in said(app)


@pytest.mark.parametrize("name", [card.name for card in list_cards()])
def test_every_view_of_every_published_card_is_shown(open_page: OpenPage, name: str) -> None:
    app = open_page("networks", network=name)
    assert app.header[0].value == networks.card(name).title
    for view in [tab.label for tab in app.tabs]:
        app.session_state[networks_card_views.TAB] = view
        app.run()
        assert not app.exception, view


@pytest.mark.parametrize(
    ("name", "view", "words"),
    [
        (SMALL, "Errors", "Most often confused: "),
        (SMALL, "Certainty", "off by 5.0 %"),
        (SMALL, "Robustness", "Hardest: blurred, 31.0 %"),
        (SMALL, "Voters", "sides with the label on 30 %"),
        (SMALL, "Layers", "1 of them convolutions"),
        (SMALL, "Training", "Accuracy"),
        (SMALL, "Ladder", "Happy against sad"),
        (SMALL, "Ladder", "5 classes"),
        (SMALL, "Ladder", "Trained for 8 epochs only"),
        (SMALL, "Averages", "What sets each class apart"),
        (SMALL, "Averages", "count as zero: disgust 25 %"),
        ("emotion", "Averages", "have not been averaged yet"),
        ("keypoints", "Points", "from 2.0 % to 10.0 % of the distance between the eyes"),
        ("keypoints", "Spread", "Mean error by head pose"),
        ("keypoints", "Spread", "Of five points, on 1,260 other faces"),
        ("keypoints", "Confidence", "falls from 61 % to 37 % on average"),
        ("joints", "Joints", "Joints in sight and hidden ones"),
        ("joints", "Distances", "it finds 65 % of the limbs' joints there"),
        ("joints", "Confidence", "Below 30 % a joint isn't drawn, below 47 % it is hollow and its bones are dashed."),
        ("detector", "Precision and recall", "Found faces against false alarms"),
        ("detector", "Beside Haar", "On rotated photos"),
    ],
)
def test_every_view_is_shown_by_its_address(
    open_page: OpenPage, made_up: Path, name: str, view: str, words: str
) -> None:
    app = open_page("networks", network=name, view=view)
    assert words in said(app)
    assert app.expander[-1].label == "How to read this"


def test_folds_are_dots_and_the_five_classes_a_table(open_page: OpenPage, made_up: Path) -> None:
    app = open_page("networks", network=SMALL, view="Ladder")
    assert len(app.get("plotly_chart")) == 3, "parameters, time, folds"
    assert list(app.dataframe[-1].value["Class"]) == ["Angry", "Happy", "Sad", "Surprise", "Neutral"]


def test_maps_of_another_file_are_not_shown(
    open_page: OpenPage, made_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as replaced:
        replaced.setattr(networks, "weights_hash", lambda name: "0" * 64)
        app = open_page("networks", network=SMALL, view="Averages")
    assert "have not been averaged yet" in said(app)


def test_view_that_another_network_lacks_falls_back(open_page: OpenPage, made_up: Path) -> None:
    app = open_page("networks", network=SMALL, view="Voters")
    app.selectbox(key=state.NETWORK).select("keypoints").run()
    assert not app.exception
    assert "Made for" in said(app)


def test_confusion_matrix_is_switched_to_numbers(open_page: OpenPage, made_up: Path) -> None:
    app = open_page("networks", view="Errors")
    shares = app.get("plotly_chart")[0].proto.spec
    app.get_by_key(CONFUSION).set_value("Faces").run()
    assert not app.exception
    assert app.get("plotly_chart")[0].proto.spec != shares


def test_other_network_answers_on_every_page(open_page: OpenPage, made_up: Path) -> None:
    app = open_page("inspect", network=SMALL)
    assert max(table(app, "Angry")[["Angry", "Happy", "Neutral"]].iloc[0]) < 50, "its weights are random"
    app.switch_page("app_pages/attribution/page.py").run()
    assert not app.exception
    assert app.selectbox(key=state.NETWORK).value == SMALL
    assert app.selectbox(key=state.LAYER).options == ["tiny_conv"]
    assert colour_bars(app) == 2
    app.selectbox(key=state.NETWORK).select("emotion").run()
    assert "relu4_2" in app.selectbox(key=state.LAYER).options
    assert "happy" in said(app)


def test_pages_that_read_faces_offer_those_networks_alone(open_page: OpenPage, made_up: Path) -> None:
    app = open_page("inspect", network=SMALL)
    assert app.selectbox(key=state.NETWORK).options == ["emotion", SMALL]
    app.switch_page("app_pages/networks/page.py").run()
    assert app.selectbox(key=state.NETWORK).value == SMALL
    app.selectbox(key=state.NETWORK).select("keypoints").run()
    app.switch_page("app_pages/inspect/page.py").run()
    assert not app.exception
    assert app.selectbox(key=state.NETWORK).value == SMALL, "the last one that reads faces"
    app.switch_page("app_pages/attribution/page.py").run()
    assert app.selectbox(key=state.NETWORK).options == ["emotion", SMALL, "keypoints"], "those that are there"
    assert app.selectbox(key=state.NETWORK).value == "keypoints"


def test_unknown_network_in_the_address_falls_back(open_page: OpenPage, made_up: Path) -> None:
    app = open_page("networks", network="nothing")
    assert app.selectbox(key=state.NETWORK).value == DEFAULT_NETWORK


@pytest.mark.parametrize("view", ["Data", "Mistakes"])
def test_without_data_the_page_says_how_to_point_at_it(
    open_page: OpenPage, made_up: Path, monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    monkeypatch.delenv(networks_dataset.VARIABLE, raising=False)
    app = open_page("networks", view=view)
    assert networks_dataset.VARIABLE in app.code[0].value
    assert ("Average face of each class" in said(app)) is (view == "Data")


@pytest.fixture
def faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = write_csv(tmp_path / "fer2013.csv")
    monkeypatch.setenv(networks_dataset.VARIABLE, str(path))
    return path


def test_data_are_explored(open_page: OpenPage, made_up: Path, faces: Path) -> None:
    app = open_page("networks", view="Data")
    assert "60 faces" in said(app)
    assert "From PublicTest of fer2013.csv" in said(app)
    assert "Groups of identical pictures with different labels: 1." in said(app)
    assert str(faces.parent) not in said(app), "a visitor learns no path of the server"
    app.button(key="shuffle").click().run()
    assert not app.exception


def test_part_without_rows_is_told(open_page: OpenPage, made_up: Path, faces: Path) -> None:
    app = open_page("networks", view="Data")
    app.get_by_key(networks_data_views.USAGE).set_value("PrivateTest").run()
    assert not app.exception
    assert "no rows with Usage PrivateTest" in app.error[0].value


def test_setting_that_cannot_be_used_is_told(
    open_page: OpenPage, made_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(networks_dataset.VARIABLE, "/nowhere/fer2013.csv")
    app = open_page("networks", view="Mistakes")
    assert "“fer2013.csv”" in app.error[0].value
    assert "/nowhere" not in app.error[0].value


def test_mistakes_are_filtered_and_looked_at(open_page: OpenPage, made_up: Path, faces: Path) -> None:
    app = open_page("networks", network=SMALL, view="Mistakes")
    assert "of 60 faces are misread" in said(app)
    assert "Labelled **" in said(app)
    app.selectbox(key=networks_mistakes.LABELLED).select("happy").run()
    assert not app.exception
    assert "Labelled **happy**" in said(app)
    app.selectbox(key=networks_mistakes.ANSWERED).select("happy").run()
    assert "No misread face matches" in app.info[0].value


def test_scoring_that_fails_is_told_and_tried_again(
    open_page: OpenPage, made_up: Path, faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(network_name: str, images: np.ndarray) -> np.ndarray:
        raise ValueError("These faces have no pixels.")

    with monkeypatch.context() as broken:
        broken.setattr(networks, "score", fail)
        app = open_page("networks", network=SMALL, view="Mistakes")
        assert "no pixels" in app.error[0].value
    app.run()
    assert not app.error
    assert "of 60 faces are misread" in said(app)
