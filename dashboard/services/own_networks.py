"""Networks that a visitor brings: tried in a process of their own, held by the session alone, gone with it."""

from __future__ import annotations

import gc
import os
import re
import secrets
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import state
from dashboard.services.runs import Report, Run, Slot, gate, start
from dashboard.subject import digest
from interp import Network, formats, load
from interp.archives import read_labels, unpacked
from interp.formats import Asked, as_network, open_black_box
from interp.loading import MAX_BYTES
from interp.preparation import RANGES, Preparation, information, prepared, shares_of
from interp.trial import Findings, is_black_box, try_file
from models import Card
from models.cards import UsualMap

ALLOWED = "GLASSFACE_OWN_NETWORKS"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
NO = ("", "0", "no", "off", "false")
KIND = "classification"
SESSION = "own_networks"
"""The session key of the visitor's networks by their names: nothing else holds them."""
MOST = 5
"""Networks that a session holds at most; the oldest goes first."""
BEFORE_COLLECTION = 5.0
"""Seconds after a network has gone until its memory is given back: its session is taken down by then."""
BLACK_BOX_METHOD = "occlusion"
"""The method that a network is explained by of which nothing is known but its answers."""
MAX_MB = 50
"""Of an uploaded file: what Streamlit takes here."""
LEAST_SHARE = 0.05
"""Share of all that answers can tell about a picture below which they hardly depend on it: one in twenty, as usual."""


@dataclass(frozen=True, eq=False)
class Draft:
    """A network that was tried and loaded, before its visitor has said what goes in.

    Args:
        name: Of the file, without its ending.
        digest: SHA-256 of the file.
        size: Bytes of the file.
        network: As the file has it.
        findings: What was found when it was tried.
        asked: The network of an ONNX or TFLite file as it takes and answers. Defaults to none: it is one of Keras.
    """

    name: str
    digest: str
    size: int
    network: Network = field(repr=False)
    findings: Findings
    asked: Asked | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class OwnNetwork:
    """A visitor's network as all pages open it.

    Args:
        name: Unlike any other on the server.
        card: What is known of it.
        network: From pixels of 0 to 255 to the probability of each class.
        preparation: What goes in and what comes out.
        draft: What it was made from.
        is_taught: Whether it was taught here and not brought. Defaults to no.
    """

    name: str
    card: Card
    network: Network = field(repr=False)
    preparation: Preparation
    draft: Draft = field(repr=False)
    is_taught: bool = False


_alive: weakref.WeakValueDictionary[str, OwnNetwork] = weakref.WeakValueDictionary()
"""Those of all sessions, by names that nobody can guess: runs look them up in threads of their own."""


TRIAL: Slot[Draft] = Slot("own_network_trial")
"""The session's place for the file that is tried; the draft stays with its run alone."""


def is_allowed() -> bool:
    """Return whether visitors may bring networks: on a server for its own machine alone, or as the operator says."""
    told = os.environ.get(ALLOWED)
    if told is not None:
        return told.strip().lower() not in NO
    return st.get_option("server.address") in LOOPBACK


def find(name: str) -> OwnNetwork | None:
    """Return a visitor's network by its name; None where there is none."""
    return _alive.get(name)


def of_session() -> dict[str, OwnNetwork]:
    """Return the networks that this session's visitor has brought, by name; none outside of a session."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return {}
    found: dict[str, OwnNetwork] = st.session_state.get(SESSION, {})
    return found


def start_trial(file_name: str, data: bytes) -> Run[Draft]:
    """Start to try a file beside the page; the result is the draft, and what stops it says why in a sentence."""
    stem = Path(file_name).stem

    def work(report: Report[Draft]) -> Draft:
        report(0, 2)
        findings = try_file(data, file_name, on_wait=lambda: report(0, 2))
        report(1, 2)
        package = unpacked(data, MAX_BYTES)
        if is_black_box(package.name or file_name):
            asked = open_black_box(package.data)
            network = as_network(asked, findings.preparation)
            return Draft(stem, digest(data), len(data), network, findings, asked)
        return Draft(stem, digest(data), len(data), load(data), findings)

    return start(work, gate(), digest(data))


def keep(own: OwnNetwork) -> OwnNetwork:
    """Keep a network for the session, and return it; where there are too many, the oldest goes."""
    held = {**of_session(), own.name: own}
    for oldest in list(held)[: max(0, len(held) - MOST)]:
        del held[oldest]
    st.session_state[SESSION] = held
    st.session_state[state.HAS_OWN] = True  # what is found with it is the session's
    return own


def make(
    draft: Draft,
    preparation: Preparation,
    labels: Sequence[str],
    title: str,
    told: Mapping[str, Any] | None = None,  # fields of a card
) -> OwnNetwork:
    """Return the network of a draft; it can be found by its name as long as somebody holds it.

    Raises:
        ValueError: The preparation or the labels don't fit the network.
    """
    labels = read_labels("\n".join(labels))
    if len(labels) != draft.findings.classes:
        raise ValueError(f"The network tells {draft.findings.classes} classes apart, but {len(labels)} have names.")
    if draft.asked is None:
        network = prepared(draft.network, preparation, labels)
    else:
        network = as_network(draft.asked, preparation, labels)
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:24] or "network"
    name = f"{slug}-{secrets.token_hex(3)}"
    card = _card(name, title, draft, preparation, labels, told or {})
    own = OwnNetwork(name, card, network, preparation, draft, is_taught=told is not None)
    _alive[name] = own
    weakref.finalize(own, _collect_soon).atexit = False
    return own


def _collect_soon() -> None:
    timer = threading.Timer(BEFORE_COLLECTION, collect)
    timer.daemon = True
    timer.start()


def collect() -> None:
    """Give back the memory of networks that are gone, which lie in circles of references.

    The server sets aside what is there when a network has been loaded, so that Python never looks at it again; that is
    taken back for one look.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def forget(name: str) -> None:
    """Callback: let a network of the session's go."""
    st.session_state[SESSION] = {one: own for one, own in of_session().items() if one != name}


def _card(
    name: str,
    title: str,
    draft: Draft,
    preparation: Preparation,
    labels: Sequence[str],
    told: Mapping[str, Any],  # fields of a card
) -> Card:
    card = Card(
        name=name,
        task=KIND,
        title=title,
        labels=tuple(labels),
        input_shape=(*preparation.size, preparation.channels),
        parameters=draft.findings.parameters,
        metrics={},
        thresholds={},
        size_bytes=draft.size,
        input={"size": list(preparation.size), "fit": preparation.fit},
        intended_use=f"Your own network, in this visit alone. Pictures go in {words_of(preparation)}.",
        not_for="How good it is isn't known here: nothing was measured.",
        usual_map=None if draft.asked is None else UsualMap(BLACK_BOX_METHOD),
    )
    return replace(card, **told)


def words_of(preparation: Preparation) -> str:
    """Say how pictures go into a network."""
    colours = {"rgb": "as RGB", "bgr": "as BGR", "grey": "grey"}[preparation.colours]
    fit = {"stretch": "stretched", "crop": "cut to their middle", "pad": "completed by their edge"}[preparation.fit]
    low, high = preparation.values
    values = "with mean and deviation set" if preparation.mean else f"with values of {low:g} to {high:g}"
    return f"{colours}, {fit} to {preparation.size[0]}×{preparation.size[1]} pixels, {values}"


# Whether the values are the right ones -------------------------------------------------------------------------------


def information_by_range(draft: Draft, preparation: Preparation, pictures: np.ndarray) -> dict[str, float]:
    """Return for each usual range of values how much the answers tell about which picture was shown, in bits."""
    return {
        name: information(answers(draft, replace(preparation, values=values, mean=(), deviation=()), pictures))
        for name, values in RANGES.items()
    }


def answers(draft: Draft, preparation: Preparation, pictures: np.ndarray) -> np.ndarray:
    """Return a draft's answers to uint8 pictures (N, h, w, channels), probabilities (N, classes)."""
    if draft.asked is not None:
        return formats.answers(draft.asked, preparation, pictures)
    shown = preparation.apply(pictures)
    channels = draft.network.input_shape[-1] or 1
    return shares_of(draft.network.predict(np.repeat(shown, channels // shown.shape[-1], axis=-1)), preparation.output)


def hardly_depends(now: float, pictures: int, classes: int) -> bool:
    """Return whether answers hardly depend on the picture."""
    return now < LEAST_SHARE * float(np.log2(min(pictures, classes)))


def better_range(told: dict[str, float], now: float) -> str | None:
    """Return the range whose answers are the surest and most varied; None where none tells twice as much as now."""
    best = max(told, key=told.__getitem__)
    return best if told[best] > 2 * now else None
