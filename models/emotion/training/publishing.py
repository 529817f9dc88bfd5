"""From a trained network to a published one: calibrated weights, card and log in models/weights."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.emotion import EXPRESSIONS, compile_pass
from models.emotion.training.configurations import PARTS, EmotionConfiguration
from models.emotion.training.datasets import ExpressionData, split_validation
from models.emotion.training.evaluation import probabilities, score_expressions
from models.emotion.training.fitting import SPLIT_SEED
from models.emotion.training.robustness import robustness
from models.emotion.training.voters import compare_with_voters
from models.networks import WEIGHTS
from models.training.classification import (
    accuracy,
    classification_scores,
    fit_temperature,
    uncertainty_threshold,
)
from models.training.publishing import load_published, round_weights, write_card, write_network
from models.training.scores import milliseconds_each

NAMED_ACCURACY = 0.8  # of the answers that are named rather than "uncertain", on validation faces
LARGEST_CHANGE = 1e-2  # of a probability by storing the weights in half precision


def publish_emotion(
    network: keras.Model,
    configuration: EmotionConfiguration,
    data: ExpressionData,
    log: Path,
    weights: Path = WEIGHTS,
    command: str | None = None,
) -> dict[str, Any]:
    """Calibrate a network on its validation faces and write NAME.keras, NAME.json and NAME.csv.

    The temperature goes into the last dense layer, so that the published softmax is calibrated by itself. The weights
    are rounded to half precision and stored so, where that changes no probability by more than a hundredth.

    Args:
        network: float32 network from `fit_emotion`; its weights are changed in place to those that are published.
        configuration: what it was trained by.
        data: the training faces; the validation part is cut off as in training.
        log: the training's CSV log; one without epochs is not published.
        weights: folder to write to.
        command: that trained it. Defaults to that of the configuration.

    Returns:
        The card.
    """
    training, validation = split_validation(data, configuration.validation, SPLIT_SEED)
    held_out = data.take(validation)

    def answer(flip_average: bool = configuration.flip_average) -> np.ndarray:
        return probabilities(network, held_out.images, flip_average=flip_average)

    temperature = fit_temperature(np.log(answer() + 1e-12), held_out.labels)
    dense = network.get_layer("logits")
    dense.set_weights([value / temperature for value in dense.get_weights()])
    is_half = round_weights(
        network,
        lambda: answer(flip_average=False),
        lambda before, after: bool(np.abs(after - before).max() <= LARGEST_CHANGE),
    )
    shares = answer()
    name = configuration.name
    card = {
        "name": name,
        "title": configuration.title,
        "task": "expression",
        "labels": list(EXPRESSIONS),
        **write_network(network, name, log, weights, is_half),
        "command": command or f"python -m models.training emotion --config {name} --data fer2013_training.npz",
        "configuration": asdict(configuration),
        "parts": [asdict(PARTS[name]) for name in configuration.columns if name in PARTS],
        "data": {
            "name": "FER2013 Training (ICML 2013 Kaggle challenge), 48×48 grey faces; FER+ votes (Barsoum et al. 2016)"
            if data.votes is not None
            else "FER2013 Training (ICML 2013 Kaggle challenge), 48×48 grey faces",
            "training_faces": len(training),
            "validation_faces": len(validation),
            "licence": "research use; no picture is part of this project",
        },
        "split": "Validation: a tenth of Training by groups of identical pictures, fixed seed. Length, temperature and "
        "threshold come from it alone; the weights are those of the end of the training. PublicTest is scored once.",
        "temperature": temperature,
        "flip_average": configuration.flip_average,
        "thresholds": {"uncertain": uncertainty_threshold(shares, held_out.labels, NAMED_ACCURACY)},
        "metrics": {"validation": _summary(shares, held_out.labels)},
        "intended_use": "Research and teaching: to see how a convolutional network reads an expression.",
        "not_for": "Judging people: not for hiring, nor for monitoring at school or at work, where such systems are "
        "banned in the EU; not for telling what a person feels.",
        "limits": [
            "It names the expression that ten strangers would see on a picture, not what a person feels.",
            "The labels are noisy: the most frequent choice of the ten FER+ voters agrees with them on less than two "
            "rows in three.",
            "Trained on frontal and half-turned web pictures at 48×48; profiles and strong tilt are read badly.",
            "Fairness is unmeasured: FER2013 says nothing of age, gender or skin colour.",
        ],
    }
    if configuration.flip_average:
        card["metrics"]["validation"]["plain"] = accuracy(answer(flip_average=False), held_out.labels)
        card["limits"].append(
            "The answer is averaged over the face and its mirror image; an explanation is of the face alone."
        )
    write_card(card, weights)
    return card


def evaluate_emotion(name: str, data: ExpressionData, weights: Path = WEIGHTS) -> dict[str, Any]:
    """Score a published emotion network on a data set.

    Returns:
        What `score_expressions` says; "robustness", the accuracy under bad crops, tilt, blur, darkness and more;
        "voters", the comparison with the FER+ votes where the data has them; and, for a network whose answer is
        averaged over the mirror image, "plain", the accuracy without it.
    """
    network, card = load_published(name, weights)
    flip_average = card.get("flip_average", False)

    def answer(faces: np.ndarray) -> np.ndarray:
        return probabilities(network, faces, flip_average=flip_average)

    labels = tuple(card["labels"])
    shares = answer(data.images)
    scores = score_expressions(shares, data, labels, card["thresholds"]["uncertain"])
    if flip_average:
        scores["plain"] = accuracy(probabilities(network, data.images), data.labels)
    scores["robustness"] = robustness(answer, data.images, data.labels)
    if data.votes is not None:
        scores["voters"] = compare_with_voters(shares, data.labels, data.votes, labels)
    return scores


def measure_emotion_speed(name: str, weights: Path = WEIGHTS) -> dict[str, Any] | None:
    """Return milliseconds a face of a published network on this machine, by the very pass that `models.emotion` runs.

    None where Keras does not run on TensorFlow, as that pass does. Other work on the machine counts as well.
    """
    if keras.backend.backend() != "tensorflow":
        return None
    network, card = load_published(name, weights)
    run = compile_pass(network, card.get("flip_average", False))
    return milliseconds_each(run, network.input_shape[1:3], dtype="uint8")


def _summary(shares: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    scores = classification_scores(shares, labels, EXPRESSIONS)
    summary = {key: scores[key] for key in ("accuracy", "interval", "faces", "macro_f1")}
    return summary | {"expected_calibration_error": scores["calibration"]["expected_calibration_error"]}
