"""What a card says of the data that a classifier was trained on, and which changes of a picture keep its class."""

from dataclasses import dataclass, field
from pathlib import Path

from models.classifier.training.augmentation import PictureAugmentation

_RESEARCH = "Research and teaching: to see what a convolutional network looks at on pictures that are no faces."


@dataclass(frozen=True)
class Source:
    """A data set of pictures with classes.

    Attributes:
        title: what a classifier trained on it tells apart.
        data: name of the data set, with authors and year.
        licence: of the data.
        groups: what the groups are, in the plural.
        intended_use, not_for: of a network.
        limits: of a network, sentences.
        is_even: whether two classes are to be found equally often, as where a miss is no better than a false alarm.
        augmentation: what may happen to a picture without changing its class.
    """

    title: str
    data: str
    licence: str = "not known; no picture is part of this project"
    groups: str = "groups"
    intended_use: str = _RESEARCH
    not_for: str = "Any decision about people."
    limits: tuple[str, ...] = ()
    is_even: bool = False
    augmentation: PictureAugmentation = field(default_factory=PictureAugmentation)


SOURCES = {
    "malaria_cells": Source(
        title="Blood cells with and without malaria parasites",
        data="NIH malaria cell images (Rajaraman et al. 2018, doi:10.7717/peerj.4568), the public 50×50 grey form, "
        "less some patients",
        licence="public, from the National Library of Medicine; no picture is part of this project",
        groups="patients",
        intended_use="Research and teaching: to see by which part of a cell a convolutional network tells that there "
        "is a parasite.",
        not_for="No diagnosis: it is no medical device, and nothing about anyone's health can rest on it.",
        limits=(
            "It knows single cells that were already cut out of stained thin smears: no whole smear, no thick one, no "
            "other stain.",
            "Trained on grey 50×50 pictures: the stain's colour, by which people find parasites, plays no part.",
            "Stages and species of the parasite are not told apart, and there are no figures for each.",
            "The data's labels hold some mistakes; platelets and stains on a healthy cell look like parasites.",
            "Other microscopes, cameras and laboratories are not measured: all pictures come from one hospital.",
            "A healthy cell is the other class: whatever is no cell gets an answer as well.",
        ),
        is_even=True,
        augmentation=PictureAugmentation(
            rotation=180.0, scale=1.1, shift=0.04, contrast=1.2, brightness=15.0, blur=0.05, erase=0.0
        ),
    ),
    "hand_signs": Source(
        title="Hands that show the digits 0 to 9 in sign language",
        data="Sign language digits of Turkish students (Mavi 2020, arXiv:2011.08927), 100×100 in colour, less some "
        "students",
        licence="Apache-2.0; no picture is part of this project",
        groups="students",
        intended_use="Research and teaching: to see by which fingers a convolutional network tells digits apart.",
        not_for="Reading sign language: ten held digits are no language, and nothing should be controlled by it.",
        limits=(
            "It knows one hand before a bright, plain wall that fills the picture; in other rooms it guesses.",
            "Whatever is no hand gets a digit as well.",
            "The digits are those of Turkish sign language; others count by other fingers.",
            "Movement, two hands and the arm play no part.",
            "Fairness is unmeasured: the data say nothing of age, gender or skin colour, and most hands are young.",
        ),
        augmentation=PictureAugmentation(rotation=20.0, scale=1.25, shift=0.1, contrast=1.4, brightness=30.0, tint=1.2),
    ),
}
"""By the name of the prepared file."""


def find_source(path: Path) -> Source:
    """Return what is known of a file or folder of pictures, by its name."""
    name = path.resolve().stem
    return SOURCES.get(name, Source(title=f"Classes of {name}", data=name))
