"""Level curves from samples on a grid: marching squares, each crossing sharpened with f itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_SHARPENINGS: Final = 4
# A crossing whose value, after sharpening, is this far off (as a part of the difference
# between its two ends) is a jump of f, not a place where f takes the value.
_JUMP: Final = 0.2


def level_curves(
    x: FloatArray,
    y: FloatArray,
    values: FloatArray,
    level: float,
    f: Callable[[FloatArray], FloatArray],
) -> list[FloatArray]:
    """The curves where f takes the value `level`, each as points (k, 2).

    `values` (len(y), len(x)) are samples, NaN where f is undefined; `f` maps points (m, 2)
    to (m,). Closed curves repeat their first point. Cells with an undefined corner are left out.
    """
    z = np.where(np.isfinite(values), values - level, np.nan)
    places, usable, ids = _crossings(x, y, z, level, f)
    if not len(places):
        return []
    return [places[chain] for chain in _chains(_segments(z, ids, usable))]


def _crossings(
    x: FloatArray,
    y: FloatArray,
    z: FloatArray,
    level: float,
    f: Callable[[FloatArray], FloatArray],
) -> tuple[FloatArray, NDArray[np.bool_], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Where the level crosses grid edges: points, whether each is real, and edge -> point."""
    up = z >= 0
    known = ~np.isnan(z)
    along_x = (up[:, 1:] != up[:, :-1]) & known[:, 1:] & known[:, :-1]
    along_y = (up[1:, :] != up[:-1, :]) & known[1:, :] & known[:-1, :]
    jx, ix = np.nonzero(along_x)
    jy, iy = np.nonzero(along_y)
    start = np.concatenate([np.column_stack([x[ix], y[jx]]), np.column_stack([x[iy], y[jy]])])
    end = np.concatenate([np.column_stack([x[ix + 1], y[jx]]), np.column_stack([x[iy], y[jy + 1]])])
    za = np.concatenate([z[jx, ix], z[jy, iy]])
    zb = np.concatenate([z[jx, ix + 1], z[jy + 1, iy]])
    ids_x = np.full(along_x.shape, -1)
    ids_x[jx, ix] = np.arange(len(jx))
    ids_y = np.full(along_y.shape, -1)
    ids_y[jy, iy] = len(jx) + np.arange(len(jy))
    places, usable = _sharpen(start, end, za, zb, level, f)
    return places, usable, (ids_x, ids_y)


def _sharpen(
    start: FloatArray,
    end: FloatArray,
    za: FloatArray,
    zb: FloatArray,
    level: float,
    f: Callable[[FloatArray], FloatArray],
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """False position (Illinois) on every edge at once."""
    if not len(start):
        return start, np.zeros(0, dtype=bool)
    low, high = np.zeros(len(start)), np.ones(len(start))
    a, b = za.copy(), zb.copy()
    height = np.abs(zb - za)
    t = a / np.where(a == b, 1.0, a - b)
    rest = np.zeros(len(start))
    kept = np.zeros(len(start))  # 1: the far end stayed, -1: the near end
    for _ in range(_SHARPENINGS):
        here = f(start + t[:, None] * (end - start)) - level
        rest = np.where(np.isfinite(here), here, np.inf)
        left = np.sign(here) == np.sign(a)
        low, high = np.where(left, t, low), np.where(left, high, t)
        # An end that stays put twice counts half, so that both ends close in.
        a, b = (
            np.where(left, here, np.where(kept == -1, 0.5 * a, a)),
            np.where(left, np.where(kept == 1, 0.5 * b, b), here),
        )
        kept = np.where(left, 1, -1)
        slope = b - a
        with np.errstate(all="ignore"):
            new = low - a * (high - low) / slope
        t = np.where(np.isfinite(new) & (rest != 0), np.clip(new, low, high), t)
    usable = np.abs(rest) <= _JUMP * height
    return start + t[:, None] * (end - start), usable


def _segments(
    z: FloatArray,
    ids: tuple[NDArray[np.int64], NDArray[np.int64]],
    usable: NDArray[np.bool_],
) -> list[tuple[int, int]]:
    """Pairs of crossings that one cell joins."""
    along_x, along_y = ids
    around = np.stack([along_x[:-1], along_y[:, 1:], along_x[1:], along_y[:, :-1]], axis=-1)
    whole = ~np.isnan(z[:-1, :-1] + z[1:, :-1] + z[:-1, 1:] + z[1:, 1:])
    found: list[tuple[int, int]] = []
    for j, i in zip(*np.nonzero(whole & (around >= 0).any(axis=-1)), strict=True):
        crossed = [int(k) for k in around[j, i] if k >= 0]
        if len(crossed) == 4:
            bottom, right, top, left = crossed
            centre = z[j, i] + z[j, i + 1] + z[j + 1, i] + z[j + 1, i + 1] >= 0
            # A saddle: the corner that differs from the centre is cut off.
            if centre == (z[j, i] >= 0):
                pairs = [(bottom, right), (top, left)]
            else:
                pairs = [(bottom, left), (top, right)]
        else:
            pairs = [(crossed[0], crossed[1])] if len(crossed) == 2 else []
        found.extend(p for p in pairs if usable[p[0]] and usable[p[1]])
    return found


def _chains(segments: list[tuple[int, int]]) -> list[list[int]]:
    """The segments joined end to end: open chains first, then rings."""
    neighbours: dict[int, list[int]] = {}
    for a, b in segments:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    chains: list[list[int]] = []
    starts = [k for k, near in neighbours.items() if len(near) == 1]
    for first in [*starts, *neighbours]:
        if not neighbours[first]:
            continue
        chain = [first]
        while neighbours[chain[-1]]:
            here = chain[-1]
            there = neighbours[here].pop()
            neighbours[there].remove(here)
            chain.append(there)
        chains.append(chain)
    return chains
