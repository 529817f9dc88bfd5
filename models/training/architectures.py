"""The networks' graphs: flat functional Keras models whose input is grey pixels of 0 … 255."""

import keras
from keras import layers


def vgg_like(
    widths: tuple[int, ...] = (32, 64, 128, 256),
    depths: tuple[int, ...] = (1, 2, 2, 2),
    classes: int = 7,
    size: int = 48,
    dropout: float = 0.3,
    name: str = "emotion",
) -> keras.Model:
    """A plain stack of 3×3 convolutions with batch normalisation and global average pooling.

    The head is one dense layer on the pooled maps, so class activation maps (Zhou et al. 2016, arXiv:1512.04150) are
    exact and Grad-CAM at the last convolution equals them up to a constant. The plan of the blocks follows VGG
    (Simonyan and Zisserman 2015, arXiv:1409.1556).

    Args:
        widths: channels of each block; max pooling halves the maps between blocks.
        depths: convolutions of each block.
        classes: number of outputs.
        size: side of the input in pixels.
        dropout: share of pooled channels dropped in training.
        name: of the model.

    Returns:
        A model from float32 (N, size, size, 1) of 0 … 255 to probabilities (N, classes). The layer "pooled" holds the
        features, "logits" the scores before softmax.
    """
    pixels = keras.Input((size, size, 1), name="pixels")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(pixels)
    for block, (width, depth) in enumerate(zip(widths, depths, strict=True), 1):
        for step in range(1, depth + 1):
            x = layers.Conv2D(
                width, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"conv{block}_{step}"
            )(x)
            x = layers.BatchNormalization(momentum=0.95, name=f"norm{block}_{step}")(x)
            x = layers.ReLU(name=f"relu{block}_{step}")(x)
        if block < len(widths):
            x = layers.MaxPooling2D(name=f"pool{block}")(x)
    x = layers.GlobalAveragePooling2D(name="pooled")(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    x = layers.Dense(classes, name="logits", dtype="float32")(x)
    x = layers.Softmax(name="probabilities", dtype="float32")(x)
    return keras.Model(pixels, x, name=name)
