"""Any parameters at all, for tests that functions give a right result or refuse in one sentence."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

# Hypothesis also tries the constants of all modules of the project that are loaded, which depends on the tests that ran
# before: without them the same parameters are tried every time.
vars(providers)["is_local_module_file"] = lambda path: False
NUMBERS = st.floats(width=32) | st.integers(-100, 100) | st.just(1e300)


def tries(count: int) -> settings:
    """Return the settings of a test that is tried so many times, the same ones every time."""
    return settings(
        max_examples=count, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )


def assert_is_sentence(error: ValueError) -> None:
    text = str(error)
    assert text.endswith((".", "?"))
    assert "\n" not in text
    assert len(text) < 300
