"""What pages and core may import, and what every Streamlit call must carry: read from the source."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.tasks import TASKS

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = sorted((ROOT / "dashboard").rglob("*.py"))
PUBLIC_STORES = {"channel_dreams", "common_findings"}
"""Stores for all sessions: they show no photo but samples."""
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


def modules(file: Path) -> set[str]:
    """The dotted names of all modules and their members that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def calls(file: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a file with its dotted name."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@pytest.mark.parametrize("file", DASHBOARD, ids=lambda file: str(file.relative_to(ROOT / "dashboard")))
def test_dashboard_imports_no_network_library(file: Path) -> None:
    assert not imports(file) & HEAVY


@pytest.mark.parametrize("package", ["interp", "models"])
def test_core_imports_no_streamlit(package: str) -> None:
    for file in (ROOT / package).rglob("*.py"):
        assert not imports(file) & {"streamlit", "dashboard"}, file


@pytest.mark.parametrize("file", DASHBOARD, ids=lambda file: str(file.relative_to(ROOT / "dashboard")))
def test_only_a_page_imports_from_its_folder(file: Path) -> None:
    place = file.relative_to(ROOT).parts
    named = {name.split(".")[2] for name in modules(file) if name.startswith("dashboard.app_pages.")}
    pages = {name for name in named if (ROOT / "dashboard" / "app_pages" / name).is_dir()}
    assert pages <= ({place[2]} if place[1] == "app_pages" else set())


@pytest.mark.parametrize("file", sorted((ROOT / "dashboard/drawing").rglob("*.py")), ids=lambda file: file.stem)
def test_drawing_imports_no_streamlit(file: Path) -> None:
    assert "streamlit" not in imports(file)


@pytest.mark.parametrize("file", DASHBOARD, ids=lambda file: str(file.relative_to(ROOT / "dashboard")))
def test_only_tasks_ask_which_kind_of_network_it_is(file: Path) -> None:
    if file.parent.name == "tasks":
        return
    for node in ast.walk(ast.parse(file.read_text())):
        asked: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            asked = [node.left, *node.comparators]
        elif isinstance(node, ast.Match):
            asked = [node.subject]
        elif isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
            asked = [node.slice]
        for part in asked:
            named = isinstance(part, ast.Constant) and part.value in TASKS
            assert not named, f"line {part.lineno}"
            assert ast.unparse(part).split(".")[-1] != "task", f"line {part.lineno}"


@pytest.mark.parametrize("file", [ROOT / "dashboard/subject.py", *sorted((ROOT / "dashboard/tasks").glob("*.py"))])
def test_what_is_looked_at_and_kinds_of_network_are_plain_values(file: Path) -> None:
    assert "streamlit" not in imports(file)
    assert not {name for name in modules(file) if name.startswith(("dashboard.services", "dashboard.pickers"))}


def caches() -> Iterator[tuple[Path, ast.FunctionDef]]:
    """Every function whose results Streamlit keeps, with its file."""
    for file in DASHBOARD:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and "st.cache_" in " ".join(map(ast.unparse, node.decorator_list)):
                yield file, node


def test_caches_stand_with_the_services_or_with_their_page() -> None:
    found = {file.relative_to(ROOT / "dashboard").parts for file, _ in caches()}
    assert found
    for parts in found:
        assert parts[0] == "services" or (parts[0] == "app_pages" and parts[-1] == "results.py"), parts


def test_caches_are_bounded() -> None:
    for file, node in caches():
        (decorator,) = node.decorator_list
        assert isinstance(decorator, ast.Call)
        assert "max_entries" in {keyword.arg for keyword in decorator.keywords}, (file, node.name)


def test_caches_of_photos_belong_to_one_session() -> None:
    for file, node in caches():
        is_private = any(arg.arg.startswith("_") for arg in node.args.args)  # what is no key: pictures, most of them
        is_store = isinstance(node.returns, ast.Name) and node.returns.id == "Kept"
        if is_private or (is_store and node.name not in PUBLIC_STORES):
            assert "scope='session'" in ast.unparse(node.decorator_list[0]), (file, node.name)


def test_stores_are_made_bounded_by_caches_alone() -> None:
    made = {node.name for _, node in caches() if "Kept(" in ast.unparse(node)}
    assert made > PUBLIC_STORES
    count = sum(name == "Kept" for file in DASHBOARD for name, _ in calls(file))
    assert count == len(made), "a store that no cache holds is lost or shared"


@pytest.mark.parametrize("file", DASHBOARD, ids=lambda file: str(file.relative_to(ROOT / "dashboard")))
def test_pictures_and_charts_have_words(file: Path) -> None:
    for name, call in calls(file):
        place, _, command = name.rpartition(".")
        drawn = command in {"image", "plotly_chart", "dataframe"} and place and place != "photos"
        if drawn or command in {"picture_with", "gallery"}:
            assert "alt" in {keyword.arg for keyword in call.keywords}, f"line {call.lineno}"


def test_drawing_the_page_waits_for_no_network_library() -> None:
    names = "services.explanations, pickers.subject, app_pages.inspect.views"
    code = "\n".join(
        [
            "import sys",
            *(f"import dashboard.{name}" for name in names.split(", ")),
            "print('tensorflow' in sys.modules)",
        ]
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
