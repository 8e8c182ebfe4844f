"""Counts how often the host reads a value from a tensor, as it would wait for a device."""

from __future__ import annotations

from typing import Any

from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

# What Python code calls to read values, and what PyTorch calls underneath.
_READS = {
    "item", "tolist", "numpy", "cpu", "__bool__", "__float__", "__int__", "__index__", "nonzero",
}  # fmt: skip
_KERNELS = {"aten::_local_scalar_dense", "aten::is_nonzero", "aten::equal", "aten::nonzero"}


class _Kernels(TorchDispatchMode):
    def __init__(self, seen: list[str]) -> None:
        super().__init__()
        self.seen = seen

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func._schema.name in _KERNELS:
            self.seen.append(func._schema.name)
        return func(*args, **(kwargs or {}))


class Synchronizations(TorchFunctionMode):
    """Within the block, `seen` lists each read of a tensor's values by the host, once."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._kernels = _Kernels(self.seen)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        before = len(self.seen)
        result = func(*args, **(kwargs or {}))
        if name in _READS:
            # A read that reached a kernel is one read, not two.
            del self.seen[before:]
            self.seen.append(name)
        return result

    def __enter__(self) -> Synchronizations:
        self._kernels.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *details: Any) -> None:
        super().__exit__(*details)
        self._kernels.__exit__(*details)
