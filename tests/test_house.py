"""How the packages lean on each other and on what others wrote: read from their imports."""

import ast
import copy
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("interp", "models", "dashboard")
OWN = {*PACKAGES, "sample_images", "tests"}
DISTRIBUTIONS = importlib.metadata.packages_distributions()  # import name -> what is installed under which name


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported(file: Path) -> set[str]:
    """Return the top-level names of all packages that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def named(file: Path) -> set[str]:
    """Return the first parts of the names in a file's strings: some packages are imported by their name at run time."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    strings = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {string.split(".")[0] for string in strings}


def declared(*files: str) -> set[str]:
    """Return the names of the distributions that lists of requirements ask for, as packaging tools compare them."""
    lines = [line for file in files for line in (ROOT / file).read_text(encoding="utf-8").splitlines()]
    found = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines if not line.startswith("-"))
    return {same(name[0]) for name in found if name}


def same(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def undeclared(folders: tuple[str, ...], requirements: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the packages that files import though no list of requirements has them, with those files."""
    known = declared(*requirements)
    missing: dict[str, list[str]] = {}
    for file in sources(*folders):
        for name in imported(file) - set(sys.stdlib_module_names) - OWN:
            if not known & {same(one) for one in DISTRIBUTIONS.get(name, [name])}:
                missing.setdefault(name, []).append(str(file.relative_to(ROOT)))
    return missing


def test_every_package_that_the_app_imports_is_a_requirement() -> None:
    assert undeclared((*PACKAGES, "sample_images"), ("requirements.txt",)) == {}


def test_every_package_that_the_tests_import_is_a_requirement() -> None:
    assert undeclared(("tests",), ("requirements.txt", "requirements-dev.txt", "requirements-fuzz.txt")) == {}


def test_every_requirement_is_used() -> None:
    used = {name for file in sources(*PACKAGES) for name in imported(file) | named(file)}
    distributions = {same(one) for name in used for one in DISTRIBUTIONS.get(name, [])}
    assert declared("requirements.txt") - distributions == set()


def test_every_module_is_looked_at(graph: grimp.ImportGraph) -> None:
    """A folder without `__init__.py` would escape the tests below."""
    modules = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in sources(*PACKAGES)
    }
    assert modules <= graph.modules


def test_dashboard_stands_on_interp_and_models_which_do_not_know_each_other(graph: grimp.ImportGraph) -> None:
    layers = ("dashboard", grimp.Layer("interp", "models", independent=True))
    assert graph.find_illegal_dependencies_for_layers(layers) == set()
    users = graph.find_modules_that_directly_import("streamlit")
    assert {module.split(".")[0] for module in users} == {"dashboard"}


def test_no_page_imports_another(graph: grimp.ImportGraph) -> None:
    pages = grimp.Layer(*sorted(graph.find_children("dashboard.app_pages")), independent=True)
    assert graph.find_illegal_dependencies_for_layers((pages,)) == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_modules_import_each_other_in_a_circle(package: str, graph: grimp.ImportGraph) -> None:
    own = {package, *graph.find_descendants(package)}
    circles = {
        (importer, other)
        for importer in own
        for other in graph.find_modules_directly_imported_by(importer) & own
        if graph.chain_exists(importer=other, imported=importer)
    }
    assert circles == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folders_import_each_other_in_a_circle(package: str, graph: grimp.ImportGraph) -> None:
    """A network's training, which may look at all networks, counts as no part of its folder."""
    inner = copy.deepcopy(graph)
    for module in filter(is_training, graph.modules):
        inner.remove_module(module)
    folders = {one for one in {package, *inner.find_descendants(package)} if inner.find_children(one)}
    assert {breaker for folder in folders for breaker in inner.nominate_cycle_breakers(folder)} == set()


def test_models_work_without_their_training(graph: grimp.ImportGraph) -> None:
    users = {
        importer
        for module in filter(is_training, graph.modules)
        for importer in graph.find_modules_that_directly_import(module)
    }
    assert {user for user in users if user.startswith("models.") and not is_training(user)} == set()


def is_training(module: str) -> bool:
    return module.startswith("models.") and "training" in module.split(".")
