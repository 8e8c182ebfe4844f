"""The page's own parser, derivatives and evaluator against Python's, on Node.

The formulas are random; a mistake in either twin shows as a difference between the two.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

import steepest as st
from page_tools import tools
from problems import CHAPTER, PROBLEMS
from steepest.errors import FormulaError
from steepest.evaluate.numpy import NumpyEvaluator
from steepest.evaluate.tape import Tape
from steepest.expression.names import FUNCTIONS
from steepest.view.scene import scene

LEAVES = "x y x y 2 0.5 3 pi e 1.7 x^2 y^2 7/3".split()
EXPONENTS = "2 3 -1 -2 0.5 4 (1/3) y".split()
DAMAGE = [
    *"xy()|,+-*/^ 2³²⁻√<>=#$.eE_5[]&", "sin", "where(", "sinx", "Sin(", "1e999", "0x1", "2j", "xy",
    "arcsin(", "^2000", "foo(", "α", "β1", "ｘ", "∞", "if", "x_1", "x₁", "and", "sqrrt(x)", "1_0",
]  # fmt: skip


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Asks web/test/answer.ts many questions in one process."""
    bundle = tmp_path_factory.mktemp("web") / "answer.mjs"
    tools.run(
        "npx", "esbuild", "test/answer.ts", "--bundle", "--platform=node", "--format=esm",
        "--log-level=warning", f"--outfile={bundle}", capture=True,
    )  # fmt: skip
    node = tools.Node.find().node

    def ask(questions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        lines = "".join(json.dumps(q) + "\n" for q in questions)
        done = subprocess.run(
            [*node, str(bundle)], input=lines, capture_output=True, encoding="utf-8", check=True
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


def random_formula(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(LEAVES)

    def part() -> str:
        return random_formula(rng, depth - 1)

    kind = rng.random()
    if kind < 0.45:
        return f"({part()} {rng.choice('+-*/')} {part()})"
    if kind < 0.55:
        return f"({part()})^{rng.choice(EXPONENTS)}"
    if kind < 0.6:
        return f"where({part()} {rng.choice(['<', '<=', '>', '≥'])} {part()}, {part()}, {part()})"
    if kind < 0.78:
        return rng.choice(["|{}|", "-{}", "({}) y", "√({})", "+{}"]).format(part())
    function = rng.choice([*FUNCTIONS])
    arguments = 2 if function in ("min", "max", "atan2", "hypot") else 1
    return f"{function}({', '.join(part() for _ in range(arguments))})"


def damaged(rng: random.Random, text: str) -> str:
    letters = list(text)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
        place = rng.randrange(len(letters) + 1)
        letters[place : place + rng.randrange(2)] = [rng.choice([*DAMAGE, ""])]
    return "".join(letters)


def test_reads_and_refuses_what_python_does(answers: Any) -> None:
    rng = random.Random(20)
    texts = [damaged(rng, random_formula(rng, rng.randrange(5))) for _ in range(1500)]
    texts += [
        "(" * 4000, "(" * 70 + "x" + ")" * 70, "-" * 70 + "x", "2^" * 70 + "x", "x" + "+x" * 1000,
        "|" * 30, "|x||y|", "|x|y|", "x² ³", "sin(,)", "where(x, 1, 2)", "x^2000 #", "sin(x, y) #",
    ]  # fmt: skip
    accepted = 0
    for text, answer in zip(texts, answers([{"parse": t} for t in texts]), strict=True):
        try:
            f = st.Formula(text)
        except FormulaError as error:
            refusal = error
        else:
            accepted += 1
            assert answer["tape"] == f.value_tape.to_json(), text
            gradient = Tape.record(f.gradient_nodes, f.variables)
            assert answer["gradient"] == gradient.to_json(), text
            assert answer["text"] == [str(f.expression), *map(str, f.gradient)], text
            continue
        said = {"position": refusal.position, "reason": refusal.reason, "hint": refusal.hint}
        assert answer == said, text
    assert 400 < accepted < 1200


def test_typesets_as_python_does(answers: Any) -> None:
    texts = [p.formula for p in PROBLEMS] + [example.formula for example in CHAPTER]
    for text, answer in zip(texts, answers([{"parse": t} for t in texts]), strict=True):
        f = st.Formula(text)
        assert answer["latex"] == [f.latex, *(g.latex for g in f.gradient)], text


def everything(f: st.Formula) -> Tape:
    upper = [f.hessian_nodes[i][j] for i in range(f.dim) for j in range(i, f.dim)]
    return Tape.record([f.node, *f.gradient_nodes, *upper], f.variables)


def outputs(answer: dict[str, Any]) -> np.ndarray:
    batch = np.array([[float(v) for v in row] for row in answer["batch"]])
    singles = np.array([[float(v) for v in row] for row in answer["singles"]]).T
    assert np.array_equal(batch, singles, equal_nan=True)
    return batch


def known() -> Iterator[tuple[st.Formula, np.ndarray]]:
    rng = np.random.default_rng(7)
    for problem in PROBLEMS:
        f = st.Formula(problem.formula)
        low, high = np.array(problem.box).T
        yield f, rng.uniform(low, high, (40, f.dim))
    for example in CHAPTER:
        f = st.Formula(example.formula)
        yield f, np.array([example.point], dtype=float)


def test_value_gradient_and_hessian_equal_numpys(answers: Any) -> None:
    cases = list(known())
    asked = [{"tape": f.value_tape.to_json(), "points": p.tolist()} for f, p in cases]
    for (f, points), answer in zip(cases, answers(asked), strict=True):
        want = NumpyEvaluator(everything(f))(points)
        # Where a sum cancels, both twins round its parts: their size is the measure.
        size = np.maximum(np.abs(want), magnitudes(f, points))
        assert np.all(np.abs(outputs(answer) - want) <= 1e-13 * size), str(f)


def magnitudes(f: st.Formula, points: np.ndarray) -> np.ndarray:
    """For every output and point the largest number that its computation meets."""
    tape = everything(f)
    registers = NumpyEvaluator(
        Tape(tape.variables, tape.instructions, tuple(range(len(tape.instructions))))
    )(points)
    sizes = np.where(np.isfinite(registers), np.abs(registers), 0.0)
    reached = sizes.copy()
    for k, step in enumerate(tape.instructions):
        for a in step.args:
            reached[k] = np.maximum(reached[k], reached[a])
    return reached[list(tape.outputs)]


def test_the_same_numbers_on_random_formulas(answers: Any) -> None:
    rng, points = random.Random(5), np.random.default_rng(3)
    cases: list[tuple[st.Formula, np.ndarray]] = []
    while len(cases) < 250:
        f = st.Formula(random_formula(rng, 1 + len(cases) % 4))
        if f.dim:
            spread = [
                points.uniform(-3, 3, (12, f.dim)),
                points.normal(0, 30, (4, f.dim)),
                points.integers(-2, 3, (4, f.dim)).astype(float),
            ]
            cases.append((f, np.concatenate(spread)))
    asked = [{"tape": f.value_tape.to_json(), "points": p.tolist()} for f, p in cases]
    for (f, where), answer in zip(cases, answers(asked), strict=True):
        got, want = outputs(answer), NumpyEvaluator(everything(f))(where)
        assert np.array_equal(np.isnan(got), np.isnan(want)), str(f)
        exact = np.isinf(want)
        assert np.array_equal(got[exact], want[exact]), str(f)
        finite = np.isfinite(want)
        # Condition: how far the outputs move when the point moves by rounding.
        moved = [NumpyEvaluator(everything(f))(where * (1 + s * 4e-16)) for s in (-1, 1)]
        with np.errstate(invalid="ignore"):
            slack = np.abs(moved[0] - want) + np.abs(moved[1] - want)
            distance = np.abs(got - want)
        slack = np.where(np.isfinite(slack), slack, np.inf)
        allowed = 1e-13 * np.maximum(np.abs(want), magnitudes(f, where)) + slack
        assert np.all(distance[finite] <= allowed[finite]), str(f)


def test_the_typescript_passes_its_own_tests_and_types() -> None:
    tools.run("npx", "tsc", "--noEmit", "-p", ".", capture=True)
    tools.run("npx", "vitest", "run", "--testTimeout=120000", capture=True)


WINDOWS = [
    ("x^2 + 3y^2", (1, 2)),
    ("x^2 + 3y^2", (1e-9, -1e-9)),
    ("x^2 + 3y^2", (0, 0)),
    ("sin(10000x) + y", (1, 0)),
    ("(x - 1000)^2 + y^2", (1001, 0)),
    ("exp(x^2 + y^2)", (0.001, 0)),
    ("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", (3, 2.0001)),
    ("x^4 - 3x^2 + x", (1.1309,)),
    ("sin(10000x)", (1,)),
    ("log(x) + y", (1e-6, 1)),
    ("x^2 + 2y^2 + 3z^2 - x y z", (1, 2, 1)),
]


def test_page_and_picture_open_with_the_same_window(answers: Any) -> None:
    asked = [
        {"tape": st.Formula(text).value_tape.to_json(), "window": list(point)}
        for text, point in WINDOWS
    ]
    for (text, point), told in zip(WINDOWS, answers(asked), strict=True):
        f = st.Formula(text)
        drawn = scene(f, f.at(*point), resolution=(9, 9))
        sides = [drawn["axes"][k]["range"] for k in range(min(f.dim, 2))]
        centre = [told["cx"], told["cy"]]
        for (lo, hi), middle in zip(sides, centre, strict=False):
            assert lo == pytest.approx(middle - told["half"], rel=1e-12), text
            assert hi == pytest.approx(middle + told["half"], rel=1e-12), text


GRAPHS = [
    ("x^2 y + y^3", (1, 2)),
    ("(1 - x)^2 + 100(y - x^2)^2", (-1.2, 1)),
    ("where(x < y, x y, x/y) + max(x, y) log(y)", (0.3, 0.8)),
    ("v^2 sin(n)", (1, 2)),
]


def test_the_computational_graph_is_that_of_python(answers: Any) -> None:
    asked = [
        {"tape": st.Formula(text).value_tape.to_json(), "graph": list(point)}
        for text, point in GRAPHS
    ]
    for (text, point), told in zip(GRAPHS, answers(asked), strict=True):
        own = st.computational_graph(text, point)
        assert [n["inputs"] for n in told] == [list(n.inputs) for n in own.nodes]
        for mine, theirs in zip(own.nodes, told, strict=True):
            if mine.inputs:
                assert theirs["name"] == mine.name
            assert theirs["value"] == pytest.approx(mine.value, rel=1e-13), (text, mine)
            assert theirs["adjoint"] == pytest.approx(mine.adjoint, rel=1e-12), (text, mine)
