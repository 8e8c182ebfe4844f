"""Pictures as arrays of pixels, written as PNG: no plotting library has to be loaded for them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

# Five rows of three dots each, as bits: enough to write numbers.
_GLYPHS: Final[dict[str, tuple[int, int, int, int, int]]] = {
    "0": (7, 5, 5, 5, 7), "1": (2, 6, 2, 2, 7), "2": (7, 1, 7, 4, 7), "3": (7, 1, 7, 1, 7),
    "4": (5, 5, 7, 1, 1), "5": (7, 4, 7, 1, 7), "6": (7, 4, 7, 5, 7), "7": (7, 1, 2, 2, 2),
    "8": (7, 5, 7, 5, 7), "9": (7, 5, 7, 1, 7), "-": (0, 0, 7, 0, 0), ".": (0, 0, 0, 0, 2),
    "e": (0, 7, 5, 6, 7), "+": (0, 2, 7, 2, 0),
}  # fmt: skip


def color(text: str) -> tuple[int, int, int]:
    """ "#RRGGBB" as three numbers."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def blank(height: int, width: int, paper: str) -> Pixels:
    """A picture (height, width, 3) in one colour."""
    picture = np.empty((height, width, 3), dtype=np.uint8)
    picture[:] = color(paper)
    return picture


def text_width(text: str, scale: int) -> int:
    """How many pixels `write` takes for a number."""
    return scale * (4 * len(text) - 1)


def write(picture: Pixels, text: str, top: int, left: int, scale: int, ink: str) -> None:
    """Write a number; its characters are 3 by 5 dots of `scale` pixels."""
    for k, character in enumerate(text):
        rows = _GLYPHS.get(character)
        if rows is None:
            continue
        dots = np.array([[bool(row & bit) for bit in (4, 2, 1)] for row in rows])
        stencil = np.kron(dots, np.ones((scale, scale), dtype=bool))
        paint(picture, stencil, top, left + 4 * k * scale, ink)


def paint(picture: Pixels, stencil: NDArray[np.bool_], top: int, left: int, ink: str) -> None:
    """Colour the pixels that `stencil` marks, as far as they lie inside of the picture."""
    rows, columns = np.nonzero(stencil)
    rows, columns = rows + top, columns + left
    inside = (rows >= 0) & (columns >= 0)
    inside &= (rows < picture.shape[0]) & (columns < picture.shape[1])
    picture[rows[inside], columns[inside]] = color(ink)


def save_png(picture: Pixels, path: str | Path) -> Path:
    """Write `picture` (height, width, 3), row 0 on top, as a PNG file."""
    height, width, _ = picture.shape
    lines = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    lines[:, 1:] = picture.reshape(height, 3 * width)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    target = Path(path)
    target.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(lines.tobytes(), 6))
        + _chunk(b"IEND", b"")
    )
    return target


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
