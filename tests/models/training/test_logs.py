from pathlib import Path

import pytest

from models.training.logs import finished_epochs, join_logs


def test_epochs_of_all_cycles_are_counted_through(tmp_path: Path) -> None:
    for name, losses in (("a", (3, 2)), ("b", (1,))):
        (tmp_path / name).mkdir()
        rows = "".join(f"{epoch},{loss}\n" for epoch, loss in enumerate(losses))
        (tmp_path / name / "log.csv").write_text(f"epoch,loss\n{rows}")
    join_logs([tmp_path / "a", tmp_path / "b"], tmp_path / "log.csv")
    assert (tmp_path / "log.csv").read_text().split() == ["epoch,loss,cycle", "0,3,1", "1,2,1", "2,1,2"]
    assert finished_epochs(tmp_path / "log.csv") == 3


@pytest.mark.parametrize("text", [None, "epoch,loss\n"])
def test_a_training_that_has_not_begun_has_no_epochs(tmp_path: Path, text: str | None) -> None:
    if text:
        (tmp_path / "log.csv").write_text(text)
    assert finished_epochs(tmp_path / "log.csv") == 0
