"""The random numbers of one exercise."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Numbers that depend on the exercise's key and the seed alone."""

    def __init__(self, key: str, seed: int) -> None:
        self._random = random.Random(f"{key}:{seed}")

    def whole(self, low: int, high: int, but: Sequence[int] = (0,)) -> int:
        """A whole number from `low` to `high`, none of `but`."""
        return self.pick([n for n in range(low, high + 1) if n not in but])

    def pick(self, choices: Sequence[T]) -> T:
        """One of `choices`."""
        return self._random.choice(choices)

    def point(self, n: int = 2, size: int = 3) -> tuple[int, ...]:
        """A point with n whole coordinates, none of them 0."""
        return tuple(self.whole(-size, size) for _ in range(n))
