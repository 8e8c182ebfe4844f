"""Kernels that torch can differentiate twice.

The fastest kernels for attention, recurrent layers and compiled models have a gradient but no
second derivative. For curvature torch is asked for the plain ones: same numbers to rounding.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel


@contextmanager
def twice_differentiable(model: nn.Module | None) -> Iterator[None]:
    """Inside, a forward pass records a graph whose gradient can be differentiated again."""
    with ExitStack() as chosen:
        chosen.enter_context(sdpa_kernel(SDPBackend.MATH))
        if model is not None and any(isinstance(m, nn.RNNBase) for m in model.modules()):
            chosen.enter_context(torch.backends.cudnn.flags(enabled=False))
        if "torch._dynamo" in sys.modules:  # else nothing is compiled
            chosen.enter_context(torch.compiler.set_stance("force_eager"))
        yield
