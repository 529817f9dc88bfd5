"""Glassface: why did the network answer this? Entry of the Streamlit app: page settings, photo picker, navigation."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:  # `streamlit run` puts only this file's folder on the path
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402

from dashboard import state  # noqa: E402
from dashboard.patches import uploads  # noqa: E402
from dashboard.pickers.detector import choose_detector  # noqa: E402
from dashboard.pickers.photo import choose_photo, notes  # noqa: E402
from dashboard.services import networks  # noqa: E402
from dashboard.subject import DEFAULT_NETWORK  # noqa: E402

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 48 48" fill="none">
<rect x="3" y="3" width="42" height="42" rx="11" fill="#1d8a82"/>
<path d="M13 20V13h7M28 13h7v7M35 28v7h-7M20 35h-7v-7" stroke="#fff" stroke-width="3" stroke-linecap="round"
 stroke-linejoin="round"/>
<circle cx="20" cy="22" r="2.2" fill="#fff"/><circle cx="28" cy="22" r="2.2" fill="#fff"/>
<path d="M19 27.5c2.6 2.8 7.4 2.8 10 0" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/></svg>
"""

BACK = """<script>
if (!history.keepsOneEntryAPage) {
  const push = history.pushState.bind(history), put = history.replaceState.bind(history)
  const path = (url) => new URL(url, location.href).pathname
  let whole = location.href, isGoingBack = false
  addEventListener("click", () => { whole = location.href; isGoingBack = false }, true)
  addEventListener("keydown", () => { isGoingBack = false }, true)
  addEventListener("popstate", () => { isGoingBack = true }, true)
  history.pushState = (state, title, url) => {
    if (path(url) === location.pathname) return put(state, title, url)
    if (isGoingBack) return
    if (path(whole) === location.pathname) put(history.state, "", whole)
    push(state, title, url)
  }
  history.keepsOneEntryAPage = true
}
</script>"""
"""Back returns to the former page with its choices: Streamlit makes an entry of each choice, and takes a page's choices
out of its entry before it turns to another one. A run of the page that Back or Forward has just left would make an
entry of it too, and with it cut off all entries ahead."""

st.set_page_config(
    page_title="Glassface",
    page_icon=LOGO,
    layout="wide",
    initial_sidebar_state=336,
)
# Streamlit writes white on the main buttons, which can't be read on the dark theme's light primary colour, and names
# widgets that are not of use now too faintly: the widget stays grey, its name can be read.
st.html(
    """<style>
button[data-testid="stBaseButton-primary"] { color: light-dark(#fff, #0f1514); }
[data-testid="stWidgetLabel"] [data-testid="stMarkdownContainer"] p { color: light-dark(#0e1716, #e6eceb); }
</style>"""
)
st.html(BACK, unsafe_allow_javascript=True)
uploads.keep_in_memory()
networks.start_loading(DEFAULT_NETWORK)
state.prepare()

page = st.navigation(
    [
        st.Page(
            "app_pages/inspect/page.py",
            title="Inspect",
            icon=":material/center_focus_strong:",
            default=True,
            help="Faces and people on the photo, and the expression that the network reads on each face.",
        ),
        st.Page(
            "app_pages/activations/page.py",
            url_path="activations",
            title="Activations",
            icon=":material/grid_view:",
            help="What each layer and each of its channels responds to.",
        ),
        st.Page(
            "app_pages/attribution/page.py",
            url_path="attribution",
            title="Attribution",
            icon=":material/filter_center_focus:",
            help="Which parts of the picture speak for the network's answer.",
        ),
        st.Page(
            "app_pages/dream/page.py",
            url_path="dream",
            title="Dream",
            icon=":material/auto_awesome:",
            help="A picture, changed until a part of the network responds more.",
        ),
        st.Page(
            "app_pages/what_if/page.py",
            title="What if",
            icon=":material/tune:",
            url_path="what-if",
            help="What becomes of the answer when the face is changed.",
        ),
        st.Page(
            "app_pages/compare/page.py",
            title="Compare",
            url_path="compare",
            icon=":material/compare:",
            help="Two networks, faces or photos side by side, and all networks on one face.",
        ),
        st.Page(
            "app_pages/live/page.py",
            title="Live",
            url_path="live",
            icon=":material/videocam:",
            help="The answer from moment to moment, by your camera or from a short video.",
        ),
        st.Page(
            "app_pages/tour/page.py",
            url_path="tour",
            title="Tour",
            icon=":material/slideshow:",
            help="From the photo to the answer in five steps, for a class in front of a projector.",
        ),
        st.Page(
            "app_pages/guess/page.py",
            url_path="guess",
            title="Guess",
            icon=":material/draw:",
            help="Mark where you would look, then see where the network did.",
        ),
        st.Page(
            "app_pages/networks/page.py",
            url_path="networks",
            title="Networks",
            icon=":material/insights:",
            help="How good each network is, and where it fails.",
        ),
        st.Page(
            "app_pages/about/page.py",
            url_path="about",
            title="About",
            icon=":material/info:",
            help="What this is and is not for, how to read the pictures, privacy, references.",
        ),
    ],
    position="top",
)

state.turn_page(page.title)

st.logo(LOGO, size="large")
with st.sidebar:
    st.header("Glassface", anchor=False)
    choose_photo()
    choose_detector()
    state.follow_history()
    st.space("small")
    notes()

try:
    page.run()
finally:  # a page may stop in the middle
    state.note_address()
