from dashboard.app_pages import Page

PAGE = Page(
    title="What if",
    icon=":material/tune:",
    help="What becomes of the answer when the face is changed.",
    rank=50,
)
