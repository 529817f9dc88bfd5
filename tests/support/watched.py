"""Streamlit with an eye on the disk: `python -m tests.support.watched run APP` logs what is opened for writing."""

from __future__ import annotations

import os
import sys
from typing import Any

from streamlit.web.cli import main

SIGN = "OPENED FOR WRITING"
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


def tell(event: str, arguments: tuple[Any, ...]) -> None:  # of any kind: those of all events
    """Write a line about each file that is opened for writing, made, moved or linked."""
    if event == "open":
        path, mode, flags = arguments
        if isinstance(path, int) or not (set(mode or "") & set("wax+") or flags & WRITING):
            return
    elif event in ("os.mkdir", "os.rename", "os.link", "os.symlink"):
        path = arguments[0]
    else:
        return
    os.write(2, f"{SIGN} {os.fspath(path)!r}\n".encode())


if __name__ == "__main__":
    sys.addaudithook(tell)
    sys.dont_write_bytecode = True
    main(prog_name="streamlit")
