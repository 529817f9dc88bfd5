"""Tables of what was found on a photo, for the screen and for download. No Streamlit."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from interp.regions import Region
from models import Analysis, Face, Person
from models.emotion.valence import VALENCE, valence
from models.keypoints import KAGGLE_NAMES
from models.pose import NAMES

BOX_PARTS = ("x", "y", "width", "height")


def faces_table(analysis: Analysis) -> pd.DataFrame:
    """Return one row a face, every number in a column of its own.

    Returns:
        Columns face, expression, the probability of each class, valence and its spread (`models.emotion.valence`)
        where the classes are the expressions, box_x … box_height, angle (degrees clockwise), score,
        person (the number of the one whose face it is) where there are people, and x and y of each of the 15 points in
        photo pixels where any face has them.
    """
    names = KAGGLE_NAMES if _have_points(analysis) else ()
    rows = []
    for number, face in enumerate(analysis.faces, start=1):
        row: dict[str, object] = {"face": number, "expression": face.expression, **(face.emotion or {})}
        row |= _valence(face)
        row |= {f"box_{part}": value for part, value in zip(BOX_PARTS, face.box, strict=True)}
        row |= {"angle": round(face.angle, 1), "score": face.score}
        row |= {"person": person_of(analysis, number - 1)} if analysis.people else {}
        for index, name in enumerate(names):
            x, y = (None, None) if face.keypoints is None else face.keypoints[index].tolist()
            row |= {f"{name}_x": x, f"{name}_y": y}
        rows.append(row)
    table = pd.DataFrame(rows)
    return table.astype({"person": "Int64"}) if "person" in table else table


def _valence(face: Face) -> dict[str, float]:
    if set(face.emotion or ()) != set(VALENCE):
        return {}
    found = valence(face.emotion or {})
    return {"valence": found.mean, "valence_spread": found.spread}


def joints_table(analysis: Analysis) -> pd.DataFrame:
    """Return one row for each joint of each person.

    Returns:
        Columns person, face (the number of the person's face, if any), source, joint, x and y in photo pixels, and
        confidence.
    """
    table = pd.DataFrame(
        [
            {
                "person": number,
                "face": None if person.face is None else person.face + 1,
                "source": person.source,
                "joint": name,
                "x": float(x),
                "y": float(y),
                "confidence": float(confidence),
            }
            for number, person in enumerate(analysis.people, start=1)
            for name, (x, y, confidence) in zip(NAMES, person.joints, strict=True)
        ]
    )
    return table.astype({"face": "Int64"}) if len(table) else table


def joints_overview(person: Person) -> pd.DataFrame:
    """Return the joints of one person for the screen, from head to foot: name, place, confidence in per cent."""
    order = (13, 12, 8, 9, 7, 10, 6, 11, 2, 3, 1, 4, 0, 5)
    return pd.DataFrame(
        {
            "Joint": words(NAMES[index]),
            "Place (x, y)": _place(person.joints[index]),
            "Confidence": 100 * float(person.joints[index, 2]),
        }
        for index in order
    )


def found_json(photo_name: str, network_name: str, analysis: Analysis) -> str:
    """Return everything that was found on a photo as indented JSON."""
    names = {"keypoint_names": list(KAGGLE_NAMES)} if _have_points(analysis) else {}
    names |= {"joint_names": list(NAMES)} if analysis.people else {}
    found = {"photo": photo_name, "network": network_name, **names, **analysis.to_dict()}
    return json.dumps(found, indent=2, ensure_ascii=False)


def faces_overview(analysis: Analysis) -> pd.DataFrame:
    """Return the same table for the screen: shares in per cent, a box and a point in one cell each."""
    names = KAGGLE_NAMES if _have_points(analysis) else ()
    table = pd.DataFrame(
        [
            {
                "Face": number,
                "Expression": (face.expression or "").capitalize(),
                **{name.capitalize(): 100 * share for name, share in (face.emotion or {}).items()},
                **({"Person": person_of(analysis, number - 1)} if analysis.people else {}),
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
    return table.astype({"Person": "Int64"}) if "Person" in table else table


def person_of(analysis: Analysis, face: int) -> int | None:
    """Return the number, from 1, of the person whose face it is; None where nobody is known to have it."""
    return next((number for number, person in enumerate(analysis.people, start=1) if person.face == face), None)


def words(name: str) -> str:
    """Write a name from code as words: "left_eye_center" -> "Left eye center"."""
    return name.replace("_", " ").capitalize()


def regions_table(regions: Sequence[Region]) -> pd.DataFrame:
    """Return one row a part of the face.

    Returns:
        Columns part, share (of the map), area (share of the picture's), density (share over area), mean (value of the
        map there) and balance (from -1, all against, to 1, all for).
    """
    return pd.DataFrame(
        {
            "part": region.name,
            "share": region.share,
            "area": region.area,
            "density": region.density,
            "mean": region.mean,
            "balance": region.balance,
        }
        for region in regions
    )


def to_csv(table: pd.DataFrame) -> str:
    """Return a table as comma-separated values with a header."""
    return str(table.to_csv(index=False, float_format="%.5g"))


def to_json(table: pd.DataFrame) -> str:
    """Return a table as indented JSON, one object a row."""
    return json.dumps(json.loads(table.to_json(orient="records")), indent=2, ensure_ascii=False)


def _place(point: np.ndarray) -> str:
    return f"{point[0]:.0f}, {point[1]:.0f}"


def _have_points(analysis: Analysis) -> bool:
    return any(face.keypoints is not None for face in analysis.faces)
