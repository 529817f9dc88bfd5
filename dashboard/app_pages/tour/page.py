"""Tour: from the photo to the answer in nine steps, for a class in front of a projector."""

from dashboard.app_pages.tour import views
from dashboard.pickers.network import await_network
from dashboard.pickers.projector import beside_projector
from dashboard.pickers.subject import look_through, open_page

with beside_projector("head"):
    subject = open_page(
        "Tour", "How does a photo become an answer, and can we believe it?", needs=("classes", "layers")
    )
    view = look_through(subject)
    network = await_network(subject.network_name)

views.show(views.topic_of(subject, view, network))
