import numpy as np
import pytest

from models import classifier, load_card
from sample_images.draw_cells_and_hands import drawings

LABELS = {"cells": 2, "cells-simple": 2, "hand-signs": 10}


@pytest.mark.parametrize("name", LABELS)
def test_a_shipped_classifier_answers_in_the_order_of_its_card(name: str) -> None:
    pictures = list(drawings().values())
    shares = classifier.predict(pictures, network=name)
    assert shares.shape == (len(pictures), len(load_card(name).labels)) == (len(pictures), LABELS[name])
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)


def test_a_drawn_cell_with_dots_looks_more_like_a_parasite_than_one_without() -> None:
    shares = classifier.predict([drawings()["cell_plain.png"], drawings()["cell_two_dots.png"]])
    parasitized = load_card("cells").labels.index("parasitized")
    assert shares[1, parasitized] > shares[0, parasitized]


@pytest.mark.parametrize(("name", "accuracy"), [("cells", 0.955), ("hand-signs", 0.97)])
def test_a_shipped_classifier_is_as_right_as_it_was_meant_to_be(name: str, accuracy: float) -> None:
    card = load_card(name)
    assert card.metrics["validation"]["accuracy"] >= accuracy
    assert card.size_bytes is not None
    assert card.size_bytes <= 2_000_000


def test_parasites_are_seldom_missed() -> None:
    assert load_card("cells").metrics["validation"]["per_class"]["parasitized"]["recall"] >= 0.96
    assert load_card("cells").not_for.startswith("No diagnosis")
