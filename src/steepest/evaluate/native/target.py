"""What the machine can do: lanes in a vector, fused multiply-add, vector mathematics."""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
import sys
import threading
from dataclasses import dataclass
from functools import cache
from typing import Final

import llvmlite.binding as llvm

from steepest.errors import ParameterError

WIDTHS: Final = (8, 4, 2, 1)

# libmvec's letter for each vector length, and the processor feature its code needs.
_LETTERS: Final = {2: ("b", "sse4.2"), 4: ("d", "avx2"), 8: ("e", "avx512f")}


@dataclass(frozen=True)
class Target:
    """What kernels are made for: `width` lanes a vector, with `fma` and libmvec or without.

    A width that the processor lacks still works: LLVM splits the vectors.
    """

    width: int
    fma: bool = False
    vector_math: bool = False

    def __post_init__(self) -> None:
        if self.width not in WIDTHS:
            raise ParameterError(f"width={self.width!r}: vectors have 8, 4, 2 or 1 lanes")


@cache
def host() -> Target:
    """The target that suits this machine best."""
    features = _features()
    if "avx512f" in features:
        width = 8
    elif "avx" in features:
        width = 4
    else:
        # Every x86-64 has SSE2 and every 64-bit ARM has NEON, two lanes each.
        width = 2 if platform.machine().lower() in ("x86_64", "amd64", "aarch64", "arm64") else 1
    fma = "fma" in features or platform.machine().lower() in ("aarch64", "arm64")
    return Target(width, fma, vector_math=_libmvec() is not None)


def has_registers(width: int) -> bool:
    """Whether `width` doubles fill a register here (of x86, whose constraint "x" means one)."""
    return platform.machine().lower() in ("x86_64", "amd64") and width <= host().width


def has_vector_symbol(name: str, lanes: int) -> bool:
    """Whether libmvec's function for `lanes` lanes runs here; makes it known to LLVM."""
    return vector_symbol(name, lanes) is not None


@cache
def vector_symbol(name: str, lanes: int) -> str | None:
    """libmvec's name of the function `name` on `lanes` lanes, None if it cannot run here."""
    library = _libmvec()
    if library is None or lanes not in _LETTERS:
        return None
    letter, feature = _LETTERS[lanes]
    if feature not in _features():
        return None
    arguments = "vv" if name in ("pow", "atan2", "hypot") else "v"
    symbol = f"_ZGV{letter}N{lanes}{arguments}_{name}"
    return symbol if _announce(library, symbol, symbol) else None


@cache
def scalar_symbol(name: str) -> str:
    """The C library's function `name`, made known to LLVM under a name of our own."""
    symbol = f"steepest_{name}"
    if not _announce(_libm(), name, symbol):
        raise ParameterError(f"the C library of this machine has no function {name}")
    return symbol


def _announce(library: ctypes.CDLL, name: str, symbol: str) -> bool:
    try:
        address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
    except AttributeError:
        return False
    start()
    llvm.add_symbol(symbol, address)
    return True


@cache
def _libm() -> ctypes.CDLL:
    if sys.platform == "win32":
        return ctypes.CDLL("ucrtbase")
    return ctypes.CDLL(ctypes.util.find_library("m") or None)


@cache
def _libmvec() -> ctypes.CDLL | None:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None
    try:
        return ctypes.CDLL("libmvec.so.1")
    except OSError:
        return None


@cache
def _features() -> frozenset[str]:
    start()
    try:
        return frozenset(name for name, there in llvm.get_host_cpu_features().items() if there)
    except RuntimeError:
        return frozenset()


_once = threading.Lock()
_started = False


def start() -> None:
    """Wake LLVM up, once."""
    global _started
    with _once:
        if not _started:
            llvm.initialize_native_target()
            llvm.initialize_native_asmprinter()
            llvm.initialize_native_asmparser()  # of Emitter.fence, though it is empty
            _started = True
