"""What a loss is computed on: one batch, or batches that can be gone through again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor

from steepest.errors import LossError

#: How much a batch counts in the mean over the data.
Weight = Callable[[Any], float]


class Batch(NamedTuple):
    """One batch: how to name it in a sentence, its content on the model's device, its weight."""

    name: str
    content: Any
    weight: float


class Data:
    """A batch or batches, always the same ones.

    A tensor, a mapping and a tuple or list of tensors is one batch; any other iterable gives
    batches. `weight` says how much a batch counts, by default as many as it has rows. Raises
    LossError for an iterator, which could be gone through only once.
    """

    def __init__(self, data: object, weight: Weight | None, device: torch.device) -> None:
        self.single = _is_batch(data)
        self._source: Any = data
        self._weight = weight or rows
        self._device = device
        self._one: Batch | None = None
        if self.single:
            return
        if not isinstance(data, Iterable):
            raise LossError(
                f"the data is a {type(data).__name__}: give a batch (a tuple of tensors or a dict)"
                " or something that gives batches, such as a DataLoader"
            )
        if isinstance(data, Iterator):
            raise LossError(
                f"the data is a {type(data).__name__}, which can be gone through only once, but a"
                " loss is asked many times: give the DataLoader itself, or list(…) of the batches"
            )

    def batches(self) -> Iterator[Batch]:
        """The batches, in the order in which the source gives them."""
        if self.single:
            # Always the same tensors: looked through, weighed and moved once.
            if self._one is None:
                self._one = self._batch("the batch", self._source)
            yield self._one
            return
        with _generators_kept(self._source):
            for k, content in enumerate(self._source):
                yield self._batch(f"batch {k}", content)

    def _batch(self, name: str, content: object) -> Batch:
        weight = float(self._weight(content))
        if not weight >= 0 or weight == float("inf"):
            raise LossError(f"{name} has the weight {weight:g}: expected a number of at least 0")
        return Batch(name, moved(content, self._device), weight)


def rows(batch: object) -> float:
    """The number of rows of a batch: of the labels, if it is a mapping that has some."""
    if isinstance(batch, Mapping) and isinstance(batch.get("labels"), Tensor):
        batch = batch["labels"]
    for tensor in tensors_in(batch):
        return float(len(tensor.value)) if tensor.value.dim() else 1.0
    return 1.0


class Found(NamedTuple):
    """A tensor inside a batch and the way to it: "[0]", "['labels']"."""

    path: str
    value: Tensor


def tensors_in(content: object, path: str = "") -> Iterator[Found]:
    """Every tensor in nested tuples, lists and mappings."""
    if isinstance(content, Tensor):
        yield Found(path, content)
    elif isinstance(content, Mapping):
        for key, value in content.items():
            yield from tensors_in(value, f"{path}[{key!r}]")
    elif isinstance(content, (tuple, list)):
        for k, value in enumerate(content):
            yield from tensors_in(value, f"{path}[{k}]")


def first_not_finite(content: object) -> str | None:
    """Where a batch holds an infinity or NaN: "[0][3, 1] is inf"."""
    for path, value in tensors_in(content):
        if value.is_floating_point() or value.is_complex():
            bad = ~torch.isfinite(value)
            if bad.any():
                place = tuple(int(i) for i in bad.nonzero()[0])
                entry = value[place].item()
                return f"{path}[{', '.join(map(str, place))}] is {entry}"
    return None


def moved(content: Any, device: torch.device) -> Any:
    """A batch with its tensors on `device`. Other things in it stay as they are."""
    if isinstance(content, Tensor):
        # What was made in inference mode must not meet autograd; its copy may.
        return content.clone().to(device) if content.is_inference() else content.to(device)
    if all(t.value.device == device and not t.value.is_inference() for t in tensors_in(content)):
        return content
    if isinstance(content, Mapping):
        return {key: moved(value, device) for key, value in content.items()}
    if isinstance(content, (tuple, list)):
        return of_kind(content, (moved(value, device) for value in content))
    return content


def of_kind(content: Any, parts: Iterable[Any]) -> Any:
    """`parts` as a tuple, list or named tuple, as `content` is."""
    kind = type(content)
    return kind(*parts) if hasattr(content, "_fields") else kind(parts)


def _is_batch(data: object) -> bool:
    if isinstance(data, (Tensor, Mapping, tuple)):
        return True
    # A DataLoader gives its batches as lists of tensors; a list of batches holds tuples or dicts.
    return isinstance(data, list) and bool(data) and all(isinstance(d, Tensor) for d in data)


@contextmanager
def _generators_kept(source: Any) -> Iterator[None]:
    """Shuffling draws from a DataLoader's generators; they are put back, so orders repeat."""
    owners: Sequence[Any] = [source, getattr(source, "sampler", None)]
    found = {id(g): g for o in owners if (g := getattr(o, "generator", None)) is not None}
    states = [(g, g.get_state()) for g in found.values() if isinstance(g, torch.Generator)]
    try:
        yield
    finally:
        for generator, state in states:
            generator.set_state(state)
