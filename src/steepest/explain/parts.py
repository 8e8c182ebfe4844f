"""Naming the inner parts of a long formula: u = x^2 + y, so that no line grows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from steepest.expression import typeset
from steepest.expression.graph import Node, rebuild, substitute, topological, variable

#: A formula up to this many characters is left whole.
LONGEST_LINE: Final = 64
_LONGEST_PART: Final = 20
_LONGEST_TERM: Final = 12  # in a sum: each longer term is differentiated by itself
_LONGEST_CHAIN: Final = 100  # of terms or factors, which make a line longer but not deeper
_SHARED_PART: Final = 10  # characters from which a part that is used twice gets a name
_LETTERS: Final = "uvwstpqrgmkabcd"
_UNNAMED: Final = frozenset({"lt", "le"})


class Part(NamedTuple):
    """A named part: `name` = `definition` (in terms of earlier parts) = `whole`."""

    name: str
    definition: Node
    whole: Node


def name_parts(
    roots: Sequence[Node], taken: Iterable[str], longest: int = LONGEST_LINE
) -> tuple[list[Part], list[Node]]:
    """Parts of `roots`, and the roots in terms of them; no parts if every root is short."""
    if all(len(typeset.text(root)) <= longest for root in roots):
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
        if not node.args or node.op in _UNNAMED or node in roots:
            continue
        length = len(typeset.text(written))
        if node in within_chains and length <= _LONGEST_CHAIN:
            continue
        limit = _LONGEST_TERM if node in terms else _LONGEST_PART
        if length > limit or (uses[node] > 1 and length > _SHARED_PART):
            part = Part(next(names), written, node)
            parts.append(part)
            short[node] = variable(part.name)
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
    return substitute([node], {p.whole: variable(p.name) for p in parts})[0]


def _names(taken: set[str]) -> Iterator[str]:
    for letter in _LETTERS:
        if letter not in taken:
            yield letter
    k = 1
    while True:
        if f"u{k}" not in taken:
            yield f"u{k}"
        k += 1
