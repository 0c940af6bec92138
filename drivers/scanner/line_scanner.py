"""Driver of a reader that sends its reads by itself (free running, or triggered by a photo-eye of its own).

Rule: it only listens; nothing is ever written to the reader.
"""

from drivers.scanner.codec import LineReaderCodec
from drivers.scanner.reports import Report, ScannerSettings
from drivers.scanner.session import ReaderSession
from drivers.serial_port.ports import SerialTransport


class LineScanner:
    """`run` never ends by itself; cancel it to close the port."""

    def __init__(self, settings: ScannerSettings, transport: SerialTransport, report: Report) -> None:
        self._session = ReaderSession(settings, transport, report, lambda: LineReaderCodec(settings.profile))

    async def run(self) -> None:
        await self._session.run()
