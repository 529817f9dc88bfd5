"""Files of every kind, made here, and the readers that must answer each with a right result or one plain sentence."""

import io
import zipfile
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

from interp.archives import ArchiveError, folders, read_labels, unpacked
from interp.loading import NetworkError, check_file
from models import ImageError, load_image
from models.video import Film, VideoError

MOST_BYTES = 2**24
"""Of what an archive unpacks to."""


def photo(kind: str, **settings: object) -> bytes:
    """Return noise, 128 by 96 pixels, as a file of a kind that Pillow knows."""
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, kind, **({"progressive": True} if kind == "JPEG" else {}), **settings)
    return buffer.getvalue()


def archive(members: Mapping[str, bytes | str]) -> bytes:
    """Return a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


def one_sentence(error: Exception) -> None:
    """Fail unless an error says what is wrong in one sentence."""
    text = str(error)
    assert text.endswith(".")
    assert "\n" not in text
    assert len(text) < 200


def read_photo(data: bytes) -> None:
    """Read a photo."""
    try:
        image = load_image(data)
    except ImageError as error:
        one_sentence(error)
    else:
        assert image.ndim == 3


def read_film(data: bytes) -> None:
    """Read a film."""
    try:
        shots = list(Film(data).shots())
    except VideoError as error:
        one_sentence(error)
    else:
        assert shots


def read_archive(data: bytes) -> None:
    """Read an archive as one of pictures and as one of a network."""
    for read in (lambda: folders(data, (".jpg", ".png"), MOST_BYTES, 100), lambda: unpacked(data, MOST_BYTES)):
        try:
            read()
        except ArchiveError as error:
            one_sentence(error)


def read_network(data: bytes) -> None:
    """Look at a network's file as is done before Keras sees it."""
    try:
        check_file(data, MOST_BYTES)
    except NetworkError as error:
        one_sentence(error)


def read_names(data: bytes) -> None:
    """Read the names of classes."""
    names = read_labels(data)
    assert len(set(names)) == len(names)


READERS: dict[str, Callable[[bytes], None]] = {
    "photo": read_photo,
    "film": read_film,
    "archive": read_archive,
    "network": read_network,
    "names": read_names,
}
