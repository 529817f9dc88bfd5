"""The STUN and TURN servers by which a browser behind a router and this server find each other. No Streamlit."""

from __future__ import annotations

import json
import os
import shlex
import subprocess

ICE_SERVERS = "GLASSFACE_ICE_SERVERS"
"""The environment's list of servers as JSON."""
ICE_COMMAND = "GLASSFACE_ICE_COMMAND"
"""The environment's command that prints such a list, with passwords that are valid for a while."""
COMMAND_SECONDS = 5.0
"""Seconds that the command may take."""

Servers = list[dict[str, object]]


def find_servers() -> Servers:
    """Return the servers that the operator has set, and those that the command prints now.

    Raises:
        ValueError: if the list is none, or the command fails; the sentence holds nothing that the command printed.
    """
    servers = ice_servers(os.environ.get(ICE_SERVERS), ICE_SERVERS)
    command = os.environ.get(ICE_COMMAND, "").strip()
    return [*servers, *ice_servers(_run(command), ICE_COMMAND)] if command else servers


def _run(command: str) -> str:
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=COMMAND_SECONDS, check=True)
    except subprocess.TimeoutExpired as error:
        raise ValueError(f"The command in {ICE_COMMAND} did not answer within {COMMAND_SECONDS:g} seconds.") from error
    except (subprocess.CalledProcessError, OSError, ValueError) as error:
        raise ValueError(f"The command in {ICE_COMMAND} failed.") from error
    return done.stdout


def ice_servers(text: str | None, variable: str = ICE_SERVERS) -> Servers:
    """Read a list of servers.

    Args:
        text: str, a JSON list of objects as in WebRTC's RTCIceServer: "urls", and for TURN "username" and "credential".
            None or empty for none: then nothing but the visitor's browser is contacted.
        variable: str, where the list comes from. Defaults to `ICE_SERVERS`.

    Raises:
        ValueError: if it is something else.
    """
    if not text or not text.strip():
        return []
    try:
        servers = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{variable} does not give valid JSON: {error.msg} at position {error.pos}.") from error
    is_list = isinstance(servers, list)
    if not is_list or not all(isinstance(server, dict) and _is_urls(server.get("urls")) for server in servers):
        raise ValueError(f'{variable} must give a JSON list such as [{{"urls": "stun:stun.example.org:3478"}}].')
    found: Servers = servers
    return found


def _is_urls(urls: object) -> bool:
    listed = urls if isinstance(urls, list) else [urls]
    return bool(listed) and all(
        isinstance(url, str) and url.split(":")[0] in ("stun", "stuns", "turn", "turns") for url in listed
    )
