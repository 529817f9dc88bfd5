"""A network's scores in one picture, whatever kind it is."""

from __future__ import annotations

from dashboard.app_pages.networks import charts
from dashboard.app_pages.networks.joints import joint_rates, joint_sentences
from dashboard.app_pages.networks.points import outlines
from dashboard.drawing.scores import scores
from dashboard.drawing.tables import words
from dashboard.drawing.words import share
from dashboard.widgets.chart import draw_chart
from models import Card
from models.keypoints import NAMES68

TITLES = {
    "per_class": "How often it agrees with what people said",
    "per_point": "How far off its points are (larger dot = larger error)",
    "per_joint": "How often each joint is right",
    "curve": "Faces found against false alarms",
}
"""What of a card can be shown at a glance, the first to be found, with the words above the picture."""


def glance_title(card: Card) -> str:
    """Return the words above the picture of a card's scores; "" for a card that has nothing to draw."""
    return TITLES.get(_kind(card), "")


def _kind(card: Card) -> str:
    block = scores(card)[1]
    return next((kind for kind in TITLES if block.get(kind) and (kind != "per_point" or card.mean_shape)), "")


def glance(card: Card) -> None:
    """Draw the picture of a card's scores; nothing for a card that has nothing to draw."""
    block, kind = scores(card)[1], _kind(card)
    if kind == "per_class":
        rates = {name.capitalize(): row["recall"] for name, row in block[kind].items()}
        said = ", ".join(f"{name} {share(rate, 0)}" for name, rate in rates.items())
        draw_chart(charts.bars(rates), "glance", f"Share of right answers: {said}")
    elif kind == "per_point":
        figure = charts.face_template(
            card.mean_shape, block[kind], [words(name) for name in NAMES68], outlines(NAMES68)
        )
        draw_chart(figure, "glance", "The mean face; a larger dot is a larger error")
    elif kind == "per_joint":
        rates_of = joint_rates(block[kind])
        draw_chart(charts.joints(rates_of), "glance", "Right answers: " + "; ".join(joint_sentences(rates_of)))
    elif kind == "curve":
        at = {"as used here": (block["recall"], block["precision"])}
        figure = charts.precision_recall(block[kind], at)
        said = (
            f"{share(block['recall'], 0)} of the faces are found, {share(block['precision'], 0)} of the finds are faces"
        )
        draw_chart(figure, "glance", f"Precision against recall: {said}")
