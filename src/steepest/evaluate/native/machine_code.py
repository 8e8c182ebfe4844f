"""LLVM text -> machine code that ctypes can call."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm

from steepest.evaluate.native import target

# LLVM's parser and code generator are not made for two threads in one context.
_lock = threading.Lock()
_machine: llvm.TargetMachine | None = None


class Kernel:
    """A compiled function. It holds the machine code alive; calling it releases the GIL."""

    def __init__(self, engine: llvm.ExecutionEngine, name: str, arguments: tuple[Any, ...]) -> None:
        self._engine = engine
        self._function: Callable[..., None] = ctypes.CFUNCTYPE(None, *arguments)(
            engine.get_function_address(name)
        )

    def __call__(self, *arguments: Any) -> None:
        self._function(*arguments)


def compile_text(text: str, name: str, arguments: tuple[Any, ...], effort: int = 2) -> Kernel:
    """The function `name` of a module in LLVM's text, for this machine.

    `effort` is LLVM's level of optimization, 0 to 3: the lowest compiles in half the time.
    """
    with _lock:
        machine = _target_machine()
        module = llvm.parse_assembly(text)
        module.triple = machine.triple
        module.data_layout = str(machine.target_data)
        engine = llvm.create_mcjit_compiler(module, _fresh_machine(effort))
        engine.finalize_object()
        return Kernel(engine, name, arguments)


def assembly(text: str) -> str:
    """The machine instructions that `text` becomes, for a person to read."""
    with _lock:
        machine = _target_machine()
        module = llvm.parse_assembly(text)
        return machine.emit_assembly(module)


def _target_machine() -> llvm.TargetMachine:
    global _machine
    if _machine is None:
        _machine = _fresh_machine()
    return _machine


def _fresh_machine(effort: int = 2) -> llvm.TargetMachine:
    # An execution engine takes its target machine with it, so each needs one of its own.
    target.start()
    features = llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=effort, jit=True
    )
