"""Jupyter notebooks: words and Python lines, cell by cell. No Streamlit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """A cell of Markdown."""

    text: str


@dataclass(frozen=True)
class Lines:
    """A cell of Python lines."""

    text: str


def notebook(cells: Sequence[Words | Lines]) -> str:
    """Return the file of a notebook that was not run yet, in Jupyter's format 4.5."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    told = [_cell(cell, number) for number, cell in enumerate(cells)]
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    told_all = {"cells": told, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(told_all, indent=1, ensure_ascii=False)


def _cell(cell: Words | Lines, number: int) -> dict[str, object]:
    told: dict[str, object] = {"id": f"cell-{number}", "metadata": {}, "source": cell.text.strip()}
    if isinstance(cell, Words):
        return told | {"cell_type": "markdown"}
    return told | {"cell_type": "code", "execution_count": None, "outputs": []}
