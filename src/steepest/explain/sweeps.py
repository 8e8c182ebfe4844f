"""Forward and reverse sweeps through a computational graph, in plain numbers, counted.

A sweep only multiplies by local derivatives and adds where branches meet. It knows nothing of
`expression.differentiate`, so its results are a check on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from steepest.explain.rules import OUTER
from steepest.expression.graph import ONE, ZERO, Node, build, constant, integer_power

#: Operations through which a slope of 0 lets nothing pass.
GATES: Final = frozenset({"where", "min", "max", "relu", "sign"})
_NO_FLOW: Final = frozenset({"const", "pi", "e", "lt", "le"})


def local_derivatives(node: Node) -> list[Node | None]:
    """∂node/∂argument for each argument; None where nothing flows: constants, conditions."""
    return [
        None if a.op in _NO_FLOW or node.op in _NO_FLOW else partial
        for a, partial in zip(node.args, _partials(node), strict=True)
    ]


def _partials(node: Node) -> list[Node]:
    op, args = node.op, node.args
    if op in _NO_FLOW or op == "var":
        return [ZERO] * len(args)
    if op == "ipow":
        n = int(node.value)  # type: ignore[arg-type]
        lower = args[0] if n == 2 else integer_power(args[0], n - 1)
        return [build("mul", constant(n), lower) if n else ZERO]
    if op in ("neg", "sign"):
        return [constant(-1) if op == "neg" else ZERO]
    if op == "relu":
        return [build("where", build("lt", ZERO, args[0]), ONE, ZERO)]
    if op == "where":
        return [ZERO, build("where", args[0], ONE, ZERO), build("where", args[0], ZERO, ONE)]
    if len(args) == 1:
        return [OUTER[op](args[0], node)]
    return _two(op, args[0], args[1], node)


def _two(op: str, a: Node, b: Node, f: Node) -> list[Node]:
    if op in ("add", "sub"):
        return [ONE, ONE if op == "add" else constant(-1)]
    if op == "mul":
        return [b, a]
    if op == "div":
        return [build("div", ONE, b), build("neg", build("div", f, b))]
    if op == "pow":
        lower = build("mul", b, build("pow", a, build("sub", b, ONE)))
        return [lower, build("mul", f, build("log", a))]
    if op == "hypot":
        return [build("div", a, f), build("div", b, f)]
    if op == "atan2":
        size = build("add", integer_power(a, 2), integer_power(b, 2))
        return [build("div", b, size), build("neg", build("div", a, size))]
    first = build("le", a, b) if op == "min" else build("le", b, a)
    return [build("where", first, ONE, ZERO), build("where", first, ZERO, ONE)]


@dataclass(frozen=True)
class Cost:
    """What a way to all derivatives takes: sweeps, and the arithmetic in all of them."""

    sweeps: int
    multiplications: int
    additions: int

    @property
    def operations(self) -> int:
        """Multiplications and additions."""
        return self.multiplications + self.additions

    def __str__(self) -> str:
        counts = (self.sweeps, "sweep"), (self.multiplications, "multiplication")
        return ", ".join(_count(n, what) for n, what in (*counts, (self.additions, "addition")))


@dataclass(frozen=True)
class Flow:
    """What reaches a node from one user: the user's adjoint times the local derivative."""

    user: int
    adjoint: float
    local: float

    @property
    def amount(self) -> float:
        """adjoint · local."""
        return self.adjoint * self.local


@dataclass(frozen=True)
class Wiring:
    """The graph as numbers: inputs and local derivatives of every node, in topological order.

    Nothing flows through a gate whose local derivative is 0, not even 0 times something
    undefined: the branch that a choice does not take may be undefined.
    """

    inputs: Sequence[tuple[int, ...]]
    locals: Sequence[tuple[float | None, ...]]
    gates: frozenset[int]

    def reverse(self, seeds: dict[int, float]) -> tuple[list[float], list[list[Flow]], Cost]:
        """Adjoints of all nodes for the given adjoints of outputs, what flowed, and the cost."""
        n = len(self.inputs)
        flows: list[list[Flow]] = [[] for _ in range(n)]
        adjoint = [0.0] * n
        reached = [k in seeds for k in range(n)]
        multiplications = additions = 0
        for k in range(n - 1, -1, -1):
            amounts = [f.amount for f in flows[k]]
            total = seeds.get(k)
            for amount in amounts:
                if total is None:
                    total = amount
                else:
                    total += amount
                    additions += 1
            adjoint[k] = total if total is not None else 0.0
            if not reached[k]:
                continue
            for target, local in zip(self.inputs[k], self.locals[k], strict=True):
                if local is not None and not (local == 0 and k in self.gates):
                    flows[target].append(Flow(k, adjoint[k], local))
                    reached[target] = True
                    multiplications += 1
        return adjoint, flows, Cost(1, multiplications, additions)

    def forward(self, seeds: dict[int, float]) -> tuple[list[float], Cost]:
        """Tangents of all nodes when the inputs move at the given speeds, and the cost."""
        tangent: list[float] = []
        moving: list[bool] = []
        multiplications = additions = 0
        for k, (inputs, slopes) in enumerate(zip(self.inputs, self.locals, strict=True)):
            total: float | None = seeds.get(k)
            for source, local in zip(inputs, slopes, strict=True):
                closed = local == 0 and k in self.gates
                if local is None or closed or not moving[source]:
                    continue
                speed = tangent[source] * local
                multiplications += 1
                additions += total is not None
                total = speed if total is None else total + speed
            tangent.append(total if total is not None else 0.0)
            moving.append(total is not None)
        return tangent, Cost(1, multiplications, additions)


def together(costs: Sequence[Cost]) -> Cost:
    """The cost of several sweeps."""
    return Cost(
        sum(c.sweeps for c in costs),
        sum(c.multiplications for c in costs),
        sum(c.additions for c in costs),
    )


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
