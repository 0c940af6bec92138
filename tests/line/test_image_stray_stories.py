"""Images of a machine that numbers by itself which no entry into the tunnel explains: test shots, second images, shots unseen."""

import pytest

from controller.line.belt import RingKind
from controller.line.commands import Outcome
from controller.line.inspection_events import ImageRefused
from controller.line.plc_events import PlcLost, RingEvent
from tests.line.test_image_count_stories import NUMBERS, OWED_MS, Counted
from tests.line.xray_story import XRAY, picture

TO_BEAM_MS = (XRAY.xray_beam_mm - XRAY.xray_entry_mm + 400) * 2
BEAM_TO_EXIT_MS = (XRAY.xray_exit_mm - XRAY.xray_beam_mm) * 2


class Shots(Counted):
    def late_one_then_own(self, track: int, late: int, own: int, own_after_ms: int = 300) -> Outcome:
        """In the time of this carton's image comes the one of the carton before; its own comes when it is out of the tunnel."""
        self.before_tunnel(track, NUMBERS[track - 1])
        self.enter(track)
        self.run(TO_BEAM_MS + 600)
        self.image("", late)
        self.run(BEAM_TO_EXIT_MS - 600)
        self.leave(track)
        self.analysed(track)
        self.run(own_after_ms)
        return self.image("", own)

    def no_name(self) -> None:
        self.feed(ImageRefused("xray", "x.json", "", -1, "sidecar_malformed", "no sidecar", self.now_ms, (picture("raw"),)))


@pytest.mark.parametrize("readable", [True, False])
def test_behind_a_test_shot_a_late_image_is_not_taken_for_the_next_cartons(readable: bool) -> None:
    story = Shots()
    assert story.goes(1, 7) == "release"
    story.run(15_000)
    if readable:
        story.image("", 8, 300, name="test block")
    else:
        story.no_name()
    story.run(15_000)
    assert story.goes(2, None) == "inspect", "9 is on its way"
    story.late_one_then_own(3, 9, 10)
    story.after_tunnel(3, NUMBERS[2])
    story.wait(6000)
    assert story.last(3).lane == "inspect"
    assert story.codes(3) == ("image_ambiguous",)
    story.divert(3, 1)
    assert story.paused()
    story.run(OWED_MS)
    assert not story.paused()
    assert story.goes(4, 11) == "release"


def test_a_test_shot_while_nothing_runs_costs_no_carton_anything() -> None:
    story = Shots()
    story.goes(1, 7)
    story.run(OWED_MS)
    story.image("", 8, 300, name="test block")
    assert "image_unbound" in {alarm.code for alarm in story.alarms()}
    story.run(OWED_MS)
    assert [story.goes(2, 9), story.goes(3, 10)] == ["release", "release"]
    assert not story.paused()


def test_a_late_image_of_a_carton_that_is_run_again_costs_no_other_one_anything() -> None:
    story = Shots()
    story.goes(1, 7)
    assert story.goes(2, None) == "inspect"
    story.image("", 8)
    assert [story.goes(3, 9), story.goes(4, 10)] == ["release", "release"]
    assert not story.paused()


def shot_unseen() -> Shots:
    """Number 8 was used up by a shot whose image never came; 9 is late, and is bound to carton 3 by its number alone."""
    story = Shots()
    assert [story.goes(1, 7), story.goes(2, None)] == ["release", "inspect"]
    return story


def test_an_image_that_no_entry_explains_takes_a_release_back_that_rested_on_numbers_alone() -> None:
    story = shot_unseen()
    story.late_one_then_own(3, 9, 10)
    story.after_tunnel(3, NUMBERS[2])
    story.wait(6000)
    assert story.last(3).lane == "inspect"
    assert story.codes(3) == ("image_ambiguous",)
    assert story.last(3).blockers[0].detail == "another image came that may be its own: number 10"


def test_one_that_comes_behind_the_divert_recalls_it() -> None:
    story = shot_unseen()
    assert story.goes(3, 9) == "release", "nobody can know yet"
    assert not [h for h in story.state.holds.values() if h.code == "recalled"]
    story.image("", 10)
    assert [h.target.split("/")[-1] for h in story.state.holds.values() if h.code == "recalled"] == [NUMBERS[2]]
    assert story.goes(4, 11) == "inspect"


def test_a_count_that_stands_is_not_doubted_for_cartons_whose_time_is_over() -> None:
    story = Shots()
    assert [story.goes(1, 7), story.goes(2, 8)] == ["release", "release"]
    story.image("", 9, name="test block")
    assert not [h for h in story.state.holds.values() if h.code == "recalled"]


def test_a_second_image_in_the_time_of_a_carton_that_has_its_own() -> None:
    story = Shots()
    story.goes(1, 7)
    story.before_tunnel(2, NUMBERS[1])
    story.through(2, number=8)
    story.analysed(2)
    assert story.inspection(2).bound
    story.image("", 9, at_ms=story.now_ms - 200)
    assert not story.inspection(2).bound
    story.after_tunnel(2, NUMBERS[1])
    story.wait(6000)
    assert story.codes(2) == ("image_ambiguous",)


def test_two_images_in_the_time_of_one_carton_are_none_even_if_one_has_the_number_that_is_due() -> None:
    """The first is of a test block of its length, the second its own."""
    story = Shots()
    story.goes(1, 7)
    story.before_tunnel(2, NUMBERS[1])
    story.enter(2)
    story.run(TO_BEAM_MS)
    story.image("", 8, name="test block")
    story.run(600)
    story.image("", 9)
    story.run(BEAM_TO_EXIT_MS - 600)
    story.leave(2)
    assert story.inspection(2).problem == "image_ambiguous"


def test_images_that_come_while_the_belt_is_out_of_sight_wait_for_its_records() -> None:
    """What went through meanwhile is known when the records are read; what rests on numbers alone is not recalled for it."""
    story = shot_unseen()
    assert story.goes(3, 9) == "release"
    story.before_tunnel(4, NUMBERS[3])
    story.feed(PlcLost("link_lost", "no answer"))
    entered_ms, belt_mm = story.now_ms, story.belt_mm
    story.run(TO_BEAM_MS + 600)
    story.image("", 10)
    story.run(BEAM_TO_EXIT_MS - 600)
    went = ((RingKind.XRAY_ENTRY, entered_ms, belt_mm), (RingKind.XRAY_EXIT, story.now_ms, story.belt_mm))
    story.run(500)
    for kind, at_ms, mm in went:
        story.ring_seq += 1
        story.feed(RingEvent(1, story.ring_seq, kind, 4, 4, 0, 0, at_ms % 65536, mm % 65536, story.now_ms, backlog=True))
    story.sync()
    assert story.inspection(4).bound, story.inspection(4).problem_detail
    assert not [h for h in story.state.holds.values() if h.code == "recalled"]
