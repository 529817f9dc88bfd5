"""Attribution: a contract that every method of the registry keeps on every kind of network."""

import dataclasses

import keras
import numpy as np
import pytest

from interp import METHODS, Class, Network, diagnose, explain
from tests.interp import networks

QUICK = {
    "integrated_gradients": {"steps": 5},
    "rise": {"masks": 40},
    "smooth_grad": {"samples": 5},
    "var_grad": {"samples": 5},
}
BUILT: dict[str, Network] = {}


def built(name: str) -> Network:
    """Return a network of a kind, built once: the methods share its compiled passes."""
    if name not in BUILT:
        BUILT[name] = Network(networks.NETWORKS[name]())
    return BUILT[name]


@pytest.fixture(scope="module", autouse=True)
def _let_go():
    yield
    BUILT.clear()


def attribute(network, x, method, target=0, **settings):
    return explain(network, x, method, target=target, **QUICK.get(method, {}) | settings)


def cases():
    for method in METHODS.values():
        for name in networks.NETWORKS:
            if not (method.needs_layer and name == "linear"):
                marks = [] if name == "functional" else [pytest.mark.slow]  # each method stays in the quick tests once
                yield pytest.param(method, name, id=f"{method.name}-{name}", marks=marks)


def scaled(values: np.ndarray) -> np.ndarray:
    return values / max(np.abs(values).max(), 1e-12)


@pytest.mark.parametrize(("method", "name"), list(cases()))
def test_every_method_keeps_the_contract_on_every_network(method, name):
    network = built(name)
    x = networks.pictures(network.model)
    before = x.copy()
    weights = [weight.copy() for weight in network.model.get_weights()]
    answers = keras.tree.flatten(network.model(x, training=False))
    batch = attribute(network, x, method.name)
    assert batch.values.dtype == np.float32
    assert batch.values.ndim == 3
    assert len(batch.values) == len(batch.score) == 3
    assert np.isfinite(batch.values).all()
    assert method.signed or batch.values.min() >= 0
    assert batch.signed == method.signed
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(batch.values, attribute(network, x, method.name).values)
    for index, picture in enumerate(x):
        single = attribute(network, picture, method.name)
        # Passes of other sizes round otherwise: the scores' last digits, so those of their differences.
        limit = 1e-4 * np.abs(batch.values).max() + 1e-5 * np.abs(batch.score).max()
        np.testing.assert_allclose(single.values, batch.values[index], rtol=1e-3, atol=limit)
        assert single.score == pytest.approx(batch.score[index], rel=1e-4, abs=1e-5)
    for weight, own in zip(weights, network.model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, own)
    for answer, own in zip(answers, keras.tree.flatten(network.model(x, training=False)), strict=True):
        np.testing.assert_array_equal(answer, own)


def test_nothing_is_traced_after_the_first_call():
    traces = []

    class Counting(Network):
        def run(self, inputs, hook=None):
            traces.append(len(inputs))
            return super().run(inputs, hook)

    network = Counting(networks.vgg_like())
    x = networks.pictures(network.model, 3)
    for method in METHODS:
        attribute(network, x[0], method)
    warm, kept = len(traces), network.kept
    assert len(kept) <= 8
    for method in METHODS:
        attribute(network, x, method, target=[3, 1, 2], seed=5)
        attribute(network, x[:2], method, target=Class(4))
    assert len(traces) == warm
    assert network.kept == kept


def randomised(model: keras.Model, layer: str | None = None) -> None:
    """Shuffle every weight, or the weights of one layer."""
    rng = np.random.default_rng(0)
    part = model if layer is None else model.get_layer(layer)
    part.set_weights([rng.permutation(weight.ravel()).reshape(weight.shape) for weight in part.get_weights()])


@pytest.fixture(scope="module")
def maps_before_and_after():
    """The maps of every method before and after all weights were shuffled."""
    network = Network(networks.vgg_like())
    x = networks.pictures(network.model)

    def maps():
        return {method: attribute(network, x, method, target=3, layer="relu0").values for method in METHODS}

    before = maps()
    randomised(network.model)
    after = maps()
    return {method: (before[method], after[method]) for method in METHODS}


@pytest.mark.parametrize("method", METHODS)
def test_randomised_weights_change_the_map(method, maps_before_and_after):
    before, after = maps_before_and_after[method]
    assert before.any()
    assert np.abs(scaled(before) - scaled(after)).max() > 0.05


def test_guided_backpropagation_hardly_minds_a_random_head_but_input_times_gradient_does():
    """What Adebayo et al. 2018 found: the reason why the method's own text warns of it."""
    model = networks.vgg_like(widths=(16, 16))
    network = Network(model)
    x = networks.pictures(model, 4)
    kept = {}
    methods = ("guided_backpropagation", "input_gradient")
    before = {method: attribute(network, x, method).values for method in methods}
    randomised(model, "answer")
    for method in methods:
        after = attribute(network, x, method).values
        kept[method] = abs(np.corrcoef(before[method].ravel(), after.ravel())[0, 1])
    assert kept["guided_backpropagation"] > 0.6
    assert kept["guided_backpropagation"] > 2 * kept["input_gradient"]
    assert "sanity check" in METHODS["guided_backpropagation"].summary


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_method_says_what_it_is(method):
    assert METHODS[method.name] is method
    assert method.label
    assert method.summary.endswith(".")
    assert "arXiv" in method.reference or "doi" in method.reference
    assert method.compute.__doc__
    for part in ("Args:", "Returns:", "Reference:"):
        assert part in method.compute.__doc__
    for parameter in method.parameters:
        assert parameter.check(parameter.default) == parameter.default
        assert parameter.label
        assert parameter.help.endswith(".")
        assert f"{parameter.name}:" in method.compute.__doc__
        assert parameter.kind in ("bool", "choice") or parameter.maximum > parameter.minimum


def test_methods_take_several_inputs():
    model = networks.two_inputs()
    network = Network(model)
    x = [np.ones((2, 3), np.float32), networks.pictures(model, 2)]
    for method in METHODS:
        assert attribute(network, x, method, target=1).values.shape == (2, 16, 16)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_of_two_pictures_the_chosen_one_is_explained_by_layers_that_see_it(method):
    model = networks.two_pictures()
    rng = np.random.default_rng(0)
    x = [rng.uniform(0, 255, (2, side, side, 1)).astype(np.float32) for side in (16, 12)]
    for picture, layer, side in (("left", "shared:2", 16), ("right", "shared", 12)):
        network = Network(model, picture=picture)
        assert network.default_layer == layer
        batch = attribute(network, x, method.name, target=1)
        assert batch.values.shape == (2, side, side)
        # What is explained of one picture does not hang on the other: the answer is a sum of terms of each.
        other = [array if name == picture else array[::-1] for name, array in zip(("left", "right"), x, strict=True)]
        again = attribute(network, other, method.name, target=1).values
        np.testing.assert_allclose(again, batch.values, rtol=1e-3, atol=2e-4 * np.abs(batch.values).max())
    if method.needs_layer:
        with pytest.raises(ValueError, match="sees nothing of the picture 'left'"):
            explain(Network(model), x, method.name, layer="own")
        with pytest.raises(ValueError, match="sees nothing of the picture 'right'"):
            explain(Network(model, picture=1), x, method.name, layer="shared:2")


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_a_network_that_takes_one_picture_alone_explains_several(method):
    network = Network(networks.one_at_a_time())
    x = networks.pictures(network.model)
    np.testing.assert_allclose(network.predict(x[1]), network.model(x[1:2]), rtol=1e-5)
    batch = attribute(network, x, method, target=[0, 1, 2])
    for index, values in enumerate(batch.values):
        single = attribute(network, x[index], method, target=index)
        np.testing.assert_allclose(values, single.values, rtol=1e-4, atol=1e-5 * np.abs(single.values).max())


@pytest.mark.slow
@pytest.mark.parametrize("method", ["saliency", "input_gradient"])
def test_gradients_of_half_precision_are_not_rounded_to_zero(method):
    single, half = (Network(networks.wide(policy)) for policy in ("float32", "mixed_float16"))
    half.model.set_weights(single.model.get_weights())
    x = networks.pictures(single.model, 1)
    expected, found = (attribute(network, x, method, target=2).values for network in (single, half))
    assert np.isfinite(found).all()
    for mine, theirs in zip(found, expected, strict=True):
        assert np.corrcoef(mine.ravel(), theirs.ravel())[0, 1] > 0.98
        assert np.abs(mine).sum() == pytest.approx(np.abs(theirs).sum(), rel=0.05)


def test_gradients_of_half_precision_that_would_overflow_are_scaled_less():
    model = networks.wide("mixed_float16", side=16)
    kernel, bias = model.layers[-2].get_weights()
    model.layers[-2].set_weights([kernel * 3000, bias])
    values = explain(Network(model), networks.pictures(model, 1)[0], "saliency", target=2).values
    assert np.isfinite(values).all()
    assert values.any()


@pytest.mark.parametrize("layer", ["conv0", "relu1"])
@pytest.mark.parametrize("method", METHODS)
def test_a_pixel_that_is_no_number_spoils_its_own_picture_alone(method, layer):
    network = built("functional")
    x = networks.pictures(network.model, 2)
    expected = attribute(network, x[1], method, layer=layer).values
    x[0, 3, 3] = np.nan
    both = attribute(network, x, method, layer=layer)
    np.testing.assert_allclose(both.values[1], expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    first = dataclasses.replace(both, values=both.values[0], score=float(both.score[0]))
    assert diagnose(network, x[0], first).finding == "not finite"


def test_each_picture_of_a_large_batch_keeps_its_own_target():
    model = networks.vgg_like()
    network = Network(model)
    x = networks.pictures(model, 70)
    targets = [index % networks.CLASSES for index in range(70)]
    steps = []
    whole = explain(network, x, "saliency", target=targets).values
    slow = attribute(network, x, "smooth_grad", target=targets, on_step=lambda *step: steps.append(step)).values
    assert steps == [(5 * count, 350) for count in range(1, 71)]
    for index in (0, 33, 69):
        for method, values in (("saliency", whole), ("smooth_grad", slow)):
            single = attribute(network, x[index], method, target=targets[index]).values
            np.testing.assert_allclose(values[index], single, rtol=1e-3, atol=1e-4 * single.max())
    for count in (33, 40):
        with pytest.raises(ValueError, match="one class for each of the 70 pictures"):
            explain(network, x, "saliency", target=targets[:count])
