"""The example that finds a divergence and mends it."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "train_digits.py"


def test_the_transformer_diverges_is_told_why_and_learns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), "transformer", "--folder", str(tmp_path)])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    first, *_, last = re.split(r"\n(?=lr )", capsys.readouterr().out.strip())
    assert "diverging: λmax" in first and "is stable there" in first
    right = re.search(r"([\d.]+) % right", last)
    assert right is not None and float(right[1]) > 85
    assert "diverging" not in last
    assert (tmp_path / "transformer-2.jsonl").exists()
