"""Seals in drawn pictures: there or not, whole or cut, with what number; in doubt unclear."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from controller.vision.seals import Condition, SealView, as_jpeg, joined, judge_seal
from simulators.camera import pictures as drawn
from simulators.camera.pictures import Film, View
from simulators.plant.dock import Condition as Truly
from simulators.plant.dock import Seal

LONG_MS = 60_000.0
INTACT = Seal("CQ123456")
BROKEN = Seal("CQ123456", Truly.BROKEN)
ABSENT = Seal("CQ123456", Truly.ABSENT)


def door(seal: Seal, number: int = 1) -> NDArray[np.uint8]:
    """As it comes out of a stream: noisy and through JPEG."""
    data = Film(3).jpeg(View(seal, lambda: drawn.door((seal,))), number)
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)


@pytest.mark.parametrize(
    ("seal", "condition", "numbers"),
    [
        (INTACT, Condition.INTACT, ("CQ123456",)),
        (BROKEN, Condition.BROKEN, ("CQ123456",)),
        (ABSENT, Condition.ABSENT, ()),
        (Seal("CQ123456", dirty=True), Condition.INTACT, ()),
    ],
)
def test_a_seal_is_told_by_its_picture(seal: Seal, condition: Condition, numbers: tuple[str, ...]) -> None:
    for number in range(4):
        view = judge_seal(door(seal, number), LONG_MS)
        assert (view.condition, view.numbers) == (condition, numbers)


@pytest.mark.parametrize("gain", [0.4, 0.7, 1.0, 1.15])
def test_light_and_shade_change_nothing(gain: float) -> None:
    for seal, condition in ((INTACT, Condition.INTACT), (BROKEN, Condition.BROKEN), (ABSENT, Condition.ABSENT)):
        lit = np.clip(door(seal) * gain, 0, 255).astype(np.uint8)
        assert judge_seal(lit, LONG_MS).condition is condition


@pytest.mark.parametrize("name", ["black", "white", "grey", "one pixel", "grey values", "sixteen bit"])
def test_what_shows_nothing_is_unclear_and_never_absent_or_intact(name: str) -> None:
    picture = {
        "black": np.zeros((360, 640, 3), np.uint8),
        "white": np.full((360, 640, 3), 255, np.uint8),
        "grey": np.full((360, 640, 3), 128, np.uint8),
        "one pixel": np.zeros((1, 1, 3), np.uint8),
        "grey values": np.zeros((360, 640), np.uint8),
        "sixteen bit": np.zeros((360, 640, 3), np.uint16),
    }[name]
    view = judge_seal(picture)  # type: ignore[arg-type]
    assert view.condition is Condition.UNCLEAR
    assert view.cause


def test_a_yellow_thing_that_is_no_seal_is_unclear() -> None:
    picture = drawn.door((ABSENT,))
    cv2.rectangle(picture, (100, 150), (300, 300), drawn.YELLOW, -1)
    assert judge_seal(picture).condition is Condition.UNCLEAR


def test_a_hand_before_the_shackle_is_no_intact_seal() -> None:
    picture = drawn.door((INTACT,))
    cv2.rectangle(picture, (250, 40), (400, 170), (120, 140, 200), -1)
    assert judge_seal(picture).condition is not Condition.INTACT


def test_two_pictures_that_disagree_are_unclear_and_keep_both_numbers() -> None:
    one, other = SealView(Condition.INTACT, ("CQ1",), True), SealView(Condition.BROKEN, ("CQ2",), True)
    both = joined((one, other))
    assert both.condition is Condition.UNCLEAR
    assert both.numbers == ("CQ1", "CQ2")
    assert joined((one, one)) == one
    assert joined((one, SealView(Condition.INTACT, ("CQ1",), False))).agreed is False
    assert joined(()).condition is Condition.UNCLEAR


def test_what_is_kept_opens_again() -> None:
    kept = cv2.imdecode(np.frombuffer(as_jpeg(door(INTACT)), np.uint8), cv2.IMREAD_COLOR)
    assert judge_seal(np.asarray(kept, dtype=np.uint8), LONG_MS).condition is Condition.INTACT
