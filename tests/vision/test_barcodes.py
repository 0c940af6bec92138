"""Codes are read out of pictures, with how they were found; what is no picture is refused, what shows nothing gives nothing."""

from itertools import count
from typing import Any

import numpy as np
import pytest

from controller.vision.barcodes import LABELS, Engine, Reading, Stage, Symbology, read_codes
from tests.vision import pictures

NUMBER = "RR000000015CN"
LONG_MS = 60_000.0


def texts(reading: Reading) -> list[str]:
    return [code.text for code in reading.codes]


def test_a_clean_label_is_read_by_both_engines_at_the_first_stage() -> None:
    reading = read_codes(pictures.scene(pictures.code(NUMBER)), budget_ms=LONG_MS)
    (code,) = reading.codes
    assert (code.text, code.symbology, code.stage) == (NUMBER, "C0", Stage.FAST)
    assert code.engines == (Engine.ZXING, Engine.ZBAR)
    assert code.agreed
    assert reading.agreed
    assert reading.stages == (Stage.FAST,)


def test_corners_are_pixels_of_the_picture_that_was_given() -> None:
    drawn = pictures.code(NUMBER)
    for picture in (pictures.scene(drawn), pictures.noisy(pictures.scene(drawn), 60)):
        (code,) = read_codes(picture, budget_ms=LONG_MS).codes
        xs, ys = [x for x, _ in code.corners], [y for _, y in code.corners]
        assert 40 <= min(xs) < max(xs) <= 40 + drawn.shape[1]
        assert 40 <= min(ys) <= max(ys) <= 40 + drawn.shape[0]


@pytest.mark.parametrize("degrees", [0, 15, 75, 90, 165, 180, 270])
def test_a_label_may_lie_in_any_direction(degrees: int) -> None:
    assert texts(read_codes(pictures.turned(pictures.centred(pictures.code(NUMBER)), degrees), budget_ms=LONG_MS)) == [NUMBER]


@pytest.mark.parametrize("sigma", [0.8, 1.2, 1.5])
def test_a_blurred_label_is_read(sigma: float) -> None:
    assert texts(read_codes(pictures.blurred(pictures.scene(pictures.code(NUMBER)), sigma), budget_ms=LONG_MS)) == [NUMBER]


def test_what_the_first_stages_miss_a_dearer_one_may_find() -> None:
    reading = read_codes(pictures.noisy(pictures.scene(pictures.code(NUMBER)), 60), budget_ms=LONG_MS)
    assert texts(reading) == [NUMBER]
    assert reading.stages[-1] is reading.codes[0].stage is Stage.UPSCALED


def test_noise_does_not_make_another_number() -> None:
    for seed in range(12):
        reading = read_codes(pictures.noisy(pictures.scene(pictures.code(NUMBER)), 45, seed), budget_ms=LONG_MS)
        assert texts(reading) in ([], [NUMBER])


def test_every_code_of_a_picture_is_told_once() -> None:
    picture = pictures.scene(pictures.code(NUMBER), pictures.code("SF1234567890123"), pictures.code(NUMBER))
    assert sorted(texts(read_codes(picture, budget_ms=LONG_MS))) == [NUMBER, "SF1234567890123"]


@pytest.mark.parametrize("symbology", [Symbology.DATAMATRIX, Symbology.QR])
def test_square_codes_are_read(symbology: Symbology) -> None:
    reading = read_codes(pictures.scene(pictures.code(NUMBER, symbology, scale=5)), budget_ms=LONG_MS)
    assert texts(reading) == [NUMBER]
    assert reading.codes[0].symbology[0] == {"datamatrix": "d", "qr": "Q"}[symbology]


def test_only_what_was_asked_for_is_looked_for() -> None:
    picture = pictures.scene(pictures.code("4006381333931", Symbology.EAN13))
    assert texts(read_codes(picture, LABELS, LONG_MS)) == []
    assert texts(read_codes(picture, (Symbology.EAN13,), LONG_MS)) == ["4006381333931"]


def test_an_empty_frame_gives_nothing_after_every_stage() -> None:
    assert read_codes(pictures.noisy(pictures.scene(), 12), budget_ms=LONG_MS) == Reading((), tuple(Stage))


def test_a_picture_in_which_nothing_stands_out_is_not_looked_at_for_long() -> None:
    for picture in (pictures.scene(), np.zeros((480, 640, 3), np.uint8), np.full((480, 640), 255, np.uint8)):
        assert read_codes(picture) == Reading()


def test_with_fewer_stages_a_hard_picture_is_given_up() -> None:
    hard = pictures.noisy(pictures.scene(pictures.code(NUMBER)), 60)
    assert read_codes(hard, budget_ms=LONG_MS, stages=(Stage.FAST,)) == Reading((), (Stage.FAST,))
    assert texts(read_codes(hard, budget_ms=LONG_MS)) == [NUMBER]


def test_no_stage_begins_when_the_budget_is_spent() -> None:
    ticks = count()
    reading = read_codes(pictures.noisy(pictures.scene(), 12), budget_ms=1500, now_s=lambda: float(next(ticks)))
    assert reading.out_of_time
    assert reading.stages == (Stage.FAST, Stage.FULL)


def test_a_code_found_late_stands_without_a_second_opinion() -> None:
    ticks = count()
    reading = read_codes(pictures.scene(pictures.code(NUMBER)), budget_ms=500, now_s=lambda: float(next(ticks)))
    assert texts(reading) == [NUMBER]
    assert reading.codes[0].engines == (Engine.ZXING,)
    assert reading.out_of_time
    assert not reading.agreed


HOSTILE: dict[str, Any] = {
    "no pixels": np.zeros((0, 0), np.uint8),
    "one pixel": np.zeros((1, 1), np.uint8),
    "one line": np.zeros((1, 5000), np.uint8),
    "sixteen bit": np.zeros((480, 640), np.uint16),
    "floats": np.zeros((480, 640), np.float32),
    "four channels": np.zeros((480, 640, 4), np.uint8),
    "a film": np.zeros((3, 480, 640, 3), np.uint8),
    "too wide": np.zeros((10, 9000), np.uint8),
    "too many pixels": np.zeros((8000, 8000), np.uint8),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_picture_is_refused_with_a_cause(name: str) -> None:
    reading = read_codes(HOSTILE[name])
    assert reading.refused
    assert not reading.codes


def test_no_array_is_refused_too() -> None:
    assert read_codes(b"\x89PNG").refused  # type: ignore[arg-type]


def test_views_of_larger_pictures_are_read_like_copies() -> None:
    whole = pictures.scene(pictures.code(NUMBER))
    for view in (whole[:300, :600], whole[::-1], whole[:, ::-1]):
        assert texts(read_codes(view, budget_ms=LONG_MS)) == texts(read_codes(view.copy(), budget_ms=LONG_MS))
    assert texts(read_codes(whole[:300, :600], budget_ms=LONG_MS)) == [NUMBER]


def test_text_that_is_not_printable_does_not_come_through() -> None:
    drawn = pictures.code("A\x1dB\x00C\n", Symbology.DATAMATRIX, scale=6)
    assert texts(read_codes(pictures.scene(drawn), budget_ms=LONG_MS)) == ["ABC"]


def test_random_pictures_never_raise() -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        shape = tuple(int(n) for n in rng.integers(8, 200, 2))
        read_codes(rng.integers(0, 256, (*shape, 3)).astype(np.uint8))
