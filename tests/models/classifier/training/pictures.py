"""Made-up pictures of two classes: a light disc, and a light bar, on dark noise."""

import cv2
import numpy as np

from models.classifier.training.datasets import PictureData

CLASSES = ("disc", "bar")


def draw_data(count: int, seed: int = 0, group: int = 4, is_colour: bool = False, shares: float = 0.5) -> PictureData:
    """Draw pictures of 20 × 24 pixels.

    Args:
        count: of all pictures.
        seed: of all chances.
        group: pictures of each group; every fourth group is for validation.
        is_colour: whether the pictures have colours.
        shares: of the pictures that show a disc.
    """
    random = np.random.default_rng(seed)
    labels = (np.arange(count) % 10 >= 10 * shares).astype(np.int64)
    pictures = []
    for label in labels:
        picture = random.integers(0, 60, (24, 20), np.uint8)
        centre = random.integers(8, 13, 2).tolist()
        if label == 0:
            cv2.circle(picture, centre, 6, 230, -1)
        else:
            cv2.line(picture, (centre[0], 2), (centre[0], 21), 230, 2)
        pictures.append(np.stack([picture, picture // 2, picture], axis=-1) if is_colour else picture)
    numbers = np.arange(count)
    groups = np.array([f"group{number // group}" for number in numbers])
    split = np.where(numbers // group % 4 == 3, "val", "train")
    return PictureData(pictures, labels, CLASSES, groups, split, numbers)


def store(data: PictureData, *left_out: str) -> dict[str, np.ndarray]:
    """Return the arrays of a prepared file, without those left out."""
    bgr = [picture if picture.ndim == 2 else picture[..., ::-1] for picture in data.pictures]
    codes = [cv2.imencode(".png", picture)[1].ravel() for picture in bgr]
    arrays = {"images": np.concatenate(codes), "offsets": np.cumsum([0, *map(len, codes)])}
    arrays |= {"label": data.labels.astype(np.int16)}
    arrays |= {"class_names": np.array(data.classes), "group": data.groups, "split": data.split}
    return {name: values for name, values in arrays.items() if name not in left_out}
