"""Code 128 as bars, drawn from the published table: no reader's own writer draws what that reader reads.

The one rule: code set B only, with its check symbol. Source: ISO/IEC 15417, table 1 (widths of bars and spaces).
"""

import numpy as np
from numpy.typing import NDArray

_TABLE = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 "
    "123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 "
    "232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 "
    "111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112"
)
WIDTHS = tuple(_TABLE.split())
START_B, STOP = 104, 106
QUIET_MODULES = 10


def bars(text: str) -> NDArray[np.uint8]:
    """One row of modules, 0 black and 255 white, quiet zones included. Raises ValueError for what set B can not say."""
    values = [ord(char) - 32 for char in text]
    if not text or any(not 0 <= value < 95 for value in values):
        raise ValueError(f"{text!r} can not be written in code set B")
    check = (START_B + sum(place * value for place, value in enumerate(values, start=1))) % 103
    row = [255] * QUIET_MODULES
    for symbol in (START_B, *values, check, STOP):
        for place, width in enumerate(WIDTHS[symbol]):
            row += [255 if place % 2 else 0] * int(width)
    return np.array(row + [255] * QUIET_MODULES, dtype=np.uint8)


def label(text: str, module_px: int, height_px: int) -> NDArray[np.uint8]:
    """The bars as a picture, (height_px, width)."""
    return np.tile(np.repeat(bars(text), module_px), (height_px, 1))
