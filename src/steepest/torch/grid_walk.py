"""A loss at the points of a grid on a slice, one after the other.

The parameters are set in place, under no_grad, by one sum a point: base + x·axis, where the base
of a row is summed afresh, so every value is that of its own point, whichever points were asked
before. On the CPU this is the fastest way that was measured (benchmarks/bench_torch_surface.py):
nearly all of the time is the forward pass itself. functional_call costs the same arithmetic and
more Python, vmap makes batched products that are no faster, and steps from point to point save
nothing and drift. Networks of torch's own layers are asked in inference mode, which is 2 % faster
for a small one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from steepest.torch.objective import Asked, Objective
from steepest.torch.parameters import Parameters
from steepest.torch.picture import FloatArray

if TYPE_CHECKING:
    from steepest.torch.slices import Slice


def walk(
    objective: Objective,
    where: Slice,
    grid: tuple[FloatArray, ...],
    indices: NDArray[np.intp],
    found: Callable[[int, int, float], None],
) -> None:
    """Tell `found` (how many, index, loss) of grid points in order; the first axis runs fastest."""
    parameters = objective.parameters
    xs, width = grid[0].tolist(), len(grid[0])
    with (
        objective.at(parameters.snapshot(), moving=True) as f,
        torch.no_grad(),
        _in_one_piece(parameters) as whole,
        ExitStack() as modes,
    ):
        value, keeps_nothing = _values(f)
        if keeps_nothing:
            modes.enter_context(torch.inference_mode())
        along, count = where.axes[0], 0
        for row, places in _rows(indices, width):
            base = where.origin
            if len(grid) == 2:
                base = base + float(grid[1][row]) * where.axes[1]
            move = _mover(parameters, whole, base, along)
            for place in places:
                move(xs[place])
                count += 1
                found(count, row * width + place, value())


def _values(f: Asked) -> tuple[Callable[[], float], bool]:
    """What gives the mean loss, finite or not, each time it is called; may it in inference mode?

    With a single batch everything but the forward pass is done once.
    """
    o = f.objective
    plain = o.data.single and o.reduce is None and o.autocast is None
    # The cache of a surrounding autocast has to be cleared each time.
    if not plain or torch.is_autocast_enabled(o.parameters.device.type):
        return lambda: f.value(finite=False), False
    content = next(o.data.batches()).content
    loss, keeps_nothing = partial(o.evaluate, content), False
    if o.repeated is not None:
        loss, keeps_nothing = o.repeated(content)
    again, checked = f.again, False

    def value() -> float:
        nonlocal checked
        if not checked:  # the first one refuses what is no loss
            checked = True
            return f.value(finite=False)
        again()
        return float(loss())

    return value, keeps_nothing


def _rows(indices: NDArray[np.intp], width: int) -> Iterator[tuple[int, list[int]]]:
    """(row, places within it) of ascending indices."""
    rows, places = np.divmod(indices, width)
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    for part in np.split(np.arange(len(indices)), starts)[1:]:
        yield int(rows[part[0]]), places[part].tolist()


def _mover(
    parameters: Parameters, whole: Tensor | None, base: Tensor, along: Tensor
) -> Callable[[float], None]:
    """What sets the parameters to base + x·along."""
    if whole is not None and whole.dtype == along.dtype and whole.device == along.device:
        add = torch.add

        def at_once(x: float) -> None:
            add(base, along, alpha=x, out=whole)

        return at_once
    parts = list(
        zip(
            [t.data for t in parameters.tensors],
            parameters.unflatten(base),
            parameters.unflatten(along),
            strict=True,
        )
    )

    def one_by_one(x: float) -> None:
        for target, b, a in parts:
            if target.dtype == a.dtype and target.device == a.device:
                torch.add(b, a, alpha=x, out=target)
            else:
                target.copy_(b + x * a)

    return one_by_one


@contextmanager
def _in_one_piece(parameters: Parameters) -> Iterator[Tensor | None]:
    """The memory of all parameters as one tensor (n,) meanwhile, so that one sum sets a point.

    None where they differ in dtype or device or are not plain tensors lying in a row.
    """
    tensors = [t.data for t in parameters.tensors]
    first = tensors[0]
    alike = all(
        type(t) is Tensor
        and t.layout is torch.strided
        and (t.dtype, t.device, t.is_contiguous()) == (first.dtype, first.device, True)
        for t in tensors
    )
    if not alike or first.device.type != "cpu":  # elsewhere kernels may hold a network's memory
        yield None
        return
    whole = torch.cat([t.flatten() for t in tensors])
    try:
        for t, part in zip(
            parameters.tensors, whole.split([t.numel() for t in tensors]), strict=True
        ):
            t.data = part.view(t.shape)
        yield whole
    finally:
        for t, own in zip(parameters.tensors, tensors, strict=True):
            t.data = own
