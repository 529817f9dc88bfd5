"""A published detector with a people's head: one network, one file, one card."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras

from models.detection.training.architecture import with_people
from models.detection.training.people.configurations import PeopleConfiguration
from models.networks import WEIGHTS
from models.training.publishing import read_card, write_card, write_network

_LIMITS = (
    "People are learnt from pictures of sport with people pasted in, and from photos on which the pose network saw the "
    "body below a face: a crowd, a sitting row or half a person behind a table is found less often.",
    "Statues, dolls and animals that stand are taken for people at times.",
)


def publish_people(
    detector: keras.Model,
    head: keras.Model,
    configuration: PeopleConfiguration,
    threshold: float,
    told: dict[str, Any],
    validation: dict[str, Any],
    log: Path,
    weights: Path = WEIGHTS,
) -> dict[str, Any]:
    """Put a trained people's head on a published detector, whose weights stay what they are, and publish both as one.

    Args:
        detector: as published.
        head: of `fitting.fit_people`.
        configuration: the head was trained by.
        threshold: least score of a person.
        told: what the card says of the training: command, data and split.
        validation: scores on the kept photos and people.
        log: the training's CSV log, which is published beside the detector's.
        weights: folder of the published files. Defaults to models/weights.

    Returns:
        The new card.
    """
    card = read_card(detector.name, weights)
    joined = with_people(detector, head, **configuration.sizes)
    card |= write_network(joined, detector.name, weights / f"{detector.name}.csv", weights)
    card["title"] = "Detector of faces and people (one pass, heat maps of centres, five marks a face)"
    card["thresholds"]["person"] = threshold
    copy = weights / f"{detector.name}-{configuration.name}.csv"
    shutil.copyfile(log, copy)
    card["parts"] = [told | {"name": configuration.name, "log": copy.name, "configuration": asdict(configuration)}]
    card["metrics"]["people_validation"] = validation
    card["limits"] = [limit for limit in card["limits"] if limit not in _LIMITS] + list(_LIMITS)
    write_card(card, weights)
    return card
