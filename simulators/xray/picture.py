"""Renders what a line detector sees of cartons that pass it, at two energies, 16 bit.

The one rule: the picture is made from the true contents alone, by the law of attenuation; nothing of it is written for whoever
reads it. Source: NIST XCOM mass attenuation coefficients at 60 and 120 keV; Lambert-Beer; photon noise as a Gaussian.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from simulators.plant import Carton

AIR_COUNTS = 60_000
NOISE = 0.003
HEIGHT_MM = 480
MARGIN_PX = 3
# Attenuation at the low and the high energy in cm2/g.
MATERIALS = {
    "cardboard": (0.192, 0.152),
    "textile": (0.194, 0.153),
    "plastic": (0.197, 0.157),
    "organic": (0.204, 0.160),
    "ceramic": (0.275, 0.151),
    "electronics": (0.420, 0.175),
    "steel": (1.205, 0.265),
}
TARE_WALL_G_CM2 = 0.06

Grey = npt.NDArray[np.uint16]


class Shown(msgspec.Struct, frozen=True):
    """A carton in an image, and how far its front is from the image's first front."""

    carton: Carton
    from_mm: float


def render(shown: Sequence[Shown], pixel_mm: int, rng: np.random.Generator, keep_mm: float | None = None) -> tuple[Grey, Grey]:
    """(low, high). `keep_mm`: the image was cut off so far behind its first front."""
    length_mm = max(one.from_mm + one.carton.length_mm for one in shown)
    if keep_mm is not None:
        length_mm = min(length_mm, max(keep_mm, 1))
    width, height = max(round(length_mm / pixel_mm), 10) + 2 * MARGIN_PX, HEIGHT_MM // pixel_mm
    at_low, at_high = np.zeros((height, width)), np.zeros((height, width))
    for one in shown:
        _add(at_low, at_high, one, pixel_mm)
    return _exposed(at_low, rng), _exposed(at_high, rng)


def _add(at_low: npt.NDArray[np.float64], at_high: npt.NDArray[np.float64], one: Shown, pixel_mm: int) -> None:
    start = MARGIN_PX + round(one.from_mm / pixel_mm)
    end = start + max(round(one.carton.length_mm / pixel_mm), 1)
    wall = 2 * TARE_WALL_G_CM2
    low, high = MATERIALS["cardboard"]
    at_low[2:, start:end] += wall * low
    at_high[2:, start:end] += wall * high
    for thing in one.carton.contents:
        left = start + round(thing.x_mm / pixel_mm)
        right = min(left + max(round(thing.length_mm / pixel_mm), 1), end)
        bottom = at_low.shape[0] - round(thing.y_mm / pixel_mm)
        top = max(bottom - max(round(thing.height_mm / pixel_mm), 1), 0)
        cells = max((right - left) * (bottom - top), 1)
        thick = thing.mass_g / (cells * (pixel_mm / 10) ** 2)
        low, high = MATERIALS[thing.material]
        at_low[top:bottom, left:right] += thick * low
        at_high[top:bottom, left:right] += thick * high


def _exposed(attenuation: npt.NDArray[np.float64], rng: np.random.Generator) -> Grey:
    counts = AIR_COUNTS * np.exp(-attenuation)
    noise = rng.standard_normal(counts.shape) * NOISE * np.sqrt(AIR_COUNTS * np.maximum(counts, 1))
    found: Grey = np.clip(counts + noise, 0, 65_535).astype(np.uint16)
    return found
