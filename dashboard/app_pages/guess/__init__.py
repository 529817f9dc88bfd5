from dashboard.app_pages import Page

PAGE = Page(
    title="Guess",
    group="Class",
    icon=":material/draw:",
    help="Mark where you would look, then see where the network looked.",
    rank=90,
)
