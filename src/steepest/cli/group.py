"""The `steepest` command: loads a command only when it runs, and fails with one clear error."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import click

from steepest.cli.failure import UsageProblem, nearest_command, report
from steepest.errors import SteepestError

_INTERRUPTED: Final = 130

#: Command -> what `--help` says about it; the module of the same name holds it.
COMMANDS: Final[dict[str, str]] = {
    "explore": "The function at a point: gradient, steepest direction, curvature, picture.",
    "descend": "Walk down from a point by a step rule.",
    "critical": "Every critical point in a box, proved.",
    "basins": "Which starts reach which minimum, as a map.",
    "sweep": "One start, every step size, and the limit 2/λmax.",
    "derive": "The gradient and the Hessian, rule by rule.",
    "graph": "Values, local derivatives and adjoints, operation by operation.",
    "check": "Mark an answer to “what is the gradient?”.",
    "watch": "What is going on in a training run, replayed or live.",
    "surface": "A network's loss surface, from the file that keeps its points.",
    "practice": "Exercises with your own numbers, marked as you answer.",
    "lab": "The page for any formula in your browser, with proofs.",
}


class Steepest(click.Group):
    """The group of commands. Exit status: 0; 2 after an error; 130 after Ctrl-C."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"steepest.cli.{cmd_name}").command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("--"):
            raise nearest_command(args[0], list(COMMANDS))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # From the table above, so that `--help` need not load every command.
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,
    ) -> Any:
        """Run the command line `args` (default: the process's own) and exit with its status."""
        args = sys.argv[1:] if args is None else list(args)
        _forgive_narrow_encodings()
        try:
            extra["standalone_mode"] = False
            status = super().main(args, prog_name or "steepest", **extra)
        except click.exceptions.NoArgsIsHelpError as nothing:
            click.echo(nothing.ctx.get_help() if nothing.ctx else "")
            status = 0
        except (click.ClickException, SteepestError) as error:
            context = getattr(error, "ctx", None)
            report(error, args, context.command if context else None)
            status = 2
        except (KeyboardInterrupt, click.Abort):
            status = _INTERRUPTED
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; stop quietly when whoever reads the output has gone."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # What is still buffered has no reader: without this, Python would complain at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return result


class FormulaCommand(click.Command):
    """A command whose one argument is a formula, which may start with a minus sign."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options, formulas = self._separate(ctx, args)
        if len(formulas) > 1:
            raise UsageProblem(
                "one formula is expected; put it in quotes if it has spaces", formulas[1]
            )
        return super().parse_args(ctx, [*options, "--", *formulas])

    def _separate(self, ctx: click.Context, args: list[str]) -> tuple[list[str], list[str]]:
        """`args` as options with their values, and the rest: the formula."""
        takes_value = {
            name: not option.is_flag and not option.count
            for option in self.get_params(ctx)
            if isinstance(option, click.Option)
            for name in (*option.opts, *option.secondary_opts)
        }
        options: list[str] = []
        formulas: list[str] = []
        k = 0
        while k < len(args):
            arg = args[k]
            if arg == "--":
                formulas.extend(args[k + 1 :])
                break
            if takes_value.get(arg):
                if k + 1 == len(args):
                    raise click.BadOptionUsage(arg, f"{arg} needs a value", ctx)
                options.extend(args[k : k + 2])
                k += 1
            elif arg in takes_value:
                options.append(arg)
            elif _LONG_OPTION.fullmatch(arg):
                name = arg.partition("=")[0]
                if name not in takes_value:
                    raise click.NoSuchOption(name, ctx=ctx)
                options.append(arg)
            else:
                formulas.append(arg)
            k += 1
        return options, formulas


# "--step-size", "--norm=l1", also when unknown; but "--x" and "--x^2" are formulas.
_LONG_OPTION: Final = re.compile(r"--[a-z][a-z]+(-[a-z]+)*(=.*)?", re.DOTALL)


def _forgive_narrow_encodings() -> None:
    """An output that cannot show ∇ gets a ?, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and (stream.encoding or "").lower().replace("-", "") != "utf8":
            reconfigure(errors="replace")
