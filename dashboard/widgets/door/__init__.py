"""How photos come in besides by a picker: dropped anywhere on the page, pasted, or asked for again after a reload.

What a picker takes, Streamlit's own uploader handles; a file that it would refuse beside the picker comes in here too,
so that the page itself says why.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence

from dashboard.widgets.component import Sent, component, heard

_component = component("door", '<div class="door" hidden></div>\n')


def door(
    *,
    key: str,
    uploader: str,
    endings: Sequence[str],
    most_bytes: int,
    shown: str,
    token: str,
    is_fresh: bool,
    on_photo: Callable[[str, bytes], None],
    on_too_large: Callable[[str, int], None],
    on_return: Callable[[str], None],
) -> None:
    """Take photos that are dropped on the page or pasted, and tell the browser's tab how to ask for one again.

    On a phone the sidebar closes once another photo is shown.

    Args:
        key: the element's key.
        uploader: key of the uploader whose refusals are told on the page.
        endings: of the files that this uploader takes, without a dot.
        most_bytes: of a file.
        shown: id of the photo that is shown.
        token: what to ask for the photo by after a reload; "" for one that everybody has.
        is_fresh: whether the session has just begun, and a photo may be asked for.
        on_photo: takes the name and the bytes of a file.
        on_too_large: takes the name and the bytes' number of a file that was not sent.
        on_return: takes the token by which the tab asks for its photo.
    """
    data = {
        "uploader": uploader,
        "endings": list(endings),
        "most": most_bytes,
        "shown": shown,
        "token": token,
        "fresh": is_fresh,
    }

    def take_photo(sent: Sent) -> None:
        if (photo := photo_of(sent, most_bytes)) is not None:
            on_photo(*photo)

    def take_refused(sent: Sent) -> None:
        if isinstance(sent, dict) and isinstance(size := sent.get("size"), int | float):
            on_too_large(str(sent.get("name", "")), int(size))

    _component(
        key=key,
        data=data,
        on_photo_change=heard(key, "photo", take_photo),
        on_refused_change=heard(key, "refused", take_refused),
        on_return_change=heard(key, "return", lambda sent: on_return(sent) if isinstance(sent, str) else None),
    )


def photo_of(sent: Sent, most_bytes: int) -> tuple[str, bytes] | None:
    """Return the name and the bytes of a file that a browser sent; None for anything else, or too many bytes."""
    if not isinstance(sent, dict) or not isinstance(encoded := sent.get("data"), str):
        return None
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return (str(sent.get("name", "")), data) if len(data) <= most_bytes else None
