"""Notebooks that are run."""

import base64
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbclient
import nbformat


@dataclass(frozen=True)
class Shown:
    """What a notebook showed: its pictures as PNG files, and all that it printed or showed as text or HTML."""

    pictures: tuple[bytes, ...]
    text: str


def run_notebook(source: str, folder: Path, seconds: float = 120) -> Shown:
    """Run the cells of a notebook in a folder; what goes wrong in one comes out.

    Args:
        source: the text of the file.
        folder: in which its lines run.
        seconds: that one cell may take. Defaults to 120.
    """
    opened = nbformat.reads(source, as_version=4)
    nbformat.validate(opened)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the client's own loop and sockets
        client = nbclient.NotebookClient(opened, timeout=seconds, resources={"metadata": {"path": str(folder)}})
        client.execute()
    outputs = [output for cell in opened.cells if cell.cell_type == "code" for output in cell.outputs]
    pictures = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    texts = [output.get("text", "") for output in outputs]
    texts += [text for output in outputs for name, text in output.get("data", {}).items() if name.startswith("text/")]
    return Shown(tuple(map(base64.b64decode, pictures)), "\n".join(texts))
