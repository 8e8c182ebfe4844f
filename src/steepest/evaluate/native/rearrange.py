"""The same formula with fewer and earlier multiplications, for kernels whose numbers stay finite.

4·(a·x) + 2·b becomes 2·((2·x)·a + b): constants move to the front of sums, where the step size
waits for them, and to the factor of a product that is known first. Only roundings change, by
the few units that fused operations change them too; where a number could overflow on the
way, nothing is rearranged.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd

from steepest.evaluate.tape import Tape
from steepest.expression.arithmetic import split_coefficient
from steepest.expression.graph import Node, Rational, build, constant, rebuild, topological


def rearranged(tape: Tape) -> Tape:
    """A tape with the same outputs."""
    roots = tape.nodes()
    new: dict[Node, Node] = {}
    depth: dict[Node, int] = {}
    for node in topological(roots):
        args = tuple(new[a] for a in node.args)
        changed = _cheaper(rebuild(node, args) if args != node.args else node, depth)
        for made in topological([changed]):
            if made not in depth:
                depth[made] = 1 + max((depth[a] for a in made.args), default=-1)
        new[node] = changed
    return Tape.record([new[root] for root in roots], tape.variables)


def _cheaper(node: Node, depth: dict[Node, int]) -> Node:
    if node.op in ("add", "sub"):
        (c, s), (d, t) = (split_coefficient(a) for a in node.args)
        common = _common(c, d)
        if common != 1 and c and d:
            inner = build(node.op, _scaled(c / common, s, depth), _scaled(d / common, t, depth))
            return build("mul", constant(common), inner)
        return build(node.op, _scaled(Fraction(c), s, depth), _scaled(Fraction(d), t, depth))
    return node


def _common(c: Rational, d: Rational) -> Fraction:
    """The largest number that divides both to integers."""
    if c.denominator != 1 or d.denominator != 1:
        return Fraction(1)
    return Fraction(gcd(c.numerator, d.numerator))


def _scaled(c: Fraction, node: Node, depth: dict[Node, int]) -> Node:
    """c·node; a product takes the constant into its factor that is known first."""
    if c == 1:
        return node
    if c == -1:
        return build("neg", node)
    if node.op == "mul" and node.args[0].op != "const":
        p, q = sorted(node.args, key=lambda a: depth.get(a, 0))
        return build("mul", build("mul", constant(c), p), q)
    return build("mul", constant(c), node)
