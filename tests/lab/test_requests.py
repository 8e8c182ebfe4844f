"""The shape of questions, and JSON that every parser reads."""

from __future__ import annotations

import json

import pytest

from steepest.lab.events import Event, dumps
from steepest.lab.requests import KINDS, BadRequestError, read

BOX = [[-1, 1], [-1.5, 2]]
BASINS = {
    "formula": "x y", "box": BOX, "rule": "fixed", "step_size": 0.1, "norm": "l2",
    "max_steps": 10, "resolution": [4, 3],
}  # fmt: skip

EXERCISE = {"key": "chain-power", "seed": -7}
ANSWER = EXERCISE | {"answer": "2x, 6y"}


def test_good_questions():
    assert read("symbolic", b'{"formula": "2x"}') == {"kind": "symbolic", "formula": "2x"}
    asked = {"formula": "x y", "box": BOX}
    assert read("critical", json.dumps(asked).encode()) == {"kind": "critical", **asked}
    assert read("basins", json.dumps(BASINS).encode()) == {"kind": "basins", **BASINS}
    for kind, asked in (("exercise", EXERCISE), ("solution", EXERCISE), ("answer", ANSWER)):
        assert read(kind, json.dumps(asked).encode()) == {"kind": kind, **asked}
    none = BASINS | {"step_size": None}
    assert read("basins", json.dumps(none).encode())["step_size"] is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff", b"[]", b"7", b"null", b"{}", b'{"formula": 7}', b'{"formula": null}',
        b"[" * 60_000, b'{"formula": "x", "more": 1}', b'{"formula": "x", "formula": NaN}',
        b'{"formula": "' + b"x" * 5000 + b'"}', b'{"kind": "basins"}', b"9" * 5000,
    ],
)  # fmt: skip
def test_bodies_that_make_no_sense(kind, body):
    with pytest.raises(BadRequestError):
        read(kind, body)


@pytest.mark.parametrize(
    "change",
    [
        {"box": None}, {"box": []}, {"box": [[1, 2]] * 9}, {"box": [[1]]}, {"box": [[1, "2"]]},
        {"box": [[1, True]]}, {"box": [["x", 2]]}, {"rule": 7}, {"rule": "x" * 17}, {"rule": "é"},
        {"step_size": "0.1"}, {"step_size": True}, {"norm": ["l2"]}, {"max_steps": 0},
        {"max_steps": 1.5}, {"max_steps": 10**9}, {"resolution": [4]}, {"resolution": [0, 4]},
        {"resolution": [1000, 1000]}, {"resolution": [4, True]},
    ],
    ids=str,
)  # fmt: skip
def test_fields_that_make_no_sense(change):
    (name,) = change
    with pytest.raises(BadRequestError, match=name):
        read("basins", json.dumps(BASINS | change).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"key": None}, {"key": "x" * 65}, {"key": "é"}, {"seed": "7"}, {"seed": True},
        {"seed": 1.5}, {"seed": 10**10}, {"answer": None}, {"answer": 7}, {"answer": ["2x"]},
        {"answer": "x" * 4097},
    ],
    ids=str,
)  # fmt: skip
def test_answers_that_make_no_sense(change):
    (name,) = change
    with pytest.raises(BadRequestError, match=name):
        read("answer", json.dumps(ANSWER | change).encode())


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400])
def test_numbers_that_are_none(number):
    text = json.dumps({"formula": "x", "box": [[0, 5]]}).replace("5", number)
    with pytest.raises(BadRequestError):
        read("critical", text.encode())


def test_nothing_that_is_not_finite_is_sent():
    data = {"a": float("nan"), "b": [1.5, float("inf"), (float("-inf"), 2)], "c": "\u2028<\ud800"}
    sent = Event("result", data).sent()
    name, line, *rest = sent.split(b"\n")
    assert name == b"event: result" and rest == [b"", b""]
    told = json.loads(line.removeprefix(b"data: "), parse_constant=pytest.fail)
    assert told == {"a": None, "b": [1.5, None, [None, 2]], "c": "\u2028<\ud800"}


def test_events_pass_through_the_pipe_unchanged():
    event = Event("refused", {"message": "two\nlines", "position": 3})
    line = event.line()
    assert line.count(b"\n") == 1 and Event.read(line) == event
    assert event.last and not Event("progress", {}).last
    assert dumps([]) == b"[]"
