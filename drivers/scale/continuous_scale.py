"""Driver of a scale that streams its weight unasked (Toledo continuous).

Rule: only listens. What was in the port's buffer before it was opened is old and counts for nothing; a stream that stops is a
scale that is down. Source: Toledo continuous format.
"""

import asyncio

from drivers.scale.plateau import PlateauFinder
from drivers.scale.reports import Report, ScaleDown, ScaleSettings, ScaleUp, report_of
from drivers.scale.toledo_codec import ToledoCodec
from drivers.scale.values import Garbled
from drivers.serial_port.keeper import PortKeeper
from drivers.serial_port.losses import PortLost
from drivers.serial_port.ports import Port, SerialTransport

GARBLED_FRAMES = 10  # in a row: the port is opened anew
OLD_BYTES_S = 0.1


class ContinuousScale:
    """`run` never ends by itself; cancel it to close the port. `checked`: the scale sends a check byte."""

    def __init__(self, settings: ScaleSettings, transport: SerialTransport, report: Report, *, checked: bool = False) -> None:
        self._settings = settings
        self._report = report
        self._checked = checked
        self._keeper = PortKeeper(
            transport,
            settings.port,
            settings.retry_ms,
            on_up=lambda: report(ScaleUp(settings.device)),
            on_down=lambda lost: report(ScaleDown(settings.device, lost.code, lost.cause, lost.next_step)),
        )

    async def run(self) -> None:
        await self._keeper.run(self._serve)

    async def _serve(self, port: Port) -> None:
        settings, loop = self._settings, asyncio.get_running_loop()
        codec = ToledoCodec(checked=self._checked, imperial=settings.imperial)
        plateau = PlateauFinder(settings.min_g, settings.resolution_g, settings.agree_readings)
        garbled = 0
        await asyncio.sleep(OLD_BYTES_S)
        port.take()  # a terminal server may have kept what it had
        heard_s = loop.time()
        while True:
            data = await port.read(settings.silence_ms / 1000)
            values = codec.receive(data)
            for value in values:
                garbled = garbled + 1 if isinstance(value, Garbled) else 0
                if garbled == 0:
                    heard_s = loop.time()
                    self._keeper.up()
                news = report_of(settings.device, plateau.take(value), loop.time())
                if news is not None:
                    self._report(news)
            if garbled >= GARBLED_FRAMES:
                raise self._lost("garbled", f"{garbled} frames that make no sense", "check baud rate, parity and check byte")
            if loop.time() - heard_s >= settings.silence_ms / 1000:
                cause = f"no frame for {settings.silence_ms} ms"
                raise self._lost("silent", cause, "check power, cable and that the scale is set to continuous output")

    def _lost(self, code: str, cause: str, next_step: str) -> PortLost:
        return PortLost(code, f"{self._settings.device}: {cause}", next_step)
