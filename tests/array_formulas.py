"""Arrays, and random formulas over them, for tests of vectors and matrices in formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from steepest.functions.formula import Formula

_RNG = np.random.default_rng(3)
X, A, B = (_RNG.normal(size=s) for s in ((5, 3), (3, 3), (3, 3)))
Y = _RNG.normal(size=(5, 2))
x, y = _RNG.normal(size=5), _RNG.normal(size=5)
v, p = _RNG.normal(size=3), _RNG.uniform(0.5, 2.0, size=3)
DATA: dict[str, Any] = {"X": X, "A": A, "B": B, "Y": Y, "x": x, "y": y, "v": v, "p": p, "k": 1.7}

SHAPES = {"W": (3, 3), "w": 3, "u": 5, "w0": 5}


def formula(text: str, shapes: dict[str, Any] = SHAPES) -> tuple[Formula, dict[str, Any]]:
    """The formula with what it uses of the data and shapes."""
    plain = "".join(c if c.isalnum() else " " for c in text).split()
    data = {name: array for name, array in DATA.items() if name in plain}
    asked = {name: shape for name, shape in shapes.items() if name in plain}
    if "Y" in data:
        asked.pop("W", None)  # inferred from X@W - Y
    if text in ("mean((w*x - y)^2)", "mean((w*x + b - y)^2)"):
        asked.pop("w")  # a number
    return Formula(text, data=data, shapes=asked), data


_VECTORS3 = ["w", "v", "p", "(A@w)", "(A'@w)", "(X'@y)", "(inv(A)@w)", "X.T[:, 1:2]", "diag(A)"]
_UNARY = ["sin({})", "tanh({})", "exp(0.3*{})", "{}^2", "sigmoid({})", "-{}", "2*{}", "c*{}"]


@st.composite
def vectors(draw: st.DrawFn, depth: int = 2) -> str:
    """A text that stands for a vector of three entries."""
    if depth == 0:
        return draw(st.sampled_from(_VECTORS3))
    inner = draw(vectors(depth - 1))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return draw(st.sampled_from(_UNARY)).format(f"({inner})")
    if kind == 1:
        sign = draw(st.sampled_from("+-*"))
        return f"({inner} {sign} {draw(vectors(depth - 1))})"
    if kind == 2:
        return f"(A@({inner}))"
    return f"({draw(numbers(depth - 1))}*({inner}))"


@st.composite
def numbers(draw: st.DrawFn, depth: int = 2) -> str:
    """A text that stands for a number."""
    a = draw(vectors(depth))
    kind = draw(st.integers(0, 9))
    b = draw(vectors(max(depth - 1, 0)))
    return [
        f"sum({a})", f"mean({a})", f"dot({a}, {b})", f"(({a})'@A@({b}))",
        f"norm({a})^2", f"log(1 + norm({a})^2)", f"({a})[0]*sum(({b})[1:])",
        f"logdet(4*eye(3) + ({a})@({a})')", f"det(eye(3) + diag({a}))", f"tr(({a})@({b})')",
    ][kind]  # fmt: skip
