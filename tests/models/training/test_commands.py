import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from models.classifier.training import publishing as classifier
from models.detection.training import commands as detection
from models.emotion.training import publishing as emotion
from models.keypoints.training import evaluation as keypoints
from models.networks import WEIGHTS
from models.training.__main__ import find_trainings, main
from models.training.commands import spell
from models.training.scores import milliseconds_each
from sample_images import SAMPLES


def test_a_command_names_files_without_their_folders() -> None:
    given = {"lsp": Path("/somewhere/lsp.npz"), "epochs": [1, 2], "drop_gross": 0.95, "config": None, "steps": 4}
    assert (
        spell("pose", given) == "python -m models.training pose --lsp lsp.npz --epochs 1 2 --drop-gross 0.95 --steps 4"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cells-simple", "detector", "emotion-simple", "keypoints", "pose"])
def test_times_are_written_into_the_card_with_the_processor(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detection, "SAMPLES", SAMPLES[:2])
    for module in (classifier, emotion, keypoints):
        monkeypatch.setattr(module, "milliseconds_each", partial(milliseconds_each, runs=3))
    for ending in (".json", ".keras"):
        shutil.copy(WEIGHTS / f"{name}{ending}", tmp_path)
    before = json.loads((tmp_path / f"{name}.json").read_text())
    main(["speed", name, "--weights", str(tmp_path)])
    after = json.loads((tmp_path / f"{name}.json").read_text())
    written = json.dumps(after["metrics"])
    assert any(
        f'"processor": "{vectors}"' in written for vectors in ("AVX-512", "AVX2", "AVX", "SSE", "NEON", "unknown")
    )
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {"metrics"}


def test_a_card_without_times_is_told_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["speed", "nothing", "--weights", str(tmp_path)])
    assert "nothing" in capsys.readouterr().err


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder with a copy of one published network."""
    for ending in (".json", ".keras"):
        shutil.copy(WEIGHTS / f"cells-simple{ending}", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"parameters": 7}, "says parameters 7, but it is "),
        ({"labels": ["one"]}, "says number of labels 1, but it is "),
        ({"sha256": ""}, "has no SHA-256 of cells-simple.keras."),
        ({"sha256": "0" * 64}, "cells-simple.keras is not the one that its card describes"),
        ({"sha256": "abc"}, "is broken at sha256"),
        ({"temperature": "warm"}, "is broken at temperature"),
    ],
)
def test_check_fails_where_card_and_file_disagree(
    published: Path, capsys: pytest.CaptureFixture[str], change: dict[str, object], complaint: str
) -> None:
    card = json.loads((published / "cells-simple.json").read_text())
    (published / "cells-simple.json").write_text(json.dumps(card | change))
    with pytest.raises(SystemExit):
        main(["check", "--weights", str(published)])
    assert complaint in capsys.readouterr().out


def test_check_scores_again_on_the_data_named(
    published: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    card = json.loads((published / "cells-simple.json").read_text())
    said = card["metrics"]["validation"]
    scores = {"accuracy": said["accuracy"], "macro_f1": said["macro_f1"] + 0.001, "groups": said["groups"] + 1}
    monkeypatch.setattr(find_trainings()[card["task"]], "evaluate", lambda *_: scores)
    main(["check", "--data", f"{card['task']}=cells.npz", "--weights", str(published)])
    assert "scores on cells.npz as the card says." in capsys.readouterr().out
    for score, change in (("accuracy", -0.02), ("groups", 2)):
        wrong = scores | {score: said[score] + change}
        monkeypatch.setattr(find_trainings()[card["task"]], "evaluate", lambda *_, wrong=wrong: wrong)
        with pytest.raises(SystemExit):
            main(["check", "--data", "cells-simple=cells.npz", "--weights", str(published)])
        assert f"says {score} {said[score]}, but it is {wrong[score]}." in capsys.readouterr().out
