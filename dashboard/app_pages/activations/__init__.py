from dashboard.app_pages import Page

PAGE = Page(
    title="Inside",
    group="Explain",
    icon=":material/grid_view:",
    help="What each layer of the network makes of the picture.",
    rank=50,
)
