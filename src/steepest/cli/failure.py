"""What a person reads when a command fails: one error that shows the place and says what to do."""

from __future__ import annotations

import difflib
import os
import shlex
import sys
from collections.abc import Sequence

import click

from steepest.errors import SteepestError, quote_with_caret


def report(error: Exception, args: Sequence[str], command: click.Command | None) -> None:
    """Write `error` to stderr. `args` is the command line it happened in."""
    text = describe(error, args, command)
    # Whatever was typed may hold control characters: none of them reaches the terminal.
    safe = "".join(c if c == "\n" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    bold = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    label = "\x1b[1;31merror:\x1b[0m" if bold else "error:"
    click.echo(f"{label} {safe}", err=True, color=bold)


def describe(error: Exception, args: Sequence[str], command: click.Command | None) -> str:
    """The sentence for `error`, and where it can be shown, the place with a caret under it."""
    if isinstance(error, click.NoSuchOption):
        name = error.option_name
        hint = (
            _nearest(name, _options(command)) or f"the options are: {', '.join(_options(command))}"
        )
        return _at(f"no such option {name}; {hint}", args, name)
    if isinstance(error, click.MissingParameter):
        return _missing(error, args)
    if isinstance(error, click.BadOptionUsage):
        return _at(
            f"{_sentence(error.message)}; write it after the option", args, error.option_name
        )
    if isinstance(error, click.BadParameter):
        return _bad_value(error, args)
    if isinstance(error, ValueProblem):
        return _at(error.message, args, _value_of(error.options, args) or error.options[0])
    if isinstance(error, UsageProblem):
        return _at(error.message, args, error.token)
    if isinstance(error, click.ClickException):
        return _sentence(error.format_message())
    if isinstance(error, SteepestError):
        return str(error)
    return f"{type(error).__name__}: {error}"


class UsageProblem(click.UsageError):
    """A command line that makes no sense at `token`."""

    def __init__(self, message: str, token: str) -> None:
        self.token = token
        super().__init__(message)


class ValueProblem(click.UsageError):
    """A value of the option with the names `options` that makes no sense."""

    def __init__(self, message: str, *options: str) -> None:
        self.options = options
        super().__init__(message)


def nearest_command(name: str, commands: Sequence[str]) -> UsageProblem:
    """The error for a command that does not exist."""
    hint = _nearest(name, commands)
    known = f"the commands are: {', '.join(commands)}"
    return UsageProblem(f"no such command; {hint or known}", name)


def _nearest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name.lower(), known, 1, 0.6)
    return f"did you mean {close[0]}?" if close else ""


def _options(command: click.Command | None) -> list[str]:
    if command is None:
        return []
    return [*(p.opts[-1] for p in command.params if isinstance(p, click.Option)), "--help"]


def _missing(error: click.MissingParameter, args: Sequence[str]) -> str:
    line = _line(args)
    param = error.param
    if isinstance(param, click.Option):
        reason = f"{param.opts[0]} is missing; add {param.opts[0]} {param.metavar or '…'}"
    elif isinstance(param, click.Argument) and param.metavar == "FILE":
        reason = "the file is missing; give its name"
    else:
        reason = 'the formula is missing; write it in quotes, such as "x^2 + 3y^2"'
    return f"{reason}\n{quote_with_caret(line + ' ', len(line) + 1)}"


def _bad_value(error: click.BadParameter, args: Sequence[str]) -> str:
    param = error.param
    option = param.opts[0] if isinstance(param, click.Option) else ""
    value = _value_of(param.opts if param else [], args)
    reason = _sentence(error.message)
    if isinstance(param, click.Option) and isinstance(param.type, click.Choice):
        choices = [str(c) for c in param.type.choices]
        listed = ", ".join(choices)
        hint = _nearest(value, choices)
        reason = f"{value!r} is unknown; " + (
            f"{hint} The choices are: {listed}" if hint else f"choose one of: {listed}"
        )
    elif isinstance(param, click.Option) and param.type in (click.FLOAT, click.INT):
        kind = "a number" if param.type is click.FLOAT else "a whole number"
        reason = f"{value!r} is not {kind}; write one, such as {_example(param)}"
    return _at(f"{option}: {reason}" if option else reason, args, value)


def _example(param: click.Option) -> str:
    return "100" if param.type is click.INT else "0.1"


def _value_of(names: Sequence[str], args: Sequence[str]) -> str:
    """The value that the last of the options `names` has on the command line."""
    for k in range(len(args) - 1, -1, -1):
        name, equals, value = args[k].partition("=")
        if name in names:
            return value if equals else args[k + 1] if k + 1 < len(args) else ""
    return ""


def _at(message: str, args: Sequence[str], token: str) -> str:
    """`message`, and the command line with a caret under `token`."""
    line = "steepest"
    position = None
    for arg in args:
        quoted = shlex.quote(arg)
        if (
            position is None
            and token
            and (arg == token or arg.endswith("=" + token) or arg.startswith(token + "="))
        ):
            inside = arg.index(token) if not arg.startswith(token) else 0
            position = len(line) + 1 + inside + (quoted != arg)
        line += f" {quoted}"
    if position is None:
        position = len(line)
    return f"{message}\n{quote_with_caret(line, position)}"


def _line(args: Sequence[str]) -> str:
    return " ".join(["steepest", *(shlex.quote(a) for a in args)])


def _sentence(text: str) -> str:
    """click's messages start with a capital and end with a point; ours do neither."""
    text = text.rstrip(".")
    return text[:1].lower() + text[1:]
