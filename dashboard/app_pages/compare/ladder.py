"""All networks of one kind on one face or picture."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.app_pages.compare import comparison
from dashboard.app_pages.compare.maps import choose_goals, choose_two_looks, question_of, side_map, side_scale
from dashboard.app_pages.compare.views import Side, Sides, read_by, side_of
from dashboard.drawing import figures
from dashboard.drawing.scores import interval, scores
from dashboard.drawing.words import amount, duration, percent, share
from dashboard.pickers.layer import choose_layer, layers_to_choose
from dashboard.pickers.look import look_drawer
from dashboard.pickers.method import choose_method
from dashboard.services import explanations, networks
from dashboard.services.asking import Wall
from dashboard.subject import Subject
from dashboard.tasks.aim import Aim
from dashboard.widgets.chart import draw_chart
from dashboard.widgets.downloads import download_table
from dashboard.widgets.drawer import drawer
from dashboard.widgets.wall import wall_progress, watch_wall
from interp import METHODS
from models import Card


def _columns(thing: str) -> dict[str, str]:
    """Return the names of the table's columns on the page, where they are not those of the file."""
    return {
        "accuracy": f"Right on test {thing}s",
        "accuracy_low": "at least (95 %)",
        "accuracy_high": "at most (95 %)",
    }


def show_ladder(subject: Subject) -> None:
    """Show every network of one kind on one face or picture, from the fewest parameters to the most."""
    cards = networks.cards()
    names = comparison.smallest_first(networks.alike(subject.network_name), cards)
    sides = [side_of(name, read_by(subject, name)) for name in names]
    with drawer("compare_settings"):
        goals = choose_goals(sides)
        method = choose_method(explanations.usual_method(subject.network_name))
        network = networks.network(subject.network_name)
        usual = explanations.usual_layer(subject.network_name, method.name)
        layer = choose_layer(network, sides[0].view.task, usual, is_used=method.needs_layer)
    offered = [list(layers_to_choose(networks.network(side.network_name), side.view.task, usual)) for side in sides]
    layers = offered[names.index(subject.network_name)]
    settings = dict(explanations.default_settings(METHODS[method.name].name))
    questions = [
        question_of(
            side,
            method,
            goal,
            comparison.layer_at_same_depth(layer, layers, others),
            settings,
        )
        for side, goal, others in zip(sides, goals, offered, strict=True)
    ]
    aims = [Aim(method, goal) for goal in goals]
    seconds = [explanations.forward_seconds(side.network_name, side.subject.face.crop) for side in sides]

    def draw(wall: Wall) -> None:
        with look_drawer():
            looks = choose_two_looks(is_signed=method.signed, with_difference=False)
        wall_progress(wall)
        rungs = st.grid(3, gap="medium", min_column_width=260)
        for side, aim, answer, took in zip(sides, aims, wall.found, seconds, strict=True):
            with rungs.cell(), st.container(border=True, key=f"main_picture_{side.name}"):
                _rung(side, cards[side.network_name], took)
                side_map(side, aim, answer, looks[method.signed], None)
                side_scale(aim, answer, looks[method.signed], None, "its own scale")

    watch_wall(questions, draw, at_once=not method.is_slow)
    _ladder_table(sides, seconds)


def _rung(side: Side, card: Card, seconds: float) -> None:
    st.subheader(side.name, anchor=False)
    block, thing = scores(card)[1], side.view.task.thing
    extent = f" ({interval(block)})" if block.get("interval") else ""
    accuracy = f"Right on test {thing}s: {share(block['accuracy'])}{extent}" if "accuracy" in block else ""
    facts = [accuracy, f"{amount(card.parameters)} parameters · {duration(seconds)} for this {thing}"]
    st.caption("  \n".join(fact for fact in facts if fact))  # a line each, so that cards side by side are of one height
    st.markdown(f"Says **{side.verdict}**")
    draw_chart(
        figures.probabilities(side.answer, side.subject.winner),
        f"rung_{side.name}",
        f"Bar chart of the probabilities by {side.name}: "
        + ", ".join(f"{name} {percent(share)}" for name, share in side.answer.items()),
    )


def _ladder_table(sides: Sides, seconds: Sequence[float]) -> None:
    st.subheader("All in one table", anchor=False)
    thing = sides[0].view.task.thing
    columns = _columns(thing)
    table = comparison.ladder_table(
        [side.network_name for side in sides],
        networks.cards(),
        [side.answer for side in sides],
        [side.subject.face.expression for side in sides],
        seconds,
    )
    st.dataframe(
        table,
        hide_index=True,
        key="ladder_table",
        column_config={
            name: st.column_config.NumberColumn(columns.get(name, name.capitalize()), format="percent")
            for name in table.select_dtypes(float).columns
        }
        | {name: st.column_config.Column(name.capitalize()) for name in ("network", "answer")}
        | {"parameters": st.column_config.NumberColumn("Parameters", format="localized")}
        | {"milliseconds": st.column_config.NumberColumn(f"ms a {thing}", format="%.1f")},
        alt="Table of the networks: parameters, accuracy, answer, probabilities and time",
    )
    with st.container(horizontal=True, gap="small", key="table_downloads"):
        download_table(
            table,
            "",
            "ladder",
            sides[0].subject.title,
            key="download_ladder",
            help_text="The probabilities by each network in a table.",
        )
    said = {side.subject.winner for side in sides}
    st.caption(
        f"All say {said.pop()}." if len(said) == 1 else f"They disagree: {', '.join(sorted(said))} are all named."
    )
