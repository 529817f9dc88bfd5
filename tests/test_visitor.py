"""A visitor without a browser gets from Streamlit's server what a browser gets."""

from collections.abc import Callable, Iterator

import pytest

from tests.browser.app import await_health, start_server
from tests.support.visitor import VisitError, Visitor

APP = """
import numpy as np
import streamlit as st

def first():
    st.title("First")
    size = st.selectbox("Size", ["small", "large"], key="size", bind="query-params")
    st.markdown(f"It is {size}.")
    if st.toggle("Picture"):
        st.image(np.full((4, 4, 3), 200, np.uint8), output_format="PNG")
    if st.button("Press"):
        st.markdown("Pressed.")
    file = st.file_uploader("File")
    if file is not None:
        st.markdown(f"{file.name} has {len(file.getvalue())} bytes.")

    @st.fragment(run_every=0.1)
    def clock():
        st.session_state.ticks = st.session_state.get("ticks", 0) + 1
        st.markdown(f"Tick {st.session_state.ticks}")

    clock()

def second():
    st.title("Second")
    1 / st.slider("Divisor", 0, 9, 1)

st.navigation([st.Page(first, title="First"), st.Page(second, title="Second")]).run()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("app") / "small.py"
    script.write_text(APP)
    with start_server(script=script) as (found, server):
        await_health(found, server)
        yield found


@pytest.fixture
def visitor(address: str) -> Iterator[Visitor]:
    with Visitor(address, patience=60) as found:
        yield found


def test_choice_draws_the_page_anew(visitor: Visitor) -> None:
    visitor.open()
    assert "It is small." in visitor.words
    visitor.choose("Size", "large")
    assert "It is large." in visitor.words
    assert "It is small." not in visitor.words


def test_address_chooses(visitor: Visitor) -> None:
    visitor.open("/?size=large")
    assert "It is large." in visitor.words


def test_pictures_come_and_go(visitor: Visitor) -> None:
    visitor.open()
    assert not visitor.pictures()
    visitor.switch("Picture", True)
    assert [data[1:4] for data in visitor.pictures().values()] == [b"PNG"]
    visitor.switch("Picture", False)
    assert not visitor.pictures()


def test_pages_turn(visitor: Visitor) -> None:
    visitor.open()
    visitor.choose("Size", "large")
    visitor.turn_to("Second")
    assert "Divisor" in visitor.words
    assert "Size" not in visitor.words
    visitor.turn_to("First")
    assert "Size" in visitor.words


def test_button_is_pressed_once(visitor: Visitor) -> None:
    visitor.open()
    visitor.click("Press")
    assert "Pressed." in visitor.words
    visitor.choose("Size", "large")
    assert "Pressed." not in visitor.words


def test_file_arrives_whole(visitor: Visitor) -> None:
    visitor.open()
    visitor.upload("File", "notes.bin", bytes(70_000))
    assert "notes.bin has 70000 bytes." in visitor.words


def test_parts_draw_themselves_anew(visitor: Visitor) -> None:
    visitor.open()
    visitor.wait_until(lambda one: "Tick 4" in one.words, seconds=10)
    assert "It is small." in visitor.words  # what stands around the part stays


def test_visitors_have_sessions_of_their_own(address: str) -> None:
    with Visitor(address) as first, Visitor(address) as second:
        first.open()
        second.open()
        first.choose("Size", "large")
        second.click("Press")
        assert first.session != second.session
        assert "It is small." in second.words


def test_error_on_the_page_is_raised(visitor: Visitor) -> None:
    visitor.open("/second")
    with pytest.raises(VisitError, match="error"):
        visitor.slide("Divisor", 0)


@pytest.mark.parametrize(
    ("deed", "match"),
    [
        (lambda one: one.choose("Colour", "red"), "no .*Colour"),
        (lambda one: one.choose("Size", "huge"), "small, large"),
        (lambda one: one.turn_to("Third"), "First, Second"),
    ],
)
def test_what_is_not_on_the_page_is_named(visitor: Visitor, deed: Callable[[Visitor], None], match: str) -> None:
    visitor.open()
    with pytest.raises(VisitError, match=match):
        deed(visitor)
