"""Every refusal: status 2, one error on stderr that quotes, points and says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from steepest.cli import main
from steepest.cli.group import COMMANDS

X2 = "x^2 + 3y^2"

# Command line; the character or word the caret must point to ("" for the end); what is said.
REFUSALS: list[tuple[list[str], str, str]] = [
    (["explore", "xy", "--at", "1"], "xy", "unknown name 'xy'; did you mean x*y?"),
    (["explore", "x^2 +", "--at", "1"], "", "the formula ends too early"),
    (["explore", "-x^2 + $", "--at", "1"], "$", "is not part of a formula"),
    (["explore", "", "--at", "1"], "", "the formula is empty"),
    (["explore", X2, "--at", "1,2,3"], "3", "--at has 3 numbers; expected 2 numbers (x, y)"),
    (["explore", X2, "--at", "1"], "", "--at has 1 number; expected 2 numbers (x, y)"),
    (["explore", X2, "--at", ""], "", "--at has no numbers; expected 2 numbers (x, y)"),
    (["explore", X2, "--at", "1,"], "", "--at has an empty place; write a number there"),
    (["explore", X2, "--at", "1,foo"], "foo", "unknown name 'foo'"),
    (["explore", X2, "--at", "1,x"], "x", "'x' is not a variable here"),
    (["explore", X2, "--at", "1,1/0"], "1/0", "this is inf; write a finite number"),
    (["explore", X2, "--at", "1,sqrt(-1)"], "sqrt", "this is nan; write a finite number"),
    (["explore", X2, "--at", "1,nan"], "nan", "'nan' is not part of a formula"),
    (["explore", X2, "--at", "x=1"], "", "--at leaves out y; add y=…"),
    (["explore", X2, "--at", "x=1,q=2"], "q", "q is not a variable of the formula"),
    (["explore", X2, "--at", "x=1,x=2"], "x=2", "x is given twice"),
    (["explore", X2, "--at", "x=1,2"], "2", "--at names some coordinates only"),
    (["explore", "3", "--at", "1"], "1", "expected none, as the formula has no variables"),
    (["explore", X2, "--at", "1,2", "--direction", "1"], "", "--direction has 1 number"),
    (["explore", X2, "--at", "1,2", "--direction", "0,0"], "0,0", "length zero; make one"),
    (["explore", X2, "--at", "1,2", "--norm", "l3"], "l3", "choose one of: l2, l1, linf"),
    (["explore", X2, "--at", "1,2", "--nrm", "l1"], "--nrm", "no such option --nrm; did you mean"),
    (["explore", X2, "--at"], "--at", "--at needs a value"),
    (["explore", X2], "", "--at is missing; add --at 1,2"),
    (["explore", "--at", "1"], "", "the formula is missing; write it in quotes"),
    (["explore", "x", "+", "y", "--at", "1,2"], "+", "put it in quotes if it has spaces"),
    (["explore", X2, "--at", "1,2", "-o", "a.gif"], ".gif", "end the name in .png, .svg, .pdf"),
    (["explore", X2, "--at", "1,2", "-o", "plain"], "", "unknown kind of picture (no suffix)"),
    (["explore", X2, "--at", "1,2", "-o", "/no/such/a.png"], "/no", "the folder does not exist"),
    (["explore", "x+y+z", "--at", "1,2,3", "--plane", "x"], "", "--plane has 1 names; name two"),
    (["explore", "x+y+z", "--at", "1,2,3", "--plane", "x,q"], "q", "they are: x, y, z"),
    (["explore", "x+y+z", "--at", "1,2,3", "--plane", "x,x"], "x", "x is named twice"),
    (["explore", X2, "--at", "1,2", "--theme", "pink"], "pink", "choose one of: light, dark"),
    (["descend", X2, "--from", "1,2"], "", "the rule fixed needs --step-size; add --step-size"),
    (["descend", X2, "--from", "1"], "", "--from has 1 number; expected 2 numbers (x, y)"),
    (["descend", X2, "--from", "1,2", "--rule", "fixd"], "fixd", "did you mean fixed? The choices"),
    (["descend", X2, "--from", "1,2", "--rule", "qqq"], "qqq", "choose one of: fixed, normalized"),
    (["descend", X2, "--from", "1,2", "--step-size", "-0.1"], "-0.1", "positive finite number"),
    (["descend", X2, "--from", "1,2", "--step-size", "0"], "0", "--step-size: the step size must"),
    (["descend", X2, "--from", "1,2", "--step-size", "nan"], "nan", "positive finite number"),
    (["descend", X2, "--from", "1,2", "--step-size", "big"], "big", "'big' is not a number"),
    (["descend", X2, "--from", "1,2", "--step-size", "1", "--max-steps", "0"], "0", "at least 1"),
    (["descend", X2, "--from", "1,2", "--step-size", "1", "--max-steps", "1.5"], "1.5",
     "'1.5' is not a whole number"),
    (["descend", X2, "--from", "1,2", "--step-size", "1", "--tolerance", "-1"], "-1",
     "0 or larger"),
    (["descend", X2, "--from", "1,2", "--step-size", "1", "--momentum", "1"], "1",
     "the rule fixed has no --momentum; it takes --step-size, --norm"),
    (["descend", X2, "--from", "1,2", "--rule", "momentum", "--step-size", "1", "--momentum", "2"],
     "2", "0 <= beta < 1"),
    (["descend", X2, "--from", "1,2", "--rule", "adam", "--norm", "l1"], "l1", "leave --norm out"),
    (["derive", "3"], "", "nothing to differentiate"),
    (["derive", "sin()"], "sin", "sin takes one argument"),
    (["check", "3", "--gradient", "0"], "", "no gradient to ask for"),
    (["check", X2], "", "--gradient is missing"),
    (["watch"], "", "the file is missing; give its name"),
    (["lab", "--name", "http://x.org"], "http://x.org", "is no name as browsers send it"),
    (["explor", X2], "explor", "no such command; did you mean explore?"),
    (["zzz"], "zzz", f"the commands are: {', '.join(COMMANDS)}"),
    (["--foo"], "--foo", "no such option --foo"),
]  # fmt: skip


def run(args: list[str]) -> Result:
    return CliRunner().invoke(main, args)


@pytest.mark.parametrize(
    ("args", "place", "said"), REFUSALS, ids=[" ".join(r[0]) for r in REFUSALS]
)
def test_a_refusal(args: list[str], place: str, said: str) -> None:
    result = run(args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("error:") == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    lines = result.stderr.rstrip("\n").split("\n")
    if len(lines) == 1:
        # The whole formula is what is wrong.
        assert place == ""
        return
    *_, quoted, caret = lines
    assert caret.strip() == "^"
    column = caret.index("^")
    if place:
        assert quoted[column:].startswith(place), (quoted, place)
    else:
        assert column >= len(quoted.rstrip()), (quoted, column)


def test_the_same_refusal_with_json() -> None:
    result = run(["explore", "xy", "--at", "1", "--json"])
    assert result.exit_code == 2
    assert result.stdout == ""


@pytest.mark.parametrize("nasty", ["\x1b[31mx", "x\x07", "x\x00y", "x\u202ey", "\x9bx", "x\ny"])
@pytest.mark.parametrize(
    "where", ["formula", "at", "rule", "output", "suffix", "command", "option"]
)
def test_control_characters_never_reach_the_terminal(nasty: str, where: str) -> None:
    args = {
        "formula": ["explore", nasty, "--at", "1"],
        "at": ["explore", "x", "--at", nasty],
        "rule": ["descend", "x", "--from", "1", "--rule", nasty],
        "output": ["explore", "x", "--at", "1", "-o", nasty],
        "suffix": ["explore", "x", "--at", "1", "-o", f"a.{nasty}"],
        "command": [nasty],
        "option": ["explore", "x", "--at", "1", f"--{nasty}"],
    }[where]
    result = run(args)
    written = result.stdout + result.stderr
    assert all(c == "\n" or c.isprintable() for c in written), ascii(written)


@pytest.mark.parametrize(
    ("option", "name"), [("-o", "a.png"), ("--page", "a.html"), ("-o", "a" * 300 + ".png")]
)
def test_what_cannot_be_written_is_refused_before_anything_is_computed(
    tmp_path: Path, option: str, name: str
) -> None:
    if len(name) < 9:
        (tmp_path / name).mkdir()
    # The formula is wrong as well, but nobody has looked at it yet.
    result = run(["explore", "x +", "--at", "1", option, str(tmp_path / name)])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"{option}: the {'page' if option == '--page' else 'picture'} cannot" in result.stderr


def test_asking_whether_a_place_can_be_written_leaves_it_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "old.png").write_bytes(b"kept")
    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere.png")
    for name in ("old.png", "new.png", "link.png"):
        assert run(["explore", "x +", "--at", "1", "-o", str(tmp_path / name)]).exit_code == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.png", "old.png"]
    assert (tmp_path / "old.png").read_bytes() == b"kept"


def test_help_has_examples_and_every_command() -> None:
    result = run(["--help"])
    assert result.exit_code == 0
    for word in ("Examples:", "steepest explore", *COMMANDS):
        assert word in result.stdout
    for command in COMMANDS:
        result = run([command, "--help"])
        assert result.exit_code == 0
        assert f"steepest {command} " in result.stdout.partition("Examples:")[2]


def test_no_command_is_help() -> None:
    result = run([])
    assert result.exit_code == 0
    assert "Examples:" in result.stdout
