"""What the About page says: purpose, how to read the pictures, privacy, references, versions, licence."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.app_pages.about import facts, references, results
from dashboard.app_pages.about.references import Paper
from dashboard.drawing import figures, pictures
from dashboard.pickers.method import list_methods
from dashboard.pickers.photo import MAX_UPLOAD_MB
from dashboard.services import networks
from dashboard.subject import DEFAULT_NETWORK
from dashboard.visits import KEPT_SECONDS
from dashboard.widgets.gallery import Tile, gallery
from interp import METHODS, Method, render

AI_ACT = "https://eur-lex.europa.eu/eli/reg/2024/1689/oj"
LEGEND_SIDE = 192
"""Pixels of a side of a picture of the legend."""
LEGEND_OPACITIES = {0.0: "opacity 0 %", 0.35: "opacity 35 %", 0.7: "opacity 70 %", 1.0: "opacity 100 %"}
FIRST, SECOND = "happy", "surprise"
"""The expressions whose average maps stand in the legend."""
PACKAGE_WORDS = {"interp": "To explain networks", "models": "To build and train them", "dashboard": "To show it"}


def purpose() -> None:
    """What the app is for, what it is not for, and what its answers mean."""
    st.markdown(
        "Glassface shows how a computer sorts faces by expression, and which parts of the picture it used. A trained "
        "network gives the answer; the pages let you look into that network."
    )
    with st.container(key="main_picture"):
        _legend_pictures()
    for_column, against_column = st.columns(2, gap="large")
    with for_column:
        st.header("Made for", anchor="for")
        st.markdown(
            "- **Teaching**: to see what a convolution, a map and a probability are, on a face you choose.\n"
            "- **Research**: to compare networks and explanations by the same tests.\n"
            "- **Doubt**: to see when a network errs, how sure it claims to be, and which maps not to trust."
        )
        st.header("An expression is not a feeling", anchor="expression")
        st.markdown(
            "The network names the expression that strangers would see in the picture. It knows nothing about the "
            "person: people smile without joy, and are happy without a smile. Ten people who label the same face "
            "often disagree, so the labels it learned from are noisy too. That is why every page shows all seven "
            "probabilities, and says “uncertain” when none is high."
        )
    with against_column:
        st.header("Not for", anchor="not-for")
        st.markdown(
            "- **Hiring**, or any judgement of applicants and employees.\n"
            "- **Watching people at work or at school**, their mood or their attention.\n"
            "- **Any decision about a person**, by police, insurers, doctors or shops.\n"
            "- **Telling who somebody is.** No network here was made for that.\n\n"
            "In the EU, systems that infer emotions at the workplace or in education are **banned**, except for "
            f"medical or safety reasons: [AI Act, Regulation (EU) 2024/1689]({AI_ACT}), Article 5(1)(f). Elsewhere "
            "the Act counts emotion recognition as high-risk (Annex III), and people must be told of it (Article 50)."
        )
        st.header("Fairness is unmeasured", anchor="fairness")
        st.markdown(
            "The training faces come without age, gender or skin colour, so nobody has measured whether the networks "
            "err more often for some people than for others. Expect that they do: web pictures from 2013 show the "
            "world unevenly. This alone rules out any use that affects people."
        )


def pictures_legend() -> None:
    """How the maps are drawn, and what they can't say."""
    st.header("How to read the pictures", anchor="pictures")
    with st.grid(2, gap="large", min_column_width=300):
        for is_signed, ends, words in (
            (
                False,
                ("none", "most"),
                "**From dark to bright**: bright areas counted most.",
            ),
            (
                True,
                ("against", "for"),
                "**Two colours with a pale middle**: one colour is evidence for the answer, the other against it; the "
                "middle is zero.",
            ),
        ):
            with st.container(gap="xsmall"):
                st.markdown(words)
                palette = render.DEFAULT_PALETTES[is_signed]
                scale = figures.colour_bar(
                    render.palette_stops(palette), -1.0 if is_signed else 0.0, 1.0, "Value on the map", ends
                )
                st.html(scale)
    reading, limits = st.columns(2, gap="large")
    with reading:
        st.subheader("What the parts mean", anchor=False)
        st.markdown(
            "- **Opacity** is how much the map covers the picture; the map itself stays the same. Maps fade where "
            "they are near zero, so that the face shows through.\n"
            "- **The colour bar** says what the colours are worth. Each map has its own scale unless the page says "
            "that several share one, so don't compare the brightness of two maps without their bars.\n"
            "- **A blank map** is an answer: that layer holds no evidence for the expression. Try another layer, or "
            "a signed method.\n"
            "- **Blocks or blur** come from the layer: a map of only a few values is stretched over the face. "
            "It holds no finer detail."
        )
    with limits:
        st.subheader("What Grad-CAM can't say", anchor=False)
        st.markdown(
            "- **Not what.** It says where the layer found evidence for an answer, not what that was or whether it "
            "is a good reason.\n"
            "- **Not the evidence against.** Values below zero are cut off. HiResCAM or input × gradient show both.\n"
            "- **Not for sure.** It averages the gradient over the map, which is exact only where the network "
            "averages too. Elsewhere it can mark places that the network did not use.\n"
            "- **Not right or wrong.** A wrong answer gets a map as convincing as a right one.\n\n"
            "So test a map before you believe it: **Run the tests** on the page Why hides what it marks, and "
            "shuffles the network's weights. A map that stays the same on a network that knows nothing shows edges, "
            "not reasons."
        )


def _legend_pictures() -> None:
    """One average face under average maps: opacities, a signed map, and a blank one."""
    shipped, maps = networks.average_faces(), networks.average_maps(DEFAULT_NETWORK)
    if maps is None or not {FIRST, SECOND} <= set(shipped):
        return
    face = pictures.enlarge(shipped[FIRST][0], LEGEND_SIDE, is_smooth=True)
    first, second = maps.of(FIRST), maps.of(SECOND)
    difference = first / (first.max() or 1) - second / (second.max() or 1)
    gallery(
        [
            *(
                Tile(render.overlay(face, first, opacity), f"The same map at {words}", words.capitalize())
                for opacity, words in LEGEND_OPACITIES.items()
            ),
            Tile(
                render.overlay(face, difference, 0.8, signed=True),
                f"Signed map: red where “{FIRST}” uses the face more than “{SECOND}”, blue where less",
                f"Signed: {FIRST} against {SECOND}",
            ),
            Tile(render.overlay(face, np.zeros_like(first), 0.7), "A blank map leaves the face as it is", "Blank map"),
        ],
        key="legend",
        alt="An average face under the same map at four opacities, under a signed map and under a blank one",
        width=130,
    )
    method, faces = METHODS[maps.method].label, maps.faces[maps.labels.index(FIRST)]
    st.caption(
        f"The average of {shipped[FIRST][1]:,} faces labelled “{FIRST}”, which shows nobody, under the average "
        f"{method} map of {faces:,} faces. The page Networks has one for every expression."
    )


def privacy() -> None:
    """Where a photo goes."""
    st.header("Privacy", anchor="privacy")
    st.markdown(
        f"- **Where it goes.** An upload or a webcam picture travels to the server that runs this app, up to "
        f"{MAX_UPLOAD_MB} MB, and stays in its memory. If you run the app yourself, that is your machine.\n"
        "- **Where it doesn't.** It is never written to disk or to a log, never sent on, never in the address bar, and "
        "never in reach of another visitor: what is computed from it is kept for your session alone. The one exception "
        "is a class.\n"
        "- **From the web.** A picture that you name by its address is fetched by the server: its host sees the "
        "server, not you.\n"
        "- **With a class.** On Guess you can share a face, after a warning, with phones that join your class. They "
        f"see it until you end the class, or until {KEPT_SECONDS} seconds after you close the page; but whoever has "
        "seen a picture can keep it.\n"
        f"- **How long.** Until you remove it or choose another; else until {KEPT_SECONDS} seconds after you close the "
        "page, so that a reload of the same tab shows it again: the tab alone knows the random token that it waits "
        "behind. What was computed from it makes room for newer results, and goes with it, as do the addresses of its "
        "pictures. The app tells nobody anything about you.\n"
        "- **What you take.** Downloads are made in memory when you click. A report holds the face it explains, so "
        "treat it like the photo. A link holds your choices and the name of a sample, never a photo of your own.\n"
        "- **Other people.** Ask before you load somebody else's face."
    )


def references_list() -> None:
    """The methods, the data and the papers, from the registries, the cards and the source."""
    st.header("References", anchor="references")
    st.subheader("Methods", anchor=False)
    st.markdown("\n".join(method_line(METHODS[name]) for name in list_methods()))
    st.subheader("Data", anchor=False)
    rows = facts.data_sets(networks.cards()).itertuples(index=False)
    st.markdown(
        "\n".join(
            f"- {data} ({licence}). Used by " + ", ".join(f"`{name}`" for name in names.split(", ")) + "."
            for data, licence, names in rows
        )
    )
    papers = references.without(results.papers(), (method.reference for method in METHODS.values()))
    with st.expander(f"{len(papers)} more papers that it builds on", icon=":material/menu_book:", key="papers"):
        for package, words in PACKAGE_WORDS.items():
            chosen = [paper for paper in papers if paper.package == package]
            if chosen:
                st.markdown(f"**{words}**\n\n" + "\n".join(map(paper_line, chosen)))
        st.caption("Collected from the source code; after each, the part that uses it.")


def method_line(method: Method) -> str:
    """Return a method, what it shows, and its paper, as one line of Markdown with a link."""
    number = references.number(method.reference)
    authors = method.reference.removesuffix(number).rstrip(" ,")
    return f"- **{method.label}**: {method.summary} {authors}, [{number}]({references.address(number)})"


def paper_line(paper: Paper) -> str:
    """Return a paper as one line of Markdown with its link, and what cites it."""
    title = f", “{paper.title}”" if paper.title else ""
    return f"- {paper.authors}{title}, [{paper.id}]({paper.link}) ({', '.join(paper.places)})"


def versions() -> None:
    """What runs here: packages and weights."""
    st.header("Versions", anchor="versions")
    st.markdown("With the same versions and the same files you get the same answers.")
    for sentence in networks.troubles():
        st.warning(sentence, icon=":material/warning:")
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.dataframe(
            facts.versions(),
            hide_index=True,
            height="content",
            key="package_versions",
            alt="Packages and their versions",
        )
    with right:
        with st.spinner("Reading the networks' files…"):
            hashes = {name: networks.weights_hash(name) for name in networks.cards()}
        st.dataframe(
            facts.weights(networks.cards(), hashes),
            hide_index=True,
            height="content",
            column_config={
                "Network": st.column_config.TextColumn(width=140),
                "Size": st.column_config.TextColumn(width=70),
                "SHA-256": st.column_config.TextColumn(
                    help="Of the network's file. A different file has a different hash."
                ),
            },
            key="weights_hashes",
            alt="The networks' files with their sizes and hashes",
        )


def licence() -> None:
    """Under what terms the code, the pictures and the networks come."""
    st.header("Licence", anchor="licence")
    st.markdown(
        "The code is free under the MIT licence. The sample pictures are in the public domain or CC0. The networks "
        "learned from data for research, and are for research and teaching. No face from those data is part of the "
        "app, only averages that show nobody in particular."
    )
    with st.expander("Licence of the code", icon=":material/gavel:", key="licence_text"):
        st.text(facts.licence())
    with st.expander("Credits of the sample pictures", icon=":material/image:", key="credits"):
        st.markdown(facts.credits())
