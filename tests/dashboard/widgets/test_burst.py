"""What a browser hands in as a burst: pictures for a class, or anything else."""

import base64

import pytest

from dashboard.widgets.burst import MOST, MOST_BYTES, pictures_of

ONE = base64.b64encode(b"jpeg").decode()


def test_a_burst_comes_with_the_index_of_its_class() -> None:
    assert pictures_of({"index": 1, "pictures": [ONE, ONE]}, 2) == (1, [b"jpeg", b"jpeg"])


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {"index": 0},
        {"index": 0, "pictures": []},
        {"index": 2, "pictures": [ONE]},
        {"index": "0", "pictures": [ONE]},
        {"index": 0, "pictures": [ONE, 7]},
        {"index": 0, "pictures": ["no base64!"]},
        {"index": 0, "pictures": [ONE] * (MOST + 1)},
        {"index": 0, "pictures": ["A" * (2 * MOST_BYTES)]},
    ],
)
def test_anything_else_is_no_burst(sent: object) -> None:
    assert pictures_of(sent, 2) is None
