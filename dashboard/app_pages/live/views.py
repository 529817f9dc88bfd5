"""What the Live page shows: the camera's picture as the network reads it, or a short video file, over time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.app_pages.live import films, results, webrtc
from dashboard.app_pages.live.reader import ICE_SERVERS, STRONGEST, TIMELINE_SECONDS, Live, Now, Settings, ice_servers
from dashboard.app_pages.live.results import FILM
from dashboard.drawing import figures
from dashboard.drawing.words import percent, time_left
from dashboard.pickers.look import choose_look
from dashboard.pickers.network import await_network
from dashboard.pickers.switch import choose_one
from dashboard.services import networks
from dashboard.services.runs import POLL, Run, show_progress, wait_for, watch
from dashboard.tasks.expression import EXPRESSION, PREDICTED
from dashboard.tasks.task import Task
from dashboard.widgets.downloads import download_png, download_text
from dashboard.widgets.drawer import drawer
from dashboard.widgets.gallery import Tile, gallery
from interp import render
from models import video
from models.faces import tracking
from models.faces.tracking import HALF_LIFE
from models.pose.following import MOST_BODIES

LIVE_SOURCE = "watch"
LIVE_STREAM = "live_stream"
LIVE_FACE = "live_face"
MIRRORED = "mirrored"
LIVE_FACES = "live_faces"
LIVE_POINTS = "live_points"
LIVE_BODIES = "live_bodies"
LIVE_MAP = "live_map"
VIDEO = "video"
FILM_FACE = "film_face"
LIVE = "live_reader"
PRESENT_FACES = "present_faces"

SOURCES = ("Camera", "Video file")
VIDEO_TYPES = ["mp4", "m4v", "mov", "webm"]
FRAME = {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 24, "max": 30}}
STAGES = {
    "find": "finding faces",
    "expression": "expression",
    "body": "bodies",
    "map": "Grad-CAM",
    "draw": "drawing",
}
BODIES_HELP = f"Skeletons of up to {MOST_BODIES} people, each with its face's number; dashed where unsure."
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
LEAST_MOMENTS = 3
"""Moments at which a face must have been seen to have a timeline."""
GONE_SECONDS = 3.0
"""After so long the timeline leaves a face that is gone for one that is there."""
WORDS = {
    "start": "Start camera",
    "stop": "Stop camera",
    "select_device": "Choose a camera",
    "media_api_not_available": "No camera can be reached from here: the address must begin with https or be localhost.",
    "device_ask_permission": "Allow the browser to use the camera.",
    "device_not_available": "No camera was found on this device.",
    "device_access_denied": "The browser was not allowed to use the camera.",
    "turn_camera_on": "Turn camera on",
    "turn_camera_off": "Turn camera off",
    "select_camera": "Camera",
}


@dataclass(frozen=True)
class Chosen:
    """What is chosen for the camera.

    Args:
        settings: what is drawn on its frames.
        name: str, what the map explains, in a word; empty without one.
    """

    settings: Settings
    name: str = ""


def choose_source() -> str:
    """Draw the switch between the camera and a file; return one of `SOURCES`."""
    sources = {name: name for name in SOURCES}
    help = "Your own camera, live; or a short video file."
    return choose_one("Watch", LIVE_SOURCE, sources, help, is_labelled=False)


def get_ready(network_name: str, detector: str) -> None:
    """Wait, showing how far it is, until the networks are loaded and compiled for frames."""
    await_network(network_name)
    run = wait_for(results.film_warming(network_name, detector), lambda run: "Getting the networks ready for video…")
    if run.status == "failed":
        results.forget_film_warming(network_name, detector)
        st.error(
            f"The networks can't be made ready: {run.error} Load the page again, or choose another network above.",
            icon=":material/error:",
        )
        st.stop()


# Camera --------------------------------------------------------------------------------------------------------------


def camera(network_name: str, detector: str) -> None:
    """Show the camera's picture with what is read on it, and the answer over the last half minute."""
    try:
        servers = ice_servers(os.environ.get(ICE_SERVERS))
    except ValueError as error:
        st.error(str(error), title="The camera can't be connected", icon=":material/error:")
        return
    live, kind = _reader(network_name, detector), networks.task(network_name)
    picture_column, answer_column = st.columns([3, 2], gap="large")
    with picture_column:
        _say_where_cameras_work()
        if kind.looks_at_area:
            st.caption("The network looks at the square in the middle of the picture: hold there what it is to name.")
        with st.container(key="main_picture"):
            is_playing = _stream(live, servers)
        shown = choose_shown(live.labels, live.finds_bodies)
        live.choose(shown.settings)
        if shown.settings.explained is not None:
            _map_legend(shown)
        st.caption(
            "**Nothing is recorded.** Each frame goes from your browser to this server, is read, drawn on and "
            "forgotten; no other visitor can reach it. The probabilities of the last half minute stay until you leave "
            "the page."
        )

    @st.fragment(run_every=1.0 if is_playing else None)
    def watch() -> None:
        _answers(live.now(), live.labels, kind, is_playing=is_playing)

    with answer_column:
        watch()


def _reader(network_name: str, detector: str) -> Live:
    """Return the session's reader for these networks; another choice begins anew."""
    kept = st.session_state.get(LIVE)
    key = (network_name, detector)
    if kept is None or kept[0] != key:
        kept = st.session_state[LIVE] = (key, results.new_live(network_name, detector))
    live: Live = kept[1]
    return live


def _say_where_cameras_work() -> None:
    if not gives_camera(st.context.url or ""):
        st.warning(
            "Browsers only share the camera with https addresses and localhost, and this address is neither. Ask "
            "whoever runs this server for an https address, or use a video file instead.",
            icon=":material/lock_open:",
        )


def gives_camera(address: str) -> bool:
    """Return whether browsers give a page at this address the camera: over https, and on the machine itself."""
    parts = urlsplit(address)
    return parts.scheme != "http" or parts.hostname in LOCAL_HOSTS


def _stream(live: Live, servers: Sequence[dict[str, object]]) -> bool:
    """Draw the player; return whether it plays."""
    library = webrtc.load()
    context = library.webrtc_streamer(
        key=LIVE_STREAM,
        mode=library.WebRtcMode.SENDRECV,
        rtc_configuration={"iceServers": list(servers)},
        media_stream_constraints={"video": FRAME, "audio": False},
        video_frame_callback=live.answer,
        async_processing=True,  # frames that come while one is read are dropped, not queued
        sendback_audio=False,
        media_toggle_controls=False,
        video_html_attrs={
            "autoPlay": True,
            "controls": False,
            "muted": True,
            "playsInline": True,
            "style": {"width": "100%", "borderRadius": "10px"},
            "aria-label": "Your camera's picture with a box and the answer on what was read; the table beside it says "
            "the same in words",
        },
        translations=WORDS,
    )
    return bool(context.state.playing)


def choose_shown(labels: Sequence[str], finds_bodies: bool) -> Chosen:
    """Draw the switches of what stands on the frames."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="live_switches"):
        is_mirrored = _switch("Mirror", MIRRORED, True, "Flips the picture, as in a mirror.")
        has_faces = _switch("Faces", LIVE_FACES, True, "A box around each face, with its number and the answer.")
        has_points = _switch("Points", LIVE_POINTS, False, "The fifteen points on each face.")
        has_bodies = finds_bodies and _switch("Bodies", LIVE_BODIES, True, BODIES_HELP)
        has_map = _switch("Grad-CAM", LIVE_MAP, False, "Shows which parts of each face led to the answer.")
        place = drawer("live_map_settings", "Map") if has_map else None
    if place is None:
        return Chosen(Settings(is_mirrored, has_faces, has_points, has_bodies))
    options = [PREDICTED, *labels]
    state.keep_choice(EXPRESSION, options, PREDICTED)
    with place:
        chosen = st.selectbox(
            "Expression",
            options,
            format_func=lambda name: "Strongest" if name == PREDICTED else name.capitalize(),
            key=EXPRESSION,
            bind="query-params",
            help="Which expression the map explains.",
        )
        look = choose_look(is_signed=False)
    explained = STRONGEST if chosen == PREDICTED else chosen
    settings = Settings(is_mirrored, has_faces, has_points, has_bodies, explained, look.opacity, look.palette)
    return Chosen(settings, "the strongest expression" if explained == STRONGEST else f"“{explained}”")


def _switch(label: str, key: str, default: bool, meaning: str) -> bool:
    return st.toggle(label, default, key=key, help=meaning, persist_state="session")


def _map_legend(shown: Chosen) -> None:
    stops = render.palette_stops(shown.settings.palette or "inferno")
    st.html(figures.colour_bar(stops, 0, 1, f"Evidence for {shown.name} (1 = the strongest lately)"))


def _answers(now: Now, labels: Sequence[str], kind: Task, *, is_playing: bool) -> None:
    """What the camera shows at this moment, in numbers, in words and over time."""
    newest = now.moments[-1] if now.moments else None
    with st.container(horizontal=True, gap="large", key="live_numbers"):
        st.metric("Frames a second", f"{now.rate:.1f}" if now.rate else "–")
        if kind.reads_faces:
            st.metric("Faces", len(newest.faces) if newest is not None and is_playing else "–")
        spent = sum(now.milliseconds.values())
        st.metric("Time a frame", f"{spent:.0f} ms" if spent else "–")
    if now.error:
        st.error(f"The last frame could not be read: {now.error}", icon=":material/error:")
    if newest is None:
        waiting = (
            "Waiting for the first frame…" if is_playing else "Press “Start camera” and allow the browser to use it."
        )
        st.markdown(waiting)
        if not is_playing:
            st.caption(
                "If nothing happens, the browser found no camera, or was told to keep it from this page; the camera "
                "sign in its address bar changes that. No camera at hand? Choose “Video file” above, or look at a "
                "photo on the page Inspect."
            )
        return
    thing = kind.on_film.capitalize()
    announce([f"{thing} {seen.number}: {seen.answer}" for seen in newest.faces] if is_playing else ["Camera stopped"])
    number = _choose_number(now.moments, LIVE_FACE, since=newest.time - GONE_SECONDS)
    if is_playing and not newest.faces:
        st.markdown("**No face in the picture.** Come closer, face the camera, or turn on a light.")
    if number is not None:
        times, shares = films.course(now.moments, number)
        end = newest.time
        timeline(times - end, shares, labels, (-TIMELINE_SECONDS, 0), "Seconds before now", number, key="live_timeline")
    if newest.faces and is_playing:
        faces_now(newest, labels, kind)
    if now.milliseconds:
        stages = ", ".join(f"{STAGES[name]} {value:.1f} ms" for name, value in now.milliseconds.items())
        st.caption(f"{now.size[0]}×{now.size[1]} pixels, {now.frames} frames read. Mean of each stage: {stages}.")


def announce(lines: Sequence[str]) -> None:
    """Say in words what the picture shows, to a screen reader too; only a change is read aloud."""
    words = "; ".join(lines) or "No face"
    st.html(f'<p role="status" aria-live="polite" style="margin:0;font-weight:600">{escape(words)}</p>')


def faces_now(moment: films.Moment, labels: Sequence[str], kind: Task) -> None:
    """A table of the faces, or what stands for them, at this moment: the answer and all probabilities."""
    st.dataframe(
        pd.DataFrame(
            {kind.on_film.capitalize(): seen.number, kind.answer: seen.answer.capitalize()}
            | {name.capitalize(): 100 * share for name, share in zip(labels, seen.shares, strict=True)}
            for seen in moment.faces
        ),
        hide_index=True,
        column_config={name.capitalize(): st.column_config.NumberColumn(format="%.0f %%") for name in labels},
        key="faces_now",
        alt=f"Each {kind.on_film} in the picture now: answer and probability of each {kind.answer.lower()}",
    )


# Over time -----------------------------------------------------------------------------------------------------------


def _choose_number(moments: Sequence[films.Moment], key: str, since: float = 0.0) -> int | None:
    """Draw the picker of a face where several were seen for a while; return its number, None where none was.

    Args:
        moments: what was seen.
        key: str, the picker's.
        since: seconds from the start; a chosen face that was seen from then on until now, and no more, is left for one
            that is there. Who chooses a face that has long gone keeps it. Defaults to 0.
    """
    numbers = films.numbers(moments, LEAST_MOMENTS)
    if not numbers:
        return None
    recent = films.numbers([moment for moment in moments if moment.time >= since])
    present = [number for number in recent if number in numbers]
    default, options = (present or numbers)[0], sorted(numbers)
    was_present = st.session_state.get(PRESENT_FACES, ())
    st.session_state[PRESENT_FACES] = tuple(present)
    chosen = st.session_state.get(key)
    has_gone = bool(present) and chosen in was_present and chosen not in present
    if chosen is not None and (chosen not in options or has_gone):
        st.session_state[key] = default
    if len(options) == 1:
        return default
    chosen = st.segmented_control(
        "Face over time",
        options,
        default=None if key in st.session_state else default,
        format_func=lambda number: f"Face {number}",
        key=key,
        required=True,
    )
    return int(chosen or default)


def timeline(
    times: np.ndarray,
    shares: np.ndarray,
    labels: Sequence[str],
    span: tuple[float, float],
    title: str,
    number: int,
    *,
    key: str,
) -> None:
    """Show the seven probabilities of a face over time."""
    seen = shares[np.isfinite(shares).all(axis=1)]
    strongest = int(seen[-1].argmax()) if key == "live_timeline" else int(seen.mean(axis=0).argmax())
    st.plotly_chart(
        figures.courses(times, shares, labels, strongest, span, title),
        config=figures.CHART_CONFIG,
        width="stretch",
        key=key,
        alt=f"Probability of each expression of face {number} over time; at its end "
        + ", ".join(f"{name} {percent(float(share))}" for name, share in zip(labels, seen[-1], strict=True)),
    )


# Video file ----------------------------------------------------------------------------------------------------------


def video_file(network_name: str, detector: str) -> None:
    """Take a short video, read it beside the page, and show what was read so far."""
    most = video.MOST_BYTES // 2**20
    file = st.file_uploader(
        "Video file",
        type=VIDEO_TYPES,
        max_upload_size=most,
        key=VIDEO,
        help=f"MP4, MOV or WebM, up to {most} MB and 1920×1080 pixels; the first {video.MOST_SECONDS:.0f} seconds are "
        f"read, {video.MOST_PER_SECOND} frames of each.",
    )
    if file is None:
        FILM.cancel()
        st.caption(
            f"MP4, MOV or WebM, up to {most} MB and 1920×1080 pixels. The first {video.MOST_SECONDS:.0f} seconds are "
            "read. The file stays in this server's memory while you look at it; it is never saved, and no other "
            "visitor can reach it."
        )
        return
    data = file.getvalue()
    if FILM.at(results.film_key(data, network_name, detector)) is None:
        FILM.put(results.start_film(data, file.name, network_name, detector), glance=True)
    watch(_film, FILM, every=2 * POLL)


def _film() -> None:
    run = FILM.run
    if run is None:
        return
    reading = run.result
    if run.status == "failed":
        st.error(run.error, title="This file can't be used as a video", icon=":material/movie_off:")
        st.markdown("Choose another file: an MP4, MOV or WebM as phones and browsers record them.")
        if reading is None:
            return
    else:
        show_progress(run, film_state(run), "film")
    if reading is None:
        return
    for note in film_notes(reading):
        st.info(note, icon=":material/info:")
    if not any(moment.faces for moment in reading.moments):
        if not run.is_active:
            st.subheader("No face found", anchor=False)
            st.markdown(
                "No face was found on any frame. A face should be taller than a tenth of the picture. Try "
                "another film, or another detector on the left."
            )
        return
    _key_frames(reading)
    _film_courses(reading)
    if not run.is_active:
        _film_downloads(run, reading)


def film_state(run: Run[films.Reading]) -> str:
    """Say in words how far the reading of a file is."""
    reading = run.result
    frames = len(reading.moments) if reading is not None else 0
    seconds = run.done / films.STEPS_A_SECOND
    if run.status == "waiting":
        return "Getting ready…"
    if run.status == "running":
        total = run.total / films.STEPS_A_SECOND
        return f"Second {seconds:.1f} of {total:.1f}{time_left(run.seconds_left)}"
    if run.status == "cancelled":
        return f"Cancelled after {seconds:.1f} s of the film; what was read until then is kept."
    pace = f", {frames / run.seconds:.1f} frames a second" if run.seconds else ""
    return f"Done: {frames} frames in {run.seconds:.1f} s{pace}."


def film_notes(reading: films.Reading) -> list[str]:
    """Return sentences on what of the file was not read."""
    notes = []
    if reading.is_cut:
        notes.append(f"The film is longer: only its first {video.MOST_SECONDS:.0f} seconds were read.")
    if reading.is_broken and reading.moments:
        notes.append(f"The file breaks off after {reading.moments[-1].time:.1f} s; what came before was read.")
    return notes


def _key_frames(reading: films.Reading) -> None:
    st.subheader("Where the answer changes", anchor=False)
    if not reading.key_frames:
        st.markdown(f"No answer has lasted {films.LEAST_SECONDS} s so far.")
        return
    tiles = [
        Tile(frame.picture, f"{_clock(frame.time)}: {frame.words}", f"{_clock(frame.time)} {frame.words}")
        for frame in reading.key_frames
    ]
    gallery(tiles, key="key_frames", alt="Frames on which an answer changes", width=150)
    more = reading.changes - len(reading.key_frames)
    if more > 0:
        st.caption(f"{more} more changes are in the table, without a picture.")


def _film_courses(reading: films.Reading) -> None:
    st.subheader("Over time", anchor=False)
    number = _choose_number(reading.moments, FILM_FACE)
    if number is None:
        st.markdown("No face stays long enough for a timeline.")
        return
    chart_column, spans_column = st.columns([3, 2], gap="large")
    end = reading.moments[-1].time
    with chart_column:
        times, shares = films.course(reading.moments, number)
        timeline(times, shares, reading.labels, (0, max(end, 0.1)), "Seconds", number, key="film_timeline")
    with spans_column:
        spans = films.spans(reading.moments, number)
        st.dataframe(
            pd.DataFrame(
                {"From": _clock(span.start), "To": _clock(span.end), "Expression": span.answer.capitalize()}
                for span in spans
            ),
            hide_index=True,
            key="film_spans",
            alt=f"From when to when which expression was read on face {number}",
        )
        seen = shares[np.isfinite(shares).all(axis=1)].mean(axis=0)
        best = int(seen.argmax())
        mean = f"“{reading.labels[best]}” with {percent(float(seen[best]))}"
        st.caption(f"Face {number} overall: mostly {mean} on average.")


def _film_downloads(run: Run[films.Reading], reading: films.Reading) -> None:
    name, network_name = run.settings["name"].rsplit(".", 1)[0], run.settings["network"]
    with st.container(horizontal=True, gap="small", key="film_downloads"):
        parts = (name, "expressions")
        download_text(
            "CSV",
            lambda: films.to_csv(reading),
            *parts,
            suffix="csv",
            key="film_csv",
            help_text="A row for each face on each frame: time, answer, all probabilities, box.",
        )
        download_text(
            "JSON",
            lambda: films.to_json(reading, name, network_name, HALF_LIFE),
            *parts,
            suffix="json",
            key="film_json",
            help_text="The same with the settings and the smoothing.",
        )
        if reading.key_frames:
            frames = reading.key_frames
            download_png(
                "Key frames",
                lambda: render.strip(
                    [frame.picture for frame in frames],
                    [f"{_clock(frame.time)} {frame.words}" for frame in frames],
                    240,
                ),
                name,
                "key frames",
                key="film_strip",
            )


def _clock(seconds: float) -> str:
    return f"{seconds:.1f} s"


# Words ---------------------------------------------------------------------------------------------------------------


def reading_words(source: str, kind: Task) -> str:
    """Say how to read the page."""
    answer = kind.answer.lower()
    mask = ", or where something hides the mouth, such as a mask" if kind.reads_faces else ""
    first = (
        f"Each {kind.on_film} has a box with its number and the network's answer. We say “uncertain” where no {answer} "
        f"is probable enough{mask}. "
    )
    strips = (
        f"Each strip below is the probability of one {answer}; all of them add up to 100 %. The coloured one is the "
    )
    if source == SOURCES[0]:
        return first + strips.replace("below", "beside the picture") + "strongest one now."
    return first + strips + "strongest on average. The pictures show where an answer changes and lasts."


def details(kind: Task) -> list[str]:
    """Say what experts want to know."""
    return [*(_tracking_words() if kind.reads_faces else []), *_common_words()]


def _tracking_words() -> list[str]:
    return [
        f"The whole frame is searched every {tracking.SEARCH_EVERY} frames, and when a face was lost; in between, "
        f"each face is followed by its 68 points. The {tracking.MOST_FACES} largest faces are followed.",
        "A face keeps its number by the overlap of its boxes (intersection over union of 0.3 or more), else by the "
        f"nearest place; for {tracking.PATIENCE:.0f} s after it is gone. After a cut, or when a film begins anew, it "
        "is known by its looks. Faces that cross may swap numbers.",
    ]


def _common_words() -> list[str]:
    return [
        "The probabilities are smoothed exponentially: what was read before counts half after "
        f"{tracking.HALF_LIFE} s, at any frame rate. A quick change is flattened by that.",
        "Frames that come while one is being read are dropped, so the picture never lags behind. The frame rate is "
        "that of the frames which were read.",
        f"A change of the answer counts once it has lasted {films.LEAST_SECONDS} s. Of a file "
        f"{video.MOST_PER_SECOND} frames a second are read.",
        "Grad-CAM explains the answer for this frame alone, not the smoothed one. Its scale adapts slowly, so that "
        "weak maps look weak.",
        "No STUN or TURN server is contacted. Across routers the operator sets some: see `GLASSFACE_ICE_SERVERS` in "
        "the README.",
    ]
