"""What people do with alarms: acknowledge, put aside for a while, take back, take out of service and put back.

One rule: an alarm is put aside by a named person, with a reason and an end that is at most a shift away, and then comes back as
if nobody had seen it. What is urgent is not put aside at all. Customs' own alarms do not exist for the company. Who
acknowledges it, puts it aside or takes it out has seen what the screen showed: what came again since is not taken away by that.
Source: ISA-18.2 as the HMI reference tells it.
"""

from msgspec.structs import replace

from controller.domain.alarms import ALARMS, hidden, kind_of
from controller.domain.reasons import CUSTOMS, CUSTOMS_DECIDES, Role
from controller.line.alarm_state import AlarmState, StandingAlarm, alarm_key
from controller.line.alarming import count_alarm, drop_alarm
from controller.line.events import Stamped
from controller.line.people_events import AlarmAcknowledged, AlarmPutBack, AlarmShelved, AlarmTakenOut, AlarmUnshelved
from controller.line.readiness import wake
from controller.line.shown import is_stale, word_of
from controller.line.state import Draft

SHIFT_LONGEST_MIN = 12 * 60
UNSHELVE_TOKEN = "unshelve"
OUT_MOST = 40  # of an organisation; more than that is a line that nobody should run
MAY_ACKNOWLEDGE = (Role.OPERATOR, Role.SHIFT_LEAD, *CUSTOMS_DECIDES)
MAY_SHELVE = (Role.SHIFT_LEAD, *CUSTOMS_DECIDES)


def shown_of(one: StandingAlarm) -> str:
    """The word for when and how often it came: another one says that it has come again."""
    return word_of(one.since_ms, one.times)


def _came_since(draft: Draft, one: StandingAlarm, shown: str) -> bool:
    return is_stale(draft, one.key, shown, shown_of(one), f"it has come {one.times} times by now")


def on_acknowledged(draft: Draft, stamped: Stamped, event: AlarmAcknowledged) -> None:
    """Seen. It leaves the list only if its condition is gone, or if it only happened once."""
    one = _found(draft, stamped, event.alarm, "acknowledge an alarm", MAY_ACKNOWLEDGE)
    if one is None or one.state is AlarmState.ACKED:
        return
    if one.state is AlarmState.SHELVED:
        draft.refuse("alarm_shelved", one.key, "it is put aside", "take it back first")
    elif one.state is AlarmState.OUT_OF_SERVICE:
        _refuse_out(draft, one)
    elif one.state is AlarmState.SUPPRESSED:
        draft.refuse("alarm_suppressed", one.key, f"it follows from {one.suppressed_by}", "see to that one")
    elif not _came_since(draft, one, event.shown):
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
    elif one.state is AlarmState.OUT_OF_SERVICE:
        _refuse_out(draft, one)
    elif not 1 <= event.minutes <= SHIFT_LONGEST_MIN:
        draft.refuse("shelved_too_long", one.key, f"{event.minutes} minutes", f"from 1 to {SHIFT_LONGEST_MIN}: a shift at most")
    elif not _came_since(draft, one, event.shown):
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


def on_taken_out(draft: Draft, stamped: Stamped, event: AlarmTakenOut) -> None:
    """Out of service without an end of its own, so it is listed and counted at every handover until somebody puts it back.

    It need not stand: whoever repairs a device takes its alarm out before pulling the plug.
    """
    code, colon, subject = event.alarm.partition(":")
    key = alarm_key(code, subject)
    customs = stamped.role in CUSTOMS
    if stamped.role not in MAY_SHELVE:
        draft.refuse(
            "role_not_allowed", key, f"{stamped.role} may not take an alarm out of service", "ask " + " or ".join(MAY_SHELVE)
        )
    elif code not in ALARMS or not colon or not subject or (hidden(code) and not customs):
        draft.refuse("alarm_unknown", key, "there is no such alarm", "look at the newest list of alarms")
    elif not kind_of(code).shelvable:
        draft.refuse("alarm_not_shelvable", key, "it is urgent", "see to it, then acknowledge it")
    elif (one := draft.alarms_kept.get(key)) is not None and one.out_by:
        _refuse_out(draft, one)
    elif sum(1 for kept in draft.alarms_kept.values() if kept.out_by and (kept.out_role in CUSTOMS) is customs) >= OUT_MOST:
        draft.refuse("too_many_out_of_service", key, f"{OUT_MOST} are out of service", "put back what works again")
    elif one is None or not _came_since(draft, one, event.shown):
        if one is None:
            one = StandingAlarm(key, code, subject, "", draft.now_ms, kind_of(code).standing, times=0, active=False)
        draft.alarms_kept.put(key, replace(
            one, out_by=stamped.actor, out_role=stamped.role, out_since_ms=draft.now_ms, out_cause=event.cause, first_out=False,
            acked_by="", acked_role="", shelved_by="", shelved_role="", shelved_until_ms=-1, shelved_cause="",
        ))  # fmt: skip
        draft.note("line", f"alarm {key} taken out of service by {stamped.actor}: {event.cause}")


def on_put_back(draft: Draft, stamped: Stamped, event: AlarmPutBack) -> None:
    """In service again: what stands then is told as if nobody had seen it."""
    one = _found(draft, stamped, event.alarm, "put an alarm back in service", MAY_ACKNOWLEDGE)
    if one is None:
        return
    if not one.out_by:
        draft.refuse("alarm_in_service", one.key, "it is in service", "nothing to do")
        return
    draft.note("line", f"alarm {one.key} back in service by {stamped.actor}; it was taken out by {one.out_by}")
    if one.active and not one.suppressed_by:
        count_alarm(draft, one.code)
    _back(draft, replace(one, called_ms=draft.now_ms))


def _refuse_out(draft: Draft, one: StandingAlarm) -> None:
    draft.refuse("alarm_out_of_service", one.key, "it is out of service", "put it back in service first")


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
        one, shelved_by="", shelved_role="", shelved_until_ms=-1, shelved_cause="", acked_by=acked_by, acked_role=role,
        out_by="", out_role="", out_since_ms=-1, out_cause="",
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
