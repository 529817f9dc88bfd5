from dashboard.app_pages import Page

PAGE = Page(
    title="Attribution",
    icon=":material/filter_center_focus:",
    help="Which parts of the picture speak for the network's answer.",
    rank=30,
)
