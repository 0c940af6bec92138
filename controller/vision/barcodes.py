"""Barcodes out of a picture: a ladder of attempts by one engine, and a second, independent engine that must agree.

One rule: a code is told with how it was found (engines, stage, AIM symbology id), never as a bare text; what it is worth is
the core's to say. Only the symbologies that were asked for are looked for: each further one is a source of phantoms.
Sources: measurements of the ladder and of both engines in the library notes (zxing-cpp 3, zbar 0.23); AIM symbology
identifiers of ISO/IEC 15424.
"""

import time
from collections.abc import Callable, Sequence
from enum import StrEnum

import cv2
import msgspec
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from pyzbar import pyzbar

# One picture at a time: the threads of the caller are the only ones.
cv2.setNumThreads(1)

Picture = NDArray[np.uint8]

SIDE_LEAST_PX, SIDE_MOST_PX = 8, 8192
PIXELS_MOST = 16_000_000
# Twice as large is tried only where that stays small enough to be quick.
UPSCALE_MOST_PX = 2_000_000
# Brightest minus darkest: a bare belt, a closed lens. No code could be told from its ground.
LEAST_RANGE = 30
CODES_MOST = 16
# The margin around codes that the second engine is shown.
AROUND_LEAST_PX, AROUND_PART = 16, 0.15
TEXT_MOST = 256
# After the cheap stages the dear ones begin only while a part of the budget is left.
BUDGET_MS = 150.0


class Symbology(StrEnum):
    """What may stand on labels and seals of this line."""

    CODE128 = "code128"
    EAN13 = "ean13"
    ITF = "itf"
    DATAMATRIX = "datamatrix"
    QR = "qr"


class Stage(StrEnum):
    """How hard a code was to find, the easiest first."""

    FAST = "fast"
    FULL = "full"
    UPSCALED = "upscaled"
    BLURRED = "blurred"


class Engine(StrEnum):
    ZXING = "zxing"
    ZBAR = "zbar"


LABELS = (Symbology.CODE128, Symbology.DATAMATRIX, Symbology.QR)

_ZXING = {
    Symbology.CODE128: zxingcpp.BarcodeFormat.Code128,
    Symbology.EAN13: zxingcpp.BarcodeFormat.EAN13,
    Symbology.ITF: zxingcpp.BarcodeFormat.ITF,
    Symbology.DATAMATRIX: zxingcpp.BarcodeFormat.DataMatrix,
    Symbology.QR: zxingcpp.BarcodeFormat.QRCode,
}
_ZBAR = {
    Symbology.CODE128: pyzbar.ZBarSymbol.CODE128,
    Symbology.EAN13: pyzbar.ZBarSymbol.EAN13,
    Symbology.ITF: pyzbar.ZBarSymbol.I25,
    Symbology.QR: pyzbar.ZBarSymbol.QRCODE,
}


class Code(msgspec.Struct, frozen=True):
    """One code of a picture.

    `text`: its data as text, without brackets of GS1, at most TEXT_MOST characters. `symbology`: AIM id without the bracket
    ("C0" Code 128, "C1" GS1-128, "d2" GS1 DataMatrix, "Q1" QR). `engines`: who read it, each by itself. `corners`: four
    (x, y) in pixels of the picture as it was given, clockwise from the code's own top left; empty if only zbar found it.
    """

    text: str
    symbology: str
    engines: tuple[Engine, ...]
    stage: Stage
    corners: tuple[tuple[int, int], ...] = ()

    @property
    def agreed(self) -> bool:
        """Both engines read the same text."""
        return len(self.engines) > 1


class Reading(msgspec.Struct, frozen=True):
    """What one picture gave. `refused`: why it is no picture to read, else empty. `stages`: what was tried.

    `out_of_time`: a dearer stage, or the second opinion, was left out because the budget was spent.
    """

    codes: tuple[Code, ...] = ()
    stages: tuple[Stage, ...] = ()
    refused: str = ""
    out_of_time: bool = False

    @property
    def agreed(self) -> bool:
        """There are codes, and both engines read each of them."""
        return bool(self.codes) and all(code.agreed for code in self.codes)


def read_codes(
    picture: Picture,
    symbologies: Sequence[Symbology] = LABELS,
    budget_ms: float = BUDGET_MS,
    now_s: Callable[[], float] = time.monotonic,
    stages: Sequence[Stage] = tuple(Stage),
) -> Reading:
    """Read the codes of a picture: grey (height, width) or BGR (height, width, 3), both uint8.

    Never raises for what a picture contains, and refuses one of a wrong shape, kind or size. A stage that has begun is ended;
    after `budget_ms` no other begins. One stage of a 640 x 480 picture takes some milliseconds. With fewer `stages` a picture in
    which they find nothing is given up: neither the others nor the second engine see it.
    """
    if cause := unfit(picture):
        return Reading(refused=cause)
    began_s = now_s()

    def spent() -> bool:
        return (now_s() - began_s) * 1000 >= budget_ms

    grey = _grey(picture)
    if int(grey.max()) - int(grey.min()) < LEAST_RANGE:
        return Reading()
    tried: list[Stage] = []
    codes: tuple[Code, ...] = ()
    for stage in stages:
        if tried and spent():
            return Reading(codes, tuple(tried), out_of_time=True)
        tried.append(stage)
        codes = _at_stage(grey, stage, symbologies)
        if codes:
            break
    if spent():
        return Reading(codes, tuple(tried), out_of_time=True)
    if not codes and len(tried) < len(Stage):
        return Reading((), tuple(tried))
    return Reading(_second_opinion(grey, symbologies, codes, tried[-1]), tuple(tried))


def unfit(picture: Picture) -> str:
    """Why an array is no picture that can be read, or nothing."""
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8:
        return "it is not an array of 8-bit values"
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3):
        return f"its shape {picture.shape} is neither grey nor BGR"
    height, width = picture.shape[:2]
    if not (SIDE_LEAST_PX <= height <= SIDE_MOST_PX and SIDE_LEAST_PX <= width <= SIDE_MOST_PX):
        return f"{width} x {height} pixels: each side must be {SIDE_LEAST_PX} to {SIDE_MOST_PX}"
    if height * width > PIXELS_MOST:
        return f"{width} x {height} pixels are more than {PIXELS_MOST}"
    return ""


def _grey(picture: Picture) -> Picture:
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return np.ascontiguousarray(grey, dtype=np.uint8)


def _at_stage(grey: Picture, stage: Stage, symbologies: Sequence[Symbology]) -> tuple[Code, ...]:
    scale = 1
    if stage is Stage.UPSCALED:
        if grey.size > UPSCALE_MOST_PX:
            return ()
        grey, scale = _enlarged(grey), 2
    elif stage is Stage.BLURRED:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0), dtype=np.uint8)
    dear = stage is not Stage.FAST
    found = zxingcpp.read_barcodes(
        grey,
        formats=zxingcpp.BarcodeFormats([_ZXING[one] for one in symbologies]),
        try_rotate=dear,
        try_downscale=dear,
        try_invert=dear,
        text_mode=zxingcpp.TextMode.Plain,
    )
    codes: dict[str, Code] = {}
    for one in found[:CODES_MOST]:
        text = _clean(one.text)
        if text and text not in codes:
            codes[text] = Code(text, one.symbology_identifier.lstrip("]"), (Engine.ZXING,), stage, _corners(one.position, scale))
    return tuple(codes.values())


def _enlarged(grey: Picture) -> Picture:
    return np.asarray(cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _corners(position: "zxingcpp.Position", scale: int) -> tuple[tuple[int, int], ...]:
    points = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return tuple((point.x // scale, point.y // scale) for point in points)


def _clean(text: str) -> str:
    """Without what no label of this line carries: separators of GS1 and other control characters, lone surrogates."""
    return "".join(char for char in text if char.isprintable())[:TEXT_MOST]


def _second_opinion(grey: Picture, symbologies: Sequence[Symbology], codes: tuple[Code, ...], stage: Stage) -> tuple[Code, ...]:
    """What zbar reads, which is slow on whole pictures: around the codes that were found, or everywhere if none was."""
    symbols = [_ZBAR[one] for one in symbologies if one in _ZBAR]
    if not symbols:
        return codes
    seen = dict.fromkeys(
        _clean(one.data.decode("utf-8", "replace")) for one in pyzbar.decode(_around(grey, codes), symbols=symbols)[:CODES_MOST]
    )
    known = {code.text for code in codes}
    both = tuple(
        msgspec.structs.replace(code, engines=(*code.engines, Engine.ZBAR)) if code.text in seen else code for code in codes
    )
    alone = tuple(Code(text, "", (Engine.ZBAR,), stage) for text in seen if text and text not in known)
    return both + alone


def _around(grey: Picture, codes: tuple[Code, ...]) -> Picture:
    """The part of a picture in which these codes lie, with a margin for their quiet zones; all of it without codes."""
    points = [point for code in codes for point in code.corners]
    if not points:
        return grey
    xs, ys = [x for x, _ in points], [y for _, y in points]
    margin = max(AROUND_LEAST_PX, int(AROUND_PART * max(max(xs) - min(xs), max(ys) - min(ys))))
    part = grey[max(min(ys) - margin, 0) : max(ys) + margin, max(min(xs) - margin, 0) : max(xs) + margin]
    return np.ascontiguousarray(part)
