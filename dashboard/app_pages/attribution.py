"""Attribution: where did the network look?"""

import streamlit as st

from dashboard import cache, controls, views

subject = controls.open_page("Attribution", "Which parts of the face speak for an expression?")
views.subject_bar(subject)
network = cache.network(controls.NETWORK)

grid = st.grid(3, gap="small", min_column_width=240)
with grid.cell():
    method = controls.choose_method()
with grid.cell():
    expression = controls.choose_expression(subject)
with grid.cell():
    layer = controls.choose_layer(network, is_used=method.needs_layer)
parameters = controls.choose_parameters(method)

with st.skeleton(height=420):
    explanation = cache.explanation(
        controls.NETWORK,
        subject.face.crop,
        method.name,
        list(subject.face.emotion).index(expression),
        layer if method.needs_layer else None,
        parameters,
    )
if explanation.is_blank:
    st.info(
        f"The map is zero everywhere: at this layer nothing speaks for “{expression}”. "
        "Choose another expression or a later layer.",
        icon=":material/info:",
    )


@st.fragment
def show() -> None:
    with st.grid(3, gap="small", min_column_width=150):
        look = controls.choose_look(is_signed=explanation.signed)
    views.explanation_pictures(subject, explanation, method, expression, look)


show()

with st.expander("How to read this", icon=":material/info:", key="attribution_details"):
    rows, columns = explanation.values.shape
    st.markdown(f"**{method.label}.** {method.summary}")
    st.markdown(f"Layer {explanation.layer or 'input'}: a map of {rows}×{columns} values, enlarged to the face.")
    st.caption(f"Reference: {method.reference}")
