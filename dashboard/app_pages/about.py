"""About: what can this app tell, and what can't it?"""

from dashboard import about_views, controls

controls.page_head("About", "What can this app tell you, and what can't it?")
about_views.purpose()
about_views.pictures_legend()
about_views.privacy()
about_views.references_list()
about_views.versions()
about_views.licence()
