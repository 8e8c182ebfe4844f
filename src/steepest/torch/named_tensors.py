"""Which tensors are the parameters: found by name, chosen, each once, and refused by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TypeAlias

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from steepest.errors import ParameterError

#: Which parameters to keep: their names (or the names of their layers), or a question to a name.
Only: TypeAlias = "Iterable[str] | Callable[[str], bool]"


def named_tensors(source: object) -> tuple[list[tuple[str, Tensor]], str]:
    """(name, tensor) pairs of whatever holds parameters, and what to call it."""
    if isinstance(source, nn.Module):
        return list(source.named_parameters(remove_duplicate=False)), type(source).__name__
    if isinstance(source, Mapping):
        items: list[object] = list(source.items())
    elif isinstance(source, Tensor):
        items = [source]
    elif isinstance(source, Iterable):
        items = list(source)
    else:
        raise ParameterError(
            f"{type(source).__name__} holds no parameters: give a torch.nn.Module, a mapping of"
            " names to tensors, or tensors"
        )
    found: list[tuple[str, Tensor]] = []
    for k, item in enumerate(items):
        name, value = (
            item if isinstance(item, tuple) and len(item) == 2 else (f"parameter {k}", item)
        )
        if not isinstance(value, Tensor):
            raise ParameterError(f"{name} is a {type(value).__name__}, not a tensor")
        found.append((str(name), value))
    return found, "the list"


def chosen(found: list[tuple[str, Tensor]], only: Only | None) -> list[tuple[str, Tensor]]:
    """Those that `only` keeps. A name that keeps nothing is a mistake, and so is a frozen one."""
    if only is None:
        return found
    if callable(only):
        kept = [(name, t) for name, t in found if only(name)]
        if not kept:
            names = listed([name for name, _ in found])
            raise ParameterError(f"the choice of parameters keeps none of {names}")
        return kept
    wanted = [only] if isinstance(only, str) else list(only)
    for want in wanted:
        these = [t for name, t in found if name == want or name.startswith(want + ".")]
        if not these:
            raise ParameterError(unknown(want, [name for name, _ in found]))
        if not any(t.requires_grad for t in these):
            raise ParameterError(
                f"{want} is frozen (requires_grad=False), so nothing can be asked along it;"
                " unfreeze it with requires_grad_(True) or leave it out"
            )
    return [
        (name, t) for name, t in found if any(name == w or name.startswith(w + ".") for w in wanted)
    ]


def distinct(
    found: list[tuple[str, Tensor]],
) -> tuple[dict[str, Tensor], dict[str, tuple[str, ...]], list[str]]:
    """Each tensor once, further names of it, and the names of frozen ones."""
    first: dict[int, str] = {}
    kept: dict[str, Tensor] = {}
    aliases: dict[str, tuple[str, ...]] = {}
    frozen: list[str] = []
    for name, t in found:
        if id(t) in first:
            known = first[id(t)]
            if known in kept:
                aliases[known] = (*aliases.get(known, ()), name)
            continue
        first[id(t)] = name
        if is_lazy(t):
            raise ParameterError(
                f"{name} has no shape yet (a lazy layer): run one batch through the model first"
            )
        if not t.requires_grad:
            frozen.append(name)
            continue
        _require_usable(name, t)
        if name in kept:
            raise ParameterError(f"two different tensors are named {name}")
        kept[name] = t
    return kept, aliases, frozen


def _require_usable(name: str, t: Tensor) -> None:
    if t.is_complex():
        raise ParameterError(
            f"{name} is complex ({t.dtype}): directions and eigenvalues here are real; write it as"
            " a real tensor with torch.view_as_real"
        )
    if t.is_meta:
        raise ParameterError(f"{name} is on the meta device and has no values: load them first")
    if t.is_inference():
        raise ParameterError(
            f"{name} was made in torch.inference_mode(), so torch refuses gradients by it: make the"
            " model outside of that"
        )
    if not t.is_leaf:
        raise ParameterError(
            f"{name} is the result of a computation, not a parameter: give the tensor that it was"
            " computed from, or detach it"
        )


def unknown(
    name: str,
    names: Sequence[str],
    frozen: Sequence[str] = (),
    buffers: Sequence[str] = (),
) -> str:
    """Why a name stands for no parameter, and which was probably meant."""
    if name in frozen:
        return f"{name} is frozen (requires_grad=False), so it is no part of a direction or point"
    if name in buffers:
        return (
            f"{name} is a buffer, not a parameter, and stays what it is in the model: instead of a"
            " state_dict() give dict(model.named_parameters())"
        )
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {listed(names)}"
    return f"no parameter or layer is named {name!r}: {hint}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def counted(count: int, thing: str) -> str:
    """ "1 tensor", "2 tensors"."""
    return f"{count:,} {thing}{'s' * (count != 1)}"
