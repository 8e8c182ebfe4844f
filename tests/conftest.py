"""Settings that all tests share."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# Before anything imports matplotlib: figures are drawn without a screen.
os.environ["MPLBACKEND"] = "Agg"

# A shared machine pauses a test at any moment, so nothing is judged by a clock. The same examples
# are run every time; `--hypothesis-profile=search` looks for new ones.
settings.register_profile(
    "search", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("same", settings.get_profile("search"), derandomize=True, database=None)
settings.load_profile("same")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """What a test draws does not depend on which tests this process ran before."""
    random.seed(0)
    np.random.seed(0)
