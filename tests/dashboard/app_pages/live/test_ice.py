"""The servers that help browsers behind routers: what the operator sets, and what a command prints."""

import json
import shlex
import sys

import pytest

from dashboard.app_pages.live import ice
from dashboard.app_pages.live.ice import find_servers, ice_servers

TURN = [{"urls": "turn:t.example", "username": "for a while", "credential": "c"}]


@pytest.mark.parametrize("text", [None, "", "  ", "[]"])
def test_nothing_is_contacted_unless_it_is_set(text: str | None) -> None:
    assert ice_servers(text) == []


def test_servers_are_read_as_in_webrtc() -> None:
    text = '[{"urls": "stun:s.example"}, {"urls": ["turn:t.example"], "username": "u", "credential": "c"}]'
    assert [server["urls"] for server in ice_servers(text)] == ["stun:s.example", ["turn:t.example"]]


@pytest.mark.parametrize(
    "text", ["stun:s.example", "{}", '["stun:s.example"]', '[{"urls": "http://x"}]', '[{"urls": []}]']
)
def test_anything_else_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=ice.ICE_SERVERS):
        ice_servers(text)


# A command that prints them ------------------------------------------------------------------------------------------


def command(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def test_what_the_command_prints_stands_behind_what_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ice.ICE_SERVERS, '[{"urls": "stun:s.example"}]')
    monkeypatch.setenv(ice.ICE_COMMAND, command(f"print({json.dumps(json.dumps(TURN))})"))
    found = find_servers()
    assert found == [{"urls": "stun:s.example"}, *TURN]


@pytest.mark.parametrize(
    "code",
    ["raise SystemExit('secret')", "print('secret')", "import time; time.sleep(9)"],
    ids=["fails", "prose", "hangs"],
)
def test_a_command_that_fails_is_told_without_its_words(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "COMMAND_SECONDS", 0.5)
    monkeypatch.setenv(ice.ICE_COMMAND, command(code))
    with pytest.raises(ValueError, match=ice.ICE_COMMAND) as error:
        find_servers()
    assert "secret" not in str(error.value)
