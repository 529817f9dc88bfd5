"""A photo, a still and a film leave nothing on the server's disk, and no name in its log."""

import os
from pathlib import Path
from unittest import mock

import pytest

from tests.browser.app import SAMPLES, await_health, start_server
from tests.models.films import encode, portrait
from tests.support.visitor import Visitor
from tests.support.watched import SIGN

NAME = "zirkelschnecke"
"""A name that stands nowhere else."""
HARMLESS = ("'/dev/null'", "'/dev/tty'", "'/proc/")
pytestmark = pytest.mark.slow


def test_nothing_is_written_and_no_name_is_told(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    photo = next(SAMPLES.glob("grace_hopper.*")).read_bytes()
    film = encode([portrait("grace_hopper")] * 4)
    watched = mock.patch.dict(os.environ, {"TMPDIR": str(tmp_path)})
    with watched, start_server("tests.support.watched") as (address, server):
        await_health(address, server)
        with Visitor(address) as visitor:
            visitor.open("/attribution")
            visitor.wait_until(lambda one: "Probability" in one.words)
            before = capfd.readouterr()
            assert "You can now view" in before.out, "the log is read"
            visitor.choose("Photo", "Upload")
            visitor.upload("Photo file", f"{NAME}.jpg", photo)
            visitor.wait_until(lambda one: any(NAME in alt or "on the photo" in alt for alt in one.pictures()))
            visitor.choose("Photo", "Webcam")
            visitor.upload("Webcam", f"{NAME}.jpg", photo)
            visitor.turn_to("Live")
            visitor.choose("Watch", "Video file")
            visitor.upload("Video file", f"{NAME}.mp4", film, "video/mp4")
            visitor.wait_until(lambda one: "Done: " in one.words)
    log = "\n".join(capfd.readouterr())
    written = [line for line in log.splitlines() if line.startswith(SIGN) and not any(one in line for one in HARMLESS)]
    assert written == []
    assert list(tmp_path.iterdir()) == []
    assert NAME not in log.lower()
