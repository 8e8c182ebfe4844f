"""Asking leaves no trace: what a forward pass changes is put back, what is random is repeated.

A question to a network runs its forward pass, often many times. In training mode that moves the
running statistics of BatchNorm, and dropout draws new masks. Inside `untouched` buffers are
copies and random numbers start from a seed, and afterwards everything is as it was found. So a
question changes nothing, and a loss is one function however often it is asked.
"""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from steepest.torch.parameters import Parameters

_Buffer: TypeAlias = tuple[dict[str, Any], str, Tensor]


@contextmanager
def untouched(
    model: nn.Module | None, parameters: Parameters, seed: int
) -> Iterator[Callable[[], None]]:
    """Run what is inside with seeded random numbers and copied buffers; then put all back.

    Gives a function that starts again: the seed, and buffers as they were found. Call it before
    each pass over the data, so that every pass computes the same function.

    Kept are the buffers and training flags of `model`, the gradients (`.grad`) of `parameters`,
    and the random states of torch (CPU and the parameters' devices), Python and numpy.
    """
    tensors = parameters.tensors
    grads = [t.grad for t in tensors]
    training = [] if model is None else [(m, m.training) for m in model.modules()]
    buffers = _buffers([m for m, _ in training])
    drawn = _random_states(tensors)

    devices = _accelerators(tensors)
    watched = _Watched()
    seeded = torch.default_generator.manual_seed

    def again() -> None:  # it comes before each of many passes of a small network: nothing idle
        if buffers:
            _copy_buffers(buffers)
        seeded(seed)
        if devices:
            _seed(devices, seed)
        if watched.draws and watched.may_draw():
            _seed_python(seed)
            watched.seeded()

    try:
        again()
        yield again
    finally:
        _put_back(drawn)
        for owned, name, found in buffers:
            owned[name] = found
        for module, flag in training:
            module.training = flag
        for t, grad in zip(tensors, grads, strict=True):
            if t.grad is not grad:
                t.grad = grad


def _buffers(modules: Sequence[nn.Module]) -> list[_Buffer]:
    """Every buffer, with the dict and the name under which its module keeps it."""
    return [
        (module._buffers, name, buffer)
        for module in modules
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]


def _copy_buffers(buffers: Sequence[_Buffer]) -> None:
    """Put a fresh copy in the place of every buffer.

    The originals are never written to: a graph that somebody else keeps may still need them.
    """
    copies: dict[int, Tensor] = {}
    for owned, name, buffer in buffers:
        if id(buffer) not in copies:
            copies[id(buffer)] = buffer.detach().clone()
        owned[name] = copies[id(buffer)]


def _accelerators(tensors: Sequence[Tensor]) -> list[torch.device]:
    return sorted({t.device for t in tensors if t.device.type not in ("cpu", "meta")}, key=str)


def _random_states(tensors: Sequence[Tensor]) -> dict[Any, Any]:
    states: dict[Any, Any] = {"torch": torch.get_rng_state(), "python": random.getstate()}
    if "numpy" in sys.modules:
        states["numpy"] = sys.modules["numpy"].random.get_state(legacy=False)
    for device in _accelerators(tensors):
        states[device] = torch.get_device_module(device).get_rng_state(device)
    return states


def _seed(devices: Sequence[torch.device], seed: int) -> None:
    for device in devices:
        # Only this device: torch.manual_seed would touch the state of all of them.
        with torch.device(device):
            torch.get_device_module(device).manual_seed(seed)


def _seed_python(seed: int) -> None:
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)


class _Watched:
    """Whether a forward pass draws from Python's or numpy's generator.

    Few do, and seeding these takes as long as a small network. So in the fourth of many passes
    it is looked whether the third drew anything; if not, they are left alone from then on.
    """

    def __init__(self) -> None:
        self._passes = 0
        self._third: tuple[Any, bytes] | None = None
        self.draws = True  # or may, as far as is known

    def may_draw(self) -> bool:
        self._passes += 1
        if self._passes == 4:
            self.draws = self._state() != self._third
        return self.draws

    def seeded(self) -> None:
        if self._passes == 3:
            self._third = self._state()

    def _state(self) -> tuple[Any, bytes]:
        numpy = sys.modules.get("numpy")
        # All of it: the place within the state comes round every 624 words.
        drawn = None if numpy is None else numpy.random.get_state(legacy=False)
        return random.getstate(), pickle.dumps(drawn)


def _put_back(states: dict[Any, Any]) -> None:
    torch.set_rng_state(states.pop("torch"))
    random.setstate(states.pop("python"))
    if "numpy" in states:
        sys.modules["numpy"].random.set_state(states.pop("numpy"))
    for device, state in states.items():
        torch.get_device_module(device).set_rng_state(state, device)
