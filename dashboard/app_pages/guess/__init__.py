from dashboard.app_pages import Page

PAGE = Page(
    title="Guess",
    icon=":material/draw:",
    help="Mark where you would look, then see where the network did.",
    rank=90,
)
