"""Valence of known distributions of the expressions."""

import pytest

from models.emotion import EXPRESSIONS
from models.emotion.valence import VALENCE, valence


def shares(**said: float) -> dict[str, float]:
    return {name: said.get(name, 0.0) for name in EXPRESSIONS}


def test_every_expression_has_a_valence():
    assert tuple(VALENCE) == tuple(EXPRESSIONS)


@pytest.mark.parametrize(
    ("said", "mean", "spread", "word"),
    [
        ({"happy": 1.0}, 0.81, 0.0, "positive"),
        ({"neutral": 1.0}, 0.0, 0.0, "neither"),
        ({"angry": 0.5, "sad": 0.5}, -0.57, 0.06, "negative"),
        ({"happy": 0.5, "sad": 0.5}, 0.09, 0.72, "neither"),
    ],
)
def test_valence_is_the_mean_over_the_expressions_and_their_spread(said, mean, spread, word):
    found = valence(shares(**said))
    assert (found.mean, found.spread) == pytest.approx((mean, spread))
    assert found.word == word


def test_valence_of_other_classes_is_refused():
    with pytest.raises(ValueError, match="Valence needs the probabilities of angry"):
        valence({"healthy": 0.5, "parasitized": 0.5})
