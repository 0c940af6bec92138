"""Seal checks that are done over, and more reports than are kept: nothing that was found is rid of by pressing once more."""

import pytest
from msgspec.structs import replace

from controller.domain.reasons import Role
from controller.domain.sentences import in_chinese
from controller.line.profile import LineProfile
from controller.line.seal_check import REPORTED_MOST, SCANNED_MOST, STARTS_MOST, standing
from controller.line.seal_events import SealReported
from controller.line.state import Draft
from tests.line.line_story import PROFILE
from tests.line.test_seal_stories import WITH_CAMERA, Doors


def codes(doors: Doors) -> set[str]:
    return {code for code, _ in standing(Draft(doors.state, doors.now_ms), doors.state.loads["L1"])}


def test_a_late_answer_to_the_look_before_holds_by_what_speaks_against_the_seal() -> None:
    for condition, numbers, code in (
        ("broken", ("CQ1",), "seal_broken"), ("absent", (), "seal_absent"), ("intact", ("CQ9",), "seal_differs"),
    ):  # fmt: skip
        doors = Doors(WITH_CAMERA)
        doors.check_seal("L1")
        first = doors.asked()[-1].work_id
        assert not doors.check_seal("L1", "CQ1", "E2").refusals
        second = doors.asked()[-1].work_id
        assert second != first, "in the same instant, too"
        told = doors.seen(condition, *numbers, work_id=first)
        assert [alarm.code for alarm in told.alarms] == [code]
        assert not doors.seen(condition, *numbers, work_id=first).alarms, "told twice it is one answer"
        doors.seen("intact", "CQ1", "E2", work_id=second)
        assert doors.against() == (code,)


def test_a_late_answer_after_the_second_check_matched_recalls_what_was_released() -> None:
    doors = Doors(WITH_CAMERA)
    doors.check_seal("L1")
    first = doors.asked()[-1].work_id
    doors.wait(1000)
    doors.check_seal("L1", "CQ1", "E2")
    doors.seen("intact", "CQ1", "E2")
    assert doors.against() == ()
    doors.answer()
    doors.divert(1, 3)
    told = doors.seen("broken", "CQ1", work_id=first)
    assert [alarm.code for alarm in told.alarms] == ["seal_broken", "recalled"]


def test_that_a_seal_looked_intact_in_a_look_before_says_nothing_now() -> None:
    doors = Doors(WITH_CAMERA)
    doors.check_seal("L1", "CQ1", "E2")
    first = doors.asked()[-1].work_id
    doors.wait(1000)
    doors.check_seal("L1")
    doors.seen("intact", "CQ1", "E2", work_id=first)
    assert codes(doors) == {"seal_not_checked"}


def test_what_was_scanned_before_the_notice_came_is_compared_after_another_press() -> None:
    doors = Doors(WITH_CAMERA, noticed=False)
    doors.check_seal("L1", "FOREIGN9")
    doors.wait(500)
    assert not doors.check_seal("L1").refusals
    doors.notice(("CQ1", "E2"))
    doors.scan("CQ1", "E2")
    doors.seen("intact", "CQ1", "E2")
    assert doors.against() == ("seal_differs", "load_notice_late")


def test_what_a_picture_showed_before_the_notice_came_is_compared_after_another_press() -> None:
    doors = Doors(WITH_CAMERA, noticed=False)
    doors.check_seal("L1")
    doors.seen("intact", "FOREIGN9")
    doors.wait(500)
    assert not doors.check_seal("L1", "CQ1", "E2").refusals
    doors.seen("intact", "CQ1", "E2")
    doors.notice(("CQ1", "E2"))
    assert doors.against() == ("seal_differs", "load_notice_late")


def test_nobody_who_began_a_check_makes_the_second_look() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1", actor="ban")
    doors.wait(200_000)
    doors.check_seal("L1", actor="li")
    doors.wait(200_000)
    for actor in ("ban", "li"):
        assert doors.look(True, actor, Role.SHIFT_LEAD).refusals[0].code == "same_person"
    assert not doors.look(True, "sun", Role.SHIFT_LEAD).refusals
    assert doors.against() == ()


def test_a_check_is_begun_so_often_and_then_another_person_looks() -> None:
    doors = Doors()
    for _ in range(STARTS_MOST):
        assert not doors.check_seal("L1", "CQ1").refusals
    assert doors.check_seal("L1").refusals[0].code == "seal_second_look_needed"
    doors.wait(200_000)
    assert not doors.look(True, "sun", Role.SHIFT_LEAD).refusals
    assert doors.against() == ()


def test_a_report_for_which_there_is_no_room_holds_all_the_same() -> None:
    doors = Doors()
    doors.check_seal("L1", "CQ1", "E2")
    for number in range(REPORTED_MOST):
        doors.feed(SealReported("L1", "broken", f"scratch {number}"), Role.OPERATOR, "li")
    assert not doors.look(True).refusals
    assert codes(doors) == set()
    for number, condition in enumerate(("absent", "broken", "absent", "broken"), start=1):
        told = doors.feed(SealReported("L1", condition, "the doors stand open"), Role.OPERATOR, "wang")
        assert [alarm.code for alarm in told.alarms] == [f"seal_{condition}"]
        assert "the doors stand open" in told.alarms[0].detail
        assert f"seal_{condition}" in codes(doors), f"report {number} more"
        if number == 2:
            assert not doors.look(True).refusals
    assert set(doors.against()) == {"seal_broken", "seal_absent"}


def test_more_codes_than_are_kept_can_not_be_taken_for_all_announced() -> None:
    announced = tuple(f"CQ{number}" for number in range(SCANNED_MOST))
    doors = Doors(replace(PROFILE, seal_limit_s=600), announced=announced)
    doors.check_seal("L1", *announced[1:], "FOREIGN9", announced[0])
    assert doors.against() == ("seal_differs",)
    doors = Doors(announced=announced, noticed=False)
    doors.check_seal("L1", *announced, "FOREIGN9")
    doors.notice(announced)
    assert doors.against() == ("seal_differs", "load_notice_late")


@pytest.mark.parametrize("profile", [PROFILE, WITH_CAMERA])
def test_a_seal_that_was_scanned_in_a_look_before_is_scanned_again(profile: LineProfile) -> None:
    """It hung there then: the truck has stood over night since."""
    doors = Doors(profile)
    doors.check_seal("L1", *(("CQ1", "E2") if profile.seal_cameras else ("CQ1",)))
    doors.wait(12 * 3_600_000)
    assert codes(doors) == {"seal_unread"}
    doors.check_seal("L1", *(() if profile.seal_cameras else ("E2",)))
    if profile.seal_cameras:
        doors.seen("intact", "CQ1")
    assert codes(doors) == {"seal_not_checked"}
    doors.wait(1000)
    doors.check_seal("L1", "CQ1", "E2")
    if profile.seal_cameras:
        doors.seen("intact", "CQ1")
    assert doors.against() == ()
    assert any(fact.name == "seal" and "scanned CQ1, E2" in fact.value for fact in doors.last(1).facts)


def test_codes_of_all_looks_together_are_more_than_are_kept() -> None:
    doors = Doors(WITH_CAMERA, announced=tuple(f"N{number}" for number in range(SCANNED_MOST)))
    doors.check_seal("L1", *(f"N{number}" for number in range(SCANNED_MOST // 2)))
    doors.wait(1000)
    doors.check_seal("L1", *(f"N{number}" for number in range(SCANNED_MOST // 2, SCANNED_MOST)))
    assert codes(doors) == {"seal_differs", "seal_not_checked"}


def test_a_code_for_which_there_is_no_room_holds_also_after_customs_has_accepted_those_before() -> None:
    announced = tuple(f"CQ{number}" for number in range(SCANNED_MOST))
    doors = Doors(announced=announced)
    doors.check_seal("L1", *announced)
    assert not doors.look(True).refusals
    assert codes(doors) == set()
    for _ in range(2):
        assert [alarm.code for alarm in doors.scan("FOREIGN9").alarms] == ["seal_differs"]
        assert codes(doors) == {"seal_differs"}
        assert not doors.look(True).refusals
    doors.scan("FOREIGN8")
    assert doors.against() == ("seal_differs",)
    assert in_chinese(doors.last(1).blockers[0].detail) == "已扫 35 码, 第 32 码之后未比对"


def test_what_was_seen_in_a_look_before_is_in_the_record_of_the_decision() -> None:
    doors = Doors(WITH_CAMERA)
    doors.check_seal("L1")
    first = doors.asked()[-1].work_id
    doors.wait(1000)
    doors.check_seal("L1", "CQ1", "E2")
    doors.seen("broken", "CQ1", work_id=first)
    doors.seen("intact", "CQ1")
    assert doors.against() == ("seal_broken",)
    told = next(fact.value for fact in doors.last(1).facts if fact.name == "seal")
    assert "camera dock broken CQ1; camera dock intact CQ1" in told
