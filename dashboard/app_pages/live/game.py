"""A game before the camera: make the network say each of its expressions within a minute, alone or two side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from html import escape

import streamlit as st

from dashboard.app_pages.live.films import LEAST_SECONDS, Moment, Seen
from dashboard.app_pages.live.reader import LEAST_GAP, Live, Now
from dashboard.app_pages.live.views import LIVE
from dashboard.drawing.words import percent
from dashboard.pickers.switch import choose_one
from dashboard.services import networks
from dashboard.tasks.task import UNCERTAIN

ROUND_SECONDS = 60.0
HOLD = 1 + round(LEAST_SECONDS / LEAST_GAP)
"""Frames of the timeline in a row that an answer must last: as long as it takes elsewhere to count as a change."""
MAP_SECONDS = 3.0
"""Seconds for which the map of an expression is shown once it is reached: time to look, a twentieth of the round."""
HINT_SECONDS = 6.0
"""Seconds after which another one of those that are missing is asked for: nobody gets stuck on a hard one."""
LOOK_EVERY = 0.3
GAME = "live_game"
PLAYERS = "players"
NO_CAMERA = "live_game_no_camera"
NAMES = {"One": ("You",), "Two": ("Left", "Right")}


@dataclass
class Player:
    """One who plays: what was reached, after how many seconds, and what the network has been saying."""

    name: str
    reached: dict[str, float] = field(default_factory=dict)
    answer: str = UNCERTAIN
    held: int = 0

    def see(self, seen: Seen | None, goals: Sequence[str], seconds: float) -> str | None:
        """Take the next frame; return the goal that is reached by it, if any.

        Args:
            seen: the player's face on it; None where there is none.
            goals: what can be reached.
            seconds: since the round began.
        """
        answer = UNCERTAIN if seen is None else seen.expression
        self.held = self.held + 1 if answer == self.answer else 1
        self.answer = answer
        if answer not in goals or answer in self.reached or self.held < HOLD:
            return None
        self.reached[answer] = seconds
        return answer


@dataclass
class Game:
    """A round of the game; it is told the time and never asks for it.

    A goal is reached once the network's answer, which is "uncertain" where it isn't sure enough, has been it on `HOLD`
    frames of the timeline in a row.

    Args:
        goals: the expressions to reach.
        names: of the players; of two, the first one is in the left half of the picture.
        began: when the round began.
        last: the time of the last frame that was seen before it.
    """

    goals: tuple[str, ...]
    names: tuple[str, ...]
    began: float
    last: float = -1.0
    players: tuple[Player, ...] = field(init=False)
    newest: tuple[str, float] | None = field(default=None, init=False)
    """What was reached last, and when."""

    def __post_init__(self) -> None:
        self.players = tuple(Player(name) for name in self.names)

    def see(self, moments: Sequence[Moment], width: int, now: float) -> None:
        """Take what was seen since the last time.

        Args:
            moments: of the timeline; those that were taken before are left out.
            width: of the frames, in pixels.
            now: the time.
        """
        for moment in moments:
            if moment.time <= self.last or self.is_over(now):
                continue
            self.last = moment.time
            for player, seen in zip(self.players, faces_of(moment, len(self.players), width), strict=True):
                reached = player.see(seen, self.goals, now - self.began)
                if reached is not None:
                    self.newest = (reached, now)

    def left(self, now: float) -> float:
        """Return the seconds that are left."""
        return max(0.0, ROUND_SECONDS - (now - self.began))

    def is_over(self, now: float) -> bool:
        """Return whether the time is up, or somebody has reached all."""
        return not self.left(now) or any(len(player.reached) == len(self.goals) for player in self.players)

    def shown(self, now: float) -> str | None:
        """Return the expression whose map is shown at this moment."""
        return self.newest[0] if self.newest is not None and now - self.newest[1] < MAP_SECONDS else None

    def hint(self, now: float) -> str | None:
        """Return the goal that is asked for now: one that nobody has reached, else one that somebody is missing."""
        missing = [goal for goal in self.goals if not any(goal in player.reached for player in self.players)]
        missing = missing or [goal for goal in self.goals if not all(goal in one.reached for one in self.players)]
        return missing[int((now - self.began) / HINT_SECONDS) % len(missing)] if missing else None


def faces_of(moment: Moment, players: int, width: int) -> list[Seen | None]:
    """Return the face of each player: the largest one, of two players the largest in each half of the picture."""
    fields: list[list[Seen]] = [[] for _ in range(players)]
    for seen in moment.faces:
        x, _, face_width, _ = seen.box
        middle = (x + face_width / 2) / max(1, width)
        fields[min(players - 1, max(0, int(players * middle)))].append(seen)
    return [max(faces, key=lambda seen: seen.box[2] * seen.box[3], default=None) for faces in fields]


def say_result(game: Game) -> str:
    """Say in a sentence how a round came out."""
    count = len(game.goals)
    if len(game.players) == 1:
        return f"You reached {len(game.players[0].reached)} of {count}."
    (left, right) = (len(player.reached) for player in game.players)
    if left == right:
        return f"A draw: {left} of {count} each."
    return f"{'Left' if left > right else 'Right'} wins: {max(left, right)} to {min(left, right)}."


# On the page ---------------------------------------------------------------------------------------------------------


def show(network_name: str, clock: Callable[[], float] = time.monotonic) -> None:
    """Draw the game of a network that reads faces: a round, how it came out, or the way to a new one.

    Args:
        network_name: the network that plays.
        clock: tells the time in seconds. Defaults to the machine's.
    """
    kept = st.session_state.get(LIVE)
    if kept is None or not networks.task(network_name).reads_faces:
        return
    live: Live = kept[1]
    game: Game | None = st.session_state.get(GAME)
    if game is not None and game.goals != live.labels:
        game = st.session_state[GAME] = None
    if game is None:
        with st.expander("Game: make the network say it", icon=":material/sports_esports:", key="live_game_offer"):
            _offer(live, network_name, clock)
    elif game.is_over(clock()):
        _result(game, live, clock)
    else:
        _play(game, live, clock)


def _offer(live: Live, network_name: str, clock: Callable[[], float]) -> None:
    limit = networks.card(network_name).thresholds.get("uncertain", 0.0)
    st.markdown(
        f"You have {ROUND_SECONDS:.0f} seconds for {len(live.labels)} expressions, in any order. One is reached once "
        f"the network names it, at least {percent(limit)} sure, on {HOLD} frames in a row; then you see which parts "
        "of the face led to it."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        options = {"One": "One", "Two": "Two, side by side"}
        players = choose_one("Players", PLAYERS, options, "Two share one camera.")
        st.button(
            "Start the game",
            type="primary",
            icon=":material/play_arrow:",
            key="live_game_start",
            on_click=_start,
            args=(live, NAMES[players], clock),
        )
    _say_no_camera()
    st.caption(NOT_A_FEELING)


def _say_no_camera() -> None:
    if st.session_state.pop(NO_CAMERA, False):
        st.warning("The game needs the camera: start it first.", icon=":material/videocam_off:")


NOT_A_FEELING = "An expression is not a feeling. The game is about what the network says, and it is often wrong."


def _start(live: Live, names: tuple[str, ...], clock: Callable[[], float]) -> None:
    """Callback: begin a round."""
    now = live.now()
    if not now.rate:
        st.session_state[NO_CAMERA] = True
        return
    last = now.moments[-1].time if now.moments else -1.0
    st.session_state[GAME] = Game(live.labels, names, clock(), last)


def _stop() -> None:
    """Callback: leave the game."""
    st.session_state[GAME] = None


def _play(game: Game, live: Live, clock: Callable[[], float]) -> None:
    usual = live.settings  # as the switches below the picture have it

    @st.fragment(run_every=LOOK_EVERY)
    def part() -> None:
        seen: Now = live.now()
        now = clock()
        game.see(seen.moments, seen.size[0], now)
        shown = game.shown(now)
        live.choose(replace(usual, explained=shown) if shown is not None else usual)
        if game.is_over(now):
            live.choose(usual)
            st.rerun()
        hint = game.hint(now)
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.markdown(f"### Make the network say: {hint}" if hint is not None else "### All reached", width="content")
            st.markdown(f"**{game.left(now):.0f} s** left", width="content")
            if st.button("Stop", key="live_game_stop", icon=":material/stop:"):
                _stop()
                live.choose(usual)
                st.rerun()
        for player in game.players:
            _board(player, game.goals)
        words = f"{shown.capitalize()} reached: the map shows which parts of the face led to it." if shown else ""
        words = words or ("" if seen.rate else "No picture is coming from the camera.")
        st.html(f'<p role="status" style="margin:0;min-height:1.5em">{escape(words)}</p>')

    part()


def _board(player: Player, goals: Sequence[str]) -> None:
    """One row: what a player has reached, and what is missing."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{player.name}**", width="content")
        for goal in goals:
            if goal in player.reached:
                st.badge(f"{goal} {player.reached[goal]:.0f} s", icon=":material/check:", color="green")
            else:
                st.badge(goal, color="gray")


def _result(game: Game, live: Live, clock: Callable[[], float]) -> None:
    st.subheader(say_result(game), anchor=False)
    for player in game.players:
        _board(player, game.goals)
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Play again",
            type="primary",
            icon=":material/replay:",
            key="live_game_again",
            on_click=_start,
            args=(live, game.names, clock),
        )
        st.button("Done", key="live_game_done", on_click=_stop)
    _say_no_camera()
    st.caption(NOT_A_FEELING)
