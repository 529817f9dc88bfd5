"""What the Inspect page shows with a network that looks for no face: the photo, the box on it, and the answer."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.app_pages.inspect import answer
from dashboard.drawing import pictures
from dashboard.drawing.words import duration, strongest
from dashboard.pickers.by_hand import enter_box, photo_with_pen
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through
from dashboard.services import photos
from dashboard.subject import Photo, Subject
from dashboard.tasks.task import View
from dashboard.widgets.downloads import download_png
from models import Card

CROP_WIDTH = 132
"""Pixels of what the network gets, as the page shows it."""


def show(subject: Subject, card: Card) -> None:
    """Show the photo, on which a box can be drawn, and beside it the answer and which part of it led there."""
    view = look_through(subject)
    network = await_network(subject.network_name)
    photo_column, answer_column = st.columns(2, gap="medium")
    with photo_column, st.container(key="main_picture"):
        _photo(subject)
    with answer_column:
        places = answer.show_answer(subject, view, card)
        more = st.container()
    if network.spatial_layers:
        answer.show_why(subject, view, places)
    with more:
        _input(subject, view, card)
    with st.expander("How to read this", icon=":material/info:", key="inspect_details"):
        st.markdown(
            "The network looks at the whole photo, or at the box that you drag on it, and picks one of its "
            "classes. Unless it was taught a class for “none of these”, one of them wins whatever it is shown. The "
            "bars show how it spreads its belief."
        )
        st.markdown("\n".join(f"- {line}" for line in [f"Network: {card.title}", *card.limits]))


def _photo(subject: Subject) -> None:
    image, photo = subject.image, subject.photo
    draft = None
    if not subject.is_whole:
        (draft,) = pictures.face_regions((image.shape[1], image.shape[0]), [subject.area], ["The box"])
    photo_with_pen(photo, image, "Area", draft, ". Drag a box on it for the network to look at")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Drag a box on the photo to have the network look at that part only.")
        if not subject.is_whole:
            st.button(
                "Whole photo",
                icon=":material/fullscreen:",
                key="whole_photo",
                on_click=state.forget_area,
                args=(photo.id,),
            )
        with st.popover("Enter a box", icon=":material/crop_free:"):
            enter_box(photo, image, "Area")


def _input(subject: Subject, view: View, card: Card) -> None:
    """Show what the network gets, and say what was left out above."""
    shares = subject.face.emotion
    others = len(shares) - len(strongest(shares, answer.TOP))
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.image(
            pictures.enlarge(view.pixels, 2 * CROP_WIDTH, is_smooth=max(view.size) > CROP_WIDTH),
            width=CROP_WIDTH,
            alt=f"{view.noun.capitalize()} as the network gets it: {view.words}",
        )
        with st.container(gap="xxsmall", width="stretch"):
            st.caption(
                f"What the network sees: {view.words}. It answered in "
                f"{duration(sum(subject.analysis.seconds.values()))}."
                + (f" {others} more classes are not shown." if others else "")
            )
            st.caption(_drawing_words(subject.photo, card))
            download_png(
                "What it gets", lambda: pictures.as_rgb(view.pixels), subject.title, "input", key="download_crop"
            )


def _drawing_words(photo: Photo, card: Card) -> str:
    """Say that a sample is a drawing and where real pictures are; "" for any other photo."""
    if photo.source != "Sample" or photo.name not in {one.title for one in photos.DRAWINGS}:
        return ""
    learnt = f" It learned from real pictures: {card.data['name']}." if "name" in card.data else ""
    return f"This sample is a drawing, so the answer says little about how good the network is.{learnt}"
