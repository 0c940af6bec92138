"""Pending commands and the one mailbox they are written to.

One rule: a stop, hold or abort goes into the mailbox at once, whatever stands there; everything else waits its turn
and is written unchanged until its echo shows it. Pure state, no I/O.
Source: PLC contract CIL-1, "Host block H" (command mailbox) and the paragraph on stop commands.
"""

from __future__ import annotations

from collections import deque

from drivers.plc.codec import CommandRecord, Status
from drivers.plc.errors import PlcRefusalError
from drivers.plc.vocabulary import STOP_COMMANDS, Command, Result

QUEUE_LIMIT = 16
STOP_WRITES = 10
"""After so many writes a stop without echo (its sequence was not later) counts as delivered."""

_UNREADY = frozenset({int(Command.PROPOSE_EPOCH)})


class CommandBox:
    """The mailbox and what waits for it."""

    def __init__(self) -> None:
        self._current: CommandRecord | None = None
        self._writes = 0
        self._queue: deque[CommandRecord] = deque()

    def add(self, command: CommandRecord) -> tuple[CommandRecord, ...]:
        """Queue it; a stop command jumps the queue and voids every waiting permissive command (given back)."""
        if any(known == command for known in self.pending()):
            return ()
        if command.code in STOP_COMMANDS:
            return self._add_stop(command)
        if len(self._queue) >= QUEUE_LIMIT:
            raise PlcRefusalError(
                "queue_full", f"{QUEUE_LIMIT} commands wait for the mailbox", "wait for the PLC, or stop the line"
            )
        self._queue.append(command)
        return ()

    def next_write(self, *, permissive: bool, resume: bool = False) -> CommandRecord | None:
        """What to write now. Not ready: restrictive commands, 36, and (in a conflict) 34 alone."""

        def allowed(command: CommandRecord) -> bool:
            if permissive or not command.permissive or command.code in _UNREADY:
                return True
            return resume and command.code == Command.RESUME

        if self._current and (allowed(self._current) or not any(map(allowed, self._queue))):
            return self._current if allowed(self._current) else None
        choice = next((c for c in self._queue if allowed(c)), None)
        if choice is None:
            return None
        self._queue.remove(choice)
        if self._current:  # a withheld permissive command makes room and waits again
            self._queue.appendleft(self._current)
        self._take(choice)
        return choice

    def stop_to_write(self) -> CommandRecord | None:
        """The stop command in the mailbox, if one is pending."""
        return self._current if self._current and self._current.code in STOP_COMMANDS else None

    def written(self, command: CommandRecord) -> tuple[CommandRecord, Result] | None:
        """Count a successful write; a stop that is never echoed is given back as done after a while."""
        if command is not self._current:
            return None
        self._writes += 1
        if command.code not in STOP_COMMANDS or self._writes < STOP_WRITES:
            return None
        self._current = None
        return command, Result.NONE

    def settle(self, status: Status) -> tuple[CommandRecord, Result] | None:
        """The command whose echo and result stand in this block S; the mailbox is free again."""
        current = self._current
        if current is None or self._writes == 0 or status.cmd_echo != current.seq:
            return None
        if status.cmd_result is Result.NONE:
            return None
        if current.code not in STOP_COMMANDS and status.session_echo != current.session:
            return None
        self._current = None
        return current, status.cmd_result

    @property
    def proposes_epoch(self) -> bool:
        return any(c.code == Command.PROPOSE_EPOCH for c in self.pending())

    def drop_permissive(self, but: frozenset[int] = frozenset()) -> tuple[CommandRecord, ...]:
        """Forget every permissive command, waiting or written, `but` those of these codes."""
        dropped = tuple(c for c in self.pending() if c.permissive and c.code not in but)
        self._queue = deque(c for c in self._queue if c not in dropped)
        if self._current in dropped:
            self._current = None
        return dropped

    def clear(self, *, keep_stop: bool) -> tuple[CommandRecord, ...]:
        """Forget everything; a stop that is still to be heard stays over a session change, not over an epoch's."""
        kept = tuple(c for c in self.pending() if keep_stop and c.code in STOP_COMMANDS)
        dropped = tuple(c for c in self.pending() if c not in kept)
        self._queue.clear()
        self._current = None
        for command in kept:
            self._queue.append(command)
        if self._queue:
            self._take(self._queue.popleft())
        return dropped

    def pending(self) -> tuple[CommandRecord, ...]:
        return (*((self._current,) if self._current else ()), *self._queue)

    def _add_stop(self, command: CommandRecord) -> tuple[CommandRecord, ...]:
        dropped = self.drop_permissive()
        current = self._current
        if current is None:
            self._take(command)
        elif current.code not in STOP_COMMANDS:
            self._queue.appendleft(current)
            self._take(command)
        elif current.code == Command.HOLD != command.code:
            dropped = (*dropped, current)
            self._take(command)
        else:  # the one in the mailbox stops the line already and is heard first
            self._queue.insert(self._waiting_stops(), command)
        while len(self._queue) > QUEUE_LIMIT:
            dropped = (*dropped, self._queue.pop())
        return dropped

    def _waiting_stops(self) -> int:
        return sum(1 for c in self._queue if c.code in STOP_COMMANDS)

    def _take(self, command: CommandRecord) -> None:
        self._current = command
        self._writes = 0
