"""What became of teaching: how the network does on pictures that were held back, and what it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from dashboard import app_pages, state
from dashboard.app_pages.networks import charts
from dashboard.app_pages.networks.charts import Curve as Drawn
from dashboard.app_pages.networks.errors import confusions
from dashboard.drawing import pictures
from dashboard.drawing.scores import interval, scores
from dashboard.drawing.words import percent, unbroken
from dashboard.pickers.photo import bring
from dashboard.services import own_networks
from dashboard.services.own_networks import OwnNetwork
from dashboard.services.teaching import METHOD, Change, Outcome, Shown
from dashboard.subject import Photo
from dashboard.widgets.chart import draw_chart
from dashboard.widgets.gallery import Tile, gallery
from dashboard.widgets.maps import show_scale
from interp import METHODS, render
from models.teaching import LEAST_FOR_HOLDING, Curve

WHY = Path(app_pages.__path__[0]) / "attribution" / "page.py"
TILE = 224
"""Pixels of a side of a picture under its map."""
PICKED = "taught_picked"
"""The session key of whether a picture was chosen just now."""
CHOSEN = "taught_chosen"
"""The session key of whether the network was chosen just now."""
REVEALED = "taught_revealed"
"""The session key of the changes of the lesson that were asked for."""


def show_curve(curve: Curve) -> None:
    """Draw how the share of right answers rises, step by step."""
    draw_chart(
        charts.learning(Drawn("", curve.taught, curve.held_out, True), ("Held back", "Taught"), "Step"),
        "taught_curve",
        f"Share of right answers over {len(curve.loss)} steps, at the end {percent(curve.taught[-1])} of the pictures "
        "that it is taught with",
    )


def show_outcome(outcome: Outcome, curve: Curve) -> None:
    """Show a network that was taught: its score, its maps, where to go with it, and how it came about."""
    own = outcome.own
    block = scores(own.card)[1]
    st.subheader(own.card.title, anchor=False)
    st.markdown(score_sentence(outcome))
    for sentence in notes(outcome):
        st.caption(sentence)
    if outcome.changes is not None:
        _show_lesson(outcome.changes)
    else:
        _show_maps(outcome.shown)
    _offer(outcome)
    with st.expander("How it learned, and what it mistakes", icon=":material/query_stats:", key="taught_details"):
        curve_column, matrix_column = st.columns(2, gap="large")
        with curve_column:
            show_curve(curve)
        if matrix := block.get("confusion"):
            with matrix_column:
                mistakes = confusions(matrix, own.card.labels)
                draw_chart(
                    charts.confusion(matrix, own.card.labels, is_normalised=False, what="pictures").update_layout(
                        height=100 + 60 * len(matrix)
                    ),
                    "taught_confusion",
                    "Confusion matrix of the pictures held back: " + ("; ".join(mistakes) or "no mistake"),
                )


def score_sentence(outcome: Outcome) -> str:
    """Say how many of the pictures that were held back are right, and how sure that is."""
    block = scores(outcome.own.card)[1]
    if not block:
        return "No picture was held back, so there is no telling how good it is."
    count = block["pictures"]
    right = round(block["accuracy"] * count)
    return unbroken(
        f"**{right} of {count} pictures that it had not seen are right** ({percent(block['accuracy'])}). From so few, "
        f"the true share may be anything from {interval(block)}."
    )


def notes(outcome: Outcome) -> list[str]:
    """Return what else is to be said: classes of which none was held back, pictures left out, bursts."""
    few = [
        f"“{label}”"
        for label, held, taught in zip(outcome.labels, outcome.held_out, outcome.taught, strict=True)
        if not held and taught < LEAST_FOR_HOLDING
    ]
    told = []
    if few:
        told.append(
            f"{', '.join(few)}: fewer than {LEAST_FOR_HOLDING} pictures, too few to hold one back, so the share says "
            "nothing about it."
        )
    if outcome.left_out:
        told.append(f"{outcome.left_out} pictures were left out, because no face was found in them.")
    if any(outcome.held_out) and outcome.changes is None:
        told.append(
            "One in five pictures of each class was held back. Pictures of one burst look alike, so the share flatters "
            "a network that was taught with bursts."
        )
    return told


# Maps ----------------------------------------------------------------------------------------------------------------


def _show_maps(shown: Sequence[Shown]) -> None:
    """Show pictures under their maps; a click on one asks why."""
    if st.session_state.pop(PICKED, False):
        st.rerun()  # the photo stands above the page
    st.markdown("**What it looks at.** The picture that you click is the photo on every page.")
    photo: Photo = st.session_state[state.PHOTO]
    ids = [photo_of(one).id for one in shown]
    gallery(
        [Tile(_overlay(one), _words(one), _caption(one), "" if one.is_held_out else "taught with it") for one in shown],
        key="taught_maps",
        alt="Pictures under the maps of the evidence for their class",
        width=150,
        on_pick=lambda index: _pick(shown[index]),
        chosen=ids.index(photo.id) if photo.id in ids else None,
    )
    title = f"{METHODS[METHOD].label}: evidence for the class, each map on its own scale"
    show_scale(title, ("none", "most"))


def _overlay(shown: Shown, limit: float | None = None) -> np.ndarray:
    picture = pictures.enlarge(shown.pixels, TILE)
    return render.overlay(picture, shown.values, 0.75, limit=limit)


def _caption(shown: Shown) -> str:
    return unbroken(f"{shown.winner}, {percent(shown.shares[shown.winner])}")


def _words(shown: Shown) -> str:
    map_words = f"map of what speaks for “{shown.mapped}”"
    return f"{shown.picture.name}, of “{shown.label}”: the network says {_caption(shown)}; {map_words}"


def photo_of(shown: Shown) -> Photo:
    """Return a picture as the photo that all pages look at."""
    return Photo(shown.picture.name, shown.picture.data, "Upload")


def _pick(shown: Shown) -> None:
    """Callback: make a picture the photo of all pages."""
    bring(photo_of(shown))
    st.session_state[PICKED] = True


# Where to go ---------------------------------------------------------------------------------------------------------


def _offer(outcome: Outcome) -> None:
    """Draw the ways on."""
    own = outcome.own
    if st.session_state.pop(CHOSEN, False):
        st.rerun()  # the picker stands above the panel
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.session_state.get(state.NETWORK) != own.name:
            st.button("Choose it", key="choose_taught", icon=":material/check:", on_click=_choose, args=(own,))
        elif WHY in app_pages.find_pages():
            with st.container(border=True, width="content", key="taught_why"):
                st.page_link(WHY, label="**Ask why**", icon=":material/arrow_forward:")
        st.download_button(
            "Network (.keras)",
            outcome.file,
            f"{own.name}.keras",
            "application/octet-stream",
            on_click="ignore",
            icon=":material/download:",
            key="taught_file",
        )
        st.download_button(
            "Labels",
            "\n".join(outcome.labels) + "\n",
            f"{own.name}-labels.txt",
            "text/plain",
            on_click="ignore",
            icon=":material/download:",
            key="taught_labels",
        )
    st.caption(f"It stands in the network picker as `{own.name}`, and every page opens it.")


def _choose(own: OwnNetwork) -> None:
    """Callback: choose the network, which may have been removed from the picker."""
    if own.name not in own_networks.of_session():
        own_networks.keep(own)
    st.session_state[state.NETWORK] = own.name
    st.session_state[CHOSEN] = True


# The shortcut lesson -------------------------------------------------------------------------------------------------


def _show_lesson(changes: tuple[Change, Change]) -> None:
    """Show what the network of the lesson rests on: nothing but the mark."""
    covered, stamped = changes
    marked, plain = covered.before.label, stamped.before.label
    st.markdown(
        f"Both days show the same things, yet it tells {plain} from {marked} every time. **What did it learn?** "
        f"The map shows the evidence for {marked}: a mark that the camera stamped in the corner."
    )
    revealed: set[str] = st.session_state.setdefault(REVEALED, set())
    with st.container(horizontal=True):
        for name, label in (("cover", "Cover the mark"), ("stamp", f"Put the mark on {plain}")):
            st.button(label, key=f"lesson_{name}", on_click=revealed.add, args=(name,), disabled=name in revealed)
    limit = max(float(np.abs(one.values).max()) for one in (covered.before, stamped.after)) or None
    grid = st.grid(2, gap="medium", min_column_width=300)
    for name, change, words in (
        ("cover", covered, f"the answer falls: {covered.flipped} of {covered.count} become {plain}"),
        ("stamp", stamped, f"the answer flips: {stamped.flipped} of {stamped.count} become {marked}"),
    ):
        with grid.cell(), st.container(key=f"lesson_pictures_{name}"):
            sides = [change.before, *([change.after] if name in revealed else [])]
            gallery(
                [
                    tile
                    for when, one in zip(("before", "after"), sides, strict=False)
                    for tile in (
                        Tile(pictures.enlarge(one.pixels, TILE), f"{one.picture.name}, {when}", _caption(one)),
                        Tile(_overlay(one, limit), _words(one), f"for {one.mapped}"),
                    )
                ],
                key=f"lesson_gallery_{name}",
                alt=f"A picture of {change.before.label} and its map, as it is and, once asked for, changed",
                width=132,
            )
            if name in revealed:
                st.markdown(f"{'Covered' if name == 'cover' else 'Stamped'}, {words}.")
    if len(revealed) == 2:
        st.markdown(
            "A test on more pictures from the same camera would never have shown this: they carry the mark as well. "
            "Only the map, and a change of the picture, do."
        )
