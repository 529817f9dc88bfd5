"""Shared networks: loaded once, kept whole, tried again after a failure."""

from typing import Any

import keras
import pytest
from keras.src.backend.common import global_state

from dashboard import cache


def test_network_is_loaded_once() -> None:
    assert cache.network("emotion") is cache.network("emotion")


def test_end_of_a_page_run_leaves_the_networks_session_alone() -> None:
    cache.network("emotion")
    global_state.set_global_attribute("kept", "yes")
    keras.backend.clear_session()  # what Streamlit calls after every run
    assert global_state.get_global_attribute("kept") == "yes"


def test_failed_loading_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    cache._loading.clear()

    def fail(name: str, advance: Any) -> Any:
        raise OSError(f"no weights of {name}")

    with monkeypatch.context() as broken:
        broken.setattr(cache, "_load", fail)
        with pytest.raises(OSError, match="no weights of emotion"):
            cache.network("emotion")
    assert cache.network("emotion").labels


def test_samples_are_named_after_their_files() -> None:
    assert {"astronaut", "group", "chessboard"} <= set(cache.SAMPLES)
    assert cache.sample("hopper").name == "Grace Hopper"
