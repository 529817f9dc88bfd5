"""Shared networks: loaded once, kept whole, tried again after a failure."""

import threading
from typing import Any

import numpy as np
import pytest

from dashboard.services import networks, photos
from interp import Class, explain


def test_network_is_loaded_once() -> None:
    assert networks.network("emotion") is networks.network("emotion")


def test_failed_loading_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    networks._loading.clear()

    def fail(name: str, report: Any) -> Any:
        raise OSError(f"no weights of {name}")

    with monkeypatch.context() as broken:
        broken.setattr(networks, "_load", fail)
        with pytest.raises(OSError, match="no weights of emotion"):
            networks.network("emotion")
    assert networks.network("emotion").labels


def test_what_the_next_clicks_need_waits_for_the_first_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    is_read, is_warm = threading.Event(), threading.Event()
    monkeypatch.setattr(networks, "first_photo_read", is_read)
    monkeypatch.setattr(networks, "_warm", lambda *arguments: is_warm.set())
    networks._loading.clear()
    networks._warming.clear()
    networks.network("emotion")
    assert not is_warm.wait(0.2)
    is_read.set()
    assert is_warm.wait(60)


@pytest.mark.slow
def test_layers_are_made_ready_for_any_class_before_they_are_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "BETWEEN_LAYERS", 0.0)
    network = networks.network("emotion-simple")
    layers = ("relu2", "conv2")
    run = networks.compile_layers("emotion-simple", layers)
    assert networks.compile_layers("emotion-simple", layers) is run
    run.join(60)
    ready = len(network.kept)
    for layer, number in zip(layers, (2, 5), strict=True):
        explain(network, np.zeros(network.input_shape, np.float32), "grad_cam", Class(number), layer)
    assert len(network.kept) == ready


def test_samples_are_named_after_their_files() -> None:
    assert {"astronaut", "group", "chessboard"} <= set(photos.SAMPLES)
    assert photos.sample("hopper").name == "Grace Hopper"
