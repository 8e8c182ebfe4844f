"""`steepest practice`: asking, marking, listing, and authors' files."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from steepest.cli import main
from steepest.explain.exercises.bank import bank


def run(*args: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["practice", *args], input=typed)


def test_answers_are_marked_until_one_is_right() -> None:
    exercise = bank().get("level-value").draw(7)
    typed = f"999\n?\n{exercise.answer.shown}\n"
    shown = run("level-value", "--seed", "7", typed=typed).stdout
    assert "through (1, -1)" in exercise.prompt and "through (1, −1)" in shown
    assert "✗ Not correct." in shown
    assert exercise.hint in shown
    assert "✓ Correct." in shown
    assert shown.endswith("1 of 1 exercise solved.\n")


def test_the_solution_ends_an_exercise_and_q_the_session() -> None:
    shown = run("--topic", "level sets", "--seed", "7", typed="!\nq\n").stdout
    assert "c = f(1, −1) = 3." in shown
    assert shown.endswith("0 of 1 exercise solved.\n")


def test_the_end_of_input_ends_the_session() -> None:
    result = run("--seed", "1", "--count", "2", typed="\n")
    assert result.exit_code == 0
    assert "2 exercises, seed 1." in result.stdout


def test_one_answer_is_marked_without_asking() -> None:
    shown = run("steepest-direction", "--seed", "7", "--answer", "3, 3").stdout
    assert "✗" in shown
    data = json.loads(run("critical-kind", "--seed", "2", "--answer", "saddle", "--json").stdout)
    assert data["options"] == ["minimum", "maximum", "saddle"]
    assert data["correct"] is bool(bank().get("critical-kind").draw(2).check("saddle"))


def test_json_lists_questions_without_answers() -> None:
    data = json.loads(run("--topic", "norms", "--seed", "3", "--json").stdout)
    assert data["seed"] == 3
    assert {e["topic"] for e in data["exercises"]} == {"norms"}
    assert "answer" not in data["exercises"][0]


def test_the_same_seed_asks_the_same() -> None:
    assert run("--seed", "4", "--json").stdout == run("--seed", "4", "--json").stdout
    assert run("--seed", "4", "--json").stdout != run("--seed", "5", "--json").stdout


def test_the_list() -> None:
    shown = run("--list").stdout
    assert all(f"  {t.key}" in shown for t in bank().templates)
    rows = json.loads(run("--list", "--json").stdout)["exercises"]
    assert [r["key"] for r in rows] == [t.key for t in bank().templates]


def test_exercises_of_your_own(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        '[[exercise]]\nkey = "two"\ntopic = "numbers"\ntitle = "Two"\nprompt = "1 + 1?"\n'
        'answer = { number = "2" }\n',
        "utf-8",
    )
    assert "1 of 1 exercise solved." in run("--from", str(path), typed="2\n").stdout


def test_a_page(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    args = ("--topic", "chain rule", "--seed", "7", "--count", "2", "--page", str(path))
    assert run(*args).stdout == f"2 exercises, seed 7: {path}\n"
    told = run(*args, "--json").stdout
    assert json.loads(told) == {
        "seed": 7,
        "page": str(path),
        "keys": ["chain-power", "chain-trigonometric"],
    }
    assert "<title>Chain rule – steepest</title>" in path.read_text("utf-8")


def test_a_page_that_cannot_be(tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "from steepest.explain.exercises.exercise import Bank, Drawn\n"
        "from steepest.explain.exercises.marks import Mark\n"
        "BANK = Bank()\n"
        "class Poem:\n"
        "    kind, shown = 'poem', 'la'\n"
        "    def mark(self, given):\n"
        "        return Mark(given == 'la', 'La.', 'by ear')\n"
        "@BANK.exercise('sing', topic='songs', title='Sing')\n"
        "def sing(dice):\n"
        "    return Drawn('Sing.', Poem(), '', 'la')\n",
        "utf-8",
    )
    page = tmp_path / "page.html"
    for args, said in (
        (("--page", "page.pdf"), "end the name of the page in .html"),
        (("--page", str(tmp_path / "no" / "page.html")), "the folder does not exist"),
        (("--page", str(tmp_path)), "end the name of the page in .html"),
        (("--page", str(page), "--answer", "3"), "--answer does not"),
        (("--page", str(page), "--list"), "--list does not"),
        (("--page", str(page), "--topic", "algebra"), "no topic 'algebra'"),
        (("--from", str(own), "--page", str(page)), "'sing': an answer of the kind 'poem'"),
    ):
        result = run(*args)
        assert result.exit_code == 2
        assert said in result.stderr, said
        assert not page.exists()


def test_errors() -> None:
    for args, said in (
        (("--topic", "algebra"), "no topic 'algebra'; the topics are: gradients"),
        (("steepest-rat",), "did you mean steepest-rate"),
        (("--count", "0"), "ask for one exercise at least"),
        (("--from", "nowhere.toml"), "there is no such file"),
    ):
        result = run(*args)
        assert result.exit_code == 2
        assert said in result.stderr
