"""How good the maps of each method are for the networks that read expressions, and so which map is the usual one.

`python -m tests.benchmarks map_quality --data fer2013.csv` scores every method at the last layer of each resolution by
what the network answers while the faces are covered in the maps' order, and writes the table `map_quality.json`. What
is done already is not done again, so a run can be broken off; a network whose file has changed starts anew, as all do
with --again. `--choose` writes the best one to each card as its usual map.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

import cv2
import numpy as np
from scipy.stats import rankdata

from dashboard.services.trust import ALIKE, LEFT
from interp import METHODS, Class, Explanation, Network, explain, load, minus_usual
from interp.masks import enlarge
from interp.twin import twin
from models import EXPRESSIONS, keypoints
from models import networks as published
from models.emotion import list_networks
from models.emotion.training.datasets import TRAINING_ROWS, ExpressionData, read_fer2013, split_validation
from models.faces.parts import PARTS, face_parts

TABLE = "map_quality.json"
FACES = 300
STEPS = 12
"""Deletions and insertions of equal size; a step is 192 of 2,304 pixels."""
RANDOM_ORDERS = 3
TIMED = 5
"""Maps of which the median time is taken."""
QUICK = 1.0
"""Seconds up to which a map may be the usual one: a page is drawn with it before anybody asks for more."""
AT_ONCE = 256
KEYPOINT_SIDE = 96
FASTER: Mapping[str, dict[str, Any]] = {
    "rise": {"masks": 100},
    "score_cam": {"channels": 24},
    "occlusion": {"patch": 8, "stride": 6},
    "integrated_gradients": {"steps": 12},
    "smooth_grad": {"samples": 10},
    "var_grad": {"samples": 10},
}
"""Settings of methods that take many passes, for which 300 faces would take hours; times are of the usual settings."""

FURTHER = ("grad_cam", "layer_cam")
"""Methods that are also asked for the answer rather than the second one, and less the usual map."""

Kind = Literal["class", "contrast", "minus usual"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Candidate:
    """What a row of the table is about.

    Args:
        method: Name from interp.METHODS.
        layer: The layer to explain by; None for a method without.
        kind: The class by itself; rather than the second answer; or less the average of all maps of its class.
    """

    method: str
    layer: str | None
    kind: Kind = "class"

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that differ from the method's own."""
        return dict(FASTER.get(self.method, {}))


@dataclass(frozen=True)
class Faces:
    """Faces, what a network answers for them, and what its answers rest on.

    Args:
        network: The network.
        pictures: float32 (N, h, w, 1).
        answers: float32 (N, classes).
        parts: bool (N, parts, h, w), the parts of each face.
        losses: float32 (N, parts), what the answer loses by each part's being covered, as a share of all losses; zeros
            where it loses nothing by any.
        random: float32 (2, N), the mean areas of the random orders: deletion, insertion.
    """

    network: Network
    pictures: np.ndarray = field(repr=False)
    answers: np.ndarray = field(repr=False)
    parts: np.ndarray = field(repr=False)
    losses: np.ndarray = field(repr=False)
    random: np.ndarray = field(repr=False)

    @property
    def ranked(self) -> np.ndarray:
        """int (N, classes), the classes from the likeliest on."""
        return np.argsort(-self.answers, axis=1, kind="stable")


# Measures ------------------------------------------------------------------------------------------------------------


def orders(maps: np.ndarray, size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Return each pixel's place in the order of falling values, int (N, h w); equal ones come in random order."""
    flat = enlarge(np.nan_to_num(maps.astype(np.float32)), size).reshape(len(maps), -1)
    chance = np.random.default_rng(seed).random(flat.shape)
    places = np.empty(flat.shape, np.int32)
    sorted_ = np.lexsort((chance, -flat), axis=1)
    np.put_along_axis(places, sorted_, np.arange(flat.shape[1], dtype=np.int32)[None], axis=1)
    return places


def areas(
    answer: Callable[[np.ndarray], np.ndarray], pictures: np.ndarray, places: np.ndarray, steps: int = STEPS
) -> np.ndarray:
    """Return the areas under the answer while pixels are deleted, and inserted, in an order: float32 (2, N).

    Args:
        answer: Returns the answer (N,) for pictures (N, h, w, 1).
        pictures: float32 (N, h, w, 1).
        places: int (N, h w), from `orders`.
        steps: Number of deletions of equal size.
    """
    height, width = pictures.shape[1:3]
    counts = np.round(np.linspace(0, height * width, steps + 1)).astype(int)
    found = []
    for shown, hidden in ((pictures, means(pictures)), (blurs(pictures), pictures)):
        curve = []
        for count in counts:
            is_hidden = (places < count).reshape(-1, height, width, 1)
            curve.append(answer(np.where(is_hidden, hidden, shown)))
        found.append(np.trapezoid(curve, counts / counts[-1], axis=0))
    return np.stack(found)


def means(pictures: np.ndarray) -> np.ndarray:
    """Return pictures of each one's mean, as deletions start from in the app."""
    return np.broadcast_to(pictures.mean(axis=(1, 2), keepdims=True), pictures.shape)


def blurs(pictures: np.ndarray) -> np.ndarray:
    """Return the pictures blurred, as insertions start from in the app."""
    deviation = max(pictures.shape[1:3]) / 12
    return np.stack([cv2.GaussianBlur(one, (0, 0), deviation).reshape(one.shape) for one in pictures])


def rank_correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the rank correlation of each two maps of (N, h, w), float64 (N,); 0 where one is constant."""
    a, b = (rankdata(maps.reshape(len(maps), -1), axis=1) for maps in (first, second))
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    size = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return np.where(size > 0, (a * b).sum(axis=1) / np.where(size > 0, size, 1), 0.0)


def averages_of_others(maps: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return for each map the mean of the maps of a class, each by its own peak and without that of the same face.

    Args:
        maps: (N, h, w).
        labels: int (N,), the class of each.
        asked: int (N,), the class whose mean is wanted for each.
    """
    peaks = np.abs(maps).max(axis=(1, 2), keepdims=True)
    scaled = maps / np.where(peaks > 0, peaks, 1)
    found = np.zeros_like(scaled)
    for number, label in enumerate(asked):
        others = labels == label
        others[number] = False
        if others.any():
            found[number] = scaled[others].mean(axis=0)
    return found


def on_parts(maps: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return which share of what speaks for the answer lies on each part, (N, parts); zeros where nothing does."""
    positive = np.maximum(enlarge(np.nan_to_num(maps.astype(np.float32)), parts.shape[2:]), 0)
    return shares(np.einsum("nhw,nphw->np", positive, parts))


def shares(values: np.ndarray) -> np.ndarray:
    """Return the positive part of (N, parts) as shares that sum to 1; zeros where there is nothing."""
    positive = np.maximum(values, 0)
    total = positive.sum(axis=1, keepdims=True)
    return positive / np.where(total > 0, total, 1)


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Return how much of two lists of shares (N, parts) agrees, from 0 to 1; faces without any don't count."""
    both = first.any(axis=1) & second.any(axis=1)
    return float(np.minimum(first, second).sum(axis=1)[both].mean()) if both.any() else 0.0


# Faces ---------------------------------------------------------------------------------------------------------------


def choose_faces(data: ExpressionData, count: int) -> ExpressionData:
    """Return faces that no network was trained on, as many of each expression as can be.

    Of training faces they are those that training keeps for validation.
    """
    if (data.rows < TRAINING_ROWS).all():
        data = data.take(split_validation(data)[1])
    seen = data.images.reshape(len(data), -1).max(axis=1) > 0
    each = -(-count // len(EXPRESSIONS))
    chosen = [np.flatnonzero(seen & (data.labels == label))[:each] for label in range(len(EXPRESSIONS))]
    return data.take(np.sort(np.concatenate(chosen)))


def parts_of(images: np.ndarray) -> np.ndarray:
    """Return the parts of faces uint8 (N, h, w) by the keypoints network: bool (N, parts, h, w)."""
    height, width = images.shape[1:]
    size = (KEYPOINT_SIDE, KEYPOINT_SIDE)
    points = keypoints.predict(np.stack([cv2.resize(one, size, interpolation=cv2.INTER_CUBIC) for one in images]))
    scale = np.array([width, height]) / KEYPOINT_SIDE
    found = [face_parts((one + 0.5) * scale - 0.5, (height, width)) for one in points]
    return np.stack([[masks[name] for name in PARTS] for masks in found])


def look_at(network: Network, images: np.ndarray) -> Faces:
    """Ask a network for its answers, and what they lose by each part's being covered."""
    pictures = images[..., None].astype(np.float32)
    answers = network.predict(pictures)
    answer = answering(network, answers.argmax(axis=1))
    parts = parts_of(images)
    whole = answers.max(axis=1)
    losses = np.zeros((len(images), len(PARTS)), np.float32)
    for fill in (means(pictures), blurs(pictures)):
        for number in range(len(PARTS)):
            covered = np.where(parts[:, number, ..., None], fill, pictures)
            losses[:, number] += (whole - answer(covered)) / 2
    size = pictures.shape[1:3]
    flat = np.zeros((len(images), 1, 1))
    chance = [areas(answer, pictures, orders(flat, size, seed)) for seed in range(RANDOM_ORDERS)]
    return Faces(network, pictures, answers, parts, shares(losses), np.mean(chance, axis=0))


def answering(network: Network, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that gives the probability of each picture's own label."""

    def answer(pictures: np.ndarray) -> np.ndarray:
        parts = [network.predict(pictures[begin : begin + AT_ONCE]) for begin in range(0, len(pictures), AT_ONCE)]
        return np.concatenate(parts)[np.arange(len(labels)), labels]

    return answer


# Rows ----------------------------------------------------------------------------------------------------------------


def candidates(network: Network) -> list[Candidate]:
    """Return what is scored, slow methods last: each once, or at the last layer of each resolution."""
    layers = last_layers(network)
    methods = sorted(METHODS, key=lambda name: METHODS[name].is_slow)
    found = [Candidate(name, layer) for name in methods for layer in (layers if METHODS[name].needs_layer else [None])]
    further = [Candidate(name, layer, kind) for kind in KINDS[1:] for name in FURTHER for layer in layers]
    return sorted([*found, *further], key=lambda one: METHODS[one.method].is_slow)


def last_layers(network: Network) -> list[str]:
    """Return the last layer of each resolution that is at most half of the picture's, the coarsest first."""
    side = network.input_shape[0] or 0
    found: dict[tuple[int | None, ...], str] = {}
    for layer in network.spatial_layers:
        height = layer.output_shape[0]
        if height is not None and 2 <= height <= side / 2 and network.sees_picture(layer.name):
            found[layer.output_shape[:2]] = layer.name
    usual = network.layer(network.default_layer).output_shape[:2]
    found |= {usual: network.default_layer} if usual in found else {}
    return [found[size] for size in sorted(found, key=lambda size: size[0] or 0)]


def score(faces: Faces, candidate: Candidate) -> dict[str, Any]:
    """Return a row of the table."""
    network, ranked = faces.network, faces.ranked
    first, second = ranked[:, 0], ranked[:, 1]
    maps, others = maps_of(faces, candidate, first, second), maps_of(faces, candidate, second, first)
    usual = averages_of_others(maps, first, first)
    if candidate.kind == "minus usual":
        usual_of_second = averages_of_others(maps, first, second)
        maps, others = less(maps, usual), less(others, usual_of_second)
        usual = averages_of_others(maps, first, first)
    answer, size = answering(network, first), faces.pictures.shape[1:3]
    found = areas(answer, faces.pictures, orders(maps, size))
    gains = ((faces.random[0] - found[0]) + (found[1] - faces.random[1])) / 2
    return {
        "method": candidate.method,
        "layer": candidate.layer,
        "kind": candidate.kind,
        "size": list(maps.shape[1:]),
        "deletion": float(found[0].mean()),
        "insertion": float(found[1].mean()),
        "gain": float(gains.mean()),
        "error": float(gains.std(ddof=1) / np.sqrt(len(gains))),
        "shuffled": float(rank_correlations(maps, of_chance(faces, candidate)).mean()),
        "first_second": float(rank_correlations(maps, others).mean()),
        "usual": float(rank_correlations(maps, usual).mean()),
        "parts": overlap(on_parts(maps, faces.parts), faces.losses),
        "blank": float((~maps.any(axis=(1, 2))).mean()),
        "seconds": seconds(faces, candidate),
        "settings": candidate.settings,
    }


def of_chance(faces: Faces, candidate: Candidate) -> np.ndarray:
    """Return the maps of the first answer by a network that has learnt nothing: all weights are shuffled."""
    other, rng = twin(faces.network), np.random.default_rng(0)
    with other.lock:
        other.restore()
        for stage in reversed(range(len(other.stages))):
            other.shuffle(stage, rng)
        ranked = faces.ranked
        found = maps_of(replace(faces, network=other), candidate, ranked[:, 0], ranked[:, 1])
    if candidate.kind != "minus usual":
        return found
    return less(found, averages_of_others(found, ranked[:, 0], ranked[:, 0]))


def maps_of(faces: Faces, candidate: Candidate, labels: np.ndarray, against: np.ndarray) -> np.ndarray:
    """Return the maps for one label of each face, (N, h, w)."""
    target = Class(tuple(labels.tolist()))
    asked = target - Class(tuple(against.tolist())) if candidate.kind == "contrast" else target
    return explain(faces.network, faces.pictures, candidate.method, asked, candidate.layer, **candidate.settings).values


def less(maps: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return each map less the usual one of its class."""
    pairs = zip(maps, usual, strict=True)
    plain = [(Explanation(one, False, "", Class(0), None, {}, 0, 0.0, 0.0), average) for one, average in pairs]
    return np.stack([minus_usual(one, average).values for one, average in plain])


def seconds(faces: Faces, candidate: Candidate) -> float:
    """Return the median seconds of one face's map in the method's usual settings."""
    taken = []
    for number in range(TIMED + 1):
        picture = faces.pictures[number % len(faces.pictures)]
        begun = time.perf_counter()
        explain(faces.network, picture, candidate.method, 0, candidate.layer)
        taken.append(time.perf_counter() - begun)
    return float(np.median(taken[1:]))  # the first one builds its pass


def bare(faces: Faces) -> dict[str, Any]:
    """Return what is got without a map: by chance, from the middle outwards, and a map that is the same everywhere."""
    size = faces.pictures.shape[1:3]
    answer = answering(faces.network, faces.answers.argmax(axis=1))
    rows, columns = np.mgrid[: size[0], : size[1]] - (np.array(size)[:, None, None] - 1) / 2
    middle = np.repeat(-np.hypot(rows, columns)[None], len(faces.pictures), axis=0)
    centre = areas(answer, faces.pictures, orders(middle, size))
    gain = (faces.random[0] - centre[0] + centre[1] - faces.random[1]) / 2
    blob = np.exp(-(rows**2 + columns**2) / (2 * (size[0] / 6) ** 2))[None].repeat(len(faces.pictures), axis=0)
    even = on_parts(np.ones((len(faces.pictures), *size)), faces.parts)
    return {
        "random": {
            "deletion": float(faces.random[0].mean()),
            "insertion": float(faces.random[1].mean()),
            "parts": overlap(even, faces.losses),
        },
        "centre": {
            "deletion": float(centre[0].mean()),
            "insertion": float(centre[1].mean()),
            "gain": float(gain.mean()),
            "parts": overlap(on_parts(blob, faces.parts), faces.losses),
        },
        "losses": dict(zip(PARTS, faces.losses.mean(axis=0).tolist(), strict=True)),
    }


# Choice --------------------------------------------------------------------------------------------------------------


def usual_row(rows: Sequence[Mapping[str, Any]], quick: float = QUICK) -> Mapping[str, Any]:
    """Return the row of the usual map: of a class by itself, quick, of what the network learned, and the most faithful.

    Quick is what needs few passes, for a page is drawn with it. A map that mostly stays when all weights are shuffled
    shows something else than what the network learned, and one that is nearly the same for the second answer does not
    say why the first one was given. Faithful is what gains most over chance, by deletion and
    insertion. Of several that gain as much as the best, within twice the standard error of their difference, it is the
    coarsest, which is read at a glance; of several as coarse the one that tells the classes apart best.

    Raises:
        ValueError: There is no such row.
    """
    plain = [
        row
        for row in rows
        if row["kind"] == "class"
        and not METHODS[row["method"]].is_slow
        and row["seconds"] <= quick
        and abs(row["shuffled"]) <= LEFT
        and row["first_second"] <= ALIKE
    ]
    if not plain:
        raise ValueError("There is no quick and sound method among the rows.")
    best = max(plain, key=lambda row: row["gain"])
    near = [row for row in plain if best["gain"] - row["gain"] <= 2 * float(np.hypot(best["error"], row["error"]))]
    return min(near, key=lambda row: (row["size"][0] * row["size"][1], row["first_second"]))


def write_choice(card: Path, row: Mapping[str, Any]) -> None:
    """Write a network's usual map to its card."""
    told = json.loads(card.read_text(encoding="utf-8"))
    told["usual_map"] = {"method": row["method"], "layer": row["layer"]}
    card.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


# Command -------------------------------------------------------------------------------------------------------------

PARSER = argparse.ArgumentParser(prog="python -m tests.benchmarks map_quality", description=__doc__)
PARSER.add_argument("--data", type=Path, help="fer2013.csv or a prepared .npz file; not needed to choose alone")
PARSER.add_argument("--networks", nargs="*", metavar="NAME", help="defaults to all that read expressions")
PARSER.add_argument("--faces", type=int, default=FACES, help="how many; defaults to %(default)s")
PARSER.add_argument("--methods", nargs="*", choices=METHODS, metavar="METHOD", help="defaults to all")
PARSER.add_argument("--kinds", nargs="*", choices=KINDS, help="what is asked about; defaults to all")
PARSER.add_argument("--quick", action="store_true", help="leave out the methods that take many passes")
PARSER.add_argument("--again", action="store_true", help="begin anew, whatever is in the table")
PARSER.add_argument("--choose", action="store_true", help="write each network's usual map to its card")
PARSER.add_argument("--weights", type=Path, help="where the published files are; writes to its folder tables")


def main(
    data: Path | None = None,
    networks: Sequence[str] | None = None,
    faces: int = FACES,
    methods: Sequence[str] | None = None,
    kinds: Sequence[str] | None = None,
    quick: bool = False,
    again: bool = False,
    choose: bool = False,
    weights: Path | None = None,
) -> None:
    """Score the maps of some networks, and print the table."""
    folder = weights or published.WEIGHTS

    def is_wanted(one: Candidate) -> bool:
        is_named = one.method in (methods or METHODS) and one.kind in (kinds or KINDS)
        return is_named and not (quick and METHODS[one.method].is_slow)

    table = read_table(folder)
    for name in networks or list_networks():
        if data is not None:
            measure(table, folder, name, choose_faces(read_fer2013(data), faces), is_wanted, again=again)
        if name not in table["networks"]:
            print(f"{name}: not scored yet; say by --data with which faces.")
            continue
        if choose:
            write_choice(folder / f"{name}.json", usual_row(table["networks"][name]["rows"]))
        report(name, table["networks"][name])


def read_table(folder: Path) -> dict[str, Any]:
    """Return the table, empty where there is none."""
    path = folder / "tables" / TABLE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"networks": {}}


def measure(
    table: dict[str, Any],
    folder: Path,
    name: str,
    data: ExpressionData,
    is_wanted: Callable[[Candidate], bool],
    *,
    again: bool,
) -> None:
    """Score what is wanted of a network and the table lacks, and write each row as it comes."""
    path = folder / f"{name}.keras"
    head = {"weights": published.fingerprint(path), "faces": len(data), "steps": STEPS, "rows": []}
    known = table["networks"].get(name, {})
    if again or any(known.get(key) != head[key] for key in ("weights", "faces", "steps")):
        known = head
    table["networks"][name] = known
    network = load(path)
    faces = look_at(network, data.images)
    known["right"] = float((faces.ranked[:, 0] == data.labels).mean())
    known["bare"] = rounded(bare(faces))
    done = {(row["method"], row["layer"], row["kind"]) for row in known["rows"]}
    for candidate in candidates(network):
        if is_wanted(candidate) and (candidate.method, candidate.layer, candidate.kind) not in done:
            known["rows"].append(rounded(score(faces, candidate)))
            write_table(table, folder)
            print(f"{name}: {line(known['rows'][-1])}", flush=True)


def write_table(table: Mapping[str, Any], folder: Path) -> None:
    """Write the table, a row in a line."""
    path = folder / "tables" / TABLE
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = []
    for name, told in table["networks"].items():
        rows = ",\n   ".join(json.dumps(row) for row in told["rows"])
        head = json.dumps({key: value for key, value in told.items() if key != "rows"})
        parts.append(f' {json.dumps(name)}: {head[:-1]}, "rows": [\n   {rows}\n ]}}')
    path.write_text('{"networks": {\n' + ",\n".join(parts) + "\n}}\n", encoding="utf-8")


def rounded(value: Any) -> Any:
    """Return numbers to four digits, in lists and mappings as well."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return value


COLUMNS = ("gain", "±", "delet.", "insert", "shuffl.", "1st/2nd", "usual", "parts", "blank", "seconds")
HEAD = f"{'':50}" + "".join(f"{name:>8}" for name in COLUMNS)


def line(row: Mapping[str, Any]) -> str:
    """Return a row of the table as printed."""
    name = f"{row['method']} {row['layer'] or ''} {'' if row['kind'] == 'class' else row['kind']}".strip()
    names = ("gain", "error", "deletion", "insertion", "shuffled", "first_second", "usual", "parts", "blank", "seconds")
    return f"{name:50}" + "".join(f"{row[name]:8.3f}" for name in names)


def report(name: str, found: Mapping[str, Any]) -> None:
    """Print the rows of a network, the best first."""
    print(f"\n{name}, {found['faces']} faces, {found['bare']}\n{HEAD}")
    for row in sorted(found["rows"], key=lambda row: -row["gain"]):
        print(line(row))
    row = usual_row(found["rows"])
    print(f"Usual map: {row['method']} {row['layer'] or ''}")
