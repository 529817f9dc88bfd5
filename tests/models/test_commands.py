import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from models import tables
from models.__main__ import commands

SAMPLES = Path(__file__).resolve().parents[2] / "sample_images"


def run(*arguments: object, stdin: str | None = None):
    return CliRunner().invoke(commands, ["analyse", *map(str, arguments)], input=stdin)


def summary(result) -> dict:
    return json.loads(result.stdout.strip().splitlines()[-1])


@pytest.mark.slow
def test_a_folder_becomes_tables_and_a_second_run_resumes(tmp_path):
    photos, out = tmp_path / "photos", tmp_path / "out"
    photos.mkdir()
    for name in ("astronaut.jpg", "chessboard.png"):
        shutil.copy(SAMPLES / name, photos)
    first = run(photos, "--out", out, "--no-people", "--json", "--draw", "--csv", "--coco")
    assert first.exit_code == 0, first.output
    told = summary(first)
    assert (told["pictures"], told["faces"], told["failed"], told["skipped"]) == (2, 1, 0, 0)
    assert (out / "faces.csv").is_file()
    assert (out / "coco.json").is_file()
    assert len(list((out / "drawn").glob("*.jpg"))) == 2
    assert tables.read_table(out, "faces").column("expression").to_pylist() == ["happy"]

    again = summary(run(photos, "--out", out, "--no-people", "--json", "--resume"))
    assert (again["pictures"], again["skipped"]) == (0, 2)
    other = summary(run(photos, "--out", out, "--people", "--json", "--resume", "--detector", "haar"))
    assert other["skipped"] == 0


@pytest.mark.slow
def test_a_list_on_standard_input_and_a_broken_file(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8 no more")
    plain = tmp_path / "plain.png"
    Image.fromarray(np.zeros((30, 30, 3), np.uint8)).save(plain)
    result = run("-", "--out", tmp_path / "out", "--no-people", "--json", stdin=f"{broken}\n{plain}\n")
    assert result.exit_code == 1
    assert summary(result)["failed"] == 1
    assert summary(result)["pictures"] == 2


def test_wrong_use_is_told_in_a_sentence(tmp_path):
    empty = run(tmp_path, "--out", tmp_path / "out")
    assert empty.exit_code == 2
    assert "There are no photos or films there." in empty.output
    for shard in ("0/3", "4/3", "half"):
        wrong = run(tmp_path, "--out", tmp_path / "out", "--shard", shard)
        assert wrong.exit_code == 2
        assert "Write it as I/N" in wrong.output


def test_help_says_what_comes_out():
    result = CliRunner().invoke(commands, ["analyse", "--help"])
    assert result.exit_code == 0
    for words in ("photos", "faces", "people", "--resume", "--shard", "Exit codes"):
        assert words in result.output
