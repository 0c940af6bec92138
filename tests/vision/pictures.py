"""Pictures with labels for tests, made by the engine's own writer and then spoilt."""

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from controller.vision.barcodes import Symbology

FORMATS = {
    Symbology.CODE128: zxingcpp.BarcodeFormat.Code128,
    Symbology.EAN13: zxingcpp.BarcodeFormat.EAN13,
    Symbology.DATAMATRIX: zxingcpp.BarcodeFormat.DataMatrix,
    Symbology.QR: zxingcpp.BarcodeFormat.QRCode,
}


def code(text: str, symbology: Symbology = Symbology.CODE128, scale: int = 2) -> NDArray[np.uint8]:
    """A code alone with its quiet zones, (height, width) uint8."""
    made = zxingcpp.create_barcode(text, FORMATS[symbology])
    return np.array(made.to_image(scale=scale, add_quiet_zones=True), dtype=np.uint8)


def scene(*codes: NDArray[np.uint8], width: int = 640, height: int = 480, brightness: int = 180) -> NDArray[np.uint8]:
    """Codes one under the other on a plain ground, as a BGR picture."""
    ground = np.full((height, width), brightness, dtype=np.uint8)
    at_y = 40
    for one in codes:
        ground[at_y : at_y + one.shape[0], 40 : 40 + one.shape[1]] = one
        at_y += one.shape[0] + 40
    return cv2.cvtColor(ground, cv2.COLOR_GRAY2BGR).astype(np.uint8)


def centred(one: NDArray[np.uint8], width: int = 640, height: int = 480) -> NDArray[np.uint8]:
    """A code as tall as on a parcel's label, in the middle of the picture."""
    tall = np.repeat(one, 2, axis=0)
    ground = np.full((height, width), 180, dtype=np.uint8)
    top, left = (height - tall.shape[0]) // 2, (width - tall.shape[1]) // 2
    ground[top : top + tall.shape[0], left : left + tall.shape[1]] = tall
    return cv2.cvtColor(ground, cv2.COLOR_GRAY2BGR).astype(np.uint8)


def turned(picture: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(picture, turn, (width, height), borderValue=(180, 180, 180)).astype(np.uint8)


def blurred(picture: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    return cv2.GaussianBlur(picture, (0, 0), sigma).astype(np.uint8)


def noisy(picture: NDArray[np.uint8], sigma: float, seed: int = 1) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    return np.clip(picture + rng.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)
