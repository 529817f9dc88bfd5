"""Random changes of grey faces on the device, in backend-agnostic Keras operations."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

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


class DeviceFaces(keras.layers.Layer):
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
        super().__init__(dtype="float32", name="device_faces")
        self.images = ops.convert_to_tensor(images, dtype="uint8")
        self.size = images.shape[1]
        self.settings = settings
        self.random = keras.random.SeedGenerator(seed)
        self.mixed_share = self.add_weight((), initializer="zeros", trainable=False, name="mixed_share")
        self.mixed_share.assign(settings.mix)

    def call(self, positions: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        faces = ops.cast(ops.take(self.images, ops.cast(positions, "int32"), axis=0), "float32")[..., None]
        return self.mix(self.augment(faces)) if training else (faces, ops.ones_like(faces[:, 0, 0]))

    def augment(self, faces: Tensor) -> Tensor:
        """Flip, turn, scale, shift, relight, blur and erase; float32 (N, size, size, 1) in and out."""
        faces = self._move(faces)
        faces = self._blur(faces)
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
        is_mixed = ops.cast(self._uniform(count, 0, 1) < self.mixed_share, "float32")[:, None, None, None]
        is_cut = ops.cast(self._uniform(count, 0, 1) < 0.5, "float32")[:, None, None, None]
        blend = self._uniform(count, 0, 1)[:, None, None, None]
        side = ops.sqrt(1 - blend)[:, 0, 0] * self.size  # of CutMix's square, (N, 1)
        grid = ops.arange(self.size, dtype="float32")[None, :]
        rows, columns = (
            ops.cast(ops.abs(grid - self._uniform(count, 0, self.size)[:, None]) <= side / 2, "float32")
            for _ in range(2)
        )
        outside = 1 - (rows[:, :, None] * columns[:, None, :])[..., None]
        own = is_cut * outside + (1 - is_cut) * blend  # share of face i in each pixel
        own = 1 - is_mixed * (1 - own)
        return own * faces + (1 - own) * other, ops.mean(own * ops.ones_like(faces), axis=(1, 2))

    def _uniform(self, count: Tensor, low: float, high: float) -> Tensor:
        return keras.random.uniform((count,), low, high, seed=self.random)

    def _move(self, faces: Tensor) -> Tensor:
        count, limits = ops.shape(faces)[0], self.settings
        angle = self._uniform(count, -1, 1) * (np.pi / 180 * limits.rotation)
        zoom = ops.exp(self._uniform(count, -1, 1) * float(np.log(limits.scale)))
        flip = ops.sign(self._uniform(count, -1, 1))
        centre = (self.size - 1) / 2
        shift_x = self._uniform(count, -1, 1) * limits.shift * self.size
        shift_y = self._uniform(count, -1, 1) * limits.shift * self.size
        # output pixel -> input pixel: turn and zoom about the centre, mirror x, then shift
        cos, sin = ops.cos(angle) / zoom, ops.sin(angle) / zoom
        a, b = cos * flip, -sin * flip
        transform = ops.stack(
            [
                a, b, centre + shift_x - (a + b) * centre,
                sin, cos, centre + shift_y - (sin + cos) * centre,
                ops.zeros_like(a), ops.zeros_like(a),
            ],
            axis=1,
        )  # fmt: skip
        return ops.image.affine_transform(
            faces, transform, interpolation="bilinear", fill_mode="reflect", data_format="channels_last"
        )

    def _blur(self, faces: Tensor) -> Tensor:
        row = np.array([1, 4, 6, 4, 1], np.float32) / 16
        kernel = np.outer(row, row)[:, :, None, None]
        count = ops.shape(faces)[0]
        is_blurred = ops.cast(self._uniform(count, 0, 1) < self.settings.blur, "float32")
        amount = (is_blurred * self._uniform(count, 0, 1))[:, None, None, None]
        blurred = ops.conv(faces, kernel, padding="same", data_format="channels_last")
        return faces + amount * (blurred - faces)

    def _relight(self, faces: Tensor) -> Tensor:
        count, limits = ops.shape(faces)[0], self.settings
        contrast = ops.exp(self._uniform(count, -1, 1) * float(np.log(limits.contrast)))[:, None, None, None]
        brightness = (self._uniform(count, -1, 1) * limits.brightness)[:, None, None, None]
        mean = ops.mean(faces, axis=(1, 2, 3), keepdims=True)
        faces = ops.clip((faces - mean) * contrast + mean + brightness, 0, 255)
        if not limits.dark and not limits.noise:
            return faces
        is_dark = ops.cast(self._uniform(count, 0, 1) < limits.dark, "float32")
        light = 1 - is_dark * self._uniform(count, 0, 0.8)
        is_noisy = ops.cast(self._uniform(count, 0, 1) < limits.noise, "float32")
        levels = is_noisy * self._uniform(count, 0, 1) * limits.noise_levels * ops.sqrt(light)  # less light, less noise
        grain = keras.random.normal(ops.shape(faces), seed=self.random)
        return ops.clip(light[:, None, None, None] * faces + levels[:, None, None, None] * grain, 0, 255)

    def _erase(self, faces: Tensor) -> Tensor:
        count, (low, high) = ops.shape(faces)[0], self.settings.erase_side
        grid = ops.arange(self.size, dtype="float32")[None, :]  # (1, size)
        inside = []
        for _ in range(2):
            centre = self._uniform(count, 0, self.size)[:, None]
            half = self._uniform(count, low / 2, high / 2)[:, None] * self.size
            inside.append(ops.cast(ops.abs(grid - centre) <= half, "float32"))
        chosen = ops.cast(self._uniform(count, 0, 1) < self.settings.erase, "float32")
        mask = (chosen[:, None, None] * inside[0][:, :, None] * inside[1][:, None, :])[..., None]
        grey = self._uniform(count, 0, 255)[:, None, None, None]
        return faces * (1 - mask) + grey * mask
