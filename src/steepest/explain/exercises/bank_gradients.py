"""Gradients by hand, the chain rule and backpropagation."""

from __future__ import annotations

from steepest.explain.derivation import derivation
from steepest.explain.exercises.answers import GradientAnswer
from steepest.explain.exercises.asking import number, vector
from steepest.explain.exercises.dice import Dice
from steepest.explain.exercises.exercise import Bank, Drawn
from steepest.explain.exercises.words import formula, point_text, vector_text
from steepest.explain.graph import computational_graph
from steepest.functions.formula import Formula

BANK = Bank()


def _gradient(text: str, hint: str, name: str = "f") -> Drawn:
    """Find ∇f, or f′ for one variable."""
    f = Formula(text)
    asked = f"∇{name}" if f.dim > 1 else f"{name}′"
    form = ", ".join(f"∂{name}/∂{v}" for v in f.variables) if f.dim > 1 else "a formula"
    prompt = f"Find {asked} for {formula(f, name)}. Answer with {form}."
    return Drawn(prompt, GradientAnswer(f), hint, derivation(f).unicode)


@BANK.exercise("gradient-polynomial", topic="gradients", title="A polynomial in two variables")
def _gradient_polynomial(dice: Dice) -> Drawn:
    p, q = dice.whole(2, 4), dice.whole(2, 4)
    text = f"{dice.whole(-4, 5)}*x^{p}*y + {dice.whole(1, 6)}*y^{q}"
    return _gradient(text, "Hold the other variable constant, and differentiate term by term.")


@BANK.exercise("gradient-exponential", topic="gradients", title="An exponential and a sine")
def _gradient_exponential(dice: Dice) -> Drawn:
    text = f"exp({dice.whole(1, 4)}*x*y) + sin({dice.whole(2, 5)}*z)"
    return _gradient(text, "Three variables, three components; the exponent is a product.")


@BANK.exercise("gradient-sums", topic="gradients", title="A quadratic with a mixed term")
def _gradient_sums(dice: Dice) -> Drawn:
    a, b, c = dice.whole(1, 5), dice.whole(-4, 4), dice.whole(1, 5)
    return _gradient(f"{a}*x^2 + {b}*x*y + {c}*y^2", "The mixed term counts in both components.")


@BANK.exercise("gradient-quotient", topic="gradients", title="A quotient")
def _gradient_quotient(dice: Dice) -> Drawn:
    text = f"{dice.whole(1, 5)}*x/({dice.whole(1, 6)} + y^2)"
    return _gradient(text, "By x the denominator is constant; by y the numerator is.")


@BANK.exercise("gradient-logarithm", topic="gradients", title="A logarithm of a quadratic")
def _gradient_logarithm(dice: Dice) -> Drawn:
    text = f"log({dice.whole(1, 5)}*x^2 + {dice.whole(1, 5)}*y^2 + 1)"
    return _gradient(text, "(ln u)′ = u′/u.")


@BANK.exercise("gradient-at-point", topic="gradients", title="The gradient at a point")
def _gradient_at_point(dice: Dice) -> Drawn:
    f = Formula(f"{dice.whole(1, 5)}*x^2 + {dice.whole(1, 5)}*y^2")
    p = dice.point()
    prompt = f"Find ∇f at {point_text(p)} for {formula(f)}. Answer with two numbers."
    g = f.at(*p).gradient
    partials = ", ".join(x.unicode for x in f.gradient)
    solution = f"∇f = ({partials}); at {point_text(p)} this is {vector_text(g)}."
    return vector(
        prompt,
        g,
        "First the partial derivatives, then the numbers.",
        solution,
    )


@BANK.exercise("gradient-two-weights", topic="gradients", title="A squared error in two weights")
def _gradient_two_weights(dice: Dice) -> Drawn:
    text = f"({dice.whole(1, 4)}*w1 + {dice.whole(-4, 4)}*w2 - {dice.whole(1, 6)})^2"
    return _gradient(text, "The residual is the inner function; its partials are the inputs.", "L")


@BANK.exercise("gradient-mean-loss", topic="gradients", title="The mean squared error of a line")
def _gradient_mean_loss(dice: Dice) -> Drawn:
    xs = [1, 2, 3][: dice.whole(2, 3)]
    ys = [dice.whole(1, 9) for _ in xs]
    w = dice.pick([0.5, 1.0, 1.5, 2.0, -0.5])
    terms = " + ".join(f"(w*{x} - {y})^2" for x, y in zip(xs, ys, strict=True))
    loss = Formula(f"({terms})/{len(xs)}")
    value = float(loss.at(w).gradient[0])
    prompt = (
        f"L(w) is the mean of (w·xᵢ - yᵢ)² over the data x = {vector_text(xs)}, y ="
        f" {vector_text(ys)}. Find dL/dw at w = {w:g}."
    )
    hint = "dL/dw = (2/N)·Σ xᵢ·(w·xᵢ - yᵢ)."
    return number(prompt, value, hint, f"{hint} Here it is {value:.6g}.")


@BANK.exercise("gradient-least-squares", topic="gradients", title="Least squares with two rows")
def _gradient_least_squares(dice: Dice) -> Drawn:
    rows = [dice.point(2, 3) for _ in range(2)]
    y = dice.point(2, 4)
    w = dice.point(2, 2)
    terms = (f"({a}*w1 + {b}*w2 - {t})^2" for (a, b), t in zip(rows, y, strict=True))
    loss = Formula(" + ".join(terms))
    g = loss.at(*w).gradient
    prompt = (
        f"X has the rows {vector_text(rows[0])} and {vector_text(rows[1])}, and y ="
        f" {vector_text(y)}. Find the gradient of ‖Xw - y‖² at w = {vector_text(w)}."
    )
    hint = "∇‖Xw - y‖² = 2Xᵀ(Xw - y): first the residuals, then Xᵀ times them."
    return vector(prompt, g, hint, f"{hint} Here it is {vector_text(g)}.")


@BANK.exercise("chain-power", topic="chain rule", title="A power of a polynomial")
def _chain_power(dice: Dice) -> Drawn:
    text = f"({dice.whole(1, 4)}*x^{dice.whole(2, 3)} + {dice.whole(1, 5)})^{dice.whole(3, 6)}"
    return _gradient(text, "Outer function: the power. Inner function: what is in parentheses.")


@BANK.exercise("chain-trigonometric", topic="chain rule", title="A sine or cosine of something")
def _chain_trigonometric(dice: Dice) -> Drawn:
    text = f"{dice.pick(['sin', 'cos'])}({dice.whole(2, 5)}*x^{dice.whole(2, 4)})"
    return _gradient(text, "The inner derivative is a factor; the outer keeps its argument.")


@BANK.exercise("chain-product", topic="chain rule", title="A power times an exponential")
def _chain_product(dice: Dice) -> Drawn:
    text = f"x^{dice.whole(2, 5)}*exp({dice.whole(-4, 4)}*x)"
    return _gradient(text, "Product rule first; one of its terms needs the chain rule.")


@BANK.exercise("chain-nested", topic="chain rule", title="Three functions deep")
def _chain_nested(dice: Dice) -> Drawn:
    return _gradient(
        f"log({dice.whole(1, 5)} + exp({dice.whole(2, 6)}*x))",
        "From the outside in, one function at a time.",
    )


@BANK.exercise("chain-composition", topic="chain rule", title="A chain of three layers, in numbers")
def _chain_composition(dice: Dice) -> Drawn:
    a, b, c = dice.whole(2, 5), dice.whole(1, 4), dice.whole(2, 4)
    theta = dice.whole(1, 3)
    f = Formula(f"({a}*(t^2 + {b}) - {c})^2", variables=["t"])
    value = float(f.at(theta).gradient[0])
    prompt = (
        f"L = u², u = {a}v - {c}, v = t² + {b}. Multiply dL/du, du/dv and dv/dt to find dL/dt at"
        f" t = {theta}."
    )
    v = theta**2 + b
    u = a * v - c
    solution = f"v = {v}, u = {u}; dL/dt = 2·{u} · {a} · 2·{theta} = {value:g}."
    return number(prompt, value, "Compute v and u first: dL/du is taken at u.", solution)


@BANK.exercise("chain-path", topic="chain rule", title="Along a path")
def _chain_path(dice: Dice) -> Drawn:
    a, b, t = dice.whole(1, 4), dice.whole(1, 4), dice.whole(1, 2)
    f = Formula(f"{a}*x^2 + x*y")
    path = Formula(f"{a}*(t^2)^2 + t^2*({b}*t)", variables=["t"])
    value = float(path.at(t).gradient[0])
    prompt = (
        f"{formula(f)}. A point moves along x = t², y = {formula_of(f'{b}*t')}. How fast does f"
        f" change at t = {t} (df/dt)?"
    )
    g = f.at(t**2, b * t).gradient
    solution = f"df/dt = ∇f·(x′, y′) = {vector_text(g)}·({2 * t}, {b}) = {value:g}."
    return number(prompt, value, "df/dt = ∂f/∂x·dx/dt + ∂f/∂y·dy/dt.", solution)


@BANK.exercise("adjoint", topic="backpropagation", title="An adjoint")
def _adjoint(dice: Dice) -> Drawn:
    a, b = dice.whole(2, 5), dice.whole(-4, 4)
    p = dice.point(2, 3)
    graph = computational_graph(f"({a}*x + {b}*y)^2", p)
    value = float(graph.gradient[0])
    prompt = (
        f"u = {formula_of(f'{a}*x + {b}*y')}, f = u². Send the adjoint 1 of f back: what is the"
        f" adjoint of x at (x, y) = {point_text(p)}?"
    )
    u = a * p[0] + b * p[1]
    solution = f"u = {u}; the adjoint of u is 2u = {2 * u}, that of x is {2 * u}·{a} = {value:g}."
    return number(prompt, value, "The adjoint of u first, then times ∂u/∂x.", solution)


@BANK.exercise("adjoint-sum", topic="backpropagation", title="Branches that meet")
def _adjoint_sum(dice: Dice) -> Drawn:
    a, n = dice.whole(2, 5), dice.whole(2, 4)
    p = (dice.whole(1, 3), dice.whole(1, 4))
    f = Formula(f"x*y + {a}*x^{n}")
    graph = computational_graph(f, p)
    (x,) = (node for node in graph.nodes if node.name == "x")
    parts = sorted(flow.amount for flow in x.flows)
    prompt = (
        f"In {formula(f)} the variable x is used twice. What is its adjoint at {point_text(p)}?"
    )
    told = " + ".join(f"{v:g}" for v in parts)
    return number(
        prompt,
        x.adjoint,
        "What arrives from each use is added.",
        f"The two uses send {told}, together {x.adjoint:g}.",
    )


@BANK.exercise("vector-jacobian", topic="backpropagation", title="A vector-Jacobian product")
def _vector_jacobian(dice: Dice) -> Drawn:
    p = (dice.whole(1, 4), dice.whole(1, 4))
    w = (dice.whole(-2, 3, but=()), dice.whole(-2, 3, but=()), dice.whole(1, 3))
    graph = computational_graph(("x1^2", "x1*x2", "x2^2"), p)
    product = graph.vjp(w)
    prompt = (
        f"F(x₁, x₂) = (x₁², x₁·x₂, x₂²). Find w·J at {point_text(p)} for w = {vector_text(w)},"
        " where J is the Jacobian of F."
    )
    rows = "; ".join(vector_text(row) for row in graph.jacobian)
    return vector(
        prompt,
        product,
        "J has a row for each component of F.",
        f"The rows of J are {rows}; weighted with w they add up to {vector_text(product)}.",
    )


def formula_of(text: str) -> str:
    """A formula's right side, for a terminal."""
    return Formula(text).expression.unicode
