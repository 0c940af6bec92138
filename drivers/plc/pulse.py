"""Does the PLC program still run? A PLC that answers is not yet a PLC that works.

One rule: a heartbeat that stands for 3 polls and 1 s is a frozen PLC. Pure state, no I/O.
Source: PLC contract CIL-1, fail-safe rule 6. Both limits must have passed, since the contract lets the PLC count as
slowly as every 500 ms, which is longer than 3 short polls. Over a lost connection the first reading on the next one is
enough where it was asked for 1 s or longer after the count was last seen to move: a program that ran would have counted on.

A reply may be late, and what it tells was read at any time since it was asked for. So a count that moved is dated by the
reply, one that stands by the request: it has surely stood from the one to the other.
"""

from __future__ import annotations

FROZEN_POLLS = 3
FROZEN_S = 1.0


class PlcPulse:
    """Watches PLC_HEARTBEAT from poll to poll."""

    def __init__(self) -> None:
        self.frozen = False
        self.heartbeat: int | None = None
        self._moved_s = 0.0
        self._begun_s = 0.0
        self._heard = False  # on this connection
        self._still_polls = 0
        self._still_s = 0.0

    def begin(self, at_s: float) -> None:
        """A new connection: time without one says nothing about the PLC before the first reading on it."""
        self._begun_s = at_s
        self._heard = False
        self._still_polls = 0

    def saw(self, heartbeat: int, asked_s: float, at_s: float) -> bool:
        """Take a reading, when it was asked for and when it came; True if a frozen PLC is alive again."""
        first, self._heard = not self._heard, True
        if heartbeat == self.heartbeat:
            self._still_s = asked_s - self._moved_s
            stood_meanwhile = first and self._still_s >= FROZEN_S
            self._still_polls = FROZEN_POLLS if stood_meanwhile else self._still_polls + 1
            return False
        self.heartbeat, self._moved_s, self._still_polls = heartbeat, at_s, 0
        back, self.frozen = self.frozen, False
        return back

    def missed(self, asked_s: float) -> None:
        """A poll that gave no whole block S, and when it was begun."""
        self._still_polls += 1
        self._still_s = asked_s - (self._moved_s if self._heard else max(self._moved_s, self._begun_s))

    def stopped(self) -> float | None:
        """Seconds without movement, once, when the PLC becomes frozen."""
        if self.frozen or self.heartbeat is None or self._still_polls < FROZEN_POLLS or self._still_s < FROZEN_S:
            return None
        self.frozen = True
        return self._still_s
