"""Functions of the C library on vectors: libmvec where it exists, else one lane at a time."""

from __future__ import annotations

from steepest.evaluate.native.emitter import Emitter, Value
from steepest.evaluate.native.target import scalar_symbol, vector_symbol


def call(emitter: Emitter, name: str, *arguments: Value) -> Value:
    """The C library's function `name` of vectors."""
    return emitter.call(vector_function(emitter, name, len(arguments)), *arguments)


def vector_function(emitter: Emitter, name: str, takes: int) -> str:
    """The name of a function of `takes` vectors that computes `name`, made known to `emitter`."""
    width = emitter.width
    if emitter.target.vector_math:
        for lanes in (width, 4, 2):
            if lanes <= width and (symbol := vector_symbol(name, lanes)) is not None:
                return _pieces(emitter, symbol, lanes, takes)
    return lane_by_lane(emitter, name, takes)


def lane_by_lane(emitter: Emitter, name: str, takes: int) -> str:
    """A function of `takes` vectors that calls the scalar C function for every lane."""
    symbol = f"@{scalar_symbol(name)}"
    doubles = ", ".join(["double"] * takes)
    emitter.helpers[symbol] = f"declare double {symbol}({doubles}) nounwind memory(none)"
    if emitter.width == 1:
        return symbol
    function = f"@each_{name}_{emitter.width}"
    if function in emitter.helpers:
        return function
    reals, lines, last = emitter.reals, [], "poison"
    for lane in range(emitter.width):
        for k in range(takes):
            lines.append(f"%x{lane}_{k} = extractelement {reals} %a{k}, i32 {lane}")
        arguments = ", ".join(f"double %x{lane}_{k}" for k in range(takes))
        lines.append(f"%y{lane} = call double {symbol}({arguments})")
        lines.append(f"%r{lane} = insertelement {reals} {last}, double %y{lane}, i32 {lane}")
        last = f"%r{lane}"
    emitter.helpers[function] = _define(reals, function, takes, lines, last)
    return function


def _pieces(emitter: Emitter, symbol: str, lanes: int, takes: int) -> str:
    """libmvec's function, called several times if the vectors are longer than it takes."""
    piece = f"<{lanes} x double>"
    types = ", ".join([piece] * takes)
    emitter.helpers[f"@{symbol}"] = f"declare {piece} @{symbol}({types}) nounwind memory(none)"
    if lanes == emitter.width:
        return f"@{symbol}"
    function = f"@pieces_{symbol}_{emitter.width}"
    reals, lines, parts = emitter.reals, [], []
    for first in range(0, emitter.width, lanes):
        picked = ", ".join(f"i32 {first + i}" for i in range(lanes))
        for k in range(takes):
            lines.append(
                f"%x{first}_{k} = shufflevector {reals} %a{k}, {reals} poison,"
                f" <{lanes} x i32> <{picked}>"
            )
        arguments = ", ".join(f"{piece} %x{first}_{k}" for k in range(takes))
        lines.append(f"%y{first} = call {piece} @{symbol}({arguments})")
        parts.append(f"%y{first}")
    length = lanes
    while len(parts) > 1:
        joined = []
        for a, b in zip(parts[::2], parts[1::2], strict=True):
            picked = ", ".join(f"i32 {i}" for i in range(2 * length))
            name = f"{a}j"
            lines.append(
                f"{name} = shufflevector <{length} x double> {a}, <{length} x double> {b},"
                f" <{2 * length} x i32> <{picked}>"
            )
            joined.append(name)
        parts, length = joined, 2 * length
    emitter.helpers[function] = _define(reals, function, takes, lines, parts[0])
    return function


def _define(reals: str, function: str, takes: int, lines: list[str], result: str) -> str:
    arguments = ", ".join(f"{reals} %a{k}" for k in range(takes))
    body = "\n".join(f"  {line}" for line in lines)
    return (
        f"define internal {reals} {function}({arguments}) noinline nounwind #0 {{\n"
        f"{body}\n  ret {reals} {result}\n}}"
    )
