"""One explanation as a file of its own: pictures, settings, versions, hashes, and the Python lines that repeat it."""

from __future__ import annotations

import base64
import hashlib
import platform
import re
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np
from jinja2 import Environment

from dashboard.drawing import pictures
from dashboard.drawing.words import three_digits
from dashboard.services import networks
from dashboard.services.photos import SAMPLES
from dashboard.subject import Question, Subject
from dashboard.tasks.task import View
from interp import Explanation
from models.analysis import BY_HAND

PACKAGES = ("tensorflow", "keras", "numpy", "opencv-python-headless")
TEMPLATE = Environment(autoescape=True, trim_blocks=True).from_string(
    Path(__file__).with_name("report.html.jinja").read_text(encoding="utf-8")
)
LEAST_WIDTH = 240
"""Pixels that a picture takes at least."""


def page(
    title: str,
    shown: Sequence[tuple[np.ndarray, str]],
    rows: Mapping[str, str],
    findings: Sequence[str],
    lines: str,
    *,
    reads_faces: bool,
) -> str:
    """Return a web page in one file: pictures with their words, settings, findings, and the Python lines."""
    images = [
        {
            "data": base64.b64encode(pictures.png(image)).decode(),
            "width": max(LEAST_WIDTH, image.shape[1]),
            "words": words,
        }
        for image, words in shown
    ]
    return TEMPLATE.render(
        title=title, images=images, rows=rows, findings=findings, lines=lines, reads_faces=reads_faces
    )


def rows(view: View, question: Question, explanation: Explanation) -> dict[str, str]:
    """Return the settings, versions and hashes of an explanation by their names."""
    settings = ", ".join(f"{name} {value}" for name, value in explanation.parameters.items())
    limit = float(np.abs(explanation.values).max())
    return {
        "Network": question.network_name,
        "SHA-256 of its file": networks.weights_hash(question.network_name) or "not known: a network of one's own",
        "Input": view.words,
        "SHA-256 of its pixels": hashlib.sha256(view.picture.tobytes()).hexdigest(),
        "Method": explanation.method,
        "Target": repr(explanation.target),
        "Value of the target": f"{float(explanation.score):.6g}",
        "Layer": explanation.layer or "none: the picture itself",
        "Parameters": settings or "none",
        "Seed": str(explanation.seed),
        "Map": f"{'×'.join(map(str, explanation.values.shape))} values, largest magnitude {three_digits(limit)}",
        "Time": f"{explanation.seconds:.3f} s",
        "Versions": ", ".join([f"Python {platform.python_version()}", *_versions()]),
    }


def python_lines(subject: Subject, view: View, question: Question, explanation: Explanation) -> str:
    """Return the Python lines that compute the same map as `explanation` from the photo's file."""
    target = repr(explanation.target)
    way = ", ".join(["image", _way_to_faces(subject), *_way_to_people(subject)])
    looks = not view.task.looks_at_area
    found = f"analysis = analyse({way})\n" if looks else ""
    face = f"face = analysis.faces[{subject.index}]\n" if subject.analysis.faces and looks else ""
    targets = sorted(set(re.findall(r"\b([A-Z]\w+)\(", target)))
    imports, network = networks.code_of(question.network_name)
    return f"""import hashlib

{imports}
from interp.targets import {", ".join(targets)}
from models import {"analyse, " * looks}load_image
{view.code_imports}
image = load_image({_path(subject)!r})
{found}{face}picture = {view.code}
assert hashlib.sha256(picture.tobytes()).hexdigest() == "{hashlib.sha256(view.picture.tobytes()).hexdigest()}"

network = {network}
explanation = explain(
    network, picture, {explanation.method!r}, {target}, {explanation.layer!r}, **{dict(explanation.parameters)!r}
)
"""


def _versions() -> list[str]:
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return found


def _path(subject: Subject) -> str:
    """Return the sample's file in the project, or for a photo of the visitor's own a name to be replaced."""
    if subject.photo.source == "Sample":
        for sample in SAMPLES.values():
            if sample.title == subject.photo.name:
                return f"sample_images/{sample.path.name}"
    return "the photo's file"


def _way_to_faces(subject: Subject) -> str:
    if subject.analysis.detector == BY_HAND:
        return f"boxes={[tuple(face.box) for face in subject.analysis.faces]!r}"
    return f"detector={subject.analysis.detector!r}"


def _way_to_people(subject: Subject) -> list[str]:
    boxes = subject.people_by_hand
    return [f"people_boxes={list(boxes)!r}"] if boxes else []
