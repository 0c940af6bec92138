"""`apply(state, stamped) -> Outcome`: the only way a line changes.

One rule: total and pure. It stages every change in a draft and commits it at the end; an exception inside becomes the
outcome `core_fault`, holds every carton of the line, and replays identically (architecture, "One sentence").
"""

from msgspec.structs import replace

from controller.line import gate, handlers
from controller.line.alarming import review_alarms
from controller.line.commands import CommandCode, Outcome
from controller.line.events import Stamped, TimerFired
from controller.line.pacing import review_pictures
from controller.line.readiness import command, hold_line, line_blockers, review_line, wake
from controller.line.routing import review_belt
from controller.line.state import Draft, LineState, UnkeptError

AGAIN_MS = 60_000


def apply(state: LineState, stamped: Stamped) -> Outcome:
    """Apply one event. Never raises; never leaves a half-made change."""
    now_ms = max(stamped.line_ms, state.facts.line_ms)
    draft = Draft(state, now_ms, stamped.utc)
    try:
        _handle(draft, stamped)
        if draft.facts.profile is not None:
            review_pictures(draft)
            blocked = review_line(draft)
            review_belt(draft)
            gate.review_gates(draft)
            review_alarms(draft, stamped.event, blocked)
        return draft.commit()
    except UnkeptError as unkept:
        return _unkept(state, now_ms, stamped, str(unkept))
    except Exception as fault:
        return _core_fault(state, now_ms, stamped, f"{type(stamped.event).__name__}: {type(fault).__name__}: {fault}")


def _unkept(state: LineState, now_ms: int, stamped: Stamped, cause: str) -> Outcome:
    """Input that no record can hold is refused: it neither stops the line nor comes in unrecorded, and people have its alarm."""
    draft, kind = Draft(state, now_ms), type(stamped.event).__name__
    draft.refuse("not_recordable", kind, cause, "shorten the names, or split the file")
    draft.alarm("import_refused", kind, cause)
    _ask_again(draft, stamped)
    try:
        if draft.facts.profile is not None:
            review_alarms(draft, stamped.event, line_blockers(draft))
        return draft.commit()
    except Exception as fault:
        return _core_fault(state, now_ms, stamped, f"{kind}: {type(fault).__name__}: {fault}")


def _core_fault(state: LineState, now_ms: int, stamped: Stamped, cause: str) -> Outcome:
    """Nothing of the event counts, every carton of the line is held, releases on the belt are taken back."""
    draft = _held(state, now_ms, stamped, cause)
    try:
        if draft.facts.profile is not None:
            review_belt(draft)
    except Exception:
        draft = _held(state, now_ms, stamped, cause)
        command(draft, CommandCode.STOP)
    return replace(draft.commit(), core_fault=cause)


def _held(state: LineState, now_ms: int, stamped: Stamped, cause: str) -> Draft:
    draft = Draft(state, now_ms)
    hold_line(draft, "core_fault", cause)
    _ask_again(draft, stamped)
    return draft


def _ask_again(draft: Draft, stamped: Stamped) -> None:
    """A timer is fired once for each time it is asked for: one that came to nothing is asked for again."""
    event = stamped.event
    due = draft.timers.get(event.token) if isinstance(event, TimerFired) else None
    if isinstance(event, TimerFired) and due is not None and due <= draft.now_ms:
        wake(draft, draft.now_ms + AGAIN_MS, event.token)


def _handle(draft: Draft, stamped: Stamped) -> None:
    event = stamped.event
    act = handlers.ACTS.get(type(event))
    if act is not None:
        act(draft, stamped, event)
        return
    handler = handlers.EVENTS.get(type(event))
    if handler is not None:
        handler(draft, event)
