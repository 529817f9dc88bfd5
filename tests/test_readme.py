"""The README says what the repository holds."""

import re

from tests import readme


def test_the_generated_tables_are_current():
    text = readme.README.read_text()
    assert readme.render(text) == text, "run `make readme`"


def test_every_linked_file_exists():
    links = re.findall(r"\]\(([^)#:]+)\)", readme.README.read_text())
    assert links
    missing = [link for link in links if not (readme.README.parent / link).exists()]
    assert missing == []


def test_the_python_example_runs(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", readme.README.read_text(), re.DOTALL)
    names: dict = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["picture"].shape[2] == 3
    assert names["face"].expression in capsys.readouterr().out
