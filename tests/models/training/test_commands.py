from pathlib import Path

from models.training.commands import spell


def test_a_command_names_files_without_their_folders() -> None:
    given = {"lsp": Path("/somewhere/lsp.npz"), "epochs": [1, 2], "drop_gross": 0.95, "config": None, "steps": 4}
    assert (
        spell("pose", given) == "python -m models.training pose --lsp lsp.npz --epochs 1 2 --drop-gross 0.95 --steps 4"
    )
