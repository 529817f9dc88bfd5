"""Attribution: where did the network look?"""

import streamlit as st

from dashboard import state
from dashboard.app_pages.attribution.engines import show_engines
from dashboard.app_pages.attribution.one_map import show_map
from dashboard.app_pages.attribution.views import details, introduce, lenses
from dashboard.app_pages.attribution.walls import show_classes, show_methods
from dashboard.pickers.goal import choose_goal
from dashboard.pickers.layer import choose_layer, layers_to_choose
from dashboard.pickers.method import choose_method, choose_parameters
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through, open_page
from dashboard.pickers.switch import choose_one
from dashboard.services import networks
from dashboard.services.kept import findings
from dashboard.subject import Question
from dashboard.tasks.aim import Aim
from dashboard.widgets.subject_bar import subject_bar

subject = open_page("Why", "Which parts of the face led to this answer?")
view = look_through(subject)
subject_bar(subject, view)
network = await_network(subject.network_name)

shown = choose_one("Show", state.SHOW, lenses(view), is_labelled=False)
grid = st.grid(4, gap="small", min_column_width=150)
with grid.cell():
    method = choose_method(is_used=shown != "methods")
goal = choose_goal(subject, view, place=grid.cell, is_other_used=shown != "classes")
with grid.cell():
    layer = choose_layer(network, view.task, is_used=method.needs_layer or shown == "methods")
with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="method_bar"):
    st.markdown(introduce(shown, method), width="stretch")
    settings = choose_parameters(method) if shown != "methods" else {}

aim = Aim(method, goal)
question = Question(
    subject.network_name,
    view.pixels,
    method.name,
    goal.target,
    layer if method.needs_layer else None,
    tuple(sorted(settings.items())),
)
maps = st.container()
if shown == "map":
    with maps:
        show_map(subject, view, aim, question)
with st.expander("How to read this", icon=":material/info:", key="attribution_details"):
    details(aim, question, findings().get(question.key))
with maps:  # walls are watched until their maps are there, so what stands below them comes first
    if shown == "methods":
        show_methods(subject, view, goal, question, layer)
    elif shown == "classes":
        show_classes(subject, view, aim, question)
    elif shown == "engines":
        show_engines(subject, view, aim, question)

if view.task.has_classes:  # once the page is there
    networks.compile_layers(subject.network_name, tuple(reversed(layers_to_choose(network, view.task))))
