"""Several servers of the app on one machine behind one address: `python -m dashboard.workers 2 --port 8501`.

Python computes in one thread at a time, so a second process lets a second core draw pages. A visitor stays with one
server on all paths, uploads and pictures included, by a cookie; a class's code leads to the server that holds it. A
server that dies takes only its own visits with it, and is started anew.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboard.codes import PLACE, server_of

SERVER = Path(__file__).with_name("server.py")
COOKIE = "glassface_worker"
CLASS = re.compile(rb"GET [^ ?]*\?(?:[^ ]*&)?class=([\w-]+)[& ]")
"""A request for the page of a class, which one server holds."""
TOLD = re.compile(rb"\r\ncookie:[^\r\n]*?\b" + COOKIE.encode() + rb"=(\d+)", re.IGNORECASE)
LONGEST_HEAD = 64 * 1024
"""Bytes of a request's head."""
CHUNK = 64 * 1024
PATIENCE = 30.0
"""Seconds in which a request's head must come."""
PAUSE = 1.0
"""Seconds before a server that has ended is started again."""
NO_SERVER = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"
THREADS = "TF_NUM_INTRAOP_THREADS"


class Door:
    """Takes connections and hands each to the server of its visitor, found by a cookie.

    A browser's connection carries only its own requests, so that what follows the first head is passed on unread.
    Behind another proxy that mixes visitors in one connection this doesn't hold: let that one do the same.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = ports
        self._visits = dict.fromkeys(range(len(ports)), 0)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
            told = TOLD.search(head)
            own = int(told[1]) if told else None
            entered = CLASS.match(head)
            holder = server_of(entered[1].decode("ascii", "replace"), len(self.ports)) if entered else None
            asked = own if holder is None else holder
            for number in self._order(asked):
                try:
                    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.ports[number])
                except OSError:
                    continue
                self._visits[number] += 1
                try:
                    inner_writer.write(head)
                    cookie = b"" if number == own else _cookie(number)
                    await _join(reader, writer, inner_reader, inner_writer, cookie)
                finally:
                    self._visits[number] -= 1
                    inner_writer.close()
                return
            writer.write(NO_SERVER)
            await writer.drain()

    def _order(self, asked: int | None) -> list[int]:
        """Return the servers to try: the visitor's own, then those with the fewest connections."""
        return sorted(self._visits, key=lambda number: (number != asked, self._visits[number]))


def _cookie(number: int) -> bytes:
    return f"Set-Cookie: {COOKIE}={number}; Path=/; HttpOnly; SameSite=Lax\r\n".encode()


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    inner_reader: asyncio.StreamReader,
    inner_writer: asyncio.StreamWriter,
    cookie: bytes,
) -> None:
    """Pass on what comes from either side until one is done; add the cookie to the first answer."""

    async def answer() -> None:
        if cookie:
            status = await inner_reader.readline()
            writer.write(status + cookie)
        await _pass_on(inner_reader, writer)

    tasks = [asyncio.create_task(answer()), asyncio.create_task(_pass_on(reader, inner_writer))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK):
        sink.write(data)
        await sink.drain()


async def _keep_alive(port: int, place: str, script: Path, options: Sequence[str]) -> None:
    """Run one server, and start it again when it ends; its place is that among all of them, as in `codes.PLACE`."""
    environment = {**os.environ, PLACE: place}
    command = ["-m", "streamlit", "run", str(script), "--server.headless=true", "--server.address=127.0.0.1"]
    while True:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, f"--server.port={port}", *options, env=environment
        )
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        logging.getLogger(__name__).warning("The server on port %d ended with %d; it is started again.", port, code)
        await asyncio.sleep(PAUSE)


async def serve(count: int, address: str, port: int, script: Path = SERVER, options: Sequence[str] = ()) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        count: servers.
        address: to listen at.
        port: to listen at.
        script: the app. Defaults to Glassface.
        options: of Streamlit. Defaults to none.
    """
    door = Door([_free_port() for _ in range(count)])
    servers = [
        asyncio.create_task(_keep_alive(port, f"{number}/{count}", script, options))
        for number, port in enumerate(door.ports)
    ]
    over = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, over.set)
    listening = await asyncio.start_server(door.take, address, port, limit=LONGEST_HEAD)
    sys.stdout.write(f"{count} servers listen together at http://{address}:{port}\n")
    sys.stdout.flush()
    await over.wait()
    listening.close()
    for server in servers:
        server.cancel()
    await asyncio.gather(*servers, return_exceptions=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: Sequence[str] | None = None) -> None:
    """Start the servers; `arguments` default to the command line's."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.workers", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("count", type=int, help="servers; each takes 1.3 GB of memory")
    parser.add_argument("--address", default="127.0.0.1", help="where to listen")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--script", type=Path, default=SERVER, help="another app")
    chosen, options = parser.parse_known_args(arguments)
    if chosen.count < 1:
        parser.error("one server at least")
    os.environ.setdefault(THREADS, str(max(1, (os.cpu_count() or 1) // chosen.count)))
    asyncio.run(serve(chosen.count, chosen.address, chosen.port, chosen.script, options))


if __name__ == "__main__":
    main()
