"""Small networks, many with answers that are known on paper."""

import keras
import numpy as np
from keras import layers

CLASSES = 5


def vgg_like(side: int = 16, widths: tuple[int, ...] = (6, 8), seed: int = 1) -> keras.Model:
    """Return a random network of convolution blocks, global average pooling and a softmax."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((side, side, 1))
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for block, width in enumerate(widths):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"conv{block}")(x)
        x = layers.BatchNormalization(name=f"norm{block}")(x)
        x = layers.ReLU(name=f"relu{block}")(x)
        x = layers.MaxPooling2D(name=f"pool{block}")(x)
        x = layers.Dropout(0.5, name=f"drop{block}")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax", name="answer")(x))


def linear(side: int = 6) -> tuple[keras.Model, np.ndarray]:
    """Return y = softmax(W x) of a picture and its weights (side, side, classes)."""
    keras.utils.set_random_seed(2)
    inputs = keras.Input((side, side, 1))
    dense = layers.Dense(CLASSES, activation="softmax")
    model = keras.Model(inputs, dense(layers.Flatten()(inputs)))
    return model, dense.get_weights()[0].reshape(side, side, CLASSES)


def cam(side: int = 8, maps: int = 4) -> keras.Model:
    """Return convolution, global average pooling and dense: the network for which CAM is defined."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((side, side, 1))
    x = layers.Conv2D(maps, 3, padding="same", activation="relu", name="maps")(inputs)
    return keras.Model(inputs, layers.Dense(CLASSES, name="answer")(layers.GlobalAveragePooling2D()(x)))


def sequential() -> keras.Model:
    keras.utils.set_random_seed(4)
    return keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.SeparableConv2D(6, 3, activation="relu", name="separable"),
            layers.Flatten(),
            layers.Dense(CLASSES),
            layers.Activation("softmax"),
        ]
    )


def nested() -> keras.Model:
    """Return a head on a backbone that itself holds a Sequential block."""
    keras.utils.set_random_seed(5)
    picture = keras.Input((16, 16, 3))
    block = keras.Sequential([layers.Conv2D(6, 3, name="conv"), layers.ReLU(name="relu")], name="block")
    x = layers.Conv2D(4, 3, activation="relu", name="stem")(picture)
    backbone = keras.Model(picture, block(x), name="backbone")
    inputs = keras.Input((16, 16, 3))
    logits = layers.Dense(CLASSES)(layers.GlobalAveragePooling2D()(backbone(inputs)))
    return keras.Model(inputs, layers.Softmax()(logits))


def residual() -> keras.Model:
    """Return a network with a sum, a shared layer and a product written as an operator."""
    keras.utils.set_random_seed(6)
    inputs = keras.Input((16, 16, 1))
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="first")(inputs)
    shared = layers.Conv2D(8, 3, padding="same", activation="relu", name="shared")
    x = layers.Add(name="sum")([x, shared(shared(x))]) * 0.5
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(layers.GlobalMaxPooling2D()(x)))


def two_outputs() -> keras.Model:
    keras.utils.set_random_seed(7)
    inputs = keras.Input((16, 16, 1))
    x = layers.Conv2D(6, 3, padding="same", activation="relu", name="conv")(inputs)
    pooled = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, [layers.Dense(CLASSES, activation="softmax")(pooled), layers.Dense(2)(pooled)])


def two_inputs() -> keras.Model:
    keras.utils.set_random_seed(8)
    number, picture = keras.Input((3,)), keras.Input((16, 16, 1))
    x = layers.Conv2D(6, 3, padding="same", activation="relu", name="conv")(picture)
    joined = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), number])
    return keras.Model([number, picture], layers.Dense(CLASSES)(joined))


def two_pictures() -> keras.Model:
    """Return a network that tells two pictures apart: a siamese pair, and a convolution for the right one alone."""
    keras.utils.set_random_seed(12)
    left, right = keras.Input((16, 16, 1), name="left"), keras.Input((12, 12, 1), name="right")
    shared = layers.Conv2D(6, 3, padding="same", activation="relu", name="shared")
    own = layers.Conv2D(4, 3, padding="same", activation="relu", name="own")
    pooled = [layers.GlobalAveragePooling2D()(x) for x in (shared(left), shared(right), own(right))]
    return keras.Model([left, right], layers.Dense(CLASSES)(layers.Concatenate()(pooled)))


def wide(policy: str, side: int = 224) -> keras.Model:
    """Return a network on large pictures, whose gradients are small: each pixel's part in a mean of all."""
    keras.utils.set_random_seed(13)
    inputs = keras.Input((side, side, 3))
    x = layers.Rescaling(1 / 255, dtype=policy)(inputs)
    for place in range(3):
        x = layers.Conv2D(8, 3, padding="same", activation="relu", name=f"conv{place}", dtype=policy)(x)
    x = layers.Dense(CLASSES, dtype=policy)(layers.GlobalAveragePooling2D(dtype=policy)(x))
    return keras.Model(inputs, layers.Activation("softmax", dtype="float32")(x))


def one_at_a_time(pictures: int = 1) -> keras.Model:
    """Return a network that reshapes its batch to a fixed number of pictures, as converted ones do."""
    keras.utils.set_random_seed(14)
    inputs = keras.Input(batch_shape=(pictures, 16, 16, 1))
    x = layers.Conv2D(6, 3, activation="relu", name="conv")(inputs)
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(keras.ops.reshape(x, (pictures, 1176))))


def heat_maps() -> keras.Model:
    keras.utils.set_random_seed(9)
    inputs = keras.Input((16, 16, 1))
    x = layers.Conv2D(6, 3, padding="same", activation="relu", name="conv")(inputs)
    return keras.Model(inputs, layers.Conv2D(3, 1, activation="sigmoid", name="heat")(x))


def region(side: int = 16, rows: slice = slice(4, 8), columns: slice = slice(8, 12)) -> keras.Model:
    """Return a network that sums the first channel of one region of a picture and sees nothing else.

    Its layer "maps" hands the picture on.
    """
    inputs = keras.Input((side, side, 2))
    maps = layers.Conv2D(2, 1, use_bias=False, name="maps")
    answer = layers.Dense(1, use_bias=False, name="answer")
    model = keras.Model(inputs, answer(layers.Flatten()(maps(inputs))))
    maps.set_weights([np.eye(2, dtype=np.float32)[None, None]])
    weights = np.zeros((side, side, 2, 1), np.float32)
    weights[rows, columns, 0] = 1
    answer.set_weights([weights.reshape(-1, 1)])
    return model


def handed_on(side: int = 16, maps: int = 2) -> keras.Model:
    """Return a network whose answer is its picture, a stack of heat maps."""
    inputs = keras.Input((side, side, maps))
    layer = layers.Conv2D(maps, 1, use_bias=False, name="heat")
    model = keras.Model(inputs, layer(inputs))
    layer.set_weights([np.eye(maps, dtype=np.float32)[None, None]])
    return model


def keypoints(count: int = 3) -> keras.Model:
    """Return a network that answers with x and y of some keypoints."""
    keras.utils.set_random_seed(10)
    inputs = keras.Input((16, 16, 1))
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(inputs)
    return keras.Model(inputs, layers.Dense(2 * count, name="answer")(layers.Flatten()(x)))


NETWORKS = {
    "functional": vgg_like,
    "linear": lambda: linear()[0],
    "sequential": sequential,
    "nested": nested,
    "residual": residual,
    "two_outputs": two_outputs,
    "heat_maps": heat_maps,
}


def pictures(model: keras.Model, count: int = 3, seed: int = 0) -> np.ndarray:
    """Return random pictures float32 (count, h, w, c) that fit a network's first picture input."""
    shape = next(tensor.shape for tensor in model.inputs if len(tensor.shape) == 4)
    return np.random.default_rng(seed).uniform(0, 255, (count, *(side or 64 for side in shape[1:]))).astype(np.float32)
