"""From the faces of a scene to what the network shall answer in every cell."""

import numpy as np

from models.detection import STRIDE, USUAL_SIDE

# A face's Gaussian on the heat map has 0.54 / 6 of the box's sides as deviations (Liu et al. 2020, arXiv:1909.00700).
_SPREAD = 0.54 / 6
_LEAST_SPREAD = 0.45  # cells
_NEGLIGIBLE = 0.05


def encode(
    boxes: np.ndarray,
    marks: np.ndarray,
    ignored: np.ndarray,
    height: int,
    width: int,
    stride: int = STRIDE,
    usual: float = USUAL_SIDE,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Targets of one scene.

    Args:
        boxes: float (n, 4), x, y, width, height of the faces; their centres lie within the scene.
        marks: float (n, 5, 2), NaN where they are not known.
        ignored: float (m, 4), boxes within which no cell is taken for background.
        height, width: of the scene in pixels, multiples of the stride.
        stride: pixels between two cells. Defaults to 8.
        usual: pixels of a side that is written as 0. Defaults to 32.

    Returns:
        Three float32 maps of (height / stride, width / stride, …): heat (…, 2), a Gaussian that is 1 in each face's own
        cell, and 1 where the cell counts; boxes (…, 5), in the form that `models.detection.decode_faces` reads, and a
        weight; marks (…, 11), likewise. The weights of a face sum to 1.
    """
    rows, columns = height // stride, width // stride
    heat = np.zeros((rows, columns, 2), np.float32)
    heat[..., 1] = 1
    shape = np.zeros((rows, columns, 5), np.float32)
    points = np.zeros((rows, columns, 11), np.float32)
    for x, y, w, h in ignored:
        left, top = max(0, int(x // stride)), max(0, int(y // stride))
        heat[top : max(0, int(-(-(y + h) // stride))), left : max(0, int(-(-(x + w) // stride))), 1] = 0
    if len(boxes) == 0:
        return heat, shape, points
    boxes = np.asarray(boxes, np.float32)
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    own = np.clip((centres // stride).astype(int), 0, [columns - 1, rows - 1])  # (n, 2) column, row
    spread = np.maximum(boxes[:, 2:] / stride * _SPREAD, _LEAST_SPREAD)
    across = np.exp(-0.5 * ((np.arange(columns) - own[:, :1]) / spread[:, :1]) ** 2)  # (n, columns)
    down = np.exp(-0.5 * ((np.arange(rows) - own[:, 1:]) / spread[:, 1:]) ** 2)
    gaussians = (down[:, :, None] * across[:, None, :]).astype(np.float32)  # (n, rows, columns)
    heat[..., 0] = gaussians.max(axis=0)
    owner = gaussians.argmax(axis=0)  # the face whose Gaussian is highest
    owner[own[:, 1], own[:, 0]] = np.arange(len(boxes))
    heat[own[:, 1], own[:, 0], 1] = 1

    weight = np.where(heat[..., 0] > _NEGLIGIBLE, heat[..., 0], 0)
    total = np.bincount(owner.ravel(), weights=weight.ravel(), minlength=len(boxes))
    weight = weight / np.maximum(total, 1e-6)[owner]
    grid = np.stack(np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5), axis=-1) * stride  # cells' centres
    size = boxes[:, 2:]
    shape[..., :2] = (centres[owner] - grid) / size[owner]
    shape[..., 2:4] = np.log(size / usual)[owner]
    shape[..., 4] = weight
    known = np.isfinite(marks).all(axis=(1, 2))
    side = np.sqrt(size.prod(axis=1))
    relative = np.nan_to_num((marks - centres[:, None]) / side[:, None, None]).reshape(len(boxes), 10)
    points[..., :10] = relative[owner]
    points[..., 10] = weight * known[owner]
    return heat, shape, points
