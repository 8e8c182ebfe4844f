"""What interval arithmetic needs from whoever computes: a few primitives on lanes of doubles.

A *lane value* is a numpy array, a vector of an LLVM function or a plain number; a *mask* is
its boolean twin. All arithmetic rounds to nearest; the outward rounding is made from the
result, so that no processor mode is ever changed.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

Lanes = Any
Mask = Any

INFINITY: Final = float("inf")
LARGEST: Final = 1.7976931348623157e308

#: One unit in the last place, relative: moving r by |r|·2⁻⁵² passes the neighbouring double,
#: and a rounded +, -, *, /, sqrt is off by at most half the gap to it.
ULP: Final = 2.0**-52

#: The bound in ulp that the vector libraries in use document for every function (glibc's
#: libmvec and numpy's SVML: 4; glibc's scalar functions: fewer), doubled.
LIBRARY_ULPS: Final = 8.0

#: Where results are subnormal an ulp is absolute: this exceeds eight of them.
LIBRARY_TINY: Final = 2.0**-1070

#: A product that underflows is off by half of the smallest subnormal number.
TINY: Final = 2.0**-1074


class Machine(Protocol):
    """Floating-point primitives, each on all lanes. Masks come from comparisons."""

    def add(self, a: Lanes, b: Lanes) -> Lanes: ...
    def sub(self, a: Lanes, b: Lanes) -> Lanes: ...
    def mul(self, a: Lanes, b: Lanes) -> Lanes: ...
    def div(self, a: Lanes, b: Lanes) -> Lanes: ...
    def neg(self, a: Lanes) -> Lanes: ...
    def abs(self, a: Lanes) -> Lanes: ...
    def sqrt(self, a: Lanes) -> Lanes: ...
    def floor(self, a: Lanes) -> Lanes: ...
    def ceil(self, a: Lanes) -> Lanes: ...

    def call(self, name: str, *args: Lanes) -> Lanes:
        """A library function, accurate to `LIBRARY_ULPS`/2."""
        ...

    def smaller(self, a: Lanes, b: Lanes) -> Lanes:
        """The smaller of two lanes, neither of them NaN."""
        ...

    def larger(self, a: Lanes, b: Lanes) -> Lanes:
        """The larger of two lanes, neither of them NaN."""
        ...

    def hull(self, products: list[Lanes]) -> tuple[Lanes, Lanes]:
        """The smallest and the largest; NaN or infinite both ways if one is NaN."""
        ...

    def down(self, a: Lanes) -> Lanes:
        """A bound below every real number that rounds to `a`; -infinity for NaN or infinity.

        For sums, differences, quotients and roots; zero stays zero.
        """
        ...

    def up(self, a: Lanes) -> Lanes:
        """A bound above every real number that rounds to `a`; infinity for NaN or infinity."""
        ...

    def product_down(self, a: Lanes) -> Lanes:
        """`down` for a product or quotient, which may have underflowed."""
        ...

    def product_up(self, a: Lanes) -> Lanes: ...

    def library_down(self, a: Lanes) -> Lanes:
        """A bound below what a library function that returned `a` should have returned."""
        ...

    def library_up(self, a: Lanes) -> Lanes: ...

    def less(self, a: Lanes, b: Lanes) -> Mask: ...
    def less_equal(self, a: Lanes, b: Lanes) -> Mask: ...
    def both(self, a: Mask, b: Mask) -> Mask: ...
    def either(self, a: Mask, b: Mask) -> Mask: ...
    def negate(self, a: Mask) -> Mask: ...
    def select(self, mask: Mask, a: Lanes, b: Lanes) -> Lanes: ...
