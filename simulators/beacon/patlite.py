"""A signal tower on the network: five lamps, a buzzer, the PNS commands, at most `connections` at once.

One rule: what it shows is the last command it took; a tower without power shows nothing and listens to nobody.
Source: maker's command reference (run control `S`, answer 06, refusal 15; LA6-POE: 8 connections). That a full tower gives the
place of whoever was silent for `QUIET_S` to the next is assumed: a host without power says no goodbye.
"""

from __future__ import annotations

import asyncio

HEAD = b"XXS\x00\x00\x06"
LENGTH = len(HEAD) + 6
LAMPS = ("red", "amber", "green", "blue", "white")
MOST_VALUE = 9
QUIET_S = 10.0


class PatliteSim:
    """`shows` is what people see; `silent` takes commands and answers none, `refuse` answers 15."""

    def __init__(self, *, connections: int = 8, quiet_s: float = QUIET_S) -> None:
        self.shows: dict[str, int] = dict.fromkeys((*LAMPS, "buzzer"), 0)
        self.silent = False
        self.refuse = False
        self.commands = 0
        self._connections = connections
        self._quiet_s = quiet_s
        self._heard_s: dict[asyncio.StreamWriter, float] = {}  # who is connected, and when something came last
        self._server: asyncio.Server | None = None
        self.port = 0

    async def plug(self, port: int = 0) -> None:
        """Power and network on; the port is kept over a power cut."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port or self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        """Dark at once, and nobody is told."""
        self.shows = dict.fromkeys(self.shows, 0)
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in tuple(self._heard_s):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        if not self._room(loop.time()):
            writer.close()
            return
        self._heard_s[writer] = loop.time()
        try:
            while True:
                self._obey(await reader.readexactly(LENGTH), writer)
                self._heard_s[writer] = loop.time()
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
            self._heard_s.pop(writer, None)
            writer.close()

    def _room(self, now_s: float) -> bool:
        """Whether one more may connect; where all places are taken, whoever was silent for longest loses a dead one's."""
        if len(self._heard_s) < self._connections:
            return True
        longest = min(self._heard_s, key=lambda one: self._heard_s[one])
        if now_s - self._heard_s[longest] < self._quiet_s:
            return False
        del self._heard_s[longest]
        longest.transport.abort()
        return True

    def _obey(self, command: bytes, writer: asyncio.StreamWriter) -> None:
        values = command[len(HEAD) :]
        well = command.startswith(HEAD) and max(values) <= MOST_VALUE and not self.refuse
        if well:
            self.commands += 1
            for name, value in zip(self.shows, values, strict=True):
                if value != MOST_VALUE:  # 9 = keep
                    self.shows[name] = value
        if not self.silent:
            writer.write(b"\x06" if well else b"\x15")
