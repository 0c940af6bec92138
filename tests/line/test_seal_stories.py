"""The seal check as stories: what was announced, what was found at the doors, and what becomes of the load's cartons."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from controller.domain.declarations import NoticedCarton
from controller.domain.reasons import Role
from controller.domain.sentences import in_chinese
from controller.line.commands import Outcome, ReadSeal
from controller.line.event_base import EvidenceNamed
from controller.line.events import (
    CodesRead,
    DaemonStarted,
    LoadArrived,
    NoticeCartons,
    NoticeClosed,
    ReadText,
    UnloadingStarted,
)
from controller.line.explain import View, why
from controller.line.holds import lifting
from controller.line.seal_check import LOOKS_MOST, shown_of, standing
from controller.line.seal_events import SealCheckStarted, SealNotSeen, SealReported, SealSeen, SecondLook
from controller.line.state import Draft
from tests.line.line_story import CARRIER, FILE, PROFILE, Story, declared, s10

A, B = s10(10000001), s10(10000002)
PICTURES = (EvidenceNamed("aa" * 32, 1000, "seal-1.jpg"), EvidenceNamed("bb" * 32, 1000, "seal-2.jpg"))
WITH_CAMERA = replace(PROFILE, seal_cameras=("dock",))


class Doors(Story):
    """A declared and released carton A whose load has arrived with these seals announced; the check is up to the test."""

    def __init__(self, profile: Any = PROFILE, announced: tuple[str, ...] = ("CQ1", "E2"), noticed: bool = True) -> None:
        super().__init__(profile)
        self.manifest(declared(A))
        self.receipt(A, "800")
        if noticed:
            self.notice(announced)
        self.feed(LoadArrived("L1", "渝A1"))

    def notice(self, announced: tuple[str, ...], plate: str = "渝A1") -> Outcome:
        self.feed(NoticeCartons("L1", 0, (NoticedCarton(A, CARRIER, A, 1, 1),)))
        return self.feed(NoticeClosed("L1", 1, 1, "L1", plate, "", announced, "", FILE))

    def scan(self, *texts: str) -> Outcome:
        return self.feed(CodesRead("seal", "seal", tuple(ReadText(text) for text in texts), False, self.now_ms))

    def seen(self, condition: str = "intact", *numbers: str, work_id: str = "") -> Outcome:
        asked = self.asked()[-1].work_id
        return self.feed(
            SealSeen(work_id or asked, "L1", "dock", condition, numbers, True, PICTURES, "", self.now_ms), actor="dock"
        )

    def asked(self) -> list[ReadSeal]:
        return [c for o in self.outcomes for c in o.commands if isinstance(c, ReadSeal)]

    def look(self, accepted: bool, actor: str = "zhang", role: Role = Role.OFFICER) -> Outcome:
        return self.feed(SecondLook("L1", accepted, "looked at it"), role=role, actor=actor)

    def against(self, track: int = 1) -> tuple[str, ...]:
        """What is against carton A at the diverter, brought there now."""
        self.feed(UnloadingStarted("L1"))
        if track > 1:
            self.answer()
            self.divert(track - 1, 1)
            self.fetch(A)
        self.pass_to_decision(track, A)
        return self.codes(track)


def test_announced_and_scanned_seals_open_the_load() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1", "e2 ")
    assert not doors.alarms()
    assert doors.against() == ()
    assert any(fact.name == "seal" and "scanned CQ1, E2" in fact.value for fact in doors.last(1).facts)


def test_a_load_whose_seals_nobody_looked_at_is_held_and_opening_it_is_an_alarm() -> None:
    doors = Doors()
    assert doors.against() == ("seal_not_checked",)
    assert doors.last(1).lane == "inspect"
    assert [alarm.code for alarm in doors.alarms()] == ["unloaded_without_seal"]


def test_one_of_two_announced_seals_is_not_enough() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1")
    doors.wait(10_000)
    assert doors.against() == ("seal_not_checked",)
    doors.wait(200_000)
    assert doors.against(2) == ("seal_unread",)


def test_a_seal_that_was_not_announced_differs_whatever_else_was_scanned() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1", "CQ9")
    doors.scan("E2")
    assert {alarm.code for alarm in doors.alarms()} == {"seal_differs"}
    assert doors.against() == ("seal_differs",)
    assert "CQ9" in doors.last(1).blockers[0].detail


def test_a_notice_that_names_no_seal_holds_a_load_that_has_one_and_one_that_has_none() -> None:
    for scanned in (("CQ1",), ()):
        doors = Doors(announced=())
        doors.check_seal("L1", *scanned)
        assert doors.against() == ("seal_differs",)


def test_a_load_notice_that_comes_after_the_check_is_compared_then() -> None:
    doors = Doors(noticed=False)
    doors.check_seal("L1", "CQ9")
    doors.notice(("CQ1", "E2"))
    assert doors.alarms()[-1].code == "seal_differs"
    assert doors.against() == ("seal_differs", "load_notice_late")
    doors = Doors(noticed=False)
    doors.check_seal("L1", "CQ1", "E2")
    doors.notice(("CQ1", "E2"))
    assert doors.against() == ("load_notice_late",), "who wrote it may have seen them"


@pytest.mark.parametrize("later", [("CQ1", "CQ9"), ("CQ9",), ()])
def test_no_notice_that_comes_after_the_load_takes_back_what_was_found(later: tuple[str, ...]) -> None:
    """Who sends the notices could announce what was found."""
    doors = Doors(announced=("CQ1",))
    doors.check_seal("L1", "CQ9")
    doors.wait(130_000)
    assert doors.against() == ("seal_differs",)
    told = doors.notice(later)
    assert [alarm.code for alarm in told.alarms][-1] == "seal_differs"
    assert doors.against(2) == ("seal_differs",)
    assert doors.look(accepted=True, role=Role.SHIFT_LEAD).refusals[0].code == "role_not_allowed"
    assert not doors.look(accepted=True).refusals
    assert doors.against(3) == (), "the way out is the second look, at what was found and at both notices"


def test_a_seal_that_was_not_scanned_is_missed_though_a_later_notice_does_not_name_it() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1")
    doors.wait(130_000)
    doors.notice(("CQ1",))
    assert {code for code, _ in standing(Draft(doors.state, doors.now_ms), doors.state.loads["L1"])} == {
        "seal_unread",
        "seal_differs",
    }
    assert doors.against() == ("seal_unread", "seal_differs")


def test_a_notice_after_the_arrival_holds_a_load_whose_seals_match_and_recalls_what_was_released_of_it() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1", "E2")
    assert doors.against() == ()
    doors.answer()
    doors.divert(1, 3)
    told = doors.notice(("CQ1",))
    assert [alarm.code for alarm in told.alarms] == ["seal_differs", "recalled"]
    doors.look(accepted=True)
    assert {hold.code for hold in doors.state.holds.values() if hold.lifted_ms < 0} == {"recalled"}


def test_a_look_at_one_later_notice_is_no_look_at_the_next() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1", "E2")
    doors.notice(("CQ2", "E2"))
    doors.look(accepted=True)
    assert doors.against() == ()
    doors.notice(("CQ3", "E2"))
    doors.notice(("CQ2", "E2"))
    assert doors.against(2) == ("seal_differs",), "what was looked at is sent again: it does not cover what came between"


def test_a_notice_that_differed_before_the_check_began_stands_and_is_told_when_it_begins() -> None:
    doors = Doors()
    doors.notice(("CQ9",))
    told = doors.check_seal("L1")
    assert [alarm.code for alarm in told.alarms] == ["seal_differs"]
    doors.scan("CQ9")
    assert "seal_differs" in doors.against()


def test_the_same_seals_again_in_any_order_and_one_more_seal_before_the_arrival_hold_nothing() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1", "E2")
    assert not doors.notice(("E2", "CQ1")).alarms
    assert doors.against() == ()
    story = Story()
    story.manifest(declared(A))
    story.receipt(A, "800")
    for seals in (("S0",), ("S0", "S1"), ("S1",)):
        story.feed(NoticeCartons("L1", 0, (NoticedCarton(A, CARRIER, A, 1, 1),)))
        story.feed(NoticeClosed("L1", 1, 1, "L1", "渝A9", "", seals, "", FILE))
    story.load("L1", (A, A, 1, 1))
    story.pass_to_decision(1, A)
    assert story.last(1).lane == "release"


# --- the plate ---


def of_plate(noticed: str, arrived: str) -> Story:
    story = Story()
    story.manifest(declared(A))
    story.receipt(A, "800")
    story.feed(NoticeCartons("L1", 0, (NoticedCarton(A, CARRIER, A, 1, 1),)))
    story.feed(NoticeClosed("L1", 1, 1, "L1", noticed, "", ("S1",), "", FILE))
    story.feed(LoadArrived("L1", arrived))
    story.check_seal("L1", "S1")
    story.feed(UnloadingStarted("L1"))
    return story


def plate_again(story: Story, plate: str) -> Outcome:
    story.feed(NoticeCartons("n2", 0, (NoticedCarton(A, CARRIER, A, 1, 1),)))
    return story.feed(NoticeClosed("n2", 1, 1, "L1", plate, "", ("S1",), "", FILE))


def test_no_notice_makes_a_plate_fit_that_did_not_and_customs_lifts_it() -> None:
    story = of_plate("渝A9", "渝A1")
    assert [a.code for a in story.alarms()] == ["load_plate_differs"]
    story.pass_to_decision(1, A)
    assert (story.last(1).lane, story.codes(1)) == ("anomaly", ("load_plate_differs",))
    assert "notice 渝A9, arrived 渝A1" in story.last(1).blockers[0].detail
    story.answer()
    story.divert(1, 2)
    plate_again(story, "渝A1")
    story.fetch(A, "anomaly")
    story.pass_to_decision(2, A)
    assert story.codes(2) == ("load_plate_differs",)
    story.answer()
    story.divert(2, 2)
    (hold,) = story.state.holds.values()
    assert (hold.scope, hold.target) == ("load", "L1")
    assert story.feed(lifting(hold, "looked"), Role.SHIFT_LEAD).refusals
    assert not story.feed(lifting(hold, "looked"), Role.OFFICER).refusals
    story.fetch(A, "anomaly")
    story.pass_to_decision(3, A)
    assert story.last(3).lane == "release"


def test_a_notice_of_another_plate_holds_a_load_that_is_here_and_recalls_what_was_released() -> None:
    story = of_plate("渝A1", "渝A1")
    story.pass_to_decision(1, A)
    story.answer()
    story.divert(1, 3)
    assert [alarm.code for alarm in plate_again(story, "渝A9").alarms] == ["load_plate_differs", "recalled"]
    assert not [a for a in plate_again(story, "渝A9").alarms if a.code == "load_plate_differs"], "once"


def test_a_notice_that_comes_only_after_the_load_is_compared_with_its_plate() -> None:
    story = Story()
    story.feed(LoadArrived("L1", "渝A1"))
    assert not plate_again(story, "渝A1").alarms
    assert [alarm.code for alarm in plate_again(story, "渝A9").alarms] == ["load_plate_differs"]


def test_a_camera_must_see_it_intact_and_read_its_number() -> None:
    doors = Doors(WITH_CAMERA)
    doors.check_seal("L1", "CQ1", "E2")
    (asked,) = doors.asked()
    assert (asked.load_id, asked.camera, asked.permissive) == ("L1", "dock", False)
    assert doors.against() == ("seal_not_checked",)
    doors.seen("intact", "CQ1")
    assert doors.against(2) == ()
    assert doors.state.seal_checks["L1"].cameras[0].pictures == PICTURES


@pytest.mark.parametrize(
    ("condition", "numbers", "code"),
    [
        ("broken", ("CQ1",), "seal_broken"),
        ("absent", (), "seal_absent"),
        ("unclear", (), "seal_unread"),
        ("intact", (), "seal_unread"),
        ("intact", ("CQ9",), "seal_differs"),
        ("nonsense", ("CQ1",), "seal_unread"),
    ],
)
def test_what_a_camera_sees_holds_in_spite_of_a_good_scan(condition: str, numbers: tuple[str, ...], code: str) -> None:
    doors = Doors(WITH_CAMERA)
    doors.check_seal("L1", "CQ1", "E2")
    doors.seen(condition, *numbers)
    doors.wait(130_000)
    assert doors.against() == (code,)
    assert code in [alarm.code for alarm in doors.alarms()]


def test_a_camera_that_gives_no_picture_leaves_the_seal_unread() -> None:
    doors = Doors(WITH_CAMERA)
    doors.check_seal("L1", "CQ1", "E2")
    doors.feed(SealNotSeen(doors.asked()[0].work_id, "L1", "dock", "no_picture", "stalled"))
    doors.wait(130_000)
    assert doors.against() == ("seal_unread",)
    assert "no_picture" in doors.last(1).blockers[0].detail


def test_an_answer_to_an_older_check_counts_for_nothing() -> None:
    doors = Doors(WITH_CAMERA)
    doors.check_seal("L1", "CQ1")
    old = doors.asked()[0].work_id
    doors.wait(130_000)
    doors.check_seal("L1", "CQ1", "E2", actor="wang")
    doors.seen("intact", "CQ1", work_id=old)
    assert doors.against() == ("seal_not_checked",)


def test_a_person_who_sees_it_broken_holds_it() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1", "E2")
    doors.feed(SealReported("L1", "broken", "cut through"), role=Role.OPERATOR, actor="liu")
    assert doors.against() == ("seal_broken",)
    refused = doors.feed(SealReported("L1", "intact", "fine"), role=Role.OPERATOR, actor="liu")
    assert refused.refusals[0].code == "seal_report_not_valid"


def test_cartons_that_were_released_before_are_recalled() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1", "E2")
    assert doors.against() == ()
    doors.answer()
    doors.divert(1, 3)
    doors.feed(SealReported("L1", "broken", "seen at the yard"), role=Role.OPERATOR, actor="wang")
    assert "recalled" in [alarm.code for alarm in doors.alarms()]
    assert [hold.code for hold in doors.state.holds.values()] == ["recalled"]


def test_a_release_on_the_belt_is_taken_back() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1", "E2")
    assert doors.against() == ()
    doors.answer()
    doors.feed(SealReported("L1", "broken", "seen at the yard"), role=Role.OPERATOR, actor="wang")
    assert doors.codes(1) == ("seal_broken",)
    assert doors.last(1).lane == "inspect"


# --- second look ---


def broken() -> Doors:
    doors = Doors(WITH_CAMERA)
    doors.check_seal("L1", "CQ1", "E2")
    doors.seen("broken", "CQ1")
    return doors


def test_another_officer_lifts_what_the_check_found() -> None:
    doors = broken()
    assert not doors.look(accepted=True).refusals
    assert doors.against() == ()
    assert "accepted by a second look" in next(fact.value for fact in doors.last(1).facts if fact.name == "seal")


def test_who_made_the_first_check_can_not_lift_it() -> None:
    doors = broken()
    assert doors.look(accepted=True, actor="liu").refusals[0].code == "same_person"
    assert doors.against() == ("seal_broken",)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SHIFT_LEAD, Role.INTEGRATOR, Role.CUSTOMS_AUDITOR])
def test_the_company_does_not_lift_what_is_suspicion(role: Role) -> None:
    doors = broken()
    assert doors.look(accepted=True, role=role).refusals[0].code == "role_not_allowed"
    assert doors.against() == ("seal_broken",)


def test_a_shift_lead_may_lift_a_seal_that_was_only_not_read() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1")
    doors.wait(130_000)
    assert not doors.look(accepted=True, actor="sun", role=Role.SHIFT_LEAD).refusals
    assert doors.against() == ()


def test_a_look_answers_what_was_found_then_and_nothing_that_is_found_later() -> None:
    doors = broken()
    doors.look(accepted=True)
    doors.feed(SealReported("L1", "absent", "now it is gone"), role=Role.OPERATOR, actor="wang")
    assert doors.against() == ("seal_absent",)
    doors.look(accepted=True)
    assert doors.against(2) == ()


def test_a_confirmed_finding_stands_until_another_section_chief_decides() -> None:
    doors = broken()
    assert not doors.look(accepted=False).refusals
    for actor, role in (("li", Role.OFFICER), ("zhang", Role.SECTION_CHIEF), ("liu", Role.SECTION_CHIEF)):
        assert doors.look(accepted=True, actor=actor, role=role).refusals
    assert doors.against() == ("seal_broken",)
    assert "confirmed" in doors.last(1).blockers[0].detail
    assert not doors.look(accepted=True, actor="chief", role=Role.SECTION_CHIEF).refusals
    assert doors.against(2) == ()


def test_there_is_no_second_look_without_a_finished_first_one() -> None:
    doors = Doors()
    assert doors.look(accepted=True).refusals[0].code == "seal_not_checked"
    doors.check_seal("L1", "CQ1")
    assert doors.look(accepted=True).refusals[0].code == "seal_check_open"
    doors.scan("E2")
    assert doors.look(accepted=True).refusals[0].code == "seal_nothing_found"


# --- the check itself ---


def test_a_check_is_not_done_over_to_wipe_out_what_it_found() -> None:
    doors = broken()
    assert doors.check_seal("L1", actor="wang").refusals[0].code == "seal_second_look_needed"
    doors.look(accepted=False)
    assert doors.check_seal("L1", actor="wang").refusals[0].code == "seal_second_look_needed"
    doors = Doors()
    doors.check_seal("L1", "CQ1", "E2")
    assert doors.check_seal("L1", actor="wang").refusals[0].code == "seal_checked"


def test_a_check_in_which_reads_were_missing_may_be_done_over() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1")
    doors.wait(130_000)
    doors.check_seal("L1", "CQ1", "E2")
    assert doors.against() == ()


def test_the_next_check_closes_the_one_before() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1")
    doors.feed(LoadArrived("L2", "P2"))
    doors.check_seal("L2", "E2")
    assert doors.against() == ("seal_unread",)
    assert doors.state.seal_checks["L2"].scanned == ("E2",)


def test_a_seal_that_is_scanned_outside_of_a_check_belongs_to_no_load() -> None:
    doors = Doors()
    doors.scan("CQ1", "E2")
    assert doors.against() == ("seal_not_checked",)
    doors.check_seal("L1", "CQ1", "E2")
    doors.scan("CQ9")
    assert doors.against(2) == ()


def test_a_check_before_the_arrival_or_by_the_wrong_role_is_refused() -> None:
    doors = Doors()
    assert doors.feed(SealCheckStarted("L7"), role=Role.OPERATOR).refusals[0].code == "load_not_arrived"
    assert doors.feed(SealCheckStarted("L1"), role=Role.INTEGRATOR).refusals[0].code == "role_not_allowed"


def test_a_restart_in_the_middle_of_a_check_loses_nothing_and_ends_in_time() -> None:
    doors = Doors(WITH_CAMERA)
    doors.check_seal("L1", "CQ1", "E2")
    doors.feed(DaemonStarted("b2", "test"))
    doors.sync()
    doors.wait(130_000)
    assert doors.against() == ("seal_unread",)
    doors.check_seal("L1", "CQ1", "E2", actor="wang")
    doors.seen("intact", "E2")
    assert doors.against(2) == ()


def test_a_line_without_a_seal_check_is_not_asked_for_one() -> None:
    doors = Doors(replace(PROFILE, seal_required=False))
    assert doors.against() == ()
    assert not doors.alarms()


def test_a_line_with_a_camera_alone_must_see_every_announced_seal() -> None:
    profile = replace(WITH_CAMERA, seal_scanner=False)
    doors = Doors(profile)
    doors.check_seal("L1")
    doors.seen("intact", "CQ1")
    doors.wait(130_000)
    assert doors.against() == ("seal_unread",)
    doors = Doors(profile, announced=("CQ1",))
    doors.check_seal("L1")
    doors.seen("intact", "CQ1")
    assert doors.against() == ()


def test_a_line_that_asks_for_a_check_and_has_nothing_to_make_it_with_holds() -> None:
    doors = Doors(replace(PROFILE, seal_scanner=False))
    doors.check_seal("L1")
    doors.wait(130_000)
    assert doors.against() == ("seal_unread",)


def _texts(doors: Doors) -> Iterator[str]:
    for answer in why(doors.state, A, View.COMPANY):
        yield answer.headline
        yield from (part for row in answer.blockers for part in row)
        yield from (fact.text for fact in answer.facts)


def test_why_names_the_seal_and_the_next_step() -> None:
    doors = broken()
    doors.against()
    told = "\n".join(_texts(doors))
    assert "seal_broken" in told
    assert "another officer looks at the seal" in told
    assert "camera dock broken CQ1" in told


# --- a second look is at what was shown ------------------------------------------------------------------------------


def test_a_second_look_answers_what_its_page_showed_and_not_what_was_found_as_it_was_pressed() -> None:
    """Another number was accepted; that the seal is broken was reported at that moment, and nobody had seen it."""
    doors = Doors()
    doors.check_seal("L1", "CQ9", "E2")
    doors.wait(130_000)
    assert doors.against() == ("seal_differs",)

    def shown() -> str:
        return shown_of(Draft(doors.state, doors.now_ms), doors.state.loads["L1"])

    def accepts(word: str) -> list[str]:
        look = SecondLook("L1", True, "looked at it", word)
        return [one.code for one in doors.feed(look, role=Role.OFFICER, actor="zhang").refusals]

    before = shown()
    doors.wait(60_000)
    assert shown() == before, "time alone changes nothing"
    doors.feed(SealReported("L1", "broken", "剪断"), role=Role.OPERATOR, actor="li")
    refused = doors.feed(SecondLook("L1", True, "looked at it", before), role=Role.OFFICER, actor="zhang").refusals
    assert [one.code for one in refused] == ["changed_since"]
    assert in_chinese(refused[0].cause).startswith("情况已变, 现查出: ")
    assert set(doors.against(2)) == {"seal_differs", "seal_broken"}
    seen = shown()
    doors.notice(("CQ1", "CQ7"))
    assert accepts(seen) == ["changed_since"], "nor does it answer a notice that came since"
    assert accepts(shown()) == []
    assert doors.against(3) == ()


def test_another_second_look_is_new_also_where_only_the_last_ones_are_kept() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ9", "E2")
    doors.wait(130_000)
    words: list[str] = []
    for number in range(LOOKS_MOST + 2):
        doors.wait(1000)
        words.append(shown_of(Draft(doors.state, doors.now_ms), doors.state.loads["L1"]))
        look = SecondLook("L1", False, "it stands", words[-1])
        assert not doors.feed(look, role=Role.SECTION_CHIEF, actor=("zhang", "wu")[number % 2]).refusals
    assert len(doors.state.seal_checks["L1"].looks) == LOOKS_MOST
    late = doors.feed(SecondLook("L1", True, "looked at it", words[-1]), role=Role.SECTION_CHIEF, actor="zhang")
    assert [one.code for one in late.refusals] == ["changed_since"]
