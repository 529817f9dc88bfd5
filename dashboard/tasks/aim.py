"""What a map is about, a method and a goal, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.tasks.task import Goal
from interp import Method


@dataclass(frozen=True)
class Aim:
    """What an attribution is about, and the words for it."""

    method: Method
    goal: Goal
    is_minus_usual: bool = False

    @property
    def is_signed(self) -> bool:
        """Whether the map has negative values."""
        return self.method.signed or self.is_minus_usual

    @property
    def meaning(self) -> str:
        """What a colour stands for."""
        if self.is_minus_usual:
            return f"More and less than usual for {self.goal.quoted}"
        if self.method.name == "eigen_cam":  # the one method that looks at no target
            return "What this layer responds to most, whatever the answer"
        if self.method.signed:
            return self.goal.meaning
        if not self.method.needs_layer:
            return f"How much each pixel matters for {self.goal.quoted}"
        against = self.goal.opposite_of
        return f"Evidence for {self.goal.quoted}" if against is None else f"Evidence against {against.quoted}"

    @property
    def ends(self) -> tuple[str, str] | None:
        """Words for the two ends of a signed map's colour bar."""
        if self.is_minus_usual:
            return "less than usual", "more than usual"
        return (self.goal.less, self.goal.more) if self.method.signed else None


def blank_advice(aim: Aim, layer: str | None) -> str:
    """Say what an all-zero map means and what to do next."""
    if layer is not None and not aim.method.signed:
        against = aim.goal.opposite_of
        if against is not None:
            return f"The map is blank: layer {layer} holds no evidence against {against.quoted}. Choose a later layer."
        return (
            f"The map is blank: layer {layer} holds no evidence for {aim.goal.quoted}. Choose a later "
            "layer, or HiResCAM, which also shows evidence against it."
        )
    where = f"nothing at layer {layer}" if layer is not None else "no pixel"
    return (
        f"The map is blank: with this method {where} affects {aim.goal.quoted}. Choose another "
        "method or other settings."
    )
