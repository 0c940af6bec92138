"""What `xiyong load-list` tells the people who load of what keeps a container here."""

import pytest

from controller.daemon.load_lists import load_list
from controller.domain.reasons import Role
from controller.line.events import HoldPlaced
from tests.line.departure_story import BOX, Departure
from tests.line.line_story import CARRIER, s10

A, B = s10(10000001), s10(10000002)
KEY = f"{CARRIER}/{A}"


@pytest.mark.parametrize("of_customs", [("held",), ("ordered",), ("held", "held", "ordered")])
def test_of_customs_own_a_carton_has_one_row_at_the_end_however_many_reasons_there_are(of_customs: tuple[str, ...]) -> None:
    story = Departure()
    story.released(A, B)
    story.open()
    assert [story.scan(number).code for number in (A, B)] == ["", ""]
    for place, reason in enumerate(of_customs):
        if reason == "held":
            story.feed(HoldPlaced(f"H{place}", "carton", KEY, "officer_hold", "ivory"), Role.OFFICER)
        else:
            story.receipt(A, "500", "20261123100000000")
    story.feed(HoldPlaced("H9", "carton", KEY, "company_hold", "label torn"), Role.OPERATOR)
    told = load_list(story.state, BOX)
    assert told is not None
    rows = [(one["code"], one["about"]) for one in told["held_by"] if one["code"] != "recalled"]
    assert rows == [
        ("container_not_closed", f"container:{BOX}"), ("company_hold", f"carton:{KEY}"), ("customs_check", f"carton:{KEY}"),
    ]  # fmt: skip
    assert told["held_by"][-1]["next_step"] == "bring it to customs"
