"""From crops of people to the fourteen joints of each: names, crops, heat maps and their decoding.

The order is that of Leeds Sports Pose (Johnson and Everingham 2010). "left" and "right" are the person's own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models import networks
from models.cards import Card, load_card
from models.geometry import square_transform, transform_points
from models.images import check_photo, cut_out_colour, enlarge
from models.passes import together

if TYPE_CHECKING:
    import keras

SIZE = 256  # pixels, side of the crops
STRIDE = 4  # pixels of the network's input a cell of the heat maps
DEFAULT = "pose"
NAMES = (
    "right_ankle",
    "right_knee",
    "right_hip",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_wrist",
    "right_elbow",
    "right_shoulder",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "neck",
    "head_top",
)
JOINTS = len(NAMES)
LIMBS = tuple(range(12))  # all but neck and head top
MIRRORED = (5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6, 12, 13)  # MIRRORED[i] lies at the place of joint i in the mirror
TORSO = (9, 2)  # left shoulder and right hip: their distance is the unit of all errors
UPPER = tuple(range(6, 14))  # what a bust shows
SKELETON = (
    (0, 1), (1, 2), (5, 4), (4, 3), (2, 8), (3, 9), (6, 7), (7, 8), (11, 10), (10, 9), (8, 12), (9, 12), (12, 13),
)  # fmt: skip

MARGIN = 1.3  # side of the crop as multiple of the joints' extent: hands, feet and hair lie beyond the joints
_SMALLEST_SIDE = 8.0  # pixels
_WINDOW = 2  # cells to either side of a heat map's peak that count as its peak
_BATCH = 16  # bounds the memory that one pass takes


@dataclass(frozen=True)
class Thresholds:
    """The confidences by which a joint is drawn; the training chooses both on its tuning people."""

    drawn: float  # above it a joint is likelier on the crop than outside, and drawn with a dashed line
    sure: float  # above it four joints in five are right, drawn with a solid line; at least 0.5, 1.0 where none is


def thresholds(network: str = DEFAULT) -> Thresholds:
    """Return the confidences to draw the joints of a network by, from its card.

    Args:
        network: name of a published pose network. Defaults to "pose".

    Raises:
        ValueError: if there is no such pose network.
    """
    return _thresholds(network, networks.WEIGHTS)


@lru_cache(maxsize=8)
def _thresholds(network: str, folder: Path) -> Thresholds:
    """Return the thresholds on the card in the folder of weights; a camera asks for them on every frame."""
    said = _card(network).check(NAMES, ("drawn", "sure")).thresholds
    return Thresholds(said["drawn"], said["sure"])


def predict(
    crops: Sequence[np.ndarray], network: str = DEFAULT, is_quick: bool | Sequence[bool] | np.ndarray = False
) -> np.ndarray:
    """Find the joints of one person on each crop.

    Args:
        crops: RGB uint8 (H, W, 3) each, of any size, the person in the middle and about as large as
            `square_of_joints` says; `crop_square` cuts them out. A crop that is no square is completed to one by
            repeating its edge.
        network: name of a published pose network. Defaults to "pose".
        is_quick: whether to leave the mirror images out, for all crops or for each: half the time, a little less exact.
            Defaults to False.

    Returns:
        float32 (N, 14, 3): x and y in pixels of the crop, finer than a pixel, whole numbers being the centres of
        pixels; and the confidence 0..1, the chance, as the network was taught, that the joint lies on the crop and
        within a fifth of the torso from where a person would set it.

    Raises:
        ValueError: if a crop has another shape or type, or there is no such pose network.
    """
    return _look(crops, network, is_quick)[0]


def heat_maps(crops: Sequence[np.ndarray], network: str = DEFAULT) -> tuple[np.ndarray, np.ndarray]:
    """Return where on each crop the network thinks each joint may be.

    Args:
        crops: as of `predict`.
        network: name of a published pose network. Defaults to "pose".

    Returns:
        float32 (N, 64, 64, 14), of which each joint's map sums to 1; and the transforms float64 (N, 2, 3) that take a
        cell's (column, row, 1) to the crop's pixel.

    Raises:
        ValueError: as of `predict`.
    """
    _, shares, transforms = _look(crops, network)
    offset = np.array([[1, 0, (STRIDE - 1) / (2 * STRIDE)], [0, 1, (STRIDE - 1) / (2 * STRIDE)], [0, 0, 1 / STRIDE]])
    return shares, STRIDE * transforms @ offset


def square_of_joints(joints: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the square that the network is shown of a person whose joints are known, or found by an earlier look.

    The square has the centre of the joints' bounding box, and `MARGIN` times its larger extent as side.

    Args:
        joints: (…, 14, 2 or more), x and y first.
        known: bool (…, 14), the joints that count; at least one of each person.

    Returns:
        float64 (…, 3): centre x, centre y and side.

    Raises:
        ValueError: if the shapes differ, or a person has no known joint.
    """
    joints, known = np.asarray(joints, np.float64), np.asarray(known, bool)
    if joints.ndim < 2 or joints.shape[-2] != JOINTS or joints.shape[-1] < 2 or known.shape != joints.shape[:-1]:
        raise ValueError(f"joints must be (…, {JOINTS}, 2) and known (…, {JOINTS}): {joints.shape} and {known.shape}.")
    if not known.any(axis=-1).all():
        raise ValueError("A person has no known joint.")
    low = np.where(known[..., None], joints[..., :2], np.inf).min(axis=-2)
    high = np.where(known[..., None], joints[..., :2], -np.inf).max(axis=-2)
    side = np.maximum(MARGIN * (high - low).max(axis=-1, keepdims=True), _SMALLEST_SIDE)
    return np.concatenate([(low + high) / 2, side], axis=-1)


def crop_square(
    image: np.ndarray, square: Sequence[float], angle: float = 0.0, size: int = SIZE, detail: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Cut a person's square out of a photo, as the network is trained and used.

    Args:
        image: RGB uint8 (H, W, 3).
        square: centre x, centre y and side in photo pixels; it may reach beyond the photo, whose edge is repeated.
        angle: degrees by which the square is turned clockwise on the photo. Defaults to 0.
        size: side of the crop in pixels. Defaults to 256.
        detail: pixels, up to `size`, to which the side is shrunk before it is enlarged again. Good photos of near
            people are sharper than any picture of the training. Defaults to `size`.

    Returns:
        The crop, uint8 (size, size, 3), and the transform, float64 (2, 3), that takes the crop's pixel (x, y, 1) to
        the photo's.
    """
    transform = square_transform(square, size, angle)
    told = size if detail is None else int(np.clip(round(detail), 8, size))
    if told == size:
        return cut_out_colour(image, transform, size), transform
    return enlarge(cut_out_colour(image, square_transform(square, told, angle), told), size), transform


def forward(network: "keras.Model", pixels: Any, mirrored: Any) -> tuple[Any, Any]:
    """Return one pass of a pose network, in operations of whichever backend Keras runs on.

    Args:
        network: from pixels to heat maps before softmax (N, h, w, 14) and confidence (N, 14).
        pixels: tensor (N, size, size, 3) of 0..255.
        mirrored: int32 (M,), the numbers of the crops whose heat maps and confidences are averaged with those of their
            mirror images.

    Returns:
        Joints (N, 14, 3), x and y in pixels of the input and the confidence; and the heat maps after softmax.
    """
    from keras import ops

    count, order = ops.shape(pixels)[0], np.array(MIRRORED)
    images = ops.flip(ops.take(pixels, mirrored, axis=0), axis=2)
    maps, confidence = network(ops.concatenate([pixels, images], axis=0), training=False)
    other = ops.take(ops.flip(maps[count:], axis=2), order, axis=3)
    maps = _average_some(maps[:count], other, mirrored)
    confidence = _average_some(confidence[:count], ops.take(confidence[count:], order, axis=1), mirrored)
    shares = ops.exp(maps - ops.max(maps, axis=(1, 2), keepdims=True))
    shares = shares / ops.sum(shares, axis=(1, 2), keepdims=True)
    return ops.concatenate([decode_joints(shares), confidence[..., None]], axis=-1), shares


def _average_some(values: Any, others: Any, numbers: Any) -> Any:
    """Return values (N, …), those at the given numbers (M,) averaged with others (M, …)."""
    from keras import ops

    average = (ops.take(values, numbers, axis=0) + others) / 2
    return ops.scatter_update(values, numbers[:, None], average)


def decode_joints(shares: Any) -> Any:
    """Read joints from heat maps, finer than a cell.

    The window of 5×5 cells that holds most of a map's probability is where the joint most probably is within some
    eight pixels; the centre of mass around that window's middle is the answer. The centre of mass of the whole map
    would fall between left and right where the network doubts which is which.

    Args:
        shares: tensor (N, h, w, 14), each joint's map sums to 1.

    Returns:
        Tensor (N, 14, 2), pixels of the network's input.
    """
    from keras import ops

    height, width, joints = (int(side) for side in shares.shape[1:])
    reach, edge = 2 * _WINDOW + 1, (_WINDOW, _WINDOW)
    mass = ops.average_pool(
        ops.pad(shares, ((0, 0), edge, edge, (0, 0))), reach, strides=1, data_format="channels_last"
    )
    peak = ops.argmax(ops.reshape(mass, (-1, height * width, joints)), axis=1)  # (N, 14)
    column, row = ops.cast(peak % width, "float32"), ops.cast(peak // width, "float32")
    columns, rows = ops.arange(width, dtype="float32"), ops.arange(height, dtype="float32")
    beside = ops.cast(ops.abs(columns[None, :, None] - column[:, None]) <= _WINDOW, "float32")  # (N, w, 14)
    above = ops.cast(ops.abs(rows[None, :, None] - row[:, None]) <= _WINDOW, "float32")  # (N, h, 14)
    near = shares * beside[:, None] * above[:, :, None]
    total = ops.sum(near, axis=(1, 2)) + 1e-12
    x = ops.sum(near * columns[None, None, :, None], axis=(1, 2)) / total
    y = ops.sum(near * rows[None, :, None, None], axis=(1, 2)) / total
    return ops.stack([x, y], axis=-1) * STRIDE + (STRIDE - 1) / 2


def compile_pose(network: "keras.Model") -> Callable[[Any, Any], Any]:
    """Return the compiled pass of a network as `predict` runs it: one for crops with and without their mirror images.

    Tracing a pass takes longer than reading a photo, so there is only one. The weights are its constants, those of now:
    normalisation is folded into the convolutions, a fifth less time for a crop.

    Returns:
        A function from uint8 (N, 256, 256, 3) and the numbers int32 (M,) of the crops whose mirror image is looked at
        as well to what `forward` answers, traced once for every N and M.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    crops, numbers = tf.TensorSpec((None, *network.input_shape[1:]), tf.uint8), tf.TensorSpec((None,), tf.int32)

    @tf.function(input_signature=[crops, numbers], autograph=False)
    def traced(pictures: Any, mirrored: Any) -> Any:
        return forward(network, tf.cast(pictures, tf.float32), mirrored)

    frozen = convert_variables_to_constants_v2(traced.get_concrete_function())

    def run(pictures: Any, mirrored: Any) -> Any:
        return frozen(tf.convert_to_tensor(pictures), tf.convert_to_tensor(mirrored))

    return run


def _look(
    crops: Sequence[np.ndarray], network: str, is_quick: bool | Sequence[bool] | np.ndarray = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return joints (N, 14, 3) in pixels of the crops, heat maps, and maps from the network's input to the crops."""
    for crop in crops:
        check_photo(crop)
    run, flip_average = _compiled(network)
    is_mirrored = flip_average & ~np.broadcast_to(np.asarray(is_quick, bool), len(crops))
    if len(crops) == 0:
        cells = SIZE // STRIDE
        return (
            np.zeros((0, JOINTS, 3), np.float32),
            np.zeros((0, cells, cells, JOINTS), np.float32),
            np.zeros((0, 2, 3)),
        )
    cut = [crop_square(crop, ((crop.shape[1] - 1) / 2, (crop.shape[0] - 1) / 2, max(crop.shape[:2]))) for crop in crops]
    pictures, transforms = (np.stack(column) for column in zip(*cut, strict=True))
    joints, shares = together(
        ("pose", network),
        lambda part, mirrored: run(part, np.flatnonzero(mirrored).astype(np.int32)),
        _BATCH,
        pictures,
        is_mirrored,
    )
    for found, transform in zip(joints, transforms, strict=True):
        found[:, :2] = transform_points(found[:, :2], transform)
    return joints, shares, transforms


@cache
def _compiled(network: str) -> tuple[Callable[[np.ndarray, np.ndarray], Any], bool]:
    """Return the pass of a published network, and whether mirror images make it better."""
    flip_average = _card(network).flip_average
    return compile_pose(networks.load_network(network)), flip_average


def _card(name: str) -> Card:
    card = load_card(name)
    if card.task != "pose":
        raise ValueError(f"{name!r} is no pose network.")
    return card.check(NAMES)
