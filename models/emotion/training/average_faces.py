"""The average face of each expression: a mean of hundreds to thousands of faces, which shows nobody."""

from pathlib import Path

import numpy as np

from models.cards import AVERAGE_FACES
from models.emotion import EXPRESSIONS
from models.emotion.training.datasets import ExpressionData

FEWEST_FACES = 400  # below, an average might show a person


def write_average_faces(data: ExpressionData, folder: Path) -> Path:
    """Write the mean of the faces of each expression, black pictures left out.

    Args:
        data: faces of all seven expressions.
        folder: to write to.

    Returns:
        The file, with "faces" uint8 (7, size, size), "counts" (7,) and "labels" (7,).

    Raises:
        ValueError: if an expression has too few faces for an average that shows nobody.
    """
    seen = data.images.reshape(len(data), -1).max(axis=1) > 0
    faces, counts = [], []
    for index, name in enumerate(EXPRESSIONS):
        own = data.images[seen & (data.labels == index)]
        if len(own) < FEWEST_FACES:
            raise ValueError(
                f"There are {len(own)} faces of {name}; an average that shows nobody takes {FEWEST_FACES}."
            )
        faces.append(np.rint(own.mean(axis=0)).astype(np.uint8))
        counts.append(len(own))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / AVERAGE_FACES
    np.savez_compressed(path, faces=np.stack(faces), counts=np.array(counts), labels=np.array(EXPRESSIONS))
    return path
