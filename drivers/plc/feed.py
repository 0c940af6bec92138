"""Reads the event ring over the wire and reports what is new and what was lost.

One rule: a record that stays unreadable is waited for a while, then it and everything up to HEAD counts as lost.
Source: PLC contract CIL-1, "Event ring R".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum, auto

from drivers.plc.blocks import PlcBlocks
from drivers.plc.codec import Status
from drivers.plc.reports import EventsLost, PlcReport, RingEvents
from drivers.plc.ring import Gap, RingReader

TORN_RECORD_POLLS = 10


class Reading(Enum):
    """How a read of the ring ended."""

    COMPLETE = auto()
    WAITING = auto()
    """A record is not written completely yet."""
    GAP = auto()
    """Records were overwritten; the reader stands at TAIL and read no further."""
    SKIPPED = auto()
    """Unreadable records were given up; the reader stands behind HEAD."""


class EventFeed:
    """The ring reader with its wire and its reports."""

    def __init__(self, report: Callable[[PlcReport], None], last_durable: int = 0) -> None:
        self.ring = RingReader(last_durable)
        self._report = report

    async def read_new(self, blocks: PlcBlocks, status: Status) -> Reading:
        """Everything since the last read; a gap is reported and left to a resync."""
        gaps = self.ring.observe(status)
        for gap in gaps:
            self._lost(gap, status)
        if gaps:
            return Reading.GAP
        return await self._drain(blocks, status, backlog=False)

    async def read_backlog(self, blocks: PlcBlocks, status: Status, *, rewind: bool) -> Reading:
        """Everything the PLC keeps up to HEAD, from TAIL if `rewind`."""
        for gap in self.ring.rewind(status) if rewind else self.ring.observe(status):
            self._lost(gap, status)
        return await self._drain(blocks, status, backlog=True)

    async def _drain(self, blocks: PlcBlocks, status: Status, *, backlog: bool) -> Reading:
        while span := self.ring.next_span(status.evt_head):
            records, whole = self.ring.accept(span, await blocks.read_ring(span))
            if records:
                self._report(RingEvents(at_s=self._now(), records=records, backlog=backlog))
            if whole:
                continue
            gap = self.ring.skip_stuck(status.evt_head, TORN_RECORD_POLLS)
            if gap is None:
                return Reading.WAITING
            self._lost(gap, status)
            return Reading.SKIPPED
        return Reading.COMPLETE

    def _lost(self, gap: Gap, status: Status) -> None:
        self._report(
            EventsLost(
                at_s=self._now(),
                epoch=status.epoch,
                first_missing_seq=gap.first_missing,
                next_seq=gap.next_seq,
                acknowledged_seq=gap.acknowledged,
            )
        )

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
