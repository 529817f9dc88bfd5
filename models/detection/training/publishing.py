"""From a trained detector to a published one: threshold, card and log beside the weights."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.detection import MARKS, compile_network
from models.detection.training.configurations import DetectorConfiguration
from models.detection.training.datasets import Photos, split_photos
from models.detection.training.evaluation import (
    ANGLES,
    Outcome,
    average_precision,
    choose_threshold,
    collect,
    find_all,
    intervals,
    summarise,
    turn_photos,
)
from models.networks import WEIGHTS
from models.training.publishing import write_card, write_network


def publish_detector(
    network: keras.Model,
    configuration: DetectorConfiguration,
    photos: Photos,
    log: Path,
    command: str,
    tiles: int = 0,
    weights: Path = WEIGHTS,
) -> dict[str, Any]:
    """Choose the threshold of a network without batch normalisation on the kept photos, and publish it.

    Returns:
        The card.

    Raises:
        ValueError: if no photo is kept, so that no threshold can be chosen.
    """
    training, kept = split_photos(len(photos), configuration.validation, configuration.seed)
    if len(kept) == 0:
        raise ValueError(f"None of {len(photos)} photos is kept for choosing the threshold; train on more photos.")
    held_out = photos.take(kept)
    forward = compile_network(network)
    outcome = collect(held_out, find_all(held_out, forward))
    threshold = choose_threshold(outcome, configuration.precision)
    scores = summarise(outcome, threshold) | intervals(outcome, threshold)
    card = {
        "name": configuration.name,
        "title": configuration.title,
        "task": "detection",
        "labels": ["face"],
        **write_network(network, configuration.name, log, weights),  # height and width are None: any multiple of 32
        "command": command,
        "configuration": asdict(configuration),
        "marks": list(MARKS),
        "data": {
            "name": f"WIDER FACE (Yang et al. 2016), {len(photos):,} photos of its training part with a long side of "
            "480 pixels"
            + (f"; {tiles:,} faces of 300-W's HELEN, YouTube Faces and MTFL to paste" if tiles else "")
            + "; drawn textures without faces",
            "training_photos": len(training),
            "validation_photos": len(kept),
            "training_faces": _faces(photos.take(training)),
            "validation_faces": _faces(held_out),
            "pasted_faces": tiles,
            "licence": "research use; no picture is part of this project",
        },
        "split": f"Kept photos: {configuration.validation:.0%} of WIDER FACE's training photos, fixed seed. The "
        "threshold and the sizes at which a photo is searched come from them alone; the weights are those of the last "
        "epoch. The photos of WIDER FACE's validation part are the test.",
        "thresholds": {"face": threshold},
        "metrics": {
            "validation": scores
            | {"average_precision": average_precision(outcome), "rotations": _on_turned(held_out, forward, threshold)}
        },
        "intended_use": "Research and teaching: to see how a convolutional network finds faces, and to cut them out "
        "for the networks that read them.",
        "not_for": "Identifying, counting or watching people; any use in which a missed or a wrongly found face does "
        "harm.",
        "limits": [
            "Scores are for faces of 20 pixels and more on photos with a long side of 480; of the smaller ones it "
            "misses many.",
            "Hands, wheels and faces on clothes are taken for faces at times; round things of less than 20 pixels "
            "often.",
            "The marks are those of a keypoint network where the photos have none; on profiles they are rough, and so "
            "is the angle.",
            "Fairness is unmeasured: WIDER FACE says nothing of age, gender or skin colour.",
        ],
    }
    write_card(card, weights)
    return card


def _faces(photos: Photos) -> int:
    return sum(int(np.count_nonzero(~invalid)) for invalid in photos.invalid)


def _on_turned(photos: Photos, forward: Any, threshold: float) -> dict[str, dict[str, float]]:
    """Recall and precision on turned photos, by angle."""
    rows = {}
    for angle in ANGLES:
        turned, heights = turn_photos(photos, angle)
        outcome: Outcome = collect(turned, find_all(turned, forward, threshold), heights)
        row = summarise(outcome, threshold)
        rows[str(angle)] = {key: row[key] for key in ("recall", "precision", "f1")}
    return rows
