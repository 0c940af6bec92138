"""The simulated officer at the X-ray screen says what a person would see."""

from types import SimpleNamespace

import pytest

from simulators.people.image_officer import ImageOfficer
from simulators.traffic.parcels import HIDING, Trouble


@pytest.mark.parametrize(
    ("cartons", "said", "suspected"), [((1,), "clear", set()), ((2,), "open", set()), ((1, 3), "open", {1, 3})]
)
def test_two_boxes_in_one_picture_are_opened_as_what_is_hidden_is(
    cartons: tuple[int, ...], said: str, suspected: set[int]
) -> None:
    trouble = {1: Trouble.NONE, 2: next(iter(HIDING)), 3: Trouble.NONE}
    floor = SimpleNamespace(parcel=lambda number: SimpleNamespace(trouble=trouble[number]), suspected=set())
    officer = ImageOfficer(floor)  # type: ignore[arg-type]
    assert officer.seen_in(cartons) == said
    assert floor.suspected == suspected
