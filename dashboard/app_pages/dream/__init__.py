from dashboard.app_pages import Page

PAGE = Page(
    title="Dream",
    icon=":material/auto_awesome:",
    help="A picture, changed until a part of the network responds more.",
    rank=40,
)
