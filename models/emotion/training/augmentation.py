"""How expression networks see their training faces: moved, relit, blurred, partly erased, and mixed."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from models.training.device import RandomFaces, sample
from models.training.fitting import Tensor


@dataclass(frozen=True)
class AugmentationSettings:
    """How far a training face may differ from the stored one.

    Attributes:
        rotation: degrees to either side.
        scale: largest zoom factor; the smallest is its inverse.
        shift: share of the picture's side, to either direction.
        contrast: largest factor; the smallest is its inverse.
        brightness: grey levels (of 255) to either side.
        dark: share of the faces that lose light, down to a fifth of it.
        noise: share of the faces that get a camera's noise, of up to `noise_levels` grey levels (standard deviation).
        blur: share of the faces that are blurred by up to a 5×5 binomial kernel.
        erase: share of the faces that lose a rectangle (random erasing, Zhong et al. 2017, arXiv:1708.04896).
        erase_side: smallest and largest side of that rectangle as share of the picture's side.
        mix: share of the faces that are mixed with another face of the batch, half of them blended (mixup, Zhang et al.
            2018, arXiv:1710.09412), half with a rectangle of the other (CutMix, Yun et al. 2019, arXiv:1905.04899).
    """

    rotation: float = 15.0
    scale: float = 1.2
    shift: float = 0.1
    contrast: float = 1.4
    brightness: float = 30.0
    dark: float = 0.0
    noise: float = 0.0
    noise_levels: float = 16.0
    blur: float = 0.2
    erase: float = 0.5
    erase_side: tuple[float, float] = (0.15, 0.4)
    mix: float = 0.0


class DeviceFaces(RandomFaces):
    """Faces that live on the device: positions in, float32 (N, size, size, 1) of 0 … 255 out.

    In training the faces are augmented and mixed; otherwise they come out as stored. The second output, (N, 1), says
    how much of each face is its own (see `mix`). Only the positions travel, so the same
    code feeds an accelerator and a laptop.

    Args:
        images: uint8 (M, size, size).
        settings: how far to augment.
        seed: of the augmentation.
    """

    def __init__(self, images: np.ndarray, settings: AugmentationSettings, seed: int = 0) -> None:
        super().__init__(seed)
        self.images = ops.convert_to_tensor(images, dtype="uint8")
        self.size = images.shape[1]
        self.settings = settings
        self.mixed_share = self.add_weight((), initializer="zeros", trainable=False, name="mixed_share")
        self.mixed_share.assign(settings.mix)

    def call(self, positions: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        faces = ops.cast(ops.take(self.images, ops.cast(positions, "int32"), axis=0), "float32")[..., None]
        return self.mix(self.augment(faces)) if training else (faces, ops.ones_like(faces[:, 0, 0]))

    def augment(self, faces: Tensor) -> Tensor:
        """Flip, turn, scale, shift, relight, blur and erase; float32 (N, size, size, 1) in and out."""
        faces = self._move(faces)
        faces = self.blur(faces, self.settings.blur)
        faces = self._relight(faces)
        return self._erase(faces)

    def mix(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Mix face i with face N - 1 - i, as `mixed_share` of the layer says.

        Args:
            faces: float32 (N, size, size, 1).

        Returns:
            (faces, kept): float32 (N, size, size, 1) and (N, 1), the share of face i that is left of it. The target of
            the result is kept · target[i] + (1 - kept) · target[N - 1 - i].
        """
        count, other = ops.shape(faces)[0], ops.flip(faces, axis=0)
        is_mixed, is_cut = self.chosen(count, self.mixed_share), self.chosen(count, 0.5)
        blend = self.uniform(count, 0, 1)[:, None, None, None]
        side = ops.sqrt(1 - blend)[:, 0, 0] * self.size  # of CutMix's square, (N, 1)
        grid = ops.arange(self.size, dtype="float32")[None, :]
        rows, columns = (
            ops.cast(ops.abs(grid - self.uniform(count, 0, self.size)[:, None]) <= side / 2, "float32")
            for _ in range(2)
        )
        outside = 1 - (rows[:, :, None] * columns[:, None, :])[..., None]
        own = is_cut * outside + (1 - is_cut) * blend  # share of face i in each pixel
        own = 1 - is_mixed * (1 - own)
        return own * faces + (1 - own) * other, ops.mean(own * ops.ones_like(faces), axis=(1, 2))

    def _move(self, faces: Tensor) -> Tensor:
        count, limits = ops.shape(faces)[0], self.settings
        angle = self.uniform(count, -1, 1) * (np.pi / 180 * limits.rotation)
        zoom = self.factor(count, limits.scale)[:, 0, 0, 0]
        flip = ops.sign(self.uniform(count, -1, 1))
        x, y = ((self.size - 1) / 2 + self.uniform(count, -1, 1) * limits.shift * self.size for _ in range(2))
        cos, sin = ops.cos(angle) / zoom, ops.sin(angle) / zoom
        return sample(faces, (cos * flip, -sin * flip, sin, cos), (x, y), self.size, "reflect")

    def _relight(self, faces: Tensor) -> Tensor:
        count, limits = ops.shape(faces)[0], self.settings
        contrast = self.factor(count, limits.contrast)
        brightness = (self.uniform(count, -1, 1) * limits.brightness)[:, None, None, None]
        mean = ops.mean(faces, axis=(1, 2, 3), keepdims=True)
        faces = ops.clip((faces - mean) * contrast + mean + brightness, 0, 255)
        if not limits.dark and not limits.noise:
            return faces
        light = 1 - self.chosen(count, limits.dark) * self.uniform(count, 0, 0.8)[:, None, None, None]
        levels = self.chosen(count, limits.noise) * self.uniform(count, 0, 1)[:, None, None, None] * limits.noise_levels
        grain = keras.random.normal(ops.shape(faces), seed=self.random)
        return ops.clip(light * faces + levels * ops.sqrt(light) * grain, 0, 255)  # less light, less noise

    def _erase(self, faces: Tensor) -> Tensor:
        mask = self.rectangles(faces, self.settings.erase_side, self.settings.erase)
        grey = self.uniform(ops.shape(faces)[0], 0, 255)[:, None, None, None]
        return faces * (1 - mask) + grey * mask
