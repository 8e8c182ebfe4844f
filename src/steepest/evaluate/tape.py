"""A graph as a flat list of operations: what evaluators run, processes exchange and pages read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from steepest.expression.graph import (
    PI,
    E,
    Node,
    Payload,
    Rational,
    build,
    constant,
    integer_power,
    topological,
    variable,
)


@dataclass(frozen=True)
class Instruction:
    """`op` on the results of earlier instructions; `value` as in `graph.Node`."""

    op: str
    args: tuple[int, ...] = ()
    value: Payload = None


@dataclass(frozen=True)
class Tape:
    """Operations in topological order. Instruction k writes register k; `outputs` are registers.

    `variables` are the inputs, in the order of a point's coordinates; each occurs in
    `instructions` at most once, as op "var".
    """

    variables: tuple[str, ...]
    instructions: tuple[Instruction, ...]
    outputs: tuple[int, ...]

    @classmethod
    def record(cls, roots: Sequence[Node], variables: Sequence[str]) -> Tape:
        """The tape that computes `roots`; shared subexpressions are computed once."""
        order = topological(roots)
        register = {node: k for k, node in enumerate(order)}
        instructions = tuple(
            Instruction(node.op, tuple(register[a] for a in node.args), node.value)
            for node in order
        )
        return cls(tuple(variables), instructions, tuple(register[r] for r in roots))

    def nodes(self) -> list[Node]:
        """The graph again: the roots that were recorded."""
        built: list[Node] = []
        for step in self.instructions:
            args = [built[k] for k in step.args]
            if step.op == "const":
                built.append(constant(step.value))
            elif step.op == "var":
                built.append(variable(str(step.value)))
            elif step.op in ("pi", "e"):
                built.append(PI if step.op == "pi" else E)
            elif step.op == "ipow":
                built.append(integer_power(args[0], step.value))
            else:
                built.append(build(step.op, *args))
        return [built[k] for k in self.outputs]

    def last_uses(self) -> list[list[int]]:
        """For each instruction, the registers that nothing needs after it."""
        last: dict[int, int] = {}
        for k, step in enumerate(self.instructions):
            last.update(dict.fromkeys(step.args, k))
        free: list[list[int]] = [[] for _ in self.instructions]
        for register, k in last.items():
            if register not in self.outputs:
                free[k].append(register)
        return free

    def to_json(self) -> dict[str, Any]:
        """A JSON object; constants are exact, as "numerator/denominator" texts."""
        return {
            "variables": list(self.variables),
            "operations": [
                [s.op, list(s.args), str(s.value) if s.op == "const" else s.value]
                for s in self.instructions
            ],
            "outputs": list(self.outputs),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Tape:
        """The tape that `to_json` wrote."""
        steps = (
            Instruction(op, tuple(args), Fraction(value) if op == "const" else value)
            for op, args, value in data["operations"]
        )
        return cls(tuple(data["variables"]), tuple(steps), tuple(data["outputs"]))


def to_float(value: Rational) -> float:
    """The nearest double of an exact constant; infinite beyond the range."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
