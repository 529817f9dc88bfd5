from dashboard.app_pages import Page

PAGE = Page(
    title="Why",
    group="Explain",
    icon=":material/filter_center_focus:",
    help="Which parts of the picture led to the answer, and whether to believe it.",
    rank=40,
)
