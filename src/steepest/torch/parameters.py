"""The parameters of a network or function, as one vector with names.

Everything in this room that needs the list of parameters takes it from here: tied weights count
once, frozen ones are constants, and whatever cannot be differentiated by is refused by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from numbers import Real
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from steepest.errors import ParameterError, PointError

#: Where parameters are found.
Source: TypeAlias = "Parameters | nn.Module | Mapping[str, Tensor] | Iterable[Tensor] | Iterable[tuple[str, Tensor]]"  # noqa: E501
#: A flat vector, as tensor or numbers, or a tensor a parameter: in their order, or by name.
VectorLike: TypeAlias = "Tensor | Sequence[Tensor | float | None] | Mapping[str, Tensor]"
#: Which parameters to keep: their names (or the names of their layers), or a question to a name.
Only: TypeAlias = "Iterable[str] | Callable[[str], bool]"


@dataclass(frozen=True, eq=False)
class Parameters:
    """Distinct trainable tensors in a fixed order, and the vector that they make together.

    `names` and `tensors` belong to each other. `aliases` maps a name to the further names of
    the same tensor (tied weights), `frozen` are the names that were left out because their
    tensors do not require a gradient.
    """

    names: tuple[str, ...]
    tensors: tuple[Tensor, ...]
    aliases: Mapping[str, tuple[str, ...]]
    frozen: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: Source, *, only: Only | None = None) -> Parameters:
        """The trainable parameters of a module, a mapping, or an iterable of (named) tensors.

        `only` keeps some of them: names, names of layers ("encoder.0"), or a function that says
        yes to a name. Raises ParameterError, with the name, if there is none, if all are frozen,
        or if one cannot be differentiated by.
        """
        if isinstance(source, Parameters):
            found, whose = list(zip(source.names, source.tensors, strict=True)), "these parameters"
        else:
            found, whose = _named(source)
        if not found:
            raise ParameterError(
                f"{whose} has no parameters, so there is nothing to differentiate by; layers must"
                " be attributes of the module (or in a ModuleList), not in a plain list or dict"
            )
        kept, aliases, frozen = _distinct(_chosen(found, only))
        if not kept:
            raise ParameterError(
                f"every parameter of {whose} is frozen (requires_grad=False): {listed(frozen)};"
                " unfreeze what is to be asked about with requires_grad_(True)"
            )
        return cls(tuple(kept), tuple(kept.values()), aliases, tuple(frozen))

    # Sizes

    @property
    def shapes(self) -> tuple[torch.Size, ...]:
        """The shape of each tensor."""
        return tuple(t.shape for t in self.tensors)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of entries of each tensor."""
        return tuple(t.numel() for t in self.tensors)

    @property
    def count(self) -> int:
        """The number n of entries of all tensors: the dimension."""
        return sum(self.sizes)

    @property
    def dtype(self) -> torch.dtype:
        """The precision of flat vectors: float64 if a parameter has it, else float32."""
        wide = any(t.dtype == torch.float64 for t in self.tensors)
        return torch.float64 if wide else torch.float32

    @property
    def device(self) -> torch.device:
        """Where flat vectors live: with the first parameter."""
        return self.tensors[0].device

    def layers(self) -> dict[str, tuple[int, ...]]:
        """Layer -> places of its parameters in `tensors`: "encoder.0.weight" is in "encoder.0"."""
        found: dict[str, list[int]] = {}
        for k, name in enumerate(self.names):
            found.setdefault(name.rpartition(".")[0] or "(root)", []).append(k)
        return {layer: tuple(places) for layer, places in found.items()}

    # Vectors

    def flatten(self, vector: VectorLike) -> Tensor:
        """One vector (n,) of n numbers, or of tensors as a list or by name; None and missing are 0.

        Raises PointError for a wrong shape, length or name, and for what is no tensor.
        """
        if not isinstance(vector, Tensor | Mapping):
            if not isinstance(vector, Iterable):
                raise PointError(
                    f"{vector!r:.60} is no vector: give a tensor or list of"
                    f" {counted(self.count, 'number')}, or tensors as a list or by name"
                )
            vector = list(vector)
            if vector and all(isinstance(x, Real) for x in vector):
                vector = torch.tensor(vector, dtype=self.dtype)
        if isinstance(vector, Tensor):
            if vector.shape != (self.count,):
                raise PointError(
                    f"a vector of shape {tuple(vector.shape)}: expected ({self.count},), one entry"
                    f" for each of the entries of {listed(self.names)}"
                )
            return vector.detach().to(self.device, self.dtype)
        parts = self._by_name(vector) if isinstance(vector, Mapping) else list(vector)
        if len(parts) != len(self.tensors):
            raise PointError(
                f"{counted(len(parts), 'tensor')} for {counted(len(self), 'parameter')}:"
                f" {listed(self.names)}"
            )
        flat = torch.zeros(self.count, dtype=self.dtype, device=self.device)
        for view, part, name in zip(self.unflatten(flat), parts, self.names, strict=True):
            if part is None:
                continue
            if not isinstance(part, Tensor):
                raise PointError(f"{name}: {part!r:.40} is no tensor")
            if part.shape != view.shape:
                raise PointError(
                    f"{name}: a tensor of shape {tuple(part.shape)}, but the parameter has"
                    f" {tuple(view.shape)}"
                )
            view.copy_(part.detach())
        return flat

    def unflatten(self, flat: Tensor) -> list[Tensor]:
        """The vector (n,) as views with the shapes of the parameters."""
        parts = flat.split(list(self.sizes))
        return [p.view(shape) for p, shape in zip(parts, self.shapes, strict=True)]

    def named(self, vector: VectorLike) -> dict[str, Tensor]:
        """The vector's parts by the names of the parameters."""
        return dict(zip(self.names, self.unflatten(self.flatten(vector)), strict=True))

    def canonical(self, names: Iterable[str]) -> list[str]:
        """The first names of the parameters that `names` stand for; PointError if unknown."""
        known = {alias: name for name, more in self.aliases.items() for alias in more}
        known |= {name: name for name in self.names}
        wanted = list(names)
        for name in wanted:
            if name not in known:
                raise PointError(_unknown(name, [*known], self.frozen))
        return [known[name] for name in wanted]

    def _by_name(self, vector: Mapping[str, Tensor]) -> list[Tensor | None]:
        parts = dict(zip(self.canonical(vector), vector.values(), strict=True))
        return [parts.get(name) for name in self.names]

    # The values they have now

    def snapshot(self) -> list[Tensor]:
        """Copies of the tensors as they are now."""
        return [t.detach().clone() for t in self.tensors]

    def holds(self, values: Sequence[Tensor]) -> bool:
        """Whether the tensors are now exactly `values`."""
        return all(torch.equal(t.detach(), v) for t, v in zip(self.tensors, values, strict=True))

    def write(self, values: Sequence[Tensor]) -> None:
        """Set the tensors to `values`, unseen by autograd: who needs them back writes them back."""
        with torch.no_grad():
            for t, v in zip(self.tensors, values, strict=True):
                t.data.copy_(v)

    def first_not_finite(self, values: Sequence[Tensor]) -> tuple[str, tuple[int, ...]] | None:
        """The name and the place of the first entry of `values` that is infinite or NaN."""
        for name, v in zip(self.names, values, strict=True):
            bad = ~torch.isfinite(v.detach())
            if bad.any():
                return name, tuple(int(i) for i in bad.nonzero()[0])
        return None

    def __len__(self) -> int:
        return len(self.tensors)

    def __repr__(self) -> str:
        return f"Parameters({self.count:,} in {len(self)} tensors: {listed(self.names)})"


def _named(source: object) -> tuple[list[tuple[str, Tensor]], str]:
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


def _chosen(found: list[tuple[str, Tensor]], only: Only | None) -> list[tuple[str, Tensor]]:
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
            raise ParameterError(_unknown(want, [name for name, _ in found]))
        if not any(t.requires_grad for t in these):
            raise ParameterError(
                f"{want} is frozen (requires_grad=False), so nothing can be asked along it;"
                " unfreeze it with requires_grad_(True) or leave it out"
            )
    return [
        (name, t) for name, t in found if any(name == w or name.startswith(w + ".") for w in wanted)
    ]


def _distinct(
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
    if not t.is_leaf:
        raise ParameterError(
            f"{name} is the result of a computation, not a parameter: give the tensor that it was"
            " computed from, or detach it"
        )


def _unknown(name: str, names: Sequence[str], frozen: Sequence[str] = ()) -> str:
    if name in frozen:
        return f"{name} is frozen (requires_grad=False), so it is no part of a direction or point"
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
