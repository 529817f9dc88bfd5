"""What a server holds after many visits: memory, threads and open files, once the visits are over.

One visitor after the other opens the app, gives it a photo, changes the class and the method, and closes the tab. The
first visits warm the server up. The last row is of the time when all visits have ended.
"""

import argparse
import os
import time
from collections.abc import Sequence
from unittest import mock

from dashboard.visits import KEPT_SECONDS, LOOK_SECONDS
from tests.benchmarks.load import Guest, guest
from tests.browser.app import await_health, start_server
from tests.support.processes import megabytes, open_files, rest, threads
from tests.support.visitor import Visitor

SESSIONS, ROWS, WARM_UP = 20, 5, 5
CLASSES = ("Angry", "Sad", "Surprise", "Happy")
METHODS = ("Grad-CAM++", "HiResCAM", "Saliency")
GROWTH_BAR = 50
ROW = "{:>10}{:>15}{:>12}{:>10}{:>12}"

PARSER = argparse.ArgumentParser(prog="python -m tests.benchmarks long_run", description=__doc__)
PARSER.add_argument("--sessions", type=int, default=SESSIONS, help="visits after those that warm up")
PARSER.add_argument(
    "--environment", nargs="*", default=[], metavar="NAME=VALUE", help="the server's, such as MALLOC_ARENA_MAX=2"
)


def visit(address: str, one: Guest) -> int:
    """Make one visit; return its number of interactions."""
    with Visitor(address) as visitor:
        visitor.open("/attribution")
        visitor.choose("Photo", "Upload")
        visitor.upload("Photo file", f"{one.name}.jpg", one.data)
        for method in METHODS:
            visitor.choose("Method", method)
        for name in CLASSES:
            visitor.choose("Expression", name)
    return 3 + len(METHODS) + len(CLASSES)


def main(sessions: int = SESSIONS, environment: Sequence[str] = ()) -> None:
    """Let visitors come, one after the other, and print what the server holds every now and then."""
    guests = [guest(number) for number in range(8)]
    named = dict(pair.split("=", 1) for pair in environment)
    with mock.patch.dict(os.environ, named), start_server() as (address, server):
        await_health(address, server)
        for number in range(WARM_UP):
            visit(address, guests[number % len(guests)])
        rest(server.pid, looks=3)
        first, interactions = megabytes(server.pid), 0
        print(f"Server's environment: {' '.join(environment) or 'as it is'}")
        print(ROW.format("sessions", "interactions", "memory MB", "threads", "open files"))
        for number in range(1, sessions + 1):
            interactions += visit(address, guests[number % len(guests)])
            if number % max(1, sessions // ROWS) == 0 or number == sessions:
                _print_row(number, interactions, server.pid)
        time.sleep(KEPT_SECONDS + 2 * LOOK_SECONDS)
        _print_row(sessions, interactions, server.pid)
        grown = megabytes(server.pid) - first
        print(f"Grown by {grown:.0f} MB since the first {WARM_UP} visits (bar {GROWTH_BAR} MB in 200 visits).")


def _print_row(sessions: int, interactions: int, process: int) -> None:
    print(ROW.format(sessions, interactions, f"{megabytes(process):.0f}", threads(process), open_files(process)))


if __name__ == "__main__":
    main()
