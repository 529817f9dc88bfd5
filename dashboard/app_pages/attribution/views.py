"""The lenses of the Attribution page, and the words above and below what they show."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.pickers.layer import choose_layer
from dashboard.pickers.method import choose_method, draw_parameters
from dashboard.services import explanations
from dashboard.services.concepts import concepts_of
from dashboard.subject import Question, Subject, Value
from dashboard.tasks.aim import Aim
from dashboard.tasks.task import View
from dashboard.widgets.drawer import drawer
from interp import Explanation, Method, Network

LENSES = {
    "map": "One map",
    "methods": "All methods",
    "classes": "All {answers}",
    "concepts": "Concepts",
    "engines": "Two engines",
}


def lenses(view: View, network_name: str) -> dict[str, str]:
    """Return the label of each lens that the page has for a network."""
    lacks = set() if view.task.has_classes else {"classes"}
    lacks |= set() if concepts_of(network_name) is not None else {"concepts"}
    return {name: label.format(answers=view.task.answers) for name, label in LENSES.items() if name not in lacks}


@dataclass(frozen=True)
class How:
    """How the answer is explained: by which method, at which layer, with which settings."""

    method: Method
    layer: str
    settings: tuple[tuple[str, Value], ...]


def choose_how(subject: Subject, view: View, network: Network, shown: str) -> How:
    """Draw the drawer behind "Settings" and return what is chosen there: method, layer, and the method's settings.

    The lens of all methods leaves the method and its settings alone, that of concepts all of it.
    """
    name = subject.network_name
    with drawer("map_settings"):
        is_one = shown not in ("methods", "concepts")
        method = choose_method(explanations.usual_method(name), is_used=is_one)
        st.caption(method.summary)
        usual = explanations.usual_layer(name, method.name)
        layer = choose_layer(network, view.task, usual, is_used=(is_one and method.needs_layer) or shown == "methods")
        settings = draw_parameters(method) if is_one else {}
    return How(method, layer, tuple(sorted(settings.items())))


def introduce(shown: str, method: Method, answer: str) -> str:
    """Say what a wall shows in a sentence or two."""
    label = method.label
    return {
        "methods": "**The same question for every method**, each in its usual settings. Click a map to enlarge it.",
        "classes": f"**{label}, for every {answer}**, on one scale: evidence for one may be evidence for another.",
        "concepts": "**What the network's last layer looks for**, and how much each of these concepts adds to the "
        "answer.",
        "engines": f"**{label}, computed twice**: by this project's own code, and by the library tf-keras-vis.",
    }[shown]


def details(aim: Aim, question: Question, explanation: Explanation | None) -> None:
    """Say how to read the maps; the formula, the layer and the reference for those who want them."""
    st.markdown(f"**{aim.method.label}.** {aim.method.summary}")
    st.markdown(
        "Strong colours mean a lot, faint colours little: where the map is near zero, the picture shows through. "
        + (
            f"One end of the colours is {aim.ends[0]}, the other {aim.ends[1]}."
            if aim.ends
            else "The brighter, the more evidence. This method doesn't show evidence against."
        )
    )
    if explanation is not None and not isinstance(explanation, str):
        rows, columns = explanation.values.shape
        where = f"Layer {explanation.layer}" if explanation.layer else "The picture itself"
        clipped = (
            ""
            if explanation.layer
            else " A few pixels are far stronger than the rest; the colours stop below them so that you can see the "
            "others."
        )
        st.markdown(f"{where}: a map of {rows}×{columns} values, enlarged to the picture.{clipped}")
    st.latex(aim.method.formula)
    st.caption(f"Reference: {aim.method.reference}")
