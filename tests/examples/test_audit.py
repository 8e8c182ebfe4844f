"""The audit tells right claims from wrong ones, without the packages it is made for."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from steepest.errors import TraceError

_PATH = Path(__file__).resolve().parents[2] / "examples" / "audit_published_optima.py"


@pytest.fixture(name="example", scope="module")
def _example():
    spec = importlib.util.spec_from_file_location("audit_published_optima", _PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def claim(example, source, value, box=((-2, 2), (-2, 2))):
    module = ModuleType("package")
    module.np = np  # type: ignore[attr-defined]
    exec(source, vars(module))
    return example.Claim("package", "f", module, vars(module)["f"], box, value)


BOWL = "def f(v):\n    v = np.asarray(v, dtype=float)\n    return np.sum(v**2) + 3"


@pytest.mark.parametrize(
    ("value", "verdict", "said"),
    [
        (3.0, "confirmed", "[3, 3]"),
        (3.1, "refuted", "≤ 3"),
        (2.0, "refuted", "never reached"),
        (3.0000001, "refuted", "≤ 3"),
    ],
)
def test_verdicts(example, value, verdict, said):
    found, proved = example.audit(claim(example, BOWL, value), seconds=600)
    assert found == verdict
    assert said in proved


def test_digits_of_a_printed_value_are_allowed_for(example):
    source = "def f(v):\n    return np.prod(np.cos(v)) - np.pi"
    box = ((1, 2), (1, 2))
    assert example.audit(claim(example, source, -3.37, box), 600)[0] == "confirmed"
    assert example.audit(claim(example, source, -3.38, box), 600)[0] == "refuted"


def test_too_little_time_proves_nothing(example):
    source = "def f(v):\n    return np.sin(9 * v[0]) * np.cos(8 * v[1]) + v[0] / 9"
    assert example.audit(claim(example, source, -5.0), 1e-9)[0] == "not proved"


def test_random_and_branching_functions_are_refused(example):
    random = "def f(v):\n    return v[0] + np.random.random() + v[1]"
    with pytest.raises(TraceError, match="random"):
        example.audit(claim(example, random, 0.0), 600)
    branching = "def f(v):\n    return v[0] if v[1] > 0 else v[1]"
    with pytest.raises(TraceError):
        example.audit(claim(example, branching, 0.0), 600)


def test_the_module_has_its_numpy_back(example):
    made = claim(example, BOWL, 3.0)
    example.audit(made, 600)
    assert made.module.np is np
