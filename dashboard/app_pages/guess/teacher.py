"""The teacher's screen of a class: a word on what phones will see, the code, how many are there, and what came out."""

from __future__ import annotations

import ipaddress
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import numpy as np
import segno
import streamlit as st

from dashboard.app_pages.guess import phone, scoring, tally
from dashboard.app_pages.guess.views import OPACITY, RESULT_SIDE, SCORE, Game, ask_words, parts_of
from dashboard.codes import spaced
from dashboard.drawing.look import Look
from dashboard.drawing.words import time_left
from dashboard.pickers.usual import choose_minus_usual
from dashboard.services import asking, explanations, networks
from dashboard.services.chance import random_map
from dashboard.services.classroom import (
    MOST_PHONES,
    Classroom,
    Face,
    RefusalError,
    Result,
    Round,
    school,
    session_id,
)
from dashboard.services.runs import Report, Run, Slot, gate, show_progress, start, watch
from dashboard.subject import Question, with_channels
from dashboard.visits import KEPT_SECONDS, is_open
from dashboard.widgets.drawer import drawer
from dashboard.widgets.maps import FACE_SIDE, show_colour_bar
from interp import METHODS, Explanation, render
from interp.render import DEFAULT_PALETTES

T = TypeVar("T")

CLASS = "class_of_teacher"
IS_ASKED = "class_is_asked"
REVEALING = "class_revealing"
NOT_OPENED = "class_not_opened"
TALLY: Slot[Result] = Slot("class_tally")
COUNT_EVERY = 1.0
"""Seconds between two looks at how many phones are there."""
QR_SIDE = 400
"""Pixels of a side, where the style sheet has no other: on a tall screen the code is larger."""
FACE_WIDTH = 120
"""Pixels of the face beside the code, for those who have no phone."""


def offer(game: Game) -> None:
    """Draw the way into a class: to hold one, and to join one."""
    with st.container(horizontal=True, gap="small", key="class_offer"):
        st.button(
            "Guess with a class",
            icon=":material/groups:",
            key="class_ask",
            on_click=_ask,
            args=(True,),
            help=f"Up to {MOST_PHONES} phones join by a code, and mark {game.view.noun} too.",
        )
        with drawer("class_join", "Join a class"):
            phone.code_field()


def _ask(is_asked: bool) -> None:
    st.session_state[IS_ASKED] = is_asked


def is_teaching() -> bool:
    """Return whether this page holds a class, or is about to."""
    return CLASS in st.session_state or bool(st.session_state.get(IS_ASKED))


def show(game: Game) -> None:
    """Draw the class that this page holds, or what is to be known before it begins.

    Args:
        game: what is guessed, for the next round.
    """
    room: Classroom | None = st.session_state.get(CLASS)
    if room is None:
        _consent(game)
        return
    now = room.round
    if now is None:
        st.info(
            f"The class has ended: this page was cut off for more than {KEPT_SECONDS} seconds. Its picture and all "
            "marks are gone from the server.",
            icon=":material/info:",
        )
        st.button("Go on without a class", key="class_end", on_click=_end)
        return
    if now.result is None and st.session_state.get(REVEALING) == now.number:
        _work_out(room, now)
    if now.result is not None:
        _results(room, now, now.result)
    elif st.session_state.get(REVEALING) != now.number:
        _lobby(room, now)


def offer_next(game: Game) -> None:
    """Offer the chosen face and question as the next round, where they are other than those of this one."""
    room: Classroom | None = st.session_state.get(CLASS)
    if room is None or room.round is None:
        return
    is_same = room.round.face.question.key == game.question.key
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Next round",
            icon=":material/skip_next:",
            key="class_next",
            disabled=is_same,
            on_click=_next,
            args=(room, game),
        )
        if is_same:
            words = "For another round choose another photo, or another answer to look for. The phones stay."
        else:
            words = f"Shows {game.view.noun} above on all phones that joined: {ask_words(game)}"
        st.caption(words)


# Beginning and ending ------------------------------------------------------------------------------------------------


def _consent(game: Game) -> None:
    noun = game.view.noun
    face_column, words_column = st.columns([1, 2], gap="large")
    with face_column, st.container(key="main_picture"):
        st.image(game.view.enlarged(RESULT_SIDE), width="stretch", alt=f"{noun.capitalize()} that phones will see")
    with words_column:
        st.subheader(f"Phones that join will see {noun}", anchor=False)
        st.markdown(
            "Anyone with the code can join, and whoever has seen a picture can keep it: a screenshot is enough. "
            "Share a photo only if the person in it agrees.\n\n"
            f"- Phones join by a QR code or a short code, without an account: {MOST_PHONES} at most.\n"
            f"- They see {noun}{' and nothing else of the photo' if noun != 'the photo' else ''}.\n"
            "- Nobody has to give a name.\n"
            f"- All of it is in this server's memory, and gone once you end the class, or {KEPT_SECONDS} seconds "
            "after this page is closed."
        )
        _say_reach()
        with st.container(horizontal=True, gap="small"):
            st.button(
                f"Share {noun} and show the code",
                type="primary",
                icon=":material/qr_code_2:",
                key="class_open",
                on_click=_open,
                args=(game,),
            )
            st.button("Not now", key="class_not_now", on_click=_ask, args=(False,))
        if NOT_OPENED in st.session_state:
            st.error(st.session_state.pop(NOT_OPENED), icon=":material/error:")


def _face_of(game: Game) -> Face:
    return Face(
        game.question,
        game.view.enlarged(FACE_SIDE),
        ask_words(game),
        game.view.noun,
        game.aim.goal.quoted,
        game.aim.method.label,
        parts_of(game),
    )


def _open(game: Game) -> None:
    """Callback: open the class."""
    try:
        st.session_state[CLASS] = school().open(_face_of(game), partial(is_open, session_id()))
    except RefusalError as error:
        st.session_state[NOT_OPENED] = str(error)
        return
    st.session_state[IS_ASKED], st.session_state[REVEALING] = False, None


def _next(room: Classroom, game: Game) -> None:
    """Callback: show the chosen face to the phones."""
    TALLY.cancel()
    st.session_state[REVEALING] = None
    room.show(_face_of(game))


def _end() -> None:
    """Callback: end the class."""
    room: Classroom = st.session_state.pop(CLASS)
    if not room.is_over:
        st.toast("The class has ended. Its picture and all marks are gone from the server.", icon=":material/check:")
    room.end()
    TALLY.cancel()
    st.session_state[REVEALING] = None


# The way in ----------------------------------------------------------------------------------------------------------


def _lobby(room: Classroom, now: Round) -> None:
    """The code and how many have come: what stands on the wall while the phones paint."""
    face = now.face
    _say_reach()
    with st.container(horizontal=True, gap="large", key="class_lobby"):
        with st.container(width=QR_SIDE, key="class_qr"):
            _qr(room.code)
        words = st.container(width="stretch")
    with words:
        st.markdown(f"Scan this with a phone; or open **{_shown_address()}**, choose **Join a class** and enter")
        st.html(
            '<p style="margin:0;font:600 clamp(2rem,4.2vw,5rem)/1.1 ui-monospace,monospace;white-space:nowrap">'
            f"{spaced(room.code)}</p>"
        )
        _count(room, now)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.image(face.image, width=FACE_WIDTH, alt=f"{face.noun.capitalize()} that the phones see")
            st.subheader(face.ask, anchor=False)


def _count(room: Classroom, now: Round) -> None:
    @st.fragment(run_every=COUNT_EVERY)
    def part() -> None:
        here, sent = room.count()
        with st.container(horizontal=True, gap="large"):
            st.metric("Phones", here, width="content")
            st.metric("Marks sent", sent, width="content")
        with st.container(horizontal=True, gap="small"):
            if st.button("Reveal", type="primary", icon=":material/visibility:", key="class_reveal", disabled=not sent):
                st.session_state[REVEALING] = now.number
                st.rerun()
            if _end_button():
                st.rerun()

    part()


def _end_button() -> bool:
    return st.button(
        "End the class",
        icon=":material/stop_circle:",
        key="class_end",
        on_click=_end,
        help="Its picture and all marks are deleted, and phones no longer show them.",
    )


def class_address(code: str) -> str:
    """Return the address that lets a phone in: that of this page as this browser has it, with the code."""
    return f"{st.context.url or ''}?{phone.CODE}={code}"


def _shown_address() -> str:
    parts = urlsplit(st.context.url or "")
    return f"{parts.netloc}{parts.path}"


def is_out_of_reach(address: str) -> bool:
    """Return whether an address leads every machine to itself."""
    host = urlsplit(address).hostname or ""
    try:
        known = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return known.is_loopback or known.is_unspecified


def _say_reach() -> None:
    if is_out_of_reach(st.context.url or ""):
        st.warning(
            "Phones can't reach this address, which only this machine knows: start the app with `make serve` and open "
            "this page by the machine's name or address in your network (docs/running.md).",
            icon=":material/wifi_off:",
        )


def _qr(code: str) -> None:
    drawn = segno.make(class_address(code), error="m", micro=False)
    st.image(
        drawn.svg_inline(border=4, dark="#000", light="#fff", omitsize=True),
        width="stretch",
        alt="QR code of the address that joins the class",
    )


# What came out -------------------------------------------------------------------------------------------------------


def _work_out(room: Classroom, now: Round) -> None:
    """Find the network's map and what the marks are worth, beside the page where it takes long."""
    question = now.face.question
    explanation, run = asking.ask(question, is_slow=METHODS[question.method].is_slow)
    if explanation is None:
        if run is None:
            asking.start_explanation(question)
        _watch(asking.EXPLANATION, f"{now.face.method}: looking for the map")
        return
    if TALLY.at((room.code, now.number)) is None:
        TALLY.put(start_tally(room, now, explanation), glance=True)
    if now.result is None:
        _watch(TALLY, "Comparing the marks with the map")


def _watch(slot: Slot[T], words: str) -> None:
    run = slot.run
    if run is None or run.status in ("failed", "cancelled"):
        if run is not None and run.error:
            st.error(run.error, title="This can't be revealed", icon=":material/error:")
        slot.cancel()
        st.button("Back to the code", key="class_back", on_click=_forget_reveal)
        return
    watch(lambda: show_progress(run, f"{words}{time_left(run.seconds_left)}", "class"), slot)


def _forget_reveal() -> None:
    st.session_state[REVEALING] = None


def start_tally(room: Classroom, now: Round, explanation: Explanation) -> Run[Result]:
    """Start to compare what the phones have sent so far; the class sees the result as soon as it is there."""
    question, marks = now.face.question, dict(now.marks)
    network, picture, number = networks.network(question.network_name), with_channels(question.crop), now.number

    def work(report: Report[Result]) -> Result:
        report(0, 1)
        found = tally.tally(network, picture, question.target, marks, explanation.values)
        room.reveal(number, found)
        return found

    return start(work, gate(), (room.code, number))


def _results(room: Classroom, now: Round, found: Result) -> None:
    face, plain = now.face, Look(OPACITY, DEFAULT_PALETTES[False], False)
    st.markdown(f"**{tally.say_tally(found, face.quoted)}** {_how_many(len(found.scores))} sent.")
    place = st.container(key="main_picture")
    values_of_network, is_minus_usual = _network_map(face.question, found)
    is_signed = METHODS[face.question.method].signed or is_minus_usual
    own = Look(OPACITY, DEFAULT_PALETTES[is_signed], is_signed)
    meaning = f"More and less than usual for {face.quoted}" if is_minus_usual else "The network's map"
    ends = ("less than usual", "more than usual") if is_minus_usual else None
    chance = random_map(0)
    shown = (
        (
            "The class",
            found.heat,
            plain,
            found.group,
            "Where the class marked, and a line around the most marked pixels",
        ),
        (f"The network: {face.method}", values_of_network, own, found.network, f"{face.method} for {face.quoted}"),
        ("At random", chance, plain, found.chance, "A random map"),
    )
    columns = place.columns(3, gap="large")
    for column, mask, (title, values, look, score, alt) in zip(columns, found.masks, shown, strict=True):
        with column:
            st.markdown(f"##### {title}")
            st.image(_drawn(face, values, look, mask), width="stretch", alt=alt)
            st.metric("Score", f"{scoring.points(score, found.whole):.0f}", width="content", help=SCORE)
            if values is found.heat:
                phone.show_share_bar(values)
            elif look is own:
                show_colour_bar(values, look, meaning, ends)
            else:
                show_colour_bar(values, look, "A random map")
    st.caption(
        "All amber lines enclose the same number of pixels. Agreeing with the network doesn't make you right: its "
        "map shows what this network used in this picture."
    )
    table = tally.scores_table(found, now.marks)
    st.dataframe(
        table,
        width="content",
        hide_index=True,
        key="class_scores",
        alt="Table of the phones' scores: "
        + "; ".join(f"{who} {score:.0f}" for who, score in zip(table["Who"], table["Score"], strict=True)),
        column_config={
            "Who": st.column_config.TextColumn(pinned=True),
            "Score": st.column_config.NumberColumn(format="%.0f", help=SCORE),
            "Network's score": st.column_config.NumberColumn(
                format="%.0f", help="For as many of its strongest pixels as this phone marked."
            ),
            "Marked": st.column_config.NumberColumn(format="%.0f %%", help="Share of the picture that was marked."),
        },
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _end_button()
        st.caption(f"Others can still join at {_shown_address()} with {spaced(room.code)}.")


def _network_map(question: Question, found: Result) -> tuple[np.ndarray, bool]:
    """Draw the switch that takes the usual map away; return the network's map, and whether that was done to it."""
    if not choose_minus_usual(is_there=explanations.usual_map(question) is not None):
        return found.values, False
    return explanations.minus_usual(question, explanations.explanation(question)).values, True


def _how_many(count: int) -> str:
    return "One phone has" if count == 1 else f"{count} phones have"


def _drawn(face: Face, values: np.ndarray, look: Look, mask: np.ndarray) -> np.ndarray:
    """Return the face under a map, with a line around the pixels that are compared."""
    under = render.overlay(face.image, values, opacity=look.opacity, palette=look.palette, signed=look.is_signed)
    return scoring.marked(under, mask, opacity=0)
