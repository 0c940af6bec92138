"""What people do with alarms: acknowledge, put aside for a while, take back.

One rule: an alarm is put aside by a named person, with a reason and an end that is at most a shift away, and then comes back as
if nobody had seen it. What is urgent is not put aside at all. Customs' own alarms do not exist for the company.
Source: ISA-18.2 as the HMI reference tells it.
"""

from msgspec.structs import replace

from controller.domain.alarms import hidden, kind_of
from controller.domain.reasons import CUSTOMS, CUSTOMS_DECIDES, Role
from controller.line.alarm_state import AlarmState, StandingAlarm
from controller.line.alarming import count_alarm, drop_alarm
from controller.line.events import Stamped
from controller.line.people_events import AlarmAcknowledged, AlarmShelved, AlarmUnshelved
from controller.line.readiness import wake
from controller.line.state import Draft

SHIFT_LONGEST_MIN = 12 * 60
UNSHELVE_TOKEN = "unshelve"
MAY_ACKNOWLEDGE = (Role.OPERATOR, Role.SHIFT_LEAD, *CUSTOMS_DECIDES)
MAY_SHELVE = (Role.SHIFT_LEAD, *CUSTOMS_DECIDES)


def on_acknowledged(draft: Draft, stamped: Stamped, event: AlarmAcknowledged) -> None:
    """Seen. It leaves the list only if its condition is gone, or if it only happened once."""
    one = _found(draft, stamped, event.alarm, "acknowledge an alarm", MAY_ACKNOWLEDGE)
    if one is None or one.state is AlarmState.ACKED:
        return
    if one.state is AlarmState.SHELVED:
        draft.refuse("alarm_shelved", one.key, "it is put aside", "take it back first")
    elif one.state is AlarmState.SUPPRESSED:
        draft.refuse("alarm_suppressed", one.key, f"it follows from {one.suppressed_by}", "see to that one")
    else:
        draft.note("line", f"alarm {one.key} acknowledged by {stamped.actor}")
        if one.standing and one.active:
            draft.alarms_kept.put(one.key, replace(one, acked_by=stamped.actor, acked_role=stamped.role))
        else:
            drop_alarm(draft, one.key)


def on_shelved(draft: Draft, stamped: Stamped, event: AlarmShelved) -> None:
    one = _found(draft, stamped, event.alarm, "put an alarm aside", MAY_SHELVE)
    if one is None:
        return
    if not kind_of(one.code).shelvable:
        draft.refuse("alarm_not_shelvable", one.key, "it is urgent", "see to it, then acknowledge it")
    elif not 1 <= event.minutes <= SHIFT_LONGEST_MIN:
        draft.refuse("shelved_too_long", one.key, f"{event.minutes} minutes", f"from 1 to {SHIFT_LONGEST_MIN}: a shift at most")
    else:
        until_ms = draft.now_ms + event.minutes * 60_000
        changed = replace(
            one, shelved_by=stamped.actor, shelved_role=stamped.role, shelved_until_ms=until_ms, shelved_cause=event.cause
        )  # fmt: skip
        draft.alarms_kept.put(one.key, changed)
        wake(draft, until_ms, f"{UNSHELVE_TOKEN}:{one.key}")
        draft.note("line", f"alarm {one.key} put aside for {event.minutes} min by {stamped.actor}: {event.cause}")


def on_unshelved(draft: Draft, stamped: Stamped, event: AlarmUnshelved) -> None:
    """Whoever takes it back has seen it: it counts as acknowledged."""
    one = _found(draft, stamped, event.alarm, "take an alarm back", MAY_ACKNOWLEDGE)
    if one is None:
        return
    if one.state is not AlarmState.SHELVED:
        draft.refuse("alarm_not_shelved", one.key, "it is not put aside", "nothing to do")
        return
    draft.note("line", f"alarm {one.key} taken back by {stamped.actor}")
    _back(draft, one, stamped.actor if one.standing else "", stamped.role)


def on_shelf_timer(draft: Draft, key: str) -> None:
    """Its time on the shelf is over: it comes back as if nobody had seen it."""
    one = draft.alarms_kept.get(key)
    if one is not None and 0 <= one.shelved_until_ms <= draft.now_ms:
        draft.note("line", f"alarm {key} is back: it was put aside by {one.shelved_by}")
        count_alarm(draft, one.code)
        _back(draft, replace(one, called_ms=draft.now_ms))


def silence(draft: Draft, role: Role) -> None:
    """What calls now is not heard any more on the screens of this organisation: neither may silence the other's."""
    name = "silenced_by_customs_ms" if role in CUSTOMS else "silenced_ms"
    draft.set_facts(alarming=replace(draft.facts.alarming, **{name: draft.now_ms}))


def _back(draft: Draft, one: StandingAlarm, acked_by: str = "", role: str = "") -> None:
    if not one.active:
        drop_alarm(draft, one.key)
        return
    changed = replace(
        one, shelved_by="", shelved_role="", shelved_until_ms=-1, shelved_cause="", acked_by=acked_by, acked_role=role
    )  # fmt: skip
    draft.alarms_kept.put(one.key, changed)


def _found(draft: Draft, stamped: Stamped, key: str, what: str, allowed: tuple[Role, ...]) -> StandingAlarm | None:
    one = draft.alarms_kept.get(key)
    if stamped.role not in allowed:
        draft.refuse("role_not_allowed", key, f"{stamped.role} may not {what}", "ask " + " or ".join(allowed))
        return None
    if one is None or (hidden(one.code) and stamped.role not in CUSTOMS):
        draft.refuse("alarm_unknown", key, "it is on no list any more", "look at the newest list of alarms")
        return None
    return one
