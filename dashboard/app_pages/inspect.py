"""Inspect: what does the network see on this photo?"""

import streamlit as st

from dashboard import cache, controls, figures, pictures, views

subject = controls.open_page("Inspect", "Which faces are on the photo, and which expression does the network read?")
card = cache.card(subject.network_name)
threshold = card.thresholds.get("uncertain")

photo_column, answer_column = st.columns([3, 2], gap="large")
with photo_column:
    photo_slot = st.container()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        show = controls.choose_shown(subject)
    with photo_slot:
        views.photo_with_faces(subject, show)
    with st.container(horizontal=True, gap="small"):
        views.download_png(
            "Photo with boxes",
            lambda: views.annotated_photo(subject, show),
            subject.photo.name,
            "faces",
            key="download_photo",
        )
        controls.correct_faces(subject)

with answer_column:
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.image(
            pictures.enlarge(subject.face.crop, 288, is_smooth=False),
            width=132,
            caption=views.crop_caption(subject),
            alt=f"Face {subject.index + 1} as the network gets it: 48 by 48 grey pixels, turned upright",
        )
        with st.container(gap="xxsmall", width="stretch"):
            st.caption(f"Face {subject.index + 1} of {len(subject.analysis.faces)}")
            st.header(subject.face.expression.capitalize(), anchor=False)
            st.markdown(views.answer(subject, threshold))
    st.plotly_chart(
        figures.probabilities(subject.face.emotion, subject.winner, threshold),
        key="probabilities",
        config=figures.CHART_CONFIG,
        alt="Bar chart of expression probabilities: "
        + ", ".join(f"{name} {figures.percent(share)}" for name, share in subject.face.emotion.items()),
    )
    if threshold is not None:
        st.caption(f"Below the dotted line, {figures.percent(threshold)}, the app says “uncertain”.")

st.subheader("All faces", anchor=False)
views.faces_table(subject)
if len(cache.detectors()) > 1:
    st.subheader("Detectors on this photo", anchor=False)
    views.detectors_table(subject)

with st.expander("How to read this", icon=":material/info:", key="inspect_details"):
    st.markdown(views.inspect_words(subject))
    st.markdown("\n".join(f"- {line}" for line in views.analysis_details(subject, card)))
