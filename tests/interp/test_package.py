"""The package as a whole."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import interp

ROOT = Path(__file__).parents[2]
HEAVY = ("tensorflow", "keras", "tf_keras_vis", "scipy.stats")


def run(code: str, folder: Path = ROOT) -> str:
    """Return what a piece of code prints in a new interpreter."""
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True).stdout


def test_interp_imports_neither_streamlit_nor_models_nor_dashboard():
    code = (
        "import pkgutil, sys, importlib, interp\n"
        "for module in pkgutil.walk_packages(interp.__path__, 'interp.'): importlib.import_module(module.name)\n"
        f"print([name for name in ('streamlit', 'models', 'dashboard', *{HEAVY}) if name in sys.modules])\n"
    )
    assert run(code).strip() == "[]"


def test_what_methods_say_of_themselves_is_read_without_tensorflow():
    code = (
        "import sys\n"
        "from interp import METHODS, Class, Network, dream, explain, load\n"
        "told = [(method.label, method.formula, method.parameters) for method in METHODS.values()]\n"
        f"print(len(told), [name for name in {HEAVY} if name in sys.modules])\n"
    )
    assert run(code).strip() == f"{len(interp.METHODS)} []"


def test_every_public_name_exists():
    assert all(hasattr(interp, name) for name in interp.__all__)


@pytest.mark.slow
def test_the_contributors_guides_method_is_found_by_being_there(tmp_path):
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = guide[guide.index("## Add a method") : guide.index("## Add a network")]
    source = re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]
    shutil.copytree(ROOT / "interp", tmp_path / "interp", ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("models", "tests"):
        (tmp_path / package).symlink_to(ROOT / package)
    (tmp_path / "interp" / "methods" / "squared_gradient.py").write_text(source, encoding="utf-8")
    code = (
        "import numpy as np\n"
        "from interp import METHODS, Network, explain\n"
        "from tests import readme\n"
        "from tests.interp import networks, test_methods_contract\n"
        "print(list(METHODS))\n"
        "print(readme.methods_table())\n"
        "print(sum(case.values[0].name == 'squared_gradient' for case in test_methods_contract.cases()))\n"
        "model, weights = networks.linear()\n"
        "x = networks.pictures(model)[0]\n"
        "values = explain(Network(model), x, 'squared_gradient', target=2, scale=3.0).values\n"
        "print(np.allclose(values, 3 * weights[..., 2] ** 2, rtol=1e-4))\n"
    )
    names, *table, cases, is_right = run(code, tmp_path).strip().splitlines()
    found = names.strip("[]").replace("'", "").split(", ")
    assert found[found.index("saliency") + 1] == "squared_gradient"
    assert set(found) == {*interp.METHODS, "squared_gradient"}
    assert any(row.startswith("| `squared_gradient` Squared gradient | Which pixels") for row in table)
    assert int(cases) > 5
    assert is_right == "True"
