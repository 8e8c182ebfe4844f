"""Interval arithmetic as SIMD machine code, through LLVM: the same rules as the reference.

A kernel reads the bounds of a group of boxes, one box a lane, runs the whole tape in registers
and writes the bounds of every output and the flags.
"""

from __future__ import annotations

import ctypes
from typing import Any, Final

import numpy as np

from steepest.evaluate.interval.machine import INFINITY, LIBRARY_TINY, LIBRARY_ULPS, TINY, ULP
from steepest.evaluate.interval.program import Enclosure, Flag, Program
from steepest.evaluate.native import elementary, library
from steepest.evaluate.native.emitter import Emitter, Value
from steepest.evaluate.native.machine_code import Kernel, compile_text
from steepest.evaluate.native.target import Target, host
from steepest.evaluate.numpy import FloatArray
from steepest.evaluate.tape import Tape

_POINTER: Final = ctypes.c_void_p

# Half the time to compile, and code that is slower by a third: searches are short.
_EFFORT: Final = 0


class NativeMachine:
    """The primitives of `machine.Machine` as instructions; see there for what each promises."""

    def __init__(self, emitter: Emitter) -> None:
        self.emitter = emitter

    def lift(self, a: Any) -> Value:
        return a if isinstance(a, Value) else self.emitter.constant(float(a))

    def _each(self, template: str, *values: Any, mask: bool = False) -> Value:
        return self.emitter.each(template, *map(self.lift, values), mask=mask)

    def _intrinsic(self, name: str, *values: Any) -> Value:
        return self.emitter.intrinsic(name, *map(self.lift, values))

    def add(self, a: Any, b: Any) -> Value:
        return self._each("fadd {R} {0}, {1}", a, b)

    def sub(self, a: Any, b: Any) -> Value:
        return self._each("fsub {R} {0}, {1}", a, b)

    def mul(self, a: Any, b: Any) -> Value:
        return self._each("fmul {R} {0}, {1}", a, b)

    def div(self, a: Any, b: Any) -> Value:
        return self._each("fdiv {R} {0}, {1}", a, b)

    def neg(self, a: Any) -> Any:
        return -a if not isinstance(a, Value) else self._each("fneg {R} {0}", a)

    def abs(self, a: Any) -> Value:
        return self._intrinsic("fabs", a)

    def sqrt(self, a: Any) -> Value:
        return self._intrinsic("sqrt", a)

    def floor(self, a: Any) -> Value:
        return self._intrinsic("floor", a)

    def ceil(self, a: Any) -> Value:
        return self._intrinsic("ceil", a)

    def call(self, name: str, *args: Any) -> Value:
        values = [self.lift(a) for a in args]
        if name in elementary.RANGES and self.emitter.target.fma:
            return self.emitter.call(self._elementary(name), *values)
        return library.call(self.emitter, name, *values)

    def _elementary(self, name: str) -> str:
        """A function of one vector made of our own arithmetic: code that is compiled once."""
        function = f"@own_{name}"
        if function not in self.emitter.helpers:
            own = Emitter(self.emitter.target, 1)
            result = elementary.RANGES[name][0](own, Value(("%a0",)), False)
            self.emitter.helpers |= own.helpers
            body = "\n".join(own.lines)
            self.emitter.helpers[function] = (
                f"define internal {own.reals} {function}({own.reals} %a0) noinline nounwind #0 {{\n"
                f"entry:\n{body}\n  ret {own.reals} {result.names[0]}\n}}"
            )
        return function

    def smaller(self, a: Any, b: Any) -> Value:
        return self.select(self._each("fcmp olt {R} {0}, {1}", a, b, mask=True), a, b)

    def larger(self, a: Any, b: Any) -> Value:
        return self.select(self._each("fcmp ogt {R} {0}, {1}", a, b, mask=True), a, b)

    def hull(self, products: list[Any]) -> tuple[Value, Value]:
        least = most = total = self.lift(products[0])
        for value in products[1:]:
            least, most = self.smaller(least, value), self.larger(most, value)
            total = self.add(total, value)
        # A NaN may have hidden a bound; it is in the sum, and so is infinity minus infinity.
        doubtful = self._each("fcmp uno {R} {0}, {0}", total, mask=True)
        return (
            self.select(doubtful, -INFINITY, least),
            self.select(doubtful, INFINITY, most),
        )

    # The comparisons are false for NaN, which is what infinity minus infinity leaves.
    def down(self, a: Any) -> Value:
        return self.larger(self._fused(a, -ULP, a), -INFINITY)

    def up(self, a: Any) -> Value:
        return self.smaller(self._fused(a, ULP, a), INFINITY)

    def product_down(self, a: Any) -> Value:
        return self.larger(self.sub(a, self._fused(a, ULP, TINY)), -INFINITY)

    def product_up(self, a: Any) -> Value:
        return self.smaller(self.add(a, self._fused(a, ULP, TINY)), INFINITY)

    def library_down(self, a: Any) -> Value:
        return self.larger(self.sub(a, self._fused(a, LIBRARY_ULPS * ULP, LIBRARY_TINY)), -INFINITY)

    def library_up(self, a: Any) -> Value:
        return self.smaller(self.add(a, self._fused(a, LIBRARY_ULPS * ULP, LIBRARY_TINY)), INFINITY)

    def _fused(self, a: Any, factor: float, addend: Any) -> Value:
        """|a|·factor + addend, rounded once (or twice, without fused instructions)."""
        if self.emitter.target.fma:
            return self._intrinsic("fma", self.abs(a), factor, addend)
        return self.add(self.mul(self.abs(a), factor), addend)

    def less(self, a: Any, b: Any) -> Value:
        return self._each("fcmp olt {R} {0}, {1}", a, b, mask=True)

    def less_equal(self, a: Any, b: Any) -> Value:
        return self._each("fcmp ole {R} {0}, {1}", a, b, mask=True)

    def both(self, a: Value, b: Value) -> Value:
        return self.emitter.each("and {M} {0}, {1}", a, b, mask=True)

    def either(self, a: Value, b: Value) -> Value:
        return self.emitter.each("or {M} {0}, {1}", a, b, mask=True)

    def negate(self, a: Value) -> Value:
        return self.emitter.negated(a)

    def select(self, mask: Value, a: Any, b: Any) -> Value:
        return self._each("select {M} {0}, {R} {1}, {R} {2}", mask, a, b)


class NativeIntervals:
    """Encloses all outputs of a tape on many boxes at once; compiled when first called."""

    def __init__(self, tape: Tape, target: Target | None = None) -> None:
        self.tape = tape
        self._target = target or host()
        self._kernel: Kernel | None = None

    def __call__(self, lo: FloatArray, hi: FloatArray) -> Enclosure:
        """The outputs on the boxes [lo, hi], arrays (n, m): a column for each box."""
        if self._kernel is None:
            text = kernel_text(self.tape, self._target)
            arguments = (_POINTER,) * 5 + (ctypes.c_int64,) * 2
            self._kernel = compile_text(text, "enclose", arguments, _EFFORT)
        m = lo.shape[1]
        width, outputs = self._target.width, len(self.tape.outputs)
        groups = -(-m // width)
        padded = groups * width
        lo, hi = _padded(lo, padded), _padded(hi, padded)
        out_lo, out_hi = np.empty((outputs, padded)), np.empty((outputs, padded))
        flags = np.empty(padded, np.uint8)
        addresses = [array.ctypes.data for array in (lo, hi, out_lo, out_hi, flags)]
        self._kernel(*addresses, padded, groups)
        return Enclosure(out_lo[:, :m], out_hi[:, :m], flags[:m])


def _padded(bounds: FloatArray, padded: int) -> FloatArray:
    n, m = bounds.shape
    if m == padded and bounds.flags.c_contiguous:
        return bounds
    result = np.zeros((n, padded))
    result[:, :m] = bounds
    return result


def kernel_text(tape: Tape, target: Target) -> str:
    """The kernel in LLVM's text: void enclose(lo, hi, out_lo, out_hi, flags, stride, groups)."""
    emitter = Emitter(target, 1)
    emitter.block = "%loop"
    machine = NativeMachine(emitter)
    width = target.width
    lo, hi = (
        [_load(emitter, f"%{end}", i) for i in range(len(tape.variables))] for end in ("lo", "hi")
    )
    trace = Program(tape).run(machine, lo, hi)
    for k, output in enumerate(trace.outputs):
        for end, value in (("out_lo", output.lo), ("out_hi", output.hi)):
            _store(emitter, f"%{end}", k, machine.lift(value))
    _store_flags(emitter, trace.masks)
    body = "\n".join(emitter.lines)
    helpers = "\n".join(emitter.helpers.values())
    return f"""
{helpers}
attributes #0 = {{ nounwind }}
!0 = !{{!"branch_weights", i32 1, i32 1000}}
define void @enclose(ptr noalias %lo, ptr noalias %hi, ptr noalias %out_lo, ptr noalias %out_hi,
                     ptr noalias %flags, i64 %stride, i64 %groups) nounwind {{
entry:
  %any = icmp sgt i64 %groups, 0
  br i1 %any, label %loop, label %end
loop:
  %group = phi i64 [0, %entry], [%next, {emitter.block}]
  %at = mul i64 %group, {width}
{body}
  %next = add i64 %group, 1
  %more = icmp slt i64 %next, %groups
  br i1 %more, label %loop, label %end
end:
  ret void
}}
"""


def _address(emitter: Emitter, base: str, row: int) -> str:
    offset, index, address = emitter.fresh("o"), emitter.fresh("i"), emitter.fresh("p")
    emitter.line(f"{offset} = mul i64 %stride, {row}")
    emitter.line(f"{index} = add i64 {offset}, %at")
    emitter.line(f"{address} = getelementptr double, ptr {base}, i64 {index}")
    return address


def _load(emitter: Emitter, base: str, row: int) -> Value:
    name = emitter.fresh("x")
    address = _address(emitter, base, row)
    emitter.line(f"{name} = load {emitter.reals}, ptr {address}, align 8")
    return Value((name,))


def _store(emitter: Emitter, base: str, row: int, value: Value) -> None:
    address = _address(emitter, base, row)
    emitter.line(f"store {emitter.reals} {value.names[0]}, ptr {address}, align 8")


def _store_flags(emitter: Emitter, masks: dict[Flag, Value]) -> None:
    bytes_ = "i8" if emitter.width == 1 else f"<{emitter.width} x i8>"
    total = emitter.literal("0", "i8")
    for flag, mask in masks.items():
        chosen, joined = emitter.fresh("f"), emitter.fresh("f")
        literals = [emitter.literal(str(number), "i8") for number in (int(flag), 0)]
        emitter.line(
            f"{chosen} = select {emitter.masks} {mask.names[0]}, {bytes_} {literals[0]},"
            f" {bytes_} {literals[1]}"
        )
        emitter.line(f"{joined} = or {bytes_} {total}, {chosen}")
        total = joined
    address = emitter.fresh("p")
    emitter.line(f"{address} = getelementptr i8, ptr %flags, i64 %at")
    emitter.line(f"store {bytes_} {total}, ptr {address}, align 1")
