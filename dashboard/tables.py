"""Tables of what was found on a photo, for the screen and for download. No Streamlit."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pandas as pd

BOX_PARTS = ("x", "y", "width", "height")


def faces_table(analysis: Any) -> pd.DataFrame:
    """Returns one row a face, every number in a column of its own.

    Args:
        analysis: models.Analysis.

    Returns:
        Columns face, expression, the probability of each class, box_x … box_height, angle (degrees clockwise), score,
        and x and y of each of the 15 points in photo pixels where any face has them.
    """
    names = point_names() if _have_points(analysis) else ()
    rows = []
    for number, face in enumerate(analysis.faces, start=1):
        row: dict[str, Any] = {"face": number, "expression": face.expression, **face.emotion}
        row |= {f"box_{part}": value for part, value in zip(BOX_PARTS, face.box, strict=True)}
        row |= {"angle": round(face.angle, 1), "score": face.score}
        for index, name in enumerate(names):
            x, y = (None, None) if face.keypoints is None else face.keypoints[index].tolist()
            row |= {f"{name}_x": x, f"{name}_y": y}
        rows.append(row)
    return pd.DataFrame(rows)


def faces_csv(analysis: Any) -> str:
    """Returns `faces_table` as comma-separated values with a header."""
    buffer = io.StringIO()
    faces_table(analysis).to_csv(buffer, index=False, float_format="%.5g")
    return buffer.getvalue()


def faces_json(photo_name: str, network_name: str, analysis: Any) -> str:
    """Returns everything that was found on a photo as indented JSON."""
    names = {"keypoint_names": list(point_names())} if _have_points(analysis) else {}
    found = {"photo": photo_name, "network": network_name, **names, **analysis.to_dict()}
    return json.dumps(found, indent=2, ensure_ascii=False)


def faces_overview(analysis: Any) -> pd.DataFrame:
    """Returns the same table for the screen: shares in per cent, a box and a point in one cell each."""
    names = point_names() if _have_points(analysis) else ()
    return pd.DataFrame(
        [
            {
                "Face": number,
                "Expression": face.expression.capitalize(),
                **{name.capitalize(): 100 * share for name, share in face.emotion.items()},
                "Box (x, y, width, height)": ", ".join(map(str, face.box)),
                "Angle": face.angle,
                "Detector score": face.score,
                **{
                    words(name): "" if face.keypoints is None else _place(face.keypoints[index])
                    for index, name in enumerate(names)
                },
            }
            for number, face in enumerate(analysis.faces, start=1)
        ]
    )


def point_names() -> tuple[str, ...]:
    """Returns the names of the 15 points."""
    from models.keypoints import KAGGLE_NAMES

    return tuple(KAGGLE_NAMES)


def words(name: str) -> str:
    """Writes a name from code as words: "left_eye_center" -> "Left eye center"."""
    return name.replace("_", " ").capitalize()


def _place(point: np.ndarray) -> str:
    return f"{point[0]:.0f}, {point[1]:.0f}"


def _have_points(analysis: Any) -> bool:
    return any(face.keypoints is not None for face in analysis.faces)
