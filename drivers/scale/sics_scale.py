"""Driver of an MT-SICS scale: asks for the weight now, over and over.

Rule: only reads; zero and tare are acts of people at the scale. An answer counts for the request before it
alone: what arrives late is thrown away before the next request. Source: MT-SICS level 0.
"""

import asyncio

from drivers.scale.plateau import PlateauFinder
from drivers.scale.reports import Report, ScaleDown, ScaleSettings, ScaleUp, report_of
from drivers.scale.sics_codec import REQUEST_NOW, SicsCodec
from drivers.scale.values import Garbled, ScaleValue
from drivers.serial_port.keeper import PortKeeper
from drivers.serial_port.losses import PortLost
from drivers.serial_port.ports import Port, SerialTransport

FAILED_POLLS = 3  # unanswered or garbled in a row: the port is opened anew


class SicsScale:
    """`run` never ends by itself; cancel it to close the port."""

    def __init__(self, settings: ScaleSettings, transport: SerialTransport, report: Report) -> None:
        self._settings = settings
        self._report = report
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
        codec = SicsCodec(imperial=settings.imperial)
        plateau = PlateauFinder(settings.min_g, settings.resolution_g, settings.agree_readings)
        failed = 0
        while True:
            asked_s = loop.time()
            value = await self._ask(port, codec)
            failed = failed + 1 if value is None or isinstance(value, Garbled) else 0
            if failed >= FAILED_POLLS:
                raise self._lost(value)
            if failed == 0:
                self._keeper.up()
            if value is None:
                plateau.interrupt()
            else:
                report = report_of(settings.device, plateau.take(value), loop.time())
                if report is not None:
                    self._report(report)
            await asyncio.sleep(max(0.0, asked_s + settings.poll_ms / 1000 - loop.time()))

    async def _ask(self, port: Port, codec: SicsCodec) -> ScaleValue | None:
        """The first answer to one request; None when none came in time."""
        loop = asyncio.get_running_loop()
        port.take()  # whatever came unasked or twice
        codec.reset()
        port.write(REQUEST_NOW)
        until_s = loop.time() + self._settings.reply_timeout_ms / 1000
        while (left_s := until_s - loop.time()) > 0:
            values = codec.receive(await port.read(left_s))
            if values:
                return values[0]
        await self._let_pass(port)
        return None

    async def _let_pass(self, port: Port) -> None:
        """MT-SICS answers carry no number: an answer that is merely slow must not meet the next request."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._settings.reply_timeout_ms / 1000
        while (left_s := until_s - loop.time()) > 0:
            await port.read(left_s)

    def _lost(self, value: ScaleValue | None) -> PortLost:
        device = self._settings.device
        if value is None:
            return PortLost(
                "silent",
                f"{device}: {FAILED_POLLS} requests without an answer",
                "check power, cable and interface mode",
            )
        return PortLost(
            "garbled",
            f"{device}: {FAILED_POLLS} answers that make no sense",
            "check the baud rate and parity",
        )
