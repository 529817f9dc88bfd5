"""The trained networks in `models/weights/`, loaded once each."""

import difflib
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

WEIGHTS = Path(__file__).parent / "weights"

_loading = threading.Lock()


def load_network(name: str) -> "keras.Model":
    """Load a trained network; every call returns the same object, which is to be left unchanged.

    Args:
        name: file name in `models/weights/` without its ending, such as "emotion".

    Returns:
        The network, not compiled for training. It scales its input itself.

    Raises:
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


@cache
def _load(name: str) -> "keras.Model":
    import keras  # takes seconds, and much of this package does without

    return keras.saving.load_model(WEIGHTS / f"{name}.keras", compile=False, safe_mode=True)
