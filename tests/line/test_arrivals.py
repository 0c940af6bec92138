"""What has arrived, and with which plate: a plate that was typed wrong is put right, and no finding is talked away by that."""

from controller.domain.declarations import NoticedCarton
from controller.domain.reasons import Role
from controller.domain.sentences import in_chinese
from controller.line.commands import Outcome
from controller.line.events import LoadArrived, NoticeCartons, NoticeClosed
from controller.line.holds import lifting
from tests.line.departure_story import Departure
from tests.line.line_story import CARRIER, FILE, Story, declared, s10

A = s10(10000001)
RIGHT, WRONG = "渝A1", "渝A7"


def says(story: Story, plate: str) -> Outcome:
    return story.feed(LoadArrived("L1", plate), Role.OPERATOR, "li")


def standing(story: Story) -> list[str]:
    return [hold.code for hold in story.state.holds.values() if hold.lifted_ms < 0]


def mistyped() -> Story:
    """The truck of L1 was reported with a plate that its notice does not name."""
    story = Story()
    story.manifest(declared(A))
    story.receipt(A, "800")
    story.load("L1", (A, A, 1, 1), plate=WRONG)
    return story


def test_a_plate_is_put_right_and_customs_lifts_what_was_found_by_the_wrong_one() -> None:
    story = mistyped()
    (finding,) = says(story, RIGHT).findings
    assert (finding.subject, finding.text) == ("load:L1", f"its plate is {RIGHT}, not {WRONG}")
    assert in_chinese(finding.text) == f"车牌为 {RIGHT}, 非 {WRONG}"
    assert story.state.loads["L1"].arrived_plate == RIGHT
    story.pass_to_decision(1, A)
    assert story.codes(1) == ("load_plate_differs",)
    (hold,) = story.state.holds.values()
    assert not story.feed(lifting(hold, "typed wrong"), Role.OFFICER).refusals
    assert story.last(1).lane == "release"


def test_the_right_notice_told_again_holds_nothing_once_the_plate_is_right() -> None:
    story = mistyped()
    says(story, RIGHT)
    (hold,) = story.state.holds.values()
    story.feed(lifting(hold, "typed wrong"), Role.OFFICER)
    story.feed(NoticeCartons("n2", 0, (NoticedCarton(A, CARRIER, A, 1, 1),)))
    story.feed(NoticeClosed("n2", 1, 1, "L1", RIGHT, "", ("S1",), "", FILE))
    assert standing(story) == []


def test_the_same_plate_again_is_the_same_act() -> None:
    story = mistyped()
    before = story.state.loads["L1"]
    story.wait(1000)
    outcome = says(story, WRONG)
    assert (outcome.refusals, outcome.findings) == ((), ())
    assert story.state.loads["L1"] == before
    assert standing(story) == ["load_plate_differs"]


def test_another_truck_than_was_reported_holds_the_load_and_recalls_what_was_released() -> None:
    story = Departure()
    story.ready(A)
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    assert [alarm.code for alarm in says(story, WRONG).alarms] == ["load_plate_differs", "recalled"]
    assert standing(story) == ["load_plate_differs", "recalled"]
    says(story, RIGHT)
    assert standing(story) == ["load_plate_differs", "recalled"]
    story.open()
    assert story.scan(A).code == "load_plate_differs"


def test_a_release_that_was_ordered_is_taken_back_when_the_plate_is_another() -> None:
    story = Story()
    story.ready(A)
    story.pass_to_decision(1, A)
    says(story, WRONG)
    assert story.codes(1) == ("load_plate_differs",)


def test_an_arrival_is_dated_by_its_first_word() -> None:
    story = Story()
    story.feed(LoadArrived("L1", WRONG), Role.OPERATOR, "li")
    arrived_ms = story.state.loads["L1"].arrived_ms
    story.wait(5000)
    says(story, RIGHT)
    assert story.state.loads["L1"].arrived_ms == arrived_ms
    assert story.state.loads["L1"].arrived_plate == RIGHT
