"""An ONNX file, written byte by byte: what makes one otherwise is not needed for anything else."""


def field(number: int, value: bytes | str | int) -> bytes:
    """Return a field of a protocol buffer: a number, or bytes with their length."""
    if isinstance(value, int):
        return bytes([number << 3]) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return bytes([number << 3 | 2]) + varint(len(data)) + data


def varint(value: int) -> bytes:
    found = bytearray()
    while value >= 128:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def onnx_mean(batch: int | None = None) -> bytes:
    """Return an ONNX network that answers with the softmax of a picture's mean red, green and blue."""

    def node(kind: str, given: str, made: str) -> bytes:
        return field(1, field(1, given) + field(2, made) + field(4, kind))

    def value(name: str, shape: list[int | None]) -> bytes:
        sides = b"".join(field(1, field(2, "n") if side is None else field(1, side)) for side in shape)
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, sides)))

    nodes = node("GlobalAveragePool", "x", "mean") + node("Flatten", "mean", "flat") + node("Softmax", "flat", "y")
    graph = nodes + field(2, "g") + field(11, value("x", [batch, 3, 8, 8])) + field(12, value("y", [batch, 3]))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))
