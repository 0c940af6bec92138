"""The log says what followed from which row, and nothing that is customs' own."""

import json
import logging

import pytest
from msgspec.structs import replace

from controller.daemon.event_log import event_log
from controller.daemon.running import JsonLines
from controller.domain.reasons import CATALOGUE, Blocker, Role
from controller.line.commands import Alarm, Decision, Outcome, Refusal
from controller.line.events import HoldPlaced, Stamped

HOLD = HoldPlaced("H1", "carton", "EMS001/RR1", "officer_hold", "looks like ivory")
STAMPED = Stamped(1234, "2026-11-23T00:00:00Z", False, "zhang", Role.OFFICER, HOLD, "act-7")


BY_COMPANY = replace(STAMPED, actor="li", role=Role.OPERATOR, event=replace(HOLD, code="company_hold", cause="wet"))


def logged(caplog: pytest.LogCaptureFixture, outcome: Outcome, stamped: Stamped = STAMPED) -> list[dict[str, object]]:
    with caplog.at_level(logging.INFO, logger="xiyong.line"):
        event_log("XY-1", "b00t")(17, stamped, outcome)
    return [json.loads(JsonLines().format(record)) for record in caplog.records]


def test_each_entry_names_the_row_the_event_the_person_and_the_act(caplog: pytest.LogCaptureFixture) -> None:
    (entry,) = logged(caplog, Outcome(alarms=(Alarm("plc_not_ready", "line", "no answer"),)), BY_COMPANY)
    assert entry["message"] == "alarm plc_not_ready line no answer"
    assert entry["level"] == "warning"
    because = {"line": "XY-1", "boot_id": "b00t", "journal_seq": 17, "event": "HoldPlaced", "line_ms": 1234, "actor": "li"}
    assert {key: entry[key] for key in because} == because
    assert entry["act_id"] == "act-7"


def test_of_an_act_of_customs_the_log_has_the_row_and_that_it_was_customs_alone(caplog: pytest.LogCaptureFixture) -> None:
    outcome = Outcome(alarms=(Alarm("recalled", "carton:c", "by hand"),), refusals=(Refusal("x", "carton:c", "zhang", ""),))
    refused, alarm = logged(caplog, outcome)
    assert (refused["message"], alarm["message"]) == ("refused: customs_check", "alarm recalled carton:c by hand")
    for entry in (refused, alarm):
        assert (entry["journal_seq"], entry["event"], entry["actor"]) == (17, "customs_check", "customs")
        assert "act_id" not in entry
        assert "zhang" not in str(entry)


def test_decisions_refusals_and_faults_have_their_level(caplog: pytest.LogCaptureFixture) -> None:
    decisions = (
        Decision("1:7", "c", "release", 3, (), (), 5),
        Decision("1:8", "d", "inspect", 1, (Blocker("no_read", "p"),), (), 6),
    )
    outcome = Outcome(decisions, refusals=(Refusal("target_unknown", "x", "none", "look"),), core_fault="KeyError: 1")
    entries = logged(caplog, outcome, BY_COMPANY)
    assert [(entry["level"], entry["message"]) for entry in entries] == [
        ("info", "lane release for track 1:7: release"),
        ("info", "lane inspect for track 1:8: no_read"),
        ("info", "refused x: target_unknown: none"),
        ("error", "core fault: KeyError: 1"),
    ]


@pytest.mark.parametrize("code", [code for code, reason in CATALOGUE.items() if reason.customs_only])
def test_what_is_for_customs_alone_is_not_in_the_log(code: str, caplog: pytest.LogCaptureFixture) -> None:
    decision = Decision("1:7", "c", "inspect", 1, (Blocker(code, "list:1", "the detail"),), (), 5)
    alarm = Alarm(code, "carton:c", "the detail")
    text = json.dumps(logged(caplog, Outcome((decision,), alarms=(alarm,))))
    assert code not in text
    assert "the detail" not in text
