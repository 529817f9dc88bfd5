from dashboard.app_pages import Page

PAGE = Page(
    title="About",
    icon=":material/info:",
    help="What this is and is not for, how to read the pictures, privacy, references.",
    rank=110,
)
