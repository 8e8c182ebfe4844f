"""Text, data and shapes -> a graph with arrays, and its variables as flat coordinates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from steepest.errors import FormulaError, ParameterError
from steepest.expression import names
from steepest.expression.graph import Node, Shape, topological
from steepest.expression.matrix import differentiate, minors, unroll
from steepest.expression.matrix import operations as array
from steepest.expression.matrix.argument import Argument
from steepest.expression.matrix.assemble import assemble
from steepest.expression.matrix.infer import infer
from steepest.expression.matrix.jacobian import jacobian
from steepest.expression.matrix.tree import Tree, parse_tree
from steepest.expression.matrix.values import Data, read_data, read_shapes, shape_words

_LARGEST_IDENTITY: Final = 8192  # half a gigabyte
_MOST_COORDINATES: Final = 1_000_000  # each has a name: more take seconds and gigabytes


@dataclass(frozen=True)
class ArrayFormula:
    """A formula over data: its graph `node` and its variables, in order.

    `leaves` are the nodes of all names, `source` is what `read_formula` made it of.
    """

    node: Node
    arguments: tuple[Argument, ...]
    leaves: Mapping[str, Node]
    source: tuple[Any, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of all coordinates."""
        return tuple(name for a in self.arguments for name in a.coordinates)

    @cached_property
    def size(self) -> int:
        """How many operations on numbers it takes, written out."""
        return unroll.size(self.node)

    @property
    def is_large(self) -> bool:
        """Whether it is too large to be written out as numbers."""
        return self.size > unroll.LIMIT or self._not_inverted is not None

    @cached_property
    def _not_inverted(self) -> Node | None:
        return unroll.too_large_to_invert(self.node)

    @cached_property
    def is_better_written_out(self) -> bool:
        """Whether its derivatives exist where those in matrix form do not.

        The derivative of det(W) is det(W) inv(W)ᵀ, but for a singular W too there is one.
        """
        return not self.is_large and any(
            n.op == "det" and depends_on_variables(n) for n in topological([self.node])
        )

    def written_out(self) -> Node:
        """The graph as one of numbers. Raises ParameterError if that is large."""
        if (found := self._not_inverted) is not None:
            n = found.args[0].shape[0]
            raise ParameterError(
                f"{self.source[0]!r:.80} has a matrix of variables {n} × {n} under {found.op}, and"
                " this needs it written out as numbers, which is done up to"
                f" {minors.LARGEST} × {minors.LARGEST}: values, gradients and Hessians are had of"
                " any size"
            )
        if self.is_large:
            raise ParameterError(
                f"{self.source[0]!r:.80} over these data takes {self.size:,} operations when it is"
                f" written out as numbers, which this needs; the limit is {unroll.LIMIT:,}: give"
                " fewer rows of data"
            )
        return unroll.unroll(self.node, self.arguments)[0]

    @cached_property
    def gradient(self) -> list[Node]:
        """The derivatives by the variables, each of its variable's shape."""
        return differentiate.gradient(self.node, [a.node for a in self.arguments])

    @cached_property
    def hessian(self) -> list[list[Node]]:
        """The second derivatives by numbers and vectors: a block for each pair of variables.

        Raises ParameterError if a variable is a matrix, or a block has no matrix form.
        """
        return [[jacobian(g, a.node) for a in self.arguments] for g in self.gradient]


def read_formula(
    text: str,
    declared: Sequence[str] | None,
    data: Mapping[str, Any] | None,
    shapes: Mapping[str, Any] | None,
) -> ArrayFormula:
    """The formula `text` over `data`; its variables are the other names.

    `declared` fixes the variables and their order, `shapes` those shapes that the formula does
    not tell. Raises FormulaError at the place where shapes do not fit, ParameterError for data
    or shapes that make no sense.
    """
    arrays = {} if data is None else read_data(data)
    known = read_shapes(shapes)
    _check_apart(arrays, known, declared)
    extra = [] if declared is None else [name for name in declared if name not in known]
    tree = parse_tree(text, declared, [*arrays, *known, *extra])
    used = names_in(tree)
    _check_used(text, arrays, known, used, declared)
    found = infer(tree, {n: d.shape for n, d in arrays.items()} | known)
    for name, shape in found.items():
        if shape is None:
            raise _untold(text, tree, name)
    variables = [name for name in used if name not in arrays]
    order = sorted(variables, key=names.natural_key) if declared is None else list(declared)
    arguments: list[Argument] = []
    for name in order:
        shape = known.get(name, found.get(name)) or ()
        start = sum(a.size for a in arguments)
        if start + math.prod(shape) > _MOST_COORDINATES:
            raise ParameterError(
                f"{name} {shape_words(shape)}: a formula has {_MOST_COORDINATES:,} coordinates"
                " at most"
            )
        arguments.append(Argument(name, shape, start))
    leaves = {name: array.data(d) for name, d in arrays.items()}
    leaves |= {a.name: a.node for a in arguments}
    _check_coordinates(arguments, arrays)
    source = text, declared, data and {n: d.array for n, d in arrays.items()}, shapes
    root = assemble(text, tree, leaves)
    if root.shape:
        what = f"the formula {shape_words(root.shape)}, and a scalar function is one number"
        start = len(text) - len(text.lstrip())
        raise FormulaError(text, start, what, "take sum(…), mean(…) or norm(…) of it")
    for node in topological([root]):
        if node.op == "eye" and node.value > _LARGEST_IDENTITY:
            raise ParameterError(
                f"{text!r:.80} needs an identity matrix {node.value:,} × {node.value:,}; the limit"
                f" is {_LARGEST_IDENTITY:,} rows"
            )
    return ArrayFormula(root, tuple(arguments), leaves, source)


def depends_on_variables(node: Node) -> bool:
    """Whether `node` depends on a variable."""
    return any(n.op in ("symbol", "var") for n in topological([node]))


def names_in(tree: Tree | Node) -> list[str]:
    """The names in `tree`, from left to right, each once."""
    return list(dict.fromkeys(name for name, _ in _places(tree)))


def _places(tree: Tree | Node) -> Iterator[tuple[str, int]]:
    """Every name in the formula, from left to right, with its place."""
    stack: list[Any] = [tree]
    while stack:
        part = stack.pop()
        if isinstance(part, Tree):
            if part.op == "name":
                yield str(part.value), part.position or 0
            stack.extend(reversed(part.args))


def _check_apart(
    arrays: Mapping[str, Data], known: Mapping[str, Shape], declared: Sequence[str] | None
) -> None:
    for name in arrays:
        if name in known or name in (declared or ()):
            raise ParameterError(
                f"{name!r} is given as data and as a variable: leave it out of one of them"
            )
    missing = [name for name in known if declared is not None and name not in declared]
    if missing:
        raise ParameterError(
            f"shapes= names {missing[0]!r}, which variables={tuple(declared or ())!r} does not list"
        )


def _check_used(
    text: str,
    arrays: Mapping[str, Data],
    known: Mapping[str, Shape],
    used: Sequence[str],
    declared: Sequence[str] | None,
) -> None:
    for kind, given in (("data", arrays), ("shapes", {} if declared is not None else known)):
        unused = [name for name in given if name not in used]
        if unused:
            raise ParameterError(
                f"{kind}: the formula {text!r:.80} does not use {', '.join(unused)};"
                " leave it out or correct the name"
            )


def _check_coordinates(arguments: Sequence[Argument], arrays: Mapping[str, Data]) -> None:
    owner: dict[str, str] = dict.fromkeys(arrays, "")
    # Numbers first, so that the array is the one whose entries are in the way.
    for a in sorted(arguments, key=lambda a: len(a.shape)):
        for name in a.coordinates:
            if name in owner:
                other = f"an entry of {owner[name]}" if owner[name] != name else "a variable"
                raise ParameterError(
                    f"{name!r} would be an entry of {a.name} and is also"
                    f" {other if owner[name] else 'data'}: rename one"
                )
        owner |= dict.fromkeys(a.coordinates, a.name)


def _untold(text: str, tree: Tree | Node, name: str) -> FormulaError:
    position = next(place for n, place in _places(tree) if n == name)
    return FormulaError(
        text,
        position,
        f"the shape of {name} is not known from the data",
        f'give shapes={{"{name}": 3}} for a vector, {{"{name}": (3, 2)}} for a matrix',
    )
