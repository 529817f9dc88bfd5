"""What pages and core may import, and what every Streamlit call must carry: read from the source."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "dashboard" / "app_pages").glob("*.py"))
DASHBOARD = sorted((ROOT / "dashboard").rglob("*.py"))
HEAVY = {"keras", "cv2", "tensorflow", "tf_keras_vis"}


def imports(file: Path) -> set[str]:
    """The top-level names of all packages that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def calls(file: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file with its dotted name."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@pytest.mark.parametrize("file", DASHBOARD, ids=lambda file: file.stem)
def test_dashboard_imports_no_network_library(file: Path) -> None:
    assert not imports(file) & HEAVY


@pytest.mark.parametrize("package", ["interp", "models"])
def test_core_imports_no_streamlit(package: str) -> None:
    for file in (ROOT / package).rglob("*.py"):
        assert not imports(file) & {"streamlit", "dashboard"}, file


@pytest.mark.parametrize("file", [file for file in DASHBOARD if file.stem != "cache"], ids=lambda file: file.stem)
def test_caches_stand_in_cache_alone(file: Path) -> None:
    assert ".cache_" not in file.read_text()


def test_caches_are_bounded() -> None:
    tree = ast.parse((ROOT / "dashboard" / "cache.py").read_text())
    decorators = [
        decorator
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if "cache_" in ast.unparse(decorator)
    ]
    assert decorators
    for decorator in decorators:
        assert isinstance(decorator, ast.Call)
        assert "max_entries" in {keyword.arg for keyword in decorator.keywords}


def test_caches_of_photos_belong_to_one_session() -> None:
    tree = ast.parse((ROOT / "dashboard" / "cache.py").read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and {"_data", "_image", "_crop", "_answer"} & {
            arg.arg for arg in node.args.args
        }:
            assert any("scope='session'" in ast.unparse(decorator) for decorator in node.decorator_list), node.name


@pytest.mark.parametrize("file", DASHBOARD, ids=lambda file: file.stem)
def test_pictures_and_charts_have_words(file: Path) -> None:
    for name, call in calls(file):
        place, _, command = name.rpartition(".")
        drawn = command in {"image", "plotly_chart", "dataframe"} and place and place != "cache"
        if drawn or command in {"hotspots", "gallery"}:
            assert "alt" in {keyword.arg for keyword in call.keywords}, f"line {call.lineno}"


def test_drawing_the_page_waits_for_no_network_library() -> None:
    code = "import sys; from dashboard import cache, controls, inspect_views, views; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
