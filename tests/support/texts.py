"""Lists every text that the app shows, with its place, to be read through as a stranger would.

python -m tests.support.texts                  all texts
python -m tests.support.texts activations dream    those of files whose path holds one of these words

A text is a string literal of the dashboard, or one of `interp` or `models` that reaches a page (an error, a method's
words), that reads as words: docstrings, keys, names of columns and files are left out.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("dashboard", "interp/methods", "models/faces/changes.py")
SILENT = {"key", "alias", "mime", "suffix", "bind", "gap", "width", "height", "language", "format", "mode", "type"}
"""Arguments whose text nobody reads."""
_CODE = re.compile(r"^[a-z0-9_./:%#*\-+<>(){}=\[\]|,;!? ]*$")
_WORDS = re.compile(r"[A-Za-z]{2,}[^A-Za-z]+[A-Za-z]{2,}|^[A-Z][a-z]+")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each literal of a file that reads as words; of an f-string with … for what is put in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = _unread(tree)
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in ast.walk(node) if part is not node and isinstance(part, ast.Constant))
            words = "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value
        else:
            continue
        if reads_as_words(words):
            yield node.lineno, " ".join(words.split())


def _unread(tree: ast.Module) -> set[int]:
    """Return the ids of literals that nobody reads: docstrings, notes below a value, keys, and imports' names."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg in SILENT:
            found.update(map(id, ast.walk(node.value)))
    return found


def reads_as_words(text: str) -> bool:
    """Return whether a text is for people: it has several words or begins with a capital, and is no code."""
    plain = text.strip()
    if not _WORDS.search(plain) or plain.startswith((":material/", "<style", "http", "stroke", "[data-")):
        return False
    return not (_CODE.match(plain) and (" " not in plain or "{" in plain or "=" in plain))


def main() -> None:
    wanted = sys.argv[1:]
    for place in PLACES:
        top = ROOT / place
        for path in sorted(top.rglob("*.py")) if top.is_dir() else [top]:
            name = str(path.relative_to(ROOT))
            if wanted and not any(word in name for word in wanted):
                continue
            for line, words in sorted(texts(path)):
                print(f"{name}:{line}: {words}")


if __name__ == "__main__":
    main()
