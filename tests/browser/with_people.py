"""Runs Streamlit with made-up people on every photo, for as long as no pose network is published.

python -m tests.browser.with_people run dashboard/app.py
"""

from streamlit.web import cli

import models
from dashboard.services import networks
from tests.dashboard import people


def main() -> None:
    has_network = networks.has_network
    models.analyse = people.analyse
    networks.has_network = lambda name: name == "pose" or has_network(name)
    cli.main()


if __name__ == "__main__":
    main()
