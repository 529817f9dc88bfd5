"""Concepts: what the network's last layer is made of, where each part is on this face, and what it carries."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from dashboard.drawing import pictures
from dashboard.drawing.look import Look
from dashboard.drawing.words import percent, share, three_digits
from dashboard.pickers.look import choose_look, look_drawer
from dashboard.services import concepts
from dashboard.services.concepts import ShippedConcepts
from dashboard.subject import Subject
from dashboard.tasks.task import Goal, View
from dashboard.widgets.downloads import download_png
from dashboard.widgets.maps import show_colour_bar
from interp import ConceptExplanation, render

CARD_WIDTH = 170
"""Pixels of the page that a concept takes at least."""
FOR, AGAINST = "#d6614e", "#4493c3"
"""Of the signed maps' palette, a quarter before its ends, which are too dark on black."""
SIDE = 192
"""Pixels of a side of a dreamed picture and of the face under its map."""


def show_concepts(subject: Subject, view: View, goal: Goal) -> None:
    """Show each concept of a network: a dreamed picture, its map over this face, and what it carries."""
    shipped = concepts.concepts_of(subject.network_name)
    if shipped is None:
        st.info("This network has no concepts yet: nobody has looked for them.", icon=":material/info:")
        return
    with st.skeleton(height=420):
        found = concepts.carried(subject.network_name, view.pixels, shipped.found, goal.target)
    place = st.container(key="main_picture")
    with look_drawer():
        look = choose_look(is_signed=False)
    with place:
        st.markdown(strongest_sentence(shipped, found, goal, view.labels))
        sheet = _cards(view, shipped, found, look)
    download_png("Concepts", lambda: sheet, subject.title, "concepts", goal.words, key="download_concepts")


def strongest_sentence(shipped: ShippedConcepts, found: ConceptExplanation, goal: Goal, labels: tuple[str, ...]) -> str:
    """Say in plain words which concept carries most of a goal, and what the network would say without it."""
    best = int(found.drops.argmax())
    if found.drops[best] <= 0:
        return f"No concept supports {goal.quoted} on this face: take any of them away and the score rises."
    before, without = labels[int(found.answer.argmax())], found.without[best]
    after = labels[int(without.argmax())]
    left = f"{'still be' if after == before else 'be'} {after} ({percent(float(without.max()))})"
    return (
        f"**“{shipped.name(best)}” matters most for {goal.quoted} on this face.** Without it, the score falls by "
        f"{_two_digits(float(found.drops[best]))} of {_two_digits(found.score)}, and the top answer would {left}."
    )


def explain_concepts(shipped: ShippedConcepts | None) -> None:
    """Say how to read the concepts, and what they were found in."""
    if shipped is None:
        return
    found = shipped.found
    st.markdown(
        "A layer answers each place of a face with one number for each channel. Over many faces these numbers are "
        f"nearly a sum of a few **concepts**, each a fixed mixture of channels; here {len(found)}. **Left** in each "
        "pair stands a picture dreamed by the network: what drives the concept most. **Right** is where the concept is "
        "on this face, the brighter, the more; all maps share one scale. The **bar** is how far the score falls when "
        "the concept is taken out of the layer and the rest of the network runs on; to the left of the line stands "
        "what speaks against it."
    )
    st.markdown(
        "**The names are ours**, given by looking at the maps and at what the faces have in common where a concept is "
        "strongest. The network knows no names, and a concept need not be what its name says."
    )
    st.latex(r"A \approx U D,\quad U, D \ge 0, \qquad \Delta_k = y(A) - y(A - u_k d_k)")
    st.caption(
        f"Layer {found.layer}, {found.pictures:,} of {shipped.data}, seed {found.seed}. The concepts hold "
        f"{share(1 - found.error**2, 0)} of the layer's activations (of their squares); what they leave over is in "
        "none of them. Reference: Fel et al. 2023, arXiv:2211.10154"
    )


def _cards(view: View, shipped: ShippedConcepts, found: ConceptExplanation, look: Look) -> np.ndarray:
    """Draw a card for each concept, the one that carries most first; return all pictures as one."""
    face, limit = view.enlarged(SIDE), float(found.maps.max()) or 1.0
    order = np.argsort(-found.drops, kind="stable")
    low, high = float(found.drops.min(initial=0)), float(found.drops.max(initial=0))
    drawn, names = [], []
    with st.grid(4, gap="small", min_column_width=CARD_WIDTH):
        for number in map(int, order):
            name, values, drop = shipped.name(number), found.maps[..., number], float(found.drops[number])
            dreamed = pictures.as_rgb(pictures.enlarge(np.squeeze(shipped.dreams[number]), SIDE))
            over = render.overlay(face, values, opacity=look.opacity, palette=look.palette, limit=limit)
            drawn.append(np.concatenate([dreamed, over], axis=1))
            names.append(f"{name} {_two_digits(drop)}")
            with st.container(gap="xxsmall"):
                st.markdown(f"**{name[0].upper()}{name[1:]}**")
                strength = f"at most {three_digits(float(values.max()))}" if values.any() else "not there at all"
                st.image(drawn[-1], width="stretch", alt=f"{name}: dreamed, and where it is on the face, {strength}")
                st.html(drop_bar(drop, low, high))
                st.caption(_usual(shipped, number))
    show_colour_bar(found.maps, look, "How strongly a concept shows up, same scale for all", ("none", "most"), limit)
    return pictures.sheet(drawn, names, 4, SIDE)


def drop_bar(drop: float, low: float, high: float) -> str:
    """Return the HTML of a bar from zero to a drop, on a scale from the least drop to the greatest."""
    span = high - low or 1.0
    left, zero, width = (min(drop, 0.0) - low) / span, -low / span, abs(drop) / span
    colour = FOR if drop >= 0 else AGAINST
    words = escape(f"Without it the score {'falls' if drop >= 0 else 'rises'} by {_two_digits(abs(drop))}")
    return (
        f'<div role="img" aria-label="{words}" title="{words}" '
        'style="display:flex;align-items:center;gap:0.5rem;font-size:0.8125rem">'
        '<div style="position:relative;flex:1;height:0.75rem;border-radius:0.25rem;background:rgba(128,128,128,0.18)">'
        f'<div style="position:absolute;top:0;bottom:0;left:{left:.1%};width:{width:.1%};background:{colour}"></div>'
        f'<div style="position:absolute;top:-2px;bottom:-2px;left:{zero:.1%};width:1px;background:currentColor"></div>'
        '</div><span style="min-width:2.75em;text-align:right;font-variant-numeric:tabular-nums">'
        f"{_two_digits(drop)}</span></div>"
    )


def _two_digits(drop: float) -> str:
    return f"{drop:.2f}".replace("-0.00", "0.00").replace("-", "−")


def _usual(shipped: ShippedConcepts, number: int) -> str:
    """Say which class a concept carries most, over all faces that it was found in."""
    importance = shipped.found.importance[number]
    best = int(np.nanargmax(importance))
    unnamed = "" if shipped.names[number] else "not named yet · "
    return f"{unnamed}usually for {shipped.labels[best]}"
