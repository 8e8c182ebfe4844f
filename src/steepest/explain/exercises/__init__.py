"""Exercises with a seed: everybody gets their own numbers, and the answer is computed.

`exercise` holds what an exercise is, `answers` and `marks` how an answer is marked, `bank_…` the
exercises themselves, `authors` how to add more from Python files or TOML.
"""

from __future__ import annotations

from steepest.explain.exercises.bank import exercises

__all__ = ["exercises"]
