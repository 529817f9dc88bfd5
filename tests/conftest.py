"""Which tests `make quick` leaves out, and the order of all."""

import pytest

SLOW_FIXTURES = {"app", "subject", "seen", "reading"}
"""What runs the whole app in process, or looks at a photo or a film with the published networks."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests with a slow fixture, and put the files without slow tests last.

    Workers take file by file: short ones at the end let all of them end together.
    """
    for item in items:
        if SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
