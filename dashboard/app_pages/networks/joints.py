"""How far off a person's joints are."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard.app_pages.networks import charts
from dashboard.app_pages.networks.parts import read
from dashboard.drawing.scores import Block, scores
from dashboard.drawing.tables import words
from dashboard.drawing.words import share
from dashboard.widgets.chart import draw_chart
from models import Card

REACH = 0.2
"""Torsos within which a joint counts as right."""


def joints(card: Card) -> None:
    """Which joints are hard to find, and how much depends on what is to be seen."""
    block = scores(card)[1]
    joint_column, condition_column = st.columns([3, 2], gap="large")
    if per_joint := block.get("per_joint"):
        rates = joint_rates(per_joint)
        with joint_column:
            st.subheader("Each joint", anchor=False)
            draw_chart(
                charts.joints(rates),
                "joints",
                "Share of right answers of each joint: " + "; ".join(joint_sentences(rates)),
            )
    if conditions := condition_rates(block):
        with condition_column:
            st.subheader("Joints in sight and hidden ones", anchor=False)
            draw_chart(
                charts.bars(conditions),
                "visible_joints",
                "Share of right joints: " + ", ".join(f"{name} {share(rate, 0)}" for name, rate in conditions.items()),
            )
    read(
        "A joint is right if it lies within a fifth of the person's torso, left shoulder to right hip, from where a "
        "person marked it. Left and right are the person's own: an answer with both mixed up is wrong. Ankles and "
        "wrists move most and are often hidden, so they are the hardest; neck and top of the head are counted "
        "separately."
    )


def distances(card: Card) -> None:
    """How far off the joints are, and what other looks at a person would give."""
    block = scores(card)[1]
    curve_column, words_column = st.columns([3, 2], gap="large")
    if curve := block.get("curve"):
        with curve_column:
            st.subheader("How far off the joints are", anchor=False)
            draw_chart(
                charts.within_reach(curve["threshold"], curve["share"], REACH),
                "within_reach",
                "Share of the joints within each distance of their label, in torsos",
            )
    if said := look_sentences(block):
        with words_column:
            st.subheader("Other views", anchor=False)
            st.markdown("\n".join(f"- {line}" for line in said))
    read(
        "The curve says which share of the joints of arms and legs lies within the distance on the axis: the steeper "
        "it rises, the better. At the dotted line, a fifth of the torso, a joint counts as right (PCK@0.2). For the "
        "curve the crops are placed by the labels; **Other views** say what comes out where they are not, or where "
        "only a part of the person is shown."
    )


def joint_rates(per_joint: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Return the share of right answers of each joint by side, from the head down: {"Knee": {"right": …, "left": …}}.

    Args:
        per_joint: by names such as "left_knee"; one without a side stands under "".
    """
    found: dict[str, dict[str, float]] = {}
    for name, rate in per_joint.items():
        side, _, joint = name.partition("_")
        joint, side = (joint, side) if side in ("left", "right") else (name, "")
        found.setdefault(words(joint), {})[side] = rate
    order = ("Head top", "Neck", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle")
    return {name: found[name] for name in sorted(found, key=lambda name: (*order, name).index(name))}


def joint_sentences(rates: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Say of each joint how often it is right: "Knee: 68 % on the right, 59 % on the left"."""
    return [
        f"{name}: "
        + ", ".join(f"{share(rate, 0)} on the {side}" if side else share(rate, 0) for side, rate in by.items())
        for name, by in rates.items()
    ]


def condition_rates(block: Block) -> dict[str, float]:
    """Return the share of right joints by how much of a person is to be seen, by the words for each."""
    told = {
        f"{name[:1].upper()}{name[1:]} joints ({row['people']:,} people)": row["pck"]
        for name, row in block.get("by_visible", {}).items()
        if row.get("pck") is not None
    }
    for key, label in (("visible_joints", "Joints in sight"), ("hidden_joints", "Hidden joints")):
        if block.get(key) is not None:
            told[label] = block[key]
    return told


def look_sentences(block: Block) -> list[str]:
    """Say how well other looks at people come out: half of them, near portraits, and whole pictures."""
    said = []
    if bust := _shown(block, "bust"):
        said.append(
            f"Shown head, shoulders and arms alone, it finds {share(bust['pck'], 0)} of the limbs' joints there. Of "
            f"the joints on the crop {share(bust['drawn_inside'], 0)} would be drawn, of those outside of it "
            f"{share(bust['drawn_outside'], 0)}."
        )
    if portrait := _shown(block, "portrait"):
        said.append(
            f"On near portraits, pictures that end around head and shoulders, it finds {share(portrait['pck'], 0)} of "
            f"the limbs' joints there. Of those in sight {share(portrait['drawn_inside'], 0)} would be drawn, of the "
            f"others {share(portrait['drawn_outside'], 0)}."
        )
    if unaided := block.get("unaided"):
        said.append(
            f"Shown the whole picture, without being told where the person is, it finds {share(unaided['first'])}; "
            f"a second, closer look at the joints found there gets {share(unaided['second'])}."
        )
    if by_face := block.get("by_face"):
        upper = f"; {share(by_face['upper'])} on those cut off below the hips" if "upper" in by_face else ""
        dark = f", {share(by_face['dark'])} once those are made dark" if "dark" in by_face else ""
        said.append(
            f"Told where the face is and no more, as for a photo in the app, it finds {share(by_face['whole'])} on the "
            f"whole pictures of {by_face['whole_people']} people with an upright head{dark}{upper}."
        )
    return said


def _shown(block: Block, key: str) -> Block | None:
    part = block.get(key) or {}
    return part if all(part.get(name) is not None for name in ("pck", "drawn_inside", "drawn_outside")) else None
