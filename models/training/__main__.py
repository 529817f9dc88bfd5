"""Command line: train a network, score a published one, prepare data. `python -m models.training --help`."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from models.training import publishing
from models.training.configurations import EMOTION
from models.training.datasets import PUBLIC_TEST, TRAINING, USAGES, prepare, read_expressions
from models.training.detector.commands import add_commands as add_detector
from models.training.fitting import fit_emotion
from models.training.keypoints import commands as keypoints


def main(arguments: list[str] | None = None) -> None:
    """Run one command; `arguments` default to the command line's."""
    options = _parser().parse_args(arguments)
    if hasattr(options, "run"):
        options.run(options)
    elif options.command == "emotion":
        _train_emotion(options)
    elif options.command == "detector":
        options.run(options)
    elif options.command == "evaluate":
        _evaluate(options)
    else:
        for path in prepare(options.csv, options.folder):
            sys.stdout.write(f"{path}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    emotion = commands.add_parser("emotion", help="train the emotion network and publish it; resumes where it stopped")
    emotion.add_argument("--data", type=Path, required=True, help="fer2013.csv or a prepared .npz of its Training rows")
    emotion.add_argument("--config", choices=sorted(EMOTION), default="emotion")
    emotion.add_argument("--folder", type=Path, help="checkpoint and log; defaults to .training/CONFIG")
    emotion.add_argument("--epochs", type=int, help="another length than the configuration's")
    emotion.add_argument("--weights", type=Path, default=publishing.WEIGHTS, help="where the published files go")

    add_detector(commands)

    evaluate = commands.add_parser("evaluate", help="score a published network, as JSON")
    evaluate.add_argument("name")
    evaluate.add_argument("--data", type=Path, required=True, help="fer2013.csv or a prepared .npz")
    evaluate.add_argument("--usage", choices=USAGES, default=PUBLIC_TEST, help="rows of a CSV file to score")
    evaluate.add_argument(
        "--write", metavar="KEY", help='write the scores into the card under this key, as "public_test"'
    )

    keypoints.add_commands(commands)

    data = commands.add_parser("prepare", help="write fer2013.csv as one small .npz a usage")
    data.add_argument("csv", type=Path)
    data.add_argument("--folder", type=Path, default=Path())
    return parser


def _train_emotion(options: argparse.Namespace) -> None:
    configuration = EMOTION[options.config]
    if options.epochs:
        configuration = replace(configuration, epochs=options.epochs)
    folder = options.folder or Path(".training") / configuration.name
    data = read_expressions(options.data, TRAINING)
    network = fit_emotion(configuration, data, folder)
    card = publishing.publish_emotion(network, configuration, data, folder / "log.csv", options.weights)
    sys.stdout.write(json.dumps(card["metrics"], indent=1) + "\n")


def _evaluate(options: argparse.Namespace) -> None:
    scores = publishing.evaluate_emotion(options.name, read_expressions(options.data, options.usage))
    scores["milliseconds_a_face"] = publishing.measure_speed(options.name)
    if options.write:
        card = json.loads((publishing.WEIGHTS / f"{options.name}.json").read_text())
        card["metrics"][options.write] = scores
        publishing.write_card(card)
    sys.stdout.write(json.dumps(scores, indent=1) + "\n")


if __name__ == "__main__":
    main()
