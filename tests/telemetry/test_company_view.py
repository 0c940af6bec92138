"""What leaves by MQTT: keyed, neutral, and nothing that is customs' own."""

import json

import pytest

from controller.domain.reasons import CATALOGUE, Blocker, Role
from controller.line.check_events import ReplayDiffered
from controller.line.commands import Alarm, Decision, Outcome
from controller.line.events import DaemonStopping, DeviceDown, HoldPlaced, Stamped
from controller.line.plc_events import RingEvent
from controller.telemetry.company_view import device_states, differs, happenings, line_state
from tests.line.line_story import Story


def stamped(event: object) -> Stamped:
    return Stamped(1, "2026-11-23T00:00:00Z", False, "plc", Role.LINE, event)  # type: ignore[arg-type]


def test_each_happening_has_a_key_of_line_row_and_place() -> None:
    event = RingEvent(3, 9, 5, 7, 41, 3, 0, 0, 0, 0)
    outcome = Outcome(alarms=(Alarm("tracking_lost", "passage:3:41", "gone"), Alarm("jam", "line", "")))
    found = happenings(1, 80, stamped(event), outcome)
    assert [value["key"] for value in found] == ["1-80-0", "1-80-1", "1-80-2"]
    assert [value["kind"] for value in found] == ["diverted", "alarm", "alarm"]
    assert found[0]["track"] == "3:41"
    assert found[0]["why"] == "decision"
    assert (found[1]["code"], found[1]["detail"]) == ("tracking_lost", "gone")


def test_rows_of_which_the_company_learns_nothing_say_nothing() -> None:
    assert happenings(1, 80, stamped(DaemonStopping("asked to")), Outcome()) == ()
    assert happenings(1, 80, stamped(HoldPlaced("H1", "carton", "c", "officer_hold", "ivory")), Outcome()) == ()


@pytest.mark.parametrize("code", [code for code, reason in CATALOGUE.items() if reason.customs_only])
def test_what_is_for_customs_alone_does_not_leave(code: str) -> None:
    decision = Decision("1:7", "c", "inspect", 1, (Blocker(code, "list:1", "the detail"),), (), 5)
    outcome = Outcome((decision,), alarms=(Alarm(code, "carton:c", "the detail"),))
    text = json.dumps(happenings(1, 2, stamped(DeviceDown("x", "unplugged", code)), outcome))
    assert code not in text
    assert "the detail" not in text


def test_the_state_of_a_line_and_its_devices() -> None:
    story = Story()
    assert line_state(story.state)["ready"] is True
    assert line_state(story.state)["lamps"] == ["GREEN"]
    story.feed(ReplayDiffered(4))
    story.feed(DeviceDown("induct", "unplugged", "gone"))
    now = line_state(story.state)
    assert (now["ready"], now["blockers"], now["lamps"]) == (False, ["replay_differs"], ["RED"])
    devices = device_states(story.state, ("induct", "verify"))
    assert {name: value["state"] for name, value in devices.items()} == {"induct": "down", "verify": "up"}
    assert list(differs(devices, device_states(Story().state, ("induct", "verify")))) == ["induct"]
