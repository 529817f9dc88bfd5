"""Which tests `make quick` leaves out, and the order of all."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that run the whole app in process, and put the files without slow tests last.

    Each of those takes a second or more. Workers take file by file: short ones at the end let all of them end together.
    """
    for item in items:
        if "app" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
