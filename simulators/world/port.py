"""Where a serial device is plugged in: the one interface of every simulated serial line.

One rule: a message is sent whole or not at all. When nobody is plugged in, or the buffer is full because
nobody reads, the new message is lost and counted (`lost_messages`), as on a UART without flow control.

`PtyPort` is a local cable, `TcpPort` a terminal server in raw mode, `MemoryPort` a cable in a virtual loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

BUFFER_BYTES = 16 * 1024
MAX_WAITING_PIECES = 256
# Two due times closer than this are one instant.
SAME_INSTANT_S = 1e-6

Receive = Callable[[bytes], None]


class Port(Protocol):
    """What a device simulator sees of its line."""

    lost_messages: int

    @property
    def url(self) -> str:
        """What a driver opens."""

    @property
    def plugged(self) -> bool: ...

    def on_bytes(self, receive: Receive) -> None:
        """Who hears what the driver writes; the last caller wins."""

    def send(self, data: bytes) -> bool:
        """To the driver; False when the message was lost."""

    async def plug(self) -> None:
        """Connect the cable, under the same name each time. Does nothing when plugged."""

    def unplug(self) -> None:
        """Pull the cable. Does nothing when unplugged."""

    async def close(self) -> None:
        """Unplug for good and give back what the system lent."""


class PacedOut:
    """Messages that leave after a delay, in order: a later one never overtakes an earlier one.

    At most `MAX_WAITING_PIECES` wait; one more is lost and counted.
    """

    def __init__(self, port: Port) -> None:
        self._port = port
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self.lost_messages = 0

    def put(self, data: bytes, after_ms: float = 0.0) -> bool:
        """Send `after_ms` from now, or when the message before it has left if that is later."""
        loop = asyncio.get_running_loop()
        if not self._waiting and after_ms <= 0:
            return self._port.send(data)
        if len(self._waiting) >= MAX_WAITING_PIECES:
            self.lost_messages += 1
            return False
        due_s = loop.time() + after_ms / 1000
        if self._waiting:
            due_s = max(due_s, self._waiting[-1][0])
        self._waiting.append((due_s, data))
        if self._timer is None:
            self._timer = loop.call_at(due_s, self._leave)
        return True

    def clear(self) -> None:
        """Forget what has not left yet."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _leave(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._waiting and self._waiting[0][0] <= loop.time() + SAME_INSTANT_S:
            self._port.send(self._waiting.popleft()[1])
        if self._waiting:
            self._timer = loop.call_at(self._waiting[0][0], self._leave)
