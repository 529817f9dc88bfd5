"""The game's rules with a clock of its own, and how it begins, goes and ends on the page."""

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.app_pages.live import game as live_game
from dashboard.app_pages.live import views as live_views
from dashboard.app_pages.live.films import LEAST_SECONDS, Moment, Seen
from dashboard.app_pages.live.game import HOLD, MAP_SECONDS, ROUND_SECONDS, Game, faces_of, say_result
from dashboard.app_pages.live.reader import LEAST_GAP, Live, Now, Settings
from models import emotion
from models.cards import load_card
from tests.support.screen import texts

OpenPage = Callable[..., AppTest]
GOALS = ("happy", "sad", "surprise")
WIDTH = 640
LEFT, RIGHT = (100, 100, 80, 80), (440, 100, 80, 80)


def seen(answer: str, box: tuple[int, int, int, int] = LEFT) -> Seen:
    return Seen(1, box, (1 / 7,) * 7, answer)


def play(game: Game, *answers: str | tuple[Seen, ...], begin: float = 1.0) -> float:
    """Shows one answer after another, a tenth of a second apart; returns the time after the last."""
    now = begin
    for number, answer in enumerate(answers):
        now = begin + LEAST_GAP * number
        faces = (seen(answer),) if isinstance(answer, str) else answer
        game.see([Moment(now, faces)], WIDTH, now)
    return now


def alone(**given: float) -> Game:
    return Game(GOALS, ("You",), 0.0, **given)


def test_expression_is_reached_once_it_was_the_answer_on_enough_frames_in_a_row() -> None:
    game = alone()
    play(game, *["happy"] * (HOLD - 1), "uncertain", *["happy"] * (HOLD - 1))
    assert not game.players[0].reached
    now = play(game, "happy", begin=5.0)
    assert game.players[0].reached == {"happy": 5.0}
    assert game.shown(now) == "happy"
    assert game.shown(now + MAP_SECONDS) is None
    assert LEAST_SECONDS <= (HOLD - 1) * LEAST_GAP < LEAST_SECONDS + LEAST_GAP, "as long as a change must last"


def test_face_that_is_away_and_an_answer_that_is_no_goal_break_the_row() -> None:
    game = alone()
    play(game, *["happy"] * (HOLD - 1), (), *["happy"] * (HOLD - 1), "uncertain", *["uncertain"] * HOLD)
    assert not game.players[0].reached


def test_frames_are_taken_once_and_none_from_before_the_start() -> None:
    game = alone(last=1.05)
    moments = [Moment(1.0 + LEAST_GAP * number, (seen("happy"),)) for number in range(HOLD)]
    for _ in range(9):
        game.see(moments, WIDTH, 2.0)
    assert not game.players[0].reached, "the first one is from before the start, and the rest is seen again"


def test_round_ends_with_its_time_or_when_all_are_reached() -> None:
    game = alone()
    assert game.left(0) == ROUND_SECONDS == 60
    assert not game.is_over(59.9)
    assert game.is_over(60)
    play(game, *["happy"] * HOLD, begin=60.0)
    assert not game.players[0].reached, "too late"
    now = play(game, *[goal for goal in GOALS for _ in range(HOLD)], begin=10.0)
    assert game.is_over(now)
    assert say_result(game) == "You reached 3 of 3."
    assert game.hint(now) is None


def test_hint_names_what_is_missing_and_moves_on() -> None:
    game = alone()
    play(game, *["happy"] * HOLD)
    assert {game.hint(second) for second in range(0, 60)} == {"sad", "surprise"}


def test_two_players_have_half_of_the_picture_each() -> None:
    game = Game(GOALS, ("Left", "Right"), 0.0)
    both = (seen("sad", RIGHT), seen("happy", LEFT))
    play(game, *[both] * HOLD, *[(seen("surprise", RIGHT),)] * HOLD)
    assert [list(player.reached) for player in game.players] == [["happy"], ["sad", "surprise"]]
    assert say_result(game) == "Right wins: 2 to 1."
    draw = Game(GOALS, ("Left", "Right"), 0.0)
    play(draw, *[both] * HOLD)
    assert say_result(draw) == "A draw: 1 of 3 each."


def test_largest_face_plays() -> None:
    small, large = seen("sad", (300, 0, 20, 20)), seen("happy", (10, 0, 90, 90))
    assert faces_of(Moment(0.0, (small, large)), 1, WIDTH) == [large]
    assert faces_of(Moment(0.0, ()), 2, WIDTH) == [None, None]


# The page ------------------------------------------------------------------------------------------------------------


def test_game_needs_the_camera(open_page: OpenPage) -> None:
    app = open_page("live")
    assert "60 seconds for 7 expressions, in any order" in texts(app)
    threshold = load_card(emotion.DEFAULT).thresholds["uncertain"]
    assert f"{threshold * 100:.0f} % sure" in texts(app), "the threshold of the network's card"
    app.button(key="live_game_start").click().run()
    assert "start it first" in app.warning[0].value
    app.run()
    assert not app.warning


def test_round_is_played_to_its_end_and_anew(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("live")
    _, live = app.session_state[live_views.LIVE]
    chosen: list[Settings] = []
    monkeypatch.setattr(live, "choose", chosen.append)
    monkeypatch.setattr(live, "now", lambda: Now(rate=10.0, size=(WIDTH, 480)))
    app.button(key="live_game_start").click().run()
    assert not app.exception
    assert "Make the network say: " in texts(app)
    moments = tuple(Moment(1 + LEAST_GAP * number, (seen("surprise"),)) for number in range(HOLD))
    monkeypatch.setattr(live, "now", lambda: Now(rate=10.0, size=(WIDTH, 480), moments=moments))
    app.run()
    assert any("Surprise reached" in one.value for one in app.html)
    assert chosen[-1].explained == "surprise", "the camera's picture shows the map"
    game: Game = app.session_state[live_game.GAME]
    game.newest = ("surprise", game.began - MAP_SECONDS)
    app.run()
    assert chosen[-1].explained is None
    game.began -= ROUND_SECONDS
    app.run()
    assert "You reached 1 of 7." in texts(app)
    assert "An expression is not a feeling." in texts(app)
    app.button(key="live_game_again").click().run()
    assert app.session_state[live_game.GAME].players[0].reached == {}
    app.button(key="live_game_stop").click().run()
    assert app.session_state[live_game.GAME] is None
    assert not app.exception


def test_networks_without_faces_have_no_game(open_page: OpenPage) -> None:
    app = open_page("live", network="hand-signs")
    assert "Make the network say" not in texts(app)
    assert not [button for button in app.button if button.key == "live_game_start"]


def test_page_speaks_of_no_faces_where_the_network_looks_for_none(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = tuple(Moment(number / 10, (Seen(1, LEFT, (0.1,) * 10, "5"),)) for number in range(9))
    monkeypatch.setattr(Live, "now", lambda self: Now(rate=10.0, size=(WIDTH, 480), moments=moments))
    monkeypatch.setattr(live_views, "_stream", lambda *given, **named: True)
    app = open_page("live", network="hand-signs", live_map="true")
    main = app.main
    said = [one.value for kind in ("markdown", "caption", "html") for one in getattr(main, kind)]
    said += [word for one in main.toggle for word in (one.label, one.help)]
    said += [str(column) for frame in main.dataframe for column in frame.value.columns]
    assert any("Square 1: 5" in words for words in said)
    assert "Class" in said
    assert not [words for words in said if re.search(r"\bfaces?\b|\bexpressions?\b", words, re.IGNORECASE)]
