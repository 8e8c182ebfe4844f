"""Exercises and the templates they are made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from steepest.errors import ParameterError
from steepest.explain.exercises.answers import Answer, Mark
from steepest.explain.exercises.dice import Dice


class Drawn(NamedTuple):
    """What a template draws: the question, the right answer, a hint, and how to get there."""

    prompt: str
    answer: Answer
    hint: str
    solution: str


@dataclass(frozen=True)
class Exercise:
    """One exercise with its numbers. `check(text)` marks an answer and raises nothing."""

    key: str
    topic: str
    title: str
    seed: int
    prompt: str
    answer: Answer
    hint: str
    solution: str

    def check(self, given: str) -> Mark:
        """The verdict on an answer as it is typed: "2x, 6y", "sqrt(5)", "saddle"."""
        if not isinstance(given, str):
            raise ParameterError(f"an answer is text, not {given!r:.60}")
        return self.answer.mark(given)

    def __str__(self) -> str:
        return f"{self.title}\n{self.prompt}"

    def to_json(self) -> dict[str, Any]:
        """Plain data, with the question but not the answer."""
        data = {
            "key": self.key,
            "topic": self.topic,
            "title": self.title,
            "seed": self.seed,
            "prompt": self.prompt,
            "answer_kind": self.answer.kind,
            "hint": self.hint,
        }
        options = getattr(self.answer, "options", None)
        return data if options is None else {**data, "options": list(options)}


@dataclass(frozen=True)
class Template:
    """A kind of exercise: `draw(seed)` makes one, always the same for the same seed."""

    key: str
    topic: str
    title: str
    make: Callable[[Dice], Drawn]

    def draw(self, seed: int) -> Exercise:
        """The exercise with the numbers of `seed`."""
        drawn = self.make(Dice(self.key, seed))
        return Exercise(self.key, self.topic, self.title, seed, *drawn)


class Bank:
    """Templates by key, in the order in which they were added."""

    def __init__(self) -> None:
        self._templates: dict[str, Template] = {}

    def add(self, template: Template) -> None:
        """Add one; a key that exists is refused."""
        if template.key in self._templates:
            raise ParameterError(f"an exercise called {template.key!r} exists already: rename it")
        self._templates[template.key] = template

    def exercise(
        self, key: str, *, topic: str, title: str
    ) -> Callable[[Callable[[Dice], Drawn]], Callable[[Dice], Drawn]]:
        """Decorator: the function draws an exercise from dice."""

        def add(make: Callable[[Dice], Drawn]) -> Callable[[Dice], Drawn]:
            self.add(Template(key, topic, title, make))
            return make

        return add

    @property
    def templates(self) -> tuple[Template, ...]:
        """All templates."""
        return tuple(self._templates.values())

    @property
    def topics(self) -> tuple[str, ...]:
        """All topics, in order."""
        return tuple(dict.fromkeys(t.topic for t in self.templates))

    def on(self, topic: str) -> tuple[Template, ...]:
        """The templates of a topic; an unknown one is refused with the list of topics."""
        found = tuple(t for t in self.templates if t.topic == topic)
        if not found:
            raise ParameterError(f"no topic {topic!r}; the topics are: {', '.join(self.topics)}")
        return found

    def get(self, key: str) -> Template:
        """The template called `key`; an unknown one is refused with the nearest names."""
        if key not in self._templates:
            import difflib

            near = difflib.get_close_matches(key, self._templates, 3, 0.5)
            hint = f"did you mean {', '.join(near)}?" if near else "steepest practice --list"
            raise ParameterError(f"no exercise {key!r}; {hint}")
        return self._templates[key]
