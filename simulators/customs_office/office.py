"""The office: sends lists, receipts and load notices into the line's inbox, and answers what it is told.

The one rule: a file appears in the inbox whole (written beside, then renamed), and files of one load appear in the order in
which they are made.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from simulators.customs_office.front_desk import FrontDesk, Told
from simulators.customs_office.messages import ALL_NAMES, arrival_answers, lists_message, receipt_guid, receipts_message
from simulators.traffic.notices import notice_csv, notice_json
from simulators.traffic.parcels import Consignment, Load

TAKEN_WITHIN_S = 60.0
LOOK_EVERY_S = 0.25
BEIJING = timezone(timedelta(hours=8))
NEXT = timedelta(milliseconds=1)


class Office:
    """`inbox` is the daemon's folder; a number in front of each name keeps the order. `now` is customs' clock, Beijing time."""

    def __init__(self, inbox: Path, now: Callable[[], datetime]) -> None:
        self._inbox = inbox
        self._sent = 0
        self._now = now
        self._last = datetime.min.replace(tzinfo=BEIJING)
        self._lists: dict[str, Consignment] = {}
        self._said: Callable[[str, str, str], None] = lambda list_key, guid, status: None

    def send_papers(self, load: Load) -> tuple[Path, ...]:
        """Everything about one load: its lists, customs' answers, and the notice if there is one."""
        self._lists |= {one.key: one for one in load.consignments}
        sent = [
            self.send_lists(load.consignments, load.load_id),
            self._send(f"{load.load_id}-ceb604.xml", self._first_answers(load)),
        ]
        if load.noticed:
            sent.append(self.send_notice(load))
        return tuple(sent)

    def send_lists(self, consignments: Sequence[Consignment], name: str) -> Path:
        return self._send(f"{name}-ceb603.xml", lists_message(consignments, name))

    def send_notice(self, load: Load) -> Path:
        """In one of its two forms."""
        if self._sent % 2 == 0:
            return self._send(f"{load.load_id}-notice.csv", notice_csv(load))
        return self._send(f"{load.load_id}-notice.json", notice_json(load))

    def send_receipt(self, consignment: Consignment, status: str, time: str, names: Sequence[str] = ALL_NAMES) -> Path:
        """A later word of customs of the instant `time`, which names its list by these numbers."""
        return self._send(f"{consignment.cop_no}-{status}.xml", self._receipts([(consignment, status, time)], time, names))

    def sit_at(self, desk: FrontDesk) -> None:
        """From now on this office answers what the desk is told."""
        desk.on_arrival, desk.on_closed, self._said = self.arrived, self.closed, desk.said

    def arrived(self, told: Told) -> None:
        """Goods are here: taken into the books."""
        self.answer_arrival(told, "399", self.next_instant())

    def closed(self, list_key: str) -> None:
        """The inspection that was ordered has ended: only now customs releases."""
        self.send_receipt(self._lists[list_key], "800", self.next_instant())

    def answer_arrival(self, told: Told, status: str, time: str) -> Path:
        data = arrival_answers([(told.cop_no, told.msg_seq, status, time)], f"{told.cop_no}{told.msg_seq}{time}")
        return self._send(f"{told.cop_no}-{told.msg_seq}-{status}.ceb508.xml", data)

    def next_instant(self) -> str:
        """The date of a word of customs, 17 digits: now, and newer than every one before."""
        self._last = max(self._now(), self._last + NEXT)
        return f"{self._last:%Y%m%d%H%M%S}{self._last.microsecond // 1000:03d}"

    async def taken(self, paths: tuple[Path, ...]) -> bool:
        """Wait until none of these files lies in the inbox any more, nor in the folder of those that the line is taking."""
        try:
            async with asyncio.timeout(TAKEN_WITHIN_S):
                while any(self._lies(path) for path in paths):  # noqa: ASYNC110  (a folder has no event)
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            return False
        return True

    def _lies(self, path: Path) -> bool:
        return path.exists() or any((self._inbox / "taking").glob(f"*{path.name}"))

    def _first_answers(self, load: Load) -> bytes:
        """Customs' word for each list, in one file, as the port collects them."""
        return self._receipts([(one, one.status, self.next_instant()) for one in load.consignments], load.load_id)

    def _receipts(self, rows: Sequence[tuple[Consignment, str, str]], name: str, names: Sequence[str] = ALL_NAMES) -> bytes:
        for one, status, time in rows:
            self._said(one.key, receipt_guid(one, status, time), status)
        return receipts_message(rows, name, names)

    def _send(self, name: str, data: bytes) -> Path:
        self._inbox.mkdir(parents=True, exist_ok=True)
        self._sent += 1
        target = self._inbox / f"{self._sent:04d}-{name}"
        fresh = self._inbox / f".{target.name}.part"
        fresh.write_bytes(data)
        fresh.replace(target)
        return target
