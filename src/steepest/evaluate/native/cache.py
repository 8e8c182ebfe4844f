"""Compiled kernels, kept by what they were compiled from: nothing is compiled twice."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from steepest.evaluate.native.machine_code import Kernel

#: Kernels that are kept; the one that was not used for the longest time goes first.
CAPACITY: Final = 256


class KernelCache:
    """At most `capacity` kernels. Two threads that ask for one kernel compile it once."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.compiled = 0  # how many kernels were compiled so far
        self._kernels: OrderedDict[Hashable, Kernel] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Kernel]) -> Kernel:
        """The kernel for `key`, from `make` if it is not there yet."""
        with self._lock:
            kernel = self._kernels.get(key)
            if kernel is not None:
                self._kernels.move_to_end(key)
                return kernel
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                kernel = self._kernels.get(key)
            if kernel is None:
                kernel = make()
                with self._lock:
                    self.compiled += 1
                    self._kernels[key] = kernel
                    while len(self._kernels) > self.capacity:
                        self._kernels.popitem(last=False)
            with self._lock:
                self._making.pop(key, None)
        return kernel

    def clear(self) -> None:
        """Forget all kernels."""
        with self._lock:
            self._kernels.clear()

    def __len__(self) -> int:
        return len(self._kernels)


#: The kernels of this process.
KERNELS: Final = KernelCache()
