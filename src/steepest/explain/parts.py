"""Naming the inner parts of a long formula: u = x^2 + y, so that no line grows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from steepest.expression.expression import Expression
from steepest.expression.graph import Node, rebuild, substitute, topological, variable

#: A formula up to this many characters is left whole.
LONGEST_LINE: Final = 64
_LONGEST_PART: Final = 20
_LONGEST_TERM: Final = 12  # in a sum: each longer term is differentiated by itself
_LONGEST_CHAIN: Final = 100  # of terms or factors, which make a line longer but not deeper
_SHARED_PART: Final = 10  # characters from which a part that is used twice gets a name
_LETTERS: Final = "uvwstpqrgmkabcd"
_UNNAMED: Final = frozenset({"lt", "le"})
# ‖u‖² has a simpler derivative than v² with v = ‖u‖, and uᵀ is as short as its name.
_WITH_OUTER: Final = frozenset({"norm", "transpose", "fill", "diag"})


class Part(NamedTuple):
    """A named part: `name` = `definition` (in terms of earlier parts) = `whole`."""

    name: str
    definition: Node
    whole: Node


def name_parts(
    roots: Sequence[Node], taken: Iterable[str], longest: int = LONGEST_LINE
) -> tuple[list[Part], list[Node]]:
    """Parts of `roots`, and the roots in terms of them; no parts if every root is short."""
    if all(len(_text(root)) <= longest for root in roots):
        return [], list(roots)
    names = _names(set(taken))
    order = topological(roots)
    uses = Counter(a for node in order for a in node.args)
    within_chains = _within_chains(order)
    terms = {a for node in order if node.op in ("add", "sub") for a in node.args}
    short: dict[Node, Node] = {}
    parts: list[Part] = []
    for node in order:
        args = tuple(short[a] for a in node.args)
        written = node if args == node.args else rebuild(node, args)
        short[node] = written
        if not node.args or node.op in _UNNAMED or node in roots or node.op in _WITH_OUTER:
            continue
        length = len(_text(written))
        if node in within_chains and length <= _LONGEST_CHAIN:
            continue
        limit = _LONGEST_TERM if node in terms else _LONGEST_PART
        if length > limit or (uses[node] > 1 and length > _SHARED_PART):
            part = Part(next(names), written, node)
            parts.append(part)
            short[node] = stand_in(part.name, node)
    return parts, [short[root] for root in roots]


def _within_chains(order: Sequence[Node]) -> set[Node]:
    """Sums that are only terms of a sum, products that are only factors of a product."""
    kind = {"add": "sum", "sub": "sum", "mul": "product"}
    inside: set[Node] = set()
    outside: set[Node] = set()
    for node in order:
        for k, a in enumerate(node.args):
            same = a.op in kind and kind.get(node.op) == kind[a.op] and k == 0
            (inside if same else outside).add(a)
    return inside - outside


def fold(node: Node, parts: Sequence[Part]) -> Node:
    """`node` with every part that occurs in it written by its name."""
    if not parts:
        return node
    return substitute([node], {p.whole: stand_in(p.name, p.whole) for p in parts})[0]


def stand_in(name: str, whole: Node) -> Node:
    """The variable called `name` that stands for `whole`, of its shape."""
    if not whole.shape:
        return variable(name)
    from steepest.expression.matrix.operations import symbol

    return symbol(name, whole.shape)


def _text(node: Node) -> str:
    return str(Expression(node))


def _names(taken: set[str]) -> Iterator[str]:
    for letter in _LETTERS:
        if letter not in taken:
            yield letter
    k = 1
    while True:
        if f"u{k}" not in taken:
            yield f"u{k}"
        k += 1
