"""streamlit-webrtc, loaded so that it gets along with TensorFlow and no frame waits for the next."""

from __future__ import annotations

import importlib
import os
import sys
import threading
from typing import Any

_loading = threading.Lock()


def load() -> Any:  # a module imported by its name has no type
    """Return the module `streamlit_webrtc`.

    Below it, pylibsrtp brings an OpenSSL of its own. Once TensorFlow is loaded, the dynamic linker would bind it to the
    one inside TensorFlow, and the process would crash; "deep binding" keeps each to its own. Other systems than Linux
    do so anyway.
    """
    with _loading:
        if "pylibsrtp" not in sys.modules and hasattr(os, "RTLD_DEEPBIND"):
            flags = sys.getdlopenflags()
            sys.setdlopenflags(os.RTLD_NOW | os.RTLD_DEEPBIND)
            try:
                importlib.import_module("pylibsrtp")
            finally:
                sys.setdlopenflags(flags)
        importlib.import_module("dashboard.patches.prompt_video").install()
        return importlib.import_module("streamlit_webrtc")


def timeout_error() -> type[Exception]:
    """Return what the library raises where browser and server find no way to each other in time."""
    found: type[Exception] = importlib.import_module("streamlit_webrtc.webrtc").SignallingTimeoutError
    return found
