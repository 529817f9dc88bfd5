"""Command line: train a network, score or check a published one, prepare data. `python -m models.training --help`."""

import argparse
import importlib
import itertools
import json
import sys
from pathlib import Path
from types import ModuleType

import models
from models.networks import WEIGHTS
from models.training.checking import check_files, check_scores
from models.training.publishing import read_card, write_card


def main(arguments: list[str] | None = None) -> None:
    """Run one command; `arguments` default to the command line's."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except ValueError as error:
        parser.exit(2, f"{error}\n")


def find_trainings() -> dict[str, ModuleType]:
    """Find every `models/NAME/training/commands.py`.

    Returns:
        These modules by the task on their networks' cards. Each has its `TASK`, `add_commands(commands)`, which
        registers its commands, `evaluate(name, path, options)`, which scores a published network of that task, and
        `measure(name, weights)`, which times it.
    """
    found = itertools.chain.from_iterable(Path(folder).glob("*/training/commands.py") for folder in models.__path__)
    names = sorted(path.parts[-3] for path in found)
    modules = [importlib.import_module(f"models.{name}.training.commands") for name in names]
    return {module.TASK: module for module in modules}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for module in find_trainings().values():
        module.add_commands(commands)

    evaluate = commands.add_parser("evaluate", help="score a published network, as JSON")
    evaluate.add_argument("name")
    evaluate.add_argument(
        "--data", type=Path, required=True, help="fer2013.csv, or a prepared .npz of the network's task"
    )
    evaluate.add_argument("--usage", default="PublicTest", help="rows of fer2013.csv to score")
    evaluate.add_argument("--weights", type=Path, default=WEIGHTS, help="where the published files are")
    evaluate.add_argument(
        "--write", metavar="KEY", help='write the scores into the card under this key, as "public_test"'
    )
    evaluate.set_defaults(run=_evaluate)

    speed = commands.add_parser("speed", help="time published networks on this machine, and write it into their cards")
    speed.add_argument("names", nargs="+")
    speed.add_argument("--weights", type=Path, default=WEIGHTS, help="where the published files are")
    speed.set_defaults(run=_measure)

    check = commands.add_parser("check", help="fail where published networks aren't what their cards say")
    check.add_argument("names", nargs="*", help="networks; all that have a card where none is named")
    check.add_argument(
        "--data",
        nargs="+",
        default=[],
        metavar="NAME=PATH",
        help="score networks again: by a name, or the task of several",
    )
    check.add_argument("--usage", default="PublicTest", help="rows of fer2013.csv to score")
    check.add_argument("--weights", type=Path, default=WEIGHTS, help="where the published files are")
    check.set_defaults(run=_check)
    return parser


def _evaluate(options: argparse.Namespace) -> None:
    trainings = find_trainings()
    task = read_card(options.name, options.weights)["task"]
    if task not in trainings:
        raise ValueError(
            f"{options.name} is a network for {task!r}; only those for {', '.join(trainings)} can be scored."
        )
    scores = trainings[task].evaluate(options.name, options.data, options)
    if options.write:
        card = read_card(options.name, options.weights)
        card["metrics"][options.write] = scores
        write_card(card, options.weights)
    sys.stdout.write(json.dumps(scores, indent=1) + "\n")


def _check(options: argparse.Namespace) -> None:
    if wrong := [pair for pair in options.data if "=" not in pair]:
        raise ValueError(f"--data takes NAME=PATH or TASK=PATH, not {wrong[0]}.")
    data = {name: Path(path) for name, _, path in (pair.partition("=") for pair in options.data)}
    names = options.names or sorted(path.stem for path in options.weights.glob("*.json"))
    trainings = find_trainings()
    complaints = []
    for name in names:
        card = read_card(name, options.weights)
        found = check_files(name, options.weights)
        path = data.get(name, data.get(card["task"]))
        if path is not None and not found:
            found = check_scores(card, trainings[card["task"]].evaluate(name, path, options))
        checked = "file" if path is None else f"file, and scores on {path.name}"
        sys.stdout.write(f"{name}: {' '.join(found) or f'{checked} as the card says.'}\n")
        complaints += found
    if complaints:
        raise ValueError(f"Networks and cards disagree in {len(complaints)} places.")


def _measure(options: argparse.Namespace) -> None:
    trainings = find_trainings()
    for name in options.names:
        card = read_card(name, options.weights)
        found = trainings[card["task"]].measure(name, options.weights)
        timed = [scores for scores in card["metrics"].values() if not found.keys().isdisjoint(scores)]
        if not timed:
            raise ValueError(f"The card of {name} has no times; score it first by `evaluate --write`.")
        for scores in timed:
            scores.update(found)
        write_card(card, options.weights)
        sys.stdout.write(f"{name}: {json.dumps(found)}\n")


if __name__ == "__main__":
    main()
