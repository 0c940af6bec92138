"""Puts an image into the drop folder as the machine does: pictures first, then the sidecar renamed into place.

The one rule: what is wrong with a drop is made here, of bytes; the picture is left as it was taken.
Source: docs/devices/xray-image-drop.md.
"""

import hashlib
import json
from pathlib import Path

import msgspec
import numpy as np

from simulators.xray.picture import Grey
from simulators.xray.png import grey8, grey16, png

FORMAT = "xiyong-xray-1"
BAD_KINDS = ("truncated", "one_pixel", "enormous", "wrong_depth", "empty", "not_an_image", "sidecar_cut")


class Exposure(msgspec.Struct, frozen=True):
    """One finished image, with what truly stands in it."""

    name: str
    scan_id: str
    number: int
    low: Grey
    high: Grey
    length_mm: int
    pixel_mm: int
    complete: bool
    carton_nos: tuple[int, ...]


class Dropped(msgspec.Struct, frozen=True):
    """`low_sha256`, `high_sha256`: as the sidecar names them. `taken_sha256`: the low-energy picture as it was taken."""

    low_sha256: str
    high_sha256: str
    taken_sha256: str


def drop(folder: Path, exposure: Exposure, bad: str = "") -> Dropped:
    """Write one drop. `bad` is empty or one of BAD_KINDS, which strikes the low-energy picture; `sidecar_cut` the sidecar."""
    folder.mkdir(parents=True, exist_ok=True)
    low, high = _picture(exposure.low, bad), grey16(exposure.high)
    files = {"low": (f"{exposure.name}.low.png", low), "high": (f"{exposure.name}.high.png", high)}
    told = {key: {"file": name, "size": len(data), "sha256": _sha(data)} for key, (name, data) in files.items()}
    sidecar = {
        "format": FORMAT, "scan_id": exposure.scan_id, "number": exposure.number, "length_mm": exposure.length_mm,
        "pixel_um": exposure.pixel_mm * 1000, "complete": exposure.complete, **told,
    }  # fmt: skip
    if bad == "truncated":  # the connection broke while the file was copied
        files["low"] = (files["low"][0], low[: len(low) * 2 // 3])
    for name, data in files.values():
        (folder / name).write_bytes(data)
    fresh = folder / f".{exposure.name}.json.new"
    text = json.dumps(sidecar)
    fresh.write_text(text[: len(text) // 2] if bad == "sidecar_cut" else text, encoding="utf-8")
    fresh.rename(folder / f"{exposure.name}.json")
    return Dropped(_sha(low), _sha(high), _sha(grey16(exposure.low)) if bad else _sha(low))


def _picture(pixels: Grey, bad: str) -> bytes:
    if bad == "empty":
        return b""
    if bad == "not_an_image":
        return b"GIF89a" + bytes(200)
    if bad == "one_pixel":
        return grey16(np.full((1, 1), 60_000, np.uint16))
    if bad == "wrong_depth":
        return grey8(pixels)
    if bad == "enormous":  # a small file that would unpack to gigabytes
        return png(60_000, 60_000, 16, bytes(120_001) * 40)
    return grey16(pixels)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
