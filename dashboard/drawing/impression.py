"""Positive or negative, open or closed: words beside an answer, by two rules, and how they are worked out."""

from __future__ import annotations

from collections.abc import Mapping

from models.emotion.valence import VALENCE, Valence, valence
from models.pose.openness import Openness

RULES = (
    "Worked out by two rules. They are not learnt, nor measured: no photos with labelled bodies were available.\n\n"
    "**Expression**: how pleasant people rated the word for each class (Russell and Mehrabian 1977), weighted by "
    "the shares. {expression}It is called positive or negative where that whole range is.\n\n"
    "**Body**: open where an arm is raised or both are spread wide, closed where the arms are crossed or the head "
    "is bent.{body}"
)
HOW = RULES.format(expression="The mean ± the spread is on a scale from −1 to 1. ", body="")
"""How the words are worked out, whatever is seen."""
COLUMNS = ("Positive or negative", "Open or closed")
"""Above the words for expression and body in a table."""


def find_valence(shares: Mapping[str, float], *, hides_mouth: bool) -> Valence | None:
    """Return how positive an expression is; None where the mouth is hidden, or the classes are no expressions.

    Args:
        shares: of each class.
        hides_mouth: whether the mouth seems hidden.
    """
    return None if hides_mouth or set(shares) != set(VALENCE) else valence(shares)


def impression(expression: Valence, body: Openness | None) -> tuple[str, str]:
    """Return a word for the expression and one for the body in a sentence, and how they are worked out.

    Args:
        expression: how positive it is.
        body: whether it is open; None where too little is seen.
    """
    words = f"Expression {expression.word if expression.word != 'neither' else 'neither positive nor negative'}"
    seen = "Too little of the body is visible here."
    if body is not None:
        words += f", body {body.word if body.word != 'neither' else 'neither open nor closed'}"
        seen = f"Seen here: {' and '.join(body.signs) or 'none of these'}."
    here = f"Here {expression.mean:.2f} ± {expression.spread:.2f}, on a scale from −1 to 1. "
    return f"{words}.", RULES.format(expression=here, body=f" {seen}")
