"""Visitors' networks: who may bring them, how they are found, and that they go with those who hold them."""

import gc
import json
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st

import interp
from dashboard.services import networks, own_networks, shared_networks
from dashboard.services.own_networks import Draft, better_range, information_by_range
from dashboard.tasks.classification import TASK
from interp.preparation import RANGES, Preparation
from tests.dashboard import own
from tests.dashboard.cards import basic
from tests.dashboard.conftest import forget_networks

NAMES = ["a", "b", "c"]


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    return own.draft_of(own.saved(own.network(), tmp_path))


@pytest.mark.parametrize(
    ("told", "address", "allowed"),
    [
        (None, None, False),
        (None, "0.0.0.0", False),
        (None, "localhost", True),
        (None, "127.0.0.1", True),
        ("1", "0.0.0.0", True),
        ("0", "localhost", False),
        ("", "localhost", False),
        ("no", "localhost", False),
    ],
)
def test_networks_are_brought_on_ones_own_machine_or_where_the_operator_says_so(
    monkeypatch: pytest.MonkeyPatch, told: str | None, address: str | None, allowed: bool
) -> None:
    monkeypatch.delenv(own_networks.ALLOWED, raising=False)
    if told is not None:
        monkeypatch.setenv(own_networks.ALLOWED, told)
    monkeypatch.setattr(st, "get_option", {"server.address": address}.__getitem__)
    assert own_networks.is_allowed() is allowed


def test_a_network_is_found_by_its_name_as_long_as_it_is_held(draft: Draft) -> None:
    brought = own_networks.make(draft, draft.findings.preparation, NAMES, "My Birds!")
    name = brought.name
    assert name.startswith("my-birds-")
    assert networks.network(name) is brought.network
    assert networks.card(name) is brought.card
    assert networks.task(name) is TASK
    assert networks.has_network(name)
    assert name not in networks.cards(), "cards are those of the session"
    again = own_networks.make(draft, draft.findings.preparation, NAMES, "My Birds!")
    assert again.name != name
    del brought
    assert own_networks.find(name) is None


def test_names_must_be_as_many_as_classes(draft: Draft) -> None:
    with pytest.raises(ValueError, match="tells 3 classes apart, but 2 have names"):
        own_networks.make(draft, draft.findings.preparation, ["a", "b"], "x")


@pytest.mark.slow
def test_the_memory_of_networks_that_went_is_given_back(tmp_path: Path) -> None:
    data = own.saved(own.network(), tmp_path)
    gone: list[weakref.ref[Any]] = []
    for number in range(20):
        kept = own.draft_of(data)
        brought = own_networks.make(kept, kept.findings.preparation, NAMES, f"number {number}")
        if number % 5 == 0:  # what the pages compile of it
            picture = np.zeros((16, 16, 3), np.uint8)
            interp.explain(brought.network, picture, "grad_cam", target=0)
            networks.layers(brought.name)
        gc.freeze()  # as the server does when it has loaded a network of its own
        gone += [weakref.ref(brought), weakref.ref(brought.network), weakref.ref(kept.network.model)]
        del kept, brought
    own_networks.collect()
    assert [one() for one in gone] == [None] * len(gone)


def test_the_right_values_give_the_surest_and_most_varied_answers(tmp_path: Path) -> None:
    network = own.network()
    network.get_layer("answer").set_weights(
        [40 * weight for weight in network.get_layer("answer").get_weights()]  # sure of what it sees
    )
    draft = own.draft_of(own.saved(network, tmp_path))
    pictures = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), np.uint8)
    pictures[::2] //= 8
    told = information_by_range(draft, draft.findings.preparation, pictures)
    assert set(told) == set(RANGES)
    assert max(told, key=told.__getitem__) == "0 to 255", "it rescales them itself"
    assert better_range(told, told["0 to 1"]) == "0 to 255"
    assert better_range(told, told["0 to 255"]) is None
    assert better_range(dict.fromkeys(RANGES, 0.0), 0.0) is None


@pytest.mark.parametrize(("now", "hardly"), [(0.0, True), (0.04, True), (0.06, False), (1.0, False)])
def test_answers_hardly_depend_on_the_picture_below_a_twentieth_of_what_they_can_tell(now: float, hardly: bool) -> None:
    assert own_networks.hardly_depends(now, pictures=6, classes=2) is hardly


def test_an_operators_folder_is_shared_with_its_cards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every_task: Path
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    model = own.network()
    (folder / "birds.h5").write_bytes(own.saved(model, tmp_path))
    (folder / "uncarded.h5").write_bytes(b"x")
    told = {"size": [16, 16], "fit": "crop", "colours": "bgr", "values": [0, 255]}
    card = basic("birds", "classification", labels=NAMES, input_shape=[16, 16, 3], input=told)
    (folder / "birds.json").write_text(json.dumps(card))
    monkeypatch.setenv(shared_networks.FOLDER, str(folder))
    forget_networks()
    try:
        assert "birds" in networks.known()
        assert "uncarded" not in networks.cards()
        assert "emotion" in networks.known()
        pictures = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
        expected = np.asarray(model(pictures[..., ::-1].astype(np.float32)))
        np.testing.assert_allclose(networks.score("birds", pictures), expected, atol=1e-5)
        assert networks.file_of("birds") == folder / "birds.h5"
        assert networks.weights_hash("birds") is not None
    finally:
        monkeypatch.delenv(shared_networks.FOLDER)
        forget_networks()
        networks._loading.clear()
    assert "birds" not in networks.cards()


def test_a_preparation_is_told_in_words() -> None:
    assert own_networks.words_of(Preparation((20, 30), "bgr", (-1.0, 1.0), fit="crop")) == (
        "as BGR, cut to their middle to 20×30 pixels, with values of -1 to 1"
    )
