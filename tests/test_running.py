"""docs/running.md says what the operator can set."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("interp", "models", "dashboard")
DOCUMENT = ROOT / "docs" / "running.md"
CONFIG = ROOT / ".streamlit" / "config.toml"


def trees() -> Iterator[ast.Module]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield ast.parse(file.read_text(encoding="utf-8"))


def constants() -> dict[str, str]:
    """The texts that modules give names to."""
    return {
        node.targets[0].id: node.value.value
        for tree in trees()
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def asked() -> Iterator[ast.expr]:
    """What the code looks up in the environment."""
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
                yield node.args[0]
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
                yield node.slice


def variables() -> set[str]:
    named = constants()
    return {node.value if isinstance(node, ast.Constant) else named[ast.unparse(node)] for node in asked()}


def table(heading: str) -> set[str]:
    """The names in the first column of the table below a heading."""
    section = DOCUMENT.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)`", section, re.MULTILINE))


def test_variables_that_the_code_reads_are_the_documents() -> None:
    assert variables()
    assert variables() == {name for name in table("Configuration") if name.startswith("GLASSFACE_")}


def test_every_other_way_into_the_environment_is_known() -> None:
    """A helper that hides the variable's name would escape the test above."""
    known = {"os.environ.get", "os.environ"}
    used = {
        ast.unparse(node)
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name) and "environ" in ast.unparse(node)
    }
    assert used <= known


def test_settings_of_the_server_that_pay_are_set() -> None:
    config = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    found = {f"{section}.{name}" for section in ("server", "runner") for name in config[section]}
    assert table("What a click costs") <= found | {"server.fileWatcherType"}
