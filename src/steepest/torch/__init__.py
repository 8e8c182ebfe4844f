"""Networks and functions of tensors: the same questions, asked of a loss. Needs the extra [torch].

    import steepest.torch as stt

Names are loaded when they are first used; importing this package does not import torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Public name -> module, as in steepest/__init__.py.
_HOME = {
    "Parameters": "steepest.torch.parameters",
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
    from steepest.torch.parameters import Parameters as Parameters
