"""What a network's card says, as key figures, tables and sentences. No Streamlit.

A card that lacks a figure is a normal card: what would be made of it is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.drawing.scores import Block, interval, scores
from dashboard.drawing.tables import words
from dashboard.drawing.words import share
from models import Card

RATES = ("accuracy", "nme", "f1", "recall", "pck", "error")
"""What a column of a training log is named after, if it is a score rather than a loss; the best to show first."""
REACH = 0.2
"""Torsos within which a joint counts as right."""
FAILURE = 0.1
"""Normalised mean error above which the points of a face count as lost."""


@dataclass(frozen=True)
class Curve:
    """One score over the epochs of a training; a side that the log lacks is empty."""

    title: str
    training: tuple[float, ...]
    validation: tuple[float, ...]
    is_share: bool


# Expression networks -------------------------------------------------------------------------------------------------


def class_table(block: Block) -> pd.DataFrame | None:
    """Returns precision, recall and F1 of each class in per cent, with its number of faces."""
    rows = [
        {
            "Class": name.capitalize(),
            "Precision": 100 * row["precision"],
            "Recall": 100 * row["recall"],
            "F1": 100 * row["f1"],
            "Faces": row["faces"],
        }
        for name, row in block.get("per_class", {}).items()
    ]
    return pd.DataFrame(rows) if rows else None


def confusions(matrix: Sequence[Sequence[int]], labels: Sequence[str], count: int = 3) -> list[str]:
    """Says which labels are most often answered as which other class, the largest share of a row first."""
    pairs = [
        (count_of / total, labels[label], labels[answer])
        for label, row in enumerate(matrix)
        for answer, count_of in enumerate(row)
        if answer != label and (total := sum(row))
    ]
    worst = sorted(pairs, reverse=True)[:count]
    return [f"{share(part, 0)} of “{label}” is read as “{answer}”" for part, label, answer in worst if part]


def robustness_table(block: Block) -> pd.DataFrame | None:
    """Returns one row for each way in which the faces were changed."""
    rows = [
        {
            "Change": row["label"],
            "What was done": row.get("description", ""),
            "Accuracy": 100 * row["accuracy"],
            "Drop": 100 * row["drop"] if "drop" in row else None,
            "Same answer": 100 * row["same_answer"] if "same_answer" in row else None,
        }
        for row in block.get("robustness", [])
    ]
    return pd.DataFrame(rows) if rows else None


def voter_sentences(voters: Block) -> list[str]:
    """Says in plain words what ten people's votes tell about the network and about the labels."""
    said = []
    if decided := _told(voters, "decided", "label_and_crowd", "network_and_crowd"):
        said.append(
            f"On {decided['faces']:,} of {voters['faces']:,} faces the voters' most frequent choice is one of the "
            f"seven classes. There the label says the same as the crowd on {share(decided['label_and_crowd'], 0)} of "
            f"the faces, the network on {share(decided['network_and_crowd'], 0)}."
        )
    if clear := _told(voters, "clear", "network_and_crowd"):
        crowd = clear["network_and_crowd"]
        said.append(
            f"Where at least five of the ten agree ({clear['faces']:,} faces), the network answers as they do on "
            f"{share(crowd['accuracy'])} of the faces ({interval(crowd)})."
        )
    if sides := _told(voters, "sides", "with_label", "with_crowd", "with_neither"):
        said.append(
            f"Where label and crowd differ ({sides['faces']:,} faces), the network sides with the label on "
            f"{share(sides['with_label'], 0)}, with the crowd on {share(sides['with_crowd'], 0)}, and with neither on "
            f"{share(sides['with_neither'], 0)}."
        )
    if errors := _told(voters, "errors", "crowd_with_network", "crowd_with_label"):
        said.append(
            f"Of its {errors['faces']:,} “errors”, {share(errors['crowd_with_network'], 0)} are what the crowd says as "
            "well: there the label is more likely to be wrong than the network. In "
            f"{share(errors['crowd_with_label'], 0)} the crowd confirms the label."
        )
    if "undecided" in voters and "outside" in voters:
        said.append(
            f"On {share(voters['undecided'], 0)} of the faces two choices are level, and on "
            f"{share(voters['outside'], 0)} the crowd chooses something else, such as contempt or “no face”."
        )
    return said


def _told(block: Block, key: str, *needed: str) -> Block | None:
    """A part of a block, if it has every figure that a sentence needs."""
    part = block.get(key) or {}
    return part if part.get("faces") and all(part.get(name) is not None for name in needed) else None


def place(values: Iterable[Iterable[float]]) -> str:
    """Says where on a face a map is strongest: "in the middle", "above on the left"."""
    rows = [[float(value) for value in row] for row in values]
    if not any(any(row) for row in rows):
        return "nowhere"
    height, width = len(rows), len(rows[0])
    _, row, column = max((value, -y, -x) for y, line in enumerate(rows) for x, value in enumerate(line))
    down, across = (0.5 - row) / height, (0.5 - column) / width
    upright = "above" if down < 1 / 3 else "below" if down > 2 / 3 else ""
    sideways = "on the left" if across < 1 / 3 else "on the right" if across > 2 / 3 else "in the middle"
    return f"{upright} {sideways}".strip()


def blank_sentence(blank: Mapping[str, float]) -> str:
    """Says how many maps of each class are blank; that of the classes alone that have any."""
    told = [f"{name} {share(part, 0)}" for name, part in blank.items() if part >= 0.005]
    if not told:
        return "Nearly no map is blank."
    return f"Blank maps, on which nothing speaks for the label, count as zero: {', '.join(told)}."


# Training ------------------------------------------------------------------------------------------------------------


def curves(log: pd.DataFrame, count: int = 2) -> list[Curve]:
    """Returns the scores of a training log, epoch by epoch, the most telling first.

    Args:
        log: a Keras CSV log: columns NAME for training and val_NAME for validation.
        count: int, how many to return. Defaults to 2.
    """
    names = dict.fromkeys(str(name).removeprefix("val_") for name in log.columns)
    found = sorted((name for name in names if _rank(name) < math.inf), key=_rank)
    chosen = [*(name for name in found if _rank(name) < len(RATES)), *(name for name in found if _is_loss(name))]
    return [
        Curve(_title(name), _column(log, name), _column(log, f"val_{name}"), _is_share(name))
        for name in _one_of_each(chosen)[:count]
    ]


def _rank(name: str) -> float:
    if _plain_rate(name) in RATES:  # a score that a network learned by is logged as a loss
        return RATES.index(_plain_rate(name))
    if _is_loss(name):
        return len(RATES) + (name != "loss")
    return next((index for index, rate in enumerate(RATES) if rate in name.lower()), math.inf)


def _is_share(name: str) -> bool:
    return any(word in name for word in ("accuracy", "recall", "pck"))


def _is_loss(name: str) -> bool:
    return name.lower().endswith("loss") and _plain_rate(name) not in RATES


def _plain_rate(name: str) -> str:
    return name.lower().removesuffix("_loss")


def _one_of_each(names: list[str]) -> list[str]:
    """Scores before losses, but one loss at least among the first two."""
    rates, losses = [name for name in names if not _is_loss(name)], [name for name in names if _is_loss(name)]
    return [*rates[:1], *losses[:1], *rates[1:], *losses[1:]]


def _title(name: str) -> str:
    plain = name.removeprefix("label_")
    plain = _plain_rate(plain) if _plain_rate(plain) in RATES else plain
    return {"nme": "Mean error", "f1": "F1", "pck": "Joints within reach"}.get(plain, words(plain))


def _column(log: pd.DataFrame, name: str) -> tuple[float, ...]:
    return tuple(log[name].astype(float).tolist()) if name in log else ()


# Ladder --------------------------------------------------------------------------------------------------------------


def rungs(table: Block | None, cards: Iterable[Card]) -> pd.DataFrame | None:
    """Return the networks of one kind from the smallest to the best, as they compare.

    Args:
        table: models.cards.load_table("ladder"), or None where it is not there: then the cards themselves are compared.
        cards: the cards of that kind.

    Returns:
        Columns name, title, parameters, size_bytes, accuracy, low, high, macro_f1, calibration_error, batch_1, batch_32
        (milliseconds); None where there are fewer than two networks.
    """
    if table and table.get("rungs"):
        rows = [_rung(row, row.get("seconds_a_face"), 1000) for row in table["rungs"]]
    else:
        rows = [_card_rung(card) for card in cards]
        rows.sort(key=lambda row: row["accuracy"] or 0)
    return pd.DataFrame(rows) if len(rows) > 1 else None


def _card_rung(card: Card) -> Block:
    block = scores(card)[1]
    error = block.get("calibration", {}).get("expected_calibration_error")
    told = {
        **block,
        "name": card.name,
        "title": card.title,
        "parameters": card.parameters,
        "size_bytes": card.raw.get("size_bytes"),
        "expected_calibration_error": error,
    }
    return _rung(told, block.get("milliseconds_a_face"), 1)


def _rung(row: Block, times: Block | None, milliseconds_each: float) -> Block:
    low, high = row.get("interval") or (None, None)
    return {
        "name": row["name"],
        "title": row["title"],
        "parameters": row.get("parameters") or 0,
        "size_bytes": row.get("size_bytes"),
        "accuracy": row.get("accuracy", row.get("f1")),
        "low": low,
        "high": high,
        "macro_f1": row.get("macro_f1"),
        "calibration_error": row.get("expected_calibration_error"),
        **{key: times[key] * milliseconds_each if times and key in times else None for key in ("batch_1", "batch_32")},
    }


def small_task_sentences(happy_sad: Block | None, five: Block | None) -> list[str]:
    """Says how the smaller tasks of the ladder came out; one sentence for each that there is."""
    said = []
    if happy_sad:
        accuracy, folds, repeats = happy_sad["accuracy"], happy_sad["folds"], happy_sad["repeats"]
        often = "once" if repeats == 1 else f"{repeats} times over"
        said.append(
            f"**{' against '.join(happy_sad['classes']).capitalize()}**, {folds}-fold cross-validation, "
            f"{often}: {share(accuracy['mean'])} ± {share(accuracy['deviation'])} of "
            f"{happy_sad['faces']:,} faces right (mean and deviation over the folds); always naming the commoner class "
            f"would get {share(happy_sad['majority'])}."
        )
    if five:
        block = five.get("public_test") or five.get("validation") or {}
        if block:
            said.append(
                f"**{len(five['classes'])} classes**, without {' and '.join(five['left_out'])}: "
                f"{share(block['accuracy'])} ({interval(block)}) of {block['faces']:,} faces right; always naming the "
                f"commonest class would get {share(five['majority'])}."
            )
    return said


def fold_accuracies(table: Block | None) -> dict[str, list[float]]:
    """Returns the accuracy of every fold of a cross-validation, by the words for its repeat."""
    found: dict[str, list[float]] = {}
    for row in (table or {}).get("rows", []):
        found.setdefault(f"Round {row['repeat']}", []).append(row["accuracy"])
    return found


def epochs_of(table: Block) -> str:
    """Says how long a smaller task's networks were trained, where the command shortened it: "8 epochs"; else ""."""
    words_of_command = str(table.get("command", "")).split()
    if "--epochs" not in words_of_command:
        return ""
    return f"{words_of_command[words_of_command.index('--epochs') + 1]} epochs"


# Keypoints and detectors ---------------------------------------------------------------------------------------------


def point_table(errors: Sequence[float], names: Sequence[str]) -> pd.DataFrame:
    """Returns the points with their errors in per cent of the eyes' distance, the worst first."""
    rows = [{"Point": words(name), "Error": 100 * error} for name, error in zip(names, errors, strict=True)]
    return pd.DataFrame(rows).sort_values("Error", ascending=False, ignore_index=True)


def hidden_sentence(hidden: Block) -> str:
    """Says what covering a part of the face does to the confidence of its points."""
    return (
        f"Where a part of the face is covered, the confidence of its points falls from "
        f"{share(hidden['confidence_before'], 0)} to {share(hidden['confidence_hidden'], 0)} on average; it falls on "
        f"{share(hidden['share_lower'])} of the faces."
    )


def part_errors(errors: Sequence[float], groups: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Returns the mean error of each part of the face, the largest first."""
    means = {part: sum(errors[index] for index in indices) / len(indices) for part, indices in groups.items()}
    return dict(sorted(means.items(), key=lambda item: -item[1]))


def detectors(block: Block) -> dict[str, Block]:
    """Returns the figures of this detector and of those it is set beside, by the words for each."""
    others = {f"Haar cascade ({name})": figures for name, figures in block.get("haar", {}).items()}
    return {"This network": block, **others}


def detector_table(block: Block) -> pd.DataFrame:
    """Returns one row for each detector: its scores in per cent and its time in milliseconds."""
    times = {_plain(name): value for name, value in block.get("milliseconds", {}).items()}
    rows = []
    for name, figures in detectors(block).items():
        row: dict[str, Any] = {"Detector": name}
        for key, label in (
            ("f1", "F1"),
            ("precision", "Precision"),
            ("recall", "Recall"),
            ("recall_50", "Recall ≥ 50 px"),
        ):
            if key in figures:
                row[label] = 100 * figures[key]
        time = times.get("cnn") if name == "This network" else times.get(_plain(name))
        if time is not None:
            row["Time"] = time
        rows.append(row)
    return pd.DataFrame(rows)


def rotation_table(block: Block, key: str = "recall") -> dict[str, dict[int, float]]:
    """Returns for each detector its score by the angle in degrees by which the photos were rotated."""
    found = {
        name: {int(angle): row[key] for angle, row in figures.get("rotations", {}).items() if key in row}
        for name, figures in detectors(block).items()
    }
    return {name: dict(sorted(by_angle.items())) for name, by_angle in found.items() if by_angle}


def _plain(name: str) -> str:
    """ "Haar cascade (alt2)", "haar_alt2" and "haar alt2" are the same detector."""
    return "".join(letter for letter in name.lower().replace("cascade", "") if letter.isalnum())


# Poses ---------------------------------------------------------------------------------------------------------------


def joint_rates(per_joint: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Returns the share of right answers of each joint by side, from the head down: {"Knee": {"right": …, "left": …}}.

    Args:
        per_joint: by names such as "left_knee"; one without a side stands under "".
    """
    found: dict[str, dict[str, float]] = {}
    for name, rate in per_joint.items():
        side, _, joint = name.partition("_")
        joint, side = (joint, side) if side in ("left", "right") else (name, "")
        found.setdefault(words(joint), {})[side] = rate
    order = ("Head top", "Neck", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle")
    return {name: found[name] for name in sorted(found, key=lambda name: (*order, name).index(name))}


def joint_sentences(rates: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Says of each joint how often it is right: "Knee: 68 % on the right, 59 % on the left"."""
    return [
        f"{name}: "
        + ", ".join(f"{share(rate, 0)} on the {side}" if side else share(rate, 0) for side, rate in by.items())
        for name, by in rates.items()
    ]


def condition_rates(block: Block) -> dict[str, float]:
    """Returns the share of right joints by how much of a person is to be seen, by the words for each."""
    told = {
        f"{name[:1].upper()}{name[1:]} joints ({row['people']:,} people)": row["pck"]
        for name, row in block.get("by_visible", {}).items()
        if row.get("pck") is not None
    }
    for key, label in (("visible_joints", "Joints in sight"), ("hidden_joints", "Hidden joints")):
        if block.get(key) is not None:
            told[label] = block[key]
    return told


def look_sentences(block: Block) -> list[str]:
    """Says how well other looks at people come out: half of them, near portraits, and whole pictures."""
    said = []
    if bust := _shown(block, "bust"):
        said.append(
            f"Shown head, shoulders and arms alone, it finds {share(bust['pck'], 0)} of the limbs' joints there. Of "
            f"the joints on the crop {share(bust['drawn_inside'], 0)} would be drawn, of those outside of it "
            f"{share(bust['drawn_outside'], 0)}."
        )
    if portrait := _shown(block, "portrait"):
        said.append(
            f"On near portraits, pictures that end around head and shoulders, it finds {share(portrait['pck'], 0)} of "
            f"the limbs' joints there. Of those in sight {share(portrait['drawn_inside'], 0)} would be drawn, of the "
            f"others {share(portrait['drawn_outside'], 0)}."
        )
    if unaided := block.get("unaided"):
        said.append(
            f"Shown the whole picture, without being told where the person is, it finds {share(unaided['first'])}; "
            f"a second, closer look at the joints found there gets {share(unaided['second'])}."
        )
    if by_face := block.get("by_face"):
        upper = f"; {share(by_face['upper'])} on those cut off below the hips" if "upper" in by_face else ""
        dark = f", {share(by_face['dark'])} once those are made dark" if "dark" in by_face else ""
        said.append(
            f"Told where the face is and no more, as for a photo in the app, it finds {share(by_face['whole'])} on the "
            f"whole pictures of {by_face['whole_people']} people with an upright head{dark}{upper}."
        )
    return said


def _shown(block: Block, key: str) -> Block | None:
    part = block.get(key) or {}
    return part if all(part.get(name) is not None for name in ("pck", "drawn_inside", "drawn_outside")) else None


# Any card ------------------------------------------------------------------------------------------------------------


def facts(card: Card) -> list[tuple[str, str]]:
    """Returns what a card says of data, split and making, as pairs of a heading and its text."""
    raw, data = card.raw, card.raw.get("data", {})
    counts = [
        f"{value:,} {words(key).lower()}"
        for key, value in data.items()
        if isinstance(value, int) and not isinstance(value, bool)
    ]
    told = [
        ("Data", "; ".join([str(data["name"]), *counts]) if "name" in data else ""),
        ("Licence of the data", data.get("licence", "")),
        ("Split", raw.get("split", "")),
        ("Input", _input(card.input_shape)),
    ]
    return [(heading, text) for heading, text in told if text]


def _input(shape: Sequence[int | None]) -> str:
    colours = {1: "grey", 3: "colour"}.get(shape[-1] or 0, "")
    size = "any number of" if None in shape[:-1] else "×".join(map(str, shape[:-1]))
    return f"{size} {colours} pixels"


def all_scores(card: Card) -> pd.DataFrame | None:
    """Returns every single number of a card's scores, for a task that this page has no pictures for."""
    rows = [
        {"Set": words(name), "Score": label, "Value": value}
        for name, block in card.metrics.items()
        for label, value in _numbers(block)
    ]
    return pd.DataFrame(rows) if rows else None


def _numbers(block: object, path: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(block, Mapping):
        for key, value in block.items():
            yield from _numbers(value, f"{path}, {words(key).lower()}" if path else words(str(key)))
    elif isinstance(block, int | float) and not isinstance(block, bool):
        yield path, float(block)
