"""What the Inspect page shows with a network that looks for no face: the photo, the box on it, and the answer."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.drawing import figures, pictures
from dashboard.drawing.words import duration, percent, strongest, unbroken
from dashboard.pickers.by_hand import add_drawn, enter_box
from dashboard.pickers.subject import look_through
from dashboard.services import photos
from dashboard.subject import Photo, Subject
from dashboard.widgets.downloads import download_png
from dashboard.widgets.picture import BoxPen, picture_with
from models import Card

TOP = 5
"""Classes that are drawn; the rest is told in a line."""
CROP_WIDTH = 220
"""Pixels of what the network gets, as the page shows it."""


def show(subject: Subject, card: Card) -> None:
    """Show the photo, on which a box can be drawn, and beside it what the network gets and answers."""
    photo_column, answer_column = st.columns([3, 2], gap="large")
    with photo_column:
        _photo(subject)
    with answer_column:
        _answer(subject, card)
    with st.expander("How to read this", icon=":material/info:", key="inspect_details"):
        st.markdown(
            "The network looks at the whole photo, or at the box that you drag on it, and answers with one of its "
            "classes. Unless it was taught a class for “none of these”, one of them wins whatever it is shown. The "
            "bars show how it spreads its belief."
        )
        st.markdown("\n".join(f"- {line}" for line in [f"Network: {card.title}", *card.limits]))


def _photo(subject: Subject) -> None:
    image, photo = subject.image, subject.photo
    size = (image.shape[1], image.shape[0])
    draft = None
    if not subject.is_whole:
        (draft,) = pictures.face_regions(size, [subject.area], ["The box"])
    picture_with(
        [BoxPen(lambda drawn: add_drawn(photo, size, "Area", drawn), draft)],
        pictures.jpeg(image),
        size,
        key="photo_with_area",
        alt=f"Photo “{photo.name}”. Drag a box on it for the network to look at",
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.caption("Drag a box on the photo to let the network look at that alone.")
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


def _answer(subject: Subject, card: Card) -> None:
    view, face = look_through(subject), subject.face
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        with st.container(width=CROP_WIDTH, gap="xsmall"):
            st.image(
                pictures.enlarge(view.pixels, 2 * CROP_WIDTH, is_smooth=max(view.size) > CROP_WIDTH),
                width="stretch",
                caption="All the network gets",
                alt=f"{view.noun.capitalize()} as the network gets it: {view.words}",
            )
        with st.container(gap="xxsmall", width="stretch"):
            st.header(face.expression, anchor=False)
            st.markdown(_sentence(subject, card))
            st.caption(_drawing_words(subject.photo, card))
    shown = sorted(strongest(face.emotion, TOP), key=face.emotion.__getitem__, reverse=True)
    st.plotly_chart(
        figures.probabilities({name: face.emotion[name] for name in shown}, subject.winner),
        key="probabilities",
        config=figures.CHART_CONFIG,
        alt="Bar chart of the classes' probabilities: "
        + ", ".join(f"{name} {percent(face.emotion[name])}" for name in shown),
    )
    others = len(face.emotion) - len(shown)
    told = [f"{others} more classes share {percent(sum(face.emotion.values()) - sum(face.emotion[n] for n in shown))}"]
    took = f"answered in {duration(sum(subject.analysis.seconds.values()))}"
    st.caption(f"{'; '.join([*told, took] if others else [took.capitalize()])}.")
    with st.container(horizontal=True, gap="small"):
        download_png("What it gets", lambda: pictures.as_rgb(view.pixels), subject.title, "input", key="download_crop")


def _sentence(subject: Subject, card: Card) -> str:
    """Say how sure the network is, what comes next, and why the app may name nothing."""
    answer = subject.face.emotion
    (first, share), (second, next_share), *_ = sorted(answer.items(), key=lambda pair: pair[1], reverse=True)
    then = f"then {second}, {percent(next_share)}"
    if subject.face.expression == first:
        return unbroken(f"The network gives this {percent(share)}, {then}.")
    least = percent(card.thresholds["uncertain"])
    return unbroken(f"The strongest, {first}, gets {percent(share)}, {then}. Below {least} the app names none.")


def _drawing_words(photo: Photo, card: Card) -> str:
    """Say that a sample is a drawing and where real pictures are; "" for any other photo."""
    if photo.source != "Sample" or photo.name not in {one.title for one in photos.DRAWINGS}:
        return ""
    learnt = f" Real pictures are in the data that it learnt from: {card.data['name']}." if "name" in card.data else ""
    return f"This sample is a drawing: what the network says of it is not held against it.{learnt}"
