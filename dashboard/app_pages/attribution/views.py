"""The lenses of the Attribution page, and the words above and below what they show."""

from __future__ import annotations

import streamlit as st

from dashboard.subject import Question
from dashboard.tasks.aim import Aim
from dashboard.tasks.task import View
from interp import Explanation, Method

LENSES = {"map": "One map", "methods": "All methods", "classes": "All expressions", "engines": "Two engines"}


def lenses(view: View) -> dict[str, str]:
    """Return the label of each lens that the page has for a network's task."""
    return {name: label for name, label in LENSES.items() if name != "classes" or view.task.has_classes}


def introduce(shown: str, method: Method) -> str:
    """Say what is shown in a sentence or two."""
    label = method.label
    return {
        "map": f"**{label}.** {method.summary}",
        "methods": "**The same question, put to every method** in its usual settings. Click a map to see it large.",
        "classes": f"**{label}, for every expression**, on one scale: what speaks for one may speak for its neighbour.",
        "engines": f"**{label}, computed twice**: by this project's own code, and by the library tf-keras-vis.",
    }[shown]


def details(aim: Aim, question: Question, explanation: Explanation | None) -> None:
    """Say how to read the maps; the formula, the layer and the reference for those who want them."""
    st.markdown(
        "Strong colour means much, faint colour little: where the map is near zero the picture shows through. "
        + (
            f"One end of the colours is {aim.ends[0]}, the other {aim.ends[1]}."
            if aim.ends
            else "The brighter, the more. What speaks against it isn't shown by this method."
        )
    )
    if explanation is not None and not isinstance(explanation, str):
        rows, columns = explanation.values.shape
        where = f"Layer {explanation.layer}" if explanation.layer else "The picture itself"
        clipped = (
            "" if explanation.layer else " So that a few pixels don't outshine all others, the colours end before them."
        )
        st.markdown(f"{where}: a map of {rows}×{columns} values, enlarged to the picture.{clipped}")
    st.latex(aim.method.formula)
    st.caption(f"Reference: {aim.method.reference}")
