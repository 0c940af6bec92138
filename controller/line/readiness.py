"""Whether this line may decide at all, and what it tells the PLC about that.

One rule: ready is derived from the state after each event and never stored as an opinion; "ready to decide" is the
last thing to come back (reliability rules, section 8 d and e).
"""

from controller.domain.reasons import Blocker
from controller.line.belt import PlcFlag, next_sequence
from controller.line.commands import CommandCode, PlcCommand, SetOutputs, WakeAt
from controller.line.holds import place
from controller.line.signals import calls_for, lamps_for
from controller.line.state import Draft

RESUME_AGAIN_MS = 1000
SILENCE_TOKEN = "customs"

# These keep new releases from being made; they do not take back one that the PLC already holds, because what makes
# them true (a lost link, a restart) is just what the PLC's own fail-safe rules cover.
NOT_REVOKING = frozenset({"not_configured", "plc_not_ready", "plc_fail_safe", "session_conflict", "task_down", "restarted"})


def line_blockers(draft: Draft) -> tuple[Blocker, ...]:
    """Why this line may release nothing at the moment. Looked up once for facts and holds that are the same: each carton asks."""
    known = draft.line_blocked
    if known is not None and known[0] is draft.facts and known[1] == draft.holds.edits:
        return known[2]
    found = _line_blockers(draft)
    draft.line_blocked = (draft.facts, draft.holds.edits, found)
    return found


def _line_blockers(draft: Draft) -> tuple[Blocker, ...]:
    found: list[Blocker] = []
    facts = draft.facts
    if facts.profile is None:
        found.append(Blocker("not_configured", "line"))
    else:
        if facts.profile.image_required and facts.rules is None:
            found.append(Blocker("rules_missing", "line"))
        if facts.config.unsigned:
            found.append(Blocker("config_unsigned", "line"))
    if not facts.plc_synced or facts.plc_status is None:
        found.append(Blocker("plc_not_ready", "line"))
    elif facts.plc_status.flags & PlcFlag.SESSION_CONFLICT:
        found.append(Blocker("session_conflict", "line"))
    elif facts.plc_status.flags & PlcFlag.FAIL_SAFE:
        found.append(Blocker("plc_fail_safe", "line"))
    if facts.tasks_down:
        found.append(Blocker("task_down", "line", ", ".join(facts.tasks_down)))
    if is_silent(draft):
        found.append(Blocker("customs_silent", "line"))
    for hold in draft.holds.values():
        if hold.scope == "line" and hold.lifted_ms < 0:
            found.append(Blocker(hold.code, "line", hold.cause))
    return tuple(found)


def is_silent(draft: Draft) -> bool:
    """No word of customs for longer than the limit, or none at all since the daemon started. A limit of 0 asks for none."""
    facts = draft.facts
    if facts.profile is None or not facts.profile.customs_silence_limit_s:
        return False
    limit_ms = facts.profile.customs_silence_limit_s * 1000
    return facts.customs_heard_ms < 0 or draft.now_ms - facts.customs_heard_ms >= limit_ms


def command(draft: Draft, code: CommandCode, arg1: int = 0, arg2: int = 0) -> int:
    """Issue a command with the next command sequence (a counter in journaled state), and say which it is."""
    seq = next_sequence(draft.facts.command_seq)
    draft.set_facts(command_seq=seq)
    draft.commands.append(PlcCommand(int(code), draft.facts.epoch, arg1, arg2, seq))
    return seq


def review_line(draft: Draft) -> tuple[Blocker, ...]:
    """Bring the host flags up to date and leave fail-safe once everything is reconciled. Gives what blocks the line."""
    facts = draft.facts
    deciding = bool(facts.plc_synced and facts.profile is not None and not facts.tasks_down and facts.plc_status is not None)
    blocked = line_blockers(draft)
    calls = calls_for(blocked)
    muted = tuple(call for call in facts.muted if call in calls)
    if muted != facts.muted:
        draft.set_facts(muted=muted)
    mask = _pass_mask(draft) if deciding else 0
    wanted = (deciding, mask, int(lamps_for(blocked)), any(call not in muted for call in calls))
    if wanted != facts.outputs:
        was_deciding, was_mask = facts.outputs[:2]
        narrows = deciding and was_deciding and mask != was_mask and not mask & ~was_mask
        draft.set_facts(outputs=wanted)
        draft.commands.append(SetOutputs(*wanted, narrows=narrows))
    if deciding and {b.code for b in blocked} & {"plc_fail_safe"}:
        _ask_to_resume(draft)
    elif facts.resume_asked_ms >= 0:
        draft.set_facts(resume_asked_ms=-1)
    return blocked


def _pass_mask(draft: Draft) -> int:
    """Which stations let cartons pass; nothing new comes onto the belt while the infeed is paused."""
    profile = draft.profile
    if draft.facts.infeed_paused_ms < 0:
        return profile.pass_mask
    return profile.pass_mask & ~(1 << (profile.induct_zone - 1))


def mute(draft: Draft) -> None:
    """Silence the sounder for what it calls for now; a new cause sounds again."""
    draft.set_facts(muted=calls_for(line_blockers(draft)))


def _ask_to_resume(draft: Draft) -> None:
    asked = draft.facts.resume_asked_ms
    if asked >= 0 and draft.now_ms - asked < RESUME_AGAIN_MS:
        return
    draft.set_facts(resume_asked_ms=draft.now_ms)
    command(draft, CommandCode.RESUME)
    wake(draft, draft.now_ms + RESUME_AGAIN_MS, "resume")


def wake(draft: Draft, line_ms: int, token: str) -> None:
    """Ask for a `TimerFired` with this token; it is kept in state, so a restart arms it again."""
    draft.timers.put(token, line_ms)
    draft.commands.append(WakeAt(line_ms, token))


def hold_line(draft: Draft, code: str, cause: str) -> None:
    """Hold every carton of the line until a person lifts it; the same thing again is an alarm, not a second hold."""
    draft.alarm(code, "line", cause)
    if any(h.scope == "line" and h.lifted_ms < 0 and (h.code, h.cause) == (code, cause) for h in draft.holds.values()):
        return
    place(draft, "line", "line", code, cause, actor="line", role="line")
