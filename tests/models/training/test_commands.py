import json
import shutil
from pathlib import Path

import pytest

from models.networks import WEIGHTS
from models.training.__main__ import main
from models.training.commands import spell


def test_a_command_names_files_without_their_folders() -> None:
    given = {"lsp": Path("/somewhere/lsp.npz"), "epochs": [1, 2], "drop_gross": 0.95, "config": None, "steps": 4}
    assert (
        spell("pose", given) == "python -m models.training pose --lsp lsp.npz --epochs 1 2 --drop-gross 0.95 --steps 4"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cells-simple", "detector", "emotion-simple", "keypoints", "pose"])
def test_times_are_written_into_the_card_with_the_processor(name: str, tmp_path: Path) -> None:
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
