"""What if: what becomes of the answer when the picture is changed?"""

import streamlit as st

from dashboard.app_pages.what_if import changing, curve, reading, results, steadiness, views
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through, open_page
from dashboard.widgets.drawer import drawer

subject = open_page("What if", "How much can the picture change before the answer does?", needs=("classes",))
view = look_through(subject)
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
    changing.choose_preset(shown.scene)
    picture_column, control_column = st.columns([3, 2], gap="large")
    with control_column:
        setting = changing.choose_setting(shown.scene)
        with drawer("map_settings"):
            drawn = views.choose_map(shown)
    with picture_column, st.container(key="main_picture"):
        views.before_and_after(shown, setting, drawn)
    with control_column:
        views.shares(shown, setting)
    curve.show(shown, setting)


change()
st.divider()
steadiness.flips(shown)
st.divider()
steadiness.jitter(shown)

with st.expander("How to read this", icon=":material/info:", key="what_if_details"):
    st.markdown(reading.reading(view.task))
    st.markdown("**Details**")
    st.markdown(reading.details())
    st.caption(reading.references())
