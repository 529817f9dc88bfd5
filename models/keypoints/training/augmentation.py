"""Crops of faces with their points, made and changed at random on the device, in backend-agnostic Keras operations."""

import keras
import numpy as np
from keras import ops

from models.keypoints import LEFT_EYE, MIRRORED, POINTS, RIGHT_EYE, SIZE
from models.keypoints.training.configurations import FaceAugmentation
from models.keypoints.training.datasets import LandmarkData
from models.training.device import RandomFaces, sample
from models.training.fitting import Tensor

MARKED = (30, 48, 54)  # nose tip and mouth corners: the points that a face with five points labels by themselves
_CENTRE = (SIZE - 1) / 2


def spread_marks(marks: np.ndarray) -> np.ndarray:
    """Five marks (N, 5, 2) at their places among 68 points.

    All six lid points of an eye lie on its centre, so that their mean is right; the points that nobody labelled are 0.
    """
    points = np.zeros((len(marks), POINTS, 2), np.float32)
    points[:, RIGHT_EYE] = marks[:, 0:1]
    points[:, LEFT_EYE] = marks[:, 1:2]
    points[:, MARKED] = marks[:, 2:]
    return points


class DeviceLandmarks(RandomFaces):
    """Faces that live on the device: positions in, crops and their points out.

    In training, half as many faces with five points join those with 68 (the last ones of the batch), drawn at random,
    and all are augmented. Otherwise the crops are the regular ones of `models.keypoints.square_of_points`.

    Args:
        faces68: faces with 68 points; positions count these.
        faces5: faces with five points; None trains without.
        settings: how far to augment.
        seed: of the augmentation.
    """

    def __init__(
        self, faces68: LandmarkData, faces5: LandmarkData | None, settings: FaceAugmentation, seed: int = 0
    ) -> None:
        super().__init__(seed)
        images, points, squares = faces68.images, faces68.points, faces68.squares
        if faces5 is not None:
            images = np.concatenate([images, faces5.images])
            points = np.concatenate([points, spread_marks(faces5.points)])
            squares = np.concatenate([squares, faces5.squares])
        self.images = ops.convert_to_tensor(images, dtype="uint8")
        self.points = ops.convert_to_tensor(points, dtype="float32")
        self.squares = ops.convert_to_tensor(squares, dtype="float32")
        self.full, self.total = len(faces68), len(images)
        self.settings = settings

    def call(self, positions: Tensor, training: bool = False) -> dict[str, Tensor]:
        """Crops and labels.

        Args:
            positions: int32 (N,).
            training: whether to add faces with five points and to augment.

        Returns:
            "faces" float32 (M, 96, 96, 1) of 0 … 255, "points" (M, 68, 2) in pixels of the crop, "size" (M,) the
            face's extent with margin in pixels of the crop, and "full" (M,) 1 where all 68 points are labelled.
        """
        positions = ops.cast(positions, "int32")
        if training and self.total > self.full:
            marked = keras.random.randint((ops.shape(positions)[0] // 2,), self.full, self.total, seed=self.random)
            positions = ops.concatenate([positions, ops.cast(marked, "int32")])
        faces = ops.cast(ops.take(self.images, positions, axis=0), "float32")[..., None]
        points, squares = ops.take(self.points, positions, axis=0), ops.take(self.squares, positions, axis=0)
        full = ops.cast(positions < self.full, "float32")
        faces, points, size = self._crop(faces, points, squares, training)
        if training:
            faces = self._hide(self._relight(self.blur(faces, self.settings.blur)))
        return {"faces": faces, "points": points, "size": size, "full": full}

    def _crop(self, faces: Tensor, points: Tensor, squares: Tensor, training: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Return the square of each face, turned, mirrored, scaled and shifted at random in training."""
        x, y, side = squares[:, 0], squares[:, 1], squares[:, 2]
        angle, flip, zoom = ops.zeros_like(x), ops.ones_like(x), ops.ones_like(x)
        if training:
            count, limits = ops.shape(x)[0], self.settings
            small = (self.uniform(count, -1, 1) + self.uniform(count, -1, 1)) / 2 * limits.rotation
            large = self.uniform(count, -1, 1) * limits.turned_rotation
            angle = ops.where(self.uniform(count, 0, 1) < limits.turned, large, small) * (np.pi / 180)
            zoom = ops.exp(self.uniform(count, *np.log(limits.zoom).tolist()))
            flip = ops.where(self.uniform(count, -1, 1) < 0, -1.0, 1.0)
            x = x + self.uniform(count, -1, 1) * limits.shift * side
            y = y + self.uniform(count, -1, 1) * limits.shift * side
        scale = side * zoom / SIZE  # picture pixels a crop pixel
        cos, sin = ops.cos(angle), ops.sin(angle)
        # from crop to picture: mirror x, turn, scale
        matrix = (scale * cos * flip, -scale * sin, scale * sin * flip, scale * cos)
        faces = sample(faces, matrix, (x, y), SIZE, "nearest")
        across, down = points[..., 0] - x[:, None], points[..., 1] - y[:, None]
        cos, sin, flip, scale = cos[:, None], sin[:, None], flip[:, None], scale[:, None]
        points = ops.stack(
            [
                _CENTRE + flip * (cos * across + sin * down) / scale,
                _CENTRE + (cos * down - sin * across) / scale,
            ],
            axis=-1,
        )
        points = ops.where(flip[..., None] < 0, ops.take(points, np.array(MIRRORED), axis=1), points)
        return faces, points, SIZE / zoom

    def _relight(self, faces: Tensor) -> Tensor:
        count, limits = ops.shape(faces)[0], self.settings
        gamma, contrast = self.factor(count, limits.gamma), self.factor(count, limits.contrast)
        brightness = (self.uniform(count, -1, 1) * limits.brightness)[:, None, None, None]
        noise = (self.uniform(count, 0, 1) * limits.noise)[:, None, None, None]
        faces = 255 * (ops.clip(faces, 0, 255) / 255 + 1e-4) ** gamma
        mean = ops.mean(faces, axis=(1, 2, 3), keepdims=True)
        faces = (faces - mean) * contrast + mean + brightness
        return ops.clip(faces + noise * keras.random.normal(ops.shape(faces), seed=self.random), 0, 255)

    def _hide(self, faces: Tensor) -> Tensor:
        count, others = ops.shape(faces)[0], ops.roll(faces, 1, axis=0)
        for _ in range(2):
            mask = self.rectangles(faces, self.settings.hide_side, self.settings.hide)
            grey = self.uniform(count, 0, 255)[:, None, None, None]
            is_skin = self.chosen(count, 0.5)
            cover = is_skin * others + (1 - is_skin) * grey
            faces = faces * (1 - mask) + cover * mask
        return faces
