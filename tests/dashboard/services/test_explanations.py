"""What is asked where nobody chose how: the usual method and layer of a network's card."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dashboard.services import explanations, networks
from interp import METHODS, Class
from models.cards import UsualMap

FACE = np.zeros((48, 48), np.uint8)


def name_usual(monkeypatch: pytest.MonkeyPatch, usual: UsualMap | None) -> None:
    card = replace(networks.card("emotion"), usual_map=usual)
    monkeypatch.setattr(networks, "card", lambda name: card)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("usual", "method", "layer"),
    [
        (None, "grad_cam", "relu4_3"),
        (UsualMap("layer_cam", "relu3_2"), "layer_cam", "relu3_2"),
        (UsualMap("layer_cam", "no such layer"), "layer_cam", "relu4_3"),
        (UsualMap("saliency"), "saliency", None),
        (UsualMap("no such method", "relu3_2"), "grad_cam", "relu4_3"),
    ],
)
def test_the_usual_question_is_that_of_the_card(
    monkeypatch: pytest.MonkeyPatch, usual: UsualMap | None, method: str, layer: str | None
) -> None:
    name_usual(monkeypatch, usual)
    question = explanations.usual_question("emotion", FACE, Class(3))
    assert (question.method, question.layer, question.target) == (method, layer, Class(3))
    defaults: dict[str, Any] = {parameter.name: parameter.default for parameter in METHODS[method].parameters}
    assert dict(question.settings) == defaults


@pytest.mark.slow
def test_other_methods_begin_at_the_last_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    name_usual(monkeypatch, UsualMap("layer_cam", "relu3_2"))
    assert explanations.usual_layer("emotion", "layer_cam") == "relu3_2"
    assert explanations.usual_layer("emotion", "grad_cam") == "relu4_3"
