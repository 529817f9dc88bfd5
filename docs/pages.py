"""The pages of the site that are made when it is built: README, methods with their pictures, tutorials as they run."""

from __future__ import annotations

import base64
import inspect
import io
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import latex2mathml.converter
import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # mkdocs runs in any folder

from interp import METHODS, Explanation, Network, explain  # noqa: E402
from interp.method import Method  # noqa: E402

SAMPLE = "astronaut.jpg"
HAPPY = 3
MOVED = {  # files beside the folder of documents, and the pages that they become
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE": "licence.md",
    "sample_images/CREDITS.md": "credits.md",
}
REFERENCE = {
    "interp": ("interp", "interp.render"),
    "models": ("models", "models.batch", "models.tables", "models.drawing", "models.video"),
}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the methods into the navigation."""
    pages = ["methods/index.md", *({method.label: f"methods/{method.name}.md"} for method in METHODS.values())]
    for part in config.nav or []:
        if "Methods" in part:
            part["Methods"] = pages
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages."""
    is_quick = config.extra["is_quick"]
    made: dict[str, str | bytes] = {"index.md": _relinked((ROOT / "README.md").read_text(encoding="utf-8"))}
    for source, page in MOVED.items():
        made[page] = _relinked((ROOT / source).read_text(encoding="utf-8"))
    for package, modules in REFERENCE.items():
        made[f"reference/{package}.md"] = f"# {package}\n\n" + "\n\n".join(f"::: {name}" for name in modules)
    made |= _method_pages({} if is_quick else _maps())
    for notebook in sorted((ROOT / "docs" / "tutorials").glob("*.ipynb")):
        made |= _tutorial(notebook, is_run=not is_quick)
    for uri, content in made.items():
        files.append(File.generated(config, uri, content=content))
    return files


def _relinked(text: str) -> str:
    """Return a text of the repository with its links as they are on the site."""
    for source, page in MOVED.items():
        text = text.replace(f"]({source})", f"]({page})")
    return text.replace("](docs/", "](")


# Methods -------------------------------------------------------------------------------------------------------------


def _maps() -> dict[str, tuple[Explanation, Any]]:
    """Return every method's map of the sample's face, with the picture that was explained."""
    from models import analyse, emotion, load_image, load_network

    (face,) = analyse(load_image(ROOT / "sample_images" / SAMPLE), people=False).faces
    picture = face.crop[..., None]
    network = Network(load_network(emotion.DEFAULT))
    return {name: (explain(network, picture, name, HAPPY), picture) for name in METHODS}


def _method_pages(maps: dict[str, tuple[Explanation, Any]]) -> dict[str, str | bytes]:
    made: dict[str, str | bytes] = {}
    rows = []
    for name, method in METHODS.items():
        shown = ""
        if name in maps:
            found, picture = maps[name]
            made[f"methods/{name}.png"] = _png(found.plot(picture))
            by = f" by the layer `{found.layer}`" if found.layer else ""
            shown = f'![{method.label} of “happy” on the face of a sample]({name}.png){{ width="320" }}'
            took = f"“Happy” on a sample{by}: a score of {found.score:.3g}, in {found.seconds:.2g} s."
            made[f"methods/{name}.md"] = _method_page(method, f"{shown}\n\n{took}")
            shown = f'![{method.label}]({name}.png){{ width="120" }}'
        else:
            made[f"methods/{name}.md"] = _method_page(method, "")
        rows.append(f"| {shown} | [{method.label}]({name}.md) | {method.summary} | {method.reference} |")
    head = "| “Happy” on a sample | Method | What it shows | Reference |\n|---|---|---|---|\n"
    words = "Every method explains the same answer of the same network to the same face."
    made["methods/index.md"] = f"# Methods\n\n{words}\n\n{head}" + "\n".join(rows) + "\n"
    return made


def _method_page(method: Method, picture: str) -> str:
    """Return the page of a method: picture, formula, what it means and where it fails, parameters and reference."""
    told = inspect.cleandoc(method.compute.__doc__ or "").split("\nArgs:")[0]
    formula = latex2mathml.converter.convert(method.formula, display="block")
    parts = [f"# {method.label}", method.summary, picture, formula, told, f"    explain(network, x, {method.name!r})"]
    if method.parameters:
        parts.append("\n".join(["| Parameter | Meaning | Default |", "|---|---|---|", *_parameters(method)]))
    return "\n\n".join([*parts, f"Reference: {method.reference}."])


def _parameters(method: Method) -> Iterator[str]:
    for one in method.parameters:
        yield f"| `{one.name}` | {one.label}: {one.help} | `{one.default}` |"


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


# Tutorials -----------------------------------------------------------------------------------------------------------


def _tutorial(path: Path, is_run: bool) -> dict[str, str | bytes]:
    """Return the page of a notebook, and the pictures that it shows when it is run."""
    notebook = nbformat.read(path, as_version=4)
    if is_run:
        import nbclient

        nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    parts: list[str] = []
    made: dict[str, str | bytes] = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for output in cell.outputs:
            if output.get("name") == "stderr":
                continue  # what libraries greet with
            data = output.get("data", {"text/plain": output.get("text", "")})
            if "text/html" in data:
                parts.append(re.sub(r"\n\s*", "\n", data["text/html"]).strip())
            elif "image/png" in data:
                name = f"{path.stem}-{len(made) + 1}.png"
                made[f"tutorials/{name}"] = base64.b64decode(data["image/png"])
                parts.append(f"![What these lines show]({name})")
            elif data["text/plain"].strip():
                parts.append(textwrap.indent(data["text/plain"].rstrip(), "    "))
    parts.insert(1, f"[The notebook]({path.name}){{ download }}")
    return made | {f"tutorials/{path.stem}.md": "\n\n".join(parts)}
