"""One explanation as a file of its own: pictures, settings, versions, hashes, and the Python lines that repeat it."""

from __future__ import annotations

import base64
import hashlib
import platform
import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from dashboard.drawing import figures, pictures
from dashboard.services.photos import SAMPLES
from dashboard.subject import Question, Subject
from dashboard.tasks.inputs import View

PACKAGES = ("tensorflow", "keras", "numpy", "opencv-python-headless")
_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #101514;
  background: #fdfdfc; }
figure { display: inline-block; margin: 0 1.5rem 1rem 0; max-width: 100%; vertical-align: top; }
img { max-width: 100%; height: auto; border-radius: 6px; display: block; }
figcaption { font-size: .875rem; color: #454b4a; max-width: 26rem; }
th { text-align: left; font-weight: 600; padding-right: 1.5rem; vertical-align: top; white-space: nowrap; }
td { overflow-wrap: anywhere; }
pre { background: #f1f3f1; padding: 1rem; border-radius: 6px; overflow-x: auto; }
@media (prefers-color-scheme: dark) {
  body { color: #eef2f0; background: #101514; } figcaption { color: #b9c1be; } pre { background: #1b2321; }
}
"""


def page(
    title: str,
    shown: Sequence[tuple[np.ndarray, str]],
    rows: Mapping[str, str],
    findings: Sequence[str],
    lines: str,
) -> str:
    """Returns a web page in one file.

    Args:
        title: what is explained.
        shown: uint8 pictures with their words.
        rows: settings, versions and hashes by their names.
        findings: sentences on whether the map is to be trusted.
        lines: the Python lines that repeat the map.
    """
    images = "\n".join(
        f'<figure><img src="data:image/png;base64,{base64.b64encode(pictures.png(image)).decode()}" '
        f'alt="{escape(words)}" width="{max(240, image.shape[1])}"><figcaption>{escape(words)}</figcaption></figure>'
        for image, words in shown
    )
    table = "\n".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows.items())
    said = "\n".join(f"<p>{escape(sentence)}</p>" for sentence in findings)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{_STYLE}</style></head><body>
<h1>{escape(title)}</h1>
{images}
<h2>Can this map be trusted?</h2>
{said}
<h2>Settings</h2>
<table>{table}</table>
<h2>Do it again</h2>
<p>In the project's folder, with the versions above:</p>
<pre><code>{escape(lines)}</code></pre>
<p>An expression is not a feeling: the network names what a face looks like, and it errs.</p>
</body></html>
"""


def rows(view: View, question: Question, explanation: Any, weights: Path) -> dict[str, str]:
    """Returns the settings, versions and hashes of an explanation by their names.

    Args:
        view: what the network got.
        question: what was asked.
        explanation: the interp.Explanation.
        weights: the network's file.
    """
    settings = ", ".join(f"{name} {value}" for name, value in explanation.parameters.items())
    limit = float(np.abs(explanation.values).max())
    return {
        "Network": question.network_name,
        "Its file's SHA-256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "Input": view.words,
        "Its pixels' SHA-256": hashlib.sha256(view.picture.tobytes()).hexdigest(),
        "Method": explanation.method,
        "Target": repr(explanation.target),
        "Target's value": f"{float(explanation.score):.6g}",
        "Layer": explanation.layer or "none: the picture itself",
        "Parameters": settings or "none",
        "Seed": str(explanation.seed),
        "Map": f"{'×'.join(map(str, explanation.values.shape))} values, greatest magnitude {figures.number(limit)}",
        "Time": f"{explanation.seconds:.3f} s",
        "Versions": ", ".join([f"Python {platform.python_version()}", *_versions()]),
    }


def python_lines(subject: Subject, view: View, question: Question, explanation: Any) -> str:
    """Returns the Python lines that compute the same map as `explanation` from the photo's file."""
    target = repr(explanation.target)
    way = ", ".join(["image", _way_to_faces(subject), *_way_to_people(subject)])
    face = f"face = analysis.faces[{subject.index}]\n" if subject.analysis.faces else ""
    targets = sorted(set(re.findall(r"\b([A-Z]\w+)\(", target)))
    return f"""import hashlib

from interp import Network, explain
from interp.targets import {", ".join(targets)}
from models import analyse, load_image, load_network
{view.code_imports}
image = load_image({_path(subject)!r})
analysis = analyse({way})
{face}picture = {view.code}
assert hashlib.sha256(picture.tobytes()).hexdigest() == "{hashlib.sha256(view.picture.tobytes()).hexdigest()}"

network = Network(load_network({question.network_name!r}))
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
    """The sample's file in the project, or for a photo of the visitor's own a name to be replaced."""
    if subject.photo.source == "Sample":
        for sample in SAMPLES.values():
            if sample.title == subject.photo.name:
                return f"sample_images/{sample.path.name}"
    return "the photo's file"


def _way_to_faces(subject: Subject) -> str:
    from models.analysis import BY_HAND

    if subject.analysis.detector == BY_HAND:
        return f"boxes={[tuple(face.box) for face in subject.analysis.faces]!r}"
    return f"detector={subject.analysis.detector!r}"


def _way_to_people(subject: Subject) -> list[str]:
    boxes = subject.people_by_hand
    return [f"people_boxes={list(boxes)!r}"] if boxes else []
