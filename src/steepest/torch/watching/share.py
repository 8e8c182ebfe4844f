"""The part of a batch on which curvature is measured: its first rows."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from steepest.torch.data import of_kind, tensors_in

_LEAST = 2  # rows; layers that normalize over the batch need two


class Part:
    """Cuts tensors, or tuples and mappings of them, to the first rows: part(x) or part(batch).

    `rows` of the `of` rows are kept, for the `share` of a batch; both are 0 before it is called.
    The length of the first tensor is the number of rows: whatever in a batch has another length,
    such as a mask that all rows share, stays whole.
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self.rows = 0
        self.of = 0

    def __call__(self, content: Any) -> Any:
        """The first rows of `content`; what holds no tensor with rows stays as it is."""
        lengths = [len(t.value) for t in tensors_in(content) if t.value.dim()]
        if not lengths:
            return content
        self.of = lengths[0]
        self.rows = min(self.of, max(_LEAST, math.ceil(self.share * self.of)))
        return self._cut(content)

    def values(self) -> dict[str, float]:
        """How many rows of how many, to be recorded; nothing where nothing was cut."""
        return {"rows": float(self.rows), "batch_rows": float(self.of)} if self.of else {}

    def _cut(self, content: Any) -> Any:
        if isinstance(content, Tensor):
            return content[: self.rows] if content.dim() and len(content) == self.of else content
        if isinstance(content, Mapping):
            return {key: self._cut(value) for key, value in content.items()}
        if isinstance(content, (tuple, list)):
            return of_kind(content, (self._cut(value) for value in content))
        return content


def cut_short(closure: Callable[..., Any], part: Part) -> Callable[[], Any]:
    """The closure without arguments; one that takes an argument is given `part`."""
    return (lambda: closure(part)) if _takes_one(closure) else closure


def _takes_one(closure: Callable[..., Any]) -> bool:
    try:
        arguments = inspect.signature(closure).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(a.kind in positional and a.default is a.empty for a in arguments)
