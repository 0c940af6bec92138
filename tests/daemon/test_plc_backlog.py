"""What the link reads of the PLC's ring while it catches up is told once, whatever comes before the sync that it belongs to."""

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from controller.daemon.clock import LineClock
from controller.daemon.plc_link import BACKLOG_KEPT, PlcLink
from controller.line.events import AnyEvent
from controller.line.plc_events import EpochWanted, PlcLost, PlcSynced, RingEvent
from drivers.plc import reports
from drivers.plc.codec import RingRecord
from tests.daemon.test_review_findings_daemon import STATUS

EPOCH = 3


class Told:
    """A link, what it posts, and what it acknowledges to its driver; the journal is as late as `durable` is called."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self.acknowledged: list[tuple[int, int]] = []
        self._waiting: list[Callable[[], None]] = []
        self.link = PlcLink(LineClock(asyncio.get_running_loop(), 0), epoch=EPOCH)
        self.link.attach(self._post, self)  # type: ignore[arg-type]

    def _post(self, event: AnyEvent, *, actor: str, on_durable: Callable[[], None] | None = None) -> None:
        self.events.append(event)
        if on_durable is not None:
            self._waiting.append(on_durable)

    def acknowledge(self, epoch: int, seq: int) -> None:
        self.acknowledged.append((epoch, seq))

    def durable(self, count: int) -> None:
        """The oldest rows that waited for the disk are on it now."""
        ready, self._waiting = self._waiting[:count], self._waiting[count:]
        for tell in ready:
            tell()

    def read(self, first: int, last: int, epoch: int = EPOCH) -> None:
        records = tuple(RingRecord(seq, epoch, 5, 7, 1, 1, 0, 0, 0) for seq in range(first, last + 1))
        self.link.report(reports.RingEvents(at_s=0.0, records=records, backlog=True))

    def lost(self, code: str) -> None:
        self.link.report(reports.LinkLost(at_s=0.0, code=code, cause="it is away", next_step="wait"))

    def synced(self, epoch: int = EPOCH) -> None:
        report = reports.Synced(
            at_s=0.0, sync_number=1, epoch=epoch, session=7, boot_nonce=1, status=replace(STATUS, epoch=epoch), table=(),
            last_decision_seq=0, last_command_seq=0, ring_head=0,
        )  # fmt: skip
        self.link.report(report)

    def order(self) -> list[object]:
        """Records by their sequence, all else by its kind."""
        return [event.seq if isinstance(event, RingEvent) else type(event) for event in self.events]


async def test_what_was_read_before_the_link_was_lost_is_told_although_the_ring_does_not_keep_it() -> None:
    told = Told()
    told.read(11, 14)
    told.lost("time_out")
    told.read(13, 16)
    told.lost("peer_closed")
    told.lost("peer_closed")
    told.read(15, 17)
    told.synced()
    assert told.order() == [PlcLost, PlcLost, *range(11, 18), PlcSynced]


async def test_records_of_a_new_epoch_still_come_behind_its_sync() -> None:
    told = Told()
    told.read(11, 12)
    told.read(13, 14, EPOCH + 1)
    told.lost("time_out")
    told.read(13, 15, EPOCH + 1)
    told.synced(EPOCH + 1)
    assert told.order() == [PlcLost, 11, 12, PlcSynced, 13, 14, 15]


async def test_what_was_read_of_a_ring_that_is_lost_comes_before_the_new_one_begins() -> None:
    """The new ring counts from 1 in epoch 0 again: a record of the old one behind it would stand for one of the new one."""
    told = Told()
    told.read(1, 2, 0)
    told.link.report(reports.EpochWanted(at_s=0.0, boot_nonce=5))
    told.read(1, 3, 0)
    told.synced(EPOCH + 1)
    assert told.order() == [1, 2, EpochWanted, 1, 2, 3, PlcSynced]


async def test_what_is_durable_of_a_ring_that_is_lost_acknowledges_nothing_of_the_new_one() -> None:
    """The disk is slow: when record 0/2 of the old ring is on it, 0/2 of the new one has been read and is not."""
    told = Told()
    told.read(1, 2, 0)
    told.synced(EPOCH + 1)
    told.link.report(reports.EpochWanted(at_s=0.0, boot_nonce=5))
    told.read(1, 3, 0)
    told.synced(EPOCH + 2)
    told.durable(3)
    assert told.acknowledged == []
    told.durable(4)
    assert told.acknowledged == [(0, 1), (0, 2), (0, 3)]


async def test_a_sync_that_never_comes_fills_no_memory() -> None:
    told = Told()
    for first in range(1, 3 * BACKLOG_KEPT, 64):
        told.read(first, first + 63)
        told.lost("time_out")
    waiting = 3 * BACKLOG_KEPT - len([event for event in told.events if isinstance(event, RingEvent)])
    assert waiting == BACKLOG_KEPT
    told.synced()
    assert [one for one in told.order() if isinstance(one, int)] == list(range(1, 3 * BACKLOG_KEPT + 1))
