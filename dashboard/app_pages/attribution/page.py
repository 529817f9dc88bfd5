"""Attribution: where did the network look?"""

import streamlit as st

from dashboard import state
from dashboard.app_pages.attribution import views
from dashboard.pickers.layer import choose_layer, layers_to_choose
from dashboard.pickers.method import choose_method, choose_parameters
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through, open_page
from dashboard.pickers.view import choose_view
from dashboard.services import networks
from dashboard.services.kept import findings
from dashboard.subject import Question
from dashboard.tasks import EXPRESSION_TASK, targets
from dashboard.tasks.aim import Aim
from dashboard.widgets.subject_bar import subject_bar

subject = open_page("Attribution", "Which parts of the picture speak for the network's answer?", every_task=True)
view = look_through(subject)
subject_bar(subject, view)
network = await_network(subject.network_name)

shown = choose_view(views.shown_of(view), state.SHOW)
grid = st.grid(4, gap="small", min_column_width=150)
with grid.cell():
    method = choose_method(is_used=shown != "methods")
goal = targets.choose(subject, view, place=grid.cell, is_other_used=shown != "classes")
with grid.cell():
    layer = choose_layer(network, is_used=method.needs_layer or shown == "methods", task=view.task)
with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="method_bar"):
    st.markdown(views.introduce(shown, method), width="stretch")
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
        views.show_map(subject, view, aim, question)
with st.expander("How to read this", icon=":material/info:", key="attribution_details"):
    views.details(aim, question, findings().get(question.key))
with maps:  # walls are watched until their maps are there, so what stands below them comes first
    if shown == "methods":
        views.show_methods(subject, view, goal, question, layer)
    elif shown == "classes":
        views.show_classes(subject, view, aim, question)
    elif shown == "engines":
        views.show_engines(subject, view, aim, question)

if view.task == EXPRESSION_TASK:  # once the page is there
    networks.compile_layers(subject.network_name, tuple(reversed(layers_to_choose(network, layer))))
