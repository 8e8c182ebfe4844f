"""Whether a network is made of torch's own layers alone, which keep no tensor between calls.

Such a network can be asked in torch's inference mode, which saves a part of every operation's
overhead. Others may keep what they computed, a table of positions or an activation that a hook
took, and what was made in inference mode would be refused by the training that goes on.
"""

from __future__ import annotations

from typing import Any, Final

from torch import Tensor, nn
from torch.nn.modules import module as modules

_LAYERS: Final = "torch.nn.modules."
_LOSSES: Final = ("torch.nn.functional", "torch._C._nn")


def keeps_nothing(model: nn.Module, batch: Any, loss: Any) -> bool:
    """Whether neither the layers nor the loss can keep a tensor; if in doubt, False."""
    if not isinstance(batch, tuple | list) or any(type(part) is not Tensor for part in batch):
        return False
    if any(type(p) not in (nn.Parameter, Tensor) for p in model.parameters()):
        return False
    everywhere = (modules._global_forward_hooks, modules._global_forward_pre_hooks)
    if any(everywhere) or not all(map(_is_torchs_own, model.modules())):
        return False
    if isinstance(loss, nn.Module):
        return all(map(_is_torchs_own, loss.modules()))
    return getattr(loss, "__module__", None) in _LOSSES


def _is_torchs_own(module: nn.Module) -> bool:
    """Not a class of somebody else's, parametrized, compiled, listened to or patched."""
    return (
        type(module).__module__.startswith(_LAYERS)
        and not module._forward_hooks
        and not module._forward_pre_hooks
        and module.__dict__.get("_compiled_call_impl") is None
        and "forward" not in module.__dict__
    )
