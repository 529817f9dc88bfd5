"""What the Networks page shows of a card: its head, and one view for each thing that the card tells.

A view whose figures a card lacks is not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.app_pages.networks import charts, results
from dashboard.drawing import pictures, wording
from dashboard.drawing.figures import CHART_CONFIG, colour_bar, percent
from dashboard.services import networks
from dashboard.services.average_maps import AverageMaps
from dashboard.widgets.gallery import Tile, gallery

View = Callable[[Any], None]
Block = Mapping[str, Any]

PER_CENT = st.column_config.NumberColumn(format="%.1f %%")
MAKE_MAPS = "python -m dashboard.services.average_maps --data fer2013.csv"
MAP_SIDE = 192
"""Pixels of a side of an average face under its map."""


def head(card: Any) -> None:
    """Shows a card's title, its one-line summary and its key figures."""
    st.header(card.title, anchor=False)
    st.markdown(wording.summary(card))
    found = wording.key_figures(card)
    columns = min((4, 5, 6), key=lambda count: (-len(found) % count, count))
    with st.grid(columns, gap="small", min_column_width=140, key="key_figures"):
        for figure in found:
            with st.container(gap=None):
                st.metric(figure.label, figure.value, help=figure.help)
                st.caption(figure.note or "\u00a0")


def views(card: Any) -> dict[str, View]:
    """Returns the views that this card has figures for, by the words of their tabs."""
    block = wording.scores(card)[1]
    log = results.training_log(card.name)
    is_expression, is_detector = card.task == "expression", card.task == "detection"
    is_pose = card.task == "pose"
    offered: list[tuple[str, Any, View]] = [
        ("Overview", True, overview),
        ("Errors", is_expression and (block.get("confusion") or block.get("per_class")), errors),
        ("Points", block.get("per_point") and card.raw.get("mean_shape"), points),
        ("Spread", block.get("cumulative") or block.get("per_pose"), spread),
        ("Joints", is_pose and (block.get("per_joint") or wording.condition_rates(block)), joints),
        ("Distances", is_pose and (block.get("curve") or wording.look_sentences(block)), distances),
        ("Precision and recall", is_detector and block.get("curve"), precision_and_recall),
        ("Beside Haar", is_detector and block.get("haar"), beside_haar),
        ("Certainty", block.get("calibration"), certainty),
        ("Confidence", block.get("reliability"), confidence),
        ("Robustness", block.get("robustness"), robustness),
        ("Voters", block.get("voters"), voters),
        ("Averages", is_expression and networks.average_faces(), averages),
        ("Layers", networks.has_network(card.name), layers),
        ("Training", log is not None or card.raw.get("configuration"), training),
        ("Ladder", wording.rungs(_ladder_table(card), networks.cards(), card.task) is not None, ladder),
    ]
    return {name: draw for name, is_there, draw in offered if is_there}


def _ladder_table(card: Any) -> Block | None:
    return results.table("ladder") if card.task == "expression" else None


# Any network ---------------------------------------------------------------------------------------------------------


def overview(card: Any) -> None:
    """Whom the network is for, and what it was made of."""
    raw = card.raw
    for_column, against_column = st.columns(2, gap="large")
    with for_column:
        st.subheader("Made for", anchor=False)
        st.markdown(raw.get("intended_use", "The card does not say."))
        _facts(card)
    with against_column:
        st.subheader("Not for", anchor=False)
        st.markdown(raw.get("not_for", "The card does not say."))
        if raw.get("limits"):
            st.subheader("Where it fails", anchor=False)
            st.markdown("\n".join(f"- {line}" for line in raw["limits"]))
    if "command" in raw:
        st.subheader("Train it again", anchor=False)
        st.code(raw["command"], language=None, wrap_lines=True)
    if card.task not in wording.TASKS:
        _all_scores(card)
    read(
        "Every figure comes from the network's card, a file that the training and one scoring run wrote. An interval "
        "says where the true figure lies with 95 % confidence: two networks whose intervals overlap may be equally "
        "good. “New faces only” leaves out test faces that also stand in the training data."
        if card.task == "expression"
        else "Every figure comes from the network's card, a file that the training and one scoring run wrote."
    )


def _facts(card: Any) -> None:
    for heading, text in wording.facts(card):
        with st.container(gap=None):
            st.caption(heading)
            st.text(text)


def _all_scores(card: Any) -> None:
    table = wording.all_scores(card)
    if table is not None:
        st.subheader("Scores", anchor=False)
        st.dataframe(table, hide_index=True, key="all_scores", alt=f"All scores of {card.title}")


def training(card: Any) -> None:
    """How the network learned."""
    log = results.training_log(card.name)
    if log is not None:
        found = wording.curves(log)
        for column, curve in zip(st.columns(2, gap="large"), found, strict=False):
            with column:
                st.subheader(curve.title, anchor=False)
                _chart(
                    charts.learning(curve),
                    f"learning_{curve.title}",
                    f"{curve.title} of training and validation over {len(log)} epochs",
                )
    made = {key: value for key, value in card.raw.get("configuration", {}).items() if key not in ("name", "title")}
    for part in card.raw.get("parts", []):
        made[f"column “{part['name']}”, trained along"] = part
    if made:
        with st.expander("Configuration", icon=":material/tune:", key="configuration"):
            st.json(made, expanded=2)
    read(
        "An epoch is one pass over the training pictures. The training curve is measured while pictures are distorted, "
        "parts of the network are switched off and it still learns, so it may lie below validation. Where validation "
        "stops rising while training goes on, the network begins to learn its training pictures by heart."
    )


def layers(card: Any) -> None:
    """What the network is built of."""
    with st.skeleton(height=480):
        table = networks.layers(card.name)
    convolutions = int(table["kind"].str.contains("Conv").sum())
    st.markdown(f"{len(table)} layers, {convolutions} of them convolutions, from the picture down to the answer.")
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "name": "Layer",
            "kind": "Kind",
            "output": "Output",
            "parameters": st.column_config.ProgressColumn(
                "Parameters", format="localized", min_value=0, max_value=int(table["parameters"].max()) or 1
            ),
            "sees": st.column_config.NumberColumn("Sees", format="%.0f px", width=72),
        },
        placeholder="all",
        height=520,
        key="layers",
        alt=f"Table of the {len(table)} layers with kind, output, parameters and receptive field",
    )
    read(
        "The output of a layer is height × width × channels: maps get coarser and more on the way down. **Sees** is "
        "the side of the square of the picture that one position of a layer can depend on, its receptive field: early "
        "layers see a few pixels, late ones most of the picture. A layer without parameters only rearranges or clips."
    )


def ladder(card: Any) -> None:
    """The networks of one task beside each other, from the simplest to the best."""
    table = wording.rungs(_ladder_table(card), networks.cards(), card.task)
    if table is None:
        return
    axes = [("parameters", "Parameters"), ("batch_1", "Time for one face")]
    shown = [(column, title) for column, title in axes if (table[column] > 0).sum() > 1]
    for place, (column, title) in zip(st.columns(2, gap="large"), shown, strict=False):
        with place:
            st.subheader(f"Accuracy against {title.split()[0].lower()}", anchor=False)
            _chart(
                charts.ladder(table, column, title, card.name),
                f"ladder_{column}",
                f"Accuracy of {len(table)} networks against {title.lower()}",
            )
    _rung_table(table, card.name)
    if card.task == "expression":
        _small_tasks(results.table("happy_sad"), results.table("five"))
    read(
        "From bottom to top: what the simplest answer gets, and what more parameters and better training buy. All were "
        "trained on the same faces and scored on the same others. The thin lines are 95 % intervals; both axes of cost "
        "are logarithmic: each step to the right multiplies."
    )


def _small_tasks(happy_sad: Block | None, five: Block | None) -> None:
    said = wording.small_task_sentences(happy_sad, five)
    if not said:
        return
    st.subheader("Two smaller tasks" if len(said) > 1 else "A smaller task", anchor=False)
    st.markdown("\n".join(f"- {line}" for line in said))
    left, right = st.columns(2, gap="large")
    rounds = wording.fold_accuracies(happy_sad)
    if happy_sad and rounds:
        with left:
            _chart(
                charts.folds(rounds, happy_sad["accuracy"]["mean"], happy_sad["majority"]),
                "folds",
                f"Accuracy of {sum(map(len, rounds.values()))} folds, from "
                f"{wording.share(min(map(min, rounds.values())))} to {wording.share(max(map(max, rounds.values())))}",
            )
            _made_by(happy_sad)
    block = (five or {}).get("public_test") or (five or {}).get("validation") or {}
    table = wording.class_table(block)
    if five and table is not None:
        with right:
            st.dataframe(
                table,
                hide_index=True,
                column_config=dict.fromkeys(("Precision", "Recall", "F1"), PER_CENT),
                height="content",
                key="five_classes",
                alt=f"Precision, recall and F1 of each of {len(table)} classes",
            )
            _made_by(five)


def _made_by(table: Block) -> None:
    length = wording.epochs_of(table)
    short = f" Trained for {length} only, so more is in it." if length else ""
    st.caption(f"{table.get('note', '')}{short}")
    st.code(table["command"], language=None, wrap_lines=True)


def _rung_table(table: Any, chosen: str) -> None:
    shown = table.assign(
        accuracy=100 * table["accuracy"].astype(float),
        interval=[
            f"{100 * low:.1f} to {100 * high:.1f} %" if low == low and low is not None else ""
            for low, high in zip(table["low"], table["high"], strict=True)
        ],
        macro_f1=100 * table["macro_f1"].astype(float),
        calibration_error=100 * table["calibration_error"].astype(float),
        here=table["name"] == chosen,
    )
    config: dict[str, Any] = {
        "here": st.column_config.CheckboxColumn("Shown"),
        "name": "Network",
        "title": st.column_config.TextColumn("What it is", width="medium"),
        "parameters": st.column_config.NumberColumn("Parameters", format="localized"),
        "accuracy": st.column_config.NumberColumn("Accuracy", format="%.1f %%"),
        "interval": "95 % interval",
        "macro_f1": st.column_config.NumberColumn("Macro F1", format="%.1f %%"),
        "calibration_error": st.column_config.NumberColumn("Calibration error", format="%.1f %%"),
        "batch_1": st.column_config.NumberColumn("One face", format="%.1f ms"),
        "batch_32": st.column_config.NumberColumn("Each of 32", format="%.1f ms"),
    }
    kept = [name for name in config if shown[name].notna().any() and (shown[name].astype(str) != "").any()]
    st.dataframe(
        shown[kept],
        hide_index=True,
        column_config=config,
        placeholder="–",
        key="rungs",
        alt="Table of the networks of this task",
    )


# Expression networks -------------------------------------------------------------------------------------------------


def errors(card: Any) -> None:
    """Which classes are mistaken for which."""
    block = wording.scores(card)[1]
    matrix = block.get("confusion")
    matrix_column, class_column = st.columns([1, 1], gap="large")
    if matrix:
        with matrix_column:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.subheader("Label and answer", anchor=False, width="stretch")
                kind = st.segmented_control(
                    "Numbers",
                    ("Per cent", "Faces"),
                    default="Per cent",
                    required=True,
                    key=state.CONFUSION,
                    persist_state="session",
                    label_visibility="collapsed",
                    help="Shares of each row, or numbers of faces.",
                )
            _chart(
                charts.confusion(matrix, card.labels, is_normalised=kind == "Per cent"),
                "confusion",
                "Confusion matrix: " + "; ".join(wording.confusions(matrix, card.labels)),
            )
            st.markdown("Most often confused: " + "; ".join(wording.confusions(matrix, card.labels)) + ".")
    table = wording.class_table(block)
    if table is not None:
        with class_column:
            st.subheader("Each class", anchor=False)
            bar: dict[str, Any] = {
                name: st.column_config.ProgressColumn(name, format="%.0f %%", min_value=0, max_value=100, width=96)
                for name in ("Precision", "Recall", "F1")
            }
            bar |= {"Class": st.column_config.TextColumn(width=76), "Faces": st.column_config.NumberColumn(width=58)}
            st.dataframe(
                table,
                hide_index=True,
                column_config=bar,
                height="content",
                row_height=48,
                key="per_class",
                alt="Precision, recall and F1 of each class",
            )
    read(
        "Each row of the matrix holds the faces with one label, each column those with one answer; the diagonal is "
        "right. Colours are shares of the row, so that rare classes can be read as well. **Precision** is the "
        "share of right ones among the faces answered so; **recall** the share found of the faces labelled so; **F1** "
        "is high only where both are."
    )


def certainty(card: Any) -> None:
    """Whether the stated probabilities can be believed."""
    block = wording.scores(card)[1]
    calibration = block["calibration"]
    error = calibration["expected_calibration_error"]
    chart_column, words_column = st.columns([3, 2], gap="large")
    with chart_column:
        st.subheader("Stated and true", anchor=False)
        _chart(
            charts.reliability(calibration["bins"]),
            "reliability",
            f"Reliability curve of {len(calibration['bins'])} bins; expected calibration error {wording.share(error)}",
        )
    with words_column:
        st.subheader("Can it be believed?", anchor=False)
        st.markdown(
            f"What it states and what comes true lie {wording.share(error)} apart on average (expected calibration "
            f"error, {len(calibration['bins'])} bins)."
        )
        named = block.get("named")
        if named and "uncertain" in card.thresholds:
            st.markdown(
                f"Below {percent(card.thresholds['uncertain'])} the app says “uncertain”. So it names "
                f"{wording.share(named['share'], 0)} of the faces, and {wording.share(named['accuracy'])} of those "
                f"answers are right ({wording.interval(named)})."
            )
        if "temperature" in card.raw:
            st.markdown(
                f"Its scores were divided by a temperature of {card.raw['temperature']:.2f}, "
                "chosen on validation faces."
            )
    read(
        "All test faces are sorted by the probability of the network's answer and cut into bins. A point on the dotted "
        "line is honest: of the answers stated with 70 %, 70 % are right. Below the line the network is too sure of "
        "itself, above too modest. The bars say how many faces a bin holds; a bin of few faces is mostly chance."
    )


def robustness(card: Any) -> None:
    """How the accuracy falls when faces arrive worse than in the test set."""
    rows = wording.scores(card)[1]["robustness"]
    worst = min(rows, key=lambda row: row["accuracy"])
    st.subheader("Accuracy on changed faces", anchor=False)
    _chart(
        charts.conditions(rows),
        "conditions",
        "Accuracy: " + ", ".join(f"{row['label']} {wording.share(row['accuracy'], 0)}" for row in rows),
    )
    st.markdown(f"Hardest: {worst['label'].lower()}, {wording.share(worst['accuracy'])}.")
    st.dataframe(
        wording.robustness_table(wording.scores(card)[1]),
        hide_index=True,
        column_config={"Accuracy": PER_CENT, "Drop": PER_CENT, "Same answer": PER_CENT},
        height="content",
        key="robustness",
        alt="Table of the changes with accuracy, drop and share of unchanged answers",
    )
    read(
        "The same test faces, changed as photos change them: cut too wide or too narrow, tilted, blurred, dark, partly "
        "hidden. **Drop** is how much accuracy that costs; **same answer** the share of faces that keep their answer, "
        "right or wrong."
    )


def voters(card: Any) -> None:
    """What ten people said about the same faces."""
    block = wording.scores(card)[1]["voters"]
    said_column, class_column = st.columns([3, 2], gap="large")
    with said_column:
        st.subheader("What ten people say", anchor=False)
        st.markdown("\n".join(f"- {line}" for line in wording.voter_sentences(block)))
    agreement = {
        name.capitalize(): row["label_and_crowd"]
        for name, row in block.get("per_class", {}).items()
        if row.get("label_and_crowd") is not None
    }
    if agreement:
        with class_column:
            st.subheader("Labels that the crowd confirms", anchor=False)
            _chart(
                charts.bars(agreement),
                "agreement",
                "Share of each label that the voters confirm: "
                + ", ".join(f"{name} {wording.share(value, 0)}" for name, value in agreement.items()),
            )
    read(
        "FER+ asked ten people what each face of FER2013 shows (Barsoum et al. 2016, arXiv:1608.01041). They often "
        "disagree with FER2013's own label, and with each other. So a network that agreed with every label would have "
        "learned its mistakes as well, and nothing honest gets near 100 %."
    )


# Keypoints -----------------------------------------------------------------------------------------------------------


def points(card: Any) -> None:
    """Where on the face the points are hard to find."""
    from models.keypoints import GROUPS, NAMES68

    per_point = wording.scores(card)[1]["per_point"]
    table = wording.point_table(per_point, NAMES68)
    parts = wording.part_errors(per_point, GROUPS)
    face_column, table_column = st.columns([3, 2], gap="large")
    with face_column:
        st.subheader("Error of each point", anchor=False)
        _chart(
            charts.face_template(
                card.raw["mean_shape"], per_point, [wording.words(name) for name in NAMES68], outlines(NAMES68)
            ),
            "face_template",
            "The mean face; a larger dot is a larger error. Mean error: "
            + ", ".join(f"{part} {wording.share(error)}" for part, error in parts.items()),
        )
        st.caption(
            f"The larger a dot, the larger the error: from {wording.share(min(per_point))} to "
            f"{wording.share(max(per_point))} of the distance between the eyes."
        )
    with table_column:
        st.subheader("Parts of the face", anchor=False)
        _chart(
            charts.bars({part.capitalize(): error for part, error in parts.items()}),
            "parts",
            "Mean error of each part: " + ", ".join(f"{part} {wording.share(error)}" for part, error in parts.items()),
        )
        st.dataframe(
            table,
            hide_index=True,
            column_config={"Error": PER_CENT},
            height=240,
            key="point_errors",
            alt="Table of the 68 points with their errors, the worst first",
        )
    read(
        "Each dot stands at its mean place over the training faces. Its error is the mean distance between found and "
        "labelled place, as a share of the distance between the outer eye corners. Points in the middle of a line, as "
        "on the jaw, have no exact place, and people disagree about them too."
    )


def outlines(names: Sequence[str]) -> list[list[int]]:
    """Returns the points that one line joins: those with one name but for their number; eyes and lips are closed.

    A point without a number, the tip of the nose, ends the line before it.
    """
    lines: dict[str, list[int]] = {}
    part = ""
    for index, name in enumerate(names):
        before, _, number = name.rpartition("_")
        part = before if number.isdigit() else part
        lines.setdefault(part, []).append(index)
    return [[*line, line[0]] if part.endswith(("eye", "lip")) else line for part, line in lines.items()]


def spread(card: Any) -> None:
    """How the errors are spread over faces, and over head poses."""
    block = wording.scores(card)[1]
    curve_column, pose_column = st.columns(2, gap="large")
    if curve := block.get("cumulative"):
        with curve_column:
            st.subheader("How many faces are how far off", anchor=False)
            _chart(
                charts.cumulative(curve["error"], curve["share"], wording.FAILURE),
                "cumulative",
                "Cumulative error curve: share of the faces whose mean error is at most the one on the axis",
            )
    five = block.get("five_points", {})
    with pose_column:
        _poses(block, "nme", "Mean error by head pose")
        _poses(five, "error", f"Of five points, on {five.get('faces', 0):,} other faces")
    read(
        "The curve says which share of the test faces has a mean error of at most the one on the axis: the steeper it "
        "rises, the better. Right of the dotted line, at 10 %, a face counts as lost. A turned head hides points, so "
        "its error is larger. In brackets: how many faces."
    )


def _poses(block: Block, key: str, title: str) -> None:
    poses = {
        f"{wording.words(name)} ({row['faces']:,})": row[key]
        for name, row in block.get("per_pose", {}).items()
        if row.get(key) is not None
    }
    if poses:
        st.subheader(title, anchor=False)
        told = ", ".join(f"{name} {wording.share(error)}" for name, error in poses.items())
        _chart(charts.bars(poses), f"poses_{key}", f"{title}: {told}")


def confidence(card: Any) -> None:
    """Whether the confidence of the points, or of the joints, can be believed."""
    block = wording.scores(card)[1]
    reliability = block["reliability"]
    error = reliability["expected_calibration_error"]
    what = "joint" if card.task == "pose" else "point"
    chart_column, words_column = st.columns([3, 2], gap="large")
    with chart_column:
        st.subheader("Stated and true", anchor=False)
        _chart(
            charts.reliability(reliability["bins"]),
            "point_reliability",
            f"Reliability curve of the {what}s' confidence; expected calibration error {wording.share(error)}",
        )
    with words_column:
        st.subheader("Can it be believed?", anchor=False)
        st.markdown(
            f"The confidence of a {what} and how often it is right lie {wording.share(error)} apart on average."
        )
        if block.get("hidden"):
            st.markdown(wording.hidden_sentence(block["hidden"]))
        if {"drawn", "sure"} <= set(card.thresholds):
            st.markdown(drawing_sentence(card.thresholds))
    hollow = "" if card.task == "pose" else " Hollow points on the Inspect page are those below 50 %."
    read(
        f"With each {what} the network states how sure it is that it lies close to the right place. All {what}s of the "
        f"{'people' if card.task == 'pose' else 'test faces'} are sorted by that confidence and cut into bins; on the "
        f"dotted line, of the {what}s stated with 70 %, 70 % are right.{hollow}"
    )


def drawing_sentence(thresholds: Mapping[str, float]) -> str:
    """Says from which confidence on a joint is drawn, and how: thresholds "drawn" and "sure", 0 … 1."""
    drawn, sure = percent(thresholds["drawn"]), percent(thresholds["sure"])
    if thresholds["sure"] >= 1:
        return f"Below {drawn} a joint isn't drawn; above, it is drawn hollow, as no confidence says that it is right."
    return f"Below {drawn} a joint isn't drawn, below {sure} it is hollow and its bones are dashed."


# Poses ---------------------------------------------------------------------------------------------------------------


def joints(card: Any) -> None:
    """Which joints are hard to find, and how much depends on what is to be seen."""
    block = wording.scores(card)[1]
    joint_column, condition_column = st.columns([3, 2], gap="large")
    if per_joint := block.get("per_joint"):
        rates = wording.joint_rates(per_joint)
        with joint_column:
            st.subheader("Each joint", anchor=False)
            _chart(
                charts.joints(rates),
                "joints",
                "Share of right answers of each joint: " + "; ".join(wording.joint_sentences(rates)),
            )
    if conditions := wording.condition_rates(block):
        with condition_column:
            st.subheader("By what is to be seen", anchor=False)
            _chart(
                charts.bars(conditions),
                "visible_joints",
                "Share of right joints: "
                + ", ".join(f"{name} {wording.share(rate, 0)}" for name, rate in conditions.items()),
            )
    read(
        "A joint is right if it lies within a fifth of the person's torso, left shoulder to right hip, from where "
        "somebody set it. Left and right are the person's own: an answer with both mixed up is wrong. Ankles and "
        "wrists move most and are often hidden, so they are the hardest; neck and head top count apart."
    )


def distances(card: Any) -> None:
    """How far off the joints are, and what other looks at a person would give."""
    block = wording.scores(card)[1]
    curve_column, words_column = st.columns([3, 2], gap="large")
    if curve := block.get("curve"):
        with curve_column:
            st.subheader("How many joints are how far off", anchor=False)
            _chart(
                charts.within_reach(curve["threshold"], curve["share"], wording.REACH),
                "within_reach",
                "Share of the joints within each distance of their label, in torsos",
            )
    if said := wording.look_sentences(block):
        with words_column:
            st.subheader("Other looks", anchor=False)
            st.markdown("\n".join(f"- {line}" for line in said))
    read(
        "The curve says which share of the joints of arms and legs lies within the distance on the axis: the steeper "
        "it rises, the better. At the dotted line, a fifth of the torso, a joint counts as right (PCK@0.2). For the "
        "curve the crops are placed by the labels; **Other looks** say what comes out where they are not, or where "
        "only a part of the person is shown."
    )


# Detectors -----------------------------------------------------------------------------------------------------------


def precision_and_recall(card: Any) -> None:
    """What a lower or higher threshold would trade."""
    block = wording.scores(card)[1]
    others = {
        name: (figures["recall"], figures["precision"])
        for name, figures in wording.detectors(block).items()
        if "recall" in figures and "precision" in figures
    }
    names = {"This network": "as used here"}
    st.subheader("Found faces against false alarms", anchor=False)
    _chart(
        charts.precision_recall(block["curve"], {names.get(name, name): at for name, at in others.items()}),
        "precision_recall",
        "Precision against recall: "
        + ", ".join(
            f"{name} {wording.share(at[0], 0)} recall, {wording.share(at[1], 0)} precision"
            for name, at in others.items()
        ),
    )
    read(
        "Along the curve the threshold falls: more faces are found (recall, to the right), and more frames are false "
        "(precision, down). The dots are what each detector does as the app uses it."
    )


def beside_haar(card: Any) -> None:
    """The detector beside the classic one, also on rotated photos."""
    block = wording.scores(card)[1]
    table = wording.detector_table(block)
    rates = {name: PER_CENT for name in table.columns if name not in ("Detector", "Time")}
    st.dataframe(
        table,
        hide_index=True,
        column_config={**rates, "Time": st.column_config.NumberColumn(format="%.0f ms", help="A photo of 640×480.")},
        key="detectors",
        alt="Table of this detector and both Haar cascades with their scores and times",
    )
    rotated = wording.rotation_table(block)
    if rotated:
        st.subheader("On rotated photos", anchor=False)
        _chart(
            charts.rotations(rotated),
            "rotations",
            "Recall on rotated photos: "
            + "; ".join(
                f"{name} " + ", ".join(f"{angle}° {wording.share(value, 0)}" for angle, value in by_angle.items())
                for name, by_angle in rotated.items()
            ),
        )
    read(
        "A Haar cascade compares light and dark rectangles as they lie on an upright face from the front (Viola and "
        "Jones 2001), so it loses faces that are tilted. All detectors were run on the same photos by the same "
        "command; a frame counts as right if it shares at least 0.4 of the union of both areas with a labelled face."
    )


# Average faces and maps ----------------------------------------------------------------------------------------------


def averages(card: Any) -> None:
    """What the faces of each class have in common, and where the network looks on them."""
    shipped = networks.average_faces()
    average_faces(
        {name: face for name, (face, _) in shipped.items()}, {name: count for name, (_, count) in shipped.items()}
    )
    st.caption("Each is an average of hundreds to thousands of training faces, which shows nobody.")
    found = networks.average_maps(card.name)
    if found is None:
        st.subheader("Average map of each class", anchor=False)
        st.markdown("The maps of this network have not been averaged yet. Whoever has the faces can do it:")
        st.code(MAKE_MAPS, language=None, wrap_lines=True)
    else:
        _average_maps(found, {name: face for name, (face, _) in shipped.items()})
    read(
        "Each map is Grad-CAM for the label of a face, divided by its own greatest value, then averaged over the faces "
        "with that label; the network was not trained on them. It is drawn over the average face: bright is where the "
        "network usually finds what speaks for the expression. Most networks look at the middle of the face, whatever "
        "the class, so the last row takes away what all classes have in common. Faces are only roughly in the same "
        "place, so an average is blurred, and it hides that single faces are read in other ways. The maps of a row "
        "share one scale."
    )


def _average_maps(found: AverageMaps, faces: Mapping[str, np.ndarray]) -> None:
    from interp import render

    wide = {name: pictures.enlarge(faces[name], MAP_SIDE, is_smooth=True) for name in found.labels if name in faces}
    limit = float(found.values.max()) or 1.0
    st.subheader("Average map of each class", anchor=False)
    gallery(
        [
            Tile(
                render.overlay(face, found.of(name), 0.75, limit=limit),
                f"Average Grad-CAM map for {name}, strongest {wording.place(found.of(name))} of the average face",
                name.capitalize(),
            )
            for name, face in wide.items()
        ],
        key="average_maps",
        alt="The average map of each class over its average face",
        width=120,
    )
    _scale(False, limit, "How strong a place is beside the strongest of its map, on average", ("nothing", "most"))
    counts = dict(zip(found.labels, found.faces, strict=True))
    st.caption(
        f"Layer {found.layer}; {found.data} ("
        + ", ".join(f"{name} {count:,}" for name, count in counts.items())
        + "). "
        + wording.blank_sentence(dict(zip(found.labels, found.blank, strict=True)))
    )
    apart = found.values - found.values.mean(axis=0)
    most = float(np.abs(apart).max()) or 1.0
    st.subheader("What sets each class apart", anchor=False)
    gallery(
        [
            Tile(
                render.overlay(face, values, 0.8, signed=True, limit=most),
                f"The average map for {name} less that of all classes: more {wording.place(values)}, less "
                f"{wording.place(-values)} of the average face",
                name.capitalize(),
            )
            for name, values in zip(found.labels, apart, strict=True)
            if (face := wide.get(name)) is not None
        ],
        key="apart_maps",
        alt="The average map of each class less the mean of all seven, over its average face",
        width=120,
    )
    _scale(True, most, "The average map of the class less the mean of all classes", ("less than others", "more"))


def _scale(is_signed: bool, limit: float, title: str, ends: tuple[str, str]) -> None:
    """The colour bar of maps in their default palette, no wider than it needs to be."""
    from interp import render

    with st.container(width=480):
        stops = render.palette_stops(render.DEFAULT_PALETTES[is_signed])
        st.html(colour_bar(stops, -limit if is_signed else 0, limit, title, ends))


def average_faces(averages: Mapping[str, np.ndarray], counts: Mapping[str, int]) -> None:
    """Shows the mean face of each class."""
    st.subheader("Average face of each class", anchor=False)
    gallery(
        [
            Tile(
                face,
                f"Average of {counts.get(name, 0):,} faces labelled {name}" if counts else f"Average face: {name}",
                name.capitalize(),
            )
            for name, face in averages.items()
        ],
        key="average_faces",
        alt="The average face of each class",
        width=120,
    )


# Parts ---------------------------------------------------------------------------------------------------------------


def _chart(figure: Any, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=f"{key}_chart", config=CHART_CONFIG, alt=alt)


def read(words: str) -> None:
    with st.expander("How to read this", icon=":material/info:", key="networks_details"):
        st.markdown(words)
