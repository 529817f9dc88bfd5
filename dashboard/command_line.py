"""`glassface analyse`, `glassface explain` and `glassface run`: the commands of an installed copy."""

import sys
from pathlib import Path

import click
from streamlit.web import cli

from interp.__main__ import commands as of_networks
from models.__main__ import commands as main

for command in of_networks.commands.values():
    main.add_command(command)

APP = Path(__file__).with_name("server.py")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def run(options: tuple[str, ...]) -> None:
    """Start the app; OPTIONS are Streamlit's, as --server.port 8080."""
    sys.argv = ["streamlit", "run", str(APP), *options]
    cli.main()


if __name__ == "__main__":
    main()
