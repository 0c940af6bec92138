"""The line as a screen sees it, as plain values, once for customs and once for the company.

One rule: `View` decides before anything is put together: what the company may not see is never in its values, not even hidden.
"""

from collections.abc import Mapping

from controller.domain.reasons import Blocker, neutral_codes
from controller.domain.sentences import in_chinese
from controller.line.belt import RingKind, Why
from controller.line.commands import Outcome
from controller.line.events import DeviceDown, DeviceUp, Stamped
from controller.line.explain import View, company_alarm, company_text
from controller.line.people_events import ActRefused, ActSigned
from controller.line.plc_events import RingEvent
from controller.line.readiness import line_blockers
from controller.line.signals import lamps_for
from controller.line.state import Draft, LineState

Value = dict[str, object]

SCHEMA = 1


def values(state: LineState, view: View) -> dict[str, Value]:
    """What is shown as it is now: the newest of each counts, so these are coalesced."""
    return {"line": _line(state, view), "holds": _holds(state, view)}


def happened(seq: int, stamped: Stamped, outcome: Outcome, view: View) -> list[Value]:
    """Decisions, alarms and what else happened in a row of the journal: each of them is shown, none is coalesced."""
    found = [*_of_event(stamped, view), *_of_outcome(outcome, view)]
    return [
        {"seq": seq, "place": place, "line_ms": stamped.line_ms, "utc": stamped.utc, **one} for place, one in enumerate(found)
    ]


def last4(text: str) -> str:
    """What tells cartons apart at a glance: the last four digits. A postal number ends with letters that all have."""
    digits = "".join(one for one in text if one.isdigit())
    return digits[-4:] if len(digits) >= 4 else text[-4:]


def changed(before: Mapping[str, Value], now: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in now.items() if before.get(name) != value}


def _line(state: LineState, view: View) -> Value:
    facts = state.facts
    paused_ms = facts.infeed_paused_ms
    blocked = line_blockers(Draft(state, facts.line_ms))
    status = facts.plc_status
    return {
        "ready": not blocked,
        "blockers": [_blocker(one, view) for one in blocked],
        "lamps": [lamp.name for lamp in lamps_for(blocked) if lamp.name],
        "plc": {
            "synced": facts.plc_synced, "epoch": facts.epoch,
            "state": status.state if status is not None else None, "flags": status.flags if status is not None else None,
            "lane_full": status.lane_full if status is not None else None,
        },
        "load": facts.current_load,
        "infeed": {"paused": paused_ms >= 0, "since_ms": paused_ms if paused_ms >= 0 else None},
    }  # fmt: skip


def _holds(state: LineState, view: View) -> Value:
    rows: list[Value] = []
    for hold in state.holds.values():
        if hold.lifted_ms >= 0:
            continue
        reason = Blocker(hold.code, "").reason
        if view is View.COMPANY and reason.customs_only:
            shown: Value = {"code": reason.neutral, "cause": "customs looks at it", "by": "customs"}
        elif view is View.COMPANY:
            shown = {"code": hold.code, "cause": company_text(hold.cause), "by": hold.actor}
        else:
            shown = {"code": hold.code, "cause": hold.cause, "by": hold.actor}
        zh = in_chinese(str(shown["cause"]))
        rows.append({"hold_id": hold.hold_id, "scope": hold.scope, "target": hold.target, "zh": {"cause": zh}, **shown})
    return {"open": rows}


def _blocker(blocker: Blocker, view: View) -> Value:
    reason = blocker.reason
    if view is View.COMPANY and reason.customs_only:
        return {"code": reason.neutral, "cause": "customs looks at it", "next_step": "bring it to customs",
                "zh": {"cause": "海关查看", "next_step": "交海关处理"}}  # fmt: skip
    cause = blocker.cause if view is View.CUSTOMS else company_text(blocker.cause)
    return {"code": reason.code, "cause": cause, "next_step": blocker.next_step,
            "zh": {"cause": in_chinese(cause), "next_step": reason.next_zh}}  # fmt: skip


def codes_shown(blockers: tuple[Blocker, ...], view: View) -> list[str]:
    """Codes as this view may see them, each once."""
    codes = [one.code for one in blockers]
    return list(dict.fromkeys(codes)) if view is View.CUSTOMS else neutral_codes(codes)


def _of_event(stamped: Stamped, view: View) -> list[Value]:
    event = stamped.event
    if isinstance(event, RingEvent) and event.kind == RingKind.DIVERTED:
        why = Why(event.arg2).name.lower() if event.arg2 in tuple(Why) else str(event.arg2)
        return [{"kind": "diverted", "track": f"{event.epoch}:{event.track_id}", "lane_code": event.arg1, "why": why}]
    if isinstance(event, DeviceDown):
        cause = event.cause if view is View.CUSTOMS else company_text(event.cause)
        return [{"kind": "device_down", "device": event.device, "code": event.code, "cause": cause}]
    if isinstance(event, DeviceUp):
        return [{"kind": "device_up", "device": event.device}]
    if isinstance(event, ActRefused | ActSigned) and view is View.CUSTOMS:
        kind = "act_refused" if isinstance(event, ActRefused) else "act_signed"
        return [{"kind": kind, "act": event.act, "by": stamped.actor}]
    return []


def _of_outcome(outcome: Outcome, view: View) -> list[Value]:
    found: list[Value] = [
        {"kind": "decision", "track": one.track, "carton": one.carton, "lane": one.lane, "codes": codes_shown(one.blockers, view)}
        for one in outcome.decisions
    ]
    for alarm in outcome.alarms:
        shown = (alarm.code, alarm.detail) if view is View.CUSTOMS else company_alarm(alarm)
        if shown is not None:
            code, detail = shown
            found.append({"kind": "alarm", "code": code, "subject": alarm.subject, "detail": detail})
    return found
