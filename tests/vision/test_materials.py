"""The plain analyser: what is declared passes, what nobody declared is pointed at."""

import random

import numpy as np
import pytest

from controller.vision.materials import Declared, Reading, UnreadableImageError, analyse, read_grey, read_image
from simulators.plant import Carton, Content
from simulators.xray.picture import Shown, render
from simulators.xray.png import grey8, grey16

TEXTILE = ("6109100010",)


def carton(*things: Content, length_mm: int = 400) -> Carton:
    return Carton(1, length_mm, 0, (), things)


def thing(material: str, mass_g: int, wide_mm: int = 300, high_mm: int = 250) -> Content:
    return Content(material, material, mass_g, 40, 0, wide_mm, high_mm)


def read(one: Carton, weight_g: int, gcodes: tuple[str, ...] = TEXTILE, pack_no: int = 1, pixel_mm: int = 4) -> Reading:
    low, high = render([Shown(one, 0.0)], pixel_mm, np.random.default_rng(1))
    return read_image(grey16(low), grey16(high), pixel_mm * 1000, Declared(weight_g, pack_no, weight_g, gcodes))


WALLS_G = 225


@pytest.mark.parametrize("pixel_mm", [2, 4, 10])
@pytest.mark.parametrize("material", ["textile", "organic", "plastic", "ceramic"])
def test_the_mass_in_an_image_is_the_mass_in_the_carton(material: str, pixel_mm: int) -> None:
    reading = read(carton(thing(material, 3000)), 3000 + WALLS_G, pixel_mm=pixel_mm)
    assert abs(reading.mass_g - 3000 - WALLS_G) < 400
    assert reading.findings == ()


def test_a_block_of_steel_among_shirts_is_pointed_at() -> None:
    found = read(carton(thing("textile", 1000), Content("block", "steel", 1500, 100, 0, 120, 120)), 2500 + WALLS_G)
    assert "metal_high" in {code for code, _ in found.findings}
    assert found.metal_permille > 400


def test_steel_that_is_declared_is_not() -> None:
    cups = carton(thing("steel", 2000))
    assert read(cups, 2000 + WALLS_G, ("9617009000",)).findings == ()
    assert read(cups, 2000 + WALLS_G, TEXTILE).findings


def test_a_carton_that_is_nearly_empty_differs_in_mass() -> None:
    assert [code for code, _ in read(carton(thing("textile", 500)), 5000).findings] == ["mass_differs"]


def test_one_of_several_cartons_is_held_against_the_scale_and_not_against_the_list() -> None:
    one = carton(thing("textile", 2000))
    low, high = render([Shown(one, 0.0)], 4, np.random.default_rng(1))
    against_scale = analyse(low, high, 4000, Declared(9000, 3, 2000 + WALLS_G, TEXTILE))
    assert against_scale.findings == ()
    assert analyse(low, high, 4000, Declared(9000, 1, 2000 + WALLS_G, TEXTILE)).findings


def test_what_no_ray_gets_through_is_pointed_at() -> None:
    lead = carton(thing("textile", 1000), Content("shield", "steel", 20_000, 100, 0, 200, 200))
    assert "opaque" in {code for code, _ in read(lead, 21_000, ("7208100000",)).findings}


def test_a_screw_or_a_dead_pixel_excuses_no_wrong_mass() -> None:
    """One opaque pixel had switched the comparison off, and was itself far less than is told as opaque."""
    for grams, declared_g in ((5000, 2000), (500, 5000)):
        low, high = render([Shown(carton(thing("textile", grams)), 0.0)], 4, np.random.default_rng(1))
        for channel in (low, high):
            channel[channel.shape[0] // 2, channel.shape[1] // 2] = 1
        findings = analyse(low, high, 4000, Declared(declared_g, 1, -1, TEXTILE)).findings
        assert [code for code, _ in findings] == ["mass_differs"]


def test_the_same_image_is_always_read_the_same() -> None:
    one = carton(thing("ceramic", 2500))
    assert read(one, 2700) == read(one, 2700)


@pytest.mark.parametrize("data", [b"", b"GIF89a", grey8(np.full((40, 40), 60_000, np.uint16)), bytes(1000)])
def test_bytes_that_are_no_picture(data: bytes) -> None:
    with pytest.raises(UnreadableImageError):
        read_grey(data)


def test_two_energies_of_different_size_are_no_image() -> None:
    big, small = grey16(np.full((40, 40), 60_000, np.uint16)), grey16(np.full((40, 50), 60_000, np.uint16))
    with pytest.raises(UnreadableImageError):
        read_image(big, small, 4000, Declared(1, 1, 1, ()))


def test_black_and_white_pictures_break_nothing() -> None:
    rng = random.Random(3)
    for value in (0, 1, 65_535, rng.randrange(65_536)):
        flat = np.full((40, 60), value, np.uint16)
        analyse(flat, flat, 4000, Declared(2000, 1, 2000, TEXTILE))
