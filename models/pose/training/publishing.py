"""From a trained pose network to a published one: calibrated weights, card and log in models/weights."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.networks import WEIGHTS
from models.pose import NAMES, SKELETON
from models.pose.training.augmentation import (
    TOLERANCE,
    Crops,
    bust_squares,
    person_crops_at,
    portrait_crops,
    regular_person_crops,
)
from models.pose.training.configurations import PoseConfiguration
from models.pose.training.datasets import PoseData, join, split_tuning
from models.pose.training.evaluation import (
    ask_for_joints,
    mean_pose,
    measure_pose_speed,
    score_pose,
    summarise_joints,
    torso_errors,
)
from models.training.publishing import round_weights, write_card, write_network

SURE_SHARE = 0.8  # of the joints above the threshold "sure", on tuning people, must be right
LEAST_DRAWN = 0.3  # confidence; below, a joint is more than twice as likely to be wrong as right
LEAST_SURE = 0.5  # confidence; below, a joint is more likely to be wrong than right
LARGEST_CHANGE = 0.1  # pixels by which storing in half precision may move the joints on average


def publish_pose(
    network: keras.Model,
    configuration: PoseConfiguration,
    experts: PoseData,
    crowd: PoseData | None,
    folder: Path,
    command: str,
    weights: Path = WEIGHTS,
) -> dict[str, Any]:
    """Calibrate a network on the tuning people, score it, and write NAME.keras, NAME.json and NAME.csv.

    Args:
        network: float32 network from `fit_pose`; its weights are changed in place to those that are published.
        configuration: what it was trained by.
        experts: people with careful labels, all splits.
        crowd: people labelled by a crowd, or None.
        folder: of the training: its log, and which labels were dropped.
        command: that trained it.
        weights: folder to write to.

    Returns:
        The card.
    """
    training, tuning = split_tuning(experts)
    learned = None if crowd is None else crowd.part(*configuration.crowd_splits)
    flip_average, name = configuration.flip_average, configuration.name
    is_half = _round(network, tuning)
    stretch = calibrate(network, tuning, flip_average)
    thresholds = choose_thresholds(network, tuning, flip_average)
    mean = mean_pose(training if learned is None else join(training, learned))
    crops = regular_person_crops(tuning)
    errors = torso_errors(ask_for_joints(network, crops.pictures, flip_average), crops, tuning)
    card = {
        "name": name,
        "title": configuration.title,
        "task": "pose",
        "labels": list(NAMES),
        "skeleton": [list(bone) for bone in SKELETON],
        **write_network(network, name, folder / "log.csv", weights, is_half),
        "command": command,
        "configuration": asdict(configuration),
        "data": {
            "name": "Leeds Sports Pose (Johnson and Everingham 2010)"
            + ("" if crowd is None else " and its extension, labelled by a crowd (Johnson and Everingham 2011)"),
            "training_people": len(training),
            "crowd_people": 0 if learned is None else len(learned),
            "dropped_labels": _dropped(folder),
            "tuning_people": len(tuning),
            "validation_people": len(experts.part("val")),
            "licence": "research use; no picture is part of this project",
        },
        "split": "By groups of pictures that are alike. Settings, thresholds and the confidence's calibration come "
        "from the tuning people, a tenth of the train split; the weights are those of the last epoch. Nothing is "
        "chosen on the validation people.",
        "protocol": "PCK: a joint is right within 0.2 × the distance of the labelled left shoulder and right hip. Left "
        'and right are the person\'s own. Crops are placed by the labels, for the mean pose too; "unaided" and '
        '"by_face" say what comes out where they are not.',
        "flip_average": flip_average,
        "calibration": stretch,
        "thresholds": thresholds,
        "mean_pose": np.round(mean, 2).tolist(),
        "metrics": {
            "tuning": summarise_joints(errors, tuning.group),
            "validation": score_pose(network, experts.part("val"), mean, flip_average, thresholds["drawn"])
            | {"milliseconds_a_person": measure_pose_speed(network, flip_average)},
        },
        "intended_use": "Research and teaching: to see where a convolutional network finds the joints of a body.",
        "not_for": "Watching people, measuring their work or their health, and any decision about them.",
        "limits": [
            "Wide clothes and hidden arms: elbows and wrists of portraits are often misplaced or not found, and people "
            "in profile lose the far shoulder.",
            "It was trained on small pictures: near by, sharp photos mislead it, so they are shown with fewer pixels.",
            "Trained on people at sport, with coats drawn onto some: long poses at a desk, in a wheelchair, or in wide "
            "clothes are rare there.",
            "One person a crop; where people overlap, joints of the other one are found at times.",
            "Left and right are mixed up at times, most often on people seen from behind and upside down.",
            "Most training labels come from a crowd, with about one picture in ten grossly wrong; what an earlier "
            "cycle was sure was wrong has been dropped or set right.",
            "Trained at about 95 pixels from head to foot; smaller people are guessed from the mean.",
            "Fairness is unmeasured: the data say nothing of age, gender or skin colour.",
        ],
    }
    write_card(card, weights)
    return card


def calibrate(network: keras.Model, people: PoseData, flip_average: bool) -> dict[str, float]:
    """Stretch and shift the confidence so that it says how often joints are right (Platt 1999).

    The factor and the shift with the least cross-entropy go into the weights of the layer "confidence_logits". They are
    chosen on whole people, busts and portraits; the legs of the latter two lie outside the crop and are never right.

    Returns:
        The "factor" and the "shift" of the logits.
    """
    layer = network.get_layer("confidence_logits")
    weights = layer.get_weights()
    confidence, right = _judged(network, people, flip_average)
    logits = np.log(np.clip(confidence, 1e-6, 1 - 1e-6)) - np.log(np.clip(1 - confidence, 1e-6, 1))
    factors, shifts = np.exp(np.linspace(np.log(0.3), np.log(3), 47)), np.linspace(-3, 3, 61)
    stretched = factors[:, None, None] * logits + shifts[None, :, None]  # (47, 61, K)
    cost = (np.logaddexp(0, stretched) - right * stretched).mean(axis=2)
    best = np.unravel_index(cost.argmin(), cost.shape)
    factor, shift = float(factors[best[0]]), float(shifts[best[1]])
    layer.set_weights([weights[0] * factor, weights[1] * factor + shift])
    return {"factor": factor, "shift": shift}


def choose_thresholds(network: keras.Model, people: PoseData, flip_average: bool) -> dict[str, float]:
    """Return the confidences to draw by.

    Returns:
        "drawn", at least 0.3, which best tells joints on a crop from those outside it, on busts and portraits; and
        "sure", at least 0.5, the smallest above which four joints in five are right, or 1.0 if there is none.
    """
    grid = np.arange(0.02, 0.9, 0.01)
    inside, outside = [], []
    for crops in (person_crops_at(people, bust_squares(people)), portrait_crops(people)):
        confidence = ask_for_joints(network, crops.pictures, flip_average)[..., 2]
        inside.append(confidence[crops.known > 0])
        outside.append(confidence[crops.outside > 0])
    seen, hidden = np.concatenate(inside), np.concatenate(outside)
    told = [(seen >= limit).mean() - ((hidden >= limit).mean() if len(hidden) else 0) for limit in grid]
    confidence, right = _judged(network, people, flip_average)
    kept = [(confidence >= limit).any() and right[confidence >= limit].mean() >= SURE_SHARE for limit in grid]
    drawn, sure = float(grid[int(np.argmax(told))]), float(grid[kept.index(True)]) if True in kept else 1.0
    drawn = max(drawn, LEAST_DRAWN)
    return {"drawn": round(drawn, 2), "sure": round(max(sure, drawn, LEAST_SURE), 2)}


def _judged(network: keras.Model, people: PoseData, flip_average: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the confidence of all labelled joints on whole people, busts and portraits, and which are right."""
    confidences, rights = [], []
    views: list[Crops] = [person_crops_at(people, squares) for squares in (people.squares, bust_squares(people))]
    for crops in (*views, portrait_crops(people)):
        said = ask_for_joints(network, crops.pictures, flip_average)
        errors = torso_errors(said, crops, people.take(crops.people))
        judged = ~np.isnan(errors)
        confidences.append(said[..., 2][judged])
        rights.append(((errors < TOLERANCE) & (crops.known > 0))[judged])
    return np.concatenate(confidences), np.concatenate(rights)


def _round(network: keras.Model, people: PoseData) -> bool:
    """Round the weights to half precision; return False, and round nothing, where that moves the joints too far."""
    pictures = regular_person_crops(people).pictures

    def is_near(before: np.ndarray, after: np.ndarray) -> bool:
        moved = np.median(np.linalg.norm(after[..., :2] - before[..., :2], axis=-1))
        return bool(np.isfinite(after).all() and moved <= LARGEST_CHANGE)

    return round_weights(network, lambda: ask_for_joints(network, pictures, False), is_near)


def _dropped(folder: Path) -> int:
    """Return how many labels the last cycle that looked through them did without."""
    found = sorted(folder.glob("cycle*/dropped.npz"), key=lambda path: int(path.parent.name.removeprefix("cycle")))
    if not found:
        return 0
    with np.load(found[-1]) as file:
        return int(file["wrong"].sum())
