"""The README says what the repository holds."""

import re
from dataclasses import replace

import pytest

from models import list_cards
from tests import readme


def test_the_generated_tables_are_current():
    text = readme.README.read_text()
    assert readme.render(text) == text, "run `make readme`"


def test_the_table_of_sizes_is_current():
    text = readme.SIZES.read_text(encoding="utf-8")
    assert readme.render_sizes(text) == text, "run `make readme`"


def test_every_network_shows_the_figure_of_its_task():
    card = list_cards()[0]
    test = {"interval": [0.67, 0.7], "calibration": {"expected_calibration_error": 0.021}}
    test |= {"accuracy": 0.685, "without_duplicates": {"accuracy": 0.675, "interval": [0.66, 0.69]}}
    figure = readme.main_figure(replace(card, task="expression", metrics={"public_test": test}))
    assert figure.startswith("68.5% (67.0% – 70.0%) right on PublicTest, 67.5% (66.0% – 69.0%) without")
    points = replace(
        card, task="keypoints", metrics={"validation": {}, "test": {"headline": "2.1 % of the eye distance"}}
    )
    assert readme.main_figure(points) == "2.1 % of the eye distance"


@pytest.mark.parametrize("task", ["expression", "keypoints"])
def test_a_network_without_its_figure_is_to_be_scored_first(task):
    with pytest.raises(ValueError, match="is not scored"):
        readme.main_figure(replace(list_cards()[0], task=task, metrics={"validation": {"accuracy": 0.7}}))


def test_every_linked_file_exists():
    links = re.findall(r"\]\(([^)#:]+)\)", readme.README.read_text())
    assert links
    missing = [link for link in links if not (readme.README.parent / link).exists()]
    assert missing == []


@pytest.mark.slow
def test_the_python_example_runs(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", readme.README.read_text(), re.DOTALL)
    names: dict = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["picture"].shape[2] == 3
    assert names["face"].expression in capsys.readouterr().out
