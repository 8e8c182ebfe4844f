"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from steepest.norms import BY_NAME

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

formula: Decorator = click.argument("formula", metavar="FORMULA")

norm: Decorator = click.option(
    "--norm",
    type=click.Choice(list(BY_NAME)),
    default="l2",
    show_default=True,
    help="The norm that measures steps.",
)

as_json: Decorator = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")

output: Decorator = click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Also save a picture: .png, .svg or .pdf.",
)

theme: Decorator = click.option(
    "--theme",
    type=click.Choice(["light", "dark"]),
    help="Colours of the pictures.  [default: the terminal's; light in a file]",
)

plane: Decorator = click.option(
    "--plane",
    metavar="x,z",
    help="With three and more variables: the two that the picture shows.",
)
