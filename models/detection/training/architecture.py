"""The detector's graph: a flat functional Keras model whose input is RGB pixels of 0 … 255."""

import keras
import numpy as np
from keras import layers

STRIDE = 8
NORM = "norm_"


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


def fold(trained: keras.Model, bare: keras.Model) -> keras.Model:
    """Write a trained network's weights into its twin without batch normalisation, which computes the same faster.

    γ (w·x − μ) / σ + β is one convolution with the kernel γ w / σ and the bias β − γ μ / σ.

    Args:
        trained: from `centre_network`.
        bare: from `centre_network` with normalised=False and the same sizes; its weights are replaced.

    Returns:
        `bare`.
    """
    norms = {layer.name: layer for layer in trained.layers if layer.name.startswith(NORM)}
    for layer in bare.layers:
        if not layer.weights:
            continue
        weights = trained.get_layer(layer.name).get_weights()
        norm = norms.get(NORM + layer.name)
        if norm is not None:
            gamma, beta, mean, variance = (value.astype(np.float64) for value in norm.get_weights())
            factor = gamma / np.sqrt(variance + norm.epsilon)
            weights = [weights[0] * factor, beta - factor * mean]
        layer.set_weights([value.astype(np.float32) for value in weights])
    return bare
