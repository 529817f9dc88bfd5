"""The About page, and what it tells of this installation."""

from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

from streamlit.testing.v1 import AppTest

from dashboard.app_pages.about import facts as about_facts
from dashboard.services import average_maps, networks
from interp import METHODS
from models import list_cards
from models import networks as model_networks
from tests.dashboard.cards import SMALL
from tests.support.screen import colour_bars, texts

OpenPage = Callable[..., AppTest]


def test_page_says_what_it_is_and_is_not_for(open_page: OpenPage) -> None:
    app = open_page("about")
    said = texts(app)
    assert [header.value for header in app.main.header][-4:] == ["Privacy", "References", "Versions", "Licence"]
    assert "Article 5(1)(f)" in said
    assert "never written to disk" in said
    assert "nobody has measured whether the networks" in said
    assert colour_bars(app) == 2


def test_methods_data_and_papers_come_from_where_they_are_kept(open_page: OpenPage) -> None:
    said = texts(open_page("about"))
    for method in METHODS.values():
        assert f"**{method.label}**: {method.summary}" in said
        assert method.reference.split(", ")[-1] in said
    for card in list_cards():
        assert card.data["name"] in said
    assert "arXiv:1706.04599" in said, "calibration is cited in the training's code alone"


def test_versions_and_hashes_are_those_that_run(open_page: OpenPage) -> None:
    packages, files = open_page("about").dataframe
    versions = dict(zip(packages.value["Package"], packages.value["Version"], strict=True))
    assert versions["streamlit"] == metadata.version("streamlit")
    hashes = dict(zip(files.value["Network"], files.value["SHA-256"], strict=True))
    assert hashes["emotion-simple"] == model_networks.fingerprint(model_networks.WEIGHTS / "emotion-simple.keras")
    assert set(hashes) == {path.stem for path in model_networks.WEIGHTS.glob("*.keras")}


def test_page_stands_without_average_maps(open_page: OpenPage, made_up: Path) -> None:
    app = open_page("about")
    assert colour_bars(app) == 2
    assert SMALL in list(app.dataframe[-1].value["Network"])
    assert "joints" not in list(app.dataframe[-1].value["Network"]), "a card without its network"


def test_networks_that_share_their_data_share_a_row() -> None:
    data = {"name": "faces", "licence": "research"}
    cards = {name: SimpleNamespace(data=data) for name in ("a", "b")} | {"c": SimpleNamespace(data={})}
    assert about_facts.data_sets(cards).values.tolist() == [["faces", "research", "a, b"]]


def test_every_needed_package_is_named() -> None:
    assert {"streamlit", "tensorflow", "keras", "tf-keras-vis"} <= set(about_facts.packages())


def test_shipped_maps_are_of_the_shipped_networks() -> None:
    networks._average_maps.clear()
    found = average_maps.read(model_networks.WEIGHTS / "tables")
    for name, maps in found.items():
        assert (model_networks.WEIGHTS / f"{name}.keras").is_file()
        assert maps.values.shape[0] == len(maps.labels) == 7
        assert maps.values.max() <= 1
