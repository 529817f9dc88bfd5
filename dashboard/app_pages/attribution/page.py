"""Why: which parts of the picture led to the network's answer?"""

import streamlit as st

from dashboard import state
from dashboard.app_pages.attribution.concepts_views import explain_concepts, show_concepts
from dashboard.app_pages.attribution.engines import show_engines
from dashboard.app_pages.attribution.one_map import answer_words, show_map
from dashboard.app_pages.attribution.views import choose_how, details, introduce, lenses
from dashboard.app_pages.attribution.walls import show_classes, show_methods
from dashboard.pickers.goal import choose_goal
from dashboard.pickers.layer import layers_to_choose
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through, open_page
from dashboard.pickers.switch import choose_one
from dashboard.services import networks
from dashboard.services.concepts import concepts_of
from dashboard.services.kept import findings
from dashboard.subject import Question
from dashboard.tasks.aim import Aim

subject = open_page("Why", "Which parts of the picture led to this answer?")
view = look_through(subject)
network = await_network(subject.network_name)

with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="asked"):
    shown = choose_one("Show", state.SHOW, lenses(view, subject.network_name), is_labelled=False)
    how = choose_how(subject, view, network, shown)
    goal = choose_goal(subject, view, is_other_used=shown != "classes")

if shown not in ("map", "concepts"):  # these say it themselves
    st.markdown(answer_words(subject, view))

aim = Aim(how.method, goal)
question = Question(
    subject.network_name,
    view.pixels,
    how.method.name,
    goal.target,
    how.layer if how.method.needs_layer else None,
    how.settings,
)
maps = st.container()
if shown == "map":
    with maps:
        show_map(subject, view, aim, question)
with st.expander("How to read this", icon=":material/info:", key="attribution_details"):
    if shown == "concepts":
        explain_concepts(concepts_of(subject.network_name))
    else:
        details(aim, question, findings().get(question.key))
with maps:  # walls are watched until their maps are there, so what stands below them comes first
    if shown == "methods":
        show_methods(subject, view, goal, question, how.layer)
    elif shown == "classes":
        show_classes(subject, view, aim, question)
    elif shown == "concepts":
        show_concepts(subject, view, goal)
    elif shown == "engines":
        show_engines(subject, view, aim, question)
    if shown != "map":
        st.markdown(introduce(shown, how.method, view.task.answer.lower()))

if view.task.has_classes:  # once the page is there
    networks.compile_layers(subject.network_name, tuple(reversed(layers_to_choose(network, view.task))))
