"""The pictures in prepared NumPy files: encoded ones, one behind the other, and the places where each begins."""

import itertools
from collections.abc import Iterable, Iterator, Mapping

import cv2
import numpy as np


def decode_pictures(
    file: Mapping[str, np.ndarray], name: str, is_grey: bool = False, chosen: Iterable[int] | None = None
) -> Iterator[np.ndarray]:
    """Yield the pictures of a prepared file.

    Args:
        file: with "images", uint8, all encoded pictures; and "offsets" (N + 1,), where each begins and the last ends.
        name: of the file, for errors.
        is_grey: whether to decode to grey uint8 (H, W). Defaults to False: RGB uint8 (H, W, 3).
        chosen: numbers of the pictures to decode. Defaults to all.

    Raises:
        ValueError: if a picture cannot be decoded.
    """
    data, places = file["images"], list(itertools.pairwise(file["offsets"].tolist()))
    for number in range(len(places)) if chosen is None else chosen:
        start, end = places[number]
        picture = cv2.imdecode(data[start:end], cv2.IMREAD_GRAYSCALE if is_grey else cv2.IMREAD_COLOR_RGB)
        if picture is None:
            raise ValueError(f"picture {number} of {name} cannot be decoded")
        yield picture
