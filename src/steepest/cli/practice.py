"""`steepest practice`: exercises with your own numbers, marked as you answer."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence

import click

from steepest.cli import options, page_file
from steepest.cli.output import emit_json, writing
from steepest.errors import ParameterError
from steepest.explain.exercises.authors import load
from steepest.explain.exercises.bank import bank
from steepest.explain.exercises.exercise import Bank, Exercise, Template
from steepest.view.numbers import with_minus

_HELP = """Exercises on gradients and descent. Everybody gets their own numbers; the same --seed
gives the same ones. Without a terminal answers are read from standard input, a line each.

\b
Examples:
  steepest practice
  steepest practice --topic "level sets" --seed 7
  steepest practice steepest-direction --seed 7 --answer "3/5, 4/5"
  steepest practice --topic "chain rule" --seed 7 --page exercises.html
  steepest practice --list
"""
_WORDS = "Answer, or type ? for a hint, ! for the solution, an empty line to go on, q to stop."


@click.command("practice", help=_HELP)
@click.argument("key", required=False, metavar="[EXERCISE]")
@click.option("--topic", metavar="NAME", help="Only exercises on this topic.")
@click.option("--seed", type=click.INT, metavar="N", help="Which numbers.  [default: random]")
@click.option("--count", type=click.INT, metavar="N", help="At most so many exercises.")
@click.option("--answer", metavar="TEXT", help="Mark this answer to the first one, and stop.")
@click.option("--from", "path", metavar="FILE", help="Exercises of your own: a .toml or .py file.")
@click.option(
    "--page", metavar="FILE", help="Write a page that asks and marks them: .html, works offline."
)
@click.option("--list", "listed", is_flag=True, help="List the exercises.")
@options.as_json
def command(
    key: str | None,
    topic: str | None,
    seed: int | None,
    count: int | None,
    answer: str | None,
    path: str | None,
    page: str | None,
    listed: bool,
    as_json: bool,
) -> None:
    """Read the command line, ask, mark."""
    if count is not None and count < 1:
        raise ParameterError(f"--count {count}: ask for one exercise at least")
    if page is not None:
        if answer is not None or listed:
            raise ParameterError(
                f"--page: it asks, and {'--list' if listed else '--answer'} does not; give one of"
                " them"
            )
        page_file.check_page(page)
    whole = load(path) if path else bank()
    templates = _chosen(whole, key, topic)
    if listed:
        _show_list(templates, as_json)
        return
    seed = secrets.randbelow(10_000) if seed is None else seed
    exercises = [template.draw(seed) for template in templates[:count]]
    if page is not None:
        _write_page(templates[:count], seed, page, as_json)
    elif answer is not None:
        _mark_one(exercises[0], answer, as_json)
    elif as_json:
        emit_json({"seed": seed, "exercises": [e.to_json() for e in exercises]})
    else:
        _ask_all(exercises, seed)


def _write_page(templates: Sequence[Template], seed: int, path: str, as_json: bool) -> None:
    from steepest.view.practice_page import practice_page

    topics = {t.topic for t in templates}
    title = topics.pop().capitalize() if len(topics) == 1 else "Exercises"
    with writing("--page", "page", path):
        written = str(practice_page(templates, path, seed=seed, title=title))
    if as_json:
        emit_json({"seed": seed, "page": written, "keys": [t.key for t in templates]})
    else:
        click.echo(f"{_plural(len(templates), 'exercise')}, seed {seed}: {written}")


def _chosen(whole: Bank, key: str | None, topic: str | None) -> Sequence[Template]:
    if key is not None:
        return (whole.get(key),)
    return whole.templates if topic is None else whole.on(topic)


def _show_list(templates: Sequence[Template], as_json: bool) -> None:
    if as_json:
        rows = [{"key": t.key, "topic": t.topic, "title": t.title} for t in templates]
        emit_json({"exercises": rows})
        return
    width = max(len(t.key) for t in templates)
    topic = ""
    for t in templates:
        if t.topic != topic:
            click.echo(f"{'' if not topic else chr(10)}{t.topic}")
            topic = t.topic
        click.echo(f"  {t.key.ljust(width)}  {t.title}")


def _mark_one(exercise: Exercise, answer: str, as_json: bool) -> None:
    mark = exercise.check(answer)
    if as_json:
        marked = {"answer": answer, "correct": mark.correct, "feedback": mark.feedback}
        emit_json({**exercise.to_json(), **marked, "decided_by": mark.decided_by})
        return
    click.echo(with_minus(exercise.prompt))
    click.echo(str(mark))


def _ask_all(exercises: Sequence[Exercise], seed: int) -> None:
    click.echo(f"{_plural(len(exercises), 'exercise')}, seed {seed}. {_WORDS}")
    right = asked = 0
    for k, exercise in enumerate(exercises):
        click.echo(f"\n{k + 1}. {exercise.title} ({exercise.topic})")
        click.echo(with_minus(exercise.prompt))
        verdict = _ask(exercise)
        if verdict is None:
            break
        asked += 1
        right += verdict
    click.echo(f"\n{right} of {_plural(asked, 'exercise')} solved.")


def _ask(exercise: Exercise) -> bool | None:
    """Whether it was solved; None to stop. The terminal ends with Ctrl-D, a file with its end."""
    while True:
        click.echo("> ", nl=False)
        line = sys.stdin.readline()
        if not sys.stdin.isatty():
            click.echo(line.rstrip("\n"))
        if not line or line.strip().lower() in ("q", "quit"):
            return None
        said = line.strip()
        if not said:
            return False
        if said == "?":
            click.echo(with_minus(exercise.hint) or "There is no hint.")
        elif said == "!":
            click.echo(with_minus(exercise.solution))
            return False
        else:
            mark = exercise.check(said)
            click.echo(str(mark))
            if mark.correct:
                return True


def _plural(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
