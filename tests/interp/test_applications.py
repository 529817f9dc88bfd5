"""Methods on architectures that people use, with random weights."""

import keras
import numpy as np
import pytest

from interp import METHODS, Network, explain

QUICK = {
    "integrated_gradients": {"steps": 4},
    "occlusion": {"patch": 32, "stride": 32},
    "rise": {"masks": 8},
    "score_cam": {"channels": 8},
    "smooth_grad": {"samples": 4},
    "var_grad": {"samples": 4},
}
LAYERS = {  # a layer of more than a few pixels, so that a map has something to show
    "MobileNetV3Small": "expanded_conv_3_project_bn",
    "EfficientNetB0": "block3b_add",
    "ResNet50": "conv3_block4_out",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYERS)
def test_every_method_explains_an_application(name):
    keras.utils.set_random_seed(0)
    network = Network(getattr(keras.applications, name)(weights=None, input_shape=(64, 64, 3), classes=4))
    assert network.layer(network.default_layer).output_shape[:2] == (2, 2)
    picture = np.random.default_rng(0).uniform(0, 255, (64, 64, 3)).astype(np.float32)
    for method in METHODS.values():
        # One kind of layer pass less to trace: the slow part of this test.
        explanation = explain(network, picture, method.name, target=1, layer=LAYERS[name], **QUICK.get(method.name, {}))
        shape = network.layer(LAYERS[name]).output_shape[:2] if method.needs_layer else (64, 64)
        assert explanation.values.shape == shape
        assert np.isfinite(explanation.values).all()
        # A random network's answer can be so flat that squares of its gradient vanish, or fall with every map.
        assert method.name in ("var_grad", "score_cam") or not explanation.is_blank
