"""An alarm that nobody has seen yet stays to be seen, whatever comes after it under the same key."""

import pytest

from controller.domain.reasons import Role
from controller.line.alarm_acts import shown_of
from controller.line.alarming import GRACE_MS
from controller.line.belt import PlcFlag, RingKind
from controller.line.explain import company_alarm
from controller.line.gate_events import MessageAnswered
from controller.line.inspection_events import ImageRefused
from controller.line.people_events import AlarmAcknowledged, AlarmShelved, AlarmTakenOut
from tests.line.line_story import CARRIER
from tests.line.test_alarms import Alarming

IMAGE = "image_refused:xray"


def refused(line: Alarming, number: str, code: str, cause: str) -> None:
    line.feed(ImageRefused("xray", f"{number}.json", f"1:{number}", -1, code, cause, line.now_ms))


def estop_for(line: Alarming, ms: int) -> None:
    """It is let go, and whatever follows from it is over."""
    line.wait(ms)
    line.status()
    line.tick(GRACE_MS + 1)


def test_what_nobody_had_seen_is_not_lost_behind_an_emergency_stop() -> None:
    """A frozen detector before the stop, and an image that the stop cut off: the stop explains the second, not the first."""
    line = Alarming()
    refused(line, "1", "image_repeated", "the same picture came as that of another carton")
    line.wait(60_000)
    line.status(missing=PlcFlag.E_STOP_HEALTHY)
    refused(line, "2", "truncated", "cut off")
    kept = line.of(IMAGE)
    assert (kept.state, kept.times) == ("unacked", 2)
    assert kept.detail.startswith("image_repeated: ")
    estop_for(line, 5000)
    assert line.states()[IMAGE] == "unacked"
    line.acknowledge(IMAGE)
    assert IMAGE not in line.states()


def test_what_follows_from_an_emergency_stop_alone_goes_with_it() -> None:
    line = Alarming()
    line.status(missing=PlcFlag.E_STOP_HEALTHY)
    refused(line, "2", "truncated", "cut off")
    refused(line, "3", "truncated", "cut off")
    assert (line.of(IMAGE).state, line.of(IMAGE).times) == ("suppressed", 2)
    estop_for(line, 5000)
    assert line.states() == {"e_stop:line": "returned"}


def test_what_was_seen_before_the_emergency_stop_may_follow_from_it() -> None:
    line = Alarming()
    refused(line, "1", "image_repeated", "the same picture came as that of another carton")
    line.acknowledge(IMAGE)
    line.status(missing=PlcFlag.E_STOP_HEALTHY)
    refused(line, "2", "truncated", "cut off")
    estop_for(line, 5000)
    assert line.states() == {"e_stop:line": "returned"}


@pytest.mark.parametrize("flag", [PlcFlag.GUARDS_CLOSED, PlcFlag.AIR_OK])
def test_what_returned_unseen_and_stands_again_under_an_emergency_stop_stays(flag: PlcFlag) -> None:
    line = Alarming()
    line.status(missing=flag)
    line.status()
    key = "guards_open:line" if flag is PlcFlag.GUARDS_CLOSED else "air_lost:line"
    assert line.states() == {key: "returned"}
    line.status(missing=PlcFlag.E_STOP_HEALTHY)
    line.status(missing=PlcFlag.E_STOP_HEALTHY | flag)
    assert line.states()[key] == "unacked"
    estop_for(line, 5000)
    assert line.states() == {"e_stop:line": "returned", key: "returned"}


def test_what_was_put_aside_before_an_emergency_stop_comes_back_from_the_shelf() -> None:
    """Its time ends while the stop stands: it comes back for people, and does not follow from the stop."""
    line = Alarming()
    refused(line, "1", "image_repeated", "the same picture came as that of another carton")
    assert not line.shelve(IMAGE, minutes=1).refusals
    line.status(missing=PlcFlag.E_STOP_HEALTHY)
    refused(line, "2", "truncated", "cut off")
    line.wait(60_000)
    estop_for(line, 5000)
    assert line.states()[IMAGE] == "unacked"
    assert line.of(IMAGE).detail.startswith("image_repeated: ")


def test_a_jam_that_returned_unseen_stays_when_the_place_jams_again_under_an_emergency_stop() -> None:
    line = Alarming()
    line.status(extra=PlcFlag.JAM)
    line.ring(RingKind.JAM, 0, zone=3)
    line.status()
    assert line.states() == {"jam:zone:3": "returned"}
    line.status(missing=PlcFlag.E_STOP_HEALTHY, extra=PlcFlag.JAM)
    line.ring(RingKind.JAM, 0, zone=3)  # the flag says that, its record where
    kept = line.of("jam:zone:3")
    assert (kept.state, kept.times, "jam:line" in line.states()) == ("unacked", 2, False)
    estop_for(line, 5000)
    assert line.states() == {"e_stop:line": "returned", "jam:zone:3": "returned"}
    assert line.state.facts.alarming.suppressed == ()


# --- several things, and what one press takes away -----------------------------------------------------------------


def told_no(line: Alarming, name: str, why: str) -> None:
    """Customs does not take what it was told of a list."""
    line.wait(1000)
    line.feed(MessageAnswered("customs", 1, 0, f"list:{CARRIER}/{name}", "refused", why))


def acknowledge(line: Alarming, key: str, shown: str) -> list[str]:
    return [one.code for one in line.feed(AlarmAcknowledged(key, shown), Role.OFFICER, "zhang").refusals]


def test_each_message_that_customs_refuses_is_an_alarm_of_its_own() -> None:
    line = Alarming()
    for name in ("A", "B", "C"):
        told_no(line, name, f"wrong field of {name}")
    told_no(line, "B", "wrong field of B")  # the same once more
    kept = {key: (one.detail[-16:], one.times) for key, one in line.state.alarms.items()}
    assert kept == {
        "message_refused:customs": ("wrong field of A", 1), "message_refused:customs:2": ("wrong field of B", 2),
        "message_refused:customs:3": ("wrong field of C", 1),
    }  # fmt: skip
    assert acknowledge(line, "message_refused:customs", shown_of(line.of("message_refused:customs"))) == []
    assert sorted(line.states()) == ["message_refused:customs:2", "message_refused:customs:3"]
    told_no(line, "D", "wrong field of D")
    assert line.of("message_refused:customs").detail.endswith("wrong field of D"), "its number is free again"


def test_a_refusal_of_customs_tells_the_company_no_list_by_its_number() -> None:
    line = Alarming()
    for name in ("A", "B"):
        told_no(line, name, "no such inspection")
    assert [(one.subject, company_alarm(one)) for one in line.alarms()] == [
        ("customs", ("message_refused", "")), ("customs:2", ("message_refused", "")),
    ]  # fmt: skip


def test_an_acknowledge_takes_away_what_was_shown_and_not_what_came_since() -> None:
    line = Alarming()
    line.file_refused("a.xml")
    shown = shown_of(line.of("import_refused:a.xml"))
    line.file_refused("a.xml")
    assert acknowledge(line, "import_refused:a.xml", shown) == ["changed_since"]
    assert line.of("import_refused:a.xml").times == 2
    assert acknowledge(line, "import_refused:a.xml", shown_of(line.of("import_refused:a.xml"))) == []
    assert line.states() == {}


def test_a_condition_that_stood_again_since_is_not_acknowledged_by_who_saw_the_first_time() -> None:
    line = Alarming()
    line.status(missing=PlcFlag.GUARDS_CLOSED)
    shown = shown_of(line.of("guards_open:line"))
    line.status()
    assert shown_of(line.of("guards_open:line")) == shown, "that it has gone is no new time"
    line.wait(1000)
    line.status(missing=PlcFlag.GUARDS_CLOSED)
    assert acknowledge(line, "guards_open:line", shown) == ["changed_since"]
    assert line.states() == {"guards_open:line": "unacked"}


def test_what_came_again_since_is_neither_put_aside_nor_taken_out_by_who_saw_the_time_before() -> None:
    line = Alarming()
    line.file_refused("a.xml")
    key = "import_refused:a.xml"
    shown = shown_of(line.of(key))
    line.file_refused("a.xml")
    for act in (AlarmShelved(key, 60, "known", shown), AlarmTakenOut(key, "known", shown)):
        refused = line.feed(act, role=Role.SHIFT_LEAD, actor="ban").refusals
        assert [one.code for one in refused] == ["changed_since"]
    assert line.states() == {key: "unacked"}
    now = shown_of(line.of(key))
    assert not line.feed(AlarmShelved(key, 60, "known", now), role=Role.SHIFT_LEAD, actor="ban").refusals
    assert not line.feed(AlarmTakenOut(key, "known", now), role=Role.SHIFT_LEAD, actor="ban").refusals
    assert line.states() == {key: "out_of_service"}
