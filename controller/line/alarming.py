"""The life of an alarm: begun, acknowledged, returned, shelved, suppressed, normal again (ISA-18.2).

One rule: an alarm says nothing that is not true: acknowledging never hides one whose condition stands, and what is shelved comes
back by itself. Nothing here decides about a carton. Conditions that stand (line blockers, PLC flags, devices, screens) go on and
off by themselves; what happened once stays until a person has acknowledged it. Raising and returning adds nothing to the outcome
of an event but, where a time must pass first, a timer: on a line that stands nothing else may come for hours.
"""

from msgspec.structs import replace

from controller.domain.alarms import CONSEQUENCES, hidden, kind_of
from controller.domain.reasons import Blocker
from controller.line.alarm_state import UNSEEN, StandingAlarm, alarm_key
from controller.line.belt import PlcFlag
from controller.line.event_base import Event
from controller.line.events import DeviceDown, DeviceUp
from controller.line.people_events import ScreenAlive, ScreenSilent
from controller.line.plc_events import PlcLost, PlcStatusChanged, PlcSynced
from controller.line.readiness import wake
from controller.line.state import Draft

ALARMS_KEPT = 400
START_QUIET_MS = 10_000  # a start is no alarm: what is still missing so long after it is
UNHEARD_MS = 90_000  # what stood before a start stands so long unless it is heard: a kiosk has a minute for its first word
LOOK_TOKEN = "alarms"  # in no table of timers: it only makes the line be looked at again
GRACE_MS = 5000  # so long after a cause has gone its consequences may still come
RATE_OVER_MS = 600_000
RATE_MOST = 200
OF_THE_PLC = frozenset({
    "e_stop", "guards_open", "safety_reset", "local_start", "local_mode", "air_lost", "jam", "lane_full", "xray_fault",
    "xray_not_ready",
})  # fmt: skip
OF_THE_PLC_ALONE = (PlcStatusChanged, PlcSynced, PlcLost)
# A flag that is set, or that is missing, for as long as the condition stands.
FLAGS = (
    ("e_stop", PlcFlag.E_STOP_HEALTHY, False), ("guards_open", PlcFlag.GUARDS_CLOSED, False),
    ("safety_reset", PlcFlag.SAFETY_RESET_NEEDED, True), ("local_start", PlcFlag.LOCAL_START_NEEDED, True),
    ("local_mode", PlcFlag.LOCAL_MODE, True), ("air_lost", PlcFlag.AIR_OK, False), ("xray_fault", PlcFlag.XRAY_FAULT, True),
    ("xray_not_ready", PlcFlag.XRAY_READY, False),
)  # fmt: skip
OF_THE_XRAY = ("xray_fault", "xray_not_ready")
NO_ALARM = frozenset({"not_configured", "task_down"})  # a task has an alarm of its own name


def on_started(draft: Draft) -> None:
    """A line that nobody loads tells nothing: what is still missing after the quiet of a start must be looked for.

    A device or a screen that was away is away until it is heard: a restart alone is no news of it.
    """
    wake(draft, draft.now_ms + START_QUIET_MS, f"{LOOK_TOKEN}:start")
    unheard = tuple(key for key in draft.facts.alarming.standing if key.partition(":")[0] in ("device_down", "screen_dead"))
    _set(draft, unheard=unheard)
    if unheard:
        wake(draft, draft.now_ms + UNHEARD_MS, f"{LOOK_TOKEN}:unheard")


def review_alarms(draft: Draft, event: Event, blocked: tuple[Blocker, ...]) -> None:
    """What this event began, and which conditions stand after it."""
    _hear(draft, event)
    facts = draft.facts.alarming
    looked = _look(draft, event, blocked)
    if not draft.alarms and looked == facts.looked and not _over(draft):
        return  # nothing that an alarm hangs on is other than it was
    if looked != facts.looked:
        _set(draft, looked=looked if not isinstance(event, OF_THE_PLC_ALONE) else ())
    told = {alarm_key(one.code, one.subject): (one.code, one.subject, one.detail) for one in draft.alarms}
    _name_the_jam(draft, told)
    facts = draft.facts.alarming
    wanted = _conditions(draft, event, blocked)
    for key, (code, subject, detail) in told.items():
        if kind_of(code).standing:
            wanted.setdefault(key, (code, subject, detail))
    gone = [key for key in facts.standing if key not in wanted]
    for key in sorted((key for key in wanted if key not in facts.standing), key=lambda one: _place(wanted[one][0])):
        code, subject, detail = wanted[key]
        _begin(draft, key, code, subject, told.get(key, (code, subject, detail))[2])
    for key, (code, subject, detail) in told.items():
        if not kind_of(code).standing:
            _begin(draft, key, code, subject, detail)
        elif key in facts.standing:
            _again(draft, key, detail)
    for key in gone:
        _return(draft, key)
    _end_suppression(draft)


def _look(draft: Draft, event: Event, blocked: tuple[Blocker, ...]) -> tuple[str, ...]:
    """What the conditions hang on, for the comparison with the last look; a report of the PLC is always looked at."""
    facts = draft.facts
    if isinstance(event, OF_THE_PLC_ALONE):
        return ("plc",)
    started = "started" if draft.now_ms - facts.started_ms >= START_QUIET_MS else ""
    rules = facts.rules_waiting.sha256 if facts.rules_waiting is not None else ""
    settings = facts.config.waiting.sha256 if facts.config.waiting is not None else ""
    codes = tuple(blocker.code for blocker in blocked)
    paused = "paused" if facts.infeed_paused_ms >= 0 else ""
    devices = ("tasks", *facts.tasks_down, "devices", *facts.devices_down, "screens", *facts.screens_dead)
    return (started, paused, rules, settings, *codes, *devices, "unheard", *facts.alarming.unheard)


def stood_before(draft: Draft, code: str, subject: str) -> bool:
    """Whether it stood before the start and nothing was heard of it since: then its first word is no news."""
    return alarm_key(code, subject) in draft.facts.alarming.unheard


def _hear(draft: Draft, event: Event) -> None:
    """Who was not heard since the start speaks for itself from now on; nobody is waited for longer than the bound."""
    unheard = draft.facts.alarming.unheard
    if not unheard:
        return
    key = ""
    if isinstance(event, DeviceUp | DeviceDown):
        key = alarm_key("device_down", event.device)
    elif isinstance(event, ScreenAlive | ScreenSilent):
        key = alarm_key("screen_dead", f"screen:{event.screen}")
    if draft.now_ms - draft.facts.started_ms >= UNHEARD_MS:
        _set(draft, unheard=())
    elif key in unheard:
        _set(draft, unheard=tuple(one for one in unheard if one != key))


def _place(code: str) -> int:
    """Causes first, so that what follows from them in the same event is known to follow."""
    return 0 if code in CONSEQUENCES else 1


# --- which conditions stand ----------------------------------------------------------------------------------------


def _conditions(draft: Draft, event: Event, blocked: tuple[Blocker, ...]) -> dict[str, tuple[str, str, str]]:
    """Every condition that stands now, by its key."""
    facts = draft.facts
    started = draft.now_ms - facts.started_ms >= START_QUIET_MS or isinstance(event, PlcLost)
    found: dict[str, tuple[str, str, str]] = {}

    def stands(code: str, subject: str, detail: str = "") -> None:
        found.setdefault(alarm_key(code, subject), (code, subject, detail))

    for blocker in blocked:
        if blocker.code not in NO_ALARM and (started or alarm_key(blocker.code, "line") in facts.alarming.standing):
            stands(blocker.code, "line", blocker.detail)
    for task in facts.tasks_down:
        stands("task_down", task)
    for device in facts.devices_down:
        stands("device_down", device)
    if facts.infeed_paused_ms >= 0:
        stands("infeed_paused", "line")
    for screen in facts.screens_dead:
        stands("screen_dead", f"screen:{screen}")
    for key in facts.alarming.unheard:
        code, _, subject = key.partition(":")
        stands(code, subject)
    if facts.rules_waiting is not None:
        stands("rules_unsigned", "line", f"version {facts.rules_waiting.rules.version}")
    if facts.config.waiting is not None:
        stands("config_waiting", "line", facts.config.waiting.sha256[:12])
    if isinstance(event, PlcStatusChanged | PlcSynced):
        for code, subject in _of_the_plc(draft):
            stands(code, subject)
    else:  # what the PLC has not said anew is as it was
        for key in facts.alarming.standing:
            code, _, subject = key.partition(":")
            if code in OF_THE_PLC:
                stands(code, subject)
    return found


def _of_the_plc(draft: Draft) -> list[tuple[str, str]]:
    status, profile = draft.facts.plc_status, draft.facts.profile
    if status is None or profile is None:
        return []
    found = [
        (code, "line") for code, flag, means in FLAGS
        if bool(status.flags & flag) is means and (profile.image_required or code not in OF_THE_XRAY)
    ]  # fmt: skip
    found += [("lane_full", f"lane:{lane.name}") for lane in profile.lanes if status.lane_full & 1 << (lane.code - 1)]
    if status.flags & PlcFlag.JAM:  # its record said where; the flag alone does not
        where = [key.partition(":")[2] for key in draft.facts.alarming.standing if key.startswith("jam:")]
        found += [("jam", subject) for subject in where or ["line"]]
    return found


# --- begin, again, return ------------------------------------------------------------------------------------------


def _begin(draft: Draft, key: str, code: str, subject: str, detail: str) -> None:
    kind, before = kind_of(code), draft.alarms_kept.get(key)
    cause = next((one for one, _ in draft.facts.alarming.causes if code in CONSEQUENCES[one]), "")
    if cause and before is not None and _wants_to_be_seen(before):
        # It was there before the cause, and nobody has seen to it: it neither hides behind the cause nor goes with it, and of
        # what happened once the words are those of the first time, which the cause does not explain.
        cause, detail = "", detail if kind.standing else before.detail
    if kind.standing:
        _set(draft, standing=(*draft.facts.alarming.standing, key))
    if code in CONSEQUENCES:
        others = tuple(one for one in draft.facts.alarming.causes if one[0] != code)
        _set(draft, causes=(*others, (code, -1)))
    if before is None:
        first = kind.stops and not cause and not _other_stops(draft, key)
        one = StandingAlarm(key, code, subject, detail, draft.now_ms, kind.standing, first_out=first, suppressed_by=cause)
        _make_room(draft)
    else:
        # Chatter: one alarm with a count. What was acknowledged happens anew, so somebody has to see it.
        one = replace(
            before, detail=detail or before.detail, since_ms=draft.now_ms, times=before.times + 1, active=True, acked_by="",
            suppressed_by=cause,
        )  # fmt: skip
    draft.alarms_kept.put(key, one)
    if cause:
        _set(draft, suppressed=(*(k for k in draft.facts.alarming.suppressed if k != key), key))
    elif not one.out_by:
        count_alarm(draft, code)


def _wants_to_be_seen(one: StandingAlarm) -> bool:
    """It is there for people, or will be when its time on the shelf is over."""
    return one.state in UNSEEN or (one.aside and one.active and not one.suppressed_by)


def _again(draft: Draft, key: str, detail: str) -> None:
    """It stands already, and the core says it once more: the PLC's record after its flag, or the same thing a second time."""
    before = draft.alarms_kept.get(key)
    if before is None:
        return
    changed = replace(before, detail=detail or before.detail)
    if draft.now_ms - before.since_ms > GRACE_MS:
        changed = replace(changed, times=before.times + 1, acked_by="", since_ms=draft.now_ms)
    draft.alarms_kept.put(key, changed)


def _name_the_jam(draft: Draft, told: dict[str, tuple[str, str, str]]) -> None:
    """The PLC's flag says that there is a jam, its record a moment later says where: that is one alarm."""
    nowhere = alarm_key("jam", "line")
    key = next((one for one, (code, _, _) in told.items() if code == "jam"), "")
    before = draft.alarms_kept.get(nowhere)
    standing = draft.facts.alarming.standing
    if key and before is not None and nowhere in standing and key not in standing:
        there = draft.alarms_kept.get(key)
        draft.alarms_kept.drop(nowhere)
        if there is not None and there.state in UNSEEN:  # it jammed there before, and nobody has seen that yet
            _set(draft, suppressed=tuple(one for one in draft.facts.alarming.suppressed if one != nowhere))
            before = replace(
                before, times=before.times + there.times, first_out=before.first_out or there.first_out, suppressed_by=""
            )
        draft.alarms_kept.put(key, replace(before, key=key, subject=told[key][1], detail=told[key][2]))
        for name in ("standing", "suppressed"):
            kept: tuple[str, ...] = getattr(draft.facts.alarming, name)
            _set(draft, **{name: tuple(key if one == nowhere else one for one in kept)})


def _return(draft: Draft, key: str) -> None:
    """Its condition is gone: normal again if somebody knows of it, else it waits to be seen."""
    facts, before = draft.facts.alarming, draft.alarms_kept.get(key)
    _set(draft, standing=tuple(one for one in facts.standing if one != key))
    code = key.partition(":")[0]
    if code in CONSEQUENCES:
        ends = draft.now_ms + GRACE_MS
        _set(draft, causes=tuple((one, ends if one == code else until) for one, until in draft.facts.alarming.causes))
        wake(draft, ends, f"{LOOK_TOKEN}:{code}")
    if before is None:
        return
    if not before.aside and (before.acked_by or before.suppressed_by):
        drop_alarm(draft, key)
    else:
        draft.alarms_kept.put(key, replace(before, active=False))


def _end_suppression(draft: Draft) -> None:
    """A cause is gone, and its grace: what still stands is told now, what happened once was part of it."""
    over = _over(draft)
    if not over:
        return
    _set(draft, causes=tuple(one for one in draft.facts.alarming.causes if one[0] not in over))
    for key in draft.facts.alarming.suppressed:
        before = draft.alarms_kept.get(key)
        if before is None or before.suppressed_by not in over:
            continue
        _set(draft, suppressed=tuple(one for one in draft.facts.alarming.suppressed if one != key))
        if before.standing and before.active:
            first = kind_of(before.code).stops and not before.out_by and not _other_stops(draft, key)
            draft.alarms_kept.put(key, replace(before, suppressed_by="", since_ms=draft.now_ms, first_out=first))
            if not before.out_by:
                count_alarm(draft, before.code)
        elif not before.aside:
            draft.alarms_kept.drop(key)
        else:
            draft.alarms_kept.put(key, replace(before, suppressed_by=""))


def _over(draft: Draft) -> list[str]:
    return [code for code, until in draft.facts.alarming.causes if 0 <= until <= draft.now_ms]


def drop_alarm(draft: Draft, key: str) -> None:
    """It is normal again."""
    draft.alarms_kept.drop(key)
    if key in draft.facts.alarming.suppressed:
        _set(draft, suppressed=tuple(one for one in draft.facts.alarming.suppressed if one != key))


def _other_stops(draft: Draft, key: str) -> bool:
    """Whether another alarm came first: one that stands and stops the line, or the first one, which nobody has seen yet."""
    kept = draft.alarms_kept
    stands = any(
        one != key and kind_of(one.partition(":")[0]).stops and not ((found := kept.get(one)) is not None and found.out_by)
        for one in draft.facts.alarming.standing
    )
    return stands or any(one.first_out and one.key != key for one in draft.alarms_kept.values())


def _make_room(draft: Draft) -> None:
    """A table that nobody looks after is bounded: the oldest of the least urgent that happened once goes. The journal has it."""
    if len(draft.alarms_kept) < ALARMS_KEPT:
        return
    happened = [one for one in draft.alarms_kept.values() if not one.standing and not one.aside]
    if happened:
        oldest = min(happened, key=lambda one: (-kind_of(one.code).priority, one.since_ms))
        drop_alarm(draft, oldest.key)
        name = "let_go_of_customs" if hidden(oldest.code) else "let_go"
        _set(draft, **{name: getattr(draft.facts.alarming, name) + 1})


def count_alarm(draft: Draft, code: str) -> None:
    """For the flood figure."""
    name = "begun_of_customs" if hidden(code) else "begun"
    before: tuple[int, ...] = getattr(draft.facts.alarming, name)
    recent = [at for at in before if at > draft.now_ms - RATE_OVER_MS]
    _set(draft, **{name: (*recent, draft.now_ms)[-RATE_MOST:]})


def _set(draft: Draft, **changes: object) -> None:
    draft.set_facts(alarming=replace(draft.facts.alarming, **changes))
