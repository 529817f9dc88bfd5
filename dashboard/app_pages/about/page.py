"""About: what can this app tell, and what can't it?"""

from dashboard.app_pages.about import views
from dashboard.pickers.subject import page_head

page_head("About", "What can this app tell you, and what can't it?")
views.purpose()
views.pictures_legend()
views.privacy()
views.references_list()
views.versions()
views.licence()
