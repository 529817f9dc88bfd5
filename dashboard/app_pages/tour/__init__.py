from dashboard.app_pages import Page

PAGE = Page(
    title="Tour",
    group="Class",
    icon=":material/slideshow:",
    help="From the photo to the answer in nine steps, for a class in front of a projector.",
    rank=80,
)
