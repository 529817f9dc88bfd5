"""What reads the middle of a frame, for networks that look for no face: a hand held before the camera, for instance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dashboard.services import networks
from models import Face
from models.faces.tracking import Eyes

SHARE = 0.75
"""Side of the square in the middle of a frame, as share of the frame's shorter side."""


def eyes_on_the_middle(network_name: str) -> Eyes:
    """Return eyes whose only face is the square in the middle of each frame.

    Args:
        network_name: a network that is shown areas.
    """
    kind, card = networks.task(network_name), networks.card(network_name)

    def find(image: np.ndarray) -> list[Face]:
        height, width = image.shape[:2]
        side = max(1, round(SHARE * min(height, width)))
        box = ((width - side) // 2, (height - side) // 2, side, side)
        transform = kind.frame(box, card)
        return [Face(box, 1.0, crop=kind.look(image, transform, card), transform=transform)]

    def follow(image: np.ndarray, faces: Sequence[Face]) -> list[Face | None]:
        return [*find(image)[: len(faces)], *[None] * (len(faces) - 1)]

    def read(faces: Sequence[Face]) -> list[Face]:
        shares = networks.score(network_name, np.stack([np.asarray(face.crop) for face in faces]))
        return [
            replace(
                face,
                emotion=dict(zip(card.labels, row.tolist(), strict=True)),
                expression=networks.name_answer(row, network_name),
            )
            for face, row in zip(faces, shares, strict=True)
        ]

    return Eyes(find, follow, read, lambda shares: networks.name_answer(shares, network_name), tells_apart=False)
