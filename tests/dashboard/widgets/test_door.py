"""What a browser hands in by the page itself: a photo, or anything else."""

import base64

import pytest

from dashboard.widgets.door import photo_of


def test_photo_comes_in_with_its_name() -> None:
    sent = {"name": "me.jpg", "data": base64.b64encode(b"bytes").decode()}
    assert photo_of(sent, 10) == ("me.jpg", b"bytes")


@pytest.mark.parametrize(
    "sent",
    [None, 7, "data", {}, {"name": "me.jpg"}, {"data": 7}, {"data": "no base64!"}, {"data": "YWJj\u00e4"}],
)
def test_anything_else_is_no_photo(sent: object) -> None:
    assert photo_of(sent, 10) is None


def test_more_bytes_than_a_photo_may_have_are_no_photo() -> None:
    assert photo_of({"name": "", "data": base64.b64encode(bytes(11)).decode()}, 10) is None
