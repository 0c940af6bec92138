"""Lamps and sounder: what the line looks like from across the hall.

One rule: derived from what speaks against releasing, never stored; the sounder calls a person, so it sounds only for what waits
for one, until somebody mutes it or the cause is gone.
Source: plc-contract, HOST_FLAGS; screening areas (`devices.md` section 2): green runs, amber fault, blue fail-safe, white
communication.
"""

from enum import IntFlag

from controller.domain.reasons import Blocker


class Lamps(IntFlag):
    """As HOST_FLAGS b3 to b7 have them, counted from 0."""

    RED = 1 << 0
    AMBER = 1 << 1
    GREEN = 1 << 2
    BLUE = 1 << 3
    WHITE = 1 << 4


WHITE_FOR = frozenset({"plc_not_ready", "session_conflict"})
BLUE_FOR = frozenset({"plc_fail_safe"})
# These come back by themselves: nobody is called for them.
QUIET_FOR = frozenset({"not_configured", "plc_not_ready", "plc_fail_safe", "task_down"})


def lamps_for(blocked: tuple[Blocker, ...]) -> Lamps:
    """Green when nothing speaks against releasing; red beside it while the line is held for a person."""
    codes = {blocker.code for blocker in blocked}
    if not codes:
        return Lamps.GREEN
    lamps = Lamps(0)
    if codes & WHITE_FOR:
        lamps |= Lamps.WHITE
    if codes & BLUE_FOR:
        lamps |= Lamps.BLUE
    if calls_for(blocked):
        lamps |= Lamps.RED
    return lamps or Lamps.AMBER


def calls_for(blocked: tuple[Blocker, ...]) -> tuple[str, ...]:
    """What a person is called for, as `code: detail`, so that a new cause of the same kind sounds again."""
    return tuple(sorted({f"{b.code}: {b.detail}" for b in blocked if b.code not in QUIET_FOR}))
