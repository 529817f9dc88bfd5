"""The visitor's own networks: bring a file, say what goes in, see what the network sees, and open it on every page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.drawing import pictures
from dashboard.drawing.words import amount, duration, percent, three_digits
from dashboard.services import own_networks, photos
from dashboard.services.own_networks import MAX_MB, TRIAL, Draft
from dashboard.services.runs import show_progress, watch
from dashboard.subject import Photo, digest
from interp import METHODS, Network
from interp.archives import read_labels
from interp.formats import installed
from interp.preparation import MAX_SIDE, RANGES, Colours, Fit, Output, Preparation, takes
from models import ImageError
from models.classifier import fit_box, fit_input

FILE = "own_network_file"
COUNT = "own_network_files"
"""The session key of how many files were taken so far: with each the uploader begins anew."""
PROBLEM = "own_network_problem"
"""The session key of the sentence that says why a network was not taken."""
TYPES = ["keras", "h5", "hdf5", "zip", *(ending.removeprefix(".") for ending in installed())]
BLACK_BOXES = "ONNX and TFLite files only give answers, which is enough for some methods. " if installed() else ""
PREVIEW_WIDTH = 220
"""Pixels of the picture as the network sees it."""
MEAN_AND_DEVIATION = "Mean and deviation"
IMAGENET = ("0.485, 0.456, 0.406", "0.229, 0.224, 0.225")
"""Of ImageNet's channels, which most networks with mean and deviation were trained with."""
COLOURS: dict[Colours, str] = {"rgb": "RGB", "bgr": "BGR", "grey": "Grey"}
FITS: dict[Fit, str] = {"stretch": "Stretched", "crop": "Middle cut out", "pad": "Completed by its edge"}
OUTPUTS: dict[Output, str] = {
    "softmax": "Probabilities (softmax)",
    "sigmoid": "One probability a class (sigmoid)",
    "logits": "Scores (logits)",
}
SAMPLES = ("astronaut", "cat", "cameraman", "chessboard", "ringed", "five_fingers")
"""Unlike pictures, on which answers should differ."""
OFF = (
    "Bringing your own network is off on this server: other machines can reach it, and its operator hasn't switched "
    "this on. Run the app on your own machine, or set `GLASSFACE_OWN_NETWORKS=1`."
)

Name = TypeVar("Name", bound=str)


def panel() -> None:
    """Draw the panel in which a visitor brings a network, and the list of those that are here."""
    own = {name: one for name, one in own_networks.of_session().items() if not one.is_taught}
    with st.expander("Yours: bring your own network", icon=":material/upload_file:", key="yours", expanded=bool(own)):
        if not own_networks.is_allowed():
            st.caption(OFF)
            return
        for name, network in own.items():
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{network.card.title}** stands in the picker as `{name}`.", width="stretch")
                st.button(
                    "Remove",
                    key=f"forget_{name}",
                    icon=":material/delete:",
                    on_click=own_networks.forget,
                    args=(name,),
                )
        st.markdown(
            "Any Keras network that sorts pictures into classes: a `.keras` or `.h5` file, or a Teachable Machine "
            f"export. {BLACK_BOXES}It stays in this server's memory for this visit and nobody else sees it."
        )
        file = st.file_uploader(
            "File of the network", TYPES, max_upload_size=MAX_MB, key=f"{FILE}_{st.session_state.get(COUNT, 0)}"
        )
        if file is None:
            TRIAL.cancel()
            return
        data = file.getvalue()
        if TRIAL.at(digest(data)) is None:
            TRIAL.put(own_networks.start_trial(file.name, data), glance=True)
        watch(_draw, TRIAL)


def _draw() -> None:
    """Draw how far the trial is, why the file is refused, or what is to be said about the network."""
    run = TRIAL.run
    if run is None:
        return
    if run.result is not None and run.is_done:
        _describe(run.result)
    elif run.status == "failed":
        st.error(run.error, icon=":material/block:")
    elif run.status == "cancelled":
        st.button("Try the file again", key="try_again", icon=":material/refresh:", on_click=TRIAL.cancel)
    else:
        step = "loading it" if run.done else "trying it in a process of its own, with bounded memory and time"
        show_progress(run, f"The network: {step}…", "trial")


# What goes in --------------------------------------------------------------------------------------------------------


def _describe(draft: Draft) -> None:
    """Draw what is known of the network, what is to be said of it, and what it makes of the photo."""
    found = draft.findings
    shape = "×".join("any" if side is None else str(side) for side in found.input_shape)
    inside = "" if draft.asked else f"{found.layers} layers, {amount(found.parameters)} parameters, "
    st.markdown(
        f"**{draft.name}**: pictures of {shape}, {found.classes} classes, {inside}"
        f"{duration(found.seconds)} a picture on this server."
    )
    if found.is_teachable:
        st.caption("Built as Teachable Machine builds its networks, so what goes in is known and filled in.")
    picture_column, words_column = st.columns([2, 3], gap="large")
    with words_column:
        title, labels = _choose_names(draft)
        preparation = _choose_preparation(draft)
    problem = ""
    if len(labels) != found.classes:
        problem = f"The network tells {found.classes} classes apart; {len(labels)} have names."
    if isinstance(preparation, str):
        problem = preparation
    else:
        with picture_column:
            _preview(draft, preparation, labels)
    if problem:
        st.warning(problem, icon=":material/edit:")
    clicked = st.button(
        "Use this network",
        type="primary",
        icon=":material/check:",
        key="use_own_network",
        disabled=bool(problem),
        on_click=_use,
        args=(draft, preparation, labels, title),
    )
    if clicked and not st.session_state.get(PROBLEM):
        st.rerun()
    if told := st.session_state.pop(PROBLEM, ""):
        st.error(told, icon=":material/block:")
    table = possible(draft.network)
    count = f"What can be explained: {int(table['Possible'].sum())} of {len(table)}"
    with st.expander(count, icon=":material/checklist:", key="own_possible_table"):
        st.dataframe(table, hide_index=True, key="own_possible", alt="Which methods can explain it")


def _use(draft: Draft, preparation: Preparation, labels: tuple[str, ...], title: str) -> None:
    """Callback: make the network one of the session's and choose it."""
    try:
        own = own_networks.keep(own_networks.make(draft, preparation, labels, title))
    except ValueError as error:
        st.session_state[PROBLEM] = str(error)
        return
    st.session_state[state.NETWORK] = own.name
    TRIAL.cancel()
    st.session_state[COUNT] = st.session_state.get(COUNT, 0) + 1  # the file is let go


def _key(draft: Draft, name: str) -> str:
    return f"own_{name}_{draft.digest[:8]}"


def _choose_names(draft: Draft) -> tuple[str, tuple[str, ...]]:
    """Draw the fields of the network's name and its classes' names, and return both."""
    found = draft.findings
    usual = found.labels or tuple(f"class {number}" for number in range(found.classes))
    if not found.labels and draft.network.output_shapes[0] == (1,):
        usual = ("no", "yes")
    title = st.text_input("Name", draft.name, max_chars=60, key=_key(draft, "title")) or draft.name
    file = st.file_uploader("File with the classes' names (optional)", ["txt", "json"], key=_key(draft, "labels_file"))
    text = st.text_area(
        "Classes, one a line",
        "\n".join(usual),
        height=120,
        key=_key(draft, "labels"),
        disabled=file is not None,
        help="In the network's order: the first line names its first output.",
    )
    return title, read_labels(file.getvalue() if file is not None else text)


def _choose_preparation(draft: Draft) -> Preparation | str:
    """Draw what goes in and what comes out; return it, or the sentence that says what does not fit."""
    guess, found = draft.findings.preparation, draft.findings
    size = guess.size
    if None in found.input_shape[:2]:
        side = int(
            st.number_input(
                "Side in pixels",
                8,
                MAX_SIDE,
                guess.size[0],
                key=_key(draft, "side"),
                help="The network takes any size; the one that it was trained with is best.",
            )
        )
        size = (found.input_shape[0] or side, found.input_shape[1] or side)
    offered: dict[Colours, str] = {"grey": COLOURS["grey"]} if found.input_shape[2] == 1 else COLOURS
    with st.grid(2, gap="small", min_column_width=180):
        colours = _choose("Colours", draft, "colours", offered, guess.colours)
        fit = _choose("Fitted to its size", draft, "fit", FITS, guess.fit)
        ranges = {name: name.replace("-", "−") for name in (*RANGES, MEAN_AND_DEVIATION)}
        usual = next((name for name, values in RANGES.items() if values == guess.values), next(iter(RANGES)))
        values = _choose("Values", draft, "values", ranges, usual)
        output = _choose("What comes out", draft, "output", OUTPUTS, guess.output)
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    try:
        if values == MEAN_AND_DEVIATION:
            with st.grid(2, gap="small", min_column_width=180):
                mean = _numbers(st.text_input("Mean, of 0 to 1", IMAGENET[0], key=_key(draft, "mean")))
                deviation = _numbers(st.text_input("Deviation", IMAGENET[1], key=_key(draft, "deviation")))
            return Preparation(size, colours, (0.0, 1.0), mean, deviation, fit, output)
        preparation = Preparation(size, colours, RANGES[values], fit=fit, output=output)
    except ValueError as error:
        return str(error)
    if not _takes(draft, size):
        return f"The network doesn't accept pictures of {size[0]}×{size[1]} pixels."
    return preparation


def _takes(draft: Draft, size: tuple[int, int]) -> bool:
    """Return whether a network takes pictures of (height, width), as far as its file tells."""
    if draft.asked is None:
        return takes(draft.network, size)
    known = draft.asked.input_shape[:2]
    return all(side in (None, wanted) for side, wanted in zip(known, size, strict=True))


def _choose(label: str, draft: Draft, name: str, options: Mapping[Name, str], usual: Name) -> Name:
    key, names = _key(draft, name), list(options)
    start = usual if usual in options else names[0]
    wanted = st.session_state.pop(f"{key}_wanted", None)  # asked for by the button of a warning
    if wanted in options:
        st.session_state[key] = wanted
    return st.selectbox(label, names, index=names.index(start), format_func=options.__getitem__, key=key)


def _numbers(text: str) -> tuple[float, ...]:
    """Return the numbers in a text, apart by commas or spaces.

    Raises:
        ValueError: Something else stands there.
    """
    try:
        return tuple(float(part) for part in text.replace(",", " ").split())
    except ValueError:
        raise ValueError("Mean and deviation are numbers such as 0.5, or three of them with commas.") from None


def cut(image: np.ndarray, preparation: Preparation) -> np.ndarray:
    """Return a whole photo as a network is shown it, uint8 (h, w, channels)."""
    box = (0, 0, image.shape[1], image.shape[0])
    return fit_input(image, preparation.size, preparation.channels, fit_box(box, preparation.size, preparation.fit))


def _preview(draft: Draft, preparation: Preparation, labels: tuple[str, ...]) -> None:
    """Show the photo as the network sees it, its answer, and whether its answers depend on the picture."""
    photo: Photo = st.session_state[state.PHOTO]
    try:
        pixels = cut(photos.image(photo), preparation)
    except ImageError as error:
        st.error(str(error), icon=":material/broken_image:")
        return
    values = preparation.apply(pixels[None])
    st.image(
        pictures.enlarge(pictures.as_rgb(pixels), 2 * PREVIEW_WIDTH, is_smooth=max(pixels.shape) > PREVIEW_WIDTH),
        width=PREVIEW_WIDTH,
        alt=f"Photo “{photo.name}” as the network sees it: {own_networks.words_of(preparation)}",
    )
    st.caption(
        f"As the network sees it: values of {three_digits(float(values.min()))} to {three_digits(float(values.max()))}."
    )
    (shares,) = own_networks.answers(draft, preparation, pixels[None])
    best = np.argsort(-shares)[:3]
    names = labels if len(labels) == len(shares) else tuple(f"class {number}" for number in range(len(shares)))
    st.markdown("It answers: " + ", ".join(f"{names[index]} {percent(float(shares[index]))}" for index in best) + ".")
    _say_dependence(draft, preparation)


def _say_dependence(draft: Draft, preparation: Preparation) -> None:
    """Warn where the answers hardly depend on the picture, and offer the values with which they do."""
    unlike = np.stack([cut(photos.image(photos.sample(name)), preparation) for name in SAMPLES])
    now = own_networks.information(own_networks.answers(draft, preparation, unlike))
    if not own_networks.hardly_depends(now, len(unlike), draft.findings.classes):
        return
    st.warning(
        f"Its answers to {len(unlike)} unlike samples hardly differ: usually a sign of wrong values.",
        icon=":material/tune:",
    )
    better = own_networks.better_range(own_networks.information_by_range(draft, preparation, unlike), now)
    if better is not None:
        shown = better.replace("-", "−")
        key = f"{_key(draft, 'values')}_wanted"
        st.caption(f"With values of {shown} they are surer and more varied.")
        st.button(f"Use {shown}", key="use_range", on_click=st.session_state.update, args=({key: better},))


# What can be explained -----------------------------------------------------------------------------------------------


def possible(network: Network) -> pd.DataFrame:
    """Return which methods and pages a network allows, and why not, before anything is computed."""
    has_maps = bool(network.spatial_layers)
    no_maps = "It needs a layer that answers with maps; this network has none but the picture's own values."
    if network.is_function:
        has_maps, no_maps = False, "It needs layers or gradients; such a file gives answers alone."
    rows = []
    for method in METHODS.values():
        is_possible = method.asks_alone if network.is_function else has_maps or not method.needs_layer
        rows.append({"What": method.label, "Possible": is_possible, "Why not": "" if is_possible else no_maps})
    rows += [
        {"What": "Activations and Dream of a channel", "Possible": has_maps, "Why not": "" if has_maps else no_maps},
        {
            "What": "Parts of the face",
            "Possible": False,
            "Why not": "It isn't made for faces, so its parts have no names.",
        },
        {"What": "Figures of how good it is", "Possible": False, "Why not": "It wasn't tested on any pictures."},
    ]
    return pd.DataFrame(rows)
