from dashboard.app_pages import Page

PAGE = Page(
    title="Inspect",
    icon=":material/center_focus_strong:",
    help="Faces and people on the photo, and the expression that the network reads on each face.",
    rank=10,
)
