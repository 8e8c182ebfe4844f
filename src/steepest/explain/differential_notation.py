"""How differentials of arrays look while they are worked out: d(Xw - y), dw, df.

The line under work is a graph in which a variable with an impossible name stands for every
differential, of the shape of what it is the differential of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, cast

from steepest.explain.notation import StyleName
from steepest.expression.graph import Node
from steepest.expression.matrix import hands
from steepest.expression.matrix import operations as array
from steepest.expression.matrix.typeset import write
from steepest.expression.styles import Latex, Linear

_FIRST: Final = "\ue000"


class Differential(NamedTuple):
    """d`of`; a named part or a variable is written du, any other in brackets."""

    of: Node
    named: bool


@dataclass(frozen=True)
class _Differentials:
    """What a style with differentials knows: what each stand-in means, and the hand it writes."""

    symbols: Mapping[str, Differential] = field(default_factory=dict)
    hand: hands.Typed | hands.Spoken | hands.Set | None = None

    def inside(self, name: str) -> tuple[str, bool] | None:
        """What the variable `name` is the differential of, and whether that has a name."""
        found = self.symbols.get(name)
        if found is None:
            return None
        assert self.hand is not None
        return write(found.of, replace(self.hand, style=cast(Any, self))), found.named


@dataclass(frozen=True)
class _LinearStyle(_Differentials, Linear):
    def variable(self, name: str) -> str:
        found = self.inside(name)
        if found is None:
            return super().variable(name)
        of, named = found
        return f"d{of}" if named else f"d({of})"


@dataclass(frozen=True)
class _LatexStyle(_Differentials, Latex):
    def variable(self, name: str) -> str:
        found = self.inside(name)
        if found is None:
            return super().variable(name)
        of, named = found
        return rf"\mathrm{{d}}{of}" if named else rf"\mathrm{{d}}\left({of}\right)"


class DifferentialNotation:
    """Stand-ins for differentials by the variable `by`, and the styles that show them."""

    def __init__(self, partial: bool) -> None:
        self.partial = partial
        self._symbols: dict[str, Differential] = {}
        self._stand_ins: dict[Differential, Node] = {}

    def differential(self, of: Node, named: bool = False) -> Node:
        """The variable that stands for d`of`, of its shape."""
        key = Differential(of, named)
        node = self._stand_ins.get(key)
        if node is None:
            name = f"{_FIRST}{len(self._symbols):05d}"
            node = self._stand_ins[key] = array.symbol(name, of.shape)
            self._symbols[name] = key
        return node

    def meaning(self, node: Node) -> Differential | None:
        """What a node stands for, or None if it is an ordinary one."""
        if node.op not in ("var", "symbol"):
            return None
        return self._symbols.get(node.value if node.op == "var" else node.value[0])

    def show(self, node: Node, style: StyleName) -> str:
        """`node` in one of the three styles."""
        hand: Any = {"text": hands.TEXT, "unicode": hands.UNICODE, "latex": hands.LATEX}[style]
        base = hand.style
        kind = _LatexStyle if style == "latex" else _LinearStyle
        values = {name: getattr(base, name) for name in base.__dataclass_fields__}
        return write(node, replace(hand, style=kind(**values, symbols=self._symbols, hand=hand)))

    def left_side(self, of: str, by: str, style: StyleName) -> str:
        """What a chain works out: df, du of a part; d_w f where w alone of several moves."""
        hand = {"text": hands.TEXT, "unicode": hands.UNICODE, "latex": hands.LATEX}[style]
        moving = hand.style.variable(by)
        whole, _, first = of.partition("_") if of[:2] == "f_" else (of, "", "")
        whole = "f" if whole == "f" else hand.style.variable(whole)
        if style == "latex":
            whole += f"_{{{hand.style.variable(first)}}}" if first else ""
            return (
                rf"\mathrm{{d}}_{{{moving}}} {whole}" if self.partial else rf"\mathrm{{d}}{whole}"
            )
        whole += f"_{first}" if first else ""
        return f"d_{moving} {whole}" if self.partial else f"d{whole}"
