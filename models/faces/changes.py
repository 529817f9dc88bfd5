"""What can be done to a face before a network reads it: pure functions of a picture, and the list of them.

The changes follow the way of light: something covers a part of the face, the face stands elsewhere in the square that
is cut out, light falls on it, the camera moves or is out of focus, its sensor adds noise.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import cv2
import numpy as np

from models.faces.parts import face_parts
from models.images import cut_out

Fill = Literal["grey", "mean", "blur"]
Box = tuple[float, float, float, float]
Cut = Callable[[np.ndarray, np.ndarray], np.ndarray]

FILLS: tuple[Fill, ...] = ("grey", "mean", "blur")
COVERS = ("eyes", "brows", "nose", "mouth")
"""The parts of a face that can be covered, by its own points."""
BOX = "box"
"""The name, beside `COVERS`, of a rectangle that is covered."""
MIDDLE_BOX: Box = (0.25, 0.25, 0.5, 0.5)

_GREY = 127.0
_WHITE = 255.0
_BLURRED = 0.15  # σ of the "blur" fill as share of the picture's side: no feature of a face is left
_FINE = 4  # pixels of a mask for one pixel of the picture
_AROUND = 0.5  # how far masks reach beyond the picture, as share of its side


# The functions -------------------------------------------------------------------------------------------------------


def relight(pixels: np.ndarray, stops: float) -> np.ndarray:
    """More or less light: each stop more is twice as much.

    Args:
        pixels: float32 (h, w) of 0 … 255; what gets brighter than white stays white.
        stops: 0 changes nothing.
    """
    return np.clip(pixels * np.float32(2.0**stops), 0, _WHITE)


def bend_tones(pixels: np.ndarray, gamma: float) -> np.ndarray:
    """Middle tones darker or brighter; black and white stay: 255 (x / 255)^γ.

    Args:
        pixels: float32 (h, w) of 0 … 255.
        gamma: above 0; above 1 darkens, 1 changes nothing.
    """
    if gamma <= 0:
        raise ValueError(f"gamma must be above 0, but is {gamma}.")
    return (_WHITE * (np.clip(pixels, 0, _WHITE) / _WHITE) ** np.float32(gamma)).astype(np.float32)


def stretch_contrast(pixels: np.ndarray, factor: float) -> np.ndarray:
    """Return all differences from the picture's mean times a factor; 1 changes nothing, 0 leaves an even grey.

    Args:
        pixels: float32 (h, w) of 0 … 255.
        factor: at least 0.
    """
    if factor < 0:
        raise ValueError(f"factor must be at least 0, but is {factor}.")
    mean = pixels.mean(dtype=np.float32)
    return np.clip((pixels - mean) * np.float32(factor) + mean, 0, _WHITE)


def blur(pixels: np.ndarray, sigma: float) -> np.ndarray:
    """Return a Gaussian blur, as of a lens out of focus; the picture's edge is repeated.

    Args:
        pixels: float32 (h, w).
        sigma: standard deviation in pixels; 0 changes nothing.
    """
    if sigma < 0:
        raise ValueError(f"sigma must be at least 0, but is {sigma}.")
    if sigma == 0:
        return pixels.copy()
    return cv2.GaussianBlur(pixels, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)


def smear(pixels: np.ndarray, length: float) -> np.ndarray:
    """Return the mean over a way to the side, as of a camera that moves while it looks; the picture's edge is repeated.

    Args:
        pixels: float32 (h, w).
        length: of the way in pixels; 0 changes nothing.
    """
    if length < 0:
        raise ValueError(f"length must be at least 0, but is {length}.")
    if length == 0:
        return pixels.copy()
    # Between two pixels the picture is their linear mixture; a pixel's weight is the integral of its share on the way
    reach = int(np.ceil(length / 2)) + 1
    offsets = np.arange(-reach, reach + 1, dtype=np.float64)
    weights = (_ramp(offsets + length / 2) - _ramp(offsets - length / 2)) / length
    return cv2.filter2D(pixels, -1, weights.astype(np.float32)[None], borderType=cv2.BORDER_REPLICATE)


def _ramp(ends: np.ndarray) -> np.ndarray:
    """Return the integral of the triangle max(0, 1 - |t|) from -1 to each end."""
    ends = np.clip(ends, -1, 1)
    return 0.5 + ends - np.sign(ends) * ends**2 / 2


def add_noise(pixels: np.ndarray, sigma: float, seed: int = 0) -> np.ndarray:
    """Noise of a normal distribution in every pixel, as of a sensor in little light.

    Args:
        pixels: float32 (h, w).
        sigma: standard deviation in grey levels; 0 changes nothing.
        seed: the same one gives the same pattern, more or less strong.
    """
    if sigma < 0:
        raise ValueError(f"sigma must be at least 0, but is {sigma}.")
    grain = np.random.default_rng(seed).standard_normal(pixels.shape, np.float32)
    return pixels + np.float32(sigma) * grain


def cover(pixels: np.ndarray, mask: np.ndarray, fill: Fill = "mean") -> np.ndarray:
    """Cover a part of a picture.

    Args:
        pixels: float32 (h, w) or (h, w, 3) of 0 … 255.
        mask: float (h, w) of 0 … 1, how much of each pixel is covered.
        fill: "grey" is middle grey (127), "mean" the picture's mean, "blur" the picture with all detail blurred away.
    """
    if fill not in FILLS:
        raise ValueError(f"fill must be one of {', '.join(FILLS)}, but is {fill!r}.")
    filling: Any = {
        "grey": lambda: np.float32(_GREY),
        "mean": lambda: pixels.mean(axis=(0, 1), dtype=np.float32),
        "blur": lambda: blur(pixels, _BLURRED * pixels.shape[0]),
    }[fill]()
    weight = mask.astype(np.float32).reshape(*mask.shape, *(1,) * (pixels.ndim - 2))
    return pixels * (1 - weight) + filling * weight


def moves(
    size: int | tuple[int, int], *, right: float = 0.0, down: float = 0.0, angle: float = 0.0, larger: float = 1.0
) -> np.ndarray:
    """Return where the pixels of a picture come from whose content is turned and scaled about its centre, then shifted.

    Args:
        size: side of a square picture in pixels, or (height, width).
        right: shift as share of the width; negative to the left.
        down: shift as share of the height; negative upwards.
        angle: degrees clockwise.
        larger: factor above 0; 2 shows all twice as large.

    Returns:
        float64 (2, 3), takes the new picture's pixel (x, y, 1) to the old one's.
    """
    if larger <= 0:
        raise ValueError(f"larger must be above 0, but is {larger}.")
    turn = np.radians(angle)
    back = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) / larger
    height, width = (size, size) if isinstance(size, int) else size
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    return np.column_stack([back, centre - back @ (centre + np.array([right * width, down * height]))])


# The list ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One thing that can be done to a face, by a number.

    Attributes:
        name: of the field of `Setting` that holds the number.
        label: a word or two for a slider.
        unit: of the number.
        low: the least number.
        high: the greatest number.
        neutral: the number that changes nothing.
        step: between two numbers; `neutral` and both ends are whole steps apart.
        summary: what it does, in a sentence.
        reference: where it comes from.
        is_switch: whether it is done or not, with nothing between. Defaults to False.
        moves_crop: whether it moves the face in its square, so that the photo around it is seen. Defaults to False.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    neutral: float
    step: float
    summary: str
    reference: str = ""
    is_switch: bool = False
    moves_crop: bool = False

    @property
    def steps(self) -> tuple[int, int]:
        """How many steps lie below `neutral`, and above it."""
        return round((self.neutral - self.low) / self.step), round((self.high - self.neutral) / self.step)

    def at(self, step: int) -> float:
        """Return the number so many steps from `neutral`, in as few digits as it needs."""
        return round(self.neutral + step * self.step, 6)

    def grid(self, count: int) -> np.ndarray:
        """Return about `count` numbers from `low` to `high`, on whole steps, `neutral` among them: float64, rising."""
        below, above = self.steps
        stride = max(1, -(-(below + above) // max(1, count - 1)))
        steps = {*range(0, -below - 1, -stride), *range(0, above + 1, stride), -below, above}
        return np.array([self.at(step) for step in sorted(steps)])

    def share(self, value: float) -> float:
        """Return how far a number is from `neutral`, as share of the way to the end on its side: 0 to 1."""
        way = self.high - self.neutral if value >= self.neutral else self.neutral - self.low
        return abs(value - self.neutral) / way if way else 0.0

    def check(self, value: float) -> None:
        """Raise ValueError unless the number is within the range."""
        if not self.low - 1e-9 <= value <= self.high + 1e-9:  # NaN is not, either
            raise ValueError(f"{self.name} must be from {self.low:g} to {self.high:g} {self.unit}, but is {value}.")


_SPATIAL = "Engstrom et al. 2019, arXiv:1712.02779"
_CORRUPTIONS = "Hendrycks and Dietterich 2019, arXiv:1903.12261"

CHANGES: dict[str, Change] = {
    change.name: change
    for change in (
        Change(
            "turn", "Turn", "°", -60, 60, 0, 1,
            "Turns the face clockwise; the square is cut from the photo again.", _SPATIAL, moves_crop=True,
        ),
        Change(
            "size", "Size", "×", 0.6, 1.6, 1, 0.02,
            "Shows the face larger or smaller in its square, which is cut from the photo again.",
            _SPATIAL, moves_crop=True,
        ),
        Change(
            "sideways", "To the side", "%", -30, 30, 0, 1,
            "Moves the face to the right in its square, in percent of the square's side.", _SPATIAL, moves_crop=True,
        ),
        Change(
            "down", "Down", "%", -30, 30, 0, 1,
            "Moves the face down in its square, in percent of the square's side.", _SPATIAL, moves_crop=True,
        ),
        Change("mirror", "Mirror", "", 0, 1, 0, 1, "Swaps left and right.", "", is_switch=True, moves_crop=True),
        Change(
            "light", "Light", "stops", -4, 3, 0, 0.1,
            "Each stop doubles the light; what gets brighter than white stays white.", _CORRUPTIONS,
        ),
        Change(
            "gamma", "Gamma", "", 0.3, 3, 1, 0.05,
            "Bends the tones: above 1 the mid-tones get darker, below 1 brighter.",
            "Poynton 2012, Digital video and HD, chapter 27",
        ),
        Change(
            "contrast", "Contrast", "×", 0.1, 3, 1, 0.05,
            "Makes the differences from the average larger or smaller.", _CORRUPTIONS,
        ),
        Change(
            "blur", "Blur", "px", 0, 4, 0, 0.1,
            "A lens out of focus: Gaussian blur, its standard deviation in pixels of the network's input.",
            _CORRUPTIONS,
        ),
        Change(
            "motion", "Motion", "px", 0, 16, 0, 0.5,
            "A camera that moves sideways during the shot, by this many pixels of the network's input.", _CORRUPTIONS,
        ),
        Change(
            "noise", "Noise", "levels", 0, 60, 0, 1,
            "A sensor in low light: random (normal) noise, its standard deviation in grey levels of 255.", _CORRUPTIONS,
        ),
    )
}  # fmt: skip
"""What can be done by a number, in the order in which it is done (all that moves the crop at once)."""


@dataclass(frozen=True)
class Setting:
    """All that is done to a face at once: the number of each of `CHANGES`, and what is covered.

    Attributes:
        covered: of `COVERS` and `BOX`, what is covered.
        fill: what covers it.
        box: left, top, width and height of the rectangle that `BOX` means, in shares of the face's square.
        seed: of the noise.
    """

    turn: float = 0.0
    size: float = 1.0
    sideways: float = 0.0
    down: float = 0.0
    mirror: float = 0.0
    light: float = 0.0
    gamma: float = 1.0
    contrast: float = 1.0
    blur: float = 0.0
    motion: float = 0.0
    noise: float = 0.0
    covered: tuple[str, ...] = ()
    fill: Fill = "mean"
    box: Box = MIDDLE_BOX
    seed: int = 0

    def __post_init__(self) -> None:
        for change in CHANGES.values():
            change.check(getattr(self, change.name))
        unknown = set(self.covered) - {*COVERS, BOX}
        if unknown:
            raise ValueError(f"covered must be of {', '.join((*COVERS, BOX))}, but has {', '.join(sorted(unknown))}.")
        if self.fill not in FILLS:
            raise ValueError(f"fill must be one of {', '.join(FILLS)}, but is {self.fill!r}.")
        if not (len(self.box) == 4 and np.isfinite(self.box).all() and min(self.box[2:]) > 0):
            raise ValueError(f"box must be left, top, width and height, these above 0, but is {self.box}.")

    def replace(self, **values: Any) -> "Setting":
        """Return the same with other values."""
        return replace(self, **values)

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of `CHANGES` that are not neutral."""
        return tuple(name for name, change in CHANGES.items() if getattr(self, name) != change.neutral)

    @property
    def is_neutral(self) -> bool:
        """Whether it changes nothing."""
        return not self.changed and not self.covered

    def to_dict(self) -> dict[str, Any]:
        """Return what is not neutral, as plain JSON values, with all that it depends on."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.changed}
        if self.covered:
            values |= {"covered": list(self.covered), "fill": self.fill}
        if BOX in self.covered:
            values |= {"box": list(self.box)}
        if self.noise:
            values |= {"seed": self.seed}
        return values


NOTHING = Setting()


@dataclass(frozen=True)
class Preset:
    """Several changes under one name that everybody knows."""

    label: str
    setting: Setting
    summary: str


PRESETS: dict[str, Preset] = {
    "dim_room": Preset("Dim room", Setting(light=-2, noise=6), "A quarter of the light, and the noise it brings."),
    "against_light": Preset("Against the light", Setting(gamma=2.2, contrast=0.6), "The face in shade: dark and flat."),
    "flash": Preset("Flash too near", Setting(light=1.2, contrast=1.3), "Cheeks and forehead burn out to white."),
    "motion_blur": Preset("Motion blur", Setting(motion=7), "The camera moved sideways by a seventh of the face."),
    "far_away": Preset("Far away", Setting(blur=1.8, noise=4), "A small face on the photo, enlarged."),
    "turned_head": Preset("Tilted head", Setting(turn=25), "Tilted by 25 degrees, and not straightened."),
    "sloppy_box": Preset(
        "Badly placed box", Setting(size=0.8, sideways=10, down=-8), "The square is too large and off the face."
    ),
    "mouth_hidden": Preset("Mouth hidden", Setting(covered=("mouth",)), "As behind a hand or a mask."),
    "eyes_hidden": Preset("Eyes hidden", Setting(covered=("eyes", "brows")), "As behind dark glasses."),
}


# Doing it ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Scene:
    """A face, or another part of a photo, as its network gets it, and what is known around it.

    Attributes:
        crop: uint8 (h, w), or (h, w, 3) in colour.
        photo: RGB uint8 (H, W, 3) from which it was cut, so that a move shows what is really there. Defaults to None:
            a move repeats the crop's edge.
        transform: (2, 3), takes the crop's pixel (x, y, 1) to the photo's. Defaults to None.
        points: (68, 2), pixels of the crop. Defaults to None: parts of the face can't be covered.
        cut: how a crop is cut out, from a photo and a transform. Defaults to `cut_out`, a grey square.
    """

    crop: np.ndarray = field(repr=False)
    photo: np.ndarray | None = field(default=None, repr=False)
    transform: np.ndarray | None = field(default=None, repr=False)
    points: np.ndarray | None = field(default=None, repr=False)
    cut: Cut | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        crop = self.crop
        if crop.dtype != np.uint8 or crop.ndim not in (2, 3) or crop.shape[2:] not in ((), (3,)) or not crop.size:
            raise ValueError(f"crop must be uint8 (h, w) or (h, w, 3), but is {crop.dtype} {crop.shape}.")
        if (self.photo is None) is not (self.transform is None):
            raise ValueError("photo and transform go together.")

    @classmethod
    def of_face(cls, image: np.ndarray, face: Any, cut: Cut | None = None) -> "Scene":
        """Return the scene of a `Face` that was found on a photo."""
        transform = np.asarray(face.transform, np.float64)
        points = None
        if face.landmarks is not None:
            points = (np.asarray(face.landmarks, np.float64) - transform[:, 2]) @ np.linalg.inv(transform[:, :2]).T
        return cls(face.crop, image, transform, points, cut)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the crop in pixels."""
        height, width = self.crop.shape[:2]
        return height, width

    @property
    def covers(self) -> tuple[str, ...]:
        """What can be covered."""
        return (*(COVERS if self.points is not None else ()), BOX)

    def covered(self, setting: Setting) -> np.ndarray:
        """Return how much of each pixel of the unmoved crop is covered, float32 (h, w) of 0 … 1."""
        return self._shrink(self._mask(setting), np.eye(2, 3))

    @cached_property
    def _parts(self) -> dict[str, np.ndarray]:
        if self.points is None:
            raise ValueError("Parts of a face without points can't be covered.")
        points = (self.points + 0.5 + _AROUND * np.array(self.size[::-1])) * _FINE - 0.5
        return face_parts(points, self._mask_shape)

    @property
    def _mask_shape(self) -> tuple[int, int]:
        height, width = (round((1 + 2 * _AROUND) * side) * _FINE for side in self.size)
        return height, width

    def _mask(self, setting: Setting) -> np.ndarray:
        """Return what is covered of the crop and of its surroundings, finer: float32 (rows, columns)."""
        mask = np.zeros(self._mask_shape, np.float32)
        across = np.array(self.size[::-1])
        for part in setting.covered:
            if part != BOX:
                mask[self._parts[part]] = 1
        if BOX in setting.covered:
            left, top, width, height = setting.box
            low, high = np.array([left, top]), np.array([left + width, top + height])
            (x, y), (right, bottom) = (
                np.clip(np.rint((corner + _AROUND) * across * _FINE), 0, mask.shape[::-1]).astype(int)
                for corner in (low, high)
            )
            mask[y:bottom, x:right] = 1
        return mask

    def _shrink(self, mask: np.ndarray, move: np.ndarray) -> np.ndarray:
        """Return a mask as the moved crop sees it, float32 (h, w)."""
        height, width = self.size
        # A pixel of the fine crop -> of the crop -> of the crop before its move -> of the fine mask
        to_crop = np.array([[1 / _FINE, 0, 0.5 / _FINE - 0.5], [0, 1 / _FINE, 0.5 / _FINE - 0.5], [0, 0, 1]])
        left, top = _AROUND * width * _FINE, _AROUND * height * _FINE
        to_mask = np.array([[_FINE, 0, (_FINE - 1) / 2 + left], [0, _FINE, (_FINE - 1) / 2 + top]])
        whole = to_mask @ np.vstack([move, [0, 0, 1]]) @ to_crop
        fine = (width * _FINE, height * _FINE)
        seen = cv2.warpAffine(mask, whole, fine, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        return cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA)

    def _cut(self, move: np.ndarray) -> np.ndarray:
        """Return the moved crop, uint8 of the crop's shape."""
        if self.photo is None or self.transform is None:
            return cv2.warpAffine(
                self.crop,
                move,
                self.size[::-1],
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
        transform = self.transform @ np.vstack([move, [0, 0, 1]])
        return self.cut(self.photo, transform) if self.cut else cut_out(self.photo, transform, self.size[0])


def move_of(setting: Setting, size: int | tuple[int, int]) -> np.ndarray | None:
    """Return how a setting moves the crop before it is mirrored, see `moves`; None where it stays."""
    if not {"turn", "size", "sideways", "down"} & set(setting.changed):
        return None
    sign = -1 if setting.mirror else 1  # to move right and then mirror is to mirror and then move left
    right, down, angle = sign * setting.sideways / 100, setting.down / 100, sign * setting.turn
    return moves(size, right=right, down=down, angle=angle, larger=setting.size)


def apply(scene: Scene, setting: Setting) -> np.ndarray:
    """Do to a face all that a setting says.

    Args:
        scene: the face.
        setting: what to do; a neutral one gives the crop itself.

    Returns:
        uint8 of the crop's shape, a new array.

    Raises:
        ValueError: a part of a face without points is to be covered.
    """
    move = move_of(setting, scene.size)
    cut = scene.crop.copy() if move is None else scene._cut(move)
    pixels: np.ndarray = cut.astype(np.float32)
    if setting.covered:
        mask = scene._shrink(scene._mask(setting), np.eye(2, 3) if move is None else move)
        pixels = cover(pixels, mask, setting.fill)
    if setting.mirror:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    steps: tuple[tuple[str, Callable[..., np.ndarray]], ...] = (
        ("light", relight),
        ("gamma", bend_tones),
        ("contrast", stretch_contrast),
        ("blur", blur),
        ("motion", smear),
    )
    changed = set(setting.changed)
    for name, change in steps:
        if name in changed:
            pixels = change(pixels, getattr(setting, name))
    if "noise" in changed:
        pixels = add_noise(pixels, setting.noise, setting.seed)
    return np.clip(np.rint(pixels), 0, _WHITE).astype(np.uint8)


def apply_all(scene: Scene, settings: Iterable[Setting]) -> np.ndarray:
    """`apply` of several settings to one face: uint8 (N, h, w) or (N, h, w, 3)."""
    faces = [apply(scene, setting) for setting in settings]
    return np.stack(faces) if faces else np.zeros((0, *scene.crop.shape), np.uint8)


def sweep(setting: Setting, name: str, values: Sequence[float] | np.ndarray) -> list[Setting]:
    """Return the same setting with one of `CHANGES` at each of several numbers."""
    return [setting.replace(**{name: float(value)}) for value in values]
