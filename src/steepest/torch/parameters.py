"""The parameters of a network or function, as one vector with names.

Everything in this room that needs the list of parameters takes it from here: tied weights count
once, frozen ones are constants, and whatever cannot be differentiated by is refused by its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TypeAlias

import torch
from torch import Tensor, nn

from steepest.errors import ParameterError, PointError
from steepest.torch.named_tensors import (
    Only,
    chosen,
    counted,
    distinct,
    listed,
    named_tensors,
    unknown,
)

#: Where parameters are found.
Source: TypeAlias = "Parameters | nn.Module | Mapping[str, Tensor] | Iterable[Tensor] | Iterable[tuple[str, Tensor]]"  # noqa: E501
#: A flat vector, as tensor or numbers, or a tensor a parameter: in their order, or by name.
VectorLike: TypeAlias = "Tensor | Sequence[Tensor | float | None] | Mapping[str, Tensor]"


@dataclass(frozen=True, eq=False)
class Parameters:
    """Distinct trainable tensors in a fixed order, and the vector that they make together.

    `names` and `tensors` belong to each other. `aliases` maps a name to the further names of
    the same tensor (tied weights), `frozen` are the names that were left out because their
    tensors do not require a gradient, `buffers` those of a module's buffers.
    """

    names: tuple[str, ...]
    tensors: tuple[Tensor, ...]
    aliases: Mapping[str, tuple[str, ...]]
    frozen: tuple[str, ...] = ()
    buffers: tuple[str, ...] = ()

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
            found, whose = named_tensors(source)
        if not found:
            raise ParameterError(
                f"{whose} has no parameters, so there is nothing to differentiate by; layers must"
                " be attributes of the module (or in a ModuleList), not in a plain list or dict"
            )
        kept, aliases, frozen = distinct(chosen(found, only))
        if not kept:
            raise ParameterError(
                f"every parameter of {whose} is frozen (requires_grad=False): {listed(frozen)};"
                " unfreeze what is to be asked about with requires_grad_(True)"
            )
        buffers = ()
        if isinstance(source, nn.Module):
            buffers = tuple(name for name, _ in source.named_buffers(remove_duplicate=False))
        return cls(tuple(kept), tuple(kept.values()), aliases, tuple(frozen), buffers)

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
        if isinstance(vector, nn.Module):
            raise PointError(
                f"a {type(vector).__name__} is no vector: give its parameters, as"
                " dict(model.named_parameters())"
            )
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
            part = part.detach()
            view.copy_(part if part.layout is torch.strided else part.to_dense())
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
                raise PointError(unknown(name, [*known], self.frozen, self.buffers))
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
