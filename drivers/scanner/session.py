"""One reader's line, served for ever: what both scanner drivers share.

Rule: no byte that arrived while the port was being opened becomes a read (a terminal server may have kept old
ones, and the first frame may lack its head); a frame that stops half way is given up after the profile's idle
time, and what comes within two seconds after that may be its rest.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from drivers.scanner.codec import CodesRead, Heartbeat, NothingRead, ReaderValue, Spoiled
from drivers.scanner.reports import (
    BadFrame,
    CodeRead,
    NoRead,
    Report,
    ScannerDown,
    ScannerSettings,
    ScannerUp,
)
from drivers.serial_port.keeper import PortKeeper
from drivers.serial_port.losses import PortLost
from drivers.serial_port.ports import Port, SerialTransport

REST_WITHIN_S = 2.0
BAD_FRAMES_PER_S = 20  # a line of noise must not fill the journal; the rest is counted and told once


class ReaderCodec(Protocol):
    @property
    def pending(self) -> bool: ...

    def receive(self, data: bytes) -> list[ReaderValue]: ...

    def flush(self) -> list[ReaderValue]: ...

    @property
    def awaits_rest(self) -> bool: ...

    def no_rest(self) -> None: ...

    def spoil(self, cause: str) -> None: ...


class ReaderSession:
    """Opens, settles, reads, reports. `on_value` sees every value first, for the driver that also
    commands.
    """

    def __init__(
        self,
        settings: ScannerSettings,
        transport: SerialTransport,
        report: Report,
        new_codec: Callable[[], ReaderCodec],
        on_value: Callable[[ReaderValue], None] = lambda value: None,
    ) -> None:
        self._settings = settings
        self._report = report
        self._new_codec = new_codec
        self._on_value = on_value
        self._keeper = PortKeeper(
            transport,
            settings.port,
            settings.retry_ms,
            on_up=lambda: report(ScannerUp(settings.device)),
            on_down=lambda lost: report(ScannerDown(settings.device, lost.code, lost.cause, lost.next_step)),
        )
        self._last_read: tuple[bytes, float] | None = None
        self._bad_since_s = float("-inf")
        self._bad_told = 0
        self._bad_untold = 0
        self.port: Port | None = None  # while the reader is up

    async def run(self) -> None:
        await self._keeper.run(self._serve)

    async def _serve(self, port: Port) -> None:
        codec = self._new_codec()
        await self._settle(port, codec)
        self.port = port
        self._keeper.up()
        try:
            await self._listen(port, codec)
        finally:
            self.port = None

    async def _settle(self, port: Port, codec: ReaderCodec) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._settings.settle_ms / 1000
        while (left_s := until_s - loop.time()) > 0:
            for value in codec.receive(await port.read(left_s)):
                if isinstance(value, CodesRead | NothingRead | Spoiled):
                    self._bad(value.raw, "came while the port was being opened: may be old or cut")
        codec.spoil("began while the port was being opened: may be cut")

    async def _listen(self, port: Port, codec: ReaderCodec) -> None:
        loop = asyncio.get_running_loop()
        heard_s = loop.time()
        while True:
            data = await port.read(self._patience_s(codec, heard_s))
            if data:
                heard_s = loop.time()
                values = codec.receive(data)
            elif codec.pending:
                values = codec.flush()
            elif codec.awaits_rest:
                codec.no_rest()
                values = []
            else:
                self._check_alive(heard_s)
                values = []
            for value in values:
                self._tell(value)

    def _patience_s(self, codec: ReaderCodec, heard_s: float) -> float | None:
        if codec.pending:
            return self._settings.profile.idle_ms / 1000
        if codec.awaits_rest:
            return REST_WITHIN_S
        if self._settings.heartbeat_ms:
            return max(0.0, heard_s + self._settings.heartbeat_ms / 1000 - asyncio.get_running_loop().time())
        return None

    def _check_alive(self, heard_s: float) -> None:
        limit_ms = self._settings.heartbeat_ms
        if limit_ms and asyncio.get_running_loop().time() - heard_s >= limit_ms / 1000:
            raise PortLost(
                "silent",
                f"{self._settings.device}: no heartbeat for {limit_ms} ms",
                "check the reader's power and that its heartbeat is on",
            )

    def _tell(self, value: ReaderValue) -> None:
        self._on_value(value)
        device, at_s = self._settings.device, asyncio.get_running_loop().time()
        match value:
            case CodesRead(codes, frame_checked, raw):
                if not self._repeated(raw, at_s):
                    self._report(CodeRead(device, codes, frame_checked, raw, at_s))
            case NothingRead():
                self._report(NoRead(device, at_s))
            case Spoiled(raw, cause):
                self._bad(raw, cause)
            case Heartbeat():
                pass  # it has been heard, which is all it says
            case _:
                pass  # replies belong to the driver that commands

    def _repeated(self, raw: bytes, at_s: float) -> bool:
        window_s = self._settings.dedupe_ms / 1000
        last = self._last_read
        if window_s and last is not None and last[0] == raw and at_s - last[1] < window_s:
            return True
        self._last_read = (raw, at_s)
        return False

    def _bad(self, raw: bytes, cause: str) -> None:
        at_s = asyncio.get_running_loop().time()
        if at_s - self._bad_since_s >= 1.0:
            self._bad_since_s, self._bad_told = at_s, 0
        if self._bad_told >= BAD_FRAMES_PER_S:
            self._bad_untold += 1
            return
        self._bad_told += 1
        if self._bad_untold:
            cause, self._bad_untold = f"{cause} ({self._bad_untold} more not reported)", 0
        self._report(BadFrame(self._settings.device, raw, cause, at_s))
