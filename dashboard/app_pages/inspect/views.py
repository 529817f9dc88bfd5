"""What the Inspect page shows beside and below the photo: the face's card, people, tables."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard import state
from dashboard.app_pages.inspect import results
from dashboard.drawing import figures, pictures, tables
from dashboard.drawing.scores import Block
from dashboard.drawing.words import duration, three_digits
from dashboard.pickers.detector import chosen_detector
from dashboard.pickers.network import await_network
from dashboard.pickers.person import choose_person, person_words
from dashboard.pickers.switch import choose_switch
from dashboard.services import explanations, networks, photos
from dashboard.subject import Subject
from dashboard.widgets.chart import draw_chart
from dashboard.widgets.downloads import download_file, download_png
from models import Card, Person
from models.detection import DETECTORS, Detector
from models.images import lighting_up

SIDE_BY_SIDE = "detectors"
LOGITS = "logits"

STAGES = {
    "detect": "Find faces",
    "keypoints": "Points",
    "align": "Turn upright",
    "expression": "Expression",
    "pose": "Pose",
}


# The chosen face -----------------------------------------------------------------------------------------------------


def network_sees(subject: Subject, card: Card) -> None:
    """Show what the network gets of the chosen face, and on request its raw scores."""
    st.subheader("What the network sees", anchor=False)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.image(
            pictures.enlarge(subject.face.crop, 288, is_smooth=False),
            width=132,
            alt=f"Face {subject.index + 1} as the network gets it: 48 by 48 grey pixels, straightened",
        )
        with st.container(gap="small", width="stretch"):
            st.markdown(crop_caption(subject))
            crop = subject.face.crop
            download_png("Crop", lambda: crop, subject.title, "crop", key="download_crop")
            is_raw = st.toggle(
                "Show raw scores (logits)",
                key=LOGITS,
                persist_state="session",
                help="The network's score for each class, before they are turned into percentages.",
            )
    if is_raw:
        await_network(subject.network_name)
        _scores(subject, card)


def crop_caption(subject: Subject) -> str:
    """Say what the small grey face is, and whether it was turned."""
    angle = round(subject.frames[subject.index][1])
    turned = f", straightened by {abs(angle)}°" if angle else ""
    return f"The face{turned}: 48×48 grey pixels. Nothing else of the photo counts for the answer."


def _scores(subject: Subject, card: Card) -> None:
    logits = explanations.logits(subject.network_name, subject.face.crop)
    values = dict(zip(subject.face.emotion, logits.tolist(), strict=True))
    draw_chart(
        figures.scores(values, subject.winner),
        "scores",
        "Bar chart of raw scores: " + ", ".join(f"{name} {three_digits(value)}" for name, value in values.items()),
    )
    st.caption(scores_words(card))


def scores_words(card: Card) -> str:
    """Say how the probabilities follow from the logits."""
    divided = f", divided by the temperature of {card.temperature:.2f}," if card.temperature else ""
    mirrored = " They are averages over the face and its mirror image." if card.flip_average else ""
    return f"The softmax of these logits{divided} gives the probabilities.{mirrored}"


def times(subject: Subject) -> None:
    """Show how long each stage of the analysis took; nothing was timed where a sample's results came with the app."""
    seconds = dict(subject.analysis.seconds)
    if not networks.has_network(networks.POSE):
        seconds.pop("pose", None)
    if not seconds:
        st.caption("The results for this sample came with the app, so there are no times to show.")
        return
    total = sum(seconds.values())
    cells = [(STAGES.get(stage, stage.capitalize()), value) for stage, value in seconds.items()]
    st.html(
        '<dl aria-label="Time of each stage" style="display:grid;'
        "grid-template-columns:repeat(auto-fit,minmax(5.25rem,1fr));"
        'gap:.5rem .75rem;margin:0;padding:0;font-size:.8125rem;line-height:1.35">'
        + "".join(_time_cell(words, value, value / total if total else 0.0) for words, value in cells)
        + _time_cell("Together", total, None)
        + "</dl>"
    )


def _time_cell(words: str, seconds: float, share: float | None) -> str:
    bar = (
        ""
        if share is None
        else f'<span style="display:block;height:100%;width:{share:.0%};border-radius:inherit;background:currentColor;'
        'opacity:.7"></span>'
    )
    return (
        f'<div><dt style="opacity:.8">{escape(words)}</dt><dd style="margin:0">'
        f'<b style="font-variant-numeric:tabular-nums">{duration(seconds)}</b>'
        '<span aria-hidden="true" style="display:block;height:.25rem;margin-top:.25rem;border-radius:.125rem;'
        f'background:rgba(128,128,128,{0 if share is None else 0.25})">{bar}</span></dd></div>'
    )


# People --------------------------------------------------------------------------------------------------------------


def people_section(subject: Subject) -> None:
    """Show the joints of the chosen person; say so where nobody was found, and nothing without a pose network."""
    people = subject.analysis.people
    if not people:
        if networks.has_network(networks.POSE) and not photos.BODIES.is_active:
            st.caption("No person found. Use **Add person** to draw a box around one.")
        return
    st.subheader("Body", anchor=False)
    crop_column, table_column = st.columns([2, 3], gap="large")
    with crop_column:
        index = choose_person(subject)
        person = people[index]
        st.markdown(f"{person_words(index + 1, person)}. {_source_words(person)}")
        lit = ", lit up because the photo is dark" if lighting_up(subject.image) is not None else ""
        st.image(
            person.crop,
            width=192,
            caption=f"All the pose network gets{lit}",
            alt=f"Person {index + 1} as the pose network gets them: {person.crop.shape[0]} pixels square",
        )
    with table_column:
        st.dataframe(
            tables.joints_overview(person),
            hide_index=True,
            height="content",
            column_config={
                "Confidence": st.column_config.ProgressColumn(
                    format="%.0f %%", min_value=0, max_value=100, help="How sure the network is of this place."
                )
            },
            key="joints_table",
            alt=f"Table of the joints of person {index + 1} with place and confidence",
        )
        analysis = subject.analysis
        label = "Joints as CSV" if len(people) < 2 else "Joints of all as CSV"
        download_file(
            label,
            lambda: tables.to_csv(tables.joints_table(analysis)),
            subject.photo.name,
            "joints",
            suffix="csv",
            key="download_joints_csv",
        )


def _source_words(person: Person) -> str:
    return {
        "face": "Found from the face.",
        "person": "Found without a face: the detector saw the body.",
        "by hand": "Found in the box that you drew.",
    }.get(person.source, "")


# Tables --------------------------------------------------------------------------------------------------------------


def faces_table(subject: Subject) -> None:
    """Show one row a face and offer the table as CSV, and all that was found as JSON."""
    name, analysis = subject.photo.name, subject.analysis
    if analysis.faces:
        st.subheader("All faces", anchor=False)
        classes = [name.capitalize() for name in subject.face.emotion]
        st.dataframe(
            tables.faces_overview(analysis),
            hide_index=True,
            column_config={
                "Face": st.column_config.NumberColumn(pinned=True),
                "Person": st.column_config.NumberColumn(help="The person this face belongs to."),
                "Angle": st.column_config.NumberColumn(format="%.0f°", help="How far the face is turned, clockwise."),
                "Detector score": st.column_config.NumberColumn(format="%.2f"),
                **{name: st.column_config.NumberColumn(format="%.0f %%") for name in classes},
            },
            key="faces_table",
            alt="Table of all faces with their probabilities, boxes and points",
        )
    with st.container(horizontal=True, gap="small"):
        if analysis.faces:
            table = tables.faces_table(analysis)
            download_file("CSV", lambda: tables.to_csv(table), name, "faces", suffix="csv", key="download_faces_csv")
        if analysis.faces or analysis.people:
            network = subject.network_name
            download_file(
                "JSON",
                lambda: tables.found_json(name, network, analysis),
                name,
                "found",
                suffix="json",
                key="download_found_json",
            )


def detectors_section(subject: Subject) -> None:
    """Set the detectors side by side on request: how many faces each finds and how fast; a click switches."""
    offered, needs = networks.detectors(), networks.DETECTOR_NETWORKS
    if not results.is_shipped(subject):  # else the networks' files are known to be good, and nothing is to be loaded
        offered = {
            name: detector
            for name, detector in offered.items()
            if name not in needs or networks.first_broken([needs[name]]) is None
        }
    if len(offered) < 2:
        return
    st.subheader("Detectors on this photo", anchor=False)
    if not choose_switch(
        "Side by side", SIDE_BY_SIDE, False, "How many faces each detector finds on this photo, and how fast."
    ):
        return
    with st.grid(len(offered), gap="medium", min_column_width=280):
        for name, detector in offered.items():
            with st.container(border=True, gap="small", height="stretch", key=f"detector_{name}"):
                _detector_card(subject, name, detector)
    st.caption("Measured once, on this photo and this server, just now.")


def _detector_card(subject: Subject, name: str, detector: Detector) -> None:
    found = photos.analysis(subject.photo, name)
    is_used = name == chosen_detector()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{detector.label}**")
        if is_used:
            st.button("In use", icon=":material/check:", key=f"in_use_{name}", disabled=True)
        else:
            st.button(
                "Use this one",
                key=f"use_{name}",
                on_click=st.session_state.update,
                args=({state.DETECTOR: name},),
            )
    with st.container(horizontal=True, gap="large"):
        st.metric("Faces", len(found.faces), width="content")
        st.metric("Time", duration(photos.detection_seconds(subject.photo, name)), width="content")
        st.metric(
            "Dropped",
            found.dropped,
            width="content",
            help="Detections that turned out not to be faces: their points don't form one.",
        )
    st.caption(detector.summary)


# Words ---------------------------------------------------------------------------------------------------------------


def how_to_read(subject: Subject) -> str:
    """Explain boxes, points, skeletons and answer in a few sentences."""
    parts = []
    if subject.analysis.faces:
        parts.append(
            "A frame is what is cut out of the photo for the network, turned as the face is turned. The cut is made "
            "upright, grey and 48 by 48 pixels small: that small picture is all that the network gets to name an "
            "expression. It always names one of its classes, also for a face that shows none of them; the bars show "
            "how it spreads its belief."
        )
    if any(face.keypoints is not None for face in subject.analysis.faces):
        parts.append(
            "The points are found by a network of their own; the pointer over one shows its name. They tell how the "
            "face is turned, so that a face upside down is read as it is upright."
        )
    if subject.analysis.people:
        parts.append(
            "A skeleton joins the fourteen joints that the pose network finds of each person. Left and right are the "
            "person's own. A joint that the network is not sure of, as where it is hidden, is hollow, and its bones "
            "are dashed; one that it hardly believes in isn't drawn, but the table lists it."
        )
    return "\n\n".join(parts)


def details(subject: Subject, card: Card) -> list[str]:
    """Return lines for those who want to know more: sizes, detector, network and its accuracy."""
    height, width = subject.image.shape[:2]
    detector = DETECTORS.get(subject.analysis.detector)
    scores = [
        f"Accuracy on {name}: {_accuracy(metric)}" for name, metric in card.metrics.items() if "accuracy" in metric
    ]
    return [
        f"Photo as used: {width}×{height} pixels",
        f"Detector: {detector.label if detector else subject.analysis.detector}",
        f"Network: {card.title}, input {'×'.join(map(str, card.input_shape))}",
        "The first photo takes longer, because the networks are still loading",
        *scores,
        *card.limits,
    ]


def _accuracy(metric: Block) -> str:
    low, high = (f"{100 * end:.1f}" for end in metric["interval"])
    return f"{100 * metric['accuracy']:.1f} % ({low} to {high}) of {metric['faces']:,} faces"
