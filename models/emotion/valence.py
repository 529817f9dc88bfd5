"""Positive or negative: a word worked out from the probabilities of the expressions, by a rule that is not learnt."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

VALENCE = {
    "angry": -0.51,
    "disgust": -0.60,
    "fear": -0.64,
    "happy": 0.81,
    "sad": -0.63,
    "surprise": 0.40,
    "neutral": 0.0,
}
"""How pleasant people rated each word, -1..1; neutral is the middle of the scale.

Russell and Mehrabian 1977, "Evidence for a three-factor theory of emotions", Journal of Research in Personality 11.
"""


@dataclass(frozen=True)
class Valence:
    """How positive an expression is, from its probabilities."""

    mean: float  # -1 (negative) to 1 (positive)
    spread: float  # standard deviation over the expressions: what is left open between them

    @property
    def word(self) -> str:
        """ "positive" or "negative" where all of mean ± spread is, else "neither"."""
        if self.mean > self.spread:
            return "positive"
        return "negative" if -self.mean > self.spread else "neither"


def valence(emotion: Mapping[str, float]) -> Valence:
    """Return how positive an expression is: the mean of `VALENCE` over the probabilities, and its spread.

    Args:
        emotion: probability of each expression, all seven, as `Face.emotion` has them.

    Raises:
        ValueError: if other classes than the seven expressions are named.
    """
    if set(emotion) != set(VALENCE):
        raise ValueError(f"Valence needs the probabilities of {', '.join(VALENCE)}, not of {', '.join(emotion)}.")
    mean = sum(share * VALENCE[name] for name, share in emotion.items())
    spread = math.sqrt(sum(share * (VALENCE[name] - mean) ** 2 for name, share in emotion.items()))
    return Valence(mean, spread)
