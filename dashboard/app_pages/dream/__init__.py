from dashboard.app_pages import Page

PAGE = Page(
    title="Dream",
    group="Explain",
    icon=":material/auto_awesome:",
    help="What a part of the network would like to see.",
    rank=60,
)
