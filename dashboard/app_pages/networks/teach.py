"""Teach: classes of the visitor's own pictures become a network, and the page shows what it has learned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.app_pages.networks.taught import photo_of, show_curve, show_outcome
from dashboard.pickers.photo import ASKED, UPLOAD_TYPES
from dashboard.services import own_networks, taught_classes, teaching
from dashboard.services.runs import show_progress, watch
from dashboard.services.taught_classes import MOST_PICTURES, READING, Group
from dashboard.services.teaching import TEACHING
from dashboard.widgets.burst import burst
from models.teaching import BASES, MOST_CLASSES, BaseName

PANEL = "teach"
"""The panel's key, which stands in the address while it is open."""
COUNT = "taught_files"
"""The session key of how many uploads were taken so far: with each the uploaders begin anew."""
TOLD = "taught_told"
"""The session key of the sentences on what was left out."""
BASE = "taught_base"
CAMERA = "taught_camera"
IS_KEPT, IS_CHOSEN = "is_kept", "is_chosen"
"""What a run's settings say once its network stands among the session's, and once it was chosen."""
THUMBNAIL, THUMBNAILS = 56, 8
"""Pixels of a side of a class's small pictures, and how many are shown, the newest."""
MAX_MB = 50
SHOWN_SENTENCES = 4


def settle() -> None:
    """Take up what was read and taught since the page was drawn last; call it before the pickers."""
    _take_read()
    run = TEACHING.run
    if run is None or run.result is None or run.result.outcome is None or IS_CHOSEN in run.settings:
        return
    outcome = run.result.outcome
    if IS_KEPT not in run.settings:
        run.settings[IS_KEPT] = True
        own_networks.keep(outcome.own)
        st.session_state[ASKED] = photo_of(outcome.first)
        st.rerun()  # the photo's picker stands above
    run.settings[IS_CHOSEN] = True
    st.session_state[state.NETWORK] = outcome.own.name


def _take_read() -> None:
    if (run := READING.run) is not None and run.is_done:
        if run.result is not None:
            st.session_state[TOLD] = taught_classes.take(run.result)
        READING.cancel()


def panel() -> None:
    """Draw the panel in which a visitor teaches a network."""
    opened = st.expander(
        "Teach: make a network from your own pictures", icon=":material/school:", key=PANEL, bind="query-params"
    )
    if not opened.open:
        return
    with opened:
        watch(_draw_run, TEACHING)
        _begin()
        groups = taught_classes.classes()
        _draw_classes(groups)
        watch(_draw_reading, READING)
        for sentence in (st.session_state.get(TOLD) or ())[:SHOWN_SENTENCES]:
            st.caption(sentence)
        _choose_base(groups)


# The run -------------------------------------------------------------------------------------------------------------


def _draw_run() -> None:
    """Draw how far the teaching is, and what became of it."""
    run = TEACHING.run
    if run is None:
        return
    found = run.result
    if found is not None and found.outcome is not None and IS_CHOSEN in run.settings:
        show_outcome(found.outcome, found.curve)
    elif run.status == "failed":
        st.error(run.error, icon=":material/block:")
    elif run.status == "cancelled":
        st.caption("Cancelled: nothing was taught.")
    else:
        words = "waiting for its turn" if run.status == "waiting" else "looking at the pictures"
        if found is not None:
            words = f"step {len(found.curve.loss)}"
        show_progress(run, f"Teaching: {words}…", "teaching")
        if found is not None:
            show_curve(found.curve)


def _begin() -> None:
    """Say what can be done here, and offer the lesson."""
    st.markdown(
        "Give each class some pictures and press **Teach**: within seconds you have a network, and a map of what it "
        "looks at. Twenty pictures of each class are a good start. Pictures and network stay in this server's memory "
        "for this visit, and nobody else sees them."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "The shortcut lesson",
            key="teach_lesson",
            icon=":material/lightbulb:",
            on_click=_teach_lesson,
            help="Teaches a network with ready-made pictures, and shows how it can be 100 % right for the wrong "
            "reason.",
        )
        st.caption("No pictures at hand? See how a network can be right every time, for the wrong reason.")


def _teach_lesson() -> None:
    """Callback: teach the network of the shortcut lesson."""
    TEACHING.put(teaching.start_teaching(taught_classes.lesson(), "pictures", is_lesson=True))


# The classes ---------------------------------------------------------------------------------------------------------


def _draw_classes(groups: Sequence[Group]) -> None:
    count = st.session_state.get(COUNT, 0)
    grid = st.grid(2, gap="small", min_column_width=280)
    for group in groups:
        with grid.cell(), st.container(border=True, key=f"taught_class_{group.key}"):
            _draw_class(group, count, can_go=len(groups) > 2)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Add a class",
            key="add_class",
            icon=":material/add:",
            on_click=taught_classes.add_class,
            disabled=len(groups) >= MOST_CLASSES,
        )
        is_on = st.toggle("Webcam", key=CAMERA)
    if is_on:
        burst(
            [group.name for group in groups],
            key="taught_burst",
            alt="Webcam: hold a class's button to take pictures for it",
            on_burst=lambda index, taken: _read(
                [(f"Webcam {number + 1}", data) for number, data in enumerate(taken)], groups[index].key
            ),
        )
    key = f"taught_zip_{count}"
    st.file_uploader(
        "Or a zip with a folder of pictures for each class",
        ["zip"],
        max_upload_size=MAX_MB,
        key=key,
        on_change=_upload,
        args=(key, None),
    )


def _draw_class(group: Group, count: int, *, can_go: bool) -> None:
    """Draw one class: its name, its pictures, and where more come in."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = f"taught_name_{group.key}"
        st.session_state[name] = group.name
        st.text_input("Class", key=name, max_chars=40, on_change=_rename, args=(group.key, name))
        if group.pictures:
            st.button(
                "Clear",
                key=f"clear_{group.key}",
                on_click=taught_classes.change,
                args=(group.key,),
                kwargs={"pictures": ()},
                help=f"Lets the pictures of “{group.name}” go.",
            )
        if can_go:
            st.button(
                "Remove",
                key=f"remove_{group.key}",
                on_click=taught_classes.remove_class,
                args=(group.key,),
                help=f"Takes “{group.name}” out.",
            )
    if group.pictures:
        st.image(_strip(group), alt=f"The newest pictures of “{group.name}”")
    many = len(group.pictures)
    st.caption(f"{many} picture{'' if many == 1 else 's'}" if many else "No pictures yet")
    key = f"taught_files_{group.key}_{count}"
    st.file_uploader(
        f"Pictures of {group.name}",
        UPLOAD_TYPES,
        accept_multiple_files=True,
        max_upload_size=MAX_MB,
        key=key,
        on_change=_upload,
        args=(key, group.key),
        disabled=many >= MOST_PICTURES,
        label_visibility="collapsed",
    )


def _strip(group: Group) -> np.ndarray:
    """Return the newest pictures of a class in a row, RGB uint8."""
    tiles = [taught_classes.thumbnail(one, THUMBNAIL) for one in group.pictures[-THUMBNAILS:]]
    tiles += [np.zeros((THUMBNAIL, 0, 3), np.uint8)] * (THUMBNAILS - len(tiles))
    return np.concatenate(tiles, axis=1)


def _rename(key: int, widget: str) -> None:
    """Callback: give a class the name that was entered."""
    taught_classes.change(key, name=str(st.session_state[widget]))


def _upload(widget: str, key: int | None) -> None:
    """Callback: read the files that were chosen for a class, or the archive."""
    chosen = st.session_state[widget] or []
    files = chosen if isinstance(chosen, list) else [chosen]
    if files:
        st.session_state[COUNT] = st.session_state.get(COUNT, 0) + 1  # the files are let go
        _read([(file.name, file.getvalue()) for file in files], key)


def _read(files: list[tuple[str, bytes]], key: int | None) -> None:
    """Start to read files; what is being read is waited for and taken first."""
    if (run := READING.run) is not None:
        run.join()
        _take_read()
    READING.put(taught_classes.start_reading(files, key), glance=True)
    _take_read()


def _draw_reading() -> None:
    run = READING.run
    if run is not None and run.is_active:
        show_progress(run, "Reading the pictures…", "reading")
    elif run is not None and run.status == "failed":
        st.error(run.error, icon=":material/broken_image:")


# What it is taught on ------------------------------------------------------------------------------------------------


def _choose_base(groups: Sequence[Group]) -> None:
    """Draw what the network is taught on, and the button that teaches it."""
    names: list[BaseName] = list(BASES)
    state.keep_choice(BASE, names, names[0])
    base: BaseName = st.segmented_control(
        "On top of",
        names,
        default=names[0],
        required=True,
        format_func=lambda name: BASES[name].label,
        key=BASE,
    )
    st.caption(BASES[base].words)
    problem = taught_classes.problem_of(groups)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Teach",
            type="primary",
            key="teach_now",
            icon=":material/school:",
            disabled=bool(problem) or TEACHING.is_active,
            on_click=_teach,
            args=(tuple(groups), base),
        )
        if problem:
            st.caption(problem)


def _teach(groups: tuple[Group, ...], base: BaseName) -> None:
    """Callback: teach a network of the classes."""
    TEACHING.put(teaching.start_teaching(groups, base))
