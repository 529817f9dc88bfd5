"""How good the maps of each method are for a network, and which one is its usual map."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.app_pages.networks import results
from dashboard.app_pages.networks.parts import read
from dashboard.drawing.scores import Block
from dashboard.drawing.words import duration, three_digits
from dashboard.services import explanations, networks
from interp import METHODS
from models import Card

TABLE = "map_quality"
KINDS = {"class": "", "contrast": "rather than the second answer", "minus usual": "minus the usual map"}
CENTS = "%.2f"
MEASURES = {
    "deletion": ("Deletion", "Area under the answer while pixels are hidden: low is good."),
    "insertion": ("Insertion", "Area under the answer while pixels are shown: high is good."),
    "shuffled": (
        "Left when shuffled",
        "Rank correlation with the map of the network with its weights shuffled: near 0 is good: the map then shows "
        "what the network learned.",
    ),
    "first_second": (
        "Like the second answer's",
        "Rank correlation between the maps of the first and the second answer: 1 is the same map.",
    ),
    "usual": (
        "Like the usual one",
        "Rank correlation of a face's map with the average map of its class: 1 is the same map.",
    ),
    "parts": (
        "Agrees with covering",
        "How much of the map lies on parts of the face (eyes, brows, mouth, nose, jaw) that lower the answer when "
        "covered: 1 is all of it.",
    ),
}
"""What is measured of a method's maps beside the gain: label, meaning."""


def scored(card: Card) -> Block | None:
    """Return what the benchmark found for a network; None where it did not run, or on another file."""
    table = results.table(TABLE)
    found: Block | None = (table or {}).get("networks", {}).get(card.name)
    if found is None or not found["rows"] or found["weights"] != networks.weights_hash(card.name):
        return None
    return found


def map_quality(card: Card) -> None:
    """Which maps tell what the network's answer rests on, the most faithful first."""
    found = scored(card)
    if found is None:
        return
    st.markdown(choice(card, found))
    rows = quality_table(found["rows"])
    st.dataframe(
        rows,
        key="map_quality",
        alt=f"How good the maps of each method are for {card.title}",
        hide_index=True,
        column_config={
            "gain": st.column_config.ProgressColumn(
                "Better than chance",
                min_value=0.0,
                max_value=max(float(rows["gain"].max()), 0.01),
                format=CENTS,
                help="How much better the areas of deletion and insertion are than those of random orders of single "
                "pixels, on average.",
            ),
            "map": st.column_config.TextColumn("Map", width="medium"),
            "layer": st.column_config.TextColumn("Layer"),
            "squares": st.column_config.TextColumn("Squares", help="Values of the map."),
            **{
                name: st.column_config.NumberColumn(label, format=CENTS, help=help)
                for name, (label, help) in MEASURES.items()
            },
            "seconds": st.column_config.NumberColumn("Seconds", format="%.3f", help="Of one map, the median."),
        },
    )
    st.caption(beside_chance(found))
    read(
        "Each method explained the network's answer for the same faces, which it was not trained on. Then the faces "
        "were covered, and uncovered, in the order of the map: a map that marks what the answer rests on makes it fall "
        "or rise at once. The usual map is the best of the quick ones that change when the weights or the class do; of "
        "several that are as good within the error of so few faces, it is the coarsest, which is read at a glance. "
        "Methods that work on a layer were tried at the last one of each size. Slow methods took "
        "fewer passes here than on the page “Why”; the seconds are those of their usual settings."
    )


def choice(card: Card, found: Block) -> str:
    """Say which map is the usual one, and how good it is."""
    method = METHODS[explanations.usual_method(card.name)]
    layer = card.usual_map.layer if card.usual_map is not None else None
    said = f"The usual map of this network is **{method.label}**" + (f" at layer `{layer}`" if layer else "")
    for row in found["rows"]:
        if (row["method"], row["layer"], row["kind"]) == (method.name, layer, "class"):
            gain, seconds = three_digits(row["gain"]), duration(row["seconds"])
            return f"{said}: better than chance by {gain}, in {seconds}."
    return f"{said}."


def quality_table(rows: Sequence[Block]) -> pd.DataFrame:
    """Return one row for each map, the most faithful first."""
    known = [row for row in rows if row["method"] in METHODS]
    table = pd.DataFrame(
        {
            "map": " ".join(filter(None, (METHODS[row["method"]].label, KINDS[row["kind"]]))),
            "layer": row["layer"] or "–",
            "squares": "×".join(map(str, row["size"])),
            **{name: row[name] for name in ("gain", *MEASURES)},
            "seconds": row["seconds"],
        }
        for row in known
    )
    return table.sort_values("gain", ascending=False, ignore_index=True)


def beside_chance(found: Block) -> str:
    """Say what is got without a map."""
    random, centre = found["bare"]["random"], found["bare"]["centre"]
    return (
        f"{found['faces']:,} faces. Pixels in random order: deletion {three_digits(random['deletion'])}, insertion "
        f"{three_digits(random['insertion'])}. From the middle outwards: {three_digits(centre['deletion'])} and "
        f"{three_digits(centre['insertion'])}, better than chance by {three_digits(centre['gain'])}."
    )
