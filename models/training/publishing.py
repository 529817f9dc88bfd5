"""From a trained network to a published one: calibrated weights, card and log in models/weights."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.emotion import EXPRESSIONS
from models.networks import WEIGHTS
from models.training.configurations import EmotionConfiguration
from models.training.datasets import ExpressionData, split_validation
from models.training.evaluation import (
    accuracy,
    calibration,
    fit_temperature,
    milliseconds_a_face,
    probabilities,
    score,
    uncertainty_threshold,
)

NAMED_ACCURACY = 0.8  # of the answers that are named rather than "uncertain", on validation faces


def publish_emotion(
    network: keras.Model, configuration: EmotionConfiguration, data: ExpressionData, log: Path, weights: Path = WEIGHTS
) -> dict[str, Any]:
    """Calibrate a network on its validation faces and write NAME.keras, NAME.json and NAME.csv.

    The temperature goes into the last dense layer, so that the published softmax is calibrated by itself.

    Args:
        network: float32 network from `fit_emotion`; its last dense layer is changed in place.
        configuration: what it was trained by.
        data: the training faces; the validation part is cut off as in training.
        log: the training's CSV log.
        weights: folder to write to.

    Returns:
        The card.
    """
    training, validation = split_validation(data, configuration.validation, configuration.seed)
    held_out = data.take(validation)
    logits = np.log(probabilities(network, held_out.images) + 1e-12)
    temperature = fit_temperature(logits, held_out.labels)
    dense = network.get_layer("logits")
    dense.set_weights([value / temperature for value in dense.get_weights()])
    shares = probabilities(network, held_out.images)
    weights.mkdir(parents=True, exist_ok=True)
    path = weights / f"{configuration.name}.keras"
    network.save(path)
    shutil.copyfile(log, weights / f"{configuration.name}.csv")
    card = {
        "name": configuration.name,
        "title": configuration.title,
        "task": "expression",
        "labels": list(EXPRESSIONS),
        "input_shape": list(network.input_shape[1:]),
        "parameters": network.count_params(),
        "size_bytes": path.stat().st_size,
        "command": f"python -m models.training emotion --config {configuration.name} --data fer2013_training.npz",
        "log": f"{configuration.name}.csv",
        "configuration": asdict(configuration),
        "data": {
            "name": "FER2013 Training (ICML 2013 Kaggle challenge), 48×48 grey faces; FER+ votes (Barsoum et al. 2016)"
            if data.votes is not None
            else "FER2013 Training (ICML 2013 Kaggle challenge), 48×48 grey faces",
            "training_faces": len(training),
            "validation_faces": len(validation),
            "licence": "research use; no picture is part of this project",
        },
        "split": "Validation: a tenth of Training by groups of identical pictures, fixed seed. Length, temperature and "
        "threshold come from it alone; the weights are those of the last epoch. PublicTest is scored once.",
        "temperature": temperature,
        "thresholds": {"uncertain": uncertainty_threshold(shares, held_out.labels, NAMED_ACCURACY)},
        "metrics": {
            "validation": accuracy(shares, held_out.labels)
            | {"expected_calibration_error": calibration(shares, held_out.labels)["expected_calibration_error"]}
        },
        "intended_use": "Research and teaching: to see how a convolutional network reads an expression.",
        "not_for": "Judging people: not for hiring, nor for monitoring at school or at work, where such systems are "
        "banned in the EU; not for telling what a person feels.",
        "limits": [
            "It names the expression that ten strangers would see on a picture, not what a person feels.",
            "The labels are noisy: the plurality of the FER+ voters agrees with them on two rows in three.",
            "Trained on frontal and half-turned web pictures at 48×48; profiles and strong tilt are read badly.",
            "Fairness is unmeasured: FER2013 says nothing of age, gender or skin colour.",
        ],
    }
    write_card(card, weights)
    return card


def evaluate_emotion(name: str, data: ExpressionData, weights: Path = WEIGHTS) -> dict[str, Any]:
    """Score a published emotion network on a data set, with its speed on this machine."""
    card = json.loads((weights / f"{name}.json").read_text())
    network = keras.models.load_model(weights / f"{name}.keras", compile=False)
    shares = probabilities(network, data.images)
    return score(shares, data, tuple(card["labels"]), card["thresholds"]["uncertain"])


def measure_speed(name: str, weights: Path = WEIGHTS) -> dict[str, float]:
    """Milliseconds a face of a published network, compiled, on this machine."""
    import tensorflow as tf

    network = keras.models.load_model(weights / f"{name}.keras", compile=False)
    forward = tf.function(lambda faces: network(faces, training=False), reduce_retracing=True)
    return milliseconds_a_face(forward, tuple(network.input_shape[1:]))


def write_card(card: dict[str, Any], weights: Path = WEIGHTS) -> None:
    """Write a card as readable JSON."""
    (weights / f"{card['name']}.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n")
