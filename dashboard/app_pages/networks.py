"""Networks: how good is each, and where does it fail?"""

import streamlit as st

from dashboard import cache, card_views, controls, data_views, state

with controls.page_head("Networks", "How good is each network, and where does it fail?"):
    name = controls.choose_network(list(cache.cards()))
card = cache.card(name)
card_views.head(card)

views = card_views.views(card)
if card.task == controls.EXPRESSION_TASK:
    views |= {"Data": data_views.explore, "Mistakes": data_views.mistakes}
state.keep_choice(state.VIEW, views, next(iter(views)))
for tab, draw in zip(st.tabs(list(views), key=state.VIEW, bind="query-params"), views.values(), strict=True):
    if tab.open:
        with tab:
            draw(card)
