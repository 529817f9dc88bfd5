"""Runs beside the page: finishing, cancelling, failing, being forgotten; a session's place for one, watched."""

import gc
import threading
import time
import weakref

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.services import runs
from dashboard.services.turns import Gate
from tests.dashboard.conftest import VISITORS

SECONDS = 10


def count(total: int, pace: float = 0.0) -> runs.Work:
    """Work that reports every number on its way and says "ready" at the end."""

    def work(report: runs.Report) -> str:
        for step in range(1, total + 1):
            time.sleep(pace)
            report(step, total, step)
        return "ready"

    return work


def test_run_ends_with_what_its_work_returns() -> None:
    run = runs.start(count(5), Gate(1), "conv1", {"layer": "conv1"})
    run.join(SECONDS)
    assert (run.status, run.result) == ("done", "ready")
    assert (run.done, run.total, run.progress) == (5, 5, 1)
    assert run.settings == {"layer": "conv1"}


def test_work_that_returns_nothing_keeps_its_last_report() -> None:
    run = runs.start(lambda report: report(1, 1, "picture"), Gate(1))
    run.join(SECONDS)
    assert (run.status, run.result) == ("done", "picture")


def test_report_without_a_result_keeps_the_one_before() -> None:
    def work(report: runs.Report) -> None:
        report(1, 2, "picture")
        report(2, 2)

    run = runs.start(work, Gate(1))
    run.join(SECONDS)
    assert (run.done, run.result) == (2, "picture")


def test_time_left_follows_the_pace() -> None:
    run = runs.Run(done=25, total=100, seconds=2.0)
    assert run.seconds_left == pytest.approx(6)
    assert runs.Run().seconds_left is None


def test_cancel_stops_soon_and_keeps_the_last_result() -> None:
    run = runs.start(count(10_000, 0.005), Gate(1))
    while run.result is None:
        time.sleep(0.005)
    run.cancel()
    run.join(SECONDS)
    assert run.status == "cancelled"
    kept = run.result
    time.sleep(0.05)
    assert run.result == kept < 10_000


def test_cancel_after_the_end_changes_nothing() -> None:
    run = runs.start(count(2), Gate(1))
    run.join(SECONDS)
    run.cancel()
    assert run.status == "done"


def test_error_is_told_and_the_gate_opens_again() -> None:
    def broken(report: runs.Report) -> None:
        report(1, 3)
        raise ValueError("no such layer")

    gate = Gate(1)
    run = runs.start(broken, gate)
    run.join(SECONDS)
    assert (run.status, run.error) == ("failed", "no such layer")
    after = runs.start(count(2), gate)
    after.join(SECONDS)
    assert after.status == "done"


def test_run_waits_at_the_gate_and_can_be_cancelled_there() -> None:
    run = runs.start(count(3), Gate(0))
    time.sleep(0.05)
    assert run.status == "waiting"
    run.cancel()
    run.join(SECONDS)
    assert run.status == "cancelled"
    assert run.result is None


def test_run_that_nobody_holds_ends() -> None:
    closed = threading.Event()

    def endless(report: runs.Report) -> None:
        try:
            count(1_000_000, 0.002)(report)
        finally:
            closed.set()

    run = runs.start(endless, Gate(1))
    held = weakref.ref(run)
    del run
    gc.collect()
    assert closed.wait(SECONDS)
    assert held() is None


def test_waiting_for_a_run_gives_its_result_or_what_stopped_it() -> None:
    def broken(report: runs.Report[str]) -> str:
        raise OSError("no such file")

    assert runs.start(count(2)).wait() == "ready"
    with pytest.raises(OSError, match="no such file"):
        runs.start(broken).wait()


def test_page_keeps_its_place_whether_or_not_it_waits() -> None:
    """What moves to another place is loaded anew in the browser: a camera, a film, a chart."""

    def draw_waiting() -> None:
        import time

        import streamlit as st

        from dashboard.services import runs

        if "run" not in st.session_state:
            st.session_state["run"] = runs.start(lambda report: time.sleep(runs.GLANCE + 0.5))
        runs.wait_for(st.session_state["run"], lambda run: "Loading")
        st.markdown("below")

    page = AppTest.from_function(draw_waiting, default_timeout=SECONDS).run()
    waited = list(page.main.children)
    assert list(page.run().main.children) == waited
    assert page.markdown[0].value == "below"


# A session's place for a run ------------------------------------------------------------------------------------------


def draw_slot() -> None:
    """A page with a choice of two questions, the run about it, and what it found."""
    import time

    import streamlit as st

    from dashboard.services import runs

    is_free, visitor = runs.toy  # type: ignore[attr-defined]
    slot: runs.Slot[str] = runs.Slot("toy_run")
    asked = st.radio("Asked", ["first", "second"], key="asked")

    def work(report: runs.Report[str]) -> str:
        while not is_free.is_set():
            report(1, 2)
            time.sleep(0.005)
        return f"answer to {asked}"

    def draw() -> None:
        found, run = slot.find((visitor, asked))
        if found is not None:
            st.markdown(found)
        elif run is not None:
            runs.show_progress(run, "Looking", "toy")
        if found is None and (run is None or not run.is_active):
            st.button("Look", key="look", on_click=lambda: slot.put(runs.start(work, key=(visitor, asked))))

    runs.watch(draw, slot)


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Lets the page's work end once it is set; to Streamlit, all visitors of this process are one session."""
    event = threading.Event()
    monkeypatch.setattr(runs, "toy", (event, next(VISITORS)), raising=False)
    return event


@pytest.fixture
def page(free: threading.Event) -> AppTest:
    return AppTest.from_function(draw_slot, default_timeout=SECONDS).run()


def test_slot_shows_progress_then_what_was_found_and_keeps_it(page: AppTest, free: threading.Event) -> None:
    page.button(key="look").click().run()
    assert page.progress[0].text == "Looking"
    assert "look" not in [button.key for button in page.button]
    free.set()
    page.session_state["toy_run"].join(SECONDS)
    page.run()
    assert page.markdown[0].value == "answer to first"
    page.radio(key="asked").set_value("second").run()
    page.radio(key="asked").set_value("first").run()
    assert page.markdown[0].value == "answer to first"
    assert not page.exception


def test_run_that_starts_and_ends_while_a_part_is_drawn_is_not_missed() -> None:
    def draw_short_run() -> None:
        import threading

        import streamlit as st

        from dashboard.services import runs

        slot: runs.Slot[str] = runs.Slot("short_run")

        def draw() -> None:
            if slot.run is None:
                is_drawn = threading.Event()
                slot.put(runs.start(lambda report: "found" if is_drawn.wait(10) else None))
                st.markdown("at work")
                is_drawn.set()
                slot.run.join(10)
            else:
                st.markdown(slot.run.result)

        runs.watch(draw, slot)

    page = AppTest.from_function(draw_short_run, default_timeout=SECONDS).run()
    assert not page.exception
    assert [text.value for text in page.markdown] == ["found"]


def test_slot_cancels_a_run_about_anything_else(page: AppTest) -> None:
    page.button(key="look").click().run()
    first = page.session_state["toy_run"]
    page.radio(key="asked").set_value("second").run()
    assert first.status == "cancelled"
    assert page.session_state["toy_run"] is None
    page.button(key="look").click().run()
    page.button(key="cancel_toy").click().run()
    page.session_state["toy_run"].join(SECONDS)
    page.run()
    assert page.button(key="look")


def test_what_is_found_is_kept_though_nobody_looks_again(page: AppTest, free: threading.Event) -> None:
    page.button(key="look").click().run()
    run = page.session_state["toy_run"]
    free.set()
    run.join(SECONDS)
    assert run.store is not None
    assert run.store.get(run.key) == "answer to first"
