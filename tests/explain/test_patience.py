"""A limit of work that does not depend on how fast the machine is."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from steepest.explain.patience import OutOfPatience, patience


def package() -> ModuleType:
    """Counts how often its function is called."""
    made = ModuleType("endless")
    exec(
        "calls = 0\n"
        "def call():\n    global calls\n    calls += 1\n"
        "def work(most):\n    while calls < most: call()\n",
        vars(made),
    )
    return made


def test_it_ends_after_so_many_calls_on_every_machine() -> None:
    for _ in range(3):
        endless = package()
        with pytest.raises(OutOfPatience), patience(100, "endless"):
            endless.work(10_000)
        assert endless.calls == 99  # the call of `work` is the first


def test_what_is_done_before_is_not_disturbed() -> None:
    endless, before = package(), sys.getprofile()
    with patience(100, "endless"):
        endless.work(90)
    assert endless.calls == 90
    assert sys.getprofile() is before


def test_another_package_is_left_alone() -> None:
    endless = package()
    with patience(10, "other"):
        endless.work(1000)
    assert endless.calls == 1000
