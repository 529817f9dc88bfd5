"""The documentation's site, where `requirements-docs.txt` is installed: its pages and links."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from interp import METHODS

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("mkdocs", "material", "mkdocstrings", "latex2mathml")


@pytest.mark.slow
@pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in NEEDED), reason="requirements-docs.txt is not installed"
)
def test_the_site_is_built_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    environment = os.environ | {"DOCS_QUICK": "true", "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    for name, method in METHODS.items():
        page = (tmp_path / "methods" / name / "index.html").read_text(encoding="utf-8")
        assert "<math" in page
        assert method.reference in page
    for name, word in (("reference/interp", "explain"), ("reference/models", "analyse"), ("tutorials/why", "Contrast")):
        assert word in (tmp_path / name / "index.html").read_text(encoding="utf-8")
