"""What was found on the sample pictures once for all, so that an answer is there before any network is loaded.

`python -m dashboard.make_sample_results` makes the file. It holds for each sample what `models.analyse` finds with the
usual detector, and for each of its faces the usual map and what covering its parts changes. It is ignored as soon as a
sample or one of the networks is another one.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from PIL import Image
from pydantic import TypeAdapter

from dashboard.services import networks, shipped
from dashboard.services.reasons import Reason
from dashboard.subject import DEFAULT_NETWORK, ByHand
from interp import Class, Explanation
from interp.doctor import Diagnosis
from models import Analysis, Face, Person
from models import networks as published

FILE = "sample_results.npz"
DETECTOR = "cnn"
NETWORKS = (DEFAULT_NETWORK, "keypoints", "detector", "pose")
"""The networks that the results depend on."""

T = TypeVar("T")
Plain = dict[str, Any]
"""What is no array, as JSON has it: of any kind."""


@dataclass(frozen=True, eq=False)
class SampleResult:
    """What was found on one sample: the analysis without times; of each face its map, the diagnosis and the reason."""

    analysis: Analysis
    maps: tuple[Explanation, ...]
    diagnoses: tuple[Diagnosis, ...]
    reasons: tuple[Reason, ...]


def find(photo_id: str, detector: str, by_hand: ByHand) -> SampleResult | None:
    """Return what is known of a sample, by the SHA-256 of its file; None for any other photo or way of looking."""
    if detector != DETECTOR or by_hand.faces or by_hand.people:
        return None
    hashes, results = _results(published.WEIGHTS / "tables")
    found = results.get(photo_id)
    is_valid = found is not None and all(networks.weights_hash(name) == known for name, known in hashes.items())
    return found if is_valid else None


@st.cache_resource(max_entries=2, show_spinner=False)
def _results(folder: Path) -> tuple[dict[str, str], dict[str, SampleResult]]:
    return read(folder)


# The file ------------------------------------------------------------------------------------------------------------


def write(results: Mapping[str, SampleResult], hashes: Mapping[str, str], folder: Path) -> Path:
    """Write what was found, by the SHA-256 of each sample; return the file."""
    arrays: dict[str, np.ndarray] = {}
    about = {
        "networks": dict(hashes),
        "samples": {photo_id: _result_to_plain(result, photo_id, arrays) for photo_id, result in results.items()},
    }
    return shipped.write(folder / FILE, about, arrays)


def read(folder: Path) -> tuple[dict[str, str], dict[str, SampleResult]]:
    """Return the SHA-256 of each network's file, and what was found on each sample; ({}, {}) where there is no file."""
    about, arrays = shipped.read(folder / FILE)
    if not about:
        return {}, {}
    results = {photo_id: _result_from_plain(plain, photo_id, arrays) for photo_id, plain in about["samples"].items()}
    return about["networks"], results


def _result_to_plain(result: SampleResult, photo_id: str, arrays: dict[str, np.ndarray]) -> Plain:
    place = photo_id[:12]
    faces, people = result.analysis.faces, result.analysis.people
    return {
        "faces": [_to_plain(face, f"{place}_face_{index}", arrays) for index, face in enumerate(faces)],
        "people": [_to_plain(person, f"{place}_person_{index}", arrays) for index, person in enumerate(people)],
        "dropped": result.analysis.dropped,
        "maps": [_map_to_plain(one, f"{place}_map_{index}", arrays) for index, one in enumerate(result.maps)],
        "diagnoses": [{"finding": one.finding, "sentence": one.sentence} for one in result.diagnoses],
        "reasons": [asdict(one) for one in result.reasons],
    }


def _result_from_plain(plain: Plain, photo_id: str, arrays: Mapping[str, np.ndarray]) -> SampleResult:
    place = photo_id[:12]
    analysis = Analysis(
        tuple(_from_plain(Face, one, f"{place}_face_{index}", arrays) for index, one in enumerate(plain["faces"])),
        tuple(_from_plain(Person, one, f"{place}_person_{index}", arrays) for index, one in enumerate(plain["people"])),
        DETECTOR,
        {},
        plain["dropped"],
    )
    maps = (_map_from_plain(one, f"{place}_map_{index}", arrays) for index, one in enumerate(plain["maps"]))
    diagnoses = tuple(Diagnosis(**one) for one in plain["diagnoses"])
    reasons = TypeAdapter(tuple[Reason, ...]).validate_python(plain["reasons"])
    return SampleResult(analysis, tuple(maps), diagnoses, reasons)


def _to_plain(found: Face | Person, place: str, arrays: dict[str, np.ndarray]) -> Plain:
    """Return what is no array, and put the arrays by their places with the others; a colour crop is packed."""
    plain = {}
    for field in fields(found):
        value = getattr(found, field.name)
        if isinstance(value, np.ndarray):
            arrays[f"{place}_{field.name}"] = _pack(value) if value.ndim == 3 else value
        else:
            plain[field.name] = value
    return plain


def _from_plain(make: Callable[..., T], plain: Plain, place: str, arrays: Mapping[str, np.ndarray]) -> T:
    start = f"{place}_"
    found = {name.removeprefix(start): value for name, value in arrays.items() if name.startswith(start)}
    if isinstance(plain.get("box"), list):
        plain = plain | {"box": tuple(plain["box"])}
    if make is Person:
        found["crop"] = _unpack(found["crop"])
    return make(**plain, **found)


def _pack(picture: np.ndarray) -> np.ndarray:
    """Return an RGB picture as the bytes of a lossless WebP, uint8 (n,)."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "WEBP", lossless=True, quality=100, method=6)
    return np.frombuffer(buffer.getvalue(), np.uint8)


def _unpack(packed: np.ndarray) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(packed.tobytes())).convert("RGB"))


def _map_to_plain(found: Explanation, place: str, arrays: dict[str, np.ndarray]) -> Plain:
    if not isinstance(found.target, Class):
        raise ValueError(f"The usual map of a sample explains a class, not {found.target!r}.")
    arrays[place] = found.values
    named = ("signed", "method", "layer", "parameters", "seed", "score")
    return {name: getattr(found, name) for name in named} | {"class": found.target.index}


def _map_from_plain(plain: Plain, place: str, arrays: Mapping[str, np.ndarray]) -> Explanation:
    told = {name: value for name, value in plain.items() if name != "class"}
    return Explanation(values=arrays[place], target=Class(plain["class"]), seconds=0.0, **told)
