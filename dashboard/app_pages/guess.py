"""Guess: mark where you would look, then see where the network did."""

import streamlit as st

from dashboard import attribution_views, cache, controls, guess_views, targets, views

subject = controls.open_page("Guess", "Where would you look, and where did the network?")
view = controls.look_through(subject)
views.subject_bar(subject, view)
network = controls.await_network(subject.network_name)

with st.grid(4, gap="small", min_column_width=150):
    expression = controls.choose_expression(subject, "Which expression the marked pixels shall speak for.")
    method = controls.choose_method()
goal = targets.of_class(subject, expression)
question = cache.Question(
    subject.network_name,
    view.pixels,
    method.name,
    goal.target,
    controls.default_layer(network, view.task) if method.needs_layer else None,
    attribution_views.defaults(method.name),
)
game = guess_views.Game(subject, view, attribution_views.Aim(method, goal), question)

mask = guess_views.mark(game)
guess_views.reveal(game, mask)

with st.expander("How to read this", icon=":material/info:", key="guess_details"):
    st.markdown(guess_views.details(game))
