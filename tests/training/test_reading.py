"""What was written is read back; a crash is forgiven, everything else refused with its line."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from steepest.errors import RunError
from steepest.training.phases import training_phases
from steepest.training.reading import RunFollower, read_run
from steepest.training.records import COLUMNS, resumed_line, step_line
from steepest.training.summary import summary
from training_runs import HEADER, made

FIRST = HEADER.line()


def write(path: Path, *lines: str, end: str = "\n") -> Path:
    path.write_text("\n".join(lines) + end, encoding="utf-8")
    return path


def step(k: int, loss: float = 1.0, **more: float) -> str:
    return step_line(k, {"loss": loss, "gradient": 2.0, **more}, [1.0, 1.5])


def test_every_line_is_strict_json_and_reads_back(tmp_path: Path) -> None:
    def refuse(word: str) -> None:
        raise ValueError(word)

    odd = step(1, math.nan, turn=math.inf, predicted=-math.inf)
    for line in (FIRST, step(0, 1 / 3, update=1e-300), odd, resumed_line(3)):
        json.loads(line, parse_constant=refuse)
    run = read_run(write(tmp_path / "a", FIRST, step(0, 1 / 3, update=1e-300), odd))
    assert run.header == HEADER
    assert run.steps.tolist() == [0, 1]
    assert run["loss"][0] == pytest.approx(1 / 3, rel=1e-6)
    assert run["update"][0] == 1e-300
    assert math.isnan(run["loss"][1]) and run["turn"][1] == math.inf
    assert run.not_finite is not None and run.not_finite.step == 1
    assert run.layers.tolist() == [[1.0, 1.5]] * 2
    assert np.isnan(run["clip"]).all()


@pytest.mark.parametrize("cut", range(1, len(step(7))))
def test_a_torn_last_line_is_left_out_and_told(tmp_path: Path, cut: int) -> None:
    torn = step(7)[:cut]
    run = read_run(write(tmp_path / "a", FIRST, step(0), torn, end=""))
    assert run.steps.tolist() == [0]
    assert run.notes == ("line 3 was cut off in the middle, as by a crash; it is left out",)


def test_a_whole_last_line_needs_no_newline(tmp_path: Path) -> None:
    run = read_run(write(tmp_path / "a", FIRST, step(0), step(1), end=""))
    assert len(run) == 2 and run.notes == ()


def test_a_continued_run_forgets_what_was_after_the_checkpoint(tmp_path: Path) -> None:
    lines = [
        FIRST,
        step(0),
        step(1),
        step(2, math.nan),
        step(3)[:20],
        resumed_line(2),
        step(2, 5.0),
    ]
    run = read_run(write(tmp_path / "a", *lines))
    assert run.steps.tolist() == [0, 1, 2]
    assert run["loss"].tolist() == [1.0, 1.0, 5.0]
    assert run.not_finite is None
    assert run.notes == ("line 5 was cut off in the middle, as by a crash; it is left out",)


REFUSED = {
    "empty": ([""], "has not taken its first step, or never did"),
    "no steps": ([FIRST], "the run has no step yet"),
    "text": (["hello"], "line 1 is not JSON"),
    "other JSON": (['{"a": 1}'], "line 1 does not start a run; a run is written by"),
    "list": (["[1]"], "line 1 is not a JSON object"),
    "other version": ([FIRST.replace('run": 1', 'run": 2')], "line 1 is of version 2"),
    "no layers": (['{"steepest_run": 1, "model": "a"}'], "line 1 lacks"),
    "broken inside": ([FIRST, "{", step(1)], "line 2 is not JSON"),
    "NaN": ([FIRST, '{"step": 0, "loss": NaN, "layers": [1, 2]}', step(1)], "line 2 is not JSON"),
    "layers": ([FIRST, step_line(0, {}, [1.0]), step(1)], "line 2 must have 2 numbers in “layers”"),
    "no number": ([FIRST, '{"step": 0, "loss": "big", "layers": [1, 2]}'], "'big' as “loss”"),
    "no step": ([FIRST, '{"loss": 1}'], "has no whole number “step”"),
    "digits for a number": (
        [FIRST, '{"step": 0, "loss": "1.5", "layers": [1, 2]}'], "'1.5' as “loss”",
    ),
    "a step beyond all": ([FIRST, '{"step": 9223372036854775808}'], "has no whole number “step”"),
    "a number beyond all": (
        [FIRST, '{"step": 0, "loss": 1' + "0" * 400 + ', "layers": [1, 2]}'], "which is too large",
    ),
    "a model beyond all": (
        [FIRST.replace('"parameters": 30', '"parameters": 1e999')], "line 1 lacks",
    ),
    "backwards": ([FIRST, step(4), step(4)], "line 3 is step 4, but step 4 stands before it"),
    "other resumption": (
        [FIRST, step(0), resumed_line(1).replace(": 1, ", ": 3, ")], "line 3 is of version 3",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_run_is_refused(tmp_path: Path, case: str) -> None:
    lines, said = REFUSED[case]
    path = write(tmp_path / "a.jsonl", *lines, end="\n" if lines != [""] else "")
    with pytest.raises(RunError) as refusal:
        read_run(path)
    assert said in str(refusal.value)
    assert "a.jsonl" in str(refusal.value)


def test_bytes_and_missing_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"\xff\xfe\x00\n")
    with pytest.raises(RunError, match="line 1 is not text"):
        read_run(tmp_path / "b")
    with pytest.raises(RunError, match=r"cannot be read \(no such file"):
        read_run(tmp_path / "missing")
    with pytest.raises(RunError, match="cannot be read"):
        read_run(tmp_path)


def test_a_run_is_followed_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("")
    follower = RunFollower(path)
    assert list(follower.new_steps()) == [] and not follower.started
    with path.open("a") as file:
        for text, steps in [(FIRST[:9], []), (FIRST[9:] + "\n", []), (step(0) + "\n", [0]),
                            (step(1)[:5], []), (step(1)[5:] + "\n" + step(2), [1])]:  # fmt: skip
            file.write(text)
            file.flush()
            assert list(follower.new_steps()) == steps
    assert len(follower.run()) == 2
    assert len(follower.run(complete=True)) == 3


def test_the_summary_is_strict_json() -> None:
    run = made(60, loss=np.where(np.arange(60) < 50, 1.0, np.nan), clip=0.5)
    told = json.loads(json.dumps(summary(run), allow_nan=False))
    assert told["clipped_share"] == 1
    assert told["not_finite"] == {"step": 50, "column": "loss"}
    assert told["columns"]["loss"][55] is None
    assert set(told["columns"]) <= set(COLUMNS)
    assert told["sentences"][0]["rule"] == "not finite"


NOISE = np.random.default_rng(1).normal(size=600)
COURSES = {
    "falls and stands": (np.concatenate([np.linspace(3, 1, 300), np.full(300, 1.0)]) + 0.02 * NOISE,
                         ["falling fast", "standing still"]),
    "falls all the time": (np.linspace(3, 1, 600), ["falling slowly"]),
    "only noise": (1 + 0.1 * NOISE, ["standing still"]),
    "never moves": (np.full(600, 0.7), ["standing still"]),
    "slow under noise": (np.linspace(3, 2, 600) + 0.3 * NOISE, ["falling slowly"]),
    "explodes": (np.concatenate([np.linspace(2, 1, 300), np.geomspace(1, 1e9, 300)]),
                 ["falling fast", "rising"]),
    "ends": (np.where(np.arange(600) < 500, np.linspace(3, 1, 600), np.nan),
             ["falling slowly", "not finite"]),
}  # fmt: skip


@pytest.mark.parametrize("course", COURSES)
def test_phases(course: str) -> None:
    loss, names = COURSES[course]
    found = training_phases(made(600, loss=loss))
    assert [p.name for p in found] == names
    assert found[0].first == 0 and found[-1].last == 599
    for a, b in pairwise(found):
        assert b.first == a.last + 1
