"""Connections of strangers to an HTTP port: how long one may say nothing, and how many there are.

One rule: a connection is there for a request. One on which none has come within its time, whole header and all, is closed; so is
whatever is too much of one address; and where there are too many in all, the one that has been silent longest makes room.
"""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from controller.daemon.addresses import address_told

Timer = asyncio.TimerHandle


class Patient(HttpToolsProtocol):
    """uvicorn's, with bounds. A server gives its own class of it, with its own figures."""

    SILENT_S: ClassVar[float] = 15.0
    OF_AN_ADDRESS: ClassVar[int] = 100
    IN_ALL: ClassVar[int] = 200
    FRONT: ClassVar[frozenset[str]] = frozenset()  # servers of the site that many people are behind: no share, but that of all

    _silent: Timer | None = None
    _since_s = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_request()
        there = [one for one in self.connections if isinstance(one, Patient) and not one.transport.is_closing()]
        mine = _address(self)
        if mine not in self.FRONT and sum(_address(one) == mine for one in there) > self.OF_AN_ADDRESS:
            transport.abort()
        elif len(there) > self.IN_ALL:
            _longest_silent(there, self).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._asked()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_silent:
            self._await_request()  # part of a header, or of a body that nobody waits for: no second start of the time
        else:
            self._asked()

    @property
    def is_silent(self) -> bool:
        """No request is being answered."""
        cycle: object = self.cycle
        return cycle is None or bool(self.cycle.response_complete)

    @property
    def since_s(self) -> float:
        return self._since_s

    def _await_request(self) -> None:
        if self._silent is None:
            self._since_s = self.loop.time()
            self._silent = self.loop.call_later(self.SILENT_S, self._too_late)

    def _asked(self) -> None:
        if self._silent is not None:
            self._silent.cancel()
            self._silent = None

    def _too_late(self) -> None:
        self._silent = None
        if self.is_silent and not self.transport.is_closing():
            self.transport.abort()


def _address(connection: Patient) -> str:
    """As `FRONT` names it, whatever the port is called from."""
    told = connection.client[0] if connection.client else ""
    return str(address_told(told) or told)


def _longest_silent(there: list[Patient], newest: Patient) -> Patient:
    """The newest itself where all others are being answered."""
    silent = [one for one in there if one.is_silent and one is not newest]
    return min(silent, key=lambda one: one.since_s, default=newest)
