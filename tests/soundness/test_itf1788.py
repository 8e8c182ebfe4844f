"""The reader of ITF1788 statements reads them, and notices wrong ranges."""

import math

import pytest

from soundness.itf1788 import fault, interval, number, statements

# Written for this test, in the suite's notation.
RIGHT = """
testcase ours {
    add [1.0, 2.0] [3.0, 4.5] = [4.0, 6.5];
    sqr [-3.0, 2.0]_com = [0.0, 9.0]_com;
    pown [-2.0, 1.0] 3 = [-8.0, 1.0];
    sqrt [-4.0, 9.0] = [0.0, 3.0];
    log [-2.0, -1.0] = [empty];
    recip [0.0, 4.0] = [0.25, infinity];
    atan2 [1.0, 1.0] [0.0, 0.0] = [0x1.921FB54442D18p+0, 0x1.921FB54442D19p+0];
    exp [-infinity, 0.0] = [0.0, 1.0];
    fma [1.0, 2.0] [1.0, 2.0] [1.0, 2.0] = [2.0, 6.0];
    cos [empty] = [empty];
}
"""
WRONG = """
    add [1.0, 2.0] [3.0, 4.5] = [3.9, 6.5];
    sin [0.0, 1.0] = [0.0, 0.9];
    sqrt [1.0, 4.0] = [empty];
"""


@pytest.mark.parametrize("kind", ["numpy", "native"])
def test_ranges_hold_what_the_statements_say(kind):
    read = list(statements(RIGHT))
    assert len(read) == 8  # no fma, and no operation on nothing
    assert [fault(kind, *case[1:]) for case in read] == [""] * 8


def test_ranges_that_do_not_hold_it_are_noticed():
    faults = [fault("numpy", *case[1:]) for case in statements(WRONG)]
    assert all(faults)
    assert len(faults) == 3


def test_numbers_and_intervals():
    assert number("0x1.8p+1") == 3
    assert number("-infinity") == -math.inf
    assert interval("[entire]_def") == (-math.inf, math.inf)
    assert interval("[2.5]") == (2.5, 2.5)
    assert interval("[empty]") is None
