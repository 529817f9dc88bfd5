"""What the app changes of others: that it works, and that it is still needed. Else the patch is to be deleted."""

import asyncio
import inspect
import re
from pathlib import Path

import keras
import pytest
import streamlit
from starlette.formparsers import MultiPartParser
from starlette.requests import Request
from streamlit.elements.lib.file_uploader_utils import enforce_filename_restriction
from streamlit.errors import StreamlitAPIException
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileManager, MediaFileMetadata
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import RerunData, script_runner
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from dashboard.patches import downloads, fragments, history, keras_session, uploads

FRONTEND = Path(streamlit.__file__).parent / "static" / "static" / "js"


def test_streamlit_makes_an_entry_of_each_choice() -> None:
    """Else the patch of the history isn't needed any more; what it does is tested in the browser."""
    scripts = "".join(path.read_text(encoding="utf-8") for path in FRONTEND.glob("index.*.js"))
    (changed,) = re.findall(r"handlePageInfoChanged=e=>\{.{0,400}", scripts)
    assert "history.pushState" in changed
    assert "history.pushState = " in history.SCRIPT.read_text(encoding="utf-8")


def test_streamlit_clears_the_session_of_keras_unless_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    cleared: list[str] = []
    monkeypatch.setattr(keras.backend, "clear_session", lambda: cleared.append("session"))
    assert "_clean_problem_modules" in inspect.getsource(script_runner.ScriptRunner), "is it still done after a run?"
    script_runner._clean_problem_modules()
    assert cleared, "the patch of Keras' session isn't needed any more"
    keras_session.keep()
    script_runner._clean_problem_modules()
    assert cleared == ["session"]


def test_large_uploads_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 2**20)  # as Starlette has it
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.mp4"\r\n\r\n'
    body = head + bytes(3 * 2**20) + b"\r\n--b--\r\n"

    def is_on_disk() -> bool:
        async def receive() -> dict:
            return {"type": "http.request", "body": body, "more_body": False}

        scope = {"type": "http", "method": "PUT", "headers": [(b"content-type", b"multipart/form-data; boundary=b")]}

        async def parse() -> bool:
            async with Request(scope, receive).form() as form:
                return bool(form["f"].file._rolled)

        return asyncio.run(parse())

    assert is_on_disk(), "the patch of uploads isn't needed any more"
    uploads.keep_in_memory()
    assert not is_on_disk()


def test_name_of_an_upload_may_hold_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StreamlitAPIException):
        enforce_filename_restriction("a\0.jpg", [".jpg"])  # else the patch of names isn't needed any more
    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", MemoryUploadedFileManager.add_file)
    uploads.clean_names()
    uploads.clean_names()
    manager = MemoryUploadedFileManager("/upload")
    names = {
        "a\0b.jpg": "ab.jpg",
        "\u202egpj.exe\n.png": "gpj.exe.png",
        "x" * 999 + ".jpg": "x" * 251 + ".jpg",
        "é": "é",
    }
    for name in names:
        manager.add_file("visit", UploadedFileRec(name, name, "image/jpeg", b"data"))
    assert {file.file_id: file.name for file in manager.get_files("visit", list(names))} == names


def test_file_made_at_a_click_stays_while_others_pages_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a browser on a slow line finds nothing: its download fails."""
    monkeypatch.setattr(media_file_manager, "MediaFileMetadata", MediaFileMetadata)
    monkeypatch.setattr(MediaFileManager, "add_deferred", downloads._add_deferred)
    manager = MediaFileManager(MemoryMediaFileStorage("/media"))

    def is_there_after_two_runs(wait: float = 0) -> bool:
        address = manager.execute_deferred(manager.add_deferred(lambda: "a,b", "text/csv", "here", "table.csv"))
        with monkeypatch.context() as clock:
            clock.setattr(downloads.time, "monotonic", lambda now=downloads.time.monotonic: now() + wait)
            for _ in range(2):  # ends of runs
                manager.remove_orphaned_files()
        return manager.read_file(Path(address).stem) is not None

    assert not is_there_after_two_runs(), "the patch of downloads isn't needed any more"
    downloads.outlast_runs()
    assert is_there_after_two_runs()
    assert not is_there_after_two_runs(downloads.KEPT_SECONDS)


def test_click_on_what_the_browser_still_shows_makes_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a click on a slow line fails where the page was drawn anew meanwhile."""
    monkeypatch.setattr(media_file_manager, "MediaFileMetadata", MediaFileMetadata)
    monkeypatch.setattr(MediaFileManager, "add_deferred", downloads._add_deferred)

    def drawn(manager: MediaFileManager, words: str, place: str = "here") -> str:
        manager.clear_session_refs()  # as a run of the page begins
        name = manager.add_deferred(lambda: words, "text/csv", place, file_name="table.csv", element_id="button")
        manager.remove_orphaned_files()  # as it ends
        return name

    manager = MediaFileManager(MemoryMediaFileStorage("/media"))
    assert drawn(manager, "old") != drawn(manager, "new"), "that part of the patch of downloads isn't needed any more"
    downloads.outlast_runs()
    shown = drawn(manager, "old")
    assert drawn(manager, "new", "elsewhere") == shown
    found = manager.read_file(Path(manager.execute_deferred(shown)).stem)
    assert found is not None
    assert found.content == b"new"
    manager.remove_deferred("elsewhere", element_id="button")  # it is drawn disabled
    with pytest.raises(MediaFileStorageError):
        manager.execute_deferred(shown)
    drawn(manager, "newest")
    manager.clear_session_refs()
    manager.remove_orphaned_files()  # its page was left
    with pytest.raises(MediaFileStorageError):
        manager.execute_deferred(shown)


def test_fragment_of_a_page_that_was_left_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the browser clears the new page, which stays empty; that is tested in the browser too."""
    monkeypatch.setattr(ScriptRequests, "request_rerun", fragments._request_rerun)

    def runs_after(page: str) -> tuple[str, list[str]] | None:
        requests = ScriptRequests()
        assert requests.request_rerun(RerunData(page_script_hash=page))
        requests.on_scriptrunner_ready()
        assert requests.request_rerun(RerunData(page_script_hash="tour", fragment_id="slide"))
        request = requests.on_scriptrunner_ready()
        if request.type is not ScriptRequestType.RERUN:
            return None
        return request.rerun_data.page_script_hash, request.rerun_data.fragment_id_queue

    assert runs_after("networks") == ("tour", ["slide"]), "the patch of fragments isn't needed any more"
    fragments.drop_what_no_longer_fits()
    assert runs_after("networks") is None
    assert runs_after("tour") == ("tour", ["slide"])
    assert runs_after("") == ("tour", ["slide"]), "the first run of a visit doesn't know its page"


def test_fragment_that_runs_by_itself_sets_no_widget_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what the server has set, as the network that was just taught, is lost on a slow line."""
    monkeypatch.setattr(ScriptRequests, "request_rerun", fragments._request_rerun)

    def held(value: str) -> WidgetStates:
        states = WidgetStates()
        states.widgets.add(id="network", string_value=value)
        return states

    def sent(*requests: RerunData) -> WidgetStates | None:
        waiting = ScriptRequests()
        for request in requests:
            assert waiting.request_rerun(request)
        return waiting.on_scriptrunner_ready().rerun_data.widget_states

    timed = RerunData(widget_states=held("before"), fragment_id="part", is_auto_rerun=True)
    clicked = RerunData(widget_states=held("clicked"))
    assert sent(timed) == held("before"), "that part of the patch of fragments isn't needed any more"
    fragments.drop_what_no_longer_fits()
    assert sent(timed) is None
    assert sent(clicked, timed) == sent(timed, clicked) == held("clicked"), "a click counts"
