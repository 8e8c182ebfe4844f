"""`steepest lab`: the page for any formula, with proofs, served to the browser."""

from __future__ import annotations

import re
from typing import Final

import click

from steepest.cli.failure import ValueProblem
from steepest.errors import SteepestError

PORT = 8420
_NAME: Final = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")

_HELP = """Open the lab in a browser: type any formula, drag its point, and let critical points
and basins be worked out and proved in the background. Ctrl-C ends it.

\b
Examples:
  steepest lab
  steepest lab --port 8421 --no-browser
  steepest lab --host 0.0.0.0 --name lab.example.org:8420
"""


@click.command("lab", help=_HELP)
@click.option("--port", type=click.INT, default=PORT, show_default=True, metavar="N",
              help="Where to listen; 0 takes any free port.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="Listen to other machines, too; there are no accounts.")  # fmt: skip
@click.option("--name", "names", multiple=True, metavar="HOST:PORT",
              help="A further name under which browsers reach it; may be repeated.")  # fmt: skip
def command(port: int, no_browser: bool, host: str, names: tuple[str, ...]) -> None:
    """Read the command line and serve."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueProblem(
                f"--name: {name!r} is no name as browsers send it; write lab.example.org:8420,"
                " without http://",
                "--name",
            )
    try:
        from steepest.lab.serve import serve
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("starlette", "uvicorn", "h11"):
            raise
        raise SteepestError(
            "the lab needs a web server: install it with pip install 'steepest[lab]'"
        ) from None
    serve(port, host=host, names=names, browser=not no_browser, said=_say)


def _say(address: str) -> None:
    click.echo(f"The lab is at {address}  (Ctrl-C ends it)")
