"""Keeps one line open for ever: opens, lets the driver serve it, closes, tries again.

Rule: one report when it goes down, one when it is up, however often the tries fail in between; a steady half
second between tries, so that a returning device is back within two seconds. Source: the project's rule for
device links.
"""

import asyncio
from collections.abc import Awaitable, Callable

from drivers.serial_port.losses import PortLost
from drivers.serial_port.ports import Port, PortSettings, SerialTransport


class PortKeeper:
    """Owns the connecting. `serve(port)` runs until it raises `PortLost`; anything else it raises is a
    defect and ends `run`, for the supervisor to see.
    """

    def __init__(
        self,
        transport: SerialTransport,
        settings: PortSettings,
        retry_ms: int,
        on_up: Callable[[], None],
        on_down: Callable[[PortLost], None],
    ) -> None:
        self._transport = transport
        self._settings = settings
        self._retry_s = retry_ms / 1000
        self._on_up = on_up
        self._on_down = on_down
        self._told_up: bool | None = None

    async def run(self, serve: Callable[[Port], Awaitable[None]]) -> None:
        while True:
            try:
                port = await self._transport.open(self._settings)
                try:
                    await serve(port)
                finally:
                    await port.close()
            except PortLost as lost:
                self._down(lost)
            await asyncio.sleep(self._retry_s)

    def up(self) -> None:
        """The driver says so once the device itself has shown that it is there."""
        if self._told_up is not True:
            self._told_up = True
            self._on_up()

    def _down(self, lost: PortLost) -> None:
        if self._told_up is not False:
            self._told_up = False
            self._on_down(lost)
