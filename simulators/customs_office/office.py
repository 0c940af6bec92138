"""The office: sends lists, receipts and load notices into the line's inbox, and sees whether they were taken.

The one rule: a file appears in the inbox whole (written beside, then renamed), and files of one load appear in the order in
which they are made.
"""

import asyncio
from pathlib import Path

from simulators.customs_office.messages import DAY, lists_message, receipts_message
from simulators.traffic.notices import notice_csv, notice_json
from simulators.traffic.parcels import Consignment, Load

TAKEN_WITHIN_S = 60.0
LOOK_EVERY_S = 0.25


class Office:
    """`inbox` is the daemon's folder. A number in front of each name keeps the order."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox
        self._sent = 0

    def send_papers(self, load: Load) -> tuple[Path, ...]:
        """Everything about one load: its lists, customs' answers, and the notice if there is one."""
        sent = [
            self._send(f"{load.load_id}-ceb603.xml", lists_message(load.consignments, load.load_id)),
            self._send(f"{load.load_id}-ceb604.xml", self._first_answers(load)),
        ]
        if load.noticed:
            even = self._sent % 2 == 0
            sent.append(
                self._send(f"{load.load_id}-notice.csv", notice_csv(load))
                if even
                else self._send(f"{load.load_id}-notice.json", notice_json(load))
            )
        return tuple(sent)

    def send_receipt(self, consignment: Consignment, status: str, second: int) -> Path:
        """A later word of customs, `second` seconds after the first ones."""
        time = f"{DAY}09{second // 60 % 60:02d}{second % 60:02d}000"
        return self._send(f"{consignment.cop_no}-{status}.xml", receipts_message([(consignment, status, time)], f"{time}"))

    async def taken(self, paths: tuple[Path, ...]) -> bool:
        """Wait until none of these files lies in the inbox any more."""
        try:
            async with asyncio.timeout(TAKEN_WITHIN_S):
                while any(path.exists() for path in paths):  # noqa: ASYNC110  (a folder has no event)
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            return False
        return True

    def _first_answers(self, load: Load) -> bytes:
        """Customs' word for each list, in one file, as the port collects them."""
        rows = []
        for number, one in enumerate(load.consignments):
            rows.append((one, one.status, f"{DAY}08{number // 60 % 60:02d}{number % 60:02d}000"))
        return receipts_message(rows, load.load_id)

    def _send(self, name: str, data: bytes) -> Path:
        self._inbox.mkdir(parents=True, exist_ok=True)
        self._sent += 1
        target = self._inbox / f"{self._sent:04d}-{name}"
        fresh = self._inbox / f".{target.name}.part"
        fresh.write_bytes(data)
        fresh.replace(target)
        return target
