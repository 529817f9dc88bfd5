"""What if: what becomes of the answer when the face is changed?"""

import streamlit as st

from dashboard import cache, changing, controls, steadiness_views, views, what_if_views

subject = controls.open_page("What if", "How much may a face change before the network answers otherwise?")
view = controls.look_through(subject)
views.subject_bar(subject, view)
network = controls.await_network(subject.network_name)
shown = what_if_views.Shown(
    subject, view, network, cache.scene_id(subject.photo, subject.face), cache.scene(subject.photo, subject.face)
)


@st.fragment
def change() -> None:
    changing.choose_preset()
    setting = changing.choose_setting(shown.scene)
    what_if_views.before_and_after(shown, setting)
    shares_column, curve_column = st.columns([2, 3], gap="large")
    with shares_column:
        what_if_views.shares(shown, setting)
    with curve_column:
        what_if_views.curve(shown, setting)


change()
st.divider()
steadiness_views.flips(shown)
st.divider()
steadiness_views.jitter(shown)

with st.expander("How to read this", icon=":material/info:", key="what_if_details"):
    st.markdown(what_if_views.READING)
    st.markdown("**Details**")
    st.markdown(what_if_views.details())
    st.caption(what_if_views.references())
