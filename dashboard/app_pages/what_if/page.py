"""What if: what becomes of the answer when the face is changed?"""

import streamlit as st

from dashboard.app_pages.what_if import changing, results, steadiness, views
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through, open_page
from dashboard.widgets.subject_bar import subject_bar

subject = open_page("What if", "How much may a face change before the network answers otherwise?", needs=("classes",))
view = look_through(subject)
subject_bar(subject, view)
network = await_network(subject.network_name)
shown = views.Case(
    subject,
    view,
    network,
    results.scene_id(subject.photo, subject.face),
    results.scene(subject.photo, subject.face, subject.network_name),
)


@st.fragment
def change() -> None:
    changing.choose_preset()
    setting = changing.choose_setting(shown.scene)
    views.before_and_after(shown, setting)
    shares_column, curve_column = st.columns([2, 3], gap="large")
    with shares_column:
        views.shares(shown, setting)
    with curve_column:
        views.curve(shown, setting)


change()
st.divider()
steadiness.flips(shown)
st.divider()
steadiness.jitter(shown)

with st.expander("How to read this", icon=":material/info:", key="what_if_details"):
    st.markdown(views.READING)
    st.markdown("**Details**")
    st.markdown(views.details())
    st.caption(views.references())
