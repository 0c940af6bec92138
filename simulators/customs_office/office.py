"""The office: sends lists, receipts and load notices into the line's inbox, and answers what it is told.

The one rule: a file appears in the inbox whole (written beside, then renamed), and files of one load appear in the order in
which they are made.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from simulators.customs_office.front_desk import FrontDesk, Told
from simulators.customs_office.messages import ALL_NAMES, DAY, arrival_answers, lists_message, receipt_guid, receipts_message
from simulators.traffic.notices import notice_csv, notice_json
from simulators.traffic.parcels import Consignment, Load

TAKEN_WITHIN_S = 60.0
LOOK_EVERY_S = 0.25
# Answers to what the office is told are dated from here on, after everything that a day sends by itself.
ANSWERS_FROM_S = 1200


class Office:
    """`inbox` is the daemon's folder. A number in front of each name keeps the order."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox
        self._sent = 0
        self._later_s = ANSWERS_FROM_S
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

    def send_receipt(self, consignment: Consignment, status: str, second: int, names: Sequence[str] = ALL_NAMES) -> Path:
        """A later word of customs, `second` seconds after the first ones, which names its list by these numbers."""
        time = _at(second)
        return self._send(f"{consignment.cop_no}-{status}.xml", self._receipts([(consignment, status, time)], time, names))

    def sit_at(self, desk: FrontDesk) -> None:
        """From now on this office answers what the desk is told."""
        desk.on_arrival, desk.on_closed, self._said = self.arrived, self.closed, desk.said

    def arrived(self, told: Told) -> None:
        """Goods are here: taken into the books."""
        self.answer_arrival(told, "399", self.next_second())

    def closed(self, list_key: str) -> None:
        """The inspection that was ordered has ended: only now customs releases."""
        self.send_receipt(self._lists[list_key], "800", self.next_second())

    def answer_arrival(self, told: Told, status: str, second: int) -> Path:
        time = _at(second)
        data = arrival_answers([(told.cop_no, told.msg_seq, status, time)], f"{told.cop_no}{told.msg_seq}{time}")
        return self._send(f"{told.cop_no}-{told.msg_seq}-{status}.ceb508.xml", data)

    def next_second(self) -> int:
        self._later_s += 2
        return self._later_s

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
        rows = []
        for number, one in enumerate(load.consignments):
            rows.append((one, one.status, f"{DAY}08{number // 60 % 60:02d}{number % 60:02d}000"))
        return self._receipts(rows, load.load_id)

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


def _at(second: int) -> str:
    return f"{DAY}{9 + second // 3600 % 12:02d}{second // 60 % 60:02d}{second % 60:02d}000"
