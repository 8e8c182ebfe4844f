"""The shapes of variables, from what they are multiplied with: in X @ w, w fits X.

A variable is a number unless it stands where only an array can: beside @, in dot(…), under a
transpose, or after a matrix as in X w. Such a one has unknown sides, which products, transposes
and sums of known shapes determine; what stays open is a single column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from steepest.expression.graph import Node, Shape
from steepest.expression.matrix.sides import Open, Side, join, picked, size_of
from steepest.expression.matrix.tree import Tree

#: Operations whose one array argument has the shape of the result.
_THROUGH: Final = frozenset({"neg", "transpose", "inv", "diag", "index"})
_REDUCE: Final = frozenset({"sum", "mean", "norm", "norm1", "trace", "dot", "det", "logdet"})
_SQUARE: Final = frozenset({"trace", "det", "logdet", "inv"})
_OF_ARRAYS: Final = frozenset({"matmul", "dot", "transpose", "index", "diag"}) | _SQUARE - {"trace"}


def infer(tree: Tree | Node, known: Mapping[str, Shape]) -> dict[str, Shape | None]:
    """The shapes of all names in `tree`; None where nothing tells a side.

    `known` are the shapes of data and of variables that are declared.
    """
    order = _bottom_up(tree)
    free = [t.value for t in order if t.op == "name" and t.value not in known]
    free = list(dict.fromkeys(str(name) for name in free))
    arrays = _in_array_places(order, known)
    sides: dict[str, Open] = {name: (Side(), Side()) if name in arrays else None for name in free}
    for name, shape in known.items():
        sides[name] = (Side(shape[0]), Side(shape[1])) if shape else None
    made: dict[tuple[Tree, int], Side] = {}
    _settle(order, sides, made)
    single = {n for n in arrays if (pair := sides[n]) is not None and size_of(pair[0]) == 1}
    for name in arrays:
        pair = sides[name]
        # A vector where nothing asks for more columns.
        if pair is not None and size_of(pair[1]) is None:
            pair[1].settle(1)
            _settle(order, sides, made)
    # w @ w' beside a matrix could be a number, if w were one; nothing says that it is.
    _settle(order, sides, made, sure=True)
    closed = {name: _closed(sides[name]) for name in free}
    # One entry, where only an array makes sense, is a guess and no answer.
    guessed = [n for n in arrays if closed[n] == () and n not in single]
    return closed | dict.fromkeys(guessed)


def _closed(pair: Open) -> Shape | None:
    if pair is None:
        return ()
    rows, columns = size_of(pair[0]), size_of(pair[1])
    if rows is None or columns is None:
        return None
    return () if rows == columns == 1 else (rows, columns)


def _bottom_up(tree: Tree | Node) -> list[Tree]:
    order: list[Tree] = []
    stack: list[tuple[Any, bool]] = [(tree, False)]
    while stack:
        part, expanded = stack.pop()
        if not isinstance(part, Tree):
            continue
        if expanded:
            order.append(part)
        else:
            stack.append((part, True))
            stack.extend((a, False) for a in reversed(part.args))
    return order


def _in_array_places(order: list[Tree], known: Mapping[str, Shape]) -> list[str]:
    """The free names that stand where an array must."""
    places = [
        a
        for t in order
        if t.op in _OF_ARRAYS or _after_matrix(t, known)
        for a in t.args
        if isinstance(a, Tree)
    ]
    found: dict[str, None] = {}
    for place in places:
        while place.op in _THROUGH and isinstance(place.args[0], Tree):
            place = place.args[0]
        if place.op == "name" and place.value not in known:
            found[str(place.value)] = None
    for place in places:
        # A sum, a multiple or a function of one free name: then that one is the array.
        inside = _entrywise_names(place)
        if inside and not any(known.get(n) or n in found for n in inside):
            unknown = [n for n in dict.fromkeys(inside) if n not in known]
            if len(unknown) == 1:
                found[unknown[0]] = None
    return list(found)


def _after_matrix(tree: Tree, known: Mapping[str, Shape]) -> bool:
    """Whether `tree` is X w with a matrix X: w x, with a vector x, has a number w."""
    if tree.op != "beside":
        return False
    left, turned = tree.args[0], False
    while isinstance(left, Tree) and left.op in _THROUGH:
        turned ^= left.op == "transpose"
        left = left.args[0]
    shape = known.get(str(left.value)) if isinstance(left, Tree) and left.op == "name" else None
    return bool(shape) and shape[not turned] > 1


def _entrywise_names(tree: Tree) -> list[str]:
    """The names that operations on entries lead to from `tree`; none if there are other arrays."""
    names: list[str] = []
    stack: list[Any] = [tree]
    while stack:
        part = stack.pop()
        if not isinstance(part, Tree) or part.op in _REDUCE:
            continue
        if part.op == "matmul":
            return []
        if part.op == "name":
            names.append(str(part.value))
        stack.extend(part.args)
    return names


def _settle(
    order: list[Tree],
    sides: dict[str, Open],
    made: dict[tuple[Tree, int], Side],
    sure: bool = False,
) -> None:
    """Join sides that must be equal, until nothing changes; `made` are those of parts x[1:].

    `sure`: what may yet be a number is taken for an array.
    """
    changed = True
    while changed:
        changed = False
        shape: dict[Tree, Open] = {}

        def of(part: Any, shape: dict[Tree, Open] = shape) -> Open:
            return shape.get(part) if isinstance(part, Tree) else None

        for tree in order:
            parts = [of(a) for a in tree.args]
            pair: Open = None
            if tree.op == "name":
                pair = sides[str(tree.value)]
            elif tree.op == "transpose":
                pair = parts[0] and (parts[0][1], parts[0][0])
            elif tree.op == "matmul" or (tree.op == "beside" and all(parts)):
                a, b = parts
                if a and b:
                    changed |= join(a[1], b[0])
                    pair = a[0], b[1]
                    if size_of(pair[0]) == size_of(pair[1]) == 1:
                        pair = None
                else:
                    pair = a or b  # a single column times a number
            elif tree.op == "dot" and all(parts):
                a, b = parts
                if a and b:
                    changed |= join(a[0], b[0]) | join(a[1], b[1])
            elif tree.op in _SQUARE and parts[0]:
                changed |= join(*parts[0])
                pair = parts[0] if tree.op == "inv" else None
            elif tree.op == "index":
                pair = picked(tree, parts[0], made)
            elif tree.op == "diag" and parts[0]:
                rows, columns = parts[0]
                # A matrix has its diagonal, and what may be a vector becomes a matrix.
                pair = (rows, Side(1)) if (size_of(columns) or 1) > 1 else (rows, rows)
                pair = (columns, columns) if size_of(rows) == 1 else pair
            elif tree.op in ("eye", "ones"):
                sizes = [int(a.value) for a in tree.args]
                other = sizes[0] if tree.op == "eye" else (*sizes, 1)[1]
                pair = None if sizes[0] == other == 1 else (Side(sizes[0]), Side(other))
            elif tree.op not in _REDUCE:
                for part in parts:
                    changed |= _entrywise(pair, part, sure)
                    pair = pair or part
            shape[tree] = pair


def _entrywise(a: Open, b: Open, sure: bool) -> bool:
    """Two arrays side by side have one shape, unless one may yet turn out to be a number."""
    if a is None or b is None:
        return False
    sure = sure or any(
        size_of(p) is not None and size_of(p) == size_of(q) for p, q in zip(a, b, strict=True)
    )
    known = any(all(size_of(s) is not None for s in pair) for pair in (a, b))
    return (join(a[0], b[0]) | join(a[1], b[1])) if sure and known else False
