"""Driver of a stack light with sounder on the network.

Rule: it holds what the tower shall show and says it again each `repeat_ms`, whatever was answered; it opens the connection for
ever and decides nothing. A command without its answer in time closes the connection. Source: PATLITE command reference.
"""

import asyncio
from collections.abc import Callable

import msgspec

from drivers.beacon.codec import Answer, Picture, answer_of, run_control


class BeaconSettings(msgspec.Struct, frozen=True):
    """One tower."""

    device: str
    host: str
    port: int = 10_000
    timeout_ms: int = 500  # for connecting and for one answer
    repeat_ms: int = 1000  # the picture is sent again so often
    retry_ms: int = 500  # between two tries to connect


class BeaconUp(msgspec.Struct, frozen=True):
    device: str


class BeaconDown(msgspec.Struct, frozen=True):
    device: str
    code: str
    cause: str
    next_step: str


BeaconReport = BeaconUp | BeaconDown


class BeaconLost(Exception):  # noqa: N818 (said as it is said in the log)
    """Inside the driver: this connection is over."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(f"{code}: {cause}; {next_step}")
        self.code, self.cause, self.next_step = code, cause, next_step


class Beacon:
    """`run` never ends by itself; `show` may be called at any time and never waits."""

    def __init__(self, settings: BeaconSettings, report: Callable[[BeaconReport], None]) -> None:
        self._settings = settings
        self._report = report
        self._picture = Picture()
        self._changed = asyncio.Event()
        self._told: str | None = None

    def show(self, picture: Picture) -> None:
        """What the tower shall show from now on."""
        if picture != self._picture:
            self._picture = picture
            self._changed.set()

    async def run(self) -> None:
        while True:
            try:
                await self._connection()
            except BeaconLost as lost:
                if self._told != lost.code:
                    self._told = lost.code
                    self._report(BeaconDown(self._settings.device, lost.code, lost.cause, lost.next_step))
            await asyncio.sleep(self._settings.retry_ms / 1000)

    async def _connection(self) -> None:
        settings, where = self._settings, f"{self._settings.host}:{self._settings.port}"
        try:
            async with asyncio.timeout(settings.timeout_ms / 1000):
                reader, writer = await asyncio.open_connection(settings.host, settings.port)
        except (OSError, TimeoutError) as error:
            cause = f"no connection to {where}: {error or 'no answer'}"
            raise BeaconLost("no_connection", cause, "check its power, network cable and address") from error
        answered = False
        try:
            while True:
                self._changed.clear()
                writer.write(run_control(self._picture))
                await self._answered(reader, answered)
                answered = True
                if self._told != "":
                    self._told = ""
                    self._report(BeaconUp(settings.device))
                await self._pause()
        finally:
            writer.transport.abort()

    async def _answered(self, reader: asyncio.StreamReader, before: bool) -> None:
        """`before`: it has answered on this connection. One that never did, and closes it, serves enough others."""
        device, timeout_ms = self._settings.device, self._settings.timeout_ms
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                data = await reader.read(1)
        except TimeoutError:
            cause = f"{device}: no answer in {timeout_ms} ms"
            raise BeaconLost("silent", cause, "check the tower and its protocol setting") from None
        except OSError as error:
            if not before and isinstance(error, ConnectionError):
                raise self._turned_away() from error
            raise BeaconLost("connection_lost", f"{device}: {error}", "check its power and network cable") from error
        if not data and not before:
            raise self._turned_away()
        if not data:
            raise BeaconLost("connection_lost", f"{device}: it closed the connection", "check its power and network cable")
        if answer_of(data[0]) is not Answer.TAKEN:
            cause = f"{device}: it answered {data[0]:02X}"
            raise BeaconLost("refused", cause, "check that the tower speaks PNS and has five lamps")

    def _turned_away(self) -> BeaconLost:
        cause = f"{self._settings.device}: it takes the connection and closes it unanswered, as one that is full does"
        step = "end what else is connected to it; it drops a host that is dead by itself, or when its power is switched"
        return BeaconLost("turned_away", cause, step)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._settings.repeat_ms / 1000):
                await self._changed.wait()
        except TimeoutError:
            return
