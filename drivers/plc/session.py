"""Who may rule the line: watching for another host, choosing a session, counting the host heartbeat.

One rule: a session is begun only after block H stood still for HB_LIMIT.
Source: PLC contract CIL-1, "Sessions" and block H words 0-1.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from enum import Enum, auto

from drivers.plc.blocks import PlcBlocks
from drivers.plc.codec import HostLive, Status
from drivers.plc.sequences import advance

MARGIN_S = 0.3
"""Added to HB_LIMIT: the PLC may have seen the last heartbeat some scans after it was written."""

SILENT_POLLS = 5
HEARTBEAT_LEAP = 16384


class SessionGoneError(Exception):
    """Another session rules; the driver ends."""


class Verdict(Enum):
    """What block H says about other hosts."""

    WATCHING = auto()
    QUIET = auto()
    MOVED = auto()


class HostWatch:
    """Compares heartbeat and session in block H over HB_LIMIT; the two looks may lie on different connections."""

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._expected: frozenset[tuple[int, int]] = frozenset()
        self._generation: tuple[int, int] | None = None

    def restart(self) -> None:
        self._since_s = None

    def seed(self, since_s: float, written: frozenset[tuple[int, int]], generation: tuple[int, int]) -> None:
        """Begin from what this driver itself wrote last: if that still stands there, nobody else wrote since."""
        self._since_s = since_s
        self._expected = written
        self._generation = generation

    def look(self, at_s: float, live: HostLive, status: Status, limit_s: float) -> Verdict:
        seen = (live.heartbeat, live.session)
        generation = (status.epoch, status.boot_nonce)
        fresh = self._since_s is None or generation != self._generation
        moved = not fresh and seen not in self._expected
        if fresh or moved:
            self._since_s = at_s
        self._expected = frozenset({seen})
        self._generation = generation
        if moved:
            return Verdict.MOVED
        quiet_s = at_s - (self._since_s if self._since_s is not None else at_s)
        return Verdict.QUIET if quiet_s >= limit_s + MARGIN_S else Verdict.WATCHING


def choose_session(session_echo: int, rng: random.Random) -> int:
    """A serially later session at a random distance, so that two starters rarely choose the same."""
    return advance(session_echo, rng.randint(1, 1000))


class HostHeartbeat:
    """Counts on at each write; leaps if the PLC takes none, because it remembers a later one from before."""

    def __init__(self) -> None:
        self._value = 0
        self._recent: deque[int] = deque(maxlen=8)
        self._unheard = 0

    def begin_after(self, *seen: int) -> None:
        self._value = seen[0]
        for value in seen[1:]:
            if 0 < (value - self._value) % 65536 < 32768:
                self._value = value
        self._recent.clear()
        self._unheard = 0

    def beat(self) -> int:
        self._value = advance(self._value)
        self._recent.append(self._value)
        return self._value

    def heard(self, echo: int) -> None:
        """Look at HOST_HB_ECHO; after some polls without one of ours leap to a serially later range."""
        if not self._recent or echo in self._recent:
            self._unheard = 0
            return
        self._unheard += 1
        if self._unheard >= SILENT_POLLS:
            self._unheard = 0
            self._value = advance(self._value, HEARTBEAT_LEAP)


class HostVoice:
    """Writes the live words of block H and remembers what may stand there and since when."""

    def __init__(self) -> None:
        self.heartbeat = HostHeartbeat()
        self.heard_s = 0.0
        """When a write was last answered."""
        self._attempt_s = 0.0
        self._standing: frozenset[tuple[int, int]] = frozenset()

    async def speak(self, blocks: PlcBlocks, *, session: int, epoch: int, ack: int, flags: int, pass_mask: int) -> None:
        loop = asyncio.get_running_loop()
        live = HostLive(self.heartbeat.beat(), session, epoch, ack, flags, pass_mask)
        mine = (live.heartbeat, session)
        # An unanswered write may or may not have arrived: until the next answer both may stand there.
        self._standing = self._standing | {mine}
        self._attempt_s = loop.time()
        await blocks.write_live(live)
        self._standing = frozenset({mine})
        self.heard_s = loop.time()

    def hand_over(self, watch: HostWatch, generation: tuple[int, int]) -> None:
        """The session is over: the watch may begin at our own last write."""
        if self._standing:
            watch.seed(self._attempt_s, self._standing, generation)
        self._standing = frozenset()
