"""The command line: `steepest explore "x^2 + 3y^2" --at 1,2`. One command a file."""

from __future__ import annotations

import click

from steepest import __version__
from steepest.cli.group import Steepest

_EXAMPLES = """\b
Examples:
  steepest explore "x^2 + 3y^2" --at 1,2
  steepest explore "sin(x)*exp(-x/4)" --at pi/2 -o curve.png
  steepest descend "(1-x)^2 + 100(y-x^2)^2" --from -1,1 --rule momentum --step-size 0.001
  steepest derive "x^2*y + y^3"
  steepest check "x^2 + 3y^2" --gradient "2x, 6y"
"""


@click.group(
    cls=Steepest,
    help=f"Which way is up, how steep, and what happens to whoever walks down.\n\n{_EXAMPLES}",
    context_settings={"help_option_names": ["--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="steepest", message="%(prog)s %(version)s")
def main() -> None:
    """The group; its help is above."""
