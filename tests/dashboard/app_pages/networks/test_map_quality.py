"""How good the maps are: the table of a network, the choice on its card, and a table of another file."""

import json
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from dashboard.app_pages.networks import map_quality
from models.networks import fingerprint
from tests.dashboard.cards import SMALL
from tests.dashboard.conftest import forget_networks
from tests.support.screen import table, texts

OpenPage = Callable[..., AppTest]


def row(method: str, layer: str | None, gain: float, kind: str = "class") -> dict[str, object]:
    numbers = dict.fromkeys(("deletion", "insertion", "shuffled", "first_second", "usual", "parts"), 0.5)
    return numbers | {
        "method": method,
        "layer": layer,
        "kind": kind,
        "gain": gain,
        "size": [46, 46],
        "seconds": 0.02,
    }


def write_table(folder: Path, weights: str) -> None:
    rows = [
        row("saliency", None, 0.1),
        row("layer_cam", "tiny_conv", 0.2),
        row("grad_cam", "tiny_conv", 0.3, "contrast"),
    ]
    bare = {
        "random": {"deletion": 0.3, "insertion": 0.4},
        "centre": {"deletion": 0.25, "insertion": 0.5, "gain": 0.075},
    }
    told = {"weights": weights, "faces": 301, "steps": 12, "rows": rows, "bare": bare}
    (folder / "tables" / f"{map_quality.TABLE}.json").write_text(json.dumps({"networks": {SMALL: told}}))
    forget_networks()


def test_maps_stand_in_a_table_the_most_faithful_first(open_page: OpenPage, made_up: Path) -> None:
    write_table(made_up, fingerprint(made_up / f"{SMALL}.keras"))
    app = open_page("networks", network=SMALL, view="Maps")
    found = table(app, "gain")
    assert found["map"].tolist() == ["Grad-CAM rather than the second answer", "LayerCAM", "Saliency"]
    assert found["layer"].tolist() == ["tiny_conv", "tiny_conv", "–"]
    assert found["squares"][0] == "46×46"
    assert "The usual map of this network is **Grad-CAM**." in texts(app)
    assert "From the middle outwards: 0.25 and 0.5, better than chance by 0.075" in texts(app)
    (made_up / "tables" / f"{map_quality.TABLE}.json").unlink()


def test_the_choice_on_the_card_is_told_with_its_score(open_page: OpenPage, made_up: Path) -> None:
    write_table(made_up, fingerprint(made_up / f"{SMALL}.keras"))
    path = made_up / f"{SMALL}.json"
    before = path.read_text()
    path.write_text(json.dumps(json.loads(before) | {"usual_map": {"method": "layer_cam", "layer": "tiny_conv"}}))
    forget_networks()
    app = open_page("networks", network=SMALL, view="Maps")
    said = "The usual map of this network is **LayerCAM** at layer `tiny_conv`: better than chance by 0.2, in 20"
    assert said in texts(app)
    path.write_text(before)
    (made_up / "tables" / f"{map_quality.TABLE}.json").unlink()


def test_scores_of_another_file_are_not_shown(open_page: OpenPage, made_up: Path) -> None:
    write_table(made_up, "another")
    app = open_page("networks", network=SMALL, view="Maps")
    assert "The usual map of this network" not in texts(app)
    assert "Made for" in texts(app), "the first tab instead"
    (made_up / "tables" / f"{map_quality.TABLE}.json").unlink()
