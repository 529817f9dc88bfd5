"""Command line: train a network, score a published one, prepare data. `python -m models.training --help`."""

import argparse
import json
import sys
from pathlib import Path
from types import ModuleType

from models.training import commands as expression
from models.training import publishing
from models.training.datasets import PUBLIC_TEST, USAGES
from models.training.detector import commands as detector
from models.training.keypoints import commands as keypoints
from models.training.pose import commands as pose

TASKS: dict[str, ModuleType] = {"expression": expression, "keypoints": keypoints, "detection": detector, "pose": pose}
"""The module of each card's task: its add_commands(commands), and evaluate(name, path, options) for its networks."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command; `arguments` default to the command line's."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except ValueError as error:
        parser.exit(2, f"{error}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for task in TASKS.values():
        task.add_commands(commands)

    evaluate = commands.add_parser("evaluate", help="score a published network, as JSON")
    evaluate.add_argument("name")
    evaluate.add_argument(
        "--data", type=Path, required=True, help="fer2013.csv, or a prepared .npz of the network's task"
    )
    evaluate.add_argument("--usage", choices=USAGES, default=PUBLIC_TEST, help="rows of a CSV file to score")
    evaluate.add_argument("--weights", type=Path, default=publishing.WEIGHTS, help="where the published files are")
    evaluate.add_argument(
        "--write", metavar="KEY", help='write the scores into the card under this key, as "public_test"'
    )
    evaluate.set_defaults(run=_evaluate)
    return parser


def _evaluate(options: argparse.Namespace) -> None:
    task = publishing.read_card(options.name, options.weights)["task"]
    if task not in TASKS:
        raise ValueError(f"{options.name} is a network for {task!r}; only those for {', '.join(TASKS)} can be scored.")
    scores = TASKS[task].evaluate(options.name, options.data, options)
    if options.write:
        card = publishing.read_card(options.name, options.weights)
        card["metrics"][options.write] = scores
        publishing.write_card(card, options.weights)
    sys.stdout.write(json.dumps(scores, indent=1) + "\n")


if __name__ == "__main__":
    main()
