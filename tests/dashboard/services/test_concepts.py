"""Shipped concepts: the file, the command, and what the published file says of itself."""

from pathlib import Path

import numpy as np
import pytest

from dashboard import make_concepts
from dashboard.services import concepts, networks
from models import EXPRESSIONS
from models import networks as published
from models.networks import fingerprint
from tests.dashboard.cards import SMALL, tiny_network, write_csv


def test_the_command_writes_what_is_read_and_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_network().save(tmp_path / f"{SMALL}.keras")
    data = write_csv(tmp_path / "fer2013.csv", 12, "Training")
    common = ["--network", SMALL, "--weights", str(tmp_path)]
    make_concepts.main([*common, "--data", str(data), "--count", "3", "--seed", "5"])
    found = concepts.read(tmp_path / "tables")[SMALL]
    assert found.found.directions.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(found.found.directions, axis=1), 1, atol=1e-3)
    assert found.found.importance.shape == (3, 7)
    assert (found.found.layer, found.found.pictures, found.found.seed) == ("tiny_conv", 12, 5)
    assert 0 < found.found.error < 1
    assert found.dreams.shape == (3, 48, 48, 1)
    assert (found.labels, found.data) == (EXPRESSIONS, "FER2013's Training faces")
    assert found.weights == fingerprint(tmp_path / f"{SMALL}.keras")
    assert found.name(1) == "Concept 2"
    make_concepts.main([*common, "--names", "edge", "spot", "light"])
    named = concepts.read(tmp_path / "tables")[SMALL]
    assert named.name(1) == "spot"
    np.testing.assert_array_equal(named.found.directions, found.found.directions)

    monkeypatch.setattr(published, "WEIGHTS", tmp_path)
    monkeypatch.setattr(networks, "weights_hash", lambda name: "another file")
    concepts._shipped.clear()
    assert concepts.concepts_of(SMALL) is None, "found in another file of the network"
    concepts._shipped.clear()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--names", "one"], "No concepts of other have been found yet; give --data."),
        (["--data", "nothing.csv"], "nothing.csv"),
        (["--network", "emotion", "--names", "one"], "There are 12 concepts, but 1 names."),
    ],
)
def test_what_can_not_be_made_is_told_in_a_sentence(
    options: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = published.WEIGHTS if "emotion" in options else tmp_path
    if folder == tmp_path:
        tiny_network().save(tmp_path / "other.keras")
    with pytest.raises(SystemExit) as end:
        make_concepts.main(["--network", "other", "--weights", str(folder), *options])
    assert end.value.code == 2
    assert sentence in capsys.readouterr().err


def test_without_a_file_there_are_no_concepts(tmp_path: Path) -> None:
    assert concepts.read(tmp_path) == {}


def test_the_published_concepts_are_small_named_and_of_the_published_network() -> None:
    file = published.WEIGHTS / "tables" / concepts.FILE
    assert file.stat().st_size < 200_000
    shipped = concepts.read(file.parent)["emotion"]
    assert shipped.weights == fingerprint(published.WEIGHTS / "emotion.keras")
    assert 1 <= len(shipped.found) <= 12
    assert all(shipped.names)
    assert len(set(shipped.names)) == len(shipped.found) == len(shipped.dreams)
    assert np.isfinite(shipped.found.importance).all()
