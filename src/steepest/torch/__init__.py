"""Networks and functions of tensors: the same questions, asked of a loss. Needs the extra [torch].

    import steepest.torch as stt

Names are loaded when they are first used; importing this package does not import torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Public name -> module, as in steepest/__init__.py.
_HOME = {
    "Slice": "steepest.torch.slices",
    "Surface": "steepest.torch.picture",
    "surface": "steepest.torch.surfaces",
    "read_surface": "steepest.torch.saved_surface",
    "Function": "steepest.torch.function",
    "Loss": "steepest.torch.loss",
    "backward_graph": "steepest.torch.backward_graph",
    "BackwardGraph": "steepest.torch.backward_graph",
    "LocalModel": "steepest.torch.local_model",
    "Eigenvalues": "steepest.torch.eigenvalues",
    "TraceEstimate": "steepest.torch.trace",
    "SpectralDensity": "steepest.torch.trace",
    "Verdict": "steepest.torch.verdict",
    "CriticalKind": "steepest.torch.verdict",
    "Parameters": "steepest.torch.parameters",
    "PerLayer": "steepest.torch.norms",
    "as_tensor_norm": "steepest.torch.norms",
    "Spectral": "steepest.torch.spectral",
    "Rows": "steepest.torch.each_norm",
    "SteepestDescent": "steepest.torch.optimizer",
    "parameter_groups": "steepest.torch.optimizer",
    "clip_grad_norm_": "steepest.torch.clip",
    "ClippedNorm": "steepest.torch.clip",
    "watch": "steepest.torch.watching.beginning",
    "Watch": "steepest.torch.watching.recorder",
    "TensorBoard": "steepest.torch.watching.writers",
    "WeightsAndBiases": "steepest.torch.watching.writers",
    "SumOverRanks": "steepest.torch.distributed",
    "rank_part": "steepest.torch.distributed",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'steepest.torch' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])


if TYPE_CHECKING:
    from steepest.torch.backward_graph import BackwardGraph as BackwardGraph
    from steepest.torch.backward_graph import backward_graph as backward_graph
    from steepest.torch.clip import ClippedNorm as ClippedNorm
    from steepest.torch.clip import clip_grad_norm_ as clip_grad_norm_
    from steepest.torch.distributed import SumOverRanks as SumOverRanks
    from steepest.torch.distributed import rank_part as rank_part
    from steepest.torch.each_norm import Rows as Rows
    from steepest.torch.eigenvalues import Eigenvalues as Eigenvalues
    from steepest.torch.function import Function as Function
    from steepest.torch.local_model import LocalModel as LocalModel
    from steepest.torch.loss import Loss as Loss
    from steepest.torch.norms import PerLayer as PerLayer
    from steepest.torch.norms import as_tensor_norm as as_tensor_norm
    from steepest.torch.optimizer import SteepestDescent as SteepestDescent
    from steepest.torch.optimizer import parameter_groups as parameter_groups
    from steepest.torch.parameters import Parameters as Parameters
    from steepest.torch.picture import Surface as Surface
    from steepest.torch.saved_surface import read_surface as read_surface
    from steepest.torch.slices import Slice as Slice
    from steepest.torch.spectral import Spectral as Spectral
    from steepest.torch.surfaces import surface as surface
    from steepest.torch.trace import SpectralDensity as SpectralDensity
    from steepest.torch.trace import TraceEstimate as TraceEstimate
    from steepest.torch.verdict import CriticalKind as CriticalKind
    from steepest.torch.verdict import Verdict as Verdict
    from steepest.torch.watching.beginning import watch as watch
    from steepest.torch.watching.recorder import Watch as Watch
    from steepest.torch.watching.writers import TensorBoard as TensorBoard
    from steepest.torch.watching.writers import WeightsAndBiases as WeightsAndBiases
