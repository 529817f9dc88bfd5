"""From a trained classifier to a report, a published network with its card, and the table of the ladder."""

import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.classifier.inference import TASK, compile_classifier
from models.classifier.training.configurations import RUNGS, ClassifierConfiguration
from models.classifier.training.datasets import TEST, TRAINING, VALIDATION, PictureData
from models.classifier.training.evaluation import class_shares, misclassified, score_pictures
from models.classifier.training.fitting import best_epoch
from models.classifier.training.sources import Source
from models.networks import WEIGHTS
from models.training.classification import fit_temperature, uncertainty_threshold
from models.training.publishing import load_published, round_weights, write_card, write_json, write_network, write_table
from models.training.scores import milliseconds_each

NAMED_ACCURACY = 0.98  # of the answers that are named rather than "uncertain", on validation pictures
LEAST_NAMED = 0.5  # probability: what is more likely wrong than right isn't named
LARGEST_CHANGE = 1e-2  # of a probability by storing the weights in half precision
_LISTED = 20  # wrong answers on a card, the surest


@dataclass(frozen=True)
class Calibration:
    """What the validation pictures decided about a trained network.

    Attributes:
        temperature: by which the logits are divided (Guo et al. 2017, arXiv:1706.04599).
        shift: added to the first logit less the second, by which both of two classes are found equally often; else 0.
        is_half: whether the weights were rounded to half precision.
    """

    temperature: float
    shift: float
    is_half: bool


def calibrate_classifier(network: keras.Model, data: PictureData, is_even: bool = False) -> Calibration:
    """Set the temperature and the shift by the validation pictures, and round the weights where that changes little.

    Args:
        network: changed in place.
        data: with its val split.
        is_even: whether two classes are to be found equally often. Defaults to False.

    Raises:
        ValueError: if more than two classes are to be.
    """
    watched = data.part(VALIDATION)
    scores = np.log(class_shares(network, watched) + 1e-12)
    temperature = fit_temperature(scores, watched.labels)
    shift = even_shift(scores / temperature, watched.labels) if is_even else 0.0
    layer = network.get_layer("logits")
    kernel, bias = (value / temperature for value in layer.get_weights())
    bias[0] += shift
    layer.set_weights([kernel, bias])
    is_half = round_weights(
        network,
        lambda: class_shares(network, watched),
        lambda before, after: bool(np.abs(after - before).max() <= LARGEST_CHANGE),
    )
    return Calibration(temperature, shift, is_half)


def even_shift(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return what to add to the first of two scores so that the recall of the worse class is as high as it can be.

    There both classes have about the same recall: the equal error rate.

    Args:
        scores: (N, 2), logarithms of shares.
        labels: (N,), 0 or 1.

    Raises:
        ValueError: if there are more than two classes.
    """
    if scores.shape[1] != 2:
        raise ValueError(f"Only two classes can be found equally often, not {scores.shape[1]}.")
    grid = np.linspace(-2, 2, 81)
    answers = scores[:, 0] - scores[:, 1] + grid[:, None] <= 0  # (81, N): whether the second class wins
    recall = [(answers[:, labels == label] == label).mean(axis=1) for label in (0, 1)]
    worse = np.minimum(*recall)
    best = np.flatnonzero(worse == worse.max())
    return round(float(grid[best[np.abs(grid[best]).argmin()]]), 2)


def write_report(
    configuration: ClassifierConfiguration, network: keras.Model | None, data: PictureData, folder: Path
) -> dict[str, Any]:
    """Score a calibrated rung on the validation pictures, and write `report.json` and `misclassified.csv`.

    Without a network it answers the shares of the classes.

    Returns:
        What stands in the report.
    """
    watched = data.part(VALIDATION)
    shares = majority(data) if network is None else class_shares(network, watched)
    wrong = misclassified(shares, watched)
    content = {
        "name": configuration.name,
        "title": configuration.title,
        "is_network": network is not None,
        "parameters": 0 if network is None else network.count_params(),
        "best_epoch": best_epoch(folder / "log.csv"),
        "validation": score_pictures(shares, watched),
        "misclassified": len(wrong),
        "configuration": asdict(configuration),
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_json(content, folder / "report.json")
    with (folder / "misclassified.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["picture", "label", "answer", "confidence"])
        writer.writeheader()
        writer.writerows(wrong)
    return content


def majority(data: PictureData) -> np.ndarray:
    """Return the shares of the classes in training for every validation picture: the commonest class always wins."""
    shares = np.bincount(data.part(TRAINING).labels, minlength=len(data.classes)) / (data.split == TRAINING).sum()
    return np.tile(shares.astype(np.float32), (int((data.split == VALIDATION).sum()), 1))


def publish_classifier(
    name: str,
    network: keras.Model,
    configuration: ClassifierConfiguration,
    data: PictureData,
    source: Source,
    folder: Path,
    command: str,
    weights: Path = WEIGHTS,
) -> dict[str, Any]:
    """Calibrate a network, and write NAME.keras, NAME.json and NAME.csv; a test split is scored here, once.

    Args:
        name: of the published network.
        network: from `fit_classifier`; changed in place to what is published.
        configuration: what it was trained by.
        data: all pictures.
        source: what is known of them.
        folder: of the training, with its log.
        command: that trained it.
        weights: folder to write to. Defaults to models/weights.

    Returns:
        The card.
    """
    calibration = calibrate_classifier(network, data, source.is_even)
    watched = data.part(VALIDATION)
    shares = class_shares(network, watched)
    validation = score_pictures(shares, watched)
    validation |= {
        "headline": _headline(validation, source),
        "milliseconds_a_picture": measure_speed(network),
        "misclassified": misclassified(shares, watched)[:_LISTED],
    }
    metrics = {"validation": validation}
    if (data.split == TEST).any():
        test = data.part(TEST)
        metrics["test"] = score_pictures(class_shares(network, test), test)
    card = {
        "name": name,
        "title": f"{source.title} ({configuration.title[0].lower()}{configuration.title[1:]})",
        "task": TASK,
        "labels": list(data.classes),
        **write_network(network, name, folder / "log.csv", weights, calibration.is_half),
        "command": command,
        "configuration": asdict(configuration),
        "data": {
            "name": source.data,
            **{f"{part}_{what}": value for part, what, value in _counts(data, source)},
            "licence": source.licence,
        },
        "split": f"By whole {source.groups}: none stands on two sides. Epoch {best_epoch(folder / 'log.csv')} had the "
        "best validation accuracy and was published; rung, calibration and threshold were chosen on the validation "
        "pictures too, so that their figures are a little better than new pictures would give.",
        "protocol": f"Intervals: 95 %, by a bootstrap of whole {source.groups}."
        + (" The answers are shifted so that both classes are found about equally often." if source.is_even else ""),
        "temperature": calibration.temperature,
        "calibration": {"shift": calibration.shift},
        "thresholds": {"uncertain": max(uncertainty_threshold(shares, watched.labels, NAMED_ACCURACY), LEAST_NAMED)},
        "metrics": metrics,
        "intended_use": source.intended_use,
        "not_for": source.not_for,
        "limits": list(source.limits),
    }
    write_card(card, weights)
    return card


def evaluate_classifier(name: str, data: PictureData, weights: Path = WEIGHTS) -> dict[str, Any]:
    """Score a published classifier on its data's test split, or on the val split where there is none.

    Raises:
        ValueError: if the data have other classes.
    """
    network, card = load_published(name, weights)
    if tuple(card["labels"]) != data.classes:
        raise ValueError(f"{name} tells {', '.join(card['labels'])} apart; the data have {', '.join(data.classes)}.")
    part = data.part(TEST if (data.split == TEST).any() else VALIDATION)
    return score_pictures(class_shares(network, part), part) | {"milliseconds_a_picture": measure_speed(network)}


def measure_speed(network: keras.Model) -> dict[str, Any] | None:
    """Return milliseconds a picture by the pass of `models.classifier`; None where Keras is not on TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        return None
    return milliseconds_each(compile_classifier(network), network.input_shape[1:], dtype="uint8")


def write_ladder(name: str, folder: Path, data: PictureData, source: Source, weights: Path = WEIGHTS) -> Path:
    """Write the table of all rungs that have a report."""
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*/report.json")]
    order = list(RUNGS)
    reports.sort(key=lambda row: (order.index(row["name"].split("-")[0]), row["name"]))
    keys = ("name", "title", "is_network", "parameters", "best_epoch")
    scores = ("accuracy", "interval", "pictures", "groups", "macro_f1")
    rungs = [
        {key: row[key] for key in keys}
        | {key: row["validation"][key] for key in scores}
        | {"recall": {label: values["recall"] for label, values in row["validation"]["per_class"].items()}}
        for row in reports
    ]
    return write_table(
        f"ladder_{name}",
        {
            "name": f"ladder_{name}",
            "title": f"The ladder: {source.title[0].lower()}{source.title[1:]}",
            "command": f"python -m models.training classifier --data {name}.npz --config RUNG",
            "data": {
                "name": f"{source.data}; validation, by {source.groups}",
                "pictures": int((data.split == VALIDATION).sum()),
            },
            "rungs": rungs,
        },
        weights,
    )


def _counts(data: PictureData, source: Source) -> list[tuple[str, str, int]]:
    names = {TRAINING: "training", VALIDATION: "validation", TEST: "test"}
    rows = []
    for split, part in names.items():
        is_in = data.split == split
        if is_in.any():
            rows += [(part, "pictures", int(is_in.sum())), (part, source.groups, len(np.unique(data.groups[is_in])))]
    return rows


def _headline(scores: dict[str, Any], source: Source) -> str:
    """The figure that a network is judged by, in words."""
    low, high = scores["interval"]
    return (
        f"{scores['accuracy']:.1%} ({low:.1%} – {high:.1%}) right on {scores['pictures']:,} pictures by "
        f"{scores['groups']} {source.groups}, by which its epoch was chosen"
    )
