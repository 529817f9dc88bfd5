"""Guess: mark where you would look, then see where the network did; alone or with a class."""

import streamlit as st

from dashboard.app_pages.guess import phone, teacher, views
from dashboard.pickers.goal import choose_goal
from dashboard.pickers.method import choose_method
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through, open_page
from dashboard.services import explanations
from dashboard.subject import Question
from dashboard.tasks.aim import Aim
from dashboard.widgets.subject_bar import subject_bar_with_drawer

if phone.is_asked():
    phone.show()
    st.stop()

subject = open_page("Guess", "Where would you look, and where did the network?", needs=("classes",))
view = look_through(subject)
class_place = st.container()
settings = subject_bar_with_drawer(subject, view, "guess_settings")
await_network(subject.network_name)

with settings:
    answer = view.task.answer.lower()
    goal = choose_goal(subject, view, with_other=False, help=f"The {answer} whose evidence you look for.")
    method = choose_method(explanations.usual_method(subject.network_name))
question = Question(
    subject.network_name,
    view.pixels,
    method.name,
    goal.target,
    explanations.usual_layer(subject.network_name, method.name) if method.needs_layer else None,
    explanations.default_settings(method.name),
)
game = views.Game(subject, view, Aim(method, goal), question)

if teacher.is_teaching():
    with class_place:
        teacher.show(game)
    teacher.offer_next(game)
else:
    result_place = st.container(key="main_picture_result")
    mask = views.mark(game, below=lambda: teacher.offer(game))
    with result_place:
        views.reveal(game, mask)
    views.scoreboard()

with st.expander("How to read this", icon=":material/info:", key="guess_details"):
    st.markdown(views.details(game))
