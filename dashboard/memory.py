"""The server's memory: what a visit leaves behind goes back to the system, where the C library is glibc.

By itself glibc serves large blocks from its heap once one of up to 32 MB was freed (mallopt(3), M_MMAP_THRESHOLD), and
a small block that lives on keeps all below it: some 7 MB a visit (`python -m tests.benchmarks long_run`).
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable

_M_MMAP_THRESHOLD = -3  # of glibc's malloc.h
LARGE = 2**20
"""Bytes from which a block is taken from the system by itself; most maps and pictures are larger."""


def give_large_blocks_back() -> None:
    """Have each large block go back to the system as soon as it is freed, from now on."""
    if (mallopt := _of_c_library("mallopt")) is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE)


def give_back() -> None:
    """Give the pages that are free now back to the system."""
    if (trim := _of_c_library("malloc_trim")) is not None:
        trim(0)


def _of_c_library(name: str) -> Callable[..., int] | None:
    """Return a function of glibc; None where the C library is another one."""
    library = ctypes.CDLL(None) if os.name == "posix" else None
    return getattr(library, name, None) if hasattr(library, "malloc_trim") else None
