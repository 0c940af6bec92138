"""A signal tower on the network: five lamps, a buzzer, the PNS commands, at most `connections` at once.

One rule: what it shows is the last command it took; a tower without power shows nothing and listens to nobody.
Source: maker's command reference (run control `S`, answer 06, refusal 15).
"""

from __future__ import annotations

import asyncio

HEAD = b"XXS\x00\x00\x06"
LENGTH = len(HEAD) + 6
LAMPS = ("red", "amber", "green", "blue", "white")
MOST_VALUE = 9


class PatliteSim:
    """`shows` is what people see; `silent` takes commands and answers none, `refuse` answers 15."""

    def __init__(self, *, connections: int = 8) -> None:
        self.shows: dict[str, int] = dict.fromkeys((*LAMPS, "buzzer"), 0)
        self.silent = False
        self.refuse = False
        self.commands = 0
        self._connections = connections
        self._open: set[asyncio.StreamWriter] = set()
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
        for writer in tuple(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= self._connections:
            writer.close()
            return
        self._open.add(writer)
        try:
            while True:
                self._obey(await reader.readexactly(LENGTH), writer)
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
            self._open.discard(writer)
            writer.close()

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
