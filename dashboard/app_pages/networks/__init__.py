from dashboard.app_pages import Page

PAGE = Page(
    title="Networks",
    icon=":material/insights:",
    help="How good each network is, and where it fails.",
    rank=100,
)
