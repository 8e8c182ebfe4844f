"""Derivatives worked out rule by rule, every step checked: `derivation(f)`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from steepest.errors import ParameterError
from steepest.explain.chains import PartialDerivation
from steepest.explain.differential_notation import DifferentialNotation
from steepest.explain.layout import derivation_json, derivation_latex, derivation_text
from steepest.explain.notation import Notation
from steepest.explain.parts import Part
from steepest.explain.steps import Step
from steepest.explain.working import Work
from steepest.expression.expression import Expression
from steepest.expression.graph import has_arrays
from steepest.functions.formula import Formula


@dataclass(frozen=True, eq=False)
class Derivation:
    """The gradient of a formula, rule by rule.

    `parts` are the names given to inner parts of a long formula, `partials` one derivation
    for each variable. `str()` is the text; also `.unicode`, `.latex` and `.to_json()`.
    `.hessian` works the second derivatives out in the same way, when it is asked for.
    """

    formula: Formula
    parts: tuple[Part, ...]
    partials: tuple[PartialDerivation, ...]
    notation: Notation | DifferentialNotation = field(repr=False)

    @property
    def gradient(self) -> tuple[Expression, ...]:
        """The partial derivatives, as the program uses them."""
        return self.formula.gradient

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps of all partial derivatives."""
        return tuple(step for partial in self.partials for step in partial.steps)

    @property
    def in_matrix_form(self) -> bool:
        """Whether the steps are about vectors and matrices: differentials, df = … dw."""
        return self.formula.arrays is not None and has_arrays([self.formula.root])

    @cached_property
    def hessian(self) -> tuple[tuple[PartialDerivation, ...], ...]:
        """The second derivatives: row i holds d(∂f/∂xᵢ)/dxⱼ for j = i … n."""
        f = self.formula
        if self.in_matrix_form:
            from steepest.explain.differential_working import hessian_in_matrix_form

            return tuple(hessian_in_matrix_form(f))
        rows = []
        for i, x in enumerate(f.variables):
            work = Work(f.gradient_nodes[i], f, f"f_{x}" if f.dim > 1 else "f'")
            rows.append(
                tuple(work.partial(f.variables[j], f.hessian_nodes[i][j]) for j in range(i, f.dim))
            )
        return tuple(rows)

    def __str__(self) -> str:
        return derivation_text(self, "text")

    @property
    def unicode(self) -> str:
        """The derivation for a terminal, with ∂ and x²."""
        return derivation_text(self, "unicode")

    @property
    def latex(self) -> str:
        """The derivation in LaTeX: an `aligned` block for each partial, then the gradient."""
        return derivation_latex(self)

    def to_json(self, hessian: bool = False) -> dict[str, Any]:
        """Plain data for a page: parts, steps with their checks, the gradient."""
        return derivation_json(self, hessian)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def __repr__(self) -> str:
        return f"<derivation of {self.formula} in {len(self.steps)} steps>"


def derivation(formula: Formula) -> Derivation:
    """The gradient of `formula`, worked out rule by rule.

    One rule a step. Each step is an equality that is compared at random points where the
    formula is defined and, where that decides, by normal form, before it is shown; the last
    line of each partial derivative equals the one in `formula.gradient`. A long formula names
    its inner parts, u = …, and each part is differentiated by itself.

    Over data the steps are in matrix form, by differentials: df = 2(Xw - y)ᵀX dw, and the
    gradient is what stands with dw.

    >>> print(derivation(Formula("x^2 + 3y^2")).partials[1].chain.steps[-1].line())
    6y

    Raises ParameterError if the formula has no variables, and StepError if a step is not an
    equality, which would be a defect of this package.
    """
    if not formula.dim:
        raise ParameterError(f"{formula} has no variables, so there is nothing to differentiate")
    if formula.arrays is not None and has_arrays([formula.root]):
        from steepest.explain.differential_working import partials_in_matrix_form

        of_arrays, derived = partials_in_matrix_form(formula)
        return Derivation(formula, tuple(of_arrays.parts), tuple(derived), of_arrays.notation)
    work = Work(formula.node, formula, "f")
    partials = tuple(
        work.partial(x, node)
        for x, node in zip(formula.variables, formula.gradient_nodes, strict=True)
    )
    return Derivation(formula, tuple(work.parts), partials, work.notation)
