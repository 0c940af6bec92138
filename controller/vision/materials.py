"""What an X-ray image says of mass and material, held against the declaration. It proposes; an officer decides.

One rule: only what the image itself shows and the declaration says; no threshold here ever releases a carton.

Method: each pixel's attenuation at two energies is split into two basis materials (water for everything light, iron for
metal), which gives grams per square centimetre of each. Source: dual-energy basis decomposition (Alvarez, Macovski 1976);
mass attenuation coefficients from NIST XCOM at the effective energies of the machine's two channels.
"""

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

VERSION = "materials-1"
# cm2/g at the effective energies of the low and the high channel (60 and 120 keV): water, iron.
WATER = (0.206, 0.161)
IRON = (1.205, 0.265)
AIR_COLUMNS = 2
NOISE_G_CM2 = 0.05
OPAQUE_SHARE = 0.004
OPAQUE_LEAST_CM2 = 4.0
METAL_LEAST_G_CM2 = 0.5
MASS_TOLERANCE_PERMILLE = 350
MASS_TOLERANCE_LEAST_G = 400
# How much of the mass may be metal, by what is declared: goods of metal (base metals, vehicles, vacuum flasks), goods with
# metal in them (machines, electrics, instruments, clocks, furniture and lamps), everything else.
ALL_METAL = (*(f"{n}" for n in range(72, 84)), "86", "87", "88", "89", "9617")
SOME_METAL = ("84", "85", "90", "91", "94")
ALLOWED_PERMILLE = (1000, 350, 200)

Grey = npt.NDArray[np.uint16]
Map = npt.NDArray[np.float32]


class Declared(msgspec.Struct, frozen=True):
    """What papers and scale say. -1 = they say nothing."""

    gross_g: int
    pack_no: int
    weight_g: int
    gcodes: tuple[str, ...]


class Reading(msgspec.Struct, frozen=True):
    """What the image says. `findings`: (code, detail) of whatever differs from the declaration."""

    mass_g: int
    metal_permille: int
    findings: tuple[tuple[str, str], ...]


class UnreadableImageError(Exception):
    """The bytes are no picture of the two energies."""


def read_grey(data: bytes) -> Grey:
    """The pixels of a 16-bit greyscale PNG."""
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise UnreadableImageError(f"{error}"[:200]) from error
    if found is None or found.ndim != 2 or found.dtype != np.uint16 or found.shape[1] <= 2 * AIR_COLUMNS:
        raise UnreadableImageError("it is no 16-bit grey picture")
    return found.astype(np.uint16, copy=False)


def read_image(low: bytes, high: bytes, pixel_um: int, declared: Declared) -> Reading:
    """Analyse a pair of PNG files."""
    return analyse(read_grey(low), read_grey(high), pixel_um, declared)


def analyse(low: Grey, high: Grey, pixel_um: int, declared: Declared) -> Reading:
    """Masses in the image and what of them differs from the declaration. Deterministic."""
    if low.shape != high.shape:
        raise UnreadableImageError("the two energies are not of one size")
    light, metal = basis_maps(low, high)
    pixel_cm2 = (pixel_um / 10_000) ** 2
    is_metal = (metal > METAL_LEAST_G_CM2) & (metal > light)
    mass_g = float((light + metal).sum()) * pixel_cm2
    metal_g = float((light + metal)[is_metal].sum()) * pixel_cm2
    share = round(1000 * metal_g / mass_g) if mass_g > 0 else 0
    opaque_cm2 = float((high < OPAQUE_SHARE * air_of(high)).sum()) * pixel_cm2
    findings = (*_mass_finding(mass_g, opaque_cm2, declared), *_metal_finding(share, declared), *_opaque_finding(opaque_cm2))
    return Reading(round(mass_g), share, findings)


def air_of(channel: Grey) -> float:
    """What the detector sees of air: the columns before the carton's front and behind its rear."""
    return max(float(np.median(channel[:, :AIR_COLUMNS])), float(np.median(channel[:, -AIR_COLUMNS:])), 1.0)


def basis_maps(low: Grey, high: Grey) -> tuple[Map, Map]:
    """Grams per square centimetre of light material and of metal, pixel by pixel."""
    at_low = np.log(np.float32(air_of(low)) / np.maximum(low, 1).astype(np.float32))
    at_high = np.log(np.float32(air_of(high)) / np.maximum(high, 1).astype(np.float32))
    determinant = WATER[0] * IRON[1] - IRON[0] * WATER[1]
    light = (at_low * IRON[1] - at_high * IRON[0]) / determinant
    metal = (at_high * WATER[0] - at_low * WATER[1]) / determinant
    metal = np.where(metal < NOISE_G_CM2, 0, metal)
    light = np.where(light < NOISE_G_CM2, 0, light)
    return light.astype(np.float32), metal.astype(np.float32)


def _mass_finding(mass_g: float, opaque_cm2: float, declared: Declared) -> tuple[tuple[str, str], ...]:
    """One carton's declaration, else its weight. An image with so much that is opaque as is told shows less than there is, so
    too little proves nothing then; a screw or a dead pixel excuses nothing.
    """
    alone = declared.pack_no == 1 and declared.gross_g >= 0
    expected_g = declared.gross_g if alone else declared.weight_g
    if expected_g < 0:
        return ()
    allowed_g = max(MASS_TOLERANCE_LEAST_G, expected_g * MASS_TOLERANCE_PERMILLE // 1000)
    if abs(mass_g - expected_g) <= allowed_g or (mass_g < expected_g and opaque_cm2 >= OPAQUE_LEAST_CM2):
        return ()
    return (("mass_differs", f"the image shows {mass_g:.0f} g, {'declared' if alone else 'weighed'} are {expected_g} g"),)


def _metal_finding(share: int, declared: Declared) -> tuple[tuple[str, str], ...]:
    allowed = ALLOWED_PERMILLE[2]
    if any(code.startswith(ALL_METAL) for code in declared.gcodes):
        allowed = ALLOWED_PERMILLE[0]
    elif any(code.startswith(SOME_METAL) for code in declared.gcodes):
        allowed = ALLOWED_PERMILLE[1]
    if share <= allowed:
        return ()
    return (("metal_high", f"{share / 10:.0f} % of the mass is metal, {allowed / 10:.0f} % may be by what is declared"),)


def _opaque_finding(opaque_cm2: float) -> tuple[tuple[str, str], ...]:
    if opaque_cm2 < OPAQUE_LEAST_CM2:
        return ()
    return (("opaque", f"{opaque_cm2:.0f} cm2 let no ray through"),)
