"""An officer wants a carton opened whose image has no name yet: whenever it has one, it is held."""

import pytest
from msgspec.structs import replace

from controller.domain.declarations import NoticedCarton
from controller.domain.reasons import CATALOGUE, Role
from controller.line import departing, verdicts
from controller.line.belt import RingKind
from controller.line.events import CodesRead, NoticeCartons, NoticeClosed, ReadText, RerunOrdered
from controller.line.holds import lifting
from controller.line.inspection_events import Rule
from controller.line.recheck_events import NewSealSet, RecheckConfirmed, RecheckDecided, RecheckOpened
from controller.line.state import Draft, Hold
from tests.line.line_story import CARRIER, FILE, declared, s10
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


# --- a clear ---


def noticed_late(*rules: Rule) -> XrayStory:
    """The list of two cartons has long come; that the second is on it a notice says when its image is there already."""
    story = XrayStory()
    story.rules(*rules)
    story.manifest(declared(A, pack_no=2, gross_g=4000))
    story.receipt(A, "800")
    story.load("L1", (A, A, 1, 2))
    story.whole_way(5, A)
    story.divert(5, 1)
    comes(story, 1, B)
    assert story.inspection(1).bound
    assert not story.passage(1).carton
    return story


def is_noticed(story: XrayStory) -> None:
    rows = (NoticedCarton(A, CARRIER, A, 1, 2), NoticedCarton(B, CARRIER, A, 2, 2))
    story.feed(NoticeCartons("again", 0, rows))
    story.feed(NoticeClosed("again", 1, 2, "L1", "渝A1", "", ("S1",), "", FILE))
    assert story.passage(1).carton
    story.analysed(1)


def test_a_clear_on_what_has_no_name_is_refused_and_a_rule_that_its_list_meets_waits_for_one() -> None:
    story = noticed_late(Rule("R1", "look at this trader", traders=("E1",)))
    (refusal,) = story.verdict(1, "clear").refusals
    assert (refusal.code, story.inspection(1).verdict) == ("carton_nameless", "")
    story.wait(500)
    is_noticed(story)
    story.after_tunnel(1, B)
    assert not story.decisions(1), "it waits for an officer"
    assert not story.verdict(1, "clear").refusals
    assert story.last(1).lane == "release"


def test_and_it_is_inspected_where_nobody_looks_again() -> None:
    story = noticed_late(Rule("R1", "look at this trader", traders=("E1",)))
    story.verdict(1, "clear")
    story.wait(500)
    is_noticed(story)
    story.after_tunnel(1, B)
    story.run(20_000)
    assert story.codes(1) == ("rule_hit", "verdict_late")


def test_what_gets_its_name_late_and_asks_for_no_look_is_released_without_one() -> None:
    story = noticed_late(Rule("R1", "look at another trader", traders=("E2",)))
    story.verdict(1, "clear")
    is_noticed(story)
    story.after_tunnel(1, B)
    assert story.last(1).lane == "release"


# --- more words than can be kept ---


def nameless(story: XrayStory, *tracks: int) -> None:
    for track in tracks:
        comes(story, track, "")
        assert not story.verdict(track, "open").refusals
        goes_to_inspect(story, track, "")


def test_a_word_that_can_not_be_kept_holds_the_line_and_its_lift_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "NAMELESS_KEPT", 4)
    story = XrayStory()
    story.load("L1")
    nameless(story, 1, 2, 3, 4)
    assert not standing(story)
    nameless(story, 5, 6)
    (hold,) = standing(story)
    assert (hold.scope, hold.code) == ("line", "verdict_not_kept")
    assert "verdict_not_kept" in [one.code for one in story.alarms()]
    assert "verdict_open by zhang is kept no more" in "".join(f.text for o in story.outcomes for f in o.findings)
    assert CATALOGUE[hold.code].lift == (Role.OFFICER, Role.SECTION_CHIEF)
    story.ready(A)
    story.whole_way(7, A)
    assert "verdict_not_kept" in story.codes(7)
    story.answer()
    story.divert(7, 1)
    assert not story.feed(lifting(hold, "opened what stood in the lanes"), Role.OFFICER).refusals
    assert [word.track for word in story.state.facts.nameless_verdicts] == ["1:5", "1:6"]
    nameless(story, 8, 9)
    assert not standing(story), "the line does not stand again at the next word"


def test_a_word_that_is_said_again_takes_no_room_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "NAMELESS_KEPT", 2)
    story = XrayStory()
    story.load("L1")
    nameless(story, 1, 2)
    for _ in range(3):
        assert not story.verdict(2, "open").refusals
    assert not standing(story)
    assert [word.track for word in story.state.facts.nameless_verdicts] == ["1:1", "1:2"]
    story.verdict(2, "anomaly")
    assert [hold.code for hold in standing(story)] == ["verdict_not_kept"]


def test_a_word_on_a_way_that_nothing_leads_to_any_more_gives_way_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "NAMELESS_KEPT", 2)
    story = XrayStory()
    story.load("L1")
    nameless(story, 1, 2)
    del story.state.passages["1:1"]
    nameless(story, 3)
    assert not standing(story)
    assert [word.track for word in story.state.facts.nameless_verdicts] == ["1:2", "1:3"]


def test_a_way_on_whose_image_an_officer_has_spoken_is_not_let_go_of_before_it_has_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(departing, "NAMELESS_KEPT", 0)
    story = XrayStory()
    story.load("L1")
    nameless(story, 1)
    comes(story, 2, "")
    goes_to_inspect(story, 2, "")
    draft = Draft(story.state, story.now_ms)
    departing._drop_nameless(draft)
    assert [key for key in ("1:1", "1:2") if key in draft.passages] == ["1:1"]
