"""From the commonest class to the best network: the same data, split and scores for every rung."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.emotion import EXPRESSIONS
from models.emotion.training import publishing
from models.emotion.training.configurations import EMOTION, EmotionConfiguration
from models.emotion.training.datasets import TRAINING_ROWS, ExpressionData
from models.emotion.training.fitting import fit_emotion
from models.training.classification import accuracy, classification_scores
from models.training.publishing import read_card, write_card, write_table

RUNGS = ("emotion-simple", "emotion-xception", "emotion-residual", "emotion-coarse", "emotion", "emotion-columns")
TITLE = "The ladder: from the commonest class to the best network"


def climb(
    data: ExpressionData,
    test: ExpressionData,
    folder: Path,
    weights: Path,
    train_all: bool = False,
    rungs: tuple[str, ...] = RUNGS,
    configurations: Mapping[str, EmotionConfiguration] = EMOTION,
    fit: Callable[..., keras.Model] = fit_emotion,
) -> dict[str, Any]:
    """Train what is not published, score what is not scored, measure the speed of all, and write the table.

    The test part is scored once for every published network: where the card has scores, they are taken from there.

    Args:
        data: the training faces.
        test: the test faces.
        folder: takes a folder of checkpoints and logs a network.
        weights: folder of the published networks.
        train_all: whether to train and publish every rung anew. Defaults to False.
        rungs: names of configurations, from the bottom to the best. Defaults to all.
        configurations: by name. Defaults to the published ones.
        fit: trains a network of a configuration. Defaults to `fit_emotion`.

    Returns:
        The table, which also stands in `weights/tables/ladder.json`.
    """
    rows = [majority_rung(data.labels, test)]
    for name in rungs:
        if train_all or not (weights / f"{name}.keras").exists():
            network = fit(configurations[name], data, folder / name)
            publishing.publish_emotion(network, configurations[name], data, folder / name / "log.csv", weights)
        rows.append(network_rung(name, test, weights))
    table = {
        "name": "ladder",
        "title": TITLE,
        "command": "python -m models.training ladder --data fer2013_training.npz --test fer2013_publictest.npz",
        "data": {"name": "FER2013 PublicTest, never used for choosing", "faces": len(test)},
        "rungs": rows,
    }
    write_table("ladder", table, weights)
    return table


def majority_rung(training_labels: np.ndarray, test: ExpressionData) -> dict[str, Any]:
    """Return what the shares of the classes in Training answer to every face: the commonest class."""
    shares = np.bincount(training_labels, minlength=len(EXPRESSIONS)) / len(training_labels)
    answers = np.tile(shares, (len(test), 1))
    is_new = test.first_duplicate >= TRAINING_ROWS
    scores = classification_scores(answers, test.labels, EXPRESSIONS)
    if is_new.any():
        scores["without_duplicates"] = accuracy(answers[is_new], test.labels[is_new])
    return {
        "name": "majority",
        "title": f"Commonest class of Training ({EXPRESSIONS[int(shares.argmax())]})",
        "is_network": False,
        "parameters": 0,
        "size_bytes": 0,
        "flip_average": False,
        **_figures(scores),
        "seconds_a_face": None,
    }


def network_rung(name: str, test: ExpressionData, weights: Path) -> dict[str, Any]:
    """Return the row of a published network; score it if its card has no scores, and measure its speed."""
    card = read_card(name, weights)
    if "public_test" not in card["metrics"]:
        card["metrics"]["public_test"] = publishing.evaluate_emotion(name, test, weights)
    scores = card["metrics"]["public_test"]
    speed = publishing.measure_emotion_speed(name, weights) or scores.get("milliseconds_a_face")
    scores["milliseconds_a_face"] = speed
    write_card(card, weights)
    return {
        "name": name,
        "title": card["title"],
        "is_network": True,
        "parameters": card["parameters"],
        "size_bytes": card["size_bytes"],
        "flip_average": card.get("flip_average", False),
        **_figures(scores),
        "seconds_a_face": {key: speed[key] / 1000 for key in ("batch_1", "batch_32")} if speed else None,
    }


def markdown(table: dict[str, Any]) -> str:
    """Return the table as Markdown; 95 % intervals in brackets."""
    lines = [
        "| Rung | Parameters | File | Accuracy | Without faces also in Training | Macro F1 | Calibration error "
        "| Seconds a face, alone | … of 32 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in table["rungs"]:
        speed = row["seconds_a_face"]
        cells = [
            row["title"],
            f"{row['parameters']:,}",
            f"{row['size_bytes'] / 1e6:.1f} MB" if row["is_network"] else "–",
            _share(row),
            _share(row["without_duplicates"]) if row["without_duplicates"] else "–",
            f"{row['macro_f1']:.3f}",
            f"{row['expected_calibration_error']:.3f}",
            *([f"{speed['batch_1']:.4f}", f"{speed['batch_32']:.4f}"] if speed else ["–", "–"]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _figures(scores: dict[str, Any]) -> dict[str, Any]:
    return {
        **{key: scores[key] for key in ("accuracy", "interval", "faces", "macro_f1")},
        "without_duplicates": scores.get("without_duplicates"),
        "expected_calibration_error": scores["calibration"]["expected_calibration_error"],
    }


def _share(result: dict[str, Any]) -> str:
    low, high = result["interval"]
    return f"{result['accuracy']:.1%} ({low:.1%} – {high:.1%})"
