"""Made-up networks, cards and faces: every figure that a card can hold, in a folder of their own."""

import json
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dashboard.services.average_maps import AverageMaps
from dashboard.services.average_maps import write as write_maps
from models import EXPRESSIONS
from models.detection.training.architecture import centre_network
from models.keypoints import NAMES68
from models.networks import WEIGHTS, fingerprint
from models.pose import NAMES, SIZE
from models.pose.training.architecture import pose_network

SMALL = "emotion-small"
SMALL_POSE = "pose-small"
SMALL_DETECTOR = "detector-small"
SMALL_CLASSIFIER = "classifier-small"
LABELS = {"expression": EXPRESSIONS, "keypoints": NAMES68, "pose": NAMES, "detection": ("face",)}
TITLES = {SMALL: "A small made-up network", "keypoints": "Made-up keypoints", "detector": "A made-up detector"}
POSE = "joints"


def accuracy(value: float, faces: int = 700) -> dict[str, Any]:
    return {"accuracy": value, "interval": [value - 0.02, value + 0.02], "faces": faces}


def basic(name: str, task: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "title": TITLES.get(name, name),
        "task": task,
        "labels": ["face"],
        "input_shape": [48, 48, 1],
        "parameters": 1234,
        "size_bytes": 20_000,
        "command": f"python -m models.training {name} --data PATH",
        "data": {"name": "made-up data", "training_faces": 1000, "licence": "none"},
        "split": "at random",
        "thresholds": {},
        "metrics": {},
        "intended_use": "Tests.",
        "not_for": "Anything else.",
        "limits": ["It knows nothing."],
        **more,
    }


def expression_card(name: str = SMALL) -> dict[str, Any]:
    """Every key that an expression card may have."""
    confusion = (10 * np.ones((7, 7), int) + 40 * np.eye(7, dtype=int)).tolist()
    confusion[2][4] = 60
    block = accuracy(0.452) | {
        "macro_f1": 0.41,
        "plain": accuracy(0.44),
        "per_class": {label: {"precision": 0.5, "recall": 0.4, "f1": 0.44, "faces": 100} for label in EXPRESSIONS},
        "confusion": confusion,
        "calibration": {
            "expected_calibration_error": 0.05,
            "bins": [{"confidence": 0.1 * n, "accuracy": 0.09 * n, "faces": 20 * n} for n in range(2, 10)],
        },
        "named": accuracy(0.7, 400) | {"share": 0.57},
        "without_duplicates": accuracy(0.45, 650),
        "milliseconds_a_face": {"batch_1": 0.8, "batch_32": 0.2},
        "robustness": [
            {"name": key, "label": label, "description": f"{label}.", "drop": 0.452 - value, "same_answer": 0.9}
            | accuracy(value)
            for key, label, value in (("as_is", "As is", 0.452), ("blur", "Blurred", 0.31), ("dark", "Dark", 0.4))
        ],
        "voters": voters(),
    }
    return basic(
        name,
        "expression",
        labels=list(EXPRESSIONS),
        log=f"{name}.csv",
        configuration={"name": name, "epochs": 3, "seed": 0},
        temperature=1.1,
        flip_average=True,
        thresholds={"uncertain": 0.3},
        metrics={"validation": accuracy(0.46), "public_test": block},
    )


def voters() -> dict[str, Any]:
    return {
        "faces": 690,
        "undecided": 0.08,
        "outside": 0.03,
        "decided": {"faces": 600, "label_and_crowd": 0.66, "network_and_label": 0.5, "network_and_crowd": 0.55},
        "clear": {
            "faces": 400,
            "share": 0.58,
            "network_and_crowd": accuracy(0.62, 400),
            "label_and_crowd": 0.8,
            "network_and_label": 0.6,
        },
        "sides": {"faces": 200, "with_label": 0.3, "with_crowd": 0.45, "with_neither": 0.25},
        "errors": {
            "faces": 380,
            "crowd_with_network": 0.24,
            "crowd_with_label": 0.5,
            "crowd_elsewhere": 0.2,
            "crowd_without_choice": 0.06,
        },
        "per_class": {label: {"faces": 100, "label_and_crowd": 0.1 * n} for n, label in enumerate(EXPRESSIONS, 3)},
        "cross_entropy": 1.2,
        "kl_divergence": 0.5,
        "votes_entropy": 0.7,
    }


def keypoints_card() -> dict[str, Any]:
    # the network beside it is the real one, so its mean shape is too
    shape = json.loads((WEIGHTS / "keypoints.json").read_text(encoding="utf-8"))["mean_shape"]
    block = {
        "nme": 0.0512,
        "nme_interval": [0.049, 0.053],
        "failure_rate": 0.031,
        "rmse_15": 1.64,
        "cumulative": {"error": [0.0, 0.05, 0.1, 0.2], "share": [0.0, 0.6, 0.97, 1.0]},
        "per_point": np.linspace(0.02, 0.1, 68).tolist(),
        "per_pose": {"frontal": {"nme": 0.045, "faces": 800}, "left_profile": {"nme": 0.09, "faces": 40}},
        "milliseconds_a_face": {"batch_1": 3.1, "batch_32": 1.2},
        "baseline_nme": 0.205,
        "reliability": {
            "expected_calibration_error": 0.027,
            "bins": [
                {"confidence": 0.2, "right": 0.25, "points": 300},
                {"confidence": 0.8, "right": 0.78, "points": 900},
            ],
        },
        "hidden": {"confidence_before": 0.61, "confidence_hidden": 0.37, "share_lower": 0.997},
        "five_points": {"faces": 1260, "per_pose": {"frontal": {"error": 0.048, "faces": 982}}},
    }
    return basic(
        "keypoints",
        "keypoints",
        input_shape=[96, 96, 1],
        labels=list(NAMES68),
        metrics={"test": block},
        mean_shape=shape,
    )


def detector_card() -> dict[str, Any]:
    def block(f1: float) -> dict[str, Any]:
        return {
            "f1": f1,
            "precision": f1 + 0.1,
            "recall": f1 - 0.1,
            "recall_50": f1,
            "rotations": {
                str(angle): {"recall": max(0.02, f1 - 0.1 - angle / 900), "precision": 0.9, "f1": f1}
                for angle in (0, 30, 45, 90, 180)
            },
        }

    test = block(0.84) | {
        "curve": {"precision": [0.99, 0.94, 0.6], "recall": [0.3, 0.74, 0.9], "threshold": [0.9, 0.5, 0.1]},
        "haar": {"default": block(0.57), "alt2": block(0.6)},
        "face_free": {"pictures": 120, "without_alarm": 0.975},
        "milliseconds": {"cnn": 18.0, "haar default": 61.0, "haar alt2": 55.0},
    }
    return basic("detector", "detection", input_shape=[480, 640, 3], metrics={"test": test}, thresholds={"face": 0.5})


def pose_card() -> dict[str, Any]:
    """Every key that the card of a pose network may have."""
    looked = {"confidence_inside": 0.6, "confidence_outside": 0.1, "joints_outside": 450}
    block = {
        "pck": 0.64,
        "pck_interval": [0.59, 0.69],
        "pck_14": 0.68,
        "people": 100,
        "plain": 0.62,
        "per_joint": dict(zip(NAMES, np.linspace(0.5, 0.95, len(NAMES)).tolist(), strict=True)),
        "curve": {"threshold": [0.0, 0.1, 0.2, 0.5], "share": [0.0, 0.4, 0.64, 0.82]},
        "by_visible": {"all 14": {"pck": 0.7, "people": 1055}, "fewer than 9": {"pck": None, "people": 0}},
        "visible_joints": 0.67,
        "hidden_joints": 0.32,
        "baseline_pck": 0.1,
        "reliability": {
            "expected_calibration_error": 0.051,
            "bins": [
                {"confidence": 0.2, "right": 0.15, "joints": 90},
                {"confidence": 0.9, "right": 0.92, "joints": 580},
            ],
        },
        "unaided": {"first": 0.57, "second": 0.58},
        "by_face": {
            "whole": 0.81,
            "whole_people": 78,
            "upper": 0.79,
            "upper_people": 70,
            "dark": 0.77,
            "dark_people": 78,
        },
        "bust": looked | {"pck": 0.62, "drawn_inside": 0.73, "drawn_outside": 0.05},
        "portrait": looked | {"pck": 0.65, "drawn_inside": 0.84, "drawn_outside": 0.04},
        "milliseconds_a_person": {"batch_1": 13.9, "batch_8": 7.9},
    }
    return basic(
        POSE,
        "pose",
        input_shape=[SIZE, SIZE, 3],
        labels=list(NAMES),
        thresholds={"drawn": 0.3, "sure": 0.47},
        metrics={"validation": block},
    )


def ladder_table() -> dict[str, Any]:
    times = {"batch_1": 0.0014, "batch_32": 0.0004}
    rungs = [
        {
            "name": "majority",
            "title": "Always the commonest class",
            "is_network": False,
            "parameters": 0,
            "size_bytes": 0,
        },
        {"name": SMALL, "title": TITLES[SMALL], "is_network": True, "parameters": 30_000, "size_bytes": 200_000},
        {"name": "emotion", "title": "The best", "is_network": True, "parameters": 1_200_000, "size_bytes": 5_000_000},
    ]
    scores = (0.249, 0.55, 0.69)
    return {
        "name": "ladder",
        "title": "From the simplest to the best",
        "command": "python -m models.training ladder --data PATH",
        "data": {"name": "PublicTest", "faces": 3589},
        "rungs": [
            rung
            | accuracy(score, 3589)
            | {
                "without_duplicates": None,
                "macro_f1": score - 0.02,
                "expected_calibration_error": 0.03,
                "seconds_a_face": times if rung["is_network"] else None,
                "flip_average": False,
            }
            for rung, score in zip(rungs, scores, strict=True)
        ],
    }


def happy_sad_table() -> dict[str, Any]:
    return {
        "name": "happy_sad",
        "title": "Happy against sad",
        "command": "python -m models.training happy-sad --data PATH",
        "configuration": SMALL,
        "classes": ["happy", "sad"],
        "folds": 5,
        "repeats": 2,
        "faces": 12_045,
        "class_faces": {"happy": 7215, "sad": 4830},
        "majority": 0.599,
        "accuracy": {"mean": 0.861, "deviation": 0.006},
        "macro_f1": {"mean": 0.85, "deviation": 0.007},
        "rows": [
            {"repeat": repeat, "fold": fold, "faces": 2409, "accuracy": 0.85 + 0.004 * fold, "macro_f1": 0.85}
            for repeat in (1, 2)
            for fold in range(1, 6)
        ],
        "note": "Nothing is chosen on the folds.",
    }


def five_table() -> dict[str, Any]:
    classes = ("angry", "happy", "sad", "surprise", "neutral")
    per_class = {name: {"precision": 0.6, "recall": 0.5, "f1": 0.55, "faces": 90} for name in classes}
    return {
        "name": "five",
        "title": "Five expressions",
        "command": "python -m models.training emotion --task five --epochs 8 --data fer2013_training.npz",
        "configuration": SMALL,
        "classes": list(classes),
        "left_out": ["disgust", "fear"],
        "majority": 0.298,
        "validation": accuracy(0.6, 2400) | {"macro_f1": 0.55, "per_class": per_class},
        "note": "One network.",
    }


def write_average_maps(folder: Path, *names: str) -> None:
    """Writes average maps of networks that are there: each class is brightest in a row of its own."""
    values = np.stack([np.eye(7, dtype=np.float32)[index][:, None] * np.ones((7, 7)) for index in range(7)])
    maps = {
        name: AverageMaps(
            values.astype(np.float32),
            tuple(EXPRESSIONS),
            (400,) * 7,
            (0.0, 0.25, *[0.0] * 5),
            "tiny_conv",
            "made-up faces",
            fingerprint(folder / f"{name}.keras"),
        )
        for name in names
    }
    write_maps(maps, folder / "tables")


def write_weights(folder: Path) -> Path:
    """Writes the real networks "emotion" and "keypoints", a tiny one beside them, and made-up cards of every task."""
    folder.mkdir(parents=True)
    for suffix in ("keras", "json", "csv"):
        shutil.copyfile(WEIGHTS / f"emotion.{suffix}", folder / f"emotion.{suffix}")
    shutil.copyfile(WEIGHTS / "keypoints.keras", folder / "keypoints.keras")
    tiny_network().save(folder / f"{SMALL}.keras")
    (folder / f"{SMALL}.csv").write_text(
        "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.2,2.0,0.25,1.9\n1,0.3,1.8,0.4,1.7\n2,0.4,1.6,0.45,1.6\n"
    )
    for card in (expression_card(), keypoints_card(), detector_card(), pose_card()):
        write_json(folder / f"{card['name']}.json", card)
    tables = folder / "tables"
    tables.mkdir()
    write_json(tables / "ladder.json", ladder_table())
    write_json(tables / "happy_sad.json", happy_sad_table())
    write_json(tables / "five.json", five_table())
    np.savez(
        tables / "average_faces.npz",
        faces=np.linspace(40, 200, 7 * 48 * 48).reshape(7, 48, 48).astype(np.uint8),
        counts=np.arange(1000, 8000, 1000),
        labels=np.array(EXPRESSIONS),
    )
    write_average_maps(folder, SMALL)
    return folder


def write_every_task(folder: Path) -> Path:
    """Writes the real networks "emotion" and "keypoints", and small untrained ones for poses and for finding faces."""
    folder.mkdir(parents=True)
    for name in ("emotion", "keypoints"):
        for suffix in ("keras", "json", "csv"):
            shutil.copyfile(WEIGHTS / f"{name}.{suffix}", folder / f"{name}.{suffix}")
    keras.utils.set_random_seed(0)
    pose_network(8, (8, 8, 8), (1, 1, 1), merged=(8, 8, 8), name="small_pose").save(folder / f"{SMALL_POSE}.keras")
    detector = centre_network((4, 8), (8, 8, 8), (1, 1, 1), 8, 8, normalised=False, name="small_detector")
    detector.save(folder / f"{SMALL_DETECTOR}.keras")
    write_json(
        folder / f"{SMALL_POSE}.json",
        basic(
            SMALL_POSE,
            "pose",
            input_shape=[SIZE, SIZE, 3],
            labels=list(NAMES),
            thresholds={"drawn": 0.2, "sure": 0.5},
        ),
    )
    picture = keras.Input((24, 32, 3))
    maps = keras.layers.Conv2D(6, 3, activation="relu")(keras.layers.Rescaling(1 / 255)(picture))
    classes = keras.layers.Dense(3, activation="softmax")(keras.layers.GlobalAveragePooling2D()(maps))
    keras.Model(picture, classes).save(folder / f"{SMALL_CLASSIFIER}.keras")
    write_json(
        folder / f"{SMALL_CLASSIFIER}.json",
        basic(SMALL_CLASSIFIER, "classification", input_shape=[24, 32, 3], labels=["cat", "dog", "3"]),
    )
    write_json(
        folder / f"{SMALL_DETECTOR}.json",
        basic(SMALL_DETECTOR, "detection", input_shape=[480, 640, 3], thresholds={"face": 0.5}),
    )
    return folder


def write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values))


def tiny_network() -> keras.Model:
    """Seven shares of a 48 by 48 face, from weights at random."""
    keras.utils.set_random_seed(0)
    face = keras.Input((48, 48, 1), name="face")
    maps = keras.layers.Rescaling(1 / 255, name="rescaled")(face)
    maps = keras.layers.Conv2D(8, 3, activation="relu", name="tiny_conv")(maps)
    means = keras.layers.GlobalAveragePooling2D(name="means")(maps)
    return keras.Model(face, keras.layers.Dense(7, activation="softmax", name="shares")(means), name="tiny")


def write_csv(path: Path, faces: int = 60, usage: str = "PublicTest") -> Path:
    """Writes a file in the form of fer2013.csv: faces of noise; row 1 repeats row 0 under another label."""
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (faces, 48 * 48))
    pictures[1] = pictures[0]
    lines = [f"{row % 7},{' '.join(map(str, picture))},{usage}" for row, picture in enumerate(pictures)]
    path.write_text("\n".join(["emotion,pixels,Usage", *lines]) + "\n")
    return path
