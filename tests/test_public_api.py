"""The public names: few, documented, and loaded only when they are used."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import steepest

HEAVY = ("numpy", "torch", "matplotlib", "sympy", "llvmlite", "lark", "click", "rich")


def python(code: str) -> str:
    """What a fresh interpreter prints for `code`."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def loaded_after(code: str) -> set[str]:
    return set(
        python(f"{code}\nimport sys\nprint(*{{m.split('.')[0] for m in sys.modules}})").split()
    )


def test_import_loads_nothing_heavy() -> None:
    assert loaded_after("import steepest").isdisjoint(HEAVY)


def test_dir_and_star_names_load_nothing() -> None:
    assert loaded_after("import steepest\ndir(steepest), steepest.__all__").isdisjoint(HEAVY)


def test_a_gradient_needs_no_sympy_torch_or_matplotlib() -> None:
    code = "import steepest as st\nst.Formula('x^2 + 3y^2').at(1, 2).gradient"
    assert loaded_after(code).isdisjoint({"torch", "matplotlib", "sympy", "lark", "click", "rich"})


@pytest.mark.parametrize("name", steepest.__all__)
def test_every_public_name_loads_from_scratch(name: str) -> None:
    """Each alone and first, so that no name leans on another's imports."""
    assert python(f"import steepest\nprint(steepest.{name}.__name__)").strip() == name


def test_at_most_thirty_names_all_listed() -> None:
    assert len(steepest.__all__) == len(set(steepest.__all__)) <= 30
    assert set(steepest.__all__) <= set(dir(steepest))


def test_every_name_is_told_to_type_checkers() -> None:
    """The lazy table and the imports under TYPE_CHECKING name the same things."""
    source = inspect.getsource(steepest).partition("if TYPE_CHECKING:")[2]
    told = {line.rpartition(" as ")[2] for line in source.splitlines() if " import " in line}
    assert told == set(steepest.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'steepest' has no attribute 'Gradient'"):
        steepest.Gradient  # noqa: B018


def test_no_room_shadows_a_public_name() -> None:
    """`import steepest.descent` must leave `steepest.descend` the function it is."""
    rooms = {m.rpartition(".")[2] for m in loaded_submodules()}
    assert rooms.isdisjoint(steepest.__all__)


def test_names_of_the_networks_stay_in_their_room() -> None:
    """The linter of imports cannot see a room that is named in a table."""
    import steepest.torch

    assert {m.split(".")[:2][1] for m in steepest.torch._HOME.values()} == {"torch"}


def loaded_submodules() -> list[str]:
    import pkgutil

    return [module.name for module in pkgutil.iter_modules(steepest.__path__)]


@pytest.mark.parametrize("name", steepest.__all__)
def test_public_things_are_documented(name: str) -> None:
    thing = getattr(steepest, name)
    assert inspect.getdoc(thing)
    if inspect.isclass(thing):
        for member, value in vars(thing).items():
            if not member.startswith("_") and (callable(value) or isinstance(value, property)):
                assert inspect.getdoc(value), f"{name}.{member} has no docstring"


def test_types_are_marked() -> None:
    from importlib.resources import files

    assert files("steepest").joinpath("py.typed").is_file()
