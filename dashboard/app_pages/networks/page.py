"""Networks: how good is each, and where does it fail?"""

import streamlit as st

from dashboard import state
from dashboard.app_pages.networks import card_views, data_views
from dashboard.pickers.network import choose_network
from dashboard.pickers.subject import page_head
from dashboard.services import networks
from dashboard.tasks import EXPRESSION_TASK

with page_head("Networks", "How good is each network, and where does it fail?"):
    name = choose_network(list(networks.cards()))
card = networks.card(name)
card_views.head(card)

views = card_views.views(card)
if card.task == EXPRESSION_TASK:
    views |= {"Data": data_views.explore, "Mistakes": data_views.mistakes}
state.keep_choice(state.VIEW, views, next(iter(views)))
for tab, draw in zip(st.tabs(list(views), key=state.VIEW, bind="query-params"), views.values(), strict=True):
    if tab.open:
        with tab:
            draw(card)
