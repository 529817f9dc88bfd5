"""docs/running.md says what the operator can set."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("interp", "models", "dashboard")
DOCUMENT = ROOT / "docs" / "running.md"
CONFIG = ROOT / "dashboard" / ".streamlit" / "config.toml"


READERS = ("os.environ.get", "os.getenv", "os.environ.setdefault")
FOR_LIBRARIES = {"TF_CPP_MIN_LOG_LEVEL", "TF_NUM_INTRAOP_THREADS"}
"""Variables that the code sets for a library."""
BETWEEN_SERVERS = {"GLASSFACE_SERVER"}
"""Variables that `dashboard.workers` sets for its servers."""


@cache
def nodes() -> tuple[ast.AST, ...]:
    """All of the code."""
    files = (file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")))
    return tuple(node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def constants() -> dict[str, str]:
    """The texts that modules give names to."""
    bodies = (node.body for node in nodes() if isinstance(node, ast.Module))
    return {
        node.targets[0].id: node.value.value
        for body in bodies
        for node in body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def asked() -> Iterator[ast.expr]:
    """What the code looks up in the environment."""
    for node in nodes():
        if isinstance(node, ast.Call) and ast.unparse(node.func) in READERS:
            yield node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            yield node.slice


def variables() -> set[str]:
    named = constants()
    found = {node.value if isinstance(node, ast.Constant) else named[ast.unparse(node)] for node in asked()}
    return found - FOR_LIBRARIES - BETWEEN_SERVERS


def rows(heading: str) -> list[str]:
    """The code in the first column of the first table below a heading."""
    section = DOCUMENT.read_text(encoding="utf-8").split(f"# {heading}\n")[1].split("\n#")[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def test_variables_that_the_code_reads_are_the_documents() -> None:
    found = variables()
    assert found
    assert found == {name for name in rows("Configuration") if name.startswith("GLASSFACE_")}


def test_environment_is_read_by_names_alone() -> None:
    """A helper that hides the variable's name would escape the test above."""
    uses = [node for node in nodes() if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")]
    passed_on = [node for node in nodes() if isinstance(node, ast.Dict) and "**os.environ" in ast.unparse(node)]
    assert len(uses) == len(list(asked())) + len(passed_on)


def test_settings_that_pay_are_set() -> None:
    config = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    settings = [row for row in rows("Settings that pay") if " = " in row]
    assert settings
    for setting in settings:
        name, _, value = setting.partition(" = ")
        section, _, key = name.partition(".")
        assert config[section][key] == tomllib.loads(f"value = {value}")["value"], setting


def test_deployments_name_what_there_is() -> None:
    """Their variables are the document's, and all ask the health endpoint and keep a visitor with one server."""
    known = {name for name in rows("Configuration") if name.isupper()}
    folder = ROOT / "deploy"
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    for name in ("compose.yaml", "kubernetes.yaml"):
        told = set(re.findall(r"\b(?:GLASSFACE|TF)_[A-Z_]+\b", texts[name])) - {"GLASSFACE_HOST"}
        assert told
        assert told <= known
    for name in ("Dockerfile", "Caddyfile", "kubernetes.yaml"):
        assert "/_stcore/health" in texts[name]
    for name in ("Caddyfile", "kubernetes.yaml"):
        assert "cookie" in texts[name]
    copied = re.findall(r"^COPY (\S+)", texts["Dockerfile"], re.MULTILINE)
    assert all((ROOT / path).exists() for path in copied)
