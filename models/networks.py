"""The trained networks in `models/weights/`, loaded once each."""

import difflib
import hashlib
import json
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

WEIGHTS = Path(__file__).parent / "weights"

_loading = threading.Lock()


class WeightsError(ValueError):
    """A network's file is not the one that its card describes; the message is one plain sentence."""


def load_network(name: str) -> "keras.Model":
    """Load a trained network; every call returns the same object, which is to be left unchanged.

    Args:
        name: file name in `models/weights/` without its ending, such as "emotion".

    Returns:
        The network, not compiled for training. It scales its input itself.

    Raises:
        WeightsError: if the file is not the one whose SHA-256 stands in the card.
        ValueError: if there is no such network.
    """
    check_name(name, ".keras")
    with _loading:
        return _load(name)


def check_name(name: str, ending: str) -> None:
    """Raise ValueError, with near matches, unless `models/weights/` has the file name + ending."""
    known = sorted(path.stem for path in WEIGHTS.glob(f"*{ending}"))
    if name in known:
        return
    near = difflib.get_close_matches(str(name), known)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise ValueError(f"Unknown network {name!r}.{hint} Known: {', '.join(known) or 'none'}.")


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_file(path: Path, expected: str) -> None:
    """Raise WeightsError unless a network's file has the expected SHA-256; "", as in a card without one, is any."""
    if expected and fingerprint(path) != expected:
        raise WeightsError(
            f"The file {path.name} is not the one that its card describes: it was changed, cut off or replaced. Get it "
            "again, or publish the network anew."
        )


def _told_fingerprint(name: str) -> str:
    """Return the SHA-256 in a network's card; "" where there is none. Who runs the network reads all of the card."""
    try:
        card = json.loads((WEIGHTS / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(card.get("sha256", "")) if isinstance(card, dict) else ""


@cache
def _load(name: str) -> "keras.Model":
    import keras  # takes seconds, and much of this package does without

    path = WEIGHTS / f"{name}.keras"
    check_file(path, _told_fingerprint(name))
    return keras.saving.load_model(path, compile=False, safe_mode=True)
