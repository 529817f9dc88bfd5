"""Memory that was freed goes back to the system."""

import ctypes
import subprocess
import sys

import pytest

SCRIPT = """
import sys
import numpy as np
from dashboard.memory import give_large_blocks_back
from dashboard.visits import megabytes

if "large" in sys.argv:
    give_large_blocks_back()
np.ones(24 * 2**20, np.uint8)  # from now on glibc takes blocks of this size from its heap
before, large, small = megabytes(), [], []
for _ in range(100):
    large.append(np.ones(3 * 2**20 // 2, np.uint8))
    small.append(np.ones(2000, np.uint8))
large.clear()
print(megabytes() - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library is not glibc")
def test_large_blocks_go_back_though_small_ones_live_on() -> None:
    kept = [
        float(subprocess.run([sys.executable, "-c", SCRIPT, *words], check=True, capture_output=True, text=True).stdout)
        for words in ([], ["large"])
    ]
    assert kept[0] > 100, "without the setting they stay: is it still needed?"
    assert kept[1] < 10
