from pathlib import Path

import numpy as np

from models import load_image
from sample_images import SAMPLES
from sample_images.draw_cells_and_hands import FOLDER, cell, drawings, write


def test_the_shipped_drawings_are_those_of_the_script() -> None:
    drawn = drawings()
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(drawn)
    for name, picture in drawn.items():
        np.testing.assert_allclose(load_image(FOLDER / name), picture, atol=2)
        assert (FOLDER / name).stat().st_size < 20_000


def test_the_script_writes_every_drawing(tmp_path: Path) -> None:
    write(tmp_path / "drawings")
    assert sorted(path.name for path in (tmp_path / "drawings").iterdir()) == sorted(drawings())


def test_each_ringed_dot_darkens_a_cell() -> None:
    dark = [
        int(((picture := cell(0, parasites)).sum(axis=2) < 400).sum() - (picture.sum(axis=2) == 0).sum())
        for parasites in range(3)
    ]
    assert dark[0] < dark[1] < dark[2]


def test_the_drawings_are_not_among_the_samples() -> None:
    assert not {sample.file for sample in SAMPLES} & {path.name for path in FOLDER.iterdir()}
