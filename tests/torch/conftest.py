"""Settings of the tests of networks."""

from __future__ import annotations

import torch

# The tensors here are small: on a busy machine a second thread makes them many times slower,
# because each operation then waits until both are given a core.
torch.set_num_threads(1)
