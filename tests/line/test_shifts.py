"""Two people hand over a shift, two of customs change the rules: what the core takes, counts and refuses."""

import pytest
from msgspec.structs import replace

from controller.domain.alarms import hidden
from controller.domain.reasons import Role
from controller.line.belt import RingKind
from controller.line.commands import Outcome
from controller.line.events import DeviceDown, HoldPlaced
from controller.line.inspection_events import Rule, Rules, RulesActivated, RulesProposed, SelectionFailed
from controller.line.people_events import AlarmShelved
from controller.line.shift_events import RulesSigned, ShiftHandedOver
from tests.line.test_alarms import Alarming

OLD = Rules("1", 10, (Rule("R1", "shoes", ("6403",)),))
NEW = Rules("2", 0, (Rule("R1", "shoes", ("64",)),))


def codes(outcome: Outcome) -> list[str]:
    return [one.code for one in outcome.refusals]


def hand_over(line: Alarming, *, by: str = "li", to: str = "", second: str = "ban", role: Role = Role.OPERATOR) -> Outcome:
    return line.feed(ShiftHandedOver(to, "belt 2 squeaks", second), role=role, actor=by)


def test_a_handover_counts_what_the_shift_did_and_what_it_leaves() -> None:
    line = Alarming()
    line.ready("X1")
    for track, lane in ((7, 3), (8, 1), (9, 1)):
        line.ring(RingKind.INDUCT, track, zone=1)
        line.ring(RingKind.DIVERTED, track, zone=7, arg1=lane)
    line.feed(HoldPlaced("H1", "load", "L1", "company_hold", "wet"), role=Role.OPERATOR, actor="li")
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    line.feed(AlarmShelved("device_down:scale", 60, "parts ordered"), role=Role.SHIFT_LEAD, actor="ban")
    holds = sum(1 for hold in line.state.holds.values() if hold.lifted_ms < 0)
    line.wait(1000)
    assert not codes(hand_over(line))
    shift = line.state.facts.shift
    assert shift is not None
    assert (shift.since_ms, shift.lead, shift.taken_from, shift.notes) == (line.now_ms, "ban", "li", "belt 2 squeaks")
    left = shift.before
    assert (left.inducted, left.release, left.inspect, left.anomaly) == (3, 1, 2, 0)
    assert (left.holds, left.shelved) == (holds, ("device_down:scale",))
    assert any("handed over by li to ban: 3 inducted" in one.text for one in line.outcomes[-1].findings)
    line.wait(1000)
    line.ring(RingKind.INDUCT, 10, zone=1)
    hand_over(line, by="ban", second="li", role=Role.SHIFT_LEAD)
    assert line.state.facts.shift is not None
    assert line.state.facts.shift.before.inducted == 1, "only what came since the last handover"


def test_a_handover_of_the_company_counts_no_alarm_of_customs_own() -> None:
    line = proposed()
    line.feed(AlarmShelved("rules_unsigned:line", 60, "tomorrow"), role=Role.OFFICER, actor="zhang")
    line.ready("X1")
    key = next(iter(line.state.cartons))
    line.state.cartons[key] = replace(line.state.cartons[key], selection="asked")
    line.feed(SelectionFailed(key, "no secret"))
    line.feed(DeviceDown("scale", "unplugged", "no answer"))
    assert {hidden(one.code) for one in line.state.alarms.values()} == {True, False}
    hand_over(line)
    assert line.state.facts.shift is not None
    left = line.state.facts.shift.before
    assert (left.alarms, left.shelved) == (sum(not hidden(one.code) for one in line.state.alarms.values()), ())
    assert any(f"{left.alarms} alarms, 0 put aside" in one.text for one in line.outcomes[-1].findings)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"second": ""}, "second_person_missing"), ({"second": "li"}, "second_person_missing"),
        ({"to": "wang"}, "not_the_taker"), ({"role": Role.OFFICER}, "role_not_allowed"),
    ],
)  # fmt: skip
def test_nobody_hands_over_alone_to_another_or_for_another_organisation(asked: dict[str, str], code: str) -> None:
    line = Alarming()
    assert codes(hand_over(line, **asked)) == [code]  # type: ignore[arg-type]
    assert line.state.facts.shift is None


def proposed() -> Alarming:
    line = Alarming()
    line.feed(RulesActivated(OLD, "aa" * 32, "rules.toml"))
    line.feed(RulesProposed(NEW, "bb" * 32, "rules.toml"))
    return line


def sign(line: Alarming, first: Role, second: Role, *, who: str = "ke", sha: str = "bb") -> Outcome:
    return line.feed(RulesSigned(sha * 32, "fewer draws", who, str(second)), role=first, actor="zhang")


def test_changed_rules_wait_and_the_old_ones_count_until_two_of_customs_have_signed() -> None:
    line = proposed()
    assert line.state.facts.rules == OLD
    assert line.states() == {"rules_unsigned:line": "unacked"}
    assert codes(sign(line, Role.OFFICER, Role.OFFICER)) == ["second_person_missing"], "one of them is a section chief"
    assert codes(sign(line, Role.SECTION_CHIEF, Role.OFFICER, who="zhang")) == ["second_person_missing"]
    assert codes(sign(line, Role.SECTION_CHIEF, Role.OFFICER, who="")) == ["second_person_missing"]
    assert codes(sign(line, Role.OFFICER, Role.SECTION_CHIEF, sha="cc")) == ["rules_not_waiting"]
    assert codes(sign(line, Role.SHIFT_LEAD, Role.SECTION_CHIEF)) == ["role_not_allowed"]
    assert line.state.facts.rules == OLD
    assert not codes(sign(line, Role.OFFICER, Role.SECTION_CHIEF))
    assert (line.state.facts.rules, line.state.facts.rules_sha256) == (NEW, "bb" * 32)
    assert line.states() == {"rules_unsigned:line": "returned"}
    assert codes(sign(line, Role.OFFICER, Role.SECTION_CHIEF)) == ["rules_not_waiting"], "once"


def test_a_file_that_is_put_back_leaves_nothing_to_sign_and_rules_that_say_nothing_do_not_even_wait() -> None:
    line = proposed()
    line.feed(RulesProposed(OLD, "aa" * 32, "rules.toml"))
    assert line.state.facts.rules_waiting is None
    line.feed(RulesProposed(Rules("3", 0, (Rule("R1", "everything"),)), "dd" * 32, "rules.toml"))
    assert line.state.facts.rules_waiting is None
