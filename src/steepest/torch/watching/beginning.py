"""`watch`: what is watched, and what the first line of a run says of it."""

from __future__ import annotations

import datetime
import math
import os
from collections.abc import Iterable
from typing import Any, Final

from torch import Tensor, nn
from torch.optim import Optimizer

from steepest.errors import ParameterError
from steepest.torch.parameters import Parameters
from steepest.torch.sharded import is_sharded
from steepest.torch.watching.lines import JsonLines
from steepest.torch.watching.recorder import Watch, Writer
from steepest.torch.watching.stability import stability
from steepest.training.records import Header, Layer

_MOST_PRODUCTS: Final = 2  # with the Hessian; each costs nearly two training steps
_SHARE: Final = 0.25  # of a batch


def watch(
    model: nn.Module,
    optimizer: Optimizer,
    path: str | os.PathLike[str] | None = None,
    *,
    writers: Iterable[Writer] = (),
    curvature_every: int = 0,
    curvature_share: float = _SHARE,
    max_products: int = _MOST_PRODUCTS,
) -> Watch:
    r"""Watch every step that `optimizer` takes with the parameters of `model`.

    ```
    run = stt.watch(model, optimizer, "run.jsonl", curvature_every=50)
    for x, y in batches:
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        run.observe(loss, lambda part: loss_of(model(part(x)), part(y)))
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    print(*run.sentences(), sep="\n")
    ```

    `path` gets one JSON line a step, which `steepest watch` reads, also while the run goes on and
    after a crash. `writers` are told the same. With `curvature_every` k every k-th step measures
    the largest eigenvalue of the Hessian on its batch, with at most `max_products` products; for
    that `observe` needs the loss as a function. If that function takes an argument, it is given
    one that cuts to the first `curvature_share` of the rows, and the record says how many of how
    many. Two products, found from the gradient, come within 5 to 30 % of the eigenvalue from
    below; eight are nearly always exact to a percent. A quarter of a batch of 128 differs from
    the whole by half in either direction.

    The training is not changed: no gradient, parameter, buffer or random number is another than
    without watching. Four copies of the parameters are kept.

    Raises ParameterError if the optimizer has none of the model's parameters or an argument makes
    no sense, RunError if `path` cannot be written.
    """
    for name, count in (("curvature_every", curvature_every), ("max_products", max_products)):
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ParameterError(f"{name}={count!r}: expected a whole number, 0 or larger")
    if not isinstance(curvature_share, int | float) or not 0 < curvature_share <= 1:
        raise ParameterError(
            f"curvature_share={curvature_share!r}: expected a share of a batch, above 0, at most 1"
        )
    if max_products == 0:
        raise ParameterError("max_products=0: an eigenvalue needs at least one product")
    if not isinstance(optimizer, Optimizer):
        raise ParameterError(
            f"the optimizer is a {type(optimizer).__name__}: give a torch.optim.Optimizer"
        )
    parameters = _watched(model, optimizer)
    header = _header(model, optimizer, parameters)
    told = [*([] if path is None else [JsonLines(path)]), *writers]
    return Watch(
        model, optimizer, parameters, header, told, curvature_every, max_products, curvature_share
    )


def _watched(model: nn.Module, optimizer: Optimizer) -> Parameters:
    """The parameters that the optimizer moves, layer after layer."""
    if not isinstance(model, nn.Module):
        raise ParameterError(f"the model is a {type(model).__name__}: give a torch.nn.Module")
    moved = {id(p) for group in optimizer.param_groups for p in group["params"]}
    named = [(name, p) for name, p in model.named_parameters() if id(p) in moved]
    if not named:
        raise ParameterError(
            f"{type(optimizer).__name__} has none of the parameters of {type(model).__name__}, so"
            " there is no step of this model to watch; make the optimizer from"
            " model.parameters(), and after the model has been moved or wrapped"
        )
    for name, p in named:
        if is_sharded(p):
            raise ParameterError(
                f"{name} is spread over several ranks (DTensor), and steps are compared through"
                " flat copies of whole parameters: watch a model that every rank holds whole, or"
                " record clip_grad_norm_'s result"
            )
    by_layer: dict[str, list[tuple[str, Tensor]]] = {}
    for name, p in named:
        by_layer.setdefault(name.rpartition(".")[0] or "(root)", []).append((name, p))
    return Parameters.of([pair for pairs in by_layer.values() for pair in pairs])


def _header(model: nn.Module, optimizer: Optimizer, parameters: Parameters) -> Header:
    places = parameters.layers()
    layers = [Layer(name, sum(parameters.sizes[k] for k in ks)) for name, ks in places.items()]
    group = optimizer.param_groups[0]
    return Header(
        model=type(model).__name__,
        optimizer=type(optimizer).__name__,
        parameters=parameters.count,
        layers=tuple(layers),
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        settings={name: _plain(v) for name, v in group.items() if name != "params"},
        stability=stability(optimizer).text,
    )


def _plain(value: Any) -> Any:
    """A setting as strict JSON."""
    if isinstance(value, Tensor):
        value = value.item() if value.numel() == 1 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return str(value)
