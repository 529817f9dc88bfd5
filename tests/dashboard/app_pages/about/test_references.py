"""The papers that the source cites."""

from pathlib import Path

import pytest

from dashboard.app_pages.about import references as about_references
from interp import METHODS

SOURCE = '''"""What it does (Guo et al. 2017, arXiv:1706.04599).

Reference:
    Adebayo et al. 2018, "Sanity Checks for
    Saliency Maps", arXiv:1810.03292; squares: Hooker et al.
    2019, arXiv:1806.10758
"""
# boxes follow CenterNet (Zhou et al. 2019,
# arXiv:1904.07850)
WORDS = (
    "asked ten people (Barsoum et al. 2016, "
    "arXiv:1608.01041)."
)
'''


def test_citations_are_found_in_docstrings_comments_and_split_texts() -> None:
    assert about_references.citations(SOURCE) == [
        ("Guo et al. 2017", "", "arXiv:1706.04599"),
        ("Adebayo et al. 2018", "Sanity Checks for Saliency Maps", "arXiv:1810.03292"),
        ("Hooker et al. 2019", "", "arXiv:1806.10758"),
        ("Zhou et al. 2019", "", "arXiv:1904.07850"),
        ("Barsoum et al. 2016", "", "arXiv:1608.01041"),
    ]


def test_a_paper_is_told_once_with_all_its_places(tmp_path: Path) -> None:
    for file, text in (
        ("interp/first_part.py", "# Guo et al. 2017, arXiv:1706.04599"),
        ("models/training/detector/losses.py", '# Guo et al. 2017, "On Calibration", arXiv:1706.04599'),
    ):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text(text)
    (paper,) = about_references.find_papers(tmp_path)
    assert (paper.title, paper.package, paper.places) == ("On Calibration", "interp", ("first part", "detector"))


@pytest.mark.parametrize(
    ("words", "link"),
    [
        ("Selvaraju et al. 2017, arXiv:1610.02391", "https://arxiv.org/abs/1610.02391"),
        ("Mitchell et al. 2019, arXiv 1810.03993.", "https://arxiv.org/abs/1810.03993"),
        ("Jiang et al. 2021, doi:10.1109/TIP.2021.3089943.", "https://doi.org/10.1109/TIP.2021.3089943"),
        ("nobody", ""),
    ],
)
def test_number_becomes_an_address(words: str, link: str) -> None:
    assert about_references.address(words) == link


def test_every_method_is_cited_in_the_source() -> None:
    papers = about_references.find_papers()
    cited = {paper.id for paper in papers}
    told = [method.reference for method in METHODS.values()]
    assert {about_references.number(words) for words in told} <= cited
    assert len(about_references.without(papers, told)) == len(papers) - len(
        {about_references.number(words) for words in told}
    )
