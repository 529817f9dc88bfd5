import dataclasses
from pathlib import Path

import pytest

from models import EXPRESSIONS, Card, list_cards, load_card, load_network, networks

SHIPPED = sorted(path.stem for path in networks.WEIGHTS.glob("*.keras"))


@pytest.mark.usefixtures("brightness_network")
def test_a_card_is_read_from_its_file() -> None:
    card = load_card("emotion")
    assert (card.name, card.task, card.title) == ("emotion", "expression", "Brightness network")
    assert card.labels == EXPRESSIONS
    assert card.input_shape == (48, 48, 1)
    assert card.parameters == 14
    assert card.thresholds == {"uncertain": 0.6}
    assert card.raw["limits"] == ["Knows nothing but brightness."]
    with pytest.raises(dataclasses.FrozenInstanceError):
        card.title = "Another"  # type: ignore[misc]


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


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_network_is_what_its_card_says(name: str) -> None:
    network, card = load_network(name), load_card(name)
    assert isinstance(card, Card)
    assert network.input_shape == (None, *card.input_shape)
    assert network.output_shape == (None, len(card.labels))
    assert network.count_params() == card.parameters
    assert (networks.WEIGHTS / f"{name}.keras").stat().st_size == card.raw["size_bytes"]
    assert card.raw["intended_use"]
    assert card.raw["not_for"]
    assert card.raw["limits"]
