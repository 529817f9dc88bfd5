"""Which part decides: on networks whose answer hangs on known pixels, and in words."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from dashboard.services import networks, reasons
from dashboard.services.reasons import Covered, Reason, say
from dashboard.subject import Photo, Subject
from dashboard.tasks.task import View
from models import EXPRESSIONS, analyse, load_image
from tests.dashboard.conftest import sample_bytes

HAPPY = EXPRESSIONS.index("happy")
CALM = (0.9, 0.905, 0.895)


@pytest.fixture(scope="module")
def subject() -> Subject:
    photo = Photo("grace", sample_bytes("grace_hopper"), "Upload")
    image = load_image(photo.data)
    return Subject(photo, image, analyse(image), 0)


@pytest.fixture
def view(subject: Subject) -> View:
    return networks.view(subject, "emotion")


def network_that_reads(region: np.ndarray, view: View) -> Callable[[str, np.ndarray], np.ndarray]:
    """Return a scorer that is the less sure of "happy", the more these pixels have changed."""

    def score(name: str, pictures: np.ndarray) -> np.ndarray:
        changed = np.abs(pictures.astype(float) - view.pixels)[:, region].mean(axis=1)
        happy = 0.9 - np.minimum(changed / 100, 0.6)
        shares = np.repeat(((1 - happy) / (len(EXPRESSIONS) - 1))[:, None], len(EXPRESSIONS), axis=1)
        shares[:, HAPPY] = happy
        return shares

    return score


def test_part_that_the_answer_hangs_on_is_found(subject: Subject, view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = reasons.masks(subject, view)
    monkeypatch.setattr(networks, "score", network_that_reads(parts["mouth"] > 0.9, view))
    found = reasons.examine(view, "emotion", "happy", parts)
    assert found.share == pytest.approx(0.9)
    assert found.most is not None
    assert found.most.part == "mouth"
    assert say(found).startswith("Mostly the mouth: cover it and happy falls from 90 to ")
    tested = [covered.part for covered in found.parts if covered.others]
    assert tested == ["mouth"], "the strongest part beats other places, so no other part needs them"


def test_answer_that_hangs_on_nothing_has_no_reason(
    subject: Subject, view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = np.zeros(view.size, bool)
    nowhere[0, 0] = True
    monkeypatch.setattr(networks, "score", network_that_reads(nowhere, view))
    found = reasons.examine(view, "emotion", "happy", {"eyes": reasons.masks(subject, view)["eyes"]})
    assert found.most is None
    assert (
        say(found).replace("\u00a0", " ")
        == "No single part decides it: covering any one of them changes happy by less than 1 %."
    )


def test_masks_lie_on_the_input_and_overlap_nowhere(subject: Subject, view: View) -> None:
    parts = reasons.masks(subject, view)
    assert set(parts) == {"eyes", "brows", "mouth", "nose", "cheeks and jaw"}
    assert all(mask.shape == view.size for mask in parts.values())
    assert np.stack(list(parts.values())).sum(axis=0).max() <= 1 + 1e-6


def test_face_without_points_is_cut_into_fields(subject: Subject, view: View) -> None:
    faces = (replace(subject.face, landmarks=None),)
    blind = replace(subject, analysis=replace(subject.analysis, faces=faces))
    fields = reasons.masks(blind, view)
    assert len(fields) == 9
    assert (np.stack(list(fields.values())).sum(axis=0) == 1).all()


def test_a_change_must_beat_every_other_place_of_its_size() -> None:
    mouth = Covered("mouth", 0.8, CALM, "happy")
    assert Reason("happy", 0.9, (mouth,)).most == mouth
    assert Reason("happy", 0.9, (replace(mouth, others=(*CALM, 0.7)),)).most is None
    assert Reason("happy", 0.9, (replace(mouth, share=0.896, others=(0.9, 0.9)),)).most is None, "nobody sees that"


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([Covered("mouth", 0.8, CALM, "happy")], "Mostly the mouth: cover it and happy falls from 90 to 80 %."),
        (
            [Covered("eyes", 0.1, CALM, "sad"), Covered("mouth", 0.8, CALM, "happy")],
            "Mostly the eyes: cover them and happy falls from 90 to 10 %, and the answer becomes sad.",
        ),
        (
            [Covered("brows", 0.99, CALM, "happy")],
            "The brows speak against it: cover them and happy rises from 90 to 99 %.",
        ),
        (
            [Covered("nose", 0.97, CALM, "happy")],
            "The nose speaks against it: cover it and happy rises from 90 to 97 %.",
        ),
        (
            [Covered("nose", 0.5, (0.3,), "happy")],
            "No single part stands out: covering one changes happy by less than 41 %, but covering other places of "
            "the same size does just as much.",
        ),
    ],
)
def test_sentence_says_what_was_found(parts: list[Covered], words: str) -> None:
    assert say(Reason("happy", 0.9, tuple(parts))).replace("\u00a0", " ") == words
