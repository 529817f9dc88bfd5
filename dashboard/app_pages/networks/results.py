"""Logs, tables and the operator's faces with their scores, shared by all sessions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.app_pages.networks import folder_faces
from dashboard.app_pages.networks.dataset import FaceSet, Source, read_faces
from dashboard.app_pages.networks.folder_faces import Faces
from dashboard.drawing.scores import Block
from dashboard.services import networks
from dashboard.services.runs import Report, Run, gate, start
from models import networks as model_networks
from models.cards import load_table

DATASETS_KEPT = 2
"""Sets of faces in memory: FER2013's Training takes 66 MB."""
SCORED_AT_ONCE = 256


@st.cache_data(max_entries=16, show_spinner=False)
def training_log(network_name: str) -> pd.DataFrame | None:
    """Return the CSV log of a network's training, None where its card names none or it is not there."""
    name = networks.card(network_name).log
    path = model_networks.WEIGHTS / Path(name).name if name else None
    if path is None or not path.is_file():
        return None
    return pd.read_csv(path)


@st.cache_resource(max_entries=4, show_spinner=False)
def table(name: str) -> Block | None:
    """Return a table that the training wrote beside the cards, None where it is not there."""
    try:
        return load_table(name)
    except ValueError:
        return None


@st.cache_resource(max_entries=DATASETS_KEPT, show_spinner=False)
def reading(source: Source, usage: str) -> Run[FaceSet]:
    """Return the run that reads the operator's faces, for all sessions."""

    def work(report: Report[FaceSet]) -> FaceSet:
        return read_faces(source, usage)

    return start(work, gate())


@st.cache_resource(max_entries=8, show_spinner=False)
def scoring(source: Source, usage: str, network_name: str) -> Run[np.ndarray]:
    """Return the run that scores the operator's faces, for all sessions; its result is float32 (N, classes)."""
    images = reading(source, usage).wait().faces.images

    def work(report: Report[np.ndarray]) -> np.ndarray:
        networks.network(network_name)
        parts = []
        for begin in range(0, len(images), SCORED_AT_ONCE):
            parts.append(networks.score(network_name, images[begin : begin + SCORED_AT_ONCE]))
            report(min(begin + SCORED_AT_ONCE, len(images)), len(images))
        return np.concatenate(parts)

    return start(work, gate())


@st.cache_resource(max_entries=1, show_spinner=False)
def folder(path: str, stamp: str) -> Faces:
    """Return the faces of the operator's results, the same for all visitors; the stamp names the folder's state.

    Raises:
        FolderError: The tables are damaged.
    """
    return folder_faces.read_results(Path(path))
