from dashboard.app_pages import Page

PAGE = Page(
    title="What if",
    group="Explain",
    icon=":material/tune:",
    help="What happens to the answer when the picture changes.",
    rank=70,
)
