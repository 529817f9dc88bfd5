"""Many photos and films, read one after the other: bounded memory, decoding ahead, and no file that ends the run."""

from __future__ import annotations

import glob
import hashlib
import itertools
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from models.analysis import Analysis, analyse
from models.images import ImageError, load_image
from models.passes import Gathering
from models.video import Film, VideoError

PHOTOS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".heif", ".avif")
FILMS = (".mp4", ".m4v", ".mov", ".webm")
AHEAD = 32  # pictures that are decoded or read at the same time


@dataclass(frozen=True)
class Settings:
    """How photos are read.

    Attributes:
        detector: a name in `models.detection.DETECTORS`.
        people: whether to look for people and their joints.
        every: seconds between two frames of a film that are read.
    """

    detector: str = "cnn"
    people: bool = True
    every: float = 1.0


@dataclass(frozen=True, eq=False)
class Reading:
    """What was found on one photo or frame, or why it could not be read.

    Attributes:
        path: as it was given.
        time: seconds since the film's first frame; None for a photo.
        sha256: of the file, in hexadecimal digits; "" where it could not be opened.
        size: width and height in pixels of the upright picture, shrunk to 2048 pixels a side at most; boxes and points
            are in its pixels. None where there is no picture.
        analysis: what is on it; None where there is an error.
        error: one sentence; "" where all went well.
        seconds: that reading took, without decoding.
        image: RGB uint8 (H, W, 3), where it was asked for.
    """

    path: str
    time: float | None = None
    sha256: str = ""
    size: tuple[int, int] | None = None
    analysis: Analysis | None = None
    error: str = ""
    seconds: float = 0.0
    image: np.ndarray | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class _Picture:
    """One picture on its way: decoded, or with the reason why not."""

    path: str
    time: float | None = None
    sha256: str = ""
    image: np.ndarray | None = None
    error: str = ""


def find_files(paths: Iterable[str | os.PathLike[str]]) -> Iterator[Path]:
    """Yield the photos and films that files, folders and glob patterns name, each once and in a fixed order.

    Args:
        paths: a folder stands for the photos and films in it and in its folders; links to folders are not followed. A
            file is taken whatever its name, and so is one that does not exist: reading it gives the reason.
    """
    seen: set[Path] = set()
    for path in itertools.chain.from_iterable(_expand(Path(path)) for path in paths):
        if path not in seen:
            seen.add(path)
            yield path


def _expand(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for folder, folders, names in os.walk(path):
            folders.sort()
            yield from (Path(folder, name) for name in sorted(names) if name.lower().endswith((*PHOTOS, *FILMS)))
    elif not path.exists() and glob.has_magic(str(path)):
        for found in sorted(glob.glob(str(path), recursive=True)):
            yield from _expand(Path(found))
    else:
        yield path


def is_in_shard(path: str | os.PathLike[str], index: int, count: int) -> bool:
    """Return whether a path belongs to share `index` (from 1) of `count`: a matter of its spelling alone."""
    digest = hashlib.sha256(os.fspath(path).encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big") % count == index - 1


def read_files(
    paths: Iterable[str | os.PathLike[str]],
    settings: Settings = Settings(),
    workers: int | None = None,
    keep_images: bool = False,
) -> Iterator[Reading]:
    """Read photos and films one after the other; what goes wrong with one becomes its reading's error.

    Files are decoded ahead, several pictures are read at a time, and the faces and people of all of them go through the
    networks in common batches. Memory is bounded by the pictures on their way, whatever the number of files.

    Args:
        paths: files, as of `find_files`.
        settings: how to read.
        workers: pictures read at a time. Defaults to twice the number of processors.
        keep_images: whether readings hold their picture. Defaults to False.

    Yields:
        A reading for every photo and every frame of a film that is read, in the order of the paths.
    """
    count = workers or 2 * (os.cpu_count() or 1)
    gathering = Gathering()

    def read(picture: _Picture) -> Reading:
        with gathering.join():
            return _read(picture, settings, keep_images)

    with ThreadPoolExecutor(count, "reading") as readers:
        waiting: deque[Future[Reading]] = deque()
        try:
            for picture in _decode_ahead(paths, settings.every):
                waiting.append(readers.submit(read, picture))
                if len(waiting) >= 2 * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _decode_ahead(paths: Iterable[str | os.PathLike[str]], every: float) -> Iterator[_Picture]:
    """Yield the pictures of files; the next photos are decoded meanwhile, films as their turn comes."""
    with ThreadPoolExecutor(1, "decoding") as decoder:
        ahead: deque[Future[_Picture] | Path] = deque()
        todo = iter(paths)
        try:
            while True:
                for path in itertools.islice(todo, AHEAD - len(ahead)):
                    is_film = Path(path).suffix.lower() in FILMS
                    ahead.append(Path(path) if is_film else decoder.submit(_open_photo, Path(path)))
                if not ahead:
                    return
                first = ahead.popleft()
                if isinstance(first, Path):
                    yield from _open_film(first, every)
                else:
                    yield first.result()
        finally:
            for future in ahead:
                if not isinstance(future, Path):
                    future.cancel()


def _open_photo(path: Path) -> _Picture:
    digest = ""
    try:
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        return _Picture(str(path), sha256=digest, image=load_image(data))
    except ImageError as error:
        return _Picture(str(path), sha256=digest, error=str(error))
    except OSError as error:
        return _Picture(str(path), error=f"The file cannot be opened: {error.strerror or error}.")
    except Exception as error:  # one broken file never ends a run
        return _Picture(str(path), sha256=digest, error=f"The photo cannot be read ({type(error).__name__}).")


def _open_film(path: Path, every: float) -> Iterator[_Picture]:
    digest = ""
    try:
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        due = 0.0
        for shot in Film(data).shots():
            if shot.time >= due - 1e-6:
                due = shot.time + every
                yield _Picture(str(path), shot.time, digest, shot.image)
    except VideoError as error:
        yield _Picture(str(path), sha256=digest, error=str(error))
    except OSError as error:
        yield _Picture(str(path), error=f"The file cannot be opened: {error.strerror or error}.")
    except Exception as error:
        yield _Picture(str(path), sha256=digest, error=f"The film cannot be read ({type(error).__name__}).")


def _read(picture: _Picture, settings: Settings, keep_image: bool) -> Reading:
    image = picture.image
    if image is None:
        return Reading(picture.path, picture.time, picture.sha256, error=picture.error)
    size, start = (image.shape[1], image.shape[0]), time.perf_counter()
    analysis, error = None, ""
    try:
        analysis = analyse(image, settings.detector, people=settings.people)
    except Exception as problem:
        error = f"The picture could not be analysed ({type(problem).__name__}: {problem})."
    seconds = time.perf_counter() - start
    kept = image if keep_image else None
    return Reading(picture.path, picture.time, picture.sha256, size, analysis, error, seconds, kept)


def in_parts(paths: Sequence[Path], length: int) -> Iterator[Sequence[Path]]:
    """Yield the paths in runs of a length; the last one may be shorter."""
    return (paths[start : start + length] for start in range(0, len(paths), length))
