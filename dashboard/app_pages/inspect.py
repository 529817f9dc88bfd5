"""Inspect: what does the network see on this photo?"""

import pandas as pd
import streamlit as st

from dashboard import cache, controls, figures, pictures, views

subject = controls.open_page("Inspect", "Which faces are on the photo, and which expression does the network read?")
faces = subject.analysis.faces
card = cache.card(controls.NETWORK)
threshold = card.thresholds.get("uncertain")

photo_column, answer_column = st.columns([3, 2], gap="large")
with photo_column:
    views.photo_with_faces(subject)
    with st.container(horizontal=True, gap="small"):
        views.download_png(
            "Photo with boxes",
            lambda: pictures.annotate(
                subject.image,
                [face.box for face in faces],
                [f"{number} {face.expression}" for number, face in enumerate(faces, start=1)],
                subject.index,
            ),
            subject.photo.name,
            "faces",
            key="download_photo",
        )
        st.download_button(
            "Predictions",
            data=lambda: views.predictions_json(subject),
            file_name=pictures.file_name(subject.photo.name, "predictions", suffix="json"),
            mime="application/json",
            on_click="ignore",
            icon=":material/download:",
            key="download_predictions",
        )
        controls.correct_faces(subject)

with answer_column:
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.image(
            pictures.enlarge(subject.face.crop, 288, is_smooth=False),
            width=132,
            caption="All the network gets",
            alt=f"Face {subject.index + 1} as the network gets it: 48 by 48 grey pixels",
        )
        with st.container(gap="xxsmall", width="stretch"):
            st.caption(f"Face {subject.index + 1} of {len(faces)}")
            st.header(subject.face.expression.capitalize(), anchor=False)
            st.markdown(views.answer(subject, threshold))
    st.plotly_chart(
        figures.probabilities(subject.face.emotion, subject.winner, threshold),
        key="probabilities",
        config=figures.CHART_CONFIG,
        alt="Bar chart of seven expression probabilities: "
        + ", ".join(f"{name} {figures.percent(share)}" for name, share in subject.face.emotion.items()),
    )
    if threshold is not None:
        st.caption(f"Below the dotted line, {figures.percent(threshold)}, the app says “uncertain”.")

st.subheader("All faces", anchor=False)
st.dataframe(
    pd.DataFrame(
        [
            {
                "Face": number,
                "Expression": face.expression.capitalize(),
                **{name.capitalize(): 100 * share for name, share in face.emotion.items()},
                "Box (x, y, width, height)": ", ".join(map(str, face.box)),
                "Detector score": face.score,
            }
            for number, face in enumerate(faces, start=1)
        ]
    ),
    hide_index=True,
    column_config={
        "Detector score": st.column_config.NumberColumn(format="%.2f"),
        **{name.capitalize(): st.column_config.NumberColumn(format="%.0f %%") for name in subject.face.emotion},
    },
    key="faces_table",
    alt="Table of all faces with their seven probabilities",
)

with st.expander("Details", icon=":material/info:", key="inspect_details"):
    st.markdown("\n".join(f"- {line}" for line in views.analysis_details(subject, card)))
