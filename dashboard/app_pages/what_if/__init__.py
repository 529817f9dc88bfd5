from dashboard.app_pages import Page

PAGE = Page(
    title="What if",
    group="Explain",
    icon=":material/tune:",
    help="Change the picture and watch what happens to the answer.",
    rank=70,
)
