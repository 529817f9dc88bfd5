"""The codes that let phones into a class: how they are spelled, and which of several servers they lead to."""

from __future__ import annotations

import os
import secrets

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
"""No characters that are read as others, and no vowels: no code is a word."""
LENGTH = 8
PLACE = "GLASSFACE_SERVER"
"""Variable: which of how many servers behind one address this is, such as "1/2"; `dashboard.workers` sets it."""


def place() -> tuple[int, int]:
    """Return the number of this server, from 0, and how many there are."""
    number, _, count = os.environ.get(PLACE, "0/1").partition("/")
    return int(number), int(count)


def new_code(number: int, count: int) -> str:
    """Return a code that leads to a server."""
    first = secrets.choice(ALPHABET[number::count])
    return first + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))


def server_of(code: str, count: int) -> int | None:
    """Return the number of the server that a code leads to; None for what is no code."""
    found = plain(code)
    return ALPHABET.index(found[0]) % count if len(found) == LENGTH and set(found) <= set(ALPHABET) else None


def plain(code: str) -> str:
    """Return a code as it is kept, however it was entered."""
    return "".join(one for one in code[: 4 * LENGTH].upper() if one.isalnum())


def spaced(code: str) -> str:
    """Return a code as it is shown: two groups of four."""
    return f"{code[:4]}-{code[4:]}"
