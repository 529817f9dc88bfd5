from dashboard.app_pages import Page

PAGE = Page(
    title="Live",
    icon=":material/videocam:",
    help="The answer from moment to moment, by your camera or from a short video.",
    rank=70,
)
