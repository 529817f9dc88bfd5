from dashboard.app_pages import Page

PAGE = Page(
    title="Inspect",
    group="Look",
    icon=":material/center_focus_strong:",
    help="What the network reads on each face of your photo, and why.",
    rank=10,
)
