"""Sums of squares of tensors in the processor's memory, added in double precision.

PyTorch adds the squares of float32 entries in float32: ten million entries of 0.001 come out
0.1 % short, and squares overflow from 1.8e19 on. Asked for float64 it is twenty times slower.
This kernel converts each entry on its way and costs what reading the memory costs.
"""

from __future__ import annotations

import ctypes
from typing import Final

import torch
from torch import Tensor

from steepest.evaluate.native.cache import KERNELS
from steepest.evaluate.native.machine_code import Kernel, compile_text

# How eight entries become doubles.
_LOADS: Final = {
    torch.float64: "%x{u} = load <8 x double>, ptr %p{u}, align 8",
    torch.float32: """%f{u} = load <8 x float>, ptr %p{u}, align 4
  %x{u} = fpext <8 x float> %f{u} to <8 x double>""",
    # bfloat16 is the upper half of a float32.
    torch.bfloat16: """%h{u} = load <8 x i16>, ptr %p{u}, align 2
  %w{u} = zext <8 x i16> %h{u} to <8 x i32>
  %s{u} = shl <8 x i32> %w{u}, <i32 16, i32 16, i32 16, i32 16, i32 16, i32 16, i32 16, i32 16>
  %f{u} = bitcast <8 x i32> %s{u} to <8 x float>
  %x{u} = fpext <8 x float> %f{u} to <8 x double>""",
}
_TAILS: Final = {
    torch.float64: "%t = load double, ptr %q, align 8",
    torch.float32: """%g = load float, ptr %q, align 4
  %t = fpext float %g to double""",
    torch.bfloat16: """%h = load i16, ptr %q, align 2
  %w = zext i16 %h to i32
  %s = shl i32 %w, 16
  %g = bitcast i32 %s to float
  %t = fpext float %g to double""",
}
_ELEMENTS: Final = {torch.float64: "double", torch.float32: "float", torch.bfloat16: "i16"}
_ARGUMENTS: Final = (ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p)
_PLAIN: Final = (Tensor, torch.nn.Parameter)


def fits(tensor: Tensor) -> bool:
    """Whether `square_sums` can read this tensor where it lies."""
    return (
        type(tensor) in _PLAIN
        and tensor.is_cpu
        and tensor.dtype in _ELEMENTS
        and tensor.layout is torch.strided
        and tensor.is_contiguous()
    )


def square_sums(tensors: list[Tensor], dtype: torch.dtype) -> list[float]:
    """Σx² of each tensor. All must pass `fits` and have `dtype`."""
    count = len(tensors)
    table = (ctypes.c_int64 * (2 * count))()
    table[0::2] = [t.data_ptr() for t in tensors]
    table[1::2] = [t.numel() for t in tensors]
    sums = (ctypes.c_double * count)()
    _kernel(dtype)(ctypes.addressof(table), count, ctypes.addressof(sums))
    return list(sums)


def _kernel(dtype: torch.dtype) -> Kernel:
    return KERNELS.get(
        ("square_sums", dtype),
        lambda: compile_text(kernel_text(dtype), "square_sums", _ARGUMENTS),
    )


def kernel_text(dtype: torch.dtype) -> str:
    """The kernel in LLVM's text. Four vectors of eight doubles are added up side by side."""
    element = _ELEMENTS[dtype]
    unrolled = range(4)
    accumulators = "\n  ".join(
        f"%a{u} = phi <8 x double> [zeroinitializer, %tensor], [%b{u}, %vectors]" for u in unrolled
    )
    body = "\n  ".join(
        f"""%i{u} = add i64 %at, {8 * u}
  %p{u} = getelementptr {element}, ptr %entries, i64 %i{u}
  {_LOADS[dtype].format(u=u)}
  %b{u} = call <8 x double> @llvm.fmuladd.v8f64(
    <8 x double> %x{u}, <8 x double> %x{u}, <8 x double> %a{u})"""
        for u in unrolled
    )
    totals = "\n  ".join(
        f"%c{u} = phi <8 x double> [zeroinitializer, %tensor], [%b{u}, %vectors]" for u in unrolled
    )
    return f"""
declare <8 x double> @llvm.fmuladd.v8f64(<8 x double>, <8 x double>, <8 x double>)
declare double @llvm.fmuladd.f64(double, double, double)
declare double @llvm.vector.reduce.fadd.v8f64(double, <8 x double>)
define void @square_sums(ptr noalias %table, i64 %count, ptr noalias %sums) nounwind {{
entry:
  %some = icmp sgt i64 %count, 0
  br i1 %some, label %tensor, label %return
tensor:
  %k = phi i64 [0, %entry], [%k_next, %finished]
  %row = shl i64 %k, 1
  %cell = getelementptr i64, ptr %table, i64 %row
  %address = load i64, ptr %cell
  %entries = inttoptr i64 %address to ptr
  %size_cell = getelementptr i64, ptr %cell, i64 1
  %n = load i64, ptr %size_cell
  %whole = and i64 %n, -32
  %long = icmp sgt i64 %whole, 0
  br i1 %long, label %vectors, label %rest
vectors:
  %at = phi i64 [0, %tensor], [%at_next, %vectors]
  {accumulators}
  {body}
  %at_next = add i64 %at, 32
  %more = icmp slt i64 %at_next, %whole
  br i1 %more, label %vectors, label %rest
rest:
  {totals}
  %c01 = fadd <8 x double> %c0, %c1
  %c23 = fadd <8 x double> %c2, %c3
  %c = fadd <8 x double> %c01, %c23
  %sum = call reassoc double @llvm.vector.reduce.fadd.v8f64(double 0.0, <8 x double> %c)
  %left = icmp slt i64 %whole, %n
  br i1 %left, label %single, label %finished
single:
  %j = phi i64 [%whole, %rest], [%j_next, %single]
  %so_far = phi double [%sum, %rest], [%with_it, %single]
  %q = getelementptr {element}, ptr %entries, i64 %j
  {_TAILS[dtype]}
  %with_it = call double @llvm.fmuladd.f64(double %t, double %t, double %so_far)
  %j_next = add i64 %j, 1
  %again = icmp slt i64 %j_next, %n
  br i1 %again, label %single, label %finished
finished:
  %result = phi double [%sum, %rest], [%with_it, %single]
  %place = getelementptr double, ptr %sums, i64 %k
  store double %result, ptr %place
  %k_next = add i64 %k, 1
  %unfinished = icmp slt i64 %k_next, %count
  br i1 %unfinished, label %tensor, label %return
return:
  ret void
}}
"""
