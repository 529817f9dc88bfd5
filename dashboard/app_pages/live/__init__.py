from dashboard.app_pages import Page

PAGE = Page(
    title="Live",
    group="Look",
    icon=":material/videocam:",
    help="The answer from moment to moment: your camera, or a short video.",
    rank=30,
)
