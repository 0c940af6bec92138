"""Where a count of images that was lost may begin anew: a late image of the carton before looks just like the next one's."""

import pytest

from controller.line.commands import SetOutputs
from controller.line.plc_events import RingEventsLost
from controller.line.state import decode_state, encode_state
from tests.line.line_story import PROFILE, s10
from tests.line.xray_story import COUNTING, XrayStory

NUMBERS = tuple(s10(10000001 + n) for n in range(6))
INFEED = 1 << (PROFILE.induct_zone - 1)
OWED_MS = COUNTING.image_owed_s * 1000


class Counted(XrayStory):
    """Cartons one at a time through the tunnel of a machine that numbers by itself."""

    def __init__(self) -> None:
        super().__init__(COUNTING)
        self.ready(*NUMBERS)

    def goes(self, track: int, number: int | None) -> str:
        """The next carton with this image in its time, or with none; the lane that it gets."""
        self.before_tunnel(track, NUMBERS[track - 1])
        self.through(track, image=number is not None, number=-1 if number is None else number)
        self.run(2000)
        self.analysed(track)
        self.after_tunnel(track, NUMBERS[track - 1])
        self.wait(6000)
        lane = self.last(track).lane
        self.divert(track, {"inspect": 1, "anomaly": 2, "release": 3}[lane])
        return lane

    def paused(self) -> bool:
        return self.state.facts.infeed_paused_ms >= 0

    def masks(self) -> list[int]:
        return [c.pass_mask for o in self.outcomes for c in o.commands if isinstance(c, SetOutputs)]


def test_a_late_image_of_the_carton_before_is_not_taken_for_the_next_one() -> None:
    story = Counted()
    assert story.goes(1, 7) == "release"
    assert story.goes(2, None) == "inspect"
    assert story.goes(3, 8) == "inspect", "8 shows carton 2, which is of the same length"
    assert story.codes(3) == ("image_ambiguous",)


def test_an_image_that_never_comes_costs_no_other_carton_anything() -> None:
    story = Counted()
    assert [story.goes(1, 7), story.goes(2, None), story.goes(3, 9)] == ["release", "inspect", "release"]
    assert not story.paused()


def test_a_number_lower_than_one_that_came_is_late_however_far_numbers_are_ahead() -> None:
    story = Counted()
    story.goes(1, 7)
    story.goes(2, None)
    story.image("", 10, 900)  # it shot three times at carton 2, and this is the last of them
    assert story.goes(3, 9) == "inspect"


def test_a_machine_that_missed_a_carton_counts_on_behind_an_empty_tunnel_and_the_infeed_waits_for_it() -> None:
    story = Counted()
    story.goes(1, 7)
    story.goes(2, None)
    story.before_tunnel(3, NUMBERS[2])
    story.through(3, number=8)
    assert story.paused()
    assert story.masks()[-1] == 0xFFFF & ~INFEED
    assert [a.code for a in story.alarms()].count("infeed_paused") == 1
    story.run(OWED_MS - 1000)
    assert story.paused()
    story.run(2000)
    assert not story.paused(), "nobody had to do anything"
    assert story.masks()[-1] == 0xFFFF
    assert story.goes(4, 9) == "release"
    assert story.goes(5, 10) == "release"


def test_a_machine_that_begins_its_numbers_anew_is_counted_anew() -> None:
    story = Counted()
    story.goes(1, 700)
    assert story.goes(2, 1) == "inspect"
    story.run(OWED_MS)
    assert [story.goes(3, 2), story.goes(4, 3)] == ["release", "release"]


def test_what_is_still_on_its_way_into_the_tunnel_keeps_the_infeed_waiting() -> None:
    story = Counted()
    story.goes(1, 7)
    story.goes(2, None)
    story.before_tunnel(4, NUMBERS[3])
    story.before_tunnel(3, NUMBERS[2])
    story.through(3, number=8)
    assert story.paused()
    story.run(OWED_MS + 1000)
    assert story.paused(), "carton 4 has not been through"
    story.through(4, image=False)
    story.run(OWED_MS + 1000)
    assert not story.paused()


@pytest.mark.parametrize("ahead", [0, 20])
def test_after_lost_records_of_the_belt_numbers_prove_nothing(ahead: int) -> None:
    """Cartons that nobody counted may have gone through: numbers that seem to step, or to be ahead, may be behind."""
    story = Counted()
    story.goes(1, 7)
    story.feed(RingEventsLost(1, 5, 9))
    assert story.goes(2, 8 + ahead) == "inspect"
    story.run(OWED_MS)
    assert story.goes(3, 9 + ahead) == "release"


def test_records_that_are_lost_once_more_begin_the_wait_anew() -> None:
    story = Counted()
    story.goes(1, 7)
    story.feed(RingEventsLost(1, 5, 9))
    story.run(OWED_MS)
    story.feed(RingEventsLost(1, 20, 29))
    assert story.goes(2, 8) == "inspect", "what went through unseen may show itself now"


def test_it_survives_a_checkpoint() -> None:
    story = Counted()
    story.goes(1, 7)
    story.goes(2, None)
    story.goes(3, 8)
    assert decode_state(encode_state(story.state)) == story.state
    assert story.state.facts.image_count.wanted_empty_ms >= 0
