"""The options that choose a step rule, for commands other than `descend`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from steepest.cli import descend
from steepest.errors import ParameterError
from steepest.rules import Rule

_NAMES: Final = (
    "rule", "step_size", "momentum", "max_norm", "alpha", "beta", "decay", "beta1", "beta2",
    "epsilon", "norm", "max_steps", "tolerance",
)  # fmt: skip


def rule_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` the options of `steepest descend` that choose and steer a rule."""
    known = {option.name: option for option in descend.command.params}
    own = command.__dict__.setdefault("__click_params__", [])
    own.extend(known[name] for name in reversed(_NAMES))
    return command


def read_rule(name: str, norm: str, parameters: dict[str, Any]) -> Rule:
    """The rule that the options describe; errors point to the option."""
    try:
        return descend._rule(name, norm, parameters)
    except ParameterError as error:
        raise at_its_option(error, name) from None


def at_its_option(error: ParameterError, rule: str) -> Exception:
    """The same error with a caret under the option that it names."""
    return descend._at_its_option(error, rule)
