from dashboard.app_pages import Page

PAGE = Page(
    title="Activations",
    icon=":material/grid_view:",
    help="What each layer and each of its channels responds to.",
    rank=20,
)
