"""The network picker, and the wait until the network is loaded."""

from __future__ import annotations

import logging

import streamlit as st

from dashboard import state
from dashboard.services import networks
from dashboard.services.runs import wait_for
from dashboard.subject import DEFAULT_NETWORK
from dashboard.tasks import EXPRESSION_TASK
from interp import Network


def expression_networks() -> list[str]:
    """Returns the names of the networks that read expressions and are there, the default first."""
    return [name for name in known_networks() if networks.cards()[name].task == EXPRESSION_TASK]


def known_networks() -> list[str]:
    """Returns the names of all networks that are there, those that read expressions first, by their tasks."""
    return [name for name in networks.cards() if networks.has_network(name)]


def choose_network(names: list[str], *, width: int = 180) -> str:
    """Draws the picker over networks by name and returns the chosen one.

    Pages that offer other networks share the choice; the last one that reads expressions is kept for those that need
    such a network.
    """
    cards = networks.cards()
    _park_network(names)
    usual = DEFAULT_NETWORK if DEFAULT_NETWORK in names else names[0]
    last = st.session_state[state.EXPRESSION_NETWORK]
    state.keep_choice(state.NETWORK, names, last if last in names else usual)
    name: str = st.selectbox(
        "Network",
        names,
        index=names.index(usual),
        key=state.NETWORK,
        bind="query-params",
        width=width,
        help="\n".join(f"- **{name}** ({cards[name].task}): {cards[name].title}" for name in names),
    )
    if cards[name].task == EXPRESSION_TASK:
        st.session_state[state.EXPRESSION_NETWORK] = name
    return name


def _park_network(names: list[str]) -> None:
    """Sets a network aside on a page that can't use it, and takes it up again where it can be used.

    That is not so if another one was chosen in between.
    """
    chosen = st.session_state.get(state.NETWORK, st.session_state[state.CHOICES].get(state.NETWORK))
    parked, stand_in = st.session_state[state.PARKED_NETWORK]
    if chosen in networks.cards() and chosen not in names:
        st.session_state[state.PARKED_NETWORK] = (chosen, st.session_state[state.EXPRESSION_NETWORK])
    elif parked in names:
        st.session_state[state.PARKED_NETWORK] = (None, None)
        if chosen == stand_in:
            st.session_state[state.NETWORK] = parked


def await_network(name: str) -> Network:
    """Returns the shared `interp.Network` of that name; until it is loaded the page shows how far that is.

    Where its file can't be read, the page says so and stops.
    """
    wait_for(networks.start_loading(name), lambda run: f"Loading the network {name}: {networks.loading_words(run)}…")
    try:
        return networks.network(name)
    except (OSError, ValueError):
        logging.getLogger(__name__).exception("The network %s can't be read.", name)
        st.error(
            f"The network “{name}” can't be read: its file is broken, or made by another version. Choose another one "
            "above.",
            icon=":material/error:",
        )
        st.stop()
