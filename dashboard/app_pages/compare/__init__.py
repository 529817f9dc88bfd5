from dashboard.app_pages import Page

PAGE = Page(
    title="Compare",
    icon=":material/compare:",
    help="Two networks, faces or photos side by side, and all networks on one face.",
    rank=60,
)
