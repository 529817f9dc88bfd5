"""What is computed for changed faces."""

from __future__ import annotations

from functools import partial

import numpy as np

from dashboard.services import explanations, networks, photos
from dashboard.services.kept import kept
from dashboard.services.runs import Report, Run, Slot, gate, start
from dashboard.subject import Photo, Question, digest
from interp import Explanation
from models import Face
from models.faces.changes import Cut, Fill, Scene, Setting
from models.faces.steadiness import Curve, Flip, Spread, Wobble, find_flips, jitter_box, jitter_crop
from models.faces.steadiness import curve as along

FLIPS: Slot[list[Flip]] = Slot("flips_run")
JITTER: Slot[Spread] = Slot("jitter_run")


def scene_id(photo: Photo, face: Face) -> str:
    """Return the key of a face on a photo: of the photo's bytes and of the square that is cut out."""
    return digest(photo.id.encode() + np.asarray(face.transform).tobytes())


@kept(own=4, common=16)
def _scene(key: str, network_name: str, _image: np.ndarray, _face: Face) -> Scene:
    return Scene.of_face(_image, _face, _cut(network_name))


def scene(photo: Photo, face: Face, network_name: str) -> Scene:
    """Return the scene of a face that was found on a photo, or of the area in its place."""
    return _scene(scene_id(photo, face), network_name, photos.image(photo), face)


def _cut(network_name: str) -> Cut:
    """Return what cuts out of a photo what a network is shown."""
    return partial(networks.task(network_name).look, card=networks.card(network_name))


@kept(own=64, common=256)
def read_face(network_name: str, crop: np.ndarray) -> tuple[dict[str, float], str]:
    """Return the probability of each class on a crop, uint8 (h, w) or (h, w, 3), and the named one or "uncertain"."""
    (row,) = networks.score(network_name, crop[np.newaxis])
    shares = dict(zip(networks.card(network_name).labels, row.tolist(), strict=True))
    return shares, networks.name_answer(row, network_name)


@kept(own=32, common=128)
def changed_map(question: Question) -> Explanation:
    """Return the explanation of a changed face by a fast method.

    It is kept apart from other maps, for a moving slider would soon push those out.
    """
    return explanations.answer_question(question)


@kept(own=32, common=128)
def curve(key: str, _scene: Scene, network_name: str, setting: Setting, name: str) -> Curve:
    """Return the curve of a face along one change.

    Args:
        key: str, the face's `scene_id`.
        _scene: its scene.
        network_name: str, the network that answers.
        setting: of all else.
        name: str, of the change.
    """
    return along(_scene, lambda faces: networks.score(network_name, faces), setting, name)


def start_flips(
    key: tuple[object, ...], shown: Scene, network_name: str, target: int | None, fill: Fill, seed: int
) -> Run[list[Flip]]:
    """Start to look for the least single changes that flip the answer.

    Args:
        key: what is asked, kept with the run.
        shown: the face's scene.
        network_name: str, the network that answers.
        target: int, the class to flip to; None for any other.
        fill: what covers are filled with.
        seed: int, of noise.
    """

    def predict(faces: np.ndarray) -> np.ndarray:
        return networks.score(network_name, faces)

    def work(report: Report[list[Flip]]) -> list[Flip]:
        return find_flips(shown, predict, target=target, fill=fill, seed=seed, on_step=report)

    return start(work, gate(), key)


def start_jitter(
    key: tuple[object, ...], photo: Photo, face: Face, network_name: str, wobble: Wobble, *, with_points: bool
) -> Run[Spread]:
    """Start to jitter a face's box.

    Args:
        key: what is asked, kept with the run.
        photo: the photo.
        face: the face.
        network_name: str, the network that answers.
        wobble: how far the box may be off.
        with_points: bool, whether the face's points are looked for anew in each box; else the crop itself moves.
    """
    pixels = photos.image(photo)

    def predict(faces: np.ndarray) -> np.ndarray:
        return networks.score(network_name, faces)

    def work(report: Report[Spread]) -> Spread:
        if with_points and face.landmarks is not None:
            return jitter_box(pixels, face.landmarks, face.angle, predict, wobble, report)
        height, width = np.asarray(face.crop).shape[:2]
        transform, cut = np.asarray(face.transform), _cut(network_name)
        return jitter_crop(pixels, transform, (height, width), predict, wobble, report, cut=cut)

    return start(work, gate(), key)
