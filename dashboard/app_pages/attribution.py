"""Attribution: where did the network look?"""

import streamlit as st

from dashboard import attribution_views, cache, controls, state, targets, views

subject = controls.open_page(
    "Attribution", "Which parts of the picture speak for the network's answer?", every_task=True
)
view = controls.look_through(subject)
views.subject_bar(subject, view)
network = controls.await_network(subject.network_name)

shown = controls.choose_view(attribution_views.shown_of(view), state.SHOW)
grid = st.grid(4, gap="small", min_column_width=150)
with grid.cell():
    method = controls.choose_method(is_used=shown != "methods")
goal = targets.choose(subject, view, place=grid.cell, is_other_used=shown != "classes")
with grid.cell():
    layer = controls.choose_layer(network, is_used=method.needs_layer or shown == "methods", task=view.task)
with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="method_bar"):
    st.markdown(attribution_views.introduce(shown, method), width="stretch")
    settings = controls.choose_parameters(method) if shown != "methods" else {}

aim = attribution_views.Aim(method, goal)
question = cache.Question(
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
        attribution_views.show_map(subject, view, aim, question)
with st.expander("How to read this", icon=":material/info:", key="attribution_details"):
    attribution_views.details(aim, question, cache.kept(question.key))
with maps:  # walls are watched until their maps are there, so what stands below them comes first
    if shown == "methods":
        attribution_views.show_methods(subject, view, goal, question, layer)
    elif shown == "classes":
        attribution_views.show_classes(subject, view, aim, question)
    elif shown == "engines":
        attribution_views.show_engines(subject, view, aim, question)

if view.task == controls.EXPRESSION_TASK:  # once the page is there
    cache.compile_layers(subject.network_name, tuple(reversed(controls.layers_to_choose(network, layer))))
