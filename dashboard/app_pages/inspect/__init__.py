from dashboard.app_pages import Page

PAGE = Page(
    title="Inspect",
    group="Look",
    icon=":material/center_focus_strong:",
    help="The faces on your photo, and the expression that the network reads on each.",
    rank=10,
)
