from dashboard.app_pages import Page

PAGE = Page(
    title="Compare",
    group="Look",
    icon=":material/compare:",
    help="Two networks, faces or photos side by side, or all networks at once.",
    rank=20,
)
