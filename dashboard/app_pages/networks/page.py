"""Networks: how good is each, and where does it fail?"""

import streamlit as st

from dashboard import state, tasks
from dashboard.app_pages.networks import card_views, data_views, folder, mistakes, teach, yours
from dashboard.pickers.network import choose_network
from dashboard.pickers.subject import page_head
from dashboard.services import networks

teach.settle()
with page_head("Networks", "How good is each network, and where does it fail?"):
    name = choose_network(list(networks.cards()))
yours.panel()
teach.panel()
card = networks.card(name)
card_views.head(card)

own = {"Data": data_views.explore, "Mistakes": mistakes.mistakes}
tabs = card_views.tabs(card) | {name: draw for name, draw in own.items() if name in tasks.of(card).tabs}
tabs |= {"Folder": folder.draw}
state.keep_choice(card_views.TAB, tabs, next(iter(tabs)))
for tab, draw in zip(st.tabs(list(tabs), key=card_views.TAB, bind="query-params"), tabs.values(), strict=True):
    if tab.open:
        with tab:
            draw(card)
