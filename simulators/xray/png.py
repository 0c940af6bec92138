"""Writes PNG files, also such as no sound machine would.

The one rule: bytes only. Source: ISO/IEC 15948 (PNG).
"""

import struct
import zlib

import numpy as np
import numpy.typing as npt

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def grey16(pixels: npt.NDArray[np.uint16]) -> bytes:
    """A 16-bit greyscale PNG, every row without a filter."""
    height, width = pixels.shape
    rows = np.empty((height, 1 + 2 * width), np.uint8)
    rows[:, 0] = 0
    rows[:, 1:] = pixels.astype(">u2").view(np.uint8).reshape(height, 2 * width)
    return png(width, height, 16, rows.tobytes())


def grey8(pixels: npt.NDArray[np.uint16]) -> bytes:
    height, width = pixels.shape
    rows = np.zeros((height, 1 + width), np.uint8)
    rows[:, 1:] = (pixels >> 8).astype(np.uint8)
    return png(width, height, 8, rows.tobytes())


def png(width: int, height: int, depth: int, raw: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(raw, 1)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
