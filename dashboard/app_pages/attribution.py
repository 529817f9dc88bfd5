"""Attribution: where did the network look?"""

import streamlit as st

from dashboard import cache, controls, explaining, targets, views

subject = controls.open_page(
    "Attribution", "Which parts of the picture speak for the network's answer?", every_task=True
)
view = controls.look_through(subject)
views.subject_bar(subject, view)
network = controls.await_network(subject.network_name)

grid = st.grid(4, gap="small", min_column_width=150)
with grid.cell():
    method = controls.choose_method()
goal = targets.choose(subject, view, place=grid.cell)
with grid.cell():
    layer = controls.choose_layer(network, is_used=method.needs_layer, task=view.task)
with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="medium", key="method_bar"):
    st.markdown(f"**{method.label}.** {method.summary}", width="stretch")
    settings = controls.choose_parameters(method)

aim = views.Aim(method, goal)
question = cache.Question(
    subject.network_name,
    view.pixels,
    method.name,
    goal.target,
    layer if method.needs_layer else None,
    tuple(sorted(settings.items())),
)
with st.skeleton(height=420):
    explanation, run = explaining.ask(question, is_slow=method.is_slow)
if explanation is not None and explanation.is_blank:
    st.info(views.blank_advice(aim, explanation.layer), icon=":material/info:")

is_watched = run is not None and run.is_active


@st.fragment(run_every=0.3 if is_watched else None)
def show() -> None:
    if explanation is None and explaining.has_changed(run, was_active=is_watched):
        st.rerun()
    with st.grid(4, gap="small", min_column_width=150):
        look = controls.choose_look(is_signed=method.signed)
    if explanation is not None:
        views.explanation_pictures(subject, view, aim, explanation, look)
    else:
        views.explanation_progress(
            view,
            aim,
            run,
            seconds=explaining.expected_seconds(question),
            on_start=lambda: explaining.start(question),
        )


show()

with st.expander("How to read this", icon=":material/info:", key="attribution_details"):
    st.markdown(
        "Strong colour means much, faint colour little: where the map is near zero the picture shows through. "
        + (
            f"One end of the colours is {aim.ends[0]}, the other {aim.ends[1]}."
            if aim.ends
            else "The brighter, the more. What speaks against it isn't shown by this method."
        )
    )
    if explanation is not None:
        rows, columns = explanation.values.shape
        where = f"Layer {explanation.layer}" if explanation.layer else "The picture itself"
        clipped = (
            "" if explanation.layer else " So that a few pixels don't outshine all others, the colours end before them."
        )
        st.markdown(f"{where}: a map of {rows}×{columns} values, enlarged to the picture.{clipped}")
    st.caption(f"Reference: {method.reference}")
