"""A fuzzer for the formula parser: `python tests/fuzz/fuzz_parser.py --strings 10000000`.

Texts are grown from the grammar, then damaged, or are noise. Whatever comes, the parser must
answer within 50 ms with a graph whose own text reads back as the same graph, or with a
FormulaError whose position lies in the text and whose message quotes it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from steepest.errors import FormulaError
from steepest.expression.graph import Node
from steepest.expression.parse import parse
from steepest.expression.typeset import text as written

SLOWEST = 0.02  # seconds of this thread's own time, after which the work is counted
MOST_CALLS = 400_000  # calls of functions, Python's and C's; a tenth of a second or less
CHUNK = 20_000  # strings a worker does before it reports

NUMBERS = "0 1 2 10 0.5 .5 2. 1e3 2.5e-7 1e-300 123456789 3.141592653589793 007 1e308".split()
VARIABLES = "x y z w1 theta beta α x₂ N S I E a_b x12".split()
CONSTANTS = ["pi", "e", "π"]
UNARY = (
    "abs sign sqrt cbrt exp log ln log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh"
    " acosh atanh sigmoid softplus relu erf"
).split()
BINARY = ["min", "max", "atan2", "hypot"]
OPERATORS = ["+", "-", "*", "/", "^", "**", " + ", " - ", " * ", "·", "−", "×", "÷", " ", ""]
COMPARISONS = ["<", "<=", ">", ">=", "≤", "≥"]
SUPERSCRIPTS = ["²", "³", "⁻¹", "¹⁰"]
FRAGMENTS = [
    *NUMBERS, *VARIABLES, *CONSTANTS, *UNARY, *BINARY, *OPERATORS, *COMPARISONS, *SUPERSCRIPTS,
    "where(", "(", ")", "|", "√", ",", "xy", "sinx", "Sin", "nan", "inf", "if", "==", "=", "!",
    "1_000", "0x10", "1j", "1e999", "1e-999", "#", "'", '"', "[", "]", "{", "}", ";", ":", "@",
    "x.__class__", "__import__", "lambda", "eval(", "\n", "\t", "\0", "\u200b", "ｘ", "∞", "%",
    "0e99999999", "0E-9999999",
    "^1024", "^1025", "^-1024", "9" * 41, "é", "\U0001f600", "\ud800", "\\", "$", "…", "x'", "&",
]  # fmt: skip


def grow(rng: random.Random, depth: int) -> str:
    """A text of the grammar."""
    kind = rng.random()
    if depth <= 0 or kind < 0.25:
        return rng.choice(rng.choice((NUMBERS, VARIABLES, VARIABLES, CONSTANTS)))
    inside = grow(rng, depth - 1)
    if kind < 0.6:
        return inside + rng.choice(OPERATORS) + grow(rng, depth - 1)
    if kind < 0.7:
        return f"({inside})"
    if kind < 0.8:
        return f"{rng.choice(UNARY)}({inside})"
    if kind < 0.85:
        return f"{rng.choice(BINARY)}({inside}, {grow(rng, depth - 1)})"
    if kind < 0.9:
        compared = inside + rng.choice(COMPARISONS) + grow(rng, depth - 2)
        return f"where({compared}, {grow(rng, depth - 1)}, {grow(rng, depth - 1)})"
    if kind < 0.93:
        return f"|{inside}|"
    return "-" + inside if kind < 0.97 else inside + rng.choice(SUPERSCRIPTS)


def damage(rng: random.Random, text: str) -> str:
    """`text` with a few pieces dropped, doubled, swapped, cut or put in."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        i, j = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        kind = rng.random()
        if kind < 0.4:
            text = text[:i] + rng.choice(FRAGMENTS) + text[i:]
        elif kind < 0.6:
            text = text[:i] + text[min(j, i + rng.randrange(1, 4)) :]
        elif kind < 0.75:
            text = text[:j] + text[i:]
        elif kind < 0.9:
            text = text[:i] + rng.choice(FRAGMENTS) + text[j:]
        else:
            text = text[:i] + text[i:j][::-1] + text[j:]
        if len(text) > 3000:
            text = text[:3000]
    return text


def noise(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return "".join(rng.choice(FRAGMENTS) for _ in range(rng.randrange(12)))
    return "".join(chr(rng.choice((rng.randrange(128), rng.randrange(0x3000)))) for _ in range(9))


def extreme(rng: random.Random) -> str:
    """Long or deep texts around the limits."""
    unit = rng.choice(["(", "-", "sin(", "x+", "x*", "2^", "|", "√", "7", "x ", "where(x<", "x,"])
    return unit * rng.choice((60, 64, 65, 500, 1000, 1001, 4095, 20_000)) + grow(rng, 2)


def string(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.001:
        return extreme(rng)
    if kind < 0.15:
        return noise(rng)
    text = grow(rng, rng.choice((1, 2, 3, 4)))
    return damage(rng, text) if kind < 0.75 else text


def check(text: str) -> str:
    """What the parser did with `text`: "accepted" or "refused". AssertionError if wrong."""
    answer, seconds = attempt(text)
    if seconds > SLOWEST:  # the machine may be slow: what it did is the same on every machine
        assert (done := calls(text)) < MOST_CALLS, f"took {done:,} calls"
    if isinstance(answer, FormulaError):
        check_refusal(text, answer)
        return "refused"
    assert isinstance(answer, Node), f"answered {answer!r}"
    check_echo(answer)
    return "accepted"


def attempt(text: str) -> tuple[Node | FormulaError, float]:
    started = time.thread_time()
    try:
        answer = parse(text)
    except FormulaError as error:
        answer = error
    return answer, time.thread_time() - started


def calls(text: str, variables: list[str] | None = None) -> int:
    """How many functions are called while `text` is parsed or refused."""
    done = 0

    def look(frame: object, event: str, argument: object) -> None:
        nonlocal done
        done += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        parse(text, variables)
    except FormulaError:
        pass
    finally:
        sys.setprofile(before)
    return done


def check_refusal(text: str, error: FormulaError) -> None:
    """The error is about `text`, says why, and points at a place that it quotes."""
    assert error.text == text, "the error is about another text"
    assert 0 <= error.position <= len(text), f"position {error.position} is outside"
    reason, quote, caret = str(error).rsplit("\n", 2)
    assert reason, "no reason is given"
    assert caret.strip() == "^", "no caret"
    place = text[error.position : error.position + 1]
    assert not place.isprintable() or place in quote, "the place is not quoted"


def check_echo(node: Node) -> None:
    """The formula's text is read again, and settles: from then on it reads back as itself."""
    first = written(node)
    second, _ = attempt(first)
    if isinstance(second, FormulaError):
        # The echo may be longer or nested deeper than what was typed.
        assert any(limit in second.reason for limit in LIMITS), f"echo refused: {second}"
        return
    settled = written(second)
    third, _ = attempt(settled)
    same = isinstance(third, Node) and written(third) == settled
    assert same, f"{first!r} is echoed as {settled!r}, which does not read back"


LIMITS = ("nested more than", "more than 1,000 operations", "characters, the limit")


@dataclass
class Result:
    """How a run went: counts by outcome, and each failure with its text."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str]] = field(default_factory=list)


def run(seed: int, count: int) -> Result:
    """`count` strings from `seed`."""
    rng = random.Random(seed)
    result = Result()
    for _ in range(count):
        text = string(rng)
        try:
            result.counts[check(text)] += 1
        except Exception as error:
            result.failures.append((text, f"{type(error).__name__}: {error}"))
    return result


def main() -> int:
    """Runs the fuzzer on all given processes; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strings", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.strings:,} strings, {options.processes} processes")
    started = time.perf_counter()
    counts: Counter[str] = Counter()
    failed = 0
    with ProcessPoolExecutor(options.processes) as pool:
        sizes = [CHUNK] * (options.strings // CHUNK) + [options.strings % CHUNK]
        tasks = [
            pool.submit(run, options.seed * 1_000_003 + k, n) for k, n in enumerate(sizes) if n
        ]
        for task in as_completed(tasks):
            result = task.result()
            counts += result.counts
            failed += len(result.failures)
            for text, why in result.failures[:20]:
                print(f"FAILED {text!r}\n  {why}")
            done = sum(counts.values()) + failed
            if done // CHUNK % 25 == 0:
                print(f"{done:,} after {time.perf_counter() - started:.0f} s", flush=True)
    seconds = time.perf_counter() - started
    print(f"{dict(counts)}, {failed} failed, {seconds:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
