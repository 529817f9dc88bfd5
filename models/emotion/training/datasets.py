"""Reading the data sets: fer2013.csv as Kaggle ships it, and the prepared NumPy files."""

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.training.pictures import decode_pictures

TRAINING, PUBLIC_TEST, PRIVATE_TEST = "Training", "PublicTest", "PrivateTest"
USAGES = (TRAINING, PUBLIC_TEST, PRIVATE_TEST)
TRAINING_ROWS = 28_709
"""Rows of fer2013.csv that Training takes, the first ones."""
FACE_SIZE = 48


@dataclass(frozen=True)
class ExpressionData:
    """Faces with expression labels.

    Attributes:
        images: uint8 (N, 48, 48), grey.
        labels: uint8 (N,), 0 angry … 6 neutral (FER2013 order).
        rows: int32 (N,), the row in fer2013.csv.
        first_duplicate: int32 (N,), the first row of fer2013.csv that holds the identical picture.
        votes: uint8 (N, 10), FER+ votes of ten people, or None where they are not at hand.
    """

    images: np.ndarray
    labels: np.ndarray
    rows: np.ndarray
    first_duplicate: np.ndarray
    votes: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: np.ndarray) -> "ExpressionData":
        """Return the faces at `index`, an array of positions or a boolean mask."""
        votes = None if self.votes is None else self.votes[index]
        return ExpressionData(
            self.images[index], self.labels[index], self.rows[index], self.first_duplicate[index], votes
        )


def read_fer2013(path: str | Path, usage: str = TRAINING) -> ExpressionData:
    """Read FER2013 from fer2013.csv or from a prepared `.npz` file.

    Args:
        path: fer2013.csv with the columns emotion, pixels, Usage; or a file that `prepare` wrote.
        usage: "Training", "PublicTest" or "PrivateTest"; a prepared file holds one usage and ignores it.

    Returns:
        The faces of that usage, in the file's order.

    Raises:
        ValueError: when the usage is unknown, or the file holds no such rows.
    """
    path = Path(path)
    if usage not in USAGES:
        raise ValueError(f"usage is {usage!r}; expected one of {', '.join(USAGES)}")
    if path.suffix == ".npz":
        return _read_prepared(path)
    return _read_csv(path, usage)


def _read_csv(path: Path, usage: str) -> ExpressionData:
    images, labels, rows, firsts = [], [], [], []
    first_row: dict[bytes, int] = {}
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        missing = {"emotion", "pixels", "Usage"} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path.name} has no column {', '.join(sorted(missing))}; expected Kaggle's fer2013.csv")
        for row, record in enumerate(reader):
            pixels = np.array(record["pixels"].split(), dtype=np.uint8)
            if pixels.size != FACE_SIZE * FACE_SIZE:
                raise ValueError(f"row {row} of {path.name} has {pixels.size} pixels; expected {FACE_SIZE * FACE_SIZE}")
            first = first_row.setdefault(pixels.tobytes(), row)
            if record["Usage"] == usage:
                images.append(pixels.reshape(FACE_SIZE, FACE_SIZE))
                labels.append(int(record["emotion"]))
                rows.append(row)
                firsts.append(first)
    if not images:
        raise ValueError(f"{path.name} has no rows with Usage {usage}")
    return ExpressionData(
        np.stack(images), np.array(labels, np.uint8), np.array(rows, np.int32), np.array(firsts, np.int32)
    )


def _read_prepared(path: Path) -> ExpressionData:
    with np.load(path) as file:
        return ExpressionData(
            np.array(list(decode_pictures(file, path.name, is_grey=True)), np.uint8),
            file["label"],
            file["row"],
            file["first_duplicate"],
            file["votes"] if "votes" in file.files else None,
        )


def prepare(csv_path: str | Path, folder: str | Path) -> list[Path]:
    """Write fer2013.csv as one small `.npz` file (PNG-encoded pictures) a usage; returns the files written."""
    written = []
    for usage in USAGES:
        try:
            data = read_fer2013(csv_path, usage)
        except ValueError as error:
            if "no rows" in str(error):
                continue
            raise
        encoded = [cv2.imencode(".png", image)[1].ravel() for image in data.images]
        target = Path(folder) / f"fer2013_{usage.lower()}.npz"
        np.savez(
            target,
            images=np.concatenate(encoded),
            offsets=np.cumsum([0, *map(len, encoded)]),
            label=data.labels,
            row=data.rows,
            first_duplicate=data.first_duplicate,
        )
        written.append(target)
    return written


def split_validation(data: ExpressionData, fraction: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Cut a validation part off, identical pictures always on one side.

    Args:
        data: the faces.
        fraction: share of the duplicate groups that goes to validation. Defaults to 0.1.
        seed: of the random choice. Defaults to 0.

    Returns:
        (training, validation): int64 positions, both sorted. All-black pictures are left out of the training part.
    """
    groups = np.unique(data.first_duplicate)
    chosen = np.random.default_rng(seed).permutation(groups)[: round(fraction * len(groups))]
    is_validation = np.isin(data.first_duplicate, chosen)
    is_blank = data.images.reshape(len(data), -1).max(axis=1) == 0
    return np.flatnonzero(~is_validation & ~is_blank), np.flatnonzero(is_validation)
