"""Errors for unknown names."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown_name(kind: str, name: object, known: Iterable[str]) -> ValueError:
    """Return the error for a name that is not among the known ones, with the nearest of them.

    Args:
        kind: What the name should have been, for example `"layer"`.
        name: What came.
        known: The names that exist.

    Returns:
        A `ValueError` to raise.
    """
    names = [str(other) for other in known]
    near = get_close_matches(str(name), names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(repr(other) for other in near)}?" if near else f"known: {', '.join(names)}."
    return ValueError(f"Unknown {kind} {name!r}; {hint}")
