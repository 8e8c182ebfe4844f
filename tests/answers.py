"""Answers for the tests of the checkers: right ones in unusual form, and wrong ones; hundreds."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import numpy as np

from steepest import Formula
from steepest.explain.exercises.answers import (
    Answer,
    ChoiceAnswer,
    DirectionAnswer,
    GradientAnswer,
    LineAnswer,
    NumberAnswer,
    VectorAnswer,
)
from steepest.explain.sampling import candidates, evaluate
from steepest.expression import typeset
from steepest.expression.graph import (
    Node,
    build,
    constant,
    integer_power,
    rebuild,
    topological,
    variable,
)
from steepest.expression.parse import parse

FORMULAS = """
x^2 + 3y^2 | x^2*y + y^3 | exp(x*y) + sin(z) | x^2 - x*y + y^2 | (1-x)^2 + 100(y-x^2)^2
sin(x)*cos(y) | x*exp(-x^2-y^2) | log(1+x^2+y^2) | sqrt(x^2+y^2+1) | x/(1+y^2)
sin(x^2*y) | tanh(x+2y) | atan(x*y) | (x^2+y-11)^2 + (x+y^2-7)^2 | x^3 - 3x*y^2
exp(sin(x)) | cos(x)^3 | x^2*log(x) | sqrt(x)*y | 2^x*y | x*sin(x)/(1+x^2) | sigmoid(x*y)
tan(x/3) | 1/(x^2+y^2+1) | abs(x)*y | max(x, y)^2 | x^y | log(x/y) | cosh(x)*y^2 | (x+y+z)^4
hypot(x, y) | erf(x)*x | softplus(x)-y | relu(x)*x | asinh(x) + y^2 | sin(x)^2*cos(y)^2
(x*y*z)^2 | exp(-(x-1)^2/2) | x^5 - 5x^4 + 2 | (x-y)/(x^2+1)
""".replace("\n", "|").split("|")
POOL = [Formula(text) for text in map(str.strip, FORMULAS) if text]
X = variable("x")


def answers(f: Formula, change, seed: int) -> Iterator[tuple[str, int]]:
    """The gradient with one component rewritten by `change`, as text, and which one it is."""
    for k, right in enumerate(f.gradient_nodes):
        changed = change(right, random.Random(1000 * seed + k))
        if changed is not None:
            shown = [typeset.text(g) for g in f.gradient_nodes]
            shown[k] = typeset.text(changed)
            yield ", ".join(shown), k


# Right answers: each rewriting keeps the value wherever the original is defined.


def one() -> Node:
    return parse("sin(x)^2 + cos(x)^2")


REWRITES = [
    lambda n, r: build("sub", build("mul", constant(3), n), build("add", n, n)),
    lambda n, r: build("mul", n, one()),
    lambda n, r: build("div", build("mul", n, parse("1+x^2")), parse("x^2+1")),
    lambda n, r: build("add", n, parse("(x+1)^2 - x^2 - 2x - 1")),
    lambda n, r: build("mul", n, parse("exp(x)*exp(-x)")),
    lambda n, r: build("mul", n, parse("cosh(x)^2 - sinh(x)^2")),
    lambda n, r: build("div", n, parse("1/2 + 1/2")),
    lambda n, r: build("neg", build("sub", constant(0), n)),
    lambda n, r: build(
        "add", build("mul", parse("e^0.25/exp(1/4)"), n), parse("tan(x)-sin(x)/cos(x)")
    ),
    lambda n, r: anywhere(n, r, shuffled),
    lambda n, r: anywhere(anywhere(n, r, shuffled), r, spelled),
    lambda n, r: anywhere(n, r, spelled),
    lambda n, r: by_sympy(n, "expand"),
    lambda n, r: by_sympy(n, "factor"),
    lambda n, r: by_sympy(n, "together"),
]


def anywhere(node: Node, r: random.Random, rewrite) -> Node:
    """`node` with each operation rewritten or not."""
    new: dict[Node, Node] = {}
    for n in topological([node]):
        same = n if not n.args else rebuild(n, tuple(new[a] for a in n.args))
        new[n] = rewrite(same) if r.random() < 0.7 else same
    return new[node]


def shuffled(n: Node) -> Node:
    return build(n.op, n.args[1], n.args[0]) if n.op in ("add", "mul") else n


def spelled(n: Node) -> Node:
    """The same operation in other words."""
    a = n.args[0] if n.args else n
    if n.op == "sub":
        return build("add", a, build("mul", constant(-1), n.args[1]))
    if n.op == "div":
        return build("mul", a, integer_power(n.args[1], -1))
    if n.op == "ipow" and n.value == 2:
        return build("mul", a, a)
    if n.op == "exp":
        return integer_power(build("exp", build("div", a, constant(2))), 2)
    if n.op == "sqrt":
        return build("pow", a, parse("1/2"))
    if n.op == "cos":
        return build("sin", build("add", a, parse("pi/2")))
    if n.op == "sin":
        half = build("div", a, constant(2))
        return build("mul", constant(2), build("mul", build("sin", half), build("cos", half)))
    if n.op == "cosh":
        return build(
            "div", build("add", build("exp", a), build("exp", build("neg", a))), constant(2)
        )
    if n.op == "sign":
        return build("div", a, build("abs", a))
    if n.op == "sigmoid":
        return build("div", build("exp", a), build("add", build("exp", a), constant(1)))
    return n


def by_sympy(node: Node, how: str) -> Node | None:
    import sympy

    from steepest.errors import SteepestError
    from steepest.expression.sympy import from_sympy, to_sympy

    try:
        return from_sympy(getattr(sympy, how)(to_sympy(node)))
    except (SteepestError, sympy.PolynomialError):
        return None


def right_answers() -> list[tuple[Formula, str]]:
    found = []
    for f in POOL:
        for seed, rewrite in enumerate(REWRITES):
            found += [(f, text) for text, _ in answers(f, rewrite, seed)]
    return found


# Wrong answers: one change in the tree, kept if values at random points say that it matters.


def mutated(node: Node, r: random.Random) -> Node:
    """One operation of `node` changed."""
    order = topological([node])
    place = r.choice([n for n in order if n.op not in ("lt", "le")])
    new: dict[Node, Node] = {}
    for n in order:
        same = n if not n.args else rebuild(n, tuple(new[a] for a in n.args))
        new[n] = _mutant(same, r) if n is place else same
    return new[node]


def _mutant(n: Node, r: random.Random) -> Node:
    swap = {"sin": "cos", "cos": "sin", "add": "sub", "sub": "add", "exp": "cosh", "mul": "add",
            "div": "mul", "sqrt": "cbrt", "log": "asinh", "cosh": "sinh", "max": "min"}  # fmt: skip
    choices = [
        build("neg", n),
        build("mul", constant(2), n),
        build("mul", parse("1.0000001"), n),
        build("add", n, parse("1e-7")),
        build("mul", n, X),
    ]
    if n.op == "const":
        choices += [constant(n.value + 1), constant(-n.value), constant(n.value * 2)]  # type: ignore[operator]
    if n.op == "ipow":
        choices += [integer_power(n.args[0], int(n.value) + 1), n.args[0]]  # type: ignore[arg-type]
    if n.op in swap:
        choices += [build(swap[n.op], *n.args)] * 3
    if n.op in ("add", "mul", "sub"):
        choices += list(n.args)
    if n.op == "var":
        choices += [variable("y"), constant(1), build("abs", n)]
    return r.choice(choices)


def matters(f: Formula, right: Node, changed: Node) -> bool:
    points = candidates(f.dim, 200, seed=5)
    a, b, value = evaluate([right, changed, f.node], f.variables, points)
    usable = np.isfinite(a) & np.isfinite(b) & np.isfinite(value)
    a, b = np.where(usable, a, 0.0), np.where(usable, b, 0.0)
    apart = np.abs(a - b) > 1e-8 * np.maximum(np.abs(a), np.abs(b))
    return bool(apart.sum() > usable.sum() / 10) and int(usable.sum()) > 20


def wrong_answers() -> list[tuple[Formula, str, int]]:
    found = []
    for f in POOL:
        for seed in range(12):
            for k, right in enumerate(f.gradient_nodes):
                changed = mutated(right, random.Random(100 * seed + k))
                names = {n.value for n in topological([changed]) if n.op == "var"}
                if names <= set(f.variables) and matters(f, right, changed):
                    shown = [typeset.text(g) for g in f.gradient_nodes]
                    shown[k] = typeset.text(changed)
                    found.append((f, ", ".join(shown), k))
    return found


# Answers to an exercise, of whatever kind it is.


def right_forms(answer: Answer) -> list[str]:
    if isinstance(answer, GradientAnswer):
        parts = [str(g) for g in answer.formula.gradient]
        return [f"({', '.join(parts)})" if len(parts) > 1 else parts[0],
                ", ".join(f"({p})*2 - ({p})*(sin(1)^2 + cos(1)^2)" for p in parts)]  # fmt: skip
    if isinstance(answer, ChoiceAnswer):
        return [answer.right.upper(), f"  {answer.right} "]
    assert isinstance(answer, NumberAnswer | VectorAnswer | DirectionAnswer | LineAnswer)
    values = [answer.value] if isinstance(answer, NumberAnswer) else list(answer.values)
    forms = [
        ", ".join(f"{v!r}" for v in values),
        ", ".join(f"({v!r})*sqrt(4)/2" for v in values),
        ", ".join(f"{v:.4g}" for v in values),
    ]
    if isinstance(answer, LineAnswer):
        forms += [", ".join(f"{-7 * v!r}" for v in values)]
    return forms


def wrong_forms(answer: Answer) -> list[str]:
    """Answers that no marker may accept."""
    never = ["", " ", ",", "nan", "inf", "1/0", "x", "?", "(", "0,0,0,0,0", "__import__('os')"]
    if isinstance(answer, ChoiceAnswer):
        return [*never, *(o for o in answer.options if o != answer.right), "maybe"]
    if isinstance(answer, GradientAnswer):
        parts = [str(g) for g in answer.formula.gradient]
        changed = [f"1.0001*({parts[0]})", f"-({parts[0]})", f"({parts[0]}) + 0.001"]
        return [*never, *(", ".join([c, *parts[1:]]) for c in changed), ", ".join([*parts, "0"])]
    assert isinstance(answer, NumberAnswer | VectorAnswer | DirectionAnswer | LineAnswer)
    values = [answer.value] if isinstance(answer, NumberAnswer) else list(answer.values)
    size = math.hypot(*values)
    off = [v + 0.002 * (size or 1) for v in values]
    forms = [*never, ", ".join(f"{v!r}" for v in [*values, 1.0])]
    if not isinstance(answer, LineAnswer):
        forms.append(", ".join(f"{v!r}" for v in off))
        if size:
            forms.append(", ".join(f"{-v!r}" for v in values))
            forms.append(", ".join(f"{3 * v!r}" for v in values))
    else:
        forms += [f"{-values[1]!r}, {values[0]!r}", "0, 0"]
    return forms
