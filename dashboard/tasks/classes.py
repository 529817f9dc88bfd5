"""What all kinds of network share that choose between classes: asking about one, and the figures of their cards."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.drawing import words
from dashboard.drawing.scores import Block, KeyFigure, chance_of, interval, scores, share_figures
from dashboard.drawing.words import share
from dashboard.subject import Subject
from dashboard.tasks.task import Choice, Choose, Goal, Maps, Task, View
from models import Card


class Classes(Task):
    """A network that answers with the probability of each of its classes.

    Attributes:
        class_key: the key of the choice of a class.
        predicted: the option of it that follows the network's own answer; no class is called so.
        other_key: the key of the choice of a class to compare with.
        no_other: the option of it that explains a class by itself.
    """

    has_classes = True
    class_key: str
    predicted: str
    other_key: str
    no_other: str

    def say_class(self, label: str) -> str:
        """Return what a class is called in a picker."""
        return label

    def ask(self, subject: Subject, view: View, choose: Choose, maps: Maps) -> Goal:
        kind = self.answer.lower()
        options = {self.predicted: f"Strongest: {subject.winner}"} | {one: self.say_class(one) for one in view.labels}
        help = f"Which {kind} to explain. The maps show the evidence for it, whether or not it won."
        chosen = choose(Choice(self.class_key, self.answer, options, self.predicted, help))
        label = subject.winner if chosen == self.predicted else chosen
        likeliest = sorted(view.labels, key=lambda one: -subject.face.emotion[one])
        others = {self.no_other: "nothing"} | {one: self.say_class(one) for one in likeliest if one != label}
        help = f"The map then shows evidence for this {kind} rather than the other one. What both share cancels out."
        other = choose(Choice(self.other_key, "Compare with", others, self.no_other, help, is_other=True))
        return view.goal_of_class(label, None if other == self.no_other else other)

    def choices_of_class(self, label: str) -> dict[str, str]:
        return {self.class_key: label, self.other_key: self.no_other}

    def verdict(self, subject: Subject) -> str:
        """Return the answer in a few words: "happy, 93 %", or "uncertain (sad 31 %)"."""
        return words.verdict(subject.face.emotion, subject.face.expression)

    def say_accuracy(self, card: Card, pictures: str, guess: str) -> str:
        """Say how often it is right, with the interval, and what always guessing the commonest class gets."""
        block = scores(card)[1]
        extent = f" (95 % interval {interval(block)})" if block.get("interval") else ""
        majority = chance_of(card)
        chance = f" {guess} would get {share(majority)}." if majority else ""
        return f"{share(block['accuracy'])}{extent} of {pictures}.{chance}"

    def class_figures(self, block: Block) -> Iterator[KeyFigure]:
        """Yield how well each class is told, and how far the probabilities can be trusted."""
        help = "The mean F1 of all classes, so that a rare class counts as much as a common one."
        yield from share_figures(block, {"macro_f1": ("Macro F1", "all classes count the same", help)})
        help = "How far, on average, the probability it gives is from how often it is right."
        told = {"expected_calibration_error": ("Calibration error", "lower is better", help)}
        yield from share_figures(block.get("calibration") or {}, told)
