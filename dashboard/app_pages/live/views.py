"""What the Live page shows: the camera's picture as the network reads it, or a short video file, over time."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.app_pages.live import films, results, webrtc
from dashboard.app_pages.live.ice import Servers, find_servers
from dashboard.app_pages.live.reader import STRONGEST, TIMELINE_SECONDS, Live, Now, Settings
from dashboard.app_pages.live.results import DRAWN, FILM, Still
from dashboard.drawing import figures, pictures
from dashboard.drawing.impression import COLUMNS, HOW, impression
from dashboard.drawing.words import percent, time_left
from dashboard.pickers.look import choose_look
from dashboard.pickers.network import await_network
from dashboard.pickers.photo import bring
from dashboard.pickers.switch import choose_one
from dashboard.pickers.usual import choose_minus_usual
from dashboard.services import networks
from dashboard.services.runs import POLL, Run, show_progress, wait_for, watch
from dashboard.subject import Photo
from dashboard.tasks.expression import EXPRESSION, PREDICTED
from dashboard.tasks.task import Task
from dashboard.widgets.downloads import download_file, download_png
from dashboard.widgets.drawer import drawer
from dashboard.widgets.gallery import Tile, gallery
from dashboard.widgets.scrubber import scrubber
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
BACK = "back_camera"
FREEZE = "freeze"
NEWS = "live_news"
"""The session key of what a click has done, until it is told."""
SERVERS, SERVERS_SECONDS = "ice_servers", 300.0
"""The session key of the servers and when they were asked for, and after how many seconds they are old."""
IS_PLAYING, HAS_FAILED = "camera_plays", "camera_failed"
HAS_BEGUN = "camera_begins"
"""The session key of whether the camera is connected, or was tried to be."""
BARS_HEIGHT = 208
PLAYER = "film_player"
GO = "film_go"
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
BODIES_HELP = f"Draws the skeletons of up to {MOST_BODIES} people, each with the number of its face. Dashed = unsure."
WORKED_OUT = {name: st.column_config.TextColumn(help=HOW) for name in COLUMNS}
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
LEAST_MOMENTS = 3
"""Moments at which a face must have been seen to have a timeline."""
GONE_SECONDS = 3.0
"""After so long the timeline leaves a face that is gone for one that is there."""
WORDS = {
    "start": "Start camera",
    "stop": "Stop camera",
    "select_device": "Choose a camera",
    "media_api_not_available": "Browsers share no camera with this address: it must begin with https or be localhost.",
    "device_ask_permission": "Allow the browser to use the camera.",
    "device_not_available": "No camera answers: plug one in, or close the program that is using it, such as a video "
    "call; then reload this page.",
    "device_access_denied": "The browser blocks the camera on this page: allow it with the camera sign in the address "
    "bar, then reload the page.",
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
    help = "Your own camera, live, or a short video file."
    return choose_one("Watch", LIVE_SOURCE, sources, help, is_labelled=False)


def get_ready(network_name: str, detector: str) -> Still:
    """Wait, showing how far it is, until the networks are loaded and compiled for frames; return a sample as drawn."""
    await_network(network_name)
    run = wait_for(results.film_warming(network_name, detector), lambda run: "Getting the networks ready for video…")
    if run.status == "failed":
        results.forget_film_warming(network_name, detector)
        st.error(
            f"The networks could not be prepared: {run.error} Reload the page, or choose another network above.",
            icon=":material/error:",
        )
    if run.result is None:
        st.stop()
    return run.result


# Camera --------------------------------------------------------------------------------------------------------------


def camera(network_name: str, detector: str, still: Still) -> bool:
    """Show the camera's picture with what is read on it, and the answer over the last half minute.

    Args:
        network_name: the network that reads.
        detector: a name in models.detection.DETECTORS.
        still: stands in the camera's place until it is started, where the network reads faces.

    Returns:
        Whether the sample still stands there.
    """
    servers = _servers()
    if servers is None:
        return False
    live, kind = _reader(network_name, detector), networks.task(network_name)
    picture_column, answer_column = st.columns([3, 2], gap="large")
    with picture_column:
        _say_where_cameras_work()
        if kind.looks_at_area:
            st.caption("The network sees only the square in the middle of the picture: hold there what it should name.")
        with st.container(key="main_picture"):
            still_place = st.container(key="live_still")
            is_playing = _stream(live, servers, is_back=bool(st.session_state.get(BACK)))
        is_idle = kind.reads_faces and not (is_playing or st.session_state.get(HAS_BEGUN) or live.now().frames)
        if is_idle:
            still_place.image(
                still.picture, alt=f"A sample photo with what Live draws on it: {_say(still.seen)}", width="stretch"
            )
        shown = choose_shown(live, network_name, is_playing=is_playing)
        live.choose(shown.settings)
        if shown.settings.explained is not None:
            settings = shown.settings
            _map_legend(shown.name, is_minus_usual=settings.is_minus_usual, palette=settings.palette)
        st.caption(
            "**Nothing is recorded.** Your browser sends each frame to this server, which reads it, draws on it, sends "
            "it back and forgets it; no other visitor can see it. The probabilities of the last half minute are kept "
            "until you leave the page."
        )

    @st.fragment(run_every=1.0 if is_playing else None)
    def watch() -> None:
        _answers(live.now(), live.labels, kind, is_playing=is_playing)

    with answer_column:
        if is_idle:
            _introduce(still.seen, network_name)
        else:
            watch()
    return is_idle


def _introduce(seen: films.Moment, network_name: str) -> None:
    """Say what Live does by what it read on a sample, and how to start the camera."""
    st.markdown(
        "**This is what Live does with a sample photo.** Press “Start camera”, and it does the same with you, many "
        "times a second."
    )
    card = networks.card(network_name)
    for face in seen.faces[:1]:
        figure = figures.probabilities(
            dict(zip(card.labels, face.shares, strict=True)), card.labels[face.winner], card.thresholds.get("uncertain")
        )
        figure.update_layout(height=BARS_HEIGHT)
        st.plotly_chart(
            figure,
            key="still_bars",
            config=figures.CHART_CONFIG,
            alt="Bar chart of the probabilities: "
            + ", ".join(f"{name} {percent(share)}" for name, share in zip(card.labels, face.shares, strict=True)),
        )
        _say_impression(face, card.labels)
    _say_what_may_fail()


def _say(seen: films.Moment) -> str:
    return "; ".join(f"face {face.number}: {face.answer}" for face in seen.faces)


def _say_impression(seen: films.Seen, labels: Sequence[str], whose: str = "") -> None:
    """Say whether an expression is positive and a body open; nothing where the classes are no expressions."""
    found = seen.valence(labels)
    if found is not None:
        words, how = impression(found, seen.body)
        st.markdown(f"{whose}{words}", help=how)


def _say_what_may_fail() -> None:
    st.caption(
        "An error instead of the picture? **NotAllowedError**: allow the camera in the browser's address bar. "
        "**NotFoundError**: plug in a camera. **NotReadableError**: close the program that is using it, such as a "
        "video call. No camera? Choose “Video file” above."
    )


def _servers() -> Servers | None:
    """Return the servers by which browser and server find each other; None where they can't be had, which is said.

    They are asked for again once they are old, but never while the camera plays: it would start anew.
    """
    asked_at, servers = st.session_state.get(SERVERS) or (-math.inf, [])
    if st.session_state.get(IS_PLAYING) or time.monotonic() - asked_at < SERVERS_SECONDS:
        found: Servers = servers
        return found
    try:
        found = find_servers()
    except ValueError as error:
        st.error(
            f"{error} Tell whoever runs this server, or use a video file instead.",
            title="The camera can't be connected",
            icon=":material/error:",
        )
        return None
    st.session_state[SERVERS] = (time.monotonic(), found)
    return found


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


def _stream(live: Live, servers: Sequence[dict[str, object]], *, is_back: bool) -> bool:
    """Draw the player; return whether it plays."""
    library = webrtc.load()
    if st.session_state.get(HAS_FAILED):
        st.error(
            "The server could not connect to your camera within ten seconds: a server that GLASSFACE_ICE_SERVERS or "
            "GLASSFACE_ICE_COMMAND names doesn't answer. Try again, or use a video file instead.",
            icon=":material/error:",
        )
        st.button("Try again", key="camera_again", on_click=_forget_failure)
        st.session_state[HAS_BEGUN] = True
        return False
    facing = {"facingMode": {"ideal": "environment" if is_back else "user"}}
    try:
        context = library.webrtc_streamer(
            key=LIVE_STREAM,
            mode=library.WebRtcMode.SENDRECV,
            rtc_configuration={"iceServers": list(servers)},
            media_stream_constraints={"video": FRAME | facing, "audio": False},
            video_frame_callback=live.answer,
            async_processing=True,  # frames that come while one is read are dropped, not queued
            sendback_audio=False,
            media_toggle_controls=False,
            video_html_attrs={
                "autoPlay": True,
                "controls": True,  # for the full screen
                "controlsList": "nodownload noplaybackrate noremoteplayback",
                "disablePictureInPicture": True,
                "muted": True,
                "playsInline": True,
                "style": {"width": "100%", "borderRadius": "10px"},
                "aria-label": "Your camera's picture with boxes and answers drawn on it; the table beside it says the "
                "same in words",
            },
            translations=WORDS,
        )
    except webrtc.timeout_error():  # and so it would be on every run, each waiting as long
        st.session_state[HAS_FAILED] = True
        st.rerun()
    st.session_state[IS_PLAYING] = bool(context.state.playing)
    st.session_state[HAS_BEGUN] = bool(context.state.playing or context.state.signalling)
    return bool(context.state.playing)


def _forget_failure() -> None:
    """Callback: ask for the servers anew and offer the camera again."""
    st.session_state[HAS_FAILED] = False
    st.session_state[SERVERS] = None


def choose_shown(live: Live, network_name: str, *, is_playing: bool) -> Chosen:
    """Draw the switches of what stands on the frames, and the button that keeps one."""
    labels, kind = live.labels, networks.task(network_name)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="live_switches"):
        st.button(
            "Freeze",
            key=FREEZE,
            icon=":material/photo_camera:",
            disabled=not is_playing,
            help="Takes a photo: the next frame, in full resolution, becomes the photo on all pages.",
            on_click=_freeze,
            args=(live,),
        )
        is_back = _switch(
            "Back camera", BACK, False, "Uses the camera on the back of a phone. To switch, press Stop, then Start."
        )
        is_mirrored = not is_back and _switch("Mirror", MIRRORED, True, "Flips the picture, as in a mirror.")
        has_faces, has_points, has_bodies, has_map = _switches(live.finds_bodies, kind)
        place = drawer("live_map_settings", "Map") if has_map else None
    if place is None:
        return Chosen(Settings(is_mirrored, has_faces, has_points, has_bodies))
    options = [PREDICTED, *labels]
    state.keep_choice(EXPRESSION, options, PREDICTED)
    with place:
        chosen = st.selectbox(
            kind.answer,
            options,
            format_func=lambda name: "Strongest" if name == PREDICTED else name.capitalize(),
            key=EXPRESSION,
            bind="query-params",
            help=f"Which {kind.answer.lower()} the map explains.",
        )
        is_minus = choose_minus_usual(is_there=networks.average_maps(network_name) is not None)
        look = choose_look(is_signed=is_minus)
    explained = STRONGEST if chosen == PREDICTED else chosen
    settings = Settings(is_mirrored, has_faces, has_points, has_bodies, explained, look.opacity, look.palette, is_minus)
    return Chosen(settings, f"the strongest {kind.answer.lower()}" if explained == STRONGEST else f"“{explained}”")


def _switches(finds_bodies: bool, kind: Task) -> tuple[bool, bool, bool, bool]:
    """Draw the switches that camera and films share: faces, points, bodies and map."""
    thing = kind.on_film
    return (
        _switch(
            f"{thing.capitalize()}s", LIVE_FACES, True, f"A box around each {thing}, with its number and the answer."
        ),
        kind.reads_faces and _switch("Points", LIVE_POINTS, False, "The fifteen points on each face."),
        finds_bodies and _switch("Bodies", LIVE_BODIES, True, BODIES_HELP),
        _switch("Grad-CAM", LIVE_MAP, False, f"Shows which parts of each {thing} led to the answer."),
    )


def _freeze(live: Live) -> None:
    """Callback: make the camera's next frame the photo of all pages."""
    frame = live.freeze()
    if frame is None:
        st.session_state[NEWS] = (
            "Nothing was frozen: wait until the camera's picture is there, then press Freeze again."
        )
    else:
        _take(frame, "Camera")


def _take(frame: np.ndarray, name: str) -> None:
    """Callback: make a frame the photo of all pages."""
    bring(Photo(name, pictures.png(frame), "Upload"))
    st.session_state[NEWS] = f"“{name}” is now the photo on all pages: open Inspect, Inside or Why."


def tell_news() -> None:
    """Say once what a click has done."""
    news = st.session_state.pop(NEWS, None)
    if news:
        st.toast(news, icon=":material/photo_camera:")


def _switch(label: str, key: str, default: bool, meaning: str) -> bool:
    return st.toggle(label, default, key=key, help=meaning, persist_state="session")


def _map_legend(name: str, *, is_minus_usual: bool, palette: str | None = None) -> None:
    stops = render.palette_stops(palette or render.DEFAULT_PALETTES[is_minus_usual])
    if is_minus_usual:
        title = f"More and less than usual for {name}"
        st.html(figures.colour_bar(stops, -1, 1, title, ("less than usual", "more than usual")))
        return
    st.html(figures.colour_bar(stops, 0, 1, f"Evidence for {name} (1 = the strongest in the last seconds)"))


def _answers(now: Now, labels: Sequence[str], kind: Task, *, is_playing: bool) -> None:
    """What the camera shows at this moment, in numbers, in words and over time."""
    newest = now.moments[-1] if now.moments else None
    with st.container(horizontal=True, gap="small", key="live_numbers"):
        st.metric("Frames per second", f"{now.rate:.1f}" if now.rate else "–")
        if kind.reads_faces:
            st.metric("Faces", len(newest.faces) if newest is not None and is_playing else "–")
        spent = sum(now.milliseconds.values())
        st.metric("Time per frame", f"{spent:.0f} ms" if spent else "–")
    if now.error:
        st.error(f"The last frame could not be read: {now.error}", icon=":material/error:")
    if newest is None:
        waiting = (
            "Waiting for the first frame…"
            if is_playing
            else "Press “Start camera” and allow the browser to use the camera."
        )
        st.markdown(waiting)
        if not is_playing:
            _say_what_may_fail()
        return
    thing = kind.on_film.capitalize()
    announce([f"{thing} {seen.number}: {seen.answer}" for seen in newest.faces] if is_playing else ["Camera stopped"])
    number = _choose_number(now.moments, LIVE_FACE, since=newest.time - GONE_SECONDS)
    for seen in newest.faces:
        if is_playing and seen.number == number:
            _say_impression(seen, labels, f"{thing} {number}. " if len(newest.faces) > 1 else "")
    if is_playing and not newest.faces:
        st.markdown("**No face in the picture.** Come closer, face the camera, or turn on a light.")
    if number is not None:
        times, shares = films.course(now.moments, number)
        end = newest.time
        timeline(times - end, shares, labels, (-TIMELINE_SECONDS, 0), "Seconds (0 = now)", number, key="live_timeline")
    if newest.faces and is_playing:
        faces_now(newest, labels, kind)
    if now.milliseconds:
        stages = ", ".join(f"{STAGES[name]} {value:.1f} ms" for name, value in now.milliseconds.items())
        st.caption(f"{now.size[0]}×{now.size[1]} pixels, {now.frames} frames read. Average time per step: {stages}.")


def announce(lines: Sequence[str]) -> None:
    """Say in words what the picture shows, to a screen reader too; only a change is read aloud."""
    words = "; ".join(lines) or "No face"
    st.html(f'<p role="status" aria-live="polite" style="margin:0;font-weight:600">{escape(words)}</p>')


def faces_now(moment: films.Moment, labels: Sequence[str], kind: Task) -> None:
    """A table of the faces, or what stands for them, at this moment: answer, words for it, and all probabilities."""
    st.dataframe(
        pd.DataFrame(
            {kind.on_film.capitalize(): seen.number, kind.answer: seen.answer.capitalize()}
            | films.impressions([seen], labels)
            | {name.capitalize(): 100 * share for name, share in zip(labels, seen.shares, strict=True)}
            for seen in moment.faces
        ),
        hide_index=True,
        column_config={name.capitalize(): st.column_config.NumberColumn(format="%.0f %%") for name in labels}
        | WORKED_OUT,
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
        alt=f"Probability of each answer over time, number {number}; at the end: "
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
        help=f"MP4, MOV or WebM, up to {most} MB and 1920×1080 pixels. The first {video.MOST_SECONDS:.0f} seconds are "
        f"read, {video.MOST_PER_SECOND} frames per second.",
    )
    if file is None:
        FILM.cancel()
        st.caption(
            f"MP4, MOV or WebM, up to {most} MB and 1920×1080 pixels. The first {video.MOST_SECONDS:.0f} seconds are "
            "read. The file stays in this server's memory only while you look at it; it is never saved, and no other "
            "visitor can see it."
        )
        return
    data = file.getvalue()
    if FILM.at(results.film_key(data, network_name, detector)) is None:
        FILM.put(results.start_film(data, file.name, network_name, detector), glance=True)
    watch(lambda: _film(data, network_name), FILM, DRAWN, choices=(NEWS,), every=2 * POLL)


def _film(data: bytes, network_name: str) -> None:
    run = FILM.run
    if run is None:
        return
    reading = run.result
    if run.status == "failed":
        st.error(run.error, title="This file can't be used as a video", icon=":material/movie_off:")
        st.markdown("Choose another file: phones and browsers record MP4, MOV or WebM, which all work here.")
        if reading is None:
            return
    elif run.status == "done":
        st.caption(film_state(run))
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
                "A face should be taller than a tenth of the picture. Try another film, or another detector in the "
                "sidebar."
            )
        return
    left, right = st.columns(2, gap="large")
    with left:
        drawn, is_awaited = (None, False) if run.is_active else _player(data, run, reading, network_name)
    with right:
        number = _film_courses(data, run, reading)
    if not run.is_active:
        _film_downloads(run, reading, drawn)
    kind = networks.task(network_name)
    _key_frames(reading, kind)
    if number is not None:
        _spans(reading, number, kind)
    if is_awaited and not DRAWN.is_active:  # it ended while the rest was drawn, and perhaps nobody looks again
        st.rerun()


def _player(
    data: bytes, run: Run[films.Reading], reading: films.Reading, network_name: str
) -> tuple[bytes | None, bool]:
    """Show the film with what was read drawn on it, or how far the drawing is.

    Returns:
        The film once it is there, and whether it is awaited.
    """
    place = st.container(key="main_picture")
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="film_switches"):
        has_faces, has_points, has_bodies, has_map = _switches(
            results.new_bodies(network_name) is not None, networks.task(network_name)
        )
        is_minus = has_map and choose_minus_usual(is_there=networks.average_maps(network_name) is not None)
    shown = films.Shown(has_faces, has_points, has_bodies, STRONGEST if has_map else None, is_minus)
    if has_map:
        _map_legend(f"the strongest {networks.task(network_name).answer.lower()}", is_minus_usual=is_minus)
    key = (run.key, shown)
    drawing = DRAWN.at(key)
    if drawing is None:
        drawing = DRAWN.put(
            results.start_drawing(data, run.settings["name"], network_name, key, reading, shown), glance=True
        )
    is_awaited = drawing.is_active
    with place, st.container(key=PLAYER):
        if drawing.status == "failed":
            st.error(f"The film could not be drawn: {drawing.error}", icon=":material/error:")
        elif is_awaited or drawing.result is None:
            show_progress(drawing, f"Drawing the film{time_left(drawing.seconds_left)}", "film_drawing")
        else:
            st.video(drawing.result, format="video/mp4")
    return (None if is_awaited else drawing.result), is_awaited


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
        return f"Cancelled after {seconds:.1f} s of the film; what was read so far is kept."
    pace = f", {frames / run.seconds:.1f} frames per second" if run.seconds else ""
    return f"Done: {frames} frames in {run.seconds:.1f} s{pace}."


def film_notes(reading: films.Reading) -> list[str]:
    """Return sentences on what of the file was not read."""
    notes = []
    if reading.is_cut:
        notes.append(f"The film is longer: only its first {video.MOST_SECONDS:.0f} seconds were read.")
    if reading.is_broken and reading.moments:
        notes.append(f"The file breaks off after {reading.moments[-1].time:.1f} s; everything before that was read.")
    return notes


def _key_frames(reading: films.Reading, kind: Task) -> None:
    st.subheader("Where the answer changes", anchor=False)
    if not reading.key_frames:
        st.markdown(f"No answer has lasted for {films.LEAST_SECONDS} s yet.")
        return
    tiles = []
    for frame in reading.key_frames:
        words = frame.words if kind.reads_faces else frame.words.partition(": ")[2]  # there is one square alone
        tiles.append(Tile(frame.picture, f"{_clock(frame.time)}: {words}", f"{_clock(frame.time)} {words}"))
    gallery(
        tiles,
        key="key_frames",
        alt="Frames on which an answer changes",
        width=150,
        on_pick=lambda index: _go(reading.key_frames[index].time),
    )
    more = reading.changes - len(reading.key_frames)
    if more > 0:
        st.caption(f"{more} more changes are in the table, without pictures.")


def _go(time: float) -> None:
    """Callback: have the film go to a time."""
    count, _ = st.session_state.get(GO) or (0, 0.0)
    st.session_state[GO] = (count + 1, time)


def _film_courses(data: bytes, run: Run[films.Reading], reading: films.Reading) -> int | None:
    """Show a face's probabilities as the film's timeline; return the face's number, None where none stays."""
    number = _choose_number(reading.moments, FILM_FACE)
    if number is None:
        st.markdown("Nothing stays in the picture long enough for a timeline.")
        return None
    times, shares = films.course(reading.moments, number)
    name = run.settings["name"].rsplit(".", 1)[0]

    def explain(time: float) -> None:
        _take(video.Film(data).picture_at(time), f"{name} at {_clock(time)}")

    scrubber(
        times,
        shares,
        [label.capitalize() for label in reading.labels],
        int(_mean(shares).argmax()),
        reading.moments[-1].time,
        key="film_timeline",
        player=PLAYER,
        alt=f"Position in the film; each strip is the probability of one answer, number {number}",
        on_explain=explain,
        go=st.session_state.get(GO),
    )
    return number


def _mean(shares: np.ndarray) -> np.ndarray:
    """Return the mean share of each class over the moments at which the face was seen."""
    mean: np.ndarray = shares[np.isfinite(shares).all(axis=1)].mean(axis=0)
    return mean


def _spans(reading: films.Reading, number: int, kind: Task) -> None:
    """Say in a table from when to when which answer was read on a face."""
    st.subheader(f"{kind.on_film.capitalize()} {number} over time", anchor=False)
    st.dataframe(
        pd.DataFrame(
            {"From": _clock(span.start), "To": _clock(span.end), kind.answer: span.answer.capitalize()}
            | films.impressions(films.within(reading.moments, number, span), reading.labels)
            for span in films.spans(reading.moments, number)
        ),
        hide_index=True,
        column_config=WORKED_OUT,
        key="film_spans",
        alt=f"Each {kind.answer.lower()} read on {kind.on_film} {number}: from when, to when",
    )
    mean = _mean(films.course(reading.moments, number)[1])
    best = int(mean.argmax())
    st.caption(f"Mostly “{reading.labels[best]}”, {percent(float(mean[best]))} on average.")


def _film_downloads(run: Run[films.Reading], reading: films.Reading, drawn: bytes | None) -> None:
    name, network_name = run.settings["name"].rsplit(".", 1)[0], run.settings["network"]
    with st.container(horizontal=True, gap="small", key="film_downloads"):
        if drawn is not None:
            st.download_button(
                "Film",
                drawn,
                file_name=pictures.file_name(name, "film", suffix="mp4"),
                mime="video/mp4",
                on_click="ignore",
                icon=":material/download:",
                key="film_mp4",
                help="The film as it is shown here, without sound.",
            )
        parts = (name, networks.task(network_name).answers)
        download_file(
            "CSV",
            lambda: films.to_csv(reading),
            *parts,
            suffix="csv",
            key="film_csv",
            help_text="One row for each answer on each frame: time, answer, all probabilities, box.",
        )
        download_file(
            "JSON",
            lambda: films.to_json(reading, name, network_name, HALF_LIFE),
            *parts,
            suffix="json",
            key="film_json",
            help_text="The same, plus the joints of each body, the settings and the smoothing.",
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
    mask = ", or that something, such as a mask, hides the mouth" if kind.reads_faces else ""
    body = ", and each body has the number of its face" if kind.reads_faces else ""
    dashed = "Dashed bones = unsure. " if kind.reads_faces else ""
    first = (
        f"Each {kind.on_film} has a box with its number and the network's answer{body}. “Uncertain” means that "
        f"no {answer} is likely enough{mask}. {dashed}"
    )
    strips = (
        f"Each strip beside the picture is the probability of one {answer} over time; together they add up to 100 %. "
        "The coloured one is the "
    )
    if source == SOURCES[0]:
        return first + strips + "strongest now."
    return (
        first
        + strips
        + "strongest on average. Click a strip, or a picture of a change, to jump there in the film; “Explain this "
        "frame” makes that frame the photo on all pages."
    )


def details(kind: Task) -> list[str]:
    """Say what experts want to know."""
    return [*(_tracking_words() if kind.reads_faces else []), *_common_words()]


def _tracking_words() -> list[str]:
    return [
        f"The whole frame is searched for faces every {tracking.SEARCH_EVERY} frames, and whenever one is lost. In "
        f"between, each face is followed by its 68 points. The {tracking.MOST_FACES} largest faces are followed.",
        "A face keeps its number as long as its box overlaps the one before (intersection over union of 0.3 or more), "
        f"or else is nearest to it, and for {tracking.PATIENCE:.0f} s after the face is gone. After a cut, or when a "
        "film starts over, a face is recognised by its looks. Faces that cross may swap numbers.",
        f"Bodies are looked for at the {MOST_BODIES} largest faces: first around each new face, then where the body "
        "was on the frame before. Once a second, one of them is searched for from scratch. A one-euro filter (Casiez "
        "et al. 2012) smooths the joints: strongly while they rest, hardly while they move.",
    ]


def _common_words() -> list[str]:
    return [
        f"The probabilities are smoothed exponentially: what was read {tracking.HALF_LIFE} s ago counts half, at any "
        "frame rate. This flattens quick changes.",
        "Frames that arrive while another one is being read are dropped, so the picture never lags behind. The frame "
        "rate counts the frames that were read.",
        f"A new answer counts as a change once it has lasted {films.LEAST_SECONDS} s. Of a file, "
        f"{video.MOST_PER_SECOND} frames per second are read; the film that comes back has all its frames, each with "
        "what was read last.",
        "Grad-CAM explains this frame alone, not the smoothed answer. Its colour scale adapts slowly, so that weak "
        "maps look weak.",
        "No STUN or TURN server is contacted unless whoever runs this server sets one: see `GLASSFACE_ICE_SERVERS` "
        "and `GLASSFACE_ICE_COMMAND` in `docs/running.md`.",
    ]
