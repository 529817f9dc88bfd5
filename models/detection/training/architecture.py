"""The detector's graph: a flat functional Keras model whose input is RGB pixels of 0 … 255."""

from collections.abc import Collection, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers

STRIDE = 8
NORM = "norm_"
FEATURES = ("sum8_2", "sum16_2", "sum32_2")
"""Layers of `centre_network`, of stride 8, 16 and 32, on whose maps the people's head rests."""


def centre_network(
    stem: tuple[int, int] = (16, 24),
    widths: tuple[int, ...] = (48, 96, 128),
    depths: tuple[int, ...] = (2, 2, 2),
    neck: int = 48,
    head: int = 32,
    normalised: bool = True,
    name: str = "detector",
) -> keras.Model:
    """Convolutions down to stride 32, merged back up to one map of stride 8 that says where faces are.

    One cell of the map answers for the face whose centre it holds (CenterNet, Zhou et al. 2019, arXiv:1904.07850;
    CenterFace, Xu et al. 2019, arXiv:1911.03599). Coarse maps, which see the whole face, are added to the fine ones,
    which see where it is (feature pyramid, Lin et al. 2017, arXiv:1612.03144). Plain 3×3 convolutions: on a CPU they
    take less time an operation than depthwise ones.

    Args:
        stem: channels of the two first convolutions, each of stride 2.
        widths: channels at stride 8, 16 and 32.
        depths: residual convolutions at each of them.
        neck: channels of the merged map.
        head: channels of the last hidden map of scores, and of boxes and marks.
        normalised: with batch normalisation, as in training; `fold` turns it into the biases of a network without.
        name: of the model.

    Returns:
        A model from float32 (N, H, W, 3) of 0 … 255, H and W multiples of 32, to a list of three maps of
        (N, H / 8, W / 8, …): "scores" (…, 1), the probability that a face's centre is here; "boxes" (…, 4) and "marks"
        (…, 10), to be read by `models.detection.decode_faces`.
    """

    def convolve(
        x: keras.KerasTensor, channels: int, title: str, kernel: int = 3, stride: int = 1
    ) -> keras.KerasTensor:
        x = layers.Conv2D(
            channels,
            kernel,
            stride,
            padding="same",
            use_bias=not normalised,
            kernel_initializer="he_normal",
            name=title,
        )(x)
        if normalised:
            x = layers.BatchNormalization(momentum=0.97, name=NORM + title)(x)
        return layers.ReLU(name=f"relu_{title}")(x)

    pixels = keras.Input((None, None, 3), name="pixels")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(pixels)
    for number, channels in enumerate(stem, 1):
        x = convolve(x, channels, f"stem{number}", stride=2)
    levels = []
    for level, (channels, depth) in enumerate(zip(widths, depths, strict=True)):
        stride = STRIDE * 2**level
        x = convolve(x, channels, f"shrink{stride}", stride=2)
        for step in range(1, depth + 1):
            x = layers.Add(name=f"sum{stride}_{step}")([x, convolve(x, channels, f"conv{stride}_{step}")])
        levels.append((stride, x))
    stride, x = levels.pop()
    x = convolve(x, neck, f"lateral{stride}", kernel=1)
    for stride, level_map in reversed(levels):
        x = layers.UpSampling2D(2, name=f"enlarge{stride}")(x)
        x = layers.Add(name=f"merge{stride}")([x, convolve(level_map, neck, f"lateral{stride}", kernel=1)])
    x = convolve(x, neck, "merged")
    where = convolve(x, head, "where")
    shape = convolve(x, head, "shape")
    rare = keras.initializers.Constant(-3.0)  # faces are rare: else the first steps only unlearn them
    small = keras.initializers.RandomNormal(stddev=0.01)
    options = {"dtype": "float32", "kernel_initializer": small}
    scores = layers.Conv2D(1, 1, activation="sigmoid", bias_initializer=rare, name="scores", **options)(where)
    boxes = layers.Conv2D(4, 1, name="boxes", **options)(shape)
    marks = layers.Conv2D(10, 1, name="marks", **options)(shape)
    return keras.Model(pixels, [scores, boxes, marks], name=name)


def people_head(
    maps: Sequence[keras.KerasTensor],
    widths: tuple[int, int] = (64, 96),
    depth: int = 3,
    where: int = 32,
    normalised: bool = True,
) -> list[keras.KerasTensor]:
    """A second head on the maps of a `centre_network`, for people, with one map of stride 16.

    People are larger than their faces, so coarser maps do, and cost little. The maps of stride 8 are those that know
    least of faces, so the head goes down to stride 32 by convolutions of its own, to which those of the face add.

    Args:
        maps: of `FEATURES`.
        widths: channels at stride 16 and 32.
        depth: residual convolutions at stride 32.
        where: channels of the last hidden map of scores, and of boxes.
        normalised: as of `centre_network`.

    Returns:
        "people_scores" (…, 1), the probability that the middle of a person's box is here, and "people_boxes" (…, 4).
    """

    def convolve(x: keras.KerasTensor, channels: int, title: str, stride: int = 1) -> keras.KerasTensor:
        title = f"people_{title}"
        options = {"padding": "same", "use_bias": not normalised, "kernel_initializer": "he_normal"}
        x = layers.Conv2D(channels, 3, stride, name=title, **options)(x)
        if normalised:
            x = layers.BatchNormalization(momentum=0.97, name=NORM + title)(x)
        return layers.ReLU(name=f"relu_{title}")(x)

    def add(title: str, *parts: keras.KerasTensor) -> keras.KerasTensor:
        return layers.Add(name=f"people_{title}")(list(parts))

    eighth, fine, coarse = maps
    narrow, wide = widths
    x = add("merge16", convolve(eighth, narrow, "shrink16", 2), convolve(fine, narrow, "lateral16"))
    middle = add("sum16_1", x, convolve(x, narrow, "conv16_1"))
    x = add("merge32", convolve(middle, wide, "shrink32", 2), convolve(coarse, wide, "lateral32"))
    for step in range(1, depth + 1):
        x = add(f"sum32_{step}", x, convolve(x, wide, f"conv32_{step}"))
    x = layers.UpSampling2D(2, name="people_enlarge16")(convolve(x, narrow, "back32"))
    x = add("both16", middle, x)
    x = convolve(x, narrow, "merged")
    rare = keras.initializers.Constant(-3.0)
    small = keras.initializers.RandomNormal(stddev=0.01)
    options = {"dtype": "float32", "kernel_initializer": small}
    scores = layers.Conv2D(1, 1, activation="sigmoid", bias_initializer=rare, name="people_scores", **options)
    boxes = layers.Conv2D(4, 1, name="people_boxes", **options)
    return [scores(convolve(x, where, "where")), boxes(convolve(x, where, "shape"))]


def people_network(detector: keras.Model, **sizes: Any) -> keras.Model:
    """Return an untrained people's head alone, whose inputs are the maps `FEATURES` of a detector.

    Args:
        detector: of faces.
        sizes: widths, depth and where of `people_head`.
    """
    maps = [keras.Input((None, None, detector.get_layer(name).output.shape[-1]), name=name) for name in FEATURES]
    return keras.Model(maps, people_head(maps, **sizes), name="people")


def with_people(detector: keras.Model, head: keras.Model, **sizes: Any) -> keras.Model:
    """Return a detector with a people's head as further outputs; the face head's weights stay what they are.

    Args:
        detector: of faces, without batch normalisation; a people's head that it has already is left out.
        head: trained, of `people_network`.
        sizes: of the head, as it was built.
    """
    maps = [detector.get_layer(name).output for name in FEATURES]
    outputs = [*detector.outputs[:3], *people_head(maps, **sizes, normalised=False)]
    joined = keras.Model(detector.input, outputs, name=detector.name)
    return fold(head, joined, {layer.name for layer in head.layers if layer.name.startswith("people_")})


def fold(trained: keras.Model, bare: keras.Model, names: Collection[str] | None = None) -> keras.Model:
    """Write a trained network's weights into its twin without batch normalisation, which computes the same faster.

    γ (w·x − μ) / σ + β is one convolution with the kernel γ w / σ and the bias β − γ μ / σ.

    Args:
        trained: from `centre_network`.
        bare: from `centre_network` with normalised=False and the same sizes; its weights are replaced.
        names: the layers whose weights are replaced. Defaults to all.

    Returns:
        `bare`.
    """
    norms = {layer.name: layer for layer in trained.layers if layer.name.startswith(NORM)}
    for layer in bare.layers:
        if not layer.weights or (names is not None and layer.name not in names):
            continue
        weights = trained.get_layer(layer.name).get_weights()
        norm = norms.get(NORM + layer.name)
        if norm is not None:
            gamma, beta, mean, variance = (value.astype(np.float64) for value in norm.get_weights())
            factor = gamma / np.sqrt(variance + norm.epsilon)
            weights = [weights[0] * factor, beta - factor * mean]
        layer.set_weights([value.astype(np.float32) for value in weights])
    return bare
