"""What pages show: the photo with its faces, walls of channels, maps over faces, with colour bars and downloads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from dashboard import figures, pictures, state
from dashboard.controls import EXPRESSION_TASK, Look, Subject
from dashboard.hotspots import hotspots
from dashboard.inputs import View
from dashboard.jobs import Run

FACE_SIDE = 576
"""Pixels of a side of the enlarged face under a map."""


def subject_bar(subject: Subject, view: View) -> None:
    """One row that says what the page is about: what the network gets, whose it is, and the answer or what it is."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="subject_bar"):
        picture = pictures.enlarge(view.pixels, 144, is_smooth=view.pixels.shape[0] > 144)
        st.image(picture, width=72, alt=f"{view.noun.capitalize()} as the network gets it")
        with st.container(gap="xxsmall", width="stretch"):
            faces = len(subject.analysis.faces)
            st.markdown(f"**{subject.photo.name}**" + (f", face {subject.index + 1}" if faces > 1 else ""))
            is_read = view.task == EXPRESSION_TASK
            st.caption(f"The network says: {verdict(subject)}" if is_read else f"The network gets: {view.words}.")


def verdict(subject: Subject) -> str:
    """The network's answer in a few words: "happy, 93 %", or "uncertain (sad 31 %)"."""
    share = figures.percent(subject.face.emotion[subject.winner])
    if subject.face.expression == subject.winner:
        return f"{subject.winner}, {share}"
    return f"{subject.face.expression} ({subject.winner} {share})"


def channel_wall(subject: Subject, activations: np.ndarray, layer: str, channel: int, look: Look) -> None:
    """Shows all channels of a layer side by side on one scale; a click chooses a channel."""
    from interp import render

    height, width, count = activations.shape
    columns = pictures.wall_columns(count)
    mosaic, is_map = pictures.wall(activations, columns)
    picture = pictures.wall_picture(render.colorize(mosaic, palette=look.palette, signed=look.is_signed), is_map)
    hotspots(
        pictures.png(picture),
        (picture.shape[1], picture.shape[0]),
        pictures.wall_regions((height, width, count), columns, [f"Channel {number}" for number in range(count)]),
        key="channel_wall",
        alt=f"{count} maps of layer {layer}, {columns} in a row, on one scale",
        on_pick=_pick_channel,
        chosen=channel,
        is_framed=False,
        is_pixelated=True,
        mime="image/png",
    )
    show_colour_bar(activations, look, "Activation, one scale for all channels")
    download_png("All channels", lambda: picture, subject.title, layer, "channels", key="download_wall")


def _pick_channel(index: int) -> None:
    st.session_state[state.CHANNEL] = index


def channel_large(subject: Subject, view: View, values: np.ndarray, layer: str, channel: int, look: Look) -> None:
    """Shows one channel over what the network gets, with its own scale."""
    picture = map_overlay(view, values, look)
    st.image(picture, width="stretch", alt=f"Channel {channel} of layer {layer} over {view.noun}")
    if values.any():
        show_colour_bar(values, look, f"Activation of channel {channel}, its own scale; faint means near 0")
    else:
        st.info("This channel is zero everywhere: its pattern is nowhere here.", icon=":material/info:")
    download_png("Channel", lambda: picture, subject.title, layer, f"channel {channel}", key="download_channel")


def dream_progress(view: View, run: Run | None) -> None:
    """Shows a run: its newest frame beside the picture it started from, progress, and Cancel or a download."""
    settings = run.settings if run is not None else {}
    face = settings["face"] if run is not None else view.enlarged(FACE_SIDE)
    start_column, now_column = st.columns([2, 3], gap="medium")
    start_column.markdown("**Start**")
    start_column.image(_face(face), width="stretch", alt="The picture that the dream starts from")
    now_column.markdown("**Dream**")
    frame = run.result if run is not None else None
    picture = _face(frame.image if frame is not None else face)
    now_column.image(picture, width="stretch", alt="The dream so far" if frame is not None else "Nothing dreamt yet")
    if run is None:
        st.caption("Nothing dreamt yet: the picture is still as it was. Choose what to strengthen and start.")
        return
    if run.status == "failed":
        st.error(f"{run.error} Try fewer octaves or another layer.", title="The dream stopped", icon=":material/error:")
        return
    st.progress(run.progress, text=_dream_state(run))
    st.caption(f"{settings['title']}: {settings['aim']}")
    with st.container(horizontal=True, gap="small"):
        if run.is_active:
            st.button("Cancel", key="cancel_dream", icon=":material/stop:", on_click=run.cancel)
        elif frame is not None:
            download_png("Dream", lambda: picture, settings["title"], settings["aim"], "dream", key="download_dream")


def _dream_state(run: Run) -> str:
    if run.status == "waiting":
        return "Getting ready…"
    step = f"step {run.done} of {run.total}" if run.total else "before the first step"
    if run.status == "cancelled":
        return f"Cancelled at {step}; the last picture is kept."
    if run.status == "done":
        return f"Done: {run.total} steps in {run.seconds:.1f} s."
    left = f", about {run.seconds_left:.0f} s left" if run.seconds_left else ""
    return f"Octave {run.result.octave + 1}, {step}{left}"


def _face(image: np.ndarray) -> np.ndarray:
    return pictures.as_rgb(pictures.enlarge(np.squeeze(image), FACE_SIDE))


def map_overlay(view: View, values: np.ndarray, look: Look, limit: float | None = None) -> np.ndarray:
    """Returns what the network gets, enlarged, with a map over it, RGB uint8."""
    from interp import render

    face = view.enlarged(FACE_SIDE)
    return render.overlay(face, values, opacity=look.opacity, palette=look.palette, signed=look.is_signed, limit=limit)


def show_colour_bar(
    values: np.ndarray,
    look: Look,
    title: str,
    ends: tuple[str, str] | None = None,
    limit: float | None = None,
) -> None:
    """Shows the scale of a map that is drawn with this look; `ends` puts words to its two ends."""
    from interp import render

    low, high = render.limits(values if limit is None else np.array([limit]), signed=look.is_signed)
    st.html(figures.colour_bar(render.palette_stops(look.palette), low, high, title, ends))


def download_png(label: str, image: Callable[[], np.ndarray], *parts: str, key: str) -> None:
    """A button that encodes and delivers the picture when it is clicked, under a speaking file name."""
    st.download_button(
        label,
        data=lambda: pictures.png(image()),
        file_name=pictures.file_name(*parts),
        mime="image/png",
        on_click="ignore",
        icon=":material/download:",
        key=key,
    )
