"""A released carton gets one code for ever; what a stranger is told of it follows the line's own blockers."""

from msgspec.structs import replace

from controller.daemon.core_loop import InboxFullError
from controller.domain.reasons import Role
from controller.domain.trace_codes import code_of
from controller.line.events import AnyEvent, HoldLifted, HoldPlaced
from controller.line.holds import lifting
from controller.line.trace_events import TraceCodeIssued
from controller.trace.app import PROCESSING, RECALLED, RELEASED, UNKNOWN
from controller.trace.companion import Codes, standing
from tests.console.story_bench import CARTON, A, B
from tests.line.xray_story import XrayStory

CODE, OTHER = code_of(12345), code_of(54321)


def released(*numbers: str) -> XrayStory:
    story = XrayStory()
    story.ready(*(numbers or (A, B)))
    for track, number in enumerate(numbers or (A, B), start=1):
        story.whole_way(track, number)
        story.answer()
        story.divert(track, 3)
    return story


def test_a_code_is_for_a_released_carton_and_the_first_one_stays() -> None:
    story = XrayStory()
    story.ready(A)
    story.feed(TraceCodeIssued(CARTON, CODE))
    assert story.state.cartons[CARTON].trace_code == "", "not before it is released"
    story = released()
    assert story.state.cartons[CARTON].released_ms >= 0
    outcome = story.feed(TraceCodeIssued(CARTON, CODE))
    assert [one.text for one in outcome.findings] == [f"trace code {CODE} issued"]
    assert not story.feed(TraceCodeIssued(CARTON, OTHER)).findings
    assert story.state.cartons[CARTON].trace_code == CODE


def test_strangers_are_told_released_only_while_nothing_speaks_against_it() -> None:
    story = released()
    assert standing(story.state, CARTON) == RELEASED
    story.feed(HoldPlaced("H1", "carton", CARTON, "officer_hold", "look again"), role=Role.OFFICER, actor="zhang")
    assert standing(story.state, CARTON) == PROCESSING
    story.feed(HoldLifted("H1", "seen"), role=Role.SECTION_CHIEF, actor="ke")
    story.receipt(A, "500", "20261123100000000")
    assert standing(story.state, CARTON) == PROCESSING, "customs orders an inspection: the same word"
    assert standing(story.state, "EMS001/nobody") == UNKNOWN
    story.state.gone["EMS001/nobody"] = "C1"
    assert standing(story.state, "EMS001/nobody") == RELEASED


def test_what_has_left_and_is_called_back_is_recalled_and_what_is_still_here_is_held() -> None:
    story = released()
    story.receipt(A, "500", "20261123100000000")
    assert "recalled" in {hold.code for hold in story.state.holds.values()}
    assert standing(story.state, CARTON) == PROCESSING, "nobody has it: held, and no word of why"
    story.state.cartons[CARTON] = replace(story.state.cartons[CARTON], place="departed")
    assert standing(story.state, CARTON) == RECALLED
    (hold,) = story.state.holds.values()
    story.feed(lifting(hold, "seen"), role=Role.SECTION_CHIEF, actor="ke")
    assert standing(story.state, CARTON) == RELEASED
    story.state.holds["D"] = replace(hold, hold_id="D", code="duplicate")
    assert standing(story.state, CARTON) == RELEASED, "a copy of its number came over the belt: the parcel is what it was"


def test_a_core_that_takes_no_more_is_asked_again_for_the_code_at_the_next_look() -> None:
    story = released(A)
    posted: list[AnyEvent] = []

    class Full:
        state = story.state
        full = True

        def post(self, event: AnyEvent, **by: object) -> None:
            if self.full:
                raise InboxFullError("20000 events wait")
            posted.append(event)

    core = Full()
    codes = Codes(core, lambda bits: 7)  # type: ignore[arg-type]
    codes.look_at_all()
    assert posted == []
    core.full = False
    codes.look_at_all()
    codes.look_at_all()
    assert len(posted) == 1
