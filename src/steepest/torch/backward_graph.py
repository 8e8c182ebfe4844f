"""The graph that `loss.backward()` walks, with the real numbers that flow through it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from steepest.errors import LossError
from steepest.torch.backward_table import graph_json, graph_table
from steepest.torch.parameters import Parameters


@dataclass(frozen=True, eq=False)
class TensorFlow:
    """What reaches a node from one user: the user's adjoint through the local derivative."""

    user: int
    amount: Tensor


@dataclass(frozen=True, eq=False)
class TensorNode:
    """One operation of the graph with its tensors.

    `id` counts in order of evaluation; `label` shows the operation on its inputs, where "·" is an
    input that needs no gradient. `value` is what the operation gave, None if that was not
    recorded or has been written over since. `adjoint` is d(loss)/d(value), the sum of the
    `flows`. `local` holds ∂value/∂input for each of `inputs`, where both are single numbers.
    """

    id: int
    op: str
    name: str
    label: str
    shape: tuple[int, ...] | None
    value: Tensor | None
    inputs: tuple[int, ...]
    local: tuple[float | None, ...]
    adjoint: Tensor | None
    flows: tuple[TensorFlow, ...] = field(repr=False)


@dataclass(frozen=True, eq=False)
class BackwardGraph:
    """The graph of one backward pass. `str()` is a table; long chains are folded there."""

    nodes: tuple[TensorNode, ...]
    output: int

    @property
    def gradients(self) -> dict[str, Tensor]:
        """The adjoints of the leaves, by name: what `.grad` would be."""
        return {n.name: n.adjoint for n in self.nodes if not n.op and n.adjoint is not None}

    @property
    def agrees(self) -> bool:
        """Whether every adjoint is the sum of what flows back into it."""
        return all(
            torch.allclose(
                sum((f.amount for f in n.flows), torch.zeros_like(n.adjoint)),
                n.adjoint,
                equal_nan=True,
            )
            for n in self.nodes
            if n.flows and n.adjoint is not None
        )

    def __str__(self) -> str:
        return graph_table(self)

    def to_json(self) -> dict[str, Any]:
        """Plain data without NaN: `nodes` with id, op, label, value, adjoint, inputs, local."""
        return graph_json(self)


def backward_graph(
    loss: Tensor | Callable[[], Tensor],
    names: nn.Module | Mapping[str, Tensor] | Iterable[tuple[str, Tensor]] | None = None,
) -> BackwardGraph:
    """The graph of `loss.backward()`, operation by operation, from leaves to loss and back.

    `loss` is a tensor of one number, or a function without arguments that computes it: then the
    values on the way are recorded, too. `names` tells what the leaves are called: a module, or
    tensors by name. Nobody's `.grad` is changed, and `loss.backward()` still works afterwards.

    ```
    w = torch.tensor(3.0, requires_grad=True)
    print(stt.backward_graph(lambda: (2 * w - 1) ** 2, {"w": w}))
    ```

    Raises LossError if the loss is not one number or depends on nothing that needs a gradient.
    """
    recorder = _Recorder()
    if callable(loss) and not isinstance(loss, Tensor):
        with recorder, torch.enable_grad():
            loss = loss()
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        what = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise LossError(f"the loss has to be a tensor of one number, not {what}: average it first")
    if loss.grad_fn is None:
        raise LossError(
            "the loss was not computed from anything that needs a gradient: set requires_grad on"
            " what it shall be differentiated by, and look for .detach() or .item() on the way"
        )
    recorder.note(loss)
    order = _in_order(loss.grad_fn)
    swept = _sweep(loss, order)
    number = {fn: k for k, fn in enumerate(order)}
    called = _called(order, names)
    flows: list[list[TensorFlow]] = [[] for _ in order]
    for user, fn in enumerate(order):
        for (target, _), amount in zip(fn.next_functions, swept.flows.get(fn, ()), strict=False):
            if target is not None and amount is not None:
                flows[number[target]].append(TensorFlow(user, amount))
    nodes = []
    for k, fn in enumerate(order):
        leaf = getattr(fn, "variable", None)
        inputs = tuple(number[t] for t, _ in fn.next_functions if t is not None)
        value = leaf.detach() if leaf is not None else recorder.value(fn)
        shape = tuple(value.shape) if value is not None else _shape(fn)
        adjoint = swept.adjoints.get(fn)
        local = () if leaf is not None else _local(fn, adjoint)
        op = "" if leaf is not None else _operation(fn)
        label = called[fn] if leaf is not None else _label(fn, op, called)
        nodes.append(
            TensorNode(k, op, called[fn], label, shape, value, inputs, local, adjoint,
                       tuple(flows[k]))
        )  # fmt: skip
    return BackwardGraph(tuple(nodes), len(nodes) - 1)


class _Recorder(TorchFunctionMode):
    """Remembers what each operation gave while a loss is computed."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[Any, tuple[Tensor, int]] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.note(result)
        return result

    def note(self, result: Any) -> None:
        if isinstance(result, Tensor) and result.grad_fn is not None:
            plain = result.detach()
            self._seen[result.grad_fn] = (plain, plain._version)

    def value(self, fn: Any) -> Tensor | None:
        """What the node gave; None if unknown, or written over by an operation in place."""
        plain, version = self._seen.get(fn, (None, 0))
        return plain if plain is not None and plain._version == version else None


@dataclass(frozen=True)
class _Swept:
    adjoints: dict[Any, Tensor]
    flows: dict[Any, tuple[Tensor | None, ...]]


def _sweep(loss: Tensor, order: list[Any]) -> _Swept:
    """One backward pass, with hooks that keep what passes; gradients of leaves are put back."""
    swept = _Swept({}, {})

    def keep(fn: Any) -> list[Any]:
        def before(coming: tuple[Tensor | None, ...]) -> None:
            if len(coming) == 1 and coming[0] is not None:
                swept.adjoints[fn] = coming[0].detach().clone()

        def after(going: tuple[Tensor | None, ...], coming: tuple[Tensor | None, ...]) -> None:
            swept.flows[fn] = tuple(None if g is None else g.detach().clone() for g in going)

        handles = [fn.register_prehook(before)]
        if not hasattr(fn, "variable"):
            handles.append(fn.register_hook(after))
        return handles

    leaves = [fn.variable for fn in order if hasattr(fn, "variable")]
    kept = [leaf.grad for leaf in leaves]
    handles = [h for fn in order for h in keep(fn)]
    try:
        for leaf in leaves:
            leaf.grad = None
        loss.backward(retain_graph=True)
    finally:
        for handle in handles:
            handle.remove()
        for leaf, grad in zip(leaves, kept, strict=True):
            leaf.grad = grad
    return swept


def _in_order(root: Any) -> list[Any]:
    """All nodes, each after its inputs."""
    order: list[Any] = []
    seen, stack = {root}, [(root, iter(root.next_functions))]
    while stack:
        fn, rest = stack[-1]
        for target, _ in rest:
            if target is not None and target not in seen:
                seen.add(target)
                stack.append((target, iter(target.next_functions)))
                break
        else:
            order.append(fn)
            stack.pop()
    return order


def _called(order: list[Any], names: Any) -> dict[Any, str]:
    """v3 for an operation; for a leaf its name, or "leaf 1"."""
    known: dict[int, str] = {}
    if names is not None:
        found = Parameters.of(dict(names) if not isinstance(names, nn.Module) else names)
        known = {id(t): name for name, t in zip(found.names, found.tensors, strict=True)}
    called, unnamed = {}, 0
    for k, fn in enumerate(order):
        leaf = getattr(fn, "variable", None)
        if leaf is not None and id(leaf) not in known:
            unnamed += 1
        called[fn] = f"v{k}" if leaf is None else known.get(id(leaf), f"leaf {unnamed}")
    return called


def _operation(fn: Any) -> str:
    """MseLossBackward0 -> mse_loss."""
    plain = re.sub(r"(Backward\d*|\W.*)$", "", fn.name().split("::")[-1])
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain).lower()


def _label(fn: Any, op: str, called: dict[Any, str]) -> str:
    inputs = ["·" if t is None else called[t] for t, _ in fn.next_functions]
    exponent = getattr(fn, "_saved_exponent", None)
    if isinstance(exponent, int | float):
        inputs.append(f"{exponent:g}")
    return f"{op}({', '.join(inputs)})"


def _shape(fn: Any) -> tuple[int, ...] | None:
    """The shape of what the node gave, as the node itself remembers it."""
    about = getattr(fn, "_input_metadata", None)
    return tuple(about[0].shape) if about else None


def _local(fn: Any, adjoint: Tensor | None) -> tuple[float | None, ...]:
    """∂value/∂input where both are single numbers: what the node makes of an adjoint of 1."""
    targets = [t for t, _ in fn.next_functions if t is not None]
    if adjoint is None or adjoint.numel() != 1:
        return (None,) * len(targets)
    with torch.no_grad():
        made = fn(torch.ones_like(adjoint))
    made = made if isinstance(made, tuple) else (made,)
    pairs = zip(fn.next_functions, made, strict=False)
    flowing = [m for (t, _), m in pairs if t is not None]
    return tuple(float(m) if m is not None and m.numel() == 1 else None for m in flowing)
