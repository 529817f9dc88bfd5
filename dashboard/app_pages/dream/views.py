"""What the Dream page shows: one picture on its way, the ladder of regularisations, the atlas of a layer's channels."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
import streamlit as st
from PIL import Image

from dashboard import state
from dashboard.app_pages.dream import results
from dashboard.app_pages.dream.settings import DREAM_KIND, DREAM_START, DREAM_STEP, NOISE_STEP
from dashboard.drawing import pictures
from dashboard.drawing.words import time_left
from dashboard.services import explanations
from dashboard.services.runs import Run, show_progress
from dashboard.tasks.task import View
from dashboard.widgets.downloads import download_file, download_png
from dashboard.widgets.gallery import Tile, gallery
from dashboard.widgets.maps import FACE_SIDE
from interp import Atlas, Frame, render
from interp.dream import channel

DREAM_LENS = "dream"
DREAM_FRAME = "dream_frame"

LENSES = {"picture": "One picture", "ladder": "Four recipes", "atlas": "Atlas"}
RUNGS = {
    "none": ("No help", "Every pixel for itself: fine noise that only the network understands."),
    "total variation": ("Total variation", "Neighbouring pixels should be alike: smoother."),
    "jitter": (
        "… and jitter",
        "The picture moves a little before each step, so no pattern can depend on single pixels.",
    ),
    "fourier": ("… and Fourier", "Waves are changed instead of pixels: coarse and fine patterns grow equally."),
}
"""Name and meaning of each rung of interp.dream.LADDER."""
START_WIDTH = 160
"""Pixels of a side of what a dream started from, beside the dream."""
GIF_SIDE = 288
GIF_MILLISECONDS = 90
LAST_MILLISECONDS = 1500
LADDER_SIDE = 288
ATLAS_TILE = 88

READING = {
    "picture": (
        "At each step every pixel changes a little so that the chosen part of the network responds more strongly. "
        "It starts on a coarse scale and moves on to finer ones, called octaves, so that large and small patterns "
        "both grow. What appears is what that part looks for, not what is on the photo: early layers draw edges and "
        "textures, late layers parts of faces. A dream of an answer raises its score, often by marks that no person "
        "would recognise. Drag the slider below the dream to watch it grow."
    ),
    "ladder": (
        "The same dream by four recipes, from the same start and with the same seed. Without any help it turns into "
        "fine noise, which excites the network and means nothing to us. Each recipe adds one rule to the one before: "
        "neighbouring pixels should be alike; the pattern must survive small shifts; coarse and fine waves grow "
        "equally."
    ),
    "atlas": (
        "Each small picture began as the same noise and was changed until one channel of the layer answered as much "
        "as it could: it is what that channel looks for, whatever the photo. Early layers show edges and stripes, "
        "later ones corners, textures and parts of faces. Click one to dream it large."
    ),
}
DETAILS = {
    "picture": (
        "- Objective of a layer: the mean square of all its activations; of a channel: its mean; of a unit: its value; "
        "of an answer: its score before softmax or sigmoid.\n"
        "- Step: x ← x + size × gradient / mean |gradient|, with a random shift before each."
    ),
    "ladder": (
        "- Objective − weight × total variation, the sum of |differences of neighbours|; random shifts of a sixteenth "
        "of the side; x = inverse Fourier transform of the parameters, scaled by 1 / frequency."
    ),
    "atlas": (
        "- Objective of channel k: its mean over the map. Fourier parameters, jitter, total variation; 24 steps for "
        "each octave, all channels from one seed."
    ),
}


# One picture ---------------------------------------------------------------------------------------------------------


def dream_progress(view: View) -> None:
    """Show the run's picture; beside it progress, Cancel or downloads, and what it started from."""
    run = results.DREAM.run
    settings = run.settings if run is not None else {}
    start = settings.get("start", view.enlarged(FACE_SIDE))
    frames: list[np.ndarray] = settings.get("frames", [])
    is_noise = isinstance(start, str)
    if is_noise:
        start = frames[0] if frames else None
    now_column, beside_column = st.columns(2, gap="large")
    with now_column:
        slot = st.container()
        if run is not None and not run.is_active and len(frames) > 1:
            number = st.slider(
                "Frame", 1, len(frames), len(frames), key=DREAM_FRAME, help="Moves through the frames of the dream."
            )
            picture = _large(frames[min(number, len(frames)) - 1])
        elif run is not None and run.result is not None:
            picture = _large(run.result.image)
        else:
            picture = _large(start if start is not None else view.enlarged(FACE_SIDE))
        alt = "The dream so far" if run is not None and run.result is not None else "Nothing dreamt yet"
        slot.image(picture, width="stretch", alt=alt)
    with beside_column:
        if run is None:
            st.markdown("No dream yet: the picture is still as it was. Press **Start dreaming**.")
        elif run.status == "failed":
            st.error(
                f"{run.error} Try fewer octaves or another layer.", title="The dream stopped", icon=":material/error:"
            )
        else:
            show_progress(run, dream_state(run), "dream")
            st.caption(f"{settings['title']}: {settings['aim']}")
            if not run.is_active and run.result is not None:
                _dream_downloads(settings["title"], settings["aim"], picture, frames)
        if start is not None:
            st.image(_large(start, START_WIDTH), width=START_WIDTH, alt="What the dream starts from")
        st.caption("It started as noise." if is_noise else "What it starts from.")


def _dream_downloads(title: str, aim: str, picture: np.ndarray, frames: Sequence[np.ndarray]) -> None:
    parts = (title, aim, "dream")
    with st.container(horizontal=True, gap="small"):
        download_png("Dream", lambda: picture, *parts, key="download_dream")
        download_file(
            "GIF",
            lambda: gif(frames),
            *parts,
            suffix="gif",
            key="download_gif",
            icon=":material/movie:",
            disabled=len(frames) < 2,
        )


def dream_state(run: Run[Frame] | Run[dict[str, Frame]]) -> str:
    """Say in words how far a dream is."""
    if run.status == "waiting":
        return "Getting ready…"
    step = f"step {run.done} of {run.total}" if run.total else "before the first step"
    if run.status == "cancelled":
        return f"Cancelled at {step}; the last picture is kept."
    if run.status == "done":
        return f"Done: {run.total} steps in {run.seconds:.1f} s."
    octave = f"Octave {run.result.octave + 1}, " if isinstance(run.result, Frame) else ""
    return f"{octave}{step}{time_left(run.seconds_left)}"


def gif(frames: Sequence[np.ndarray]) -> bytes:
    """Make a GIF of the frames, all of one size; the last one stays a while."""
    steps = [Image.fromarray(pictures.as_rgb(pictures.enlarge(np.squeeze(frame), GIF_SIDE))) for frame in frames]
    buffer = io.BytesIO()
    durations = [GIF_MILLISECONDS] * (len(steps) - 1) + [LAST_MILLISECONDS]
    steps[0].save(buffer, format="GIF", save_all=True, append_images=steps[1:], duration=durations, loop=0)
    return buffer.getvalue()


def _large(image: np.ndarray, side: int = FACE_SIDE) -> np.ndarray:
    return pictures.as_rgb(pictures.enlarge(np.squeeze(image), side))


# The ladder ----------------------------------------------------------------------------------------------------------


def ladder_progress() -> None:
    """Show the rungs of a ladder side by side, progress, and Cancel or a download."""
    run = results.LADDER.run
    if run is not None and run.status == "failed":
        st.error(f"{run.error} Try another layer.", title="The dream stopped", icon=":material/error:")
        return
    found = (run.result if run is not None else None) or {}
    grid = st.grid(4, gap="small", min_column_width=140)
    for rung, (name, meaning) in RUNGS.items():
        with grid.cell():
            st.markdown(f"**{name}**")
            if rung in found:
                large = pictures.as_rgb(pictures.enlarge(np.squeeze(found[rung].image), LADDER_SIDE))
                st.image(large, width="stretch", alt=f"The dream by this recipe: {name}")
            st.caption(meaning)
    if run is None:
        st.caption("No dream yet. All four start from the same picture; each recipe adds one rule.")
        return
    show_progress(run, _ladder_state(run, len(found)), "ladder")
    st.caption(f"{run.settings['title']}: {run.settings['aim']}")
    if found and not run.is_active:
        titles = [RUNGS[rung][0] for rung in found]
        images = [np.squeeze(frame.image) for frame in found.values()]
        download_png(
            "All four",
            lambda: render.strip(images, titles, height=LADDER_SIDE),
            run.settings["title"],
            run.settings["aim"],
            "ladder",
            key="download_ladder",
        )


def _ladder_state(run: Run[dict[str, Frame]], rungs: int) -> str:
    if run.status == "running":
        return f"Recipe {max(1, rungs)} of {len(RUNGS)}, step {run.done} of {run.total}{time_left(run.seconds_left)}"
    return dream_state(run)


# The atlas -----------------------------------------------------------------------------------------------------------


def atlas_progress() -> None:
    """Show what each channel of a layer likes best; a click dreams that channel large."""
    run = results.ATLAS.run
    if run is not None and run.status == "failed":
        st.error(f"{run.error} Try another layer.", title="The atlas stopped", icon=":material/error:")
        return
    if run is None:
        st.caption(
            "Nothing here yet. Press **Render the atlas** for one small picture of each channel, all from noise."
        )
        return
    network_name, layer = run.settings["place"]
    show_progress(run, _atlas_state(run), "atlas")
    found = run.result
    if found is None:
        return

    def pick(index: int) -> None:
        dream_channel(network_name, layer, found.channels[index])

    st.markdown(f"**{layer}**: click a channel to dream it large.")
    gallery(
        [
            Tile(np.squeeze(image), f"Channel {number} of {layer}", str(number))
            for number, image in zip(found.channels, found.images, strict=True)
        ],
        key="atlas",
        alt=f"What {found.done} channels of {layer} like best",
        width=ATLAS_TILE,
        on_pick=None if run.is_active else pick,
    )
    if not run.is_active:
        download_png("Atlas", lambda: sheet(found.images), network_name, layer, "atlas", key="download_atlas")


def _atlas_state(run: Run[Atlas]) -> str:
    channels = f"{run.done} of {run.total} channels"
    if run.status == "waiting":
        return "Getting ready…"
    if run.status == "cancelled":
        return f"Cancelled at {channels}; what is there is kept."
    if run.status == "done":
        return f"Done: {run.total} channels in {run.seconds:.1f} s."
    return f"{channels}{time_left(run.seconds_left)}"


def sheet_columns(count: int) -> int:
    """Return how many pictures stand in a row: a little wider than high, and whole rows where that is near."""
    ideal = math.ceil(math.sqrt(count * 1.2))
    near = [columns for columns in range(max(1, ideal - 2), ideal + 5) if count % columns == 0]
    return min(near, key=lambda columns: abs(columns - ideal)) if near else ideal


def sheet(images: np.ndarray) -> np.ndarray:
    """Lay pictures (n, h, w, c) side by side on white, RGB uint8."""
    count, height, width = images.shape[:3]
    columns = sheet_columns(count)
    rows = -(-count // columns)
    canvas = np.full((rows * (height + 2) - 2, columns * (width + 2) - 2, 3), 255, np.uint8)
    for number, image in enumerate(images):
        top, left = number // columns * (height + 2), number % columns * (width + 2)
        canvas[top : top + height, left : left + width] = image
    return canvas


def dream_channel(network_name: str, layer: str, index: int) -> None:
    """Callback: show the view of one picture, and start to dream a channel there from noise."""
    for key, value in (
        (DREAM_LENS, "picture"),
        (DREAM_KIND, "Channel"),
        (DREAM_START, "noise"),
        (state.LAYER, layer),
        (state.CHANNEL, index),
    ):
        st.session_state[key] = st.session_state[state.CHOICES][key] = value
    settings = explanations.noise_settings(network_name) | {"step_size": 4 * DREAM_STEP * NOISE_STEP}
    title = f"{network_name}, from noise"
    results.DREAM.put(results.start_dream(network_name, "noise", channel(layer, index), settings, title))
    st.session_state.pop(DREAM_FRAME, None)
