"""Made people: grey pictures with a dot of its own colour at each joint."""

import cv2
import numpy as np

from models.pose.training.datasets import PoseData

COLOURS = np.array([(50 + 200 * (k & 1), 50 + 100 * (k >> 1 & 1) + 50 * (k & 1), 18 * k) for k in range(14)], np.uint8)
# A standing person in a picture of 160 pixels, seen from the front
STANDING = np.array(
    [
        (66, 140), (66, 110), (68, 82), (92, 82), (94, 110), (94, 140),
        (44, 84), (50, 64), (62, 44), (98, 44), (110, 64), (116, 84), (80, 40), (80, 20),
    ],
    np.float32,
)  # fmt: skip


def draw_people(count: int, seed: int, dot: int = 4) -> PoseData:
    """People of different stature, place and limbs, with dots of `dot` pixels' radius."""
    random = np.random.default_rng(seed)
    joints = STANDING + random.uniform(-6, 6, (count, 14, 2)).astype(np.float32)
    joints = (joints - 80) * random.uniform(0.75, 1.05, (count, 1, 1)) + 80 + random.uniform(-4, 4, (count, 1, 2))
    images = []
    for person in joints:
        image = random.integers(100, 120, (160, 160, 3)).astype(np.uint8)
        for place, colour in zip(person, COLOURS, strict=True):
            cv2.circle(image, np.rint(place).astype(int).tolist(), dot, colour.tolist(), -1)
        images.append(image)
    split = np.where(np.arange(count) % 4 == 0, "val", "train")
    return PoseData(
        tuple(images),
        joints.astype(np.float32),
        np.full((count, 14), 2, np.uint8),
        split,
        np.arange(count),
    )


def store(data: PoseData) -> dict[str, np.ndarray]:
    """The arrays of a prepared file."""
    coded = [cv2.imencode(".png", image[..., ::-1])[1].ravel() for image in data.images]
    return {
        "images": np.concatenate(coded),
        "offsets": np.cumsum([0, *map(len, coded)]),
        "joints": np.concatenate([data.joints, data.visibility[..., None]], axis=2).astype(np.float32),
        "group": data.group,
        "split": data.split,
    }
