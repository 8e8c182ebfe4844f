"""Machine code for a formula: values at many points, and whole descents. llvmlite brings LLVM."""

from __future__ import annotations

from steepest.evaluate.native.arrays import NativeEvaluator
from steepest.evaluate.native.cache import KERNELS
from steepest.evaluate.native.target import Target, host
from steepest.evaluate.native.threads import Stop, available, run_chunks

__all__ = ["KERNELS", "NativeEvaluator", "Stop", "Target", "available", "host", "run_chunks"]
