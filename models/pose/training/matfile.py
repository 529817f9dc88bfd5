"""Arrays of numbers out of MATLAB files of version 5 to 7, in which Leeds Sports Pose ships its joints."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_HEADER = 128
_MATRIX, _COMPRESSED = 14, 15
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_NUMERIC_CLASSES = range(6, 16)  # double to uint64; the others are cells, structures, text and sparse arrays


def read_matlab_array(path: str | Path, name: str) -> np.ndarray:
    """Read one array of real numbers.

    Args:
        path: a MATLAB file of version 5 to 7; those of 7.3 are HDF5.
        name: of the variable.

    Returns:
        The array in MATLAB's shape.

    Raises:
        ValueError: if the file is of another kind, is damaged, or holds no such array.
    """
    path = Path(path)
    data = path.read_bytes()
    if len(data) < _HEADER or data[126:128] not in (b"IM", b"MI") or not data.startswith(b"MATLAB 5.0"):
        raise ValueError(f"{path.name} is no MATLAB file of version 5 to 7; save it with MATLAB's option -v7")
    order = "<" if data[126:128] == b"IM" else ">"
    try:
        known = []
        for kind, content in _elements(data[_HEADER:], order):
            if kind == _COMPRESSED:
                kind, content = next(_elements(zlib.decompress(content), order))
            if kind != _MATRIX:
                continue
            found, array = _matrix(content, order)
            if found == name and array is not None:
                return array
            known.append(found)
    except (struct.error, zlib.error, ValueError, KeyError, StopIteration) as error:
        raise ValueError(f"{path.name} is damaged or holds something else than arrays of numbers") from error
    raise ValueError(f"{path.name} holds no array of numbers {name!r}, only {', '.join(known) or 'nothing'}")


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Pairs of type and content; a small element has both in eight bytes."""
    start = 0
    while start + 8 <= len(data):
        kind, size = struct.unpack_from(order + "II", data, start)
        if kind >> 16:  # small: the size stands above the type
            kind, size = kind & 0xFFFF, kind >> 16
            yield kind, data[start + 4 : start + 4 + size]
            start += 8
            continue
        content = data[start + 8 : start + 8 + size]
        if len(content) < size:
            raise ValueError("an element is cut off")
        yield kind, content
        start += 8 + size + (-size % 8 if kind != _COMPRESSED else 0)


def _matrix(data: bytes, order: str) -> tuple[str, np.ndarray | None]:
    """Name and values of a matrix; None for the values where they are no real numbers."""
    parts = _elements(data, order)
    (_, flags), (_, shape), (_, name) = next(parts), next(parts), next(parts)
    is_complex, array_class = flags[1 if order == "<" else 2] & 8, flags[0 if order == "<" else 3]
    title = name.decode("ascii", errors="replace")
    if array_class not in _NUMERIC_CLASSES or is_complex:
        return title, None
    kind, values = next(parts)
    numbers = np.frombuffer(values, np.dtype(order + _TYPES[kind]))
    return title, numbers.reshape(np.frombuffer(shape, np.dtype(order + "i4")), order="F")
