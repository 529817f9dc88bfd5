"""What the Guess page shows: the face to mark, then the guess beside the network's map and a random one."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.app_pages.guess import results, scoring
from dashboard.app_pages.guess.scoring import Entry, Marks, Outcome, Row
from dashboard.drawing import pictures
from dashboard.drawing.look import Look, colour_limit
from dashboard.drawing.pictures import Region
from dashboard.drawing.words import percent, time_left
from dashboard.pickers.usual import choose_seen
from dashboard.services import asking
from dashboard.services.asking import EXPLANATION
from dashboard.services.chance import RANDOM_CELLS, RANDOM_MAPS, random_map
from dashboard.services.classroom import LONGEST_NAME, MOST_MARKED
from dashboard.services.runs import Run, show_progress, watch
from dashboard.subject import Question, Subject, digest
from dashboard.tasks.aim import Aim
from dashboard.tasks.task import View
from dashboard.widgets.downloads import download_png
from dashboard.widgets.maps import FACE_SIDE, map_overlay, show_colour_bar
from dashboard.widgets.picture import BoxPen, Brush, Regions, picture_with
from interp import Explanation
from interp.render import DEFAULT_PALETTES, strip
from models.faces.parts import face_parts

GUESS_TOOL = "guess_tool"
GUESS_PARTS = "guess_parts"
GUESS_NAME = "guess_name"
MARKS = "guess_marks"
REVEALED = "guess_revealed"
SCOREBOARD = "guess_scoreboard"

BOARD_WIDTH = 560
"""Pixels of the face to mark."""
RESULT_SIDE = 384
"""Pixels of a side of each of the three pictures."""
PART_SCALE = 4
"""How many times finer than the network's input the parts of the face are drawn."""
THICK = 0.12
BRUSHES = {"Brush": THICK, "Fine brush": 0.05, "Box": None}
"""What draws, and its width in shares of the picture's; a box has none."""
PART_WORDS = {"jaw": "Cheeks"}
MOST_ENTRIES = 30
MOST_SHAPES = 200
"""Strokes and boxes on one face; the oldest give way."""
HIDE_MARKING = (
    '<style>.st-key-guess_marking, [data-testid="stLayoutWrapper"]:has(> .st-key-guess_marking) '
    "{ display: none; }</style>"
)
OPACITY = 0.7
SCORE = (
    "From 0 to 100: half for what the answer loses with these pixels hidden, half for what it keeps with only them "
    "shown. The higher, the more they mattered to the network."
)
OUTLINE = "The amber line encloses as many pixels as you marked."


@dataclass(frozen=True)
class Game:
    """What is guessed.

    Args:
        subject: photo, face and network.
        view: what the network gets.
        aim: method and expression.
        question: the same as a question.
    """

    subject: Subject
    view: View
    aim: Aim
    question: Question


# Marking -------------------------------------------------------------------------------------------------------------


def marks_of(game: Game) -> Marks:
    """Return what is marked on the face; another face begins without marks."""
    found: Marks | None = st.session_state.get(MARKS)
    if found is None or found.crop_id != game.question.crop_id:
        st.session_state[GUESS_PARTS] = []
        found = st.session_state[MARKS] = Marks(game.question.crop_id)
    return found


def parts_of(game: Game) -> dict[str, np.ndarray]:
    """Return the parts of the face that can be chosen by their labels, bool (h, w).

    Of a face without points these are nine fields of the picture.
    """
    height, width = game.view.size
    if game.subject.face.landmarks is None:
        return {name.capitalize(): mask for name, mask in scoring.thirds((height, width)).items()}
    points = (game.view.to_input(game.subject.face.landmarks) + 0.5) * PART_SCALE - 0.5
    found = face_parts(points, (height * PART_SCALE, width * PART_SCALE))
    return {
        PART_WORDS.get(name, name.capitalize()): mask
        for name, mask in scoring.coarse(found, (height, width)).items()
        if mask.any()
    }


def ask_words(game: Game) -> str:
    """Ask what is to be marked, in a sentence."""
    if game.view.task.reads_faces:
        return f"What makes this face look {game.aim.goal.words}?"
    return f"What in {game.view.noun} tells the network that it is {game.aim.goal.quoted}?"


def mark(game: Game, below: Callable[[], None]) -> np.ndarray:
    """Draw the face to mark and all that marks it; return the marked pixels, bool (h, w).

    Args:
        game: what is guessed.
        below: draws what stands below the tools.
    """
    marks, parts = marks_of(game), parts_of(game)
    with st.container(key="guess_marking"):
        board_column, words_column = st.columns([1, 1], gap="large")
    with words_column:
        st.markdown(f"**{ask_words(game)}** Paint over it, draw boxes, or choose parts below.")
        tool = _choose_tool()
        chosen = _choose_parts(list(parts))
        mask = scoring.mask_of(marks.shapes, [parts[name] for name in chosen], game.view.size)
        share = float(mask.mean())
        st.markdown(_share_words(share))
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Reveal",
                type="primary",
                icon=":material/visibility:",
                key="reveal",
                disabled=not 0 < share <= MOST_MARKED,
                on_click=_reveal,
                args=(_asked(game, mask),),
                help="Shows your marks beside the network's map and a random one, with a score for each.",
            )
            _undo(marks, bool(chosen))
        below()
    with board_column, st.container(key="main_picture"):
        _board(game, marks, mask, BRUSHES[tool])
    return mask


def _choose_tool() -> str:
    chosen = st.segmented_control(
        "Draw with",
        list(BRUSHES),
        default=next(iter(BRUSHES)),
        required=True,
        key=GUESS_TOOL,
        persist_state="session",
        help="What your mouse or finger draws on the picture.",
    )
    return chosen or next(iter(BRUSHES))


def _choose_parts(names: list[str]) -> list[str]:
    kept = [name for name in st.session_state.get(GUESS_PARTS) or [] if name in names]
    st.session_state[GUESS_PARTS] = kept
    return list(
        st.pills(
            "Parts",
            names,
            selection_mode="multi",
            key=GUESS_PARTS,
            help="Marks a part of the picture without drawing, for example by keyboard.",
        )
    )


def _share_words(share: float) -> str:
    if not share:
        return "Nothing is marked yet."
    words = f"You have marked {percent(share)} of the picture."
    if share > MOST_MARKED:
        return f"{words} Mark at most {percent(MOST_MARKED)}: if you mark everything, you can't be wrong."
    return words


def _undo(marks: Marks, has_parts: bool) -> None:
    st.button(
        "Undo",
        icon=":material/undo:",
        key="undo_mark",
        disabled=not marks.shapes,
        on_click=_keep,
        args=(replace(marks, shapes=marks.shapes[:-1]),),
        help="Removes the last mark.",
    )
    st.button(
        "Clear",
        icon=":material/delete:",
        key="clear_marks",
        disabled=not (marks.shapes or has_parts),
        on_click=_clear,
    )


def _board(game: Game, marks: Marks, mask: np.ndarray, brush: float | None) -> None:
    face = game.view.enlarged(FACE_SIDE)
    height, width = face.shape[:2]

    def add(drawn: pictures.Sent) -> None:
        shape = scoring.box_of(drawn) or scoring.stroke_of(drawn, brush or THICK)
        if shape is not None:
            now = marks_of(game)  # strokes may follow each other faster than the page
            _keep(replace(now, shapes=(*now.shapes, shape)[-MOST_SHAPES:]))

    boxes = [(index, shape) for index, shape in enumerate(marks.shapes) if isinstance(shape, scoring.Box)]

    def remove(number: int) -> None:
        index, _ = boxes[number]
        _keep(replace(marks, shapes=marks.shapes[:index] + marks.shapes[index + 1 :]))

    regions = [
        Region(box.left, box.top, box.width, box.height, f"Box {number}: remove it", str(number))
        for number, (_, box) in enumerate(boxes, start=1)
    ]
    with st.container(width=BOARD_WIDTH):
        picture_with(
            [Regions(regions, remove), BoxPen(add) if brush is None else Brush(add, brush, len(marks.shapes))],
            pictures.jpeg(scoring.marked(face, mask)),
            (width, height),
            key="guess_board",
            alt=f"{game.view.noun.capitalize()} to mark; {percent(float(mask.mean()))} of it is marked",
        )


def _keep(marks: Marks) -> None:
    st.session_state[MARKS] = marks


def _clear() -> None:
    """Callback: begin without marks."""
    st.session_state[MARKS] = st.session_state[REVEALED] = None
    st.session_state[GUESS_PARTS] = []


def _asked(game: Game, mask: np.ndarray) -> tuple[Hashable, ...]:
    """What a reveal is about: with other marks, another face, network or expression it is to be pressed again."""
    question = game.question
    return (question.crop_id, question.network_name, repr(question.target), digest(mask.tobytes()))


def _reveal(asked: tuple[Hashable, ...] | None) -> None:
    st.session_state[REVEALED] = asked


# Revealing -----------------------------------------------------------------------------------------------------------


def reveal(game: Game, mask: np.ndarray) -> None:
    """Show guess, map and chance side by side in the place of the board, once that was asked for."""
    if st.session_state.get(REVEALED) == _asked(game, mask):
        st.html(HIDE_MARKING)
        _results(game, mask)


def _results(game: Game, mask: np.ndarray) -> None:
    explanation, run = asking.ask(game.question, is_slow=game.aim.method.is_slow)
    if explanation is not None:
        _outcome(game, mask, explanation)
        return
    watch(lambda: _progress(game, run), EXPLANATION, was_active=run is not None and run.is_active)


def _progress(game: Game, run: Run[Explanation] | None) -> None:
    label = game.aim.method.label
    if run is not None and run.status == "failed":
        st.error(f"{run.error} Choose another method.", title="There is no map", icon=":material/error:")
        _change_button()
        return
    if run is not None and run.is_active:
        words = f"{label}: looking for the map{time_left(run.seconds_left)}"
        show_progress(run, words, "explanation")
        return
    seconds = asking.expected_seconds(game.question)
    st.progress(0.0, text=f"{label} takes about {seconds:.0f} s." if seconds else f"{label}: cancelled.")
    st.button(
        "Compute", key="compute", icon=":material/play_arrow:", on_click=asking.start_explanation, args=(game.question,)
    )
    _change_button()


def _outcome(game: Game, mask: np.ndarray, explanation: Explanation) -> None:
    found: Outcome = results.outcome(game.question, explanation, mask)
    view, aim, chance = game.view, game.aim, random_map(0)
    if explanation.is_blank:
        st.info("The network's map is blank, so its pixels below were chosen at random.", icon=":material/info:")
    st.markdown(f"**{scoring.say_outcome(found, aim.goal.quoted, view.noun)}** {scoring.say_chance(found)}")
    columns, switch = st.columns(3, gap="large"), st.container(key="guess_minus_usual")
    with switch:
        seen, aim = choose_seen(game.question, explanation, aim)
    look = Look(OPACITY, DEFAULT_PALETTES[aim.is_signed], aim.is_signed)
    plain = Look(OPACITY, DEFAULT_PALETTES[False], False)
    limit = colour_limit(seen)
    small = view.enlarged(RESULT_SIDE)
    shown = (
        (name_of(), scoring.marked(small, mask), found.guess, "Your marks"),
        (
            f"The network: {aim.method.label}",
            scoring.marked(map_overlay(view, seen.values, look, limit), found.network.mask, opacity=0),
            found.network,
            f"{aim.method.label} for {aim.goal.words}, and a line around its strongest pixels",
        ),
        (
            "At random",
            scoring.marked(map_overlay(view, chance, plain), found.chance.mask, opacity=0),
            found.chance,
            "A random map, and a line around its strongest pixels",
        ),
    )
    for column, (title, picture, row, alt) in zip(columns, shown, strict=True):
        with column:
            st.markdown(f"##### {title}")
            st.image(picture, width="stretch", alt=alt)
            _numbers(row, found, game)
            if row is found.guess:
                st.caption("Amber: what you marked.")
            elif row is found.network:
                show_colour_bar(seen.values, look, f"{aim.meaning}. {OUTLINE}", aim.ends, limit)
            else:
                show_colour_bar(chance, plain, f"A random map. {OUTLINE}")
    st.caption(
        "Agreeing with the network doesn't make you right. The map shows what this network used in this picture; it "
        "may give the right answer for a wrong reason, and you may see what it doesn't."
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        _change_button()
        st.text_input(
            "Your name (optional)",
            key=GUESS_NAME,
            max_chars=LONGEST_NAME,
            persist_state="session",
            width=180,
            help="For the scoreboard. Kept only while this page is open, never saved.",
        )
        _keep_button(game, mask, found)
        strip = [picture for _, picture, _, _ in shown]
        titles = [title for title, _, _, _ in shown]
        download_png("Picture of all three", lambda: _side_by_side(strip, titles), *_parts(game), key="download_guess")


def _parts(game: Game) -> tuple[str, ...]:
    return game.subject.title, game.aim.method.label, game.aim.goal.words, "guess"


def _side_by_side(shown: list[np.ndarray], titles: list[str]) -> np.ndarray:
    return strip(shown, titles, height=RESULT_SIDE)


def _change_button() -> None:
    st.button("Change my marks", key="change_marks", icon=":material/edit:", on_click=_reveal, args=(None,))


def _numbers(row: Row, found: Outcome, game: Game) -> None:
    word, noun = game.aim.goal.words, game.view.noun
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Score",
            f"{scoring.points(row.score, found.whole):.0f}",
            width="content",
            help=SCORE,
        )
        st.metric(
            "Hidden",
            percent(row.hidden),
            width="content",
            help=f"What is left of “{word}” with these pixels hidden; on {scoring.whole_of(noun)} it "
            f"is {percent(found.whole)}. The lower, the more they mattered.",
        )
        st.metric(
            "Shown alone",
            percent(row.alone),
            width="content",
            help=f"What “{word}” gets with only these pixels shown, the rest blurred. The higher, the more they "
            "mattered.",
        )
        st.metric(
            "Overlap",
            percent(row.overlap),
            width="content",
            help="Of all pixels marked by you or by the network's map, the share marked by both.",
        )


def name_of() -> str:
    """Return the guesser's name as entered, "You" where there is none."""
    return (st.session_state.get(GUESS_NAME) or "").strip()[:LONGEST_NAME] or "You"


# Scoreboard ----------------------------------------------------------------------------------------------------------


def _keep_button(game: Game, mask: np.ndarray, found: Outcome) -> None:
    board: list[Entry] = st.session_state.setdefault(SCOREBOARD, [])
    name = name_of()
    entry = Entry(
        f"Guess {len(board) + 1}" if name == "You" else name,
        game.subject.title,
        game.aim.goal.words,
        game.aim.method.label,
        game.subject.network_name,
        float(mask.mean()),
        found,
    )
    is_kept = any(one.outcome is found and (name == "You" or one.name == name) for one in board)
    st.button(
        "On the scoreboard" if is_kept else "Keep on the scoreboard",
        icon=":material/check:" if is_kept else ":material/leaderboard:",
        key="keep_guess",
        disabled=is_kept or len(board) >= MOST_ENTRIES,
        on_click=board.append,
        args=(entry,),
    )


def scoreboard() -> None:
    """Show the guesses that were kept, the best first; nothing where there is none."""
    board: list[Entry] = st.session_state.setdefault(SCOREBOARD, [])
    if not board:
        return
    st.subheader("Scoreboard", anchor=False)
    table = scores_table(board)
    st.dataframe(
        table,
        hide_index=True,
        key="scoreboard",
        alt="Table of the guesses: "
        + "; ".join(f"{name} {score:.0f}" for name, score in zip(table["Name"], table["Score"], strict=True)),
        column_config={
            "Name": st.column_config.TextColumn(pinned=True),
            "Marked": st.column_config.NumberColumn(format="%.0f %%", help="Share of the picture that was marked."),
            "Score": st.column_config.NumberColumn(
                format="%.0f", help="0 to 100: how much the marked pixels mattered."
            ),
            "Network's score": st.column_config.NumberColumn(format="%.0f", help="Of its map's strongest pixels."),
            "At random": st.column_config.NumberColumn(format="%.0f", help="Mean of the random maps."),
            "Overlap": st.column_config.NumberColumn(format="%.0f %%", help="With the network's map."),
        },
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button("Clear the scoreboard", icon=":material/delete:", key="clear_scoreboard", on_click=board.clear)
        st.caption("Kept only while this page is open, never saved. Only compare scores for the same picture.")


def scores_table(board: list[Entry]) -> pd.DataFrame:
    """Return the scoreboard as a table, the highest score first."""
    rows = [
        {
            "Name": entry.name,
            "Score": scoring.points(entry.outcome.guess.score, entry.outcome.whole),
            "Network's score": scoring.points(entry.outcome.network.score, entry.outcome.whole),
            "At random": scoring.points(float(entry.outcome.random_scores.mean()), entry.outcome.whole),
            "Overlap": 100 * entry.outcome.guess.overlap,
            "Marked": 100 * entry.marked,
            "Looked for": entry.expression,
            "Photo": entry.photo,
            "Method": entry.method,
            "Network": entry.network,
        }
        for entry in board
    ]
    return pd.DataFrame(rows).sort_values("Score", ascending=False, kind="stable")


# Words ---------------------------------------------------------------------------------------------------------------


def details(game: Game) -> str:
    """Say how the scores come about, as Markdown."""
    height, width = game.view.size
    layer = f" at layer `{game.question.layer}`" if game.question.layer else ""
    return (
        "All three pictures mark the same number of pixels: yours, and as many of the strongest on "
        "each map. The network is asked twice about each: with these pixels hidden, and with only these pixels "
        "shown. If pixels matter, its answer drops when they are hidden, and holds when only they are shown.\n\n"
        "**Details**\n"
        f"- Marks are rounded to the {height}×{width} pixels that the network sees.\n"
        f"- The network's map: {game.aim.method.label}{layer}, in its usual settings; of a signed map, what raises "
        "the score counts.\n"
        f"- Hidden: in the mean colour of {game.view.noun}. Alone: on {game.view.noun}, blurred by a twelfth of its "
        "side. They are one point of the deletion and of the insertion curve of Petsiuk et al. 2018, arXiv:1806.07421. "
        "Score: half of (1 − hidden / whole) + alone / whole, as points of 0 to 100.\n"
        f"- Random maps: {RANDOM_CELLS}×{RANDOM_CELLS} random values, enlarged, {RANDOM_MAPS} of them with fixed "
        "seeds; the first is shown. Patches disturb a network less than as many single pixels.\n"
        "- Overlap: intersection over union.\n"
        "- The network never saw covered pictures in training, so part of each drop comes from the cover itself: that "
        "is why the random map stands beside it."
    )
