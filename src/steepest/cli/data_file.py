"""The option `--data`: columns of a CSV file, or whole files, as arrays in a formula.

`--data points.csv` makes every column whose name the formula uses a vector; `--data X=points.csv`
makes a whole file of numbers a matrix, and `--data X=[a,b]` makes one of columns.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from steepest.cli.failure import UsageProblem
from steepest.evaluate.numpy import FloatArray
from steepest.expression import names
from steepest.functions.formula import Formula

option: Any = click.option(
    "--data",
    multiple=True,
    metavar="FILE",
    help="Columns of a CSV file as vectors; X=FILE: the whole file as a matrix;"
    " X=[a,b]: columns as a matrix.",
)

_NAMED: Final = re.compile(r"\s*(\w+)\s*=\s*(.*)", re.DOTALL)
_WORD: Final = re.compile(r"[^\W\d]+[0-9₀-₉]*(?:_\w+)?(?!\s*\(|\w)")
_TURNED: Final = re.compile(r"\.T(?!\w)")
_NUMBER: Final = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_SHOWN: Final = 40
_LISTED: Final = 8  # rows that are named

_Row = tuple[int, list[str]]  # its number in the file, as a spreadsheet counts; its cells
_Table = tuple[list[str], list[_Row]]  # names of columns; rows


def formula_over(text: str, data: Sequence[str]) -> Formula:
    """The formula `text` over what the options `data` name; a plain one without them.

    Raises UsageProblem for files and columns that cannot be used.
    """
    return Formula(text, data=arrays_for(text, data)) if data else Formula(text)


def words_of(text: str) -> set[str]:
    """The names in `text` that a column may have."""
    return {names.plain(word) for word in _WORD.findall(_TURNED.sub("'", text))}


def arrays_for(text: str, data: Sequence[str]) -> dict[str, FloatArray]:
    """The arrays that the options `data` name and `text` uses; errors as in `formula_over`."""
    used = words_of(text)
    columns: dict[str, FloatArray] = {}
    tables: list[tuple[str, _Table]] = []
    arrays: dict[str, FloatArray] = {}
    composed: list[tuple[str, list[str], str]] = []
    for given in data:
        named = _NAMED.fullmatch(given)
        if named is None:
            tables.append((given, _read(given)))
        elif named[2].startswith("["):
            parts = _listed(named[2], given)
            composed.append((named[1], parts, given))
        else:
            _once(named[1], arrays, given)
            arrays[named[1]] = _matrix(named[2].strip(), given)
    wanted = used | {part for _, parts, _ in composed for part in parts}
    for path, table in tables:
        found = _columns(path, table, wanted)
        for name in found:
            _once(name, columns, path)
        columns |= found
    for name, parts, given in composed:
        _once(name, arrays, given)
        arrays[name] = _join(parts, columns, [n for _, (h, _) in tables for n in h], given)
    for name in arrays:
        _once(name, {n: c for n, c in columns.items() if n in used}, f"{name}=")
    chosen = {n: c for n, c in columns.items() if n in used} | arrays
    if tables and not (set(columns) & wanted):
        known = ", ".join(name for _, (header, _) in tables for name in header)
        raise _problem(
            f"the formula uses no column of the file; the columns are: {known[:200]}", tables[0][0]
        )
    return chosen


def _once(name: str, known: Mapping[str, Any], given: str) -> None:
    if name in known:
        raise _problem(f"{name} is given twice; give each array once", given)


def _read(path: str) -> _Table:
    """The cells of a CSV file below its header."""
    rows = _cells(path, path)
    header = [cell.strip() for cell in rows[0][1]]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise _problem(f"{path}: two columns are called {twice[0]!r}; rename one", path)
    if all(_NUMBER.fullmatch(name) for name in header):
        raise _problem(
            f"{path}: the first row holds numbers and should name the columns; for a whole file"
            " as a matrix write X=FILE",
            path,
        )
    if len(rows) == 1:
        raise _problem(f"{path}: there is no row below the names of the columns", path)
    return header, rows[1:]


def _cells(path: str, given: str) -> list[_Row]:
    """All rows that are not blank, equally long. Also for files from spreadsheets.

    A row of empty cells is left out, and where rows follow it that is said.
    """
    if not path:
        raise _problem("the name of a file is missing", given)
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            read = csv.reader(file, delimiter=_delimiter(first))
            rows = [(number, row) for number, row in enumerate(read, 1) if row]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _problem(f"{path}: cannot be read ({reason}); check the name", given) from None
    except UnicodeDecodeError:
        raise _problem(f"{path}: is not text in UTF-8; save it as CSV (UTF-8)", given) from None
    except csv.Error as error:
        raise _problem(f"{path}: is not a CSV file ({error})", given) from None
    empty = {number for number, row in rows if not any(cell.strip() for cell in row)}
    rows = [(number, row) for number, row in rows if number not in empty]
    if not rows:
        raise _problem(f"{path}: the file is empty", given)
    between = [str(number) for number in sorted(empty) if number < rows[-1][0]]
    if between:
        many = "rows" if len(between) > 1 else "row"
        shown = ", ".join(between[:_LISTED]) + (", …" if len(between) > _LISTED else "")
        verb = "are" if len(between) > 1 else "is"
        click.echo(f"{path}: {many} {shown} {verb} empty and left out", err=True)
    width = len(rows[0][1])
    for number, row in rows:
        if len(row) != width:
            raise _problem(
                f"{path}: row {number} has {_count(len(row))}, the first row {width};"
                " fill or remove it",
                given,
            )
    return rows


def _delimiter(line: str) -> str:
    # Spreadsheets write ; where the comma is the decimal sign, and tabs when asked to.
    return "," if "," in line else next((sign for sign in ";\t" if sign in line), ",")


def _columns(path: str, table: _Table, wanted: set[str]) -> dict[str, FloatArray]:
    header, rows = table
    found: dict[str, FloatArray] = {}
    for j, name in enumerate(header):
        if name not in wanted:
            continue
        if names.has_meaning(name):
            raise _problem(
                f"{path}: the column {name!r} has the name of a function or constant of formulas;"
                " rename it in the file",
                path,
            )
        numbers = [_number(path, number, name, row[j], path) for number, row in rows]
        found[name] = np.array(numbers)
    return found


def _matrix(path: str, given: str) -> FloatArray:
    """A whole file of numbers; a first row without any number names its columns."""
    rows = _cells(path, given)
    first = rows[0][1]
    header = not any(_NUMBER.fullmatch(cell.strip()) for cell in first)
    if header and len(rows) == 1:
        raise _problem(f"{path}: there is no row of numbers", given)
    return np.array(
        [
            [
                _number(path, number, first[j] if header else str(j + 1), cell, given)
                for j, cell in enumerate(row)
            ]
            for number, row in rows[header:]
        ]
    )


def _listed(written: str, given: str) -> list[str]:
    """The columns that [a,b] names."""
    inside = written.strip()
    parts = [part.strip() for part in inside[1:-1].split(",")]
    if not inside.endswith("]") or not all(parts):
        raise _problem(f"{written} names no columns; write [a,b]", given)
    return parts


def _join(
    parts: list[str], columns: Mapping[str, FloatArray], known: list[str], given: str
) -> FloatArray:
    missing = [part for part in parts if part not in columns]
    if missing:
        shown = ", ".join(known)[:200] or "none; give a file too, --data FILE"
        raise _problem(f"there is no column {missing[0]!r}; the columns are: {shown}", given)
    lengths = sorted({len(columns[part]) for part in parts})
    if len(lengths) > 1:
        raise _problem(f"the columns have {lengths[0]} and {lengths[-1]} rows", given)
    return np.stack([columns[part] for part in parts], axis=1)


def _number(path: str, row: int, column: str, cell: str, given: str) -> float:
    text = cell.strip()
    if _NUMBER.fullmatch(text) and np.isfinite(value := float(text)):
        return value
    if not text:
        told = "the cell is empty; fill it or leave the row out"
    elif _NUMBER.fullmatch(text):
        told = f"{text[:_SHOWN]} is too large"
    elif re.fullmatch(r"[-+]?[0-9]+,[0-9]+", text):
        told = f"{text!r} is not a number; write decimal numbers with a point"
    else:
        told = f"{text[:_SHOWN]!r} is not a number"
    raise _problem(f"{path}: row {row}, column {column}: {told}", given)


def _count(n: int) -> str:
    return "1 cell" if n == 1 else f"{n} cells"


def _problem(message: str, given: str) -> UsageProblem:
    return UsageProblem(f"--data: {message}", given)
