"""A folder of photos as a wall of faces: the operator's results, or a visitor's zip; a click opens the photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.app_pages.networks import folder_faces, results
from dashboard.app_pages.networks.folder_faces import MOST_MB, MOST_PHOTOS, ORDERS, TILE, Faces, FolderError
from dashboard.drawing.words import percent, time_left
from dashboard.pickers.photo import bring
from dashboard.pickers.switch import choose_one
from dashboard.services import networks
from dashboard.services.kept import own_findings
from dashboard.services.runs import Report, Run, Slot, gate, show_progress, start, watch
from dashboard.subject import Photo
from dashboard.widgets.gallery import Tile, gallery
from models import Card, ImageError, load_image

ALBUM: Slot[Faces] = Slot("folder_album")
FROM = "folder_from"
ORDER = "folder_order"
ONLY = "folder_only"
NUMBER = "folder_page"
FILE = "folder_file"
COUNT = "folder_files"
"""The session key of how many zips were taken so far: with each the uploader begins anew."""
OPENED = "folder_opened"
"""The session key of what the last click did, in a sentence."""
FACES_A_PAGE = 24
"""Few, since each photo of the operator's is read and decoded for its faces."""
SOURCES = {"results": "This server's results", "zip": "A zip of yours"}


def draw(card: Card) -> None:
    """Show the wall of a folder; it is the usual networks' whatever card is open."""
    try:
        found = folder_faces.find_results()
    except FolderError as error:
        st.error(str(error), icon=":material/folder_off:")
        found = None
    source = choose_one("From", FROM, SOURCES) if found is not None else "zip"
    if found is not None and source == "results":
        _draw_results(*found)
    else:
        watch(_draw_zip, ALBUM, choices=[state.PHOTO])  # a click on the wall turns the page


def _draw_results(folder: Path, key: str) -> None:
    try:
        with st.spinner("Reading the tables…"):
            faces = results.folder(str(folder), key)
    except FolderError as error:
        st.error(str(error), icon=":material/folder_off:")
        return
    _wall(faces, key)


def _draw_zip() -> None:
    """Draw the wall of the visitor's zip, how far its reading is, or the place for one."""
    run = ALBUM.run
    if run is not None and run.is_active:
        show_progress(run, f"{run.done} of {run.total} photos{time_left(run.seconds_left)}", "folder")
        return
    if run is not None and run.status == "failed":
        st.error(run.error, icon=":material/folder_off:")
    if run is not None and run.result is not None:
        _wall(run.result, str(id(run)))
        st.button("Forget these photos", key="forget_folder", icon=":material/delete:", on_click=ALBUM.cancel)
        return
    st.markdown(
        f"A zip of up to {MOST_PHOTOS} photos becomes a wall of faces. They stay in this server's memory for this "
        "visit, are never saved, and nobody else can see them."
    )
    key = f"{FILE}_{st.session_state.get(COUNT, 0)}"
    st.file_uploader("Zip of photos", ["zip"], max_upload_size=MOST_MB, key=key, on_change=_take, args=(key,))


def _take(key: str) -> None:
    """Callback: begin to read the photos of a zip, and let go of the file."""
    file = st.session_state.get(key)
    if file is not None:
        st.session_state[state.HAS_OWN] = True
        st.session_state[COUNT] = st.session_state.get(COUNT, 0) + 1
        ALBUM.put(start_album(file.getvalue()))


def start_album(data: bytes) -> Run[Faces]:
    """Start to read the photos of a zip beside the page; what is wrong with it fails the run with a sentence."""

    def work(report: Report[Faces]) -> Faces:
        photos = folder_faces.unpack(data)
        networks.import_tensorflow()
        return folder_faces.read_photos(photos, report)

    return start(work, gate())


# The wall ------------------------------------------------------------------------------------------------------------


def _wall(faces: Faces, key: str) -> None:
    """Show the faces in an order of choice, with the counts of each expression."""
    unread = f"; {faces.unread:,} could not be read" if faces.unread else ""
    st.markdown(f"**{len(faces.table):,} faces** on {faces.photos:,} photos{unread}.")
    if faces.table.empty:
        return
    counts = faces.counts
    only = st.pills(
        "Expressions",
        list(counts),
        format_func=lambda name: f"{name.capitalize()} {counts[name]:,}",
        key=ONLY,
        label_visibility="collapsed",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        order = choose_one("Order", ORDER, ORDERS, "By expression: surest first. By doubt: least sure first.")
        table = faces.ordered(order, only)
        pages = -(-len(table) // FACES_A_PAGE)
        number = int(st.number_input("Page", 1, pages, 1, key=NUMBER, width=140)) if pages > 1 else 1
    shown = table.iloc[(number - 1) * FACES_A_PAGE : number * FACES_A_PAGE]
    seen = [Seen.of(row) for row in shown.to_dict("records")]
    with st.spinner("Opening the photos…"):
        tiles = _tiles(faces, seen)
    gallery(
        tiles,
        key="folder_wall",
        alt=f"Faces of the folder by {ORDERS[order].lower()}",
        width=TILE,
        on_pick=lambda index: _open(faces, seen[index]),
    )
    st.caption(st.session_state.pop(OPENED, "Click a face to show its photo on every page."))


@dataclass(frozen=True)
class Seen:
    """One face on the wall."""

    photo: str
    sha256: str
    number: int
    box: tuple[int, int, int, int]
    words: str

    @classmethod
    def of(cls, row: dict[str, Any]) -> Seen:  # a column has its own type
        """Return the face of a row of the table."""
        box = (int(row["x"]), int(row["y"]), int(row["width"]), int(row["height"]))
        words = f"{row['expression'] or 'not read'} {percent(row['share'])}"
        return cls(row["photo"], row["sha256"], int(row["face"]), box, words)

    @property
    def name(self) -> str:
        """The photo's name without its folders."""
        return PurePosixPath(self.photo).stem or "photo"


def _tiles(faces: Faces, seen: Sequence[Seen]) -> list[Tile]:
    """Return the pictures of the wall; each photo is decoded once, and its faces are kept for the session."""
    decoded: dict[str, np.ndarray | None] = {}
    store, tiles = own_findings(), []
    for one in seen:
        key = ("folder tile", one.sha256, one.box)
        picture = store.get(key)
        if picture is None:
            if one.photo not in decoded:
                decoded[one.photo] = _decoded(faces, one.photo)
            image = decoded[one.photo]
            picture = None if image is None else store.put(key, folder_faces.tile(image, one.box))
        if picture is None:
            tiles.append(Tile(np.full((TILE, TILE), 128, np.uint8), f"{one.name}: gone", "Gone", is_faint=True))
        else:
            tiles.append(Tile(picture, f"Open {one.name}: {one.words}", one.words))
    return tiles


def _decoded(faces: Faces, photo: str) -> np.ndarray | None:
    try:
        return load_image(faces.read(photo))
    except (FolderError, ImageError):
        return None


def _open(faces: Faces, seen: Seen) -> None:
    """Callback: make the photo of a face the one that all pages show, and the face the chosen one."""
    try:
        photo = Photo(seen.name, faces.read(seen.photo), "Upload")
    except FolderError as error:
        st.session_state[OPENED] = str(error)
        return
    bring(photo)
    st.session_state[state.PHOTO] = photo  # so that the face is not set back to the first one
    st.session_state[state.FACE] = seen.number
    st.session_state[OPENED] = f"“{seen.name}” is now the photo of every page, and face {seen.number} the chosen one."
