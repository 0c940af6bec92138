"""What a camera sees: cartons with labels on a belt, the seal at a truck's door. Simple drawings, no physics of light.

The one rule: a picture shows what is there, readable or not; noise is drawn from a stream of its own, so no two pictures in a
row are the same unless the camera hangs.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from simulators.camera.code128 import label
from simulators.plant.dock import Condition, Seal

T = TypeVar("T")
Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

WIDTH_PX, HEIGHT_PX = 640, 360
BELT: Colour = (60, 60, 60)
CARDBOARD: Colour = (110, 150, 185)
DOOR: Colour = (150, 150, 140)
HASP: Colour = (70, 70, 75)
YELLOW: Colour = (30, 200, 240)
NOISE_STEPS = 4
NOISE_SIGMA = 3.0
KEPT = 16
JPEG_QUALITY = 85


@lru_cache(maxsize=16)
def belt(labels: tuple[tuple[str, bool], ...]) -> Picture:
    """A carton with these labels (text, readable) under the camera; without labels the bare belt. (360, 640, 3) uint8 BGR.

    A carton passes two cameras: what was drawn for the first is kept for the second, not to be drawn into.
    """
    picture = _ground(BELT)
    if not labels:
        return picture
    cv2.rectangle(picture, (30, 15), (WIDTH_PX - 30, HEIGHT_PX - 15), CARDBOARD, -1)
    for place, (text, readable) in enumerate(labels[:2]):
        _stick(picture, text, readable, top=30 + place * 160)
    return picture


def _stick(picture: Picture, text: str, readable: bool, top: int) -> None:
    paper = np.full((140, 480), 250, np.uint8)
    code = label(text, module_px=2, height_px=80)
    left = (paper.shape[1] - code.shape[1]) // 2
    paper[15:95, left : left + code.shape[1]] = code
    cv2.putText(paper, text, (left + 20, 125), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20,), 2)
    if not readable:
        # Torn across: the bars are there, no line goes through all of them.
        for x in range(0, paper.shape[1], 24):
            cv2.line(paper, (x, 0), (x + 60, 140), (250,), 9)
        paper[85:, :] = 250
    picture[top : top + 140, 80:560] = paper[:, :, None]


def black() -> Picture:
    """No light at all."""
    return np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)


def door(seals: Sequence[Seal]) -> Picture:
    """The door of a truck with its hasp and what hangs in it; without seals the closed door of no truck at all."""
    picture = _ground(DOOR)
    cv2.rectangle(picture, (250, 20), (390, 110), HASP, -1)
    cv2.circle(picture, (320, 85), 16, DOOR, -1)
    for one in seals[:1]:
        if one.condition is not Condition.ABSENT:
            _hang(picture, one)
    return picture


def _hang(picture: Picture, seal: Seal) -> None:
    """A shackle through the hasp's hole, and the body with the number under it."""
    if seal.condition is Condition.INTACT:
        cv2.ellipse(picture, (320, 140), (48, 78), 0, 0, 360, YELLOW, 14)
    else:
        # Cut through: both stumps stand out of the body, nothing closes the ring.
        cv2.ellipse(picture, (320, 140), (48, 78), 0, 60, 190, YELLOW, 14)
        cv2.ellipse(picture, (320, 140), (48, 78), 0, -8, 40, YELLOW, 14)
    cv2.rectangle(picture, (120, 200), (520, 330), YELLOW, -1)
    paper = np.full((100, 360), 250, np.uint8)
    code = label(seal.number, module_px=2, height_px=60)
    left = (paper.shape[1] - code.shape[1]) // 2
    paper[8:68, left : left + code.shape[1]] = code
    cv2.putText(paper, seal.number, (left + 20, 93), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (20,), 2)
    if seal.dirty:
        paper[:] = cv2.GaussianBlur(paper, (0, 0), 9)
    picture[215:315, 140:500] = paper[:, :, None]


def _ground(colour: Colour) -> Picture:
    return _GROUNDS[colour].copy()


_GROUNDS = {colour: np.full((HEIGHT_PX, WIDTH_PX, 3), colour, np.uint8) for colour in (BELT, DOOR)}


class View:
    """What stands before a camera, told apart by `key`; drawn when somebody looks for the first time."""

    def __init__(self, key: object, draw: Callable[[], Picture]) -> None:
        self.key = key
        self._draw = draw

    @cached_property
    def picture(self) -> Picture:
        return self._draw()


class Film:
    """Turns a view into frames: noise over it, JPEG around it; frames of a view that is seen again come from a small store.

    `row_step`: every so manieth row alone, for a sensor of fewer rows; bars of codes stand upright and stay as sharp as they are.
    """

    def __init__(self, seed: int, row_step: int = 1) -> None:
        self._seed = seed
        self._row_step = row_step
        self._kept: OrderedDict[tuple[object, int], Picture] = OrderedDict()
        self._encoded: OrderedDict[tuple[object, int], bytes] = OrderedDict()

    def frame(self, view: View, number: int) -> Picture:
        """The `number`th frame of a view."""
        step = (view.key, number % NOISE_STEPS)
        found = self._kept.get(step)
        if found is None:
            brighter, darker = _noise(self._seed, self._row_step)[step[1]]
            seen = view.picture[:: self._row_step]
            found = np.asarray(cv2.subtract(cv2.add(seen, brighter), darker), dtype=np.uint8)
            _keep(self._kept, step, found)
        return found

    def jpeg(self, view: View, number: int) -> bytes:
        step = (view.key, number % NOISE_STEPS)
        found = self._encoded.get(step)
        if found is None:
            _, coded = cv2.imencode(".jpg", self.frame(view, number), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            found = coded.tobytes()
            _keep(self._encoded, step, found)
        return found


def _keep(store: "OrderedDict[tuple[object, int], T]", key: tuple[object, int], value: T) -> None:
    store[key] = value
    if len(store) > KEPT:
        store.popitem(last=False)


@lru_cache(maxsize=8)
def _noise(seed: int, row_step: int) -> tuple[tuple[Picture, Picture], ...]:
    """What each frame adds and what it takes away: nowhere both, so that two quick operations make the sum that saturates."""
    rng = np.random.default_rng(seed)
    grey = [rng.normal(0, NOISE_SIGMA, (-(-HEIGHT_PX // row_step), WIDTH_PX, 1)).astype(np.int16) for _ in range(NOISE_STEPS)]
    return tuple((_coloured(one.clip(0)), _coloured((-one).clip(0))) for one in grey)


def _coloured(grey: NDArray[np.int16]) -> Picture:
    return np.repeat(grey, 3, axis=2).astype(np.uint8)
