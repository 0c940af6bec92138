"""Shift handover: who has the line, since when, and what the shift before left behind.

One rule: a handover is an act of two people of the company; what it counts is counted by the core from its own state, so the
record of a shift is as replayable as everything else. Alarms of customs' own are no part of it.
"""

from controller.domain.alarms import hidden
from controller.domain.reasons import LaneKind, Role
from controller.line.events import Stamped
from controller.line.shift_events import ShiftHandedOver
from controller.line.shift_state import Shift, ShiftCounts
from controller.line.state import Draft

MAY_HAND_OVER = (Role.OPERATOR, Role.SHIFT_LEAD)


def on_handed_over(draft: Draft, stamped: Stamped, event: ShiftHandedOver) -> None:
    if stamped.role not in MAY_HAND_OVER:
        draft.refuse("role_not_allowed", "shift", f"{stamped.role} has no shift", "ask " + " or ".join(MAY_HAND_OVER))
    elif not event.second or event.second == stamped.actor:
        draft.refuse("second_person_missing", "shift", "nobody takes it over", "whoever takes it signs")
    elif event.to_account and event.to_account != event.second:
        draft.refuse("not_the_taker", "shift", f"it goes to {event.to_account}", f"{event.to_account} signs")
    else:
        before = draft.facts.shift
        counts = count(draft, before.since_ms if before is not None else 0)
        draft.set_facts(shift=Shift(draft.now_ms, event.second, stamped.actor, event.notes, counts))
        out = f", {len(counts.out_of_service)} out of service" if counts.out_of_service else ""
        draft.note(
            "line",
            f"shift handed over by {stamped.actor} to {event.second}: {counts.inducted} inducted, {counts.release} released, "
            f"{counts.inspect} inspected, {counts.anomaly} anomaly, {counts.loaded} loaded, {counts.departed} departed; "
            f"{counts.holds} open holds, {counts.alarms} alarms, {len(counts.shelved)} put aside{out}; "
            f"{event.notes}".rstrip("; "),
        )  # fmt: skip


def count(draft: Draft, since_ms: int) -> ShiftCounts:
    """What was done since, as far as the core still knows the cartons."""
    lanes = dict.fromkeys(LaneKind, 0)
    inducted = 0
    for passage in draft.passages.values():
        if passage.inducted_ms >= since_ms:
            inducted += 1
            lane = draft.profile.lane_by_name(passage.diverted_lane) if passage.diverted_lane else None
            if lane is not None:
                lanes[lane.kind] += 1
    gone = {box.container_no for box in draft.containers.values() if box.departed_ms >= since_ms}
    loaded = [carton for carton in draft.cartons.values() if carton.container and carton.loaded_ms >= since_ms]
    departed = sum(1 for carton in draft.cartons.values() if carton.place == "departed" and carton.container in gone)
    alarms = tuple(one for one in draft.alarms_kept.values() if not hidden(one.code))
    return ShiftCounts(
        since_ms, inducted, lanes[LaneKind.RELEASE], lanes[LaneKind.INSPECT], lanes[LaneKind.ANOMALY], len(loaded), departed,
        sum(1 for hold in draft.holds.values() if hold.lifted_ms < 0),
        sum(1 for one in alarms if not one.aside), tuple(one.key for one in alarms if one.shelved_until_ms >= 0),
        tuple(one.key for one in alarms if one.out_by),
    )  # fmt: skip
