"""Exercises that authors add: a TOML file, or a Python file with functions in a Bank.

A TOML file holds one table for each exercise:

```toml
[[exercise]]
key = "my-slope"
topic = "directional derivatives"
title = "A slope"
numbers = { a = { from = 1, to = 5 }, p = { from = -3, to = 3, but = [0] }, q = [1, 2, 4] }
formula = "{a}*x^2 + y^2"
prompt = "{f}. Find the slope at ({p}, {q}) along (3, 4)."
answer = { number = "(2*{a}*{p}*3 + 2*{q}*4)/5" }
hint = "Divide (3, 4) by its length first."
solution = "The slope is {answer}."
```

`answer` is one of `gradient = true`, `number = "…"`, `vector = ["…", "…"]`,
`direction = ["…", "…"]` and `choice = { right = "…", options = ["…", "…"] }`. Numbers are put in
at {name}, the formula at {f}, the right answer at {answer}. A Python file defines `BANK = Bank()`.
"""

from __future__ import annotations

import importlib.util
import re
import tomllib
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from steepest.errors import FormulaError, ParameterError, SteepestError
from steepest.explain.exercises.answers import (
    Answer,
    ChoiceAnswer,
    DirectionAnswer,
    GradientAnswer,
    NumberAnswer,
    VectorAnswer,
)
from steepest.explain.exercises.dice import Dice
from steepest.explain.exercises.exercise import Bank, Drawn, Template
from steepest.explain.exercises.words import formula as shown_formula
from steepest.explain.sampling import evaluate
from steepest.expression.parse import parse
from steepest.functions.formula import Formula

_PLACE: Final = re.compile(r"\{(\w+)\}")
_FIELDS: Final = ("key", "topic", "title", "prompt", "answer")
_OPTIONAL: Final = ("numbers", "formula", "hint", "solution")
_TRIED: Final = 20  # seeds with which every exercise of a file is drawn once


def load(path: str | Path) -> Bank:
    """The exercises of a .toml or .py file. Each is drawn a few times before it is accepted.

    A Python file is run, so it is as trusted as any other program. Raises ParameterError, which
    names the file, the exercise and what is wrong with it.
    """
    path = Path(path)
    if path.suffix not in (".toml", ".py"):
        raise ParameterError(f"{path}: exercises come from a .toml or a .py file")
    if not path.is_file():
        raise ParameterError(f"{path}: there is no such file")
    bank = _from_toml(path) if path.suffix == ".toml" else _from_python(path)
    for template in bank.templates:
        _try(path, template)
    return bank


def _try(path: Path, template: Template) -> None:
    """Draw an exercise with some seeds: the right answer must be marked right, no answer wrong."""
    for seed in range(_TRIED):
        try:
            drawn = template.draw(seed)
            right, empty = drawn.check(drawn.answer.shown), drawn.check("")
        except SteepestError as error:
            told = str(error).removeprefix(str(_refuse(path, template.key, "")))
            raise _refuse(path, template.key, f"seed {seed}: {told}") from None
        except Exception as error:  # an author's own function may raise anything
            told = f"{_line(error, path)}{type(error).__name__}: {error}"
            raise _refuse(path, template.key, f"seed {seed}: {told}") from error
        if not right or empty:
            raise _refuse(
                path,
                template.key,
                f"seed {seed}: its own answer {drawn.answer.shown!r} is marked {right}",
            )


def _from_python(path: Path) -> Bank:
    spec = importlib.util.spec_from_file_location(f"steepest_exercises_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ParameterError(f"{path}: this is not a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise ParameterError(
            f"{path}: line {error.lineno}: this is not Python: {error.msg}"
        ) from error
    except Exception as error:
        told = f"{_line(error, path)}{type(error).__name__}: {error}"
        raise ParameterError(f"{path}: {told}") from error
    bank = getattr(module, "BANK", None)
    if not isinstance(bank, Bank):
        raise ParameterError(f"{path}: define BANK = Bank() and add exercises to it")
    return bank


def _line(error: Exception, path: Path) -> str:
    """Where in the file at `path` an error came from, as the start of a sentence."""
    lines = [
        number
        for frame, number in traceback.walk_tb(error.__traceback__)
        if Path(frame.f_code.co_filename) == path.absolute()
    ]
    return f"line {lines[-1]}: " if lines else ""


def _from_toml(path: Path) -> Bank:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path}: this is not TOML: {error}") from None
    tables = data.get("exercise")
    if not isinstance(tables, list) or not tables:
        raise ParameterError(f"{path}: write an [[exercise]] table for each exercise")
    bank = Bank()
    for table in tables:
        bank.add(_template(path, table))
    return bank


def _template(path: Path, table: dict[str, Any]) -> Template:
    key = str(table.get("key", "?"))
    missing = [name for name in _FIELDS if name not in table]
    if missing:
        raise _refuse(path, key, f"{missing[0]} is missing")
    unknown = [name for name in table if name not in (*_FIELDS, *_OPTIONAL)]
    if unknown:
        known = ", ".join((*_FIELDS, *_OPTIONAL))
        raise _refuse(path, key, f"{unknown[0]} is unknown; the fields are {known}")
    numbers = {name: _range(path, key, name, r) for name, r in table.get("numbers", {}).items()}

    def make(dice: Dice) -> Drawn:
        values = {name: dice.pick(choices) for name, choices in numbers.items()}

        def fill(text: str) -> str:
            return _PLACE.sub(lambda m: _put(path, key, m[1], values), text)

        f = Formula(fill(table["formula"])) if "formula" in table else None
        if f is not None:
            values["f"] = shown_formula(f)
        answer = _answer(path, key, table["answer"], f, fill)
        values["answer"] = answer.shown
        hint, solution = (fill(table.get(name, "")) for name in ("hint", "solution"))
        return Drawn(fill(table["prompt"]), answer, hint, solution or answer.shown)

    return Template(key, str(table["topic"]), str(table["title"]), make)


def _put(path: Path, key: str, name: str, values: dict[str, Any]) -> str:
    if name not in values:
        raise _refuse(path, key, f"{{{name}}} is not defined; the names are {', '.join(values)}")
    value = values[name]
    # (-3)^2 and 2*(-3) need the parentheses, 3 does not.
    return f"({value})" if isinstance(value, int | float) and value < 0 else str(value)


def _range(path: Path, key: str, name: str, given: Any) -> list[Any]:
    if isinstance(given, list) and given:
        return given
    if isinstance(given, dict) and isinstance(given.get("from"), int):
        top, but = given.get("to"), given.get("but", [])
        if isinstance(top, int):
            choices = [n for n in range(given["from"], top + 1) if n not in but]
            if choices:
                return choices
    raise _refuse(path, key, f"numbers.{name} is a list, or {{ from = 1, to = 9, but = [0] }}")


def _answer(
    path: Path, key: str, given: Any, f: Formula | None, fill: Callable[[str], str]
) -> Answer:
    kinds = ("gradient", "number", "vector", "direction", "choice")
    if not isinstance(given, dict) or len(given) != 1 or next(iter(given)) not in kinds:
        raise _refuse(path, key, f"answer has one of {', '.join(kinds)}")
    ((kind, value),) = given.items()
    if kind == "gradient":
        if f is None:
            raise _refuse(path, key, "a gradient needs a formula")
        return GradientAnswer(f)
    if kind == "number":
        return NumberAnswer(_value(path, key, fill(str(value))))
    if kind == "choice":
        return ChoiceAnswer(fill(value["right"]), tuple(value["options"]))
    numbers = tuple(_value(path, key, fill(str(v))) for v in value)
    if kind == "vector":
        return VectorAnswer(numbers)
    size = float(np.linalg.norm(numbers))
    if not size:
        raise _refuse(path, key, "a direction cannot be the zero vector")
    return DirectionAnswer(tuple(v / size for v in numbers))


def _value(path: Path, key: str, text: str) -> float:
    try:
        node = parse(text, ())
    except FormulaError as error:
        raise _refuse(path, key, str(error)) from None
    value = float(evaluate([node], (), np.empty((1, 0)))[0, 0])
    if not np.isfinite(value):
        raise _refuse(path, key, f"{text} has no finite value")
    return value


def _refuse(path: Path, key: str, reason: str) -> ParameterError:
    return ParameterError(f"{path}: exercise {key!r}: {reason}")
