"""Public functions with any parameters: a right result or one plain sentence."""

import zipfile
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interp import METHODS, Network, NetworkError, dream, explain, load
from interp.dream import target
from interp.method import Parameter
from tests.interp import networks
from tests.interp.files import file
from tests.support.parameters import NUMBERS, assert_is_sentence, tries

pytestmark = pytest.mark.slow

COUNTS = st.integers(-3, 40) | st.floats(width=16)
SEEDS = st.integers(-1, 3) | st.sampled_from([2**31, 2**63, 2**70])


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(networks.vgg_like(), labels=[f"class {number}" for number in range(networks.CLASSES)])


def values(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Return what a setting may be given as: what it takes, what it refuses, and things of other kinds."""
    if parameter.kind == "choice":
        return st.sampled_from([*parameter.choices, "", "no such choice"])
    return {"int": COUNTS, "float": NUMBERS, "bool": st.booleans() | st.integers(0, 2)}[parameter.kind]


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    method = draw(st.sampled_from(sorted(METHODS)))
    return method, draw(
        st.fixed_dictionaries({}, optional={one.name: values(one) for one in METHODS[method].parameters})
    )


@tries(60)
@given(
    asked=asked(),
    seed=SEEDS,
    target=st.none() | st.integers(-2, 5) | st.sampled_from(["class 1", "class1"]),
    layer=st.sampled_from([None, "relu1", "answer", "relu"]),
)
def test_any_settings_explain_or_are_refused(
    network: Network, asked: tuple[str, dict[str, Any]], seed: int, target: int | str | None, layer: str | None
) -> None:
    method, settings = asked
    (picture,) = networks.pictures(network.model, 1)
    try:
        found = explain(network, picture, method, target, layer, seed=seed, **settings)
    except ValueError as error:
        assert_is_sentence(error)
        return
    assert found.values.ndim == 2
    assert np.isfinite(found.values).all()


DREAMS = {
    "start": st.sampled_from(["noise", "grey", "black"]),
    "octaves": st.integers(-1, 4) | st.floats(width=16),
    "octave_scale": NUMBERS,
    "steps": st.integers(-1, 3) | st.floats(width=16),
    "step_size": NUMBERS,
    "seed": SEEDS,
    "size": st.sampled_from([16, 0, -1, 8, 16.0, (16, 16), (16, 8), (16,)]),
    "frames_every": COUNTS,
    "parameterisation": st.sampled_from(["pixel", "fourier", "other"]),
    "total_variation": NUMBERS,
    "l2": NUMBERS,
    "count": st.integers(-1, 2) | st.floats(width=16),
    "diversity": NUMBERS,
}


@tries(80)
@given(
    settings=st.lists(
        st.sampled_from(sorted(DREAMS)).flatmap(lambda name: st.tuples(st.just(name), DREAMS[name])), max_size=2
    ).map(dict)
)
def test_any_settings_dream_or_are_refused(network: Network, settings: dict[str, Any]) -> None:
    try:
        frames = dream(network, target(1), **{"steps": 2, **settings})
    except ValueError as error:
        assert_is_sentence(error)
        return
    assert [frame.image.dtype for frame in frames][-1] == np.uint8


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("files")
    model = networks.linear()[0]
    return [file(model, folder, ending) for ending in ("keras", "h5")]


def members(data: bytes, change: Any) -> bytes:
    """Return a .keras file with the text of its description changed, its checksums right."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == "config.json" else old.read(name))
    return buffer.getvalue()


@tries(40)
@given(
    kind=st.sampled_from(["keras", "h5", "description"]),
    place=st.floats(0, 1),
    change=st.binary(max_size=8),
    is_cut=st.booleans(),
)
def test_a_changed_network_is_loaded_or_refused(
    files: list[bytes], kind: str, place: float, change: bytes, is_cut: bool
) -> None:
    def changed(data: bytes) -> bytes:
        start = round(place * len(data))
        return data[:start] + change + (b"" if is_cut else data[start + len(change) :])

    data = members(files[0], changed) if kind == "description" else changed(files[kind == "h5"])
    try:
        network = load(data)
    except NetworkError as error:
        assert_is_sentence(error)
        return
    assert network.input_shape[-1]
