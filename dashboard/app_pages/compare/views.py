"""What the Compare page compares, and by which lens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from dashboard import state
from dashboard.app_pages.compare import comparison
from dashboard.app_pages.compare.second import (
    choose_second_face,
    choose_second_network,
    choose_second_photo,
    read_second,
)
from dashboard.pickers.detector import chosen_detector
from dashboard.pickers.network import await_network
from dashboard.pickers.switch import choose_one
from dashboard.services import networks, photos
from dashboard.subject import Subject
from dashboard.tasks.task import Task, View

COMPARE = "compare"
LENS = "lens"

Mode = Literal["networks", "faces", "photos", "ladder"]

MODES: dict[Mode, str] = {
    "networks": "Two networks",
    "faces": "Two faces",
    "photos": "Two photos",
    "ladder": "The ladder",
}
LENSES = {"map": "Map", "probabilities": "Probabilities", "activations": "Activations"}


@dataclass(frozen=True)
class Side:
    """One side: its name on the page, the face as this side's network reads it, and what that is shown."""

    name: str
    subject: Subject
    view: View

    @property
    def network_name(self) -> str:
        return self.subject.network_name

    @property
    def verdict(self) -> str:
        """The network's answer in a few words."""
        return self.view.task.verdict(self.subject)

    @property
    def said(self) -> str:
        """The class that the network names, or "uncertain"."""
        named: str = self.subject.face.expression
        return named

    @property
    def answer(self) -> dict[str, float]:
        """The probability of each class."""
        found: dict[str, float] = self.subject.face.emotion
        return found


Sides = Sequence[Side]


def choose_mode(subject: Subject) -> Mode:
    """Draw the switch between what is compared, and return a key of `MODES`."""
    task = networks.task(subject.network_name)
    offered = {mode: words for mode, words in MODES.items() if mode != "faces" or not task.looks_at_area}
    faces = " two faces of the photo," if "faces" in offered else ""
    help = f"Two networks on the same {task.thing},{faces} two photos, or all networks on one {task.thing}."
    return choose_one("Compare", COMPARE, offered, help, is_labelled=False)


def choose_lens(sides: Sides) -> str:
    """Draw the switch between the lenses, and return a key of `LENSES`."""
    has_layers = not any(networks.is_function(side.network_name) for side in sides)
    offered = {lens: words for lens, words in LENSES.items() if lens != "activations" or has_layers}
    help = "What to compare: where they look, what they answer, or what a layer makes of the picture."
    return choose_one("Lens", LENS, offered, help, is_labelled=False)


def choose_sides(subject: Subject, mode: Mode) -> list[Side]:
    """Draw the pickers of the second side and return both; where there is no second one, say so and stop."""
    names, second = {"networks": _other_network, "faces": _other_face, "photos": _other_photo}[mode](subject)
    return [side_of(name, one) for name, one in zip(names, (subject, second), strict=True)]


def side_of(name: str, subject: Subject) -> Side:
    """Return a side of the comparison, once its network is loaded."""
    await_network(subject.network_name)
    return Side(name, subject, networks.view(subject, subject.network_name))


def read_by(subject: Subject, network_name: str) -> Subject:
    """Return the same face or area as another network reads it."""
    await_network(network_name)
    photo = subject.photo
    analysis = photos.analysis(photo, chosen_detector(), state.by_hand(photo), network_name)
    return replace(subject, analysis=analysis, network_name=network_name)


def _other_network(subject: Subject) -> tuple[list[str], Subject]:
    names = [name for name in networks.alike(subject.network_name) if name != subject.network_name]
    if not names:
        st.info(
            f"There is only one network here that {networks.task(subject.network_name).deed}. Compare two photos "
            "instead.",
            icon=":material/info:",
        )
        st.stop()
    name = choose_second_network(comparison.smallest_first(names, networks.cards()))
    return [subject.network_name, name], read_by(subject, name)


def _other_face(subject: Subject) -> tuple[list[str], Subject]:
    count = len(subject.analysis.faces)
    if count < 2:
        st.info(
            "Only one face was found on this photo. Choose a photo with several faces on the left, or compare two "
            "photos.",
            icon=":material/group:",
        )
        st.button(
            "Show the group sample",
            key="show_group",
            icon=":material/image:",
            on_click=st.session_state.update,
            args=({state.SOURCE: "Sample", state.SAMPLE: "group"},),
        )
        st.stop()
    index = choose_second_face(count, default=1 if subject.index else 2)
    names = [f"Face {subject.index + 1}", f"Face {index + 1}"]
    return _told_apart(names), replace(subject, index=index)


def _other_photo(subject: Subject) -> tuple[list[str], Subject]:
    photo = choose_second_photo()
    if photo is None:
        st.info("Choose the second photo above to see both side by side.", icon=":material/add_photo_alternate:")
        st.stop()
    image, analysis = read_second(photo, subject.network_name)
    index = choose_second_face(len(analysis.faces), default=1)
    second = Subject(photo, image, analysis, index, subject.network_name)
    return _told_apart([subject.title, second.title]), second


def _told_apart(names: list[str]) -> list[str]:
    return names if names[0] != names[1] else [names[0], f"{names[1]} (again)"]


def side_head(side: Side) -> None:
    """Say which side this is, and what its network says."""
    with st.container(gap=None):
        st.subheader(side.name, anchor=False)
        st.caption(f"{side.subject.title}; {side.network_name} says {side.verdict}")


def details(mode: Mode, task: Task) -> None:
    """Say how to read the two sides."""
    st.markdown(
        "Both sides are asked the same way: one method, one palette, and each side's own answer unless you choose "
        f"another. Where one network looks at two {task.thing}s, the colours share a scale. Two networks have scales "
        "of their own, because nothing links the size of one's scores to the other's."
    )
    if mode in ("networks", "ladder"):
        st.markdown(
            "Networks are built differently, so the layers are matched by depth: the layer that is equally far along "
            "the way from the picture to the answer. Its name stands under each map."
        )
    if mode == "ladder":
        st.caption("Accuracy and its 95 % interval come from the cards; the time was measured on this server just now.")
    if task.reads_faces:
        st.caption("An expression is what a face looks like, not what a person feels.")
