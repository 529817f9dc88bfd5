"""How a network learned."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from dashboard.app_pages.networks import charts, results
from dashboard.app_pages.networks.charts import Curve
from dashboard.app_pages.networks.parts import read
from dashboard.drawing.tables import words
from dashboard.widgets.chart import draw_chart
from models import Card

RATES = ("accuracy", "nme", "f1", "recall", "pck", "error")
"""What a column of a training log is named after, if it is a score rather than a loss; the best to show first."""


def training(card: Card) -> None:
    """How the network learned."""
    log = results.training_log(card.name)
    if log is not None:
        found = curves(log)
        for column, curve in zip(st.columns(2, gap="large"), found, strict=False):
            with column:
                st.subheader(curve.title, anchor=False)
                draw_chart(
                    charts.learning(curve),
                    f"learning_{curve.title}",
                    f"{curve.title} of training and validation over {len(log)} epochs",
                )
    made = {key: value for key, value in card.configuration.items() if key not in ("name", "title")}
    for part in card.parts:
        made[f"part “{part['name']}”"] = part
    if made:
        with st.expander("Configuration", icon=":material/tune:", key="configuration"):
            st.json(made, expanded=2)
    read(
        "An epoch is one pass over the training pictures. The training curve is measured while pictures are distorted, "
        "parts of the network are switched off and it still learns, so it may lie below validation. Where validation "
        "stops rising while training goes on, the network is starting to memorise its training pictures."
    )


def curves(log: pd.DataFrame, count: int = 2) -> list[Curve]:
    """Return the scores of a training log, epoch by epoch, the most telling first."""
    names = dict.fromkeys(str(name).removeprefix("val_") for name in log.columns)
    found = sorted((name for name in names if _rank(name) < math.inf), key=_rank)
    chosen = [*(name for name in found if _rank(name) < len(RATES)), *(name for name in found if _is_loss(name))]
    return [
        Curve(_title(name), _column(log, name), _column(log, f"val_{name}"), _is_share(name))
        for name in _one_of_each(chosen)[:count]
    ]


def _rank(name: str) -> float:
    if _plain_rate(name) in RATES:  # a score that a network learned by is logged as a loss
        return RATES.index(_plain_rate(name))
    if _is_loss(name):
        return len(RATES) + (name != "loss")
    return next((index for index, rate in enumerate(RATES) if rate in name.lower()), math.inf)


def _is_share(name: str) -> bool:
    return any(word in name for word in ("accuracy", "recall", "pck"))


def _is_loss(name: str) -> bool:
    return name.lower().endswith("loss") and _plain_rate(name) not in RATES


def _plain_rate(name: str) -> str:
    return name.lower().removesuffix("_loss")


def _one_of_each(names: list[str]) -> list[str]:
    """Scores before losses, but one loss at least among the first two."""
    rates, losses = [name for name in names if not _is_loss(name)], [name for name in names if _is_loss(name)]
    return [*rates[:1], *losses[:1], *rates[1:], *losses[1:]]


def _title(name: str) -> str:
    plain = name.removeprefix("label_")
    plain = _plain_rate(plain) if _plain_rate(plain) in RATES else plain
    return {"nme": "Mean error", "f1": "F1", "pck": "Joints within reach"}.get(plain, words(plain))


def _column(log: pd.DataFrame, name: str) -> tuple[float, ...]:
    return tuple(log[name].astype(float).tolist()) if name in log else ()
