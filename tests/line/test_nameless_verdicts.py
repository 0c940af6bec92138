"""An officer wants a carton opened whose image has no name yet: whenever it has one, it is held."""

from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.line.belt import RingKind
from controller.line.events import CodesRead, ReadText, RerunOrdered
from controller.line.recheck_events import NewSealSet, RecheckConfirmed, RecheckDecided, RecheckOpened
from controller.line.state import Hold
from tests.line.line_story import declared, s10
from tests.line.recheck_story import CUP, SEAL_NO, item
from tests.line.xray_story import XRAY, XrayStory

A, B = s10(10000001), s10(10000002)


def imaged(word: str = "open", story: XrayStory | None = None) -> XrayStory:
    """A carton of a load is in front of the verify gate; its list has not come, and it is on no notice. An officer has spoken."""
    story = story or XrayStory()
    story.load("L1")
    comes(story, 1, A)
    assert not story.verdict(1, word).refusals
    assert not story.passage(1).carton
    return story


def comes(story: XrayStory, track: int, code: str) -> None:
    story.before_tunnel(track, code)
    story.through(track)


def goes_to_inspect(story: XrayStory, track: int, code: str) -> None:
    story.after_tunnel(track, code)
    story.answer()
    story.divert(track, 1)


def papers_come(story: XrayStory, *numbers: str) -> None:
    story.manifest(*(declared(number) for number in numbers))
    for number in numbers:
        story.receipt(number, "800")
    story.load("L1", *((number, number, 1, 1) for number in numbers))


def standing(story: XrayStory) -> list[Hold]:
    return [hold for hold in story.state.holds.values() if hold.lifted_ms < 0]


def test_what_is_named_while_it_is_on_the_belt_is_held_by_that_officer() -> None:
    story = imaged()
    papers_come(story, A)
    (hold,) = standing(story)
    assert (hold.code, hold.target, hold.actor, hold.role) == ("verdict_open", story.passage(1).carton, "zhang", Role.OFFICER)
    assert hold.cause == "looked"
    goes_to_inspect(story, 1, A)
    story.fetch(A)
    story.whole_way(2, A)
    assert story.codes(2) == ("verdict_open",)
    assert len(standing(story)) == 1
    assert not story.state.facts.nameless_verdicts


def test_what_is_named_on_its_next_way_is_held() -> None:
    story = imaged("anomaly")
    goes_to_inspect(story, 1, A)
    papers_come(story, A)
    story.fetch(A)
    story.whole_way(2, A)
    assert story.codes(2) == ("verdict_anomaly",)
    assert not story.state.facts.nameless_verdicts


def test_a_number_that_was_read_tells_whose_image_it_is_and_not_the_order_in_the_lane() -> None:
    story = imaged()
    goes_to_inspect(story, 1, A)
    comes(story, 2, B)
    goes_to_inspect(story, 2, B)
    papers_come(story, A, B)
    story.fetch(B)
    story.whole_way(3, B)
    assert story.passage(3).previous == "1:1", "the count goes by the oldest"
    assert story.codes(3) == ()
    story.fetch(A)
    story.whole_way(4, A)
    assert story.codes(4) == ("verdict_open",)


def test_what_nobody_read_is_held_when_it_was_picked_or_taken_as_the_oldest() -> None:
    for track in ("", "1:1"):
        story = XrayStory()
        story.ready(A)
        comes(story, 1, "")
        story.verdict(1, "open")
        goes_to_inspect(story, 1, "")
        story.feed(RerunOrdered(A, "inspect", track), Role.OPERATOR)
        story.whole_way(2, A)
        assert story.codes(2) == ("verdict_open",)


def test_a_word_on_the_old_image_of_what_has_its_name_by_now_holds_it() -> None:
    story = XrayStory()
    story.ready(A)
    comes(story, 1, "")
    image = story.sha(1)
    goes_to_inspect(story, 1, "")
    story.fetch(A)
    story.whole_way(2, A)
    story.answer()
    story.divert(2, 3)
    assert not story.verdict(1, "open", image=image).refusals
    assert [hold.code for hold in standing(story)] == ["verdict_open", "recalled"]


def test_a_word_on_what_two_carriers_lists_kept_nameless_holds_it_when_the_wrong_list_is_deleted() -> None:
    other = declared(A, logistics_code="SF0001", cop_no="CX", order_no="OX")
    story = XrayStory()
    story.ready(A)
    story.manifest(other)
    comes(story, 1, A)
    image = story.sha(1)
    story.after_tunnel(1, A)
    story.answer()
    story.divert(1, 2)
    assert not story.passage(1).carton
    story.manifest(replace(other, app_type="3", app_time="20261123120000"))
    assert not story.verdict(1, "open", image=image).refusals
    (hold,) = standing(story)
    assert (hold.code, hold.target) == ("verdict_open", f"EMS001/{A}")


def test_a_word_that_was_taken_back_holds_nothing() -> None:
    story = imaged()
    assert not story.undo(1).refusals
    papers_come(story, A)
    assert not standing(story)
    story = imaged()
    papers_come(story, A)
    assert not story.undo(1).refusals
    assert not standing(story)


def test_what_another_officer_said_stays() -> None:
    story = imaged()
    story.verdict(1, "anomaly", by="qian")
    assert not story.undo(1, by="qian").refusals
    papers_come(story, A)
    assert [hold.code for hold in standing(story)] == ["verdict_open"]


def test_a_track_id_that_comes_again_is_another_carton() -> None:
    story = imaged()
    goes_to_inspect(story, 1, A)
    papers_come(story, A, B)
    story.whole_way(1, B)
    assert story.codes(1) == ()
    story.answer()
    story.divert(1, 3)
    story.fetch(A)
    story.whole_way(2, A)
    assert story.codes(2) == ("verdict_open",)
    assert story.ring(RingKind.LOST, 99).core_fault == ""


def test_what_was_opened_since_is_answered() -> None:
    story = imaged(story=XrayStory(replace(XRAY, bench_readers=("bench",))))
    goes_to_inspect(story, 1, A)
    story.manifest(declared(A, items=(item(1, CUP, "1"),)))
    story.receipt(A, "800")
    story.load("L1", (A, A, 1, 1))
    for event, by in (
        (RecheckOpened(A, "bench"), "zhou"),
        (CodesRead("bench", "bench", (ReadText(CUP),), False, story.now_ms), "line"),
        (CodesRead("bench", "bench", (ReadText("TRACE1"),), False, story.now_ms), "line"),
        (NewSealSet(A, SEAL_NO), "zhou"),
        (RecheckDecided(A, "released", False, "", "looked"), "zhou"),
        (RecheckConfirmed(A, "released"), "wu"),
    ):
        assert not story.feed(event, Role.OFFICER, by).refusals
    story.induct(2)
    story.gate(2, XRAY.scan_zone, A, SEAL_NO)
    assert story.passage(2).carton
    assert not standing(story)
    assert not story.state.facts.nameless_verdicts
