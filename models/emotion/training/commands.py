"""The commands about expressions: train, cross-validate, climb the ladder, average, prepare, score."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.emotion.training import ladder, publishing
from models.emotion.training.average_faces import write_average_faces
from models.emotion.training.configurations import EMOTION, EmotionConfiguration
from models.emotion.training.cross_validation import cross_validate
from models.emotion.training.datasets import (
    PUBLIC_TEST,
    TRAINING,
    ExpressionData,
    prepare,
    read_fer2013,
    split_validation,
)
from models.emotion.training.evaluation import probabilities
from models.emotion.training.finetuning import BACKBONES, start_from
from models.emotion.training.fitting import SPLIT_SEED, fit_emotion
from models.emotion.training.tasks import SEVEN, TASKS, Task, select, select_split
from models.networks import WEIGHTS
from models.training.classification import classification_scores
from models.training.commands import Commands, add_folders, spell
from models.training.publishing import write_table

TASK = "expression"
"""The task on the cards of the networks that are trained here."""


def add_commands(commands: Commands) -> None:
    """Register the commands; each sets `run` to a function of the options."""
    _add_emotion(commands)
    _add_ladder(commands)

    averages = commands.add_parser("averages", help="write the average face of each expression")
    averages.add_argument(
        "--data", type=Path, required=True, help="fer2013.csv or a prepared .npz of its Training rows"
    )
    averages.add_argument("--weights", type=Path, default=WEIGHTS, help="writes to its folder tables")
    averages.set_defaults(run=_write_averages)

    data = commands.add_parser("prepare", help="write fer2013.csv as one small .npz a usage")
    data.add_argument("csv", type=Path)
    data.add_argument("--folder", type=Path, default=Path())
    data.set_defaults(run=_prepare)


def evaluate(name: str, path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Score a published expression network on a data set, with its speed."""
    scores = publishing.evaluate_emotion(name, read_fer2013(path, options.usage), options.weights)
    return scores | {"milliseconds_a_face": publishing.measure_emotion_speed(name, options.weights)}


def measure(name: str, weights: Path) -> dict[str, Any]:
    """Time a published expression network on this machine."""
    return {"milliseconds_a_face": publishing.measure_emotion_speed(name, weights)}


def _add_emotion(commands: Commands) -> None:
    emotion = commands.add_parser(
        "emotion", help="train an expression network and publish it; resumes where it stopped"
    )
    emotion.add_argument("--data", type=Path, required=True, help="fer2013.csv or a prepared .npz of its Training rows")
    emotion.add_argument("--config", choices=sorted(EMOTION), default="emotion")
    add_folders(emotion)
    emotion.add_argument("--epochs", type=int, help="another length of each cycle than the configuration's")
    emotion.add_argument(
        "--task",
        choices=sorted(TASKS),
        default=SEVEN.name,
        help="which expressions to tell apart; another than seven writes a table, no network",
    )
    emotion.add_argument("--folds", type=int, default=1, help="cross-validate over so many folds and write a table")
    emotion.add_argument("--repeats", type=int, default=1, help="deal the folds out anew so many times")
    emotion.add_argument("--test", type=Path, help="of a smaller task: a file of PublicTest to score as well")
    emotion.add_argument(
        "--backbone",
        metavar="NAME",
        help=f"fine-tune a published network or an ImageNet backbone: {', '.join(BACKBONES)}",
    )
    emotion.set_defaults(run=_train)


def _add_ladder(commands: Commands) -> None:
    steps = commands.add_parser("ladder", help="compare all expression networks; trains and scores those that lack it")
    steps.add_argument("--data", type=Path, required=True, help="fer2013.csv or a prepared .npz of its Training rows")
    steps.add_argument("--test", type=Path, required=True, help="fer2013.csv or a prepared .npz of its PublicTest rows")
    steps.add_argument("--train", action="store_true", help="train and publish every network anew")
    steps.add_argument("--folder", type=Path, default=Path(".training"), help="checkpoints and logs")
    steps.add_argument("--weights", type=Path, default=WEIGHTS, help="where the published files are")
    steps.set_defaults(run=_climb)


def _train(options: argparse.Namespace) -> None:
    configuration = EMOTION[options.config]
    if options.backbone:
        configuration = start_from(configuration, options.backbone, options.weights)
    if options.epochs:
        cycles = tuple(replace(cycle, epochs=options.epochs) for cycle in configuration.cycles)
        configuration = replace(configuration, cycles=cycles)
    task = TASKS[options.task]
    data = read_fer2013(options.data, TRAINING)
    if task is SEVEN and options.folds == 1:
        folder = options.folder or Path(".training") / configuration.name
        network = fit_emotion(configuration, data, folder)
        card = publishing.publish_emotion(
            network, configuration, data, folder / "log.csv", options.weights, _spell(options)
        )
        sys.stdout.write(json.dumps(card["metrics"], indent=1) + "\n")
        return
    _check_trainable(configuration, options.folds)
    folder = options.folder or Path(".training") / f"{configuration.name}-{task.name}"
    compare = _one_split if options.folds == 1 else _all_folds
    table = {
        "name": task.name.replace("-", "_"),
        "title": task.title,
        "command": _spell(options),
        "configuration": configuration.name,
        "classes": list(task.classes),
        "left_out": list(task.left_out),
        **compare(task, configuration, data, folder, options),
    }
    path = write_table(table["name"], table, options.weights)
    sys.stdout.write(path.read_text(encoding="utf-8"))


def _check_trainable(configuration: EmotionConfiguration, folds: int) -> None:
    if configuration.architecture == "columns":
        raise ValueError(f"{configuration.name} is put together from others; choose another --config for this task.")
    if configuration.start and folds > 1:
        raise ValueError(f"{configuration.start} has seen faces of every fold; fine-tune it on one split (--folds 1).")


def _all_folds(
    task: Task, configuration: EmotionConfiguration, data: ExpressionData, folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    chosen = select(task, data)

    def fit(name: str, split: tuple[np.ndarray, np.ndarray]) -> keras.Model:
        return fit_emotion(configuration, chosen, folder / name, classes=len(task.classes), split=split)

    return cross_validate(fit, chosen, task.classes, options.folds, options.repeats, SPLIT_SEED)


def _one_split(
    task: Task, configuration: EmotionConfiguration, data: ExpressionData, folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    chosen = select(task, data)
    split = select_split(task, data, split_validation(data, configuration.validation, SPLIT_SEED))
    network = fit_emotion(configuration, chosen, folder, classes=len(task.classes), split=split)
    labels = np.bincount(chosen.labels[split[0]])

    def score(faces: ExpressionData) -> dict[str, Any]:
        shares = probabilities(network, faces.images, flip_average=configuration.flip_average)
        return classification_scores(shares, faces.labels, task.classes)

    validation = chosen.take(split[1])
    result = {
        "training_faces": len(split[0]),
        "majority": float((validation.labels == labels.argmax()).mean()),
        "validation": score(validation),
        "note": "One network, trained from scratch on the training part and scored with the weights of its last epoch; "
        "nothing is chosen on the validation part. With fewer classes to confuse, its accuracy is not to be held "
        f"against that on seven. Faces of {' and '.join(task.left_out)} play no part.",
    }
    if options.test:
        result["public_test"] = score(select(task, read_fer2013(options.test, PUBLIC_TEST)))
    return result


def _spell(options: argparse.Namespace) -> str:
    """Return the command that was given."""
    usual = {"task": SEVEN.name, "folds": 1, "repeats": 1}
    given = {key: getattr(options, key) for key in ("task", "folds", "repeats", "epochs", "backbone")}
    return spell(
        "emotion",
        {
            "config": options.config,
            **{key: None if value == usual.get(key) else value for key, value in given.items()},
            "data": "fer2013_training.npz",
            "test": "fer2013_publictest.npz" if options.test else None,
        },
    )


def _climb(options: argparse.Namespace) -> None:
    table = ladder.climb(
        read_fer2013(options.data, TRAINING),
        read_fer2013(options.test, PUBLIC_TEST),
        options.folder,
        options.weights,
        train_all=options.train,
    )
    sys.stdout.write(ladder.markdown(table) + "\n")


def _write_averages(options: argparse.Namespace) -> None:
    path = write_average_faces(read_fer2013(options.data, TRAINING), options.weights / "tables")
    sys.stdout.write(f"{path}\n")


def _prepare(options: argparse.Namespace) -> None:
    for path in prepare(options.csv, options.folder):
        sys.stdout.write(f"{path}\n")
