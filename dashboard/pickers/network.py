"""The network picker, and the wait until the network is loaded."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import streamlit as st

from dashboard import state, tasks
from dashboard.drawing.words import amount
from dashboard.services import networks
from dashboard.services.runs import wait_for
from dashboard.tasks.task import Need
from interp import Network
from models import Card

READER = "expression_network"
"""The session key of the last chosen network that reads faces."""
PICKER_WIDTH = 248
"""Pixels of the picker, for the line below it."""
PARKED = "parked_network"
"""The session key of the network that a page can't use, and of the one that stands in for it."""


def suited_networks(needs: Sequence[Need]) -> list[str]:
    """Return the names of the networks that give all that a page needs, the default first."""
    return [name for name in networks.known() if not any(networks.why_not(name, need) for need in needs)]


def say_why_not(needs: Sequence[Need], name: str) -> None:
    """Say why the network that was chosen before is set aside on this page, while another one stands in for it."""
    parked, stand_in = st.session_state.get(PARKED, (None, None))
    if parked not in networks.known() or name != stand_in:
        return
    for why in filter(None, (networks.why_not(parked, need) for need in needs)):
        st.caption(f"This page can't use the network “{parked}”: {why}. It uses “{name}” instead.")


def face_reader() -> str:
    """Return the network that reads the faces of a photo: the one of that kind that was chosen last."""
    return str(st.session_state.setdefault(READER, networks.usual()))


def choose_network(names: list[str]) -> str:
    """Draw the picker over networks by name and return the chosen one.

    Pages that offer other networks share the choice; the last one that reads faces is kept for those that need such a
    network.
    """
    cards = networks.cards()
    _park_network(names)
    usual = networks.usual() if networks.usual() in names else names[0]
    last = face_reader()
    state.keep_choice(state.NETWORK, names, last if last in names else usual)
    with st.container(gap="xxsmall", width=PICKER_WIDTH):
        name: str = st.selectbox(
            "Network",
            names,
            index=names.index(usual),
            key=state.NETWORK,
            bind="query-params",
            help="\n".join(f"- **{name}**: {', '.join(_menu_words(cards[name]))}" for name in names),
        )
        st.caption(networks.task(name).in_short(cards[name]) or cards[name].title)
        st.html(_menu_style([_menu_words(cards[name]) for name in names]))
    if networks.task(name).reads_faces:
        st.session_state[READER] = name
    return name


def _menu_words(card: Card) -> list[str]:
    """Return what a network is, how good, and how large, in a few words each."""
    size = f"{amount(card.parameters)} parameters"
    return [card.title, *filter(None, [tasks.of(card).in_short(card)]), size]


def _menu_style(lines: list[list[str]]) -> str:
    """Return the style that writes below each name in the open menu what that network is.

    The names themselves stand in the address and in links, so the menu's entries can't be other words.

    Args:
        lines: of each network its title, then more about it.
    """
    rules = (
        f'[role="listbox"][aria-label="Network"] [data-key="{number}"]::after '
        f'{{ content: "{_css(title)}\\a {_css(" · ".join(more))}"; display: block; white-space: pre-line; '
        "padding-inline: 0.5rem; font-size: 0.8rem; line-height: 1.35; opacity: 0.8; }"
        for number, (title, *more) in enumerate(lines)
    )
    room = (
        '[role="listbox"][aria-label="Network"] [role="option"] '
        "{ display: block; height: auto; padding-bottom: 0.375rem; }"
    )
    return f"<style>{room} {' '.join(rules)}</style>"


def _css(words: str) -> str:
    """Write words so that they can stand in a string of a style sheet."""
    return "".join(letter if letter.isalnum() or letter == " " else f"\\{ord(letter):x} " for letter in words)


def _park_network(names: list[str]) -> None:
    """Set a network aside on a page that can't use it, and take it up again where it can be used.

    That is not so if another one was chosen in between.
    """
    kept = st.session_state.get(state.NETWORK, st.session_state[state.CHOICES].get(state.NETWORK))
    chosen = kept or st.query_params.get(state.NETWORK)  # a link may ask for it, before its widget is drawn
    parked, stand_in = st.session_state.get(PARKED, (None, None))
    if chosen in networks.cards() and chosen not in names:
        st.session_state[PARKED] = (chosen, face_reader())
    elif parked in names:
        st.session_state[PARKED] = (None, None)
        if chosen == stand_in:
            st.session_state[state.NETWORK] = parked


def await_network(name: str) -> Network:
    """Return the shared `interp.Network` of that name; until it is loaded the page shows how far that is.

    Where its file can't be read, the page says so and stops.
    """
    wait_for(networks.start_loading(name), lambda run: f"Loading the network {name}: {networks.loading_words(run)}…")
    try:
        return networks.network(name)
    except (OSError, ValueError):
        logging.getLogger(__name__).exception("The network %s can't be read.", name)
        words = networks.trouble(name) or "can't be loaded: its file is broken, or was made by another version"
        st.error(f"The network “{name}” {words}. Choose another network above.", icon=":material/error:")
        st.stop()
