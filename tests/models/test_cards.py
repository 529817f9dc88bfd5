import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import (
    EXPRESSIONS,
    Card,
    CardError,
    WeightsError,
    emotion,
    list_cards,
    load_card,
    load_network,
    networks,
)
from models.cards import UsualMap, list_tables, load_average_faces, load_table

SHIPPED = sorted(path.stem for path in networks.WEIGHTS.glob("*.keras"))


@pytest.mark.usefixtures("brightness_network")
def test_a_card_is_read_from_its_file() -> None:
    card = load_card("emotion")
    assert (card.name, card.task, card.title) == ("emotion", "expression", "Brightness network")
    assert card.labels == EXPRESSIONS
    assert card.input_shape == (48, 48, 1)
    assert card.parameters == 14
    assert card.thresholds == {"uncertain": 0.6}
    assert card.limits == ("Knows nothing but brightness.",)
    assert card.limits == ("Knows nothing but brightness.",)
    with pytest.raises(dataclasses.FrozenInstanceError):
        card.title = "Another"  # type: ignore[misc]


def test_a_card_may_name_its_usual_map(change_card: Callable[..., None]) -> None:
    change_card(usual_map={"method": "layer_cam", "layer": "conv3"})
    assert load_card("emotion").usual_map == UsualMap("layer_cam", "conv3")
    change_card(usual_map={"method": "saliency"})
    assert load_card("emotion").usual_map == UsualMap("saliency", None)
    change_card()
    assert load_card("emotion").usual_map is None


@pytest.fixture
def change_card(tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a card of "emotion" in the place of the trained ones', with some fields changed, or left out where None."""
    monkeypatch.setattr(networks, "WEIGHTS", tmp_path)

    def change(**fields: Any) -> None:
        card = json.loads((tiny_weights / "emotion.json").read_text()) | fields
        kept = {key: value for key, value in card.items() if value is not None}
        (tmp_path / "emotion.json").write_text(json.dumps(kept))

    return change


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"labels": None}, "labels"),
        ({"labels": []}, "labels"),
        ({"temperature": "warm"}, "temperature"),
        ({"usual_map": {"layer": "conv"}}, r"usual_map\.method"),
        ({"usual_map": "layer_cam"}, "usual_map"),
        ({"thresholds": {"uncertain": "often"}}, r"thresholds\.uncertain"),
        ({"input_shape": [48]}, r"input_shape\.1"),
        ({"mean_shape": [[1, 2, 3]]}, r"mean_shape\.0"),
    ],
)
def test_a_broken_card_is_one_sentence_with_file_and_field(
    change_card: Callable[..., None], fields: dict[str, Any], field: str
) -> None:
    change_card(**fields)
    with pytest.raises(CardError, match=rf"^The card emotion\.json is broken at {field}: [^\n]+\.$"):
        load_card("emotion")


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"labels": [*EXPRESSIONS[1:], EXPRESSIONS[0]]}, "labels: they must be angry, disgust, fear"),
        ({"labels": list(EXPRESSIONS[:5])}, "labels: they must be angry, disgust, fear"),
        ({"thresholds": {}}, "thresholds: there is none for uncertain"),
    ],
)
def test_a_card_that_its_network_cannot_be_run_by_is_one_sentence(
    change_card: Callable[..., None], fields: dict[str, Any], complaint: str
) -> None:
    change_card(**fields)
    emotion.inference._threshold.cache_clear()
    with pytest.raises(CardError, match=rf"^The card emotion\.json is broken at {complaint}"):
        emotion.name_expression(np.eye(7)[0])
    emotion.inference._threshold.cache_clear()


@pytest.mark.parametrize("text", ["{", "[1, 2]", "3"])
def test_a_card_that_is_no_card_is_one_sentence(change_card: Callable[..., None], tmp_path: Path, text: str) -> None:
    (tmp_path / "emotion.json").write_text(text)
    with pytest.raises(CardError, match=r"^The card emotion\.json holds no JSON object\.$"):
        load_card("emotion")


@pytest.mark.usefixtures("brightness_network")
def test_every_card_is_listed() -> None:
    assert [card.name for card in list_cards()] == ["emotion"]


@pytest.mark.usefixtures("brightness_network")
def test_an_unknown_card_is_refused_with_near_matches() -> None:
    with pytest.raises(ValueError, match="Did you mean emotion"):
        load_card("emotions")


def test_no_weights_give_no_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "WEIGHTS", tmp_path)
    assert list_cards() == []
    with pytest.raises(ValueError, match="Known: none"):
        load_card("emotion")


def test_tables_are_read_and_are_no_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "WEIGHTS", tmp_path)
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "ladder.json").write_text(json.dumps({"rungs": []}))
    assert list_cards() == []
    assert list_tables() == ["ladder"]
    assert load_table("ladder") == {"rungs": []}
    with pytest.raises(ValueError, match="Did you mean ladder"):
        load_table("lader")


def test_average_faces_that_are_not_made_say_how_to_make_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "WEIGHTS", tmp_path)
    with pytest.raises(ValueError, match="averages --data"):
        load_average_faces()


def test_each_shipped_average_face_is_one_of_over_four_hundred() -> None:
    averages = load_average_faces()
    assert tuple(averages) == EXPRESSIONS
    for face, count in averages.values():
        assert face.shape == (48, 48)
        assert face.dtype == np.uint8
        assert count > 400


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def put_another_in_its_place(path: Path) -> None:
    path.write_bytes((networks.WEIGHTS / "lopsided.keras").read_bytes())


@pytest.mark.parametrize("change", [flip_a_bit, cut_off, put_another_in_its_place])
def test_a_changed_file_is_refused_in_a_sentence_and_others_are_not(
    lopsided_network: object, change: Callable[[Path], None]
) -> None:
    for name in ("emotion", "lopsided"):
        card = networks.WEIGHTS / f"{name}.json"
        told = {"sha256": networks.fingerprint(card.with_suffix(".keras"))}
        card.write_text(json.dumps(json.loads(card.read_text()) | told))
    change(networks.WEIGHTS / "emotion.keras")
    with pytest.raises(WeightsError, match=r"^The file emotion\.keras is not the one that its card describes[^\n]+\.$"):
        load_network("emotion")
    assert load_network("lopsided").output_shape == (None, 7)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_network_is_what_its_card_says(name: str) -> None:
    network, card = load_network(name), load_card(name)
    assert isinstance(card, Card)
    assert network.input_shape == (None, *card.input_shape)
    if card.task == "expression":
        assert network.output_shape == (None, len(card.labels))
    assert network.count_params() == card.parameters
    assert (networks.WEIGHTS / f"{name}.keras").stat().st_size == card.size_bytes
    assert networks.fingerprint(networks.WEIGHTS / f"{name}.keras") == card.sha256
    assert card.intended_use
    assert card.not_for
    assert card.limits
