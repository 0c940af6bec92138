"""What the company may know of the line, as plain values: the state now, each device, and what happened in a row.

One rule: reasons are their neutral codes, texts pass `company_text`; what that hides is not sent at all.
"""

from collections.abc import Iterable, Mapping

from controller.domain.reasons import neutral_codes
from controller.line.belt import RingKind, Why
from controller.line.commands import Outcome
from controller.line.events import DeviceDown, DeviceUp, Stamped
from controller.line.explain import company_alarm, company_text
from controller.line.plc_events import RingEvent
from controller.line.readiness import line_blockers
from controller.line.signals import lamps_for
from controller.line.state import Draft, LineState

Value = dict[str, object]

SCHEMA = 1


def line_state(state: LineState) -> Value:
    """Whether the line decides and why not, what the PLC says, what is on the belt."""
    facts = state.facts
    blocked = line_blockers(Draft(state, facts.line_ms))
    status = facts.plc_status
    return {
        "schema": SCHEMA,
        "ready": not blocked,
        "blockers": list(dict.fromkeys(blocker.reason.neutral for blocker in blocked)),
        "lamps": [lamp.name for lamp in lamps_for(blocked) if lamp.name],
        "plc": {
            "synced": facts.plc_synced,
            "epoch": facts.epoch,
            "state": status.state if status is not None else 0,
            "flags": status.flags if status is not None else 0,
        },
        "on_belt": len(facts.live),
        "load": facts.current_load,
    }


def device_states(state: LineState, names: Iterable[str]) -> dict[str, Value]:
    """Each configured device: up or down."""
    down = frozenset(state.facts.devices_down)
    return {name: {"schema": SCHEMA, "state": "down" if name in down else "up"} for name in sorted(names)}


def happenings(line: int, seq: int, stamped: Stamped, outcome: Outcome) -> tuple[Value, ...]:
    """What a row of the journal says to the company; each with a key that a receiver can drop repeats by."""
    found = [*_of_event(stamped), *_of_outcome(outcome)]
    return tuple(
        {"schema": SCHEMA, "key": f"{line}-{seq}-{index}", "utc": stamped.utc, **value} for index, value in enumerate(found)
    )


def _of_event(stamped: Stamped) -> list[Value]:
    event = stamped.event
    if isinstance(event, RingEvent) and event.kind == RingKind.DIVERTED:
        why = Why(event.arg2).name.lower() if event.arg2 in tuple(Why) else str(event.arg2)
        return [{"kind": "diverted", "track": f"{event.epoch}:{event.track_id}", "lane_code": event.arg1, "why": why}]
    if isinstance(event, DeviceDown):
        return [{"kind": "device_down", "device": event.device, "code": event.code, "cause": company_text(event.cause)}]
    if isinstance(event, DeviceUp):
        return [{"kind": "device_up", "device": event.device}]
    return []


def _of_outcome(outcome: Outcome) -> list[Value]:
    found: list[Value] = []
    for decision in outcome.decisions:
        codes = neutral_codes(blocker.code for blocker in decision.blockers)
        found.append(
            {"kind": "decision", "track": decision.track, "carton": decision.carton, "lane": decision.lane, "codes": codes}
        )
    for alarm in outcome.alarms:
        if (shown := company_alarm(alarm)) is not None:
            code, detail = shown
            found.append({"kind": "alarm", "code": code, "subject": alarm.subject, "detail": detail})
    return found


def differs(before: Mapping[str, Value], now: Mapping[str, Value]) -> dict[str, Value]:
    """What is new or has changed."""
    return {name: value for name, value in now.items() if before.get(name) != value}
