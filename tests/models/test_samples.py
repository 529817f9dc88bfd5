from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models import analyse, load_image
from models.detection import detect
from sample_images import SAMPLES, Sample, make_variants

FOLDER = Path(make_variants.__file__).parent
PICTURES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".jpg", ".png"))
FACES = {"astronaut": 1, "hopper": 1, "group": 5, "tilted": 1, "dark": 1, "noisy": 1, "cameraman": 1, "cat": 0}
FACES |= {"chessboard": 0}


def test_every_picture_is_a_sample_and_every_sample_a_picture() -> None:
    assert sorted(sample.file for sample in SAMPLES) == PICTURES
    assert len({sample.key for sample in SAMPLES}) == len(SAMPLES)
    assert SAMPLES[0].key == "astronaut"


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_credited_and_small(name: str) -> None:
    assert f"| `{name}` |" in (FOLDER / "CREDITS.md").read_text(encoding="utf-8")
    assert (FOLDER / name).stat().st_size <= 400_000


@pytest.mark.parametrize("name", sorted(make_variants.VARIANTS))
def test_the_script_makes_the_variants_that_are_shipped(name: str, tmp_path: Path) -> None:
    expected = make_variants.VARIANTS[name]()
    Image.fromarray(expected).save(tmp_path / name, quality=90)
    shipped, again = load_image(FOLDER / name).astype(int), load_image(tmp_path / name).astype(int)
    assert shipped.shape == again.shape
    assert np.abs(shipped - again).mean() < 0.5


def test_the_script_writes_every_variant(tmp_path: Path) -> None:
    make_variants.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(make_variants.VARIANTS)


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.key)
def test_the_cascade_finds_the_upright_frontal_faces(sample: Sample) -> None:
    found = detect(load_image(sample.path), "haar")
    assert len(found) == (0 if sample.key in ("tilted", "cameraman") else FACES[sample.key])


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.key)
def test_every_sample_is_analysed_with_the_shipped_network(sample: Sample) -> None:
    analysis = analyse(load_image(sample.path))
    assert len(analysis.faces) == FACES[sample.key]
    for face in analysis.faces:
        assert face.emotion is not None
        assert sum(face.emotion.values()) == pytest.approx(1, abs=1e-4)


@pytest.mark.slow
def test_the_shipped_network_sees_that_the_astronaut_smiles() -> None:
    (face,) = analyse(load_image(SAMPLES[0].path)).faces
    assert face.expression == "happy"
