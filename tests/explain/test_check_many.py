"""The checker itself, checked: hundreds of wrong answers, none accepted; hundreds of right ones in
unusual form, none refused. The page's own checker is held against the same verdicts.
"""

from __future__ import annotations

import pytest

import practice_vectors
from answers import right_answers, wrong_answers
from practice_vectors import Marked, MarkedWrong
from steepest import check_gradient


@pytest.fixture(scope="module")
def right() -> list[Marked]:
    return [(f, text, check_gradient(f, text)) for f, text in right_answers()]


@pytest.fixture(scope="module")
def wrong() -> list[MarkedWrong]:
    return [(f, text, k, check_gradient(f, text)) for f, text, k in wrong_answers()]


def test_no_right_answer_is_refused(right: list[Marked]) -> None:
    assert len(right) >= 500
    refused = [(str(f), text, str(mark)) for f, text, mark in right if not mark]
    assert not refused, "\n\n".join(map("\n".join, refused[:5]))


def test_no_wrong_answer_is_accepted(wrong: list[MarkedWrong]) -> None:
    assert len(wrong) >= 500
    accepted = [(f, text) for f, text, k, m in wrong if m or m.components[k].correct]
    assert not accepted, accepted[:5]
    assert all(m.components[k].feedback for _, _, k, m in wrong)


def test_the_page_is_held_against_these_verdicts(
    right: list[Marked], wrong: list[MarkedWrong]
) -> None:
    """`python tests/practice_vectors.py` writes the file anew."""
    kept = practice_vectors.kept()
    assert kept["gradients"] == practice_vectors.gradients(right, wrong)
    assert sum(len(one["right"]) for one in kept["gradients"]) >= 500
    assert sum(len(one["wrong"]) for one in kept["gradients"]) >= 500
