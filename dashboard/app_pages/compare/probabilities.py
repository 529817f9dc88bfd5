"""What two sides answer, and how sure they are."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.app_pages.compare import comparison
from dashboard.app_pages.compare.views import Mode, Sides, side_head
from dashboard.drawing import figures
from dashboard.drawing.words import percent, strongest
from dashboard.widgets.chart import draw_chart
from dashboard.widgets.downloads import download_table


def show_probabilities(sides: Sides, mode: Mode, bar: DeltaGenerator) -> None:
    """Show both pictures with their answers, and the probabilities as paired bars."""
    for number, (column, side) in enumerate(zip(st.columns(2, gap="large"), sides, strict=True)):
        with column, st.container(key=f"main_picture_{number}"):
            side_head(side)
            st.image(side.view.enlarged(240), width=240, alt=f"{side.name}: {side.view.noun} as the network gets it")
    st.markdown(f"**{say_sides(sides)}**")
    answer_bars(sides)


def say_sides(sides: Sides) -> str:
    """Say what both sides answer, and whether it is the same."""
    names = [side.name for side in sides]
    return comparison.say_answers(names, [side.answer for side in sides], [side.said for side in sides])


def answer_bars(sides: Sides) -> None:
    """Draw the probabilities of both sides beside each other."""
    column = sides[0].view.task.answer.lower()
    table = comparison.probability_table([side.name for side in sides], [side.answer for side in sides], column)
    st.subheader("Probabilities", anchor=False)
    most = strongest(dict(zip(table[column], table[[side.name for side in sides]].max(axis=1), strict=True)))
    table = table[table[column].isin(most)]
    shares = {side.name: [float(share) for share in table[side.name].fillna(0)] for side in sides}
    words = [
        f"{name} " + " and ".join(percent(shares[side.name][number]) for side in sides)
        for number, name in enumerate(table[column])
    ]
    draw_chart(
        figures.paired_bars(list(table[column]), shares),
        "paired_probabilities",
        f"Bar chart of the probabilities by {sides[0].name} and {sides[1].name}: " + ", ".join(words),
    )
    elsewhere = comparison.distance(sides[0].answer, sides[1].answer)
    st.caption(f"The answers differ by {percent(elsewhere)} (0 % = identical).")
    with st.container(horizontal=True, gap="small", key="table_downloads"):
        download_table(
            table,
            "",
            "compare",
            *(side.name for side in sides),
            key="download_compare",
            help_text="The probabilities in a table.",
        )
