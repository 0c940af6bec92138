"""The PLC's clock: line time of a record from the PLC's own 16-bit millisecond counter.

One rule: a stamp counts as long as the counter is known to go as line time does. It may run slow or fast: what is known of it is
never older than twenty seconds of records. It may be set, by a person or a time server: no carton that is at a gate then has
a window, for by a wrong clock it would be given the reads and the weight of its neighbour.
"""

from collections.abc import Callable

from msgspec.structs import replace

from controller.line.plc_events import RingEvent
from controller.line.state import Draft
from controller.line.window_state import PlcClock, Window

MODULUS = 65536
HALF = 32768
DELAY_MOST_MS = 30_000
QUIET_MOST_MS = 30_000
STRETCH_MS = 10_000
LATE_MS = 300
"""A poll brings its records sooner. What came later came by a slow poll, or by a clock that was set back: the next ones tell."""
DISORDER_MS = 100
"""Eyes that are looked at in turn may be told of in another order than they saw: no clock was set for that."""
STEP_MS = 2000
"""No poll takes so long without the link being lost."""
WINDOWS = ("scan", "weigh", "verify")


def offset_ms(clock: PlcClock) -> int:
    """The best estimate of how far the counter is behind line time, -1 = unknown: the smallest delay is the nearest to none."""
    if clock.before_ms < 0 or clock.least_ms < 0:
        return clock.least_ms
    return _smaller(clock.least_ms, clock.before_ms)


def at_ms(clock: PlcClock, event: RingEvent) -> int:
    """Line time of a record by what is known of the clock; -1 when it cannot be told."""
    known = offset_ms(clock)
    delay = _signed(event.read_ms - event.t_ms - known) if known >= 0 else MODULUS
    if -LATE_MS <= delay < 0:
        return event.read_ms  # it came sooner than any of the last seconds did
    return event.read_ms - delay if 0 <= delay <= DELAY_MOST_MS else -1


def hear(draft: Draft, event: RingEvent) -> int:
    """Line time of a record, once the clock has learned from it; -1 when it cannot be told."""
    clock = draft.facts.plc_clock
    if clock.least_ms < 0 or event.read_ms - clock.read_ms > QUIET_MOST_MS:
        # A backlog of more than a minute can not be told apart.
        return -1 if event.backlog else _measure_anew(draft, event)
    went_back = _signed(event.t_ms - clock.t_ms) < -DISORDER_MS
    if event.backlog:
        if went_back:
            _was_set(draft, PlcClock(), "its counter went back")
            return -1
        draft.set_facts(plc_clock=replace(clock, t_ms=event.t_ms, late=False))
        return at_ms(clock, event)
    return _hear_live(draft, clock, event, went_back)


def _hear_live(draft: Draft, clock: PlcClock, event: RingEvent, went_back: bool) -> int:
    candidate = (event.read_ms - event.t_ms) % MODULUS
    known = offset_ms(clock)
    if went_back or _signed(candidate - known) > STEP_MS:
        cause = "its counter went back" if went_back else f"a record came {_signed(candidate - known)} ms late"
        _was_set(draft, _anew(event), cause)
        return -1
    if event.read_ms - clock.since_ms >= STRETCH_MS:
        clock = replace(clock, before_ms=clock.least_ms, least_ms=candidate, since_ms=event.read_ms)
    else:
        clock = replace(clock, least_ms=_smaller(clock.least_ms, candidate))
    moved = _signed(offset_ms(clock) - known)
    if abs(moved) > LATE_MS:
        # Set by less than a poll may take, or forward; or every record of the time before had come late, the first one too.
        first = clock.before_ms < 0
        if first:
            _blind(draft)
            draft.set_facts(plc_clock=_anew(event))
        else:
            _was_set(draft, _anew(event), f"its counter is {abs(moved)} ms off")
        return event.read_ms
    late = _signed(candidate - offset_ms(clock)) > LATE_MS
    if clock.doubted and not late:
        _believe(draft)
    draft.set_facts(plc_clock=replace(clock, read_ms=event.read_ms, t_ms=event.t_ms, late=late, doubted=late))
    return at_ms(clock, event)


def _anew(event: RingEvent) -> PlcClock:
    candidate = (event.read_ms - event.t_ms) % MODULUS
    return PlcClock(candidate, -1, event.read_ms, event.read_ms, event.t_ms)


def _measure_anew(draft: Draft, event: RingEvent) -> int:
    draft.set_facts(plc_clock=_anew(event))
    return event.read_ms


def _was_set(draft: Draft, clock: PlcClock, cause: str) -> None:
    _blind(draft)
    draft.set_facts(plc_clock=clock)
    draft.alarm("plc_clock_set", "line", cause)


def _blind(draft: Draft) -> None:
    _change(draft, lambda window: replace(window, blind=True))


def _believe(draft: Draft) -> None:
    _change(draft, lambda window: replace(window, doubtful=False))


def _change(draft: Draft, changed: Callable[[Window], Window]) -> None:
    """Every window that is not settled yet."""
    for key in draft.facts.live:
        passage = draft.passages[key]
        windows = {name: getattr(passage, name) for name in WINDOWS}
        changes = {n: changed(w) for n, w in windows.items() if w is not None and not w.settled and changed(w) != w}
        if changes:
            draft.change_passage(key, **changes)


def _smaller(one: int, other: int) -> int:
    return one if _signed(one - other) <= 0 else other


def _signed(distance_ms: int) -> int:
    return (distance_ms + HALF) % MODULUS - HALF
