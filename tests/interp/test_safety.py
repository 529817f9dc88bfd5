"""What a saved network's description may not ask for is refused before Keras reads it."""

import keras
import pytest
from keras import layers

from interp.loading import NetworkError, check_file
from interp.safety import UNSAFE, UnsafeError, refuse_unsafe
from tests.interp import networks
from tests.interp.files import file, rewritten


def layer(kind: str, module: str = "keras.layers", registered: str | None = None, **settings: object) -> dict:
    inner = {"class_name": kind, "module": module, "registered_name": registered, "config": settings}
    return {"class_name": "Functional", "module": "keras", "config": {"layers": [inner]}}


@pytest.mark.parametrize("build", [networks.vgg_like, networks.sequential, networks.nested, networks.residual])
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_usual_networks_pass(build, ending, tmp_path):
    check_file(file(build(), tmp_path, ending))


def test_a_network_that_was_compiled_passes(tmp_path):
    model = networks.vgg_like()
    model.compile(keras.optimizers.AdamW(), keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    check_file(file(model, tmp_path))


def test_every_layer_of_keras_that_explains_pictures_passes(tmp_path):
    inputs = keras.Input((16, 16, 3))
    x = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 1.0, 1.0])(inputs / 255.0)
    x = layers.RandomFlip()(layers.RandomRotation(0.1)(x))
    x = layers.Conv2D(4, 3, kernel_regularizer="l2", activation=keras.activations.gelu)(x)
    x = keras.ops.mean(x * 2.0, axis=(1, 2))
    check_file(file(keras.Model(inputs, layers.Dense(2)(x)), tmp_path))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (layer("Lambda"), "Lambda layer"),
        (layer("Dense", activation={"class_name": "__lambda__", "config": {"value": "eA=="}}), "Lambda layer"),
        (layer("TFSMLayer", filepath="/etc"), "not done for safety"),
        (layer("StringLookup", vocabulary="/etc/passwd"), "not done for safety"),
        (layer("get_file", "keras.src.utils.file_utils"), "not done for safety"),
        (layer("load_model", "keras.saving"), "not done for safety"),
        (layer("Popen", "subprocess"), "needs 'Popen'"),
        (layer("Gate", "my_code.layers", "My>Gate"), "needs 'Gate'"),
        (layer("Dense", units=10**9), "units is 1,000,000,000"),
        (layer("UpSampling2D", size=[2, 10**6]), "size is 1,000,000"),
        (layer("InputLayer", batch_shape=[None, 10**6, 10**6, 3]), "batch shape"),
        (layer("Reshape", target_shape=[float("inf")]), "target shape"),
    ],
)
def test_what_is_not_done_is_refused_in_a_sentence(config, message):
    with pytest.raises(UnsafeError, match=message):
        refuse_unsafe(config)


def test_too_many_layers_are_refused():
    config = {"config": {"layers": [layer("ReLU")["config"]["layers"][0]] * 6000}}
    with pytest.raises(UnsafeError, match="more than 5,000 layers"):
        refuse_unsafe(config)


def test_a_description_that_is_nested_deeply_is_read_without_recursion():
    config: dict = {"class_name": "Lambda"}
    for _ in range(100_000):
        config = {"config": config}
    with pytest.raises(UnsafeError, match="Lambda"):
        refuse_unsafe(config)


def test_an_archive_with_other_members_is_refused():
    refuse_unsafe({}, ["config.json", "metadata.json", "model.weights.h5"])
    for name in ("assets/vocabulary.txt", "../../etc/cron.d/x", "/etc/passwd"):
        with pytest.raises(UnsafeError, match="not done for safety"):
            refuse_unsafe({}, ["config.json", name])


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_file_is_refused_for_its_description_alone(ending, tmp_path):
    data = file(networks.vgg_like(), tmp_path, ending)
    with pytest.raises(NetworkError, match="Lambda layer"):
        check_file(rewritten(data, lambda config: layer("Lambda")))
    assert UNSAFE.endswith(".")


def test_what_is_never_read_passes():
    own = {"class_name": "Loss", "module": "my_code", "registered_name": "My>Loss", "config": {}}
    refuse_unsafe({"class_name": "Functional", "module": "keras", "config": {}, "compile_config": {"loss": own}})
    refuse_unsafe(layer("Dense", kernel_initializer=own))
    with pytest.raises(UnsafeError, match="needs 'Loss'"):
        refuse_unsafe(layer("Dense", kernel_initializer=own), is_mended=False)
    with pytest.raises(UnsafeError, match="needs 'Loss'"):
        refuse_unsafe(layer("Dense", activation=own))
