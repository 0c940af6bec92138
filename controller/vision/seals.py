"""A bolt seal in a picture: is it there, is its shackle a closed ring, what number does it bear.

One rule: it proposes what a picture shows; in doubt it says unclear, and two pictures that disagree are unclear. Plain
geometry: a seal is a large yellow thing, its shackle an opening beside the one of its plate. Tried on drawn pictures alone; no
real seal has been before it.
"""

import time
from collections.abc import Callable, Sequence
from enum import StrEnum

import cv2
import msgspec
import numpy as np

from controller.vision.barcodes import Picture, Symbology, read_codes, unfit

SEAL_CODES = (Symbology.CODE128, Symbology.DATAMATRIX)
# Yellow of a bolt seal in OpenCV's hue (0 to 179), well lit.
YELLOW_LOW, YELLOW_HIGH = (18, 90, 80), (38, 255, 255)
DARKEST, BRIGHTEST = 20.0, 240.0
LEAST_CONTRAST = 6.0
# Parts of the picture.
NO_SEAL_BELOW, SEAL_FROM, OPENING_FROM = 0.002, 0.02, 0.003
JPEG_QUALITY = 90


class Condition(StrEnum):
    INTACT = "intact"
    BROKEN = "broken"
    ABSENT = "absent"
    UNCLEAR = "unclear"


class SealView(msgspec.Struct, frozen=True):
    """What a picture, or two of them, show. `agreed`: two engines read each number. `cause` says why it is unclear."""

    condition: Condition
    numbers: tuple[str, ...] = ()
    agreed: bool = False
    cause: str = ""


def judge_seal(picture: Picture, budget_ms: float = 150.0, now_s: Callable[[], float] = time.monotonic) -> SealView:
    """One picture, BGR (height, width, 3) uint8. Never raises for what it contains."""
    if cause := unfit(picture) or ("it is grey, the seal is told by its colour" if picture.ndim == 2 else ""):
        return SealView(Condition.UNCLEAR, cause=cause)
    if cause := _unlit(picture):
        return SealView(Condition.UNCLEAR, cause=cause)
    reading = read_codes(picture, SEAL_CODES, budget_ms, now_s)
    numbers, agreed = tuple(code.text for code in reading.codes), reading.agreed
    yellow = _yellow(picture)
    part = cv2.countNonZero(yellow) / yellow.size
    if part < NO_SEAL_BELOW and not numbers:
        return SealView(Condition.ABSENT)
    if part < SEAL_FROM:
        return SealView(Condition.UNCLEAR, numbers, agreed, f"{part:.1%} of the picture could be a seal")
    openings = _openings(yellow)
    if openings == 0:
        return SealView(Condition.UNCLEAR, numbers, agreed, "something yellow, without the plate of a seal")
    return SealView(Condition.INTACT if openings > 1 else Condition.BROKEN, numbers, agreed)


def joined(views: Sequence[SealView]) -> SealView:
    """What several pictures of one seal show together: what they agree in. Numbers of either count, a strange one may hold."""
    if len({view.condition for view in views}) != 1:
        told = ", ".join(view.condition for view in views) or "no picture"
        return SealView(Condition.UNCLEAR, _numbers(views), False, f"the pictures disagree: {told}")
    cause = next((view.cause for view in views if view.cause), "")
    return SealView(views[0].condition, _numbers(views), all(view.agreed for view in views), cause)


def as_jpeg(picture: Picture) -> bytes:
    """The picture as it is kept."""
    made, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not made:
        raise ValueError("the picture can not be written as JPEG")
    return data.tobytes()


def _numbers(views: Sequence[SealView]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(number for view in views for number in view.numbers))


def _unlit(picture: Picture) -> str:
    mean, spread = float(picture.mean()), float(picture.std())
    if not DARKEST <= mean <= BRIGHTEST:
        return f"it is too {'dark' if mean < DARKEST else 'bright'}"
    return "there is nothing in it" if spread < LEAST_CONTRAST else ""


def _yellow(picture: Picture) -> Picture:
    """255 where it is yellow; specks are taken away and small gaps of noise closed."""
    hue = cv2.cvtColor(cv2.medianBlur(picture, 5), cv2.COLOR_BGR2HSV)
    return np.asarray(cv2.inRange(hue, np.array(YELLOW_LOW), np.array(YELLOW_HIGH)), dtype=np.uint8)


def _openings(yellow: Picture) -> int:
    """How many openings the largest yellow thing has: the plate with the number is one, a closed shackle another."""
    contours, tree = cv2.findContours(yellow, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    outer = [place for place in range(len(contours)) if tree[0][place][3] < 0]
    if not outer:
        return 0
    largest = max(outer, key=lambda place: float(cv2.contourArea(contours[place])))
    inside = [one for place, one in enumerate(contours) if tree[0][place][3] == largest]
    return sum(cv2.contourArea(one) >= OPENING_FROM * yellow.size for one in inside)
