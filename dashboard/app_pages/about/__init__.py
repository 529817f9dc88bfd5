from dashboard.app_pages import Page

PAGE = Page(
    title="About",
    icon=":material/info:",
    help="What this app is for and not for, how to read the pictures, privacy, references.",
    rank=110,
)
