"""The options that choose a step rule, and the rule that they describe."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, Final

import click

from steepest.cli import options
from steepest.cli.failure import ValueProblem
from steepest.errors import ParameterError
from steepest.norms import BY_NAME as NORMS
from steepest.rules import BY_NAME as RULES
from steepest.rules import Rule

#: Parameter of a rule -> the options that set it, the first one that the rule's name allows.
_OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "step_size": ("--step-size",),
    "max_norm": ("--max-norm",),
    "beta": ("--momentum", "--beta"),
    "alpha": ("--alpha",),
    "decay": ("--decay",),
    "beta1": ("--beta1",),
    "beta2": ("--beta2",),
    "epsilon": ("--epsilon",),
    "norm": ("--norm",),
    "max_steps": ("--max-steps",),
    "tolerance": ("--tolerance",),
}
_PARAMETER: Final = re.compile(r"^(?:\w+\()?(\w+)=")
_RULE_OPTIONS: Final = (
    click.option("--rule", type=click.Choice(list(RULES)), default="fixed", show_default=True,
                 help="How a gradient becomes a step."),
    click.option("--step-size", type=float, metavar="η", help="The learning rate."),
    click.option("--momentum", type=float, metavar="β", help="For momentum and nesterov."),
    click.option("--max-norm", type=float, help="For clipped: the longest gradient."),
    click.option("--alpha", type=float, help="For backtracking: the decrease asked for."),
    click.option("--beta", type=float, help="For backtracking: how steps shrink."),
    click.option("--decay", type=float, help="For rmsprop."),
    click.option("--beta1", type=float, help="For adam."),
    click.option("--beta2", type=float, help="For adam."),
    click.option("--epsilon", type=float, help="For rmsprop and adam."),
    options.norm,
    click.option("--max-steps", type=int, default=1000, show_default=True,
                 help="Stop after these."),
    click.option("--tolerance", type=float, default=1e-8, show_default=True,
                 help="Stop when the gradient is this short."),
)  # fmt: skip


def rule_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` the options that choose and steer a rule."""
    for option in reversed(_RULE_OPTIONS):
        command = option(command)
    return command


def read_rule(name: str, norm: str, parameters: dict[str, float | None]) -> Rule:
    """The rule `name` with the parameters that were given; errors point to the option."""
    try:
        return _built(name, norm, parameters)
    except ParameterError as error:
        raise at_its_option(error, name) from None


def at_its_option(error: ParameterError, rule: str) -> Exception:
    """The same error with a caret under the option's value, if it names a parameter."""
    found = _PARAMETER.match(str(error))
    if found is None or found.group(1) not in _OPTIONS:
        return error
    flag = _flag(found.group(1), rule)
    reason = str(error).partition(": ")[2]
    return ValueProblem(f"{flag}: {reason}", flag)


def _built(name: str, norm: str, given: dict[str, float | None]) -> Rule:
    """The rule `name` with the parameters that were given."""
    kind = RULES[name]
    takes = {field.name: field for field in fields(kind) if field.init}
    chosen: dict[str, Any] = {}
    for option, value in given.items():
        if value is None:
            continue
        parameter = _parameter(option, name)
        if parameter not in takes:
            flag = "--" + option.replace("_", "-")
            known = ", ".join(_flag(p, name) for p in takes if p in _OPTIONS)
            raise ValueProblem(f"the rule {name} has no {flag}; it takes {known}", flag)
        chosen[parameter] = value
    if "norm" in takes:
        chosen["norm"] = NORMS[norm]
    elif norm != "l2":
        raise ValueProblem(f"the rule {name} works without a norm; leave --norm out", "--norm")
    for parameter, field in takes.items():
        if field.default is MISSING and parameter not in chosen:
            flag = _flag(parameter, name)
            raise ValueProblem(f"the rule {name} needs {flag}; add {flag} 0.1", "--rule")
    return kind(**chosen)


def _parameter(option: str, rule: str) -> str:
    """The rule's parameter that an option sets: --momentum is β of momentum and nesterov."""
    if rule in ("momentum", "nesterov"):
        return {"momentum": "beta", "beta": "--beta"}.get(option, option)
    return option


def _flag(parameter: str, rule: str) -> str:
    first, *others = _OPTIONS[parameter]
    return others[0] if others and rule not in ("momentum", "nesterov") else first
