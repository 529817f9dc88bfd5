"""A phone's page in a class: the face, the brush, Send; and once the teacher reveals, its score and the class's map.

The page holds the class's code and its own seat, never the face: that is looked up each time, and gone with the class.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

import numpy as np
import streamlit as st

from dashboard.app_pages.guess import scoring, tally
from dashboard.app_pages.guess.views import GUESS_NAME, MOST_SHAPES, OPACITY, THICK
from dashboard.codes import LENGTH, place, plain, server_of
from dashboard.drawing import figures, pictures
from dashboard.drawing.words import percent
from dashboard.services.classroom import (
    LONGEST_NAME,
    MOST_MARKED,
    Face,
    RefusalError,
    Round,
    school,
    session_id,
)
from dashboard.subject import digest
from dashboard.visits import is_open
from dashboard.widgets.picture import Brush, picture_with
from interp.render import DEFAULT_PALETTES, overlay, palette_stops

CODE = "class"
"""What the address says behind the page's name: the class's code; and `SEAT`, the phone's own place, for a reload."""
SEAT = "seat"
JOINED = "class_joined"
REFUSED = "class_refused"
ENTERED = "class_entered"
SHAPES = "class_shapes"
SENT = "class_sent"
NOT_SENT = "class_not_sent"
ELSEWHERE = "class_elsewhere"

LOOK_EVERY = 2.0
"""Seconds between two looks at whether the teacher has gone on."""
BOARD_WIDTH = 480
"""Pixels of the face at most: a screen of 720 lines then has room for Send."""
LEAN = """<style>
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], [data-testid="stTopNav"] { display: none; }
[data-testid="stMainBlockContainer"] { max-width: 34rem; margin-inline: auto; padding-top: 4rem; }
[data-testid="stMain"] h1 { font-size: 1.5rem; padding: 0 0 0.75rem; }
</style>"""

Stage = tuple[Hashable, ...]


def is_asked() -> bool:
    """Return whether this page is a phone's: it is in a class, or its address names one."""
    return JOINED in st.session_state or CODE in st.query_params


def show() -> None:
    """Draw the phone's page."""
    st.html(LEAN)
    if JOINED not in st.session_state and REFUSED not in st.session_state:
        _enter(st.query_params.get(CODE, ""), st.query_params.get(SEAT, ""))
    if JOINED not in st.session_state:
        _door("Join a class")
        return
    code, seat = st.session_state[JOINED]
    found = school().at(code)
    if found is not None and not found.holds(seat):  # it was away for long, and another phone took its place
        _enter(code)
        if JOINED not in st.session_state:
            _door("Join a class")
            return
        code, seat = st.session_state[JOINED]
    stage, now = _stage(code, seat), found.round if found is not None else None
    if now is None:
        _door("The class has ended", "Its picture and all marks are gone from the server.")
        return
    if now.result is None:
        _marking(code, seat, now.number)
    else:
        _outcome(now, seat)
    _follow(code, seat, stage)
    st.button("Leave the class", key="class_leave", type="tertiary", icon=":material/logout:", on_click=_leave)


# Joining -------------------------------------------------------------------------------------------------------------


def code_field() -> None:
    """Draw the field for a class's code, and what was wrong with the last one."""
    st.text_input(
        "Code of the class",
        key=ENTERED,
        max_chars=2 * LENGTH,
        placeholder="BCDF-2345",
        help="The teacher's screen shows it.",
        on_change=_enter_code,
    )
    if ELSEWHERE in st.session_state:  # behind the same address, which leads there by the code
        target = f"?{CODE}={st.session_state.pop(ELSEWHERE)}"
        st.html(f"<script>window.location.search = '{target}'</script>", unsafe_allow_javascript=True)
    elif REFUSED in st.session_state:
        st.error(st.session_state[REFUSED], icon=":material/error:")
    st.button("Join", key="class_join_button", type="primary", on_click=_enter_code)


def _door(title: str, words: str = "") -> None:
    st.title(title, anchor=False)
    if words:
        st.markdown(words)
    code_field()
    st.button("Use Glassface without a class", key="class_leave", type="tertiary", on_click=_leave)


def _enter_code() -> None:
    """Callback: join the class whose code was entered; Enter and the button may both come with one of them."""
    code = st.session_state.get(ENTERED, "")
    if code:
        st.session_state[ENTERED] = ""
        _enter(code)


def _enter(code: str, seat: str = "") -> None:
    """Join a class, or keep the sentence that says why not."""
    for key in (JOINED, REFUSED, ELSEWHERE):
        st.session_state.pop(key, None)
    session, (number, count) = session_id(), place()
    if server_of(code, count) not in (None, number):
        if plain(code) != plain(st.query_params.get(CODE, "")):
            st.session_state[ELSEWHERE] = plain(code)
        else:  # the address should have led there; what kept it here is an open connection
            st.session_state[REFUSED] = "This class is on another server. Wait ten seconds, then load the page again."
        return
    try:
        found = school().admit(code, session, st.context.ip_address or "")
        seat = found.join(seat, partial(is_open, session))
    except RefusalError as error:
        st.session_state[REFUSED] = str(error)
        return
    st.session_state[JOINED] = (found.code, seat)
    st.query_params[CODE], st.query_params[SEAT] = found.code, seat


def _leave() -> None:
    """Callback: go back to the page that all visitors have."""
    if JOINED in st.session_state:
        code, seat = st.session_state[JOINED]
        if (found := school().at(code)) is not None:
            found.leave(seat)
    for key in (JOINED, REFUSED, SHAPES, SENT):
        st.session_state.pop(key, None)
    for key in (CODE, SEAT):
        st.query_params.pop(key, None)


# Marking -------------------------------------------------------------------------------------------------------------


def _round(code: str, number: int) -> Round | None:
    """Return the round that the page shows; None once it is over."""
    found = school().at(code)
    now = found.round if found is not None else None
    return now if now is not None and now.number == number and now.result is None else None


def _marking(code: str, seat: str, number: int) -> None:
    """Draw the face to mark, and what sends the marks: a fragment, for forty phones that paint at once."""

    @st.fragment
    def part() -> None:
        now = _round(code, number)
        if now is None:
            return
        face = now.face
        st.title(face.ask, anchor=False)
        board, tools = st.container(width=BOARD_WIDTH, key="main_picture"), st.container()
        with tools:
            place = st.container(horizontal=True, vertical_alignment="center", gap="small")
            st.pills("Or choose parts", list(face.parts), selection_mode="multi", key=_parts_key(number))
            st.text_input("Your name (optional)", key=GUESS_NAME, max_chars=LONGEST_NAME, width=240)
            mask = _mask(number, face)
            with place:
                _send_button(code, seat, number, mask)
        with board:
            drawn = scoring.marked(face.image, mask)
            picture_with(
                [Brush(partial(_paint, number), THICK, len(_shapes(number)))],
                pictures.jpeg(drawn),
                (drawn.shape[1], drawn.shape[0]),
                key="class_board",
                alt=f"{face.noun.capitalize()} to mark; {percent(float(mask.mean()))} of it is marked",
                most_height=60,
            )

    part()


def _parts_key(number: int) -> str:
    return f"class_parts_{number}"


def _mask(number: int, face: Face) -> np.ndarray:
    """Return what is marked on the face of a round, bool (h, w)."""
    chosen = st.session_state.get(_parts_key(number)) or []
    return scoring.mask_of(_shapes(number), [face.parts[name] for name in chosen if name in face.parts], face.size)


def _to_send(number: int, mask: np.ndarray) -> tuple[Hashable, ...]:
    """What tells one sending from another."""
    return number, digest(mask.tobytes()), st.session_state.get(GUESS_NAME)


def _send_button(code: str, seat: str, number: int, mask: np.ndarray) -> None:
    marked = float(mask.mean())
    what, sent = _to_send(number, mask), st.session_state.get(SENT)
    is_sent, is_again = sent == what, sent is not None and sent[0] == number
    st.button(
        "Sent" if is_sent else "Send again" if is_again else "Send",
        key="class_send",
        type="primary",
        icon=":material/check:" if is_sent else ":material/send:",
        disabled=is_sent or not 0 < marked <= MOST_MARKED,
        on_click=_send,
        args=(code, seat, number),
    )
    st.button(
        "Undo",
        key="class_undo",
        icon=":material/undo:",
        disabled=not _shapes(number),
        on_click=_undo,
        args=(number,),
    )
    words = "Paint on the picture with a finger." if not marked else ""
    if marked > MOST_MARKED:
        words = f"That is {percent(marked)}: mark at most {percent(MOST_MARKED)}."
    elif is_sent:
        words = "Sent. You can change it until the teacher reveals."
    words = st.session_state.pop(NOT_SENT, words)
    st.markdown(words)


def _shapes(number: int) -> tuple[scoring.Stroke, ...]:
    """Return what was painted on the face of a round; another one begins without marks."""
    kept: tuple[int, tuple[scoring.Stroke, ...]] = st.session_state.get(SHAPES, (number, ()))
    return kept[1] if kept[0] == number else ()


def _paint(number: int, drawn: pictures.Sent) -> None:
    stroke = scoring.stroke_of(drawn, THICK)
    if stroke is not None:
        st.session_state[SHAPES] = (number, (*_shapes(number), stroke)[-MOST_SHAPES:])


def _undo(number: int) -> None:
    st.session_state[SHAPES] = (number, _shapes(number)[:-1])


def _send(code: str, seat: str, number: int) -> None:
    """Callback: hand in the marks and the name as they are now; both may have changed since the button was drawn."""
    found, now = school().at(code), _round(code, number)
    try:
        if found is None or now is None:
            raise RefusalError("Too late: the teacher has gone on.")
        mask = _mask(number, now.face)
        found.send(seat, number, mask, st.session_state.get(GUESS_NAME) or "")
    except RefusalError as error:
        st.session_state[NOT_SENT] = str(error)
        return
    st.session_state[SENT] = _to_send(number, mask)


# What comes out ------------------------------------------------------------------------------------------------------


def _outcome(now: Round, seat: str) -> None:
    face, result = now.face, now.result
    assert result is not None
    score = result.scores.get(seat)
    st.title("Your score" if score is not None else "The class's map", anchor=False)
    if score is not None:
        with st.container(horizontal=True, gap="large"):
            st.metric("You", f"{scoring.points(score.own, result.whole):.0f}", width="content")
            st.metric(
                "The network's map",
                f"{scoring.points(score.network, result.whole):.0f}",
                width="content",
                help="The score of as many of its strongest pixels.",
            )
        st.markdown(f"{tally.say_own(score)} Scores go from 0 to 100.")
    picture = overlay(face.image, result.heat, opacity=OPACITY, palette=DEFAULT_PALETTES[False], signed=False)
    with st.container(width=BOARD_WIDTH, key="main_picture"):
        picture_with(
            [],
            pictures.jpeg(picture),
            (picture.shape[1], picture.shape[0]),
            key="class_map",
            alt=f"Where the class marked {face.noun}; bright: most of the class",
            most_height=60,
        )
        show_share_bar(result.heat)
    st.caption("Agreeing with the network doesn't make you right. The next round starts by itself.")


def show_share_bar(heat: np.ndarray) -> None:
    """Show the scale of a class's map."""
    stops = palette_stops(DEFAULT_PALETTES[False])
    st.html(figures.colour_bar(stops, 0, 100 * float(heat.max()), "% of the class that marked it"))


# Following -----------------------------------------------------------------------------------------------------------


def _stage(code: str, seat: str) -> Stage:
    """Return what the phone's page hangs on: the round, whether it is revealed, and the phone's place."""
    found = school().at(code)
    now = found.round if found is not None else None
    if found is None or now is None:
        return ()
    return now.number, now.result is not None, found.holds(seat)


def _follow(code: str, seat: str, stage: Stage) -> None:
    """Draw the page anew once the teacher has gone on, in a fragment that draws nothing itself."""

    @st.fragment(run_every=LOOK_EVERY)
    def look() -> None:
        if _stage(code, seat) != stage:
            st.rerun()

    look()
