"""The classifier's part of `python -m models.training`."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2

from models.classifier.inference import TASK
from models.classifier.training.configurations import RUNGS, ClassifierConfiguration
from models.classifier.training.datasets import read_classes
from models.classifier.training.fitting import fit_classifier
from models.classifier.training.publishing import (
    calibrate_classifier,
    evaluate_classifier,
    measure_speed,
    publish_classifier,
    write_ladder,
    write_report,
)
from models.classifier.training.sources import find_source
from models.training.commands import Commands, add_folders, spell
from models.training.publishing import load_published

__all__ = ["TASK", "add_commands", "evaluate"]


def add_commands(commands: Commands) -> None:
    """Register "classifier" with the training's command line."""
    train = commands.add_parser(
        "classifier", help="train a classifier on any pictures with classes, and score it; resumes where it stopped"
    )
    train.add_argument(
        "--data", type=Path, required=True, help="a folder with one folder of pictures a class, or a prepared .npz"
    )
    train.add_argument("--config", choices=list(RUNGS), default="complex", help="rung of the ladder")
    add_folders(train)
    train.add_argument("--epochs", type=int, help="another length than the configuration's")
    train.add_argument("--size", type=int, help="side of the network's input in pixels")
    train.add_argument("--freeze", action="store_true", help="leave the backbone's weights as they are")
    train.add_argument(
        "--publish", metavar="NAME", help="write network, card, log and the ladder's table into --weights"
    )
    train.set_defaults(run=_train)


def evaluate(name: str, path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Score a published classifier on pictures in either form."""
    return evaluate_classifier(name, read_classes(path), options.weights)


def measure(name: str, weights: Path) -> dict[str, Any]:
    """Time a published classifier on this machine."""
    return {"milliseconds_a_picture": measure_speed(load_published(name, weights)[0])}


def _train(options: argparse.Namespace) -> None:
    cv2.setNumThreads(1)  # pictures are drawn in a thread of our own
    configuration, data, source = _configure(options), read_classes(options.data), find_source(options.data)
    configuration = replace(configuration, augmentation=source.augmentation)
    name = options.data.resolve().stem
    folder = options.folder or Path(".training") / name / configuration.name
    network = None if configuration.architecture == "dummy" else fit_classifier(configuration, data, folder)
    if network is None:
        if options.publish:
            raise ValueError(f"{configuration.name} has no network to publish.")
    elif options.publish:
        command = _spell(options)
        publish_classifier(options.publish, network, configuration, data, source, folder, command, options.weights)
    else:
        calibrate_classifier(network, data, source.is_even)
    content = write_report(configuration, network, data, folder)
    if options.publish:
        write_ladder(name, folder.parent, data, source, options.weights)
    sys.stdout.write(json.dumps(content["validation"], indent=1) + "\n")


def _configure(options: argparse.Namespace) -> ClassifierConfiguration:
    configuration = RUNGS[options.config]
    for key in ("epochs", "size"):
        value = getattr(options, key)
        if value is not None:
            if value < 1:
                raise ValueError(f"--{key} must be at least 1, not {value}.")
            configuration = replace(configuration, **{key: value})
    if options.freeze:
        if configuration.backbone is None:
            raise ValueError(f"{configuration.name} has no backbone to freeze.")
        configuration = replace(
            configuration,
            name=f"{configuration.name}-frozen",
            title=f"{configuration.title}, frozen",
            is_frozen=True,
        )
    return configuration


def _spell(options: argparse.Namespace) -> str:
    """Return the command that was given."""
    words = spell("classifier", {key: getattr(options, key) for key in ("data", "config", "epochs", "size", "publish")})
    return f"{words} --freeze" if options.freeze else words
