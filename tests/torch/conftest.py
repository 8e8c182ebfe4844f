"""Settings of the tests of networks."""

from __future__ import annotations

import pytest
import torch

# The tensors here are small: on a busy machine a second thread makes them many times slower,
# because each operation then waits until both are given a core.
torch.set_num_threads(1)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """What a test draws does not depend on which tests this process ran before."""
    torch.manual_seed(0)
