"""The package as a whole."""

import subprocess
import sys
from pathlib import Path

import interp

ROOT = Path(__file__).parents[2]


def test_interp_imports_neither_streamlit_nor_models_nor_dashboard():
    code = (
        "import pkgutil, sys, importlib, interp\n"
        "for module in pkgutil.walk_packages(interp.__path__, 'interp.'): importlib.import_module(module.name)\n"
        "print([name for name in ('streamlit', 'models', 'dashboard', 'tf_keras_vis') if name in sys.modules])\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_every_public_name_exists():
    assert all(hasattr(interp, name) for name in interp.__all__)
