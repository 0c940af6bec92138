"""Between the PLC driver and the core: reports become events, commands become driver calls.

One rule: nothing is acknowledged before it is durable, and a refusal of the driver is an answer like the PLC's own. What permits
leaves only when the core has the newest picture: it takes back what that does not show, and could void it in no queue.
"""

import logging
import random
from collections.abc import Callable
from functools import partial
from typing import Protocol

from msgspec.structs import replace

from controller.daemon.clock import LineClock
from controller.daemon.supervision import FatalEnd
from controller.domain.device_codes import SESSION_LOST
from controller.line.belt import Result
from controller.line.commands import Decide, PlcCommand, SetOutputs
from controller.line.events import AnyEvent
from controller.line.plc_events import (
    CommandAnswered,
    DecisionAnswered,
    EpochWanted,
    PlcLost,
    PlcStatus,
    PlcStatusChanged,
    PlcSynced,
    RingEvent,
    RingEventsLost,
    TableItem,
)
from drivers.plc import reports
from drivers.plc.codec import RingRecord, Status
from drivers.plc.driver import Cil1Driver
from drivers.plc.errors import PlcRefusalError
from drivers.plc.limits import default_releases
from drivers.plc.vocabulary import Command, HostFlag

log = logging.getLogger("xiyong.plc")

SPEED_STEP_MM_S = 20
BACKLOG_KEPT = 256
"""So many records wait for the sync that they belong to, four rings full; with more the oldest are told without it."""


class Post(Protocol):
    def __call__(self, event: AnyEvent, *, actor: str, on_durable: Callable[[], None] | None = None) -> None: ...


class PlcLink:
    """Dispatcher of the core towards one PLC, and reporter of that PLC towards the core."""

    def __init__(self, clock: LineClock, epoch: int = 0, command_seq: int = 0, rng: random.Random | None = None) -> None:
        """`epoch` and `command_seq` are those that the recovered state stands in."""
        self._clock = clock
        self._post_to: Post | None = None
        self._driver: Cil1Driver | None = None
        self._backlog: dict[RingRecord, float] = {}
        self._ring_number = 0  # counted on where the PLC lost its memory
        self._told_status: PlcStatus | None = None
        self._told_loss = ""
        self._epoch = epoch
        self._sync_number = self._newest_sync = 0
        self._stop_seq = command_seq
        self._rng = rng or random.SystemRandom()
        self._failed = False

    def attach(self, post: Post, driver: Cil1Driver) -> None:
        """Join both ends; nothing is reported or sent before."""
        self._post_to = post
        self._driver = driver

    def _post(self, event: AnyEvent, on_durable: Callable[[], None] | None = None) -> None:
        assert self._post_to is not None
        self._post_to(event, actor="plc", on_durable=on_durable)

    @property
    def due_s(self) -> float:
        """When the driver's cycle turns again at the latest (the watchdog's question)."""
        return self._driver.due_s if self._driver is not None else 0.0

    async def run(self) -> None:
        """Serve the PLC for ever; a foreign session ends the process."""
        assert self._driver is not None
        await self._driver.run()
        raise FatalEnd(SESSION_LOST, "another session rules the PLC", "find the second daemon; this one starts again")

    # --- reports to events ---

    def report(self, report: reports.PlcReport) -> None:
        """Called by the driver; never blocks."""
        match report:
            case reports.Synced():
                self._synced(report)
            case reports.RingEvents(backlog=True):
                self._keep(report)
            case reports.RingEvents():
                self._ring(report.records, report.at_s, backlog=False)
            case reports.StatusChanged():
                self._status(report.status)
            case reports.DecisionResult():
                self._post(DecisionAnswered(report.epoch, report.track_id, report.seq, int(report.result)))
            case reports.CommandResult():
                self._post(CommandAnswered(report.code, report.seq, int(report.result)))
            case reports.EventsLost():
                self._post(RingEventsLost(report.epoch, report.first_missing_seq, report.next_seq, report.acknowledged_seq))
            case reports.EpochWanted():
                self._tell_kept()  # of the ring that is lost: its numbers come again
                self._ring_number += 1
                self._post(EpochWanted(report.boot_nonce))
            case reports.LinkLost() | reports.SessionRefused():
                if report.code != self._told_loss:  # said once, however often it is tried again
                    log.warning("PLC: %s: %s; %s", report.code, report.cause, report.next_step)
                    self._lost(report.code, report.cause)
            case reports.PlcFrozen():
                self._lost("plc_frozen", f"its heartbeat stands for {report.unchanged_ms} ms")
            case reports.SessionLost():
                self._lost(SESSION_LOST, f"session {report.foreign_session} rules the PLC")
            case reports.LinkUp():
                log.info("PLC: connected")
            case _:
                log.info("PLC: %s", report)

    def _lost(self, code: str, cause: str) -> None:
        self._told_status = None
        self._told_loss = code
        self._post(PlcLost(code, cause))

    def _synced(self, report: reports.Synced) -> None:
        """Records of a new epoch belong behind the sync that begins it, all others before."""
        self._newest_sync = report.sync_number
        same_epoch = report.epoch == self._epoch
        self._epoch = report.epoch
        self._told_status = _core_status(report.status)
        self._told_loss = ""
        after = {} if same_epoch else {r: at_s for r, at_s in self._backlog.items() if r.epoch == report.epoch}
        for record in after:
            del self._backlog[record]
        self._tell_kept()
        table = tuple(TableItem(row.track_id, row.zone, row.lane or 0, row.decision_seq) for row in report.table)
        self._post(
            PlcSynced(report.epoch, report.session, report.boot_nonce, self._told_status, table,
                      report.last_decision_seq, report.last_command_seq),
            on_durable=lambda: self._reconciled(report.sync_number),
        )  # fmt: skip
        for record, at_s in after.items():
            self._ring((record,), at_s, backlog=True)

    def _keep(self, report: reports.RingEvents) -> None:
        """Until the sync that it belongs to, over a lost link too: when it is read again the ring may not keep it any more."""
        for record in report.records:
            self._backlog.setdefault(record, report.at_s)
        self._tell_kept(BACKLOG_KEPT)

    def _tell_kept(self, but_newest: int = 0) -> None:
        for record in list(self._backlog)[: max(0, len(self._backlog) - but_newest)]:
            self._ring((record,), self._backlog.pop(record), backlog=True)

    def _reconciled(self, sync_number: int) -> None:
        """The picture that the core knows: it may be ready for this one only, not for a newer one it has not seen."""
        self._sync_number = sync_number

    def _status(self, status: Status) -> None:
        told = _core_status(status)
        before = self._told_status
        if before is not None and told.speed_mm_s and abs(told.speed_mm_s - before.speed_mm_s) <= SPEED_STEP_MM_S:
            told = replace(told, speed_mm_s=before.speed_mm_s)  # a measured speed trembles; each row would be one on the disk
        if told != self._told_status:
            self._told_status = told
            self._post(PlcStatusChanged(told))

    def _ring(self, records: tuple[RingRecord, ...], at_s: float, *, backlog: bool) -> None:
        read_ms = self._clock.at(at_s)
        for record in records:
            event = RingEvent(
                record.epoch, record.seq, record.kind, record.zone, record.track_id, record.arg1, record.arg2,
                record.t_ms, record.belt_mm, read_ms, backlog,
            )  # fmt: skip
            self._post(event, on_durable=partial(self._acknowledge, record, self._ring_number))

    def _acknowledge(self, record: RingRecord, ring_number: int) -> None:
        if self._driver is not None and ring_number == self._ring_number:
            self._driver.acknowledge(record.epoch, record.seq)

    # --- commands to the driver ---

    @property
    def _is_behind(self) -> bool:
        """A newer picture waits for the core: whatever permits now was decided without it."""
        return self._sync_number != self._newest_sync

    def decide(self, command: Decide) -> None:
        if self._driver is None or (command.releases and (self._failed or self._is_behind)):
            return  # behind: the PLC never had it, so the core forgets it with the picture and decides anew
        try:
            self._driver.decide(epoch=command.epoch, track_id=command.track_id, lane=command.lane_code,
                                flags=command.flags, ttl_100ms=command.ttl_100ms, seq=command.seq)  # fmt: skip
        except PlcRefusalError as refusal:
            log.warning("decision %s for track %s not sent: %s", command.seq, command.track_id, refusal)
            # A full queue is of a PLC that answers nothing: a hold kept back by it must stop the belt, an old epoch's need not.
            result = Result.NOT_ALLOWED if refusal.code == "queue_full" else Result.OLD_EPOCH
            self._post(DecisionAnswered(command.epoch, command.track_id, command.seq, int(result)))

    def command(self, command: PlcCommand) -> None:
        self._stop_seq = command.seq
        if self._driver is None or (self._failed and command.permissive):
            return
        proposes = command.code == Command.PROPOSE_EPOCH
        if command.permissive and self._is_behind and not proposes:
            log.info("command %s not sent: decided on an older picture", command.code)
            self._post(CommandAnswered(command.code, command.seq, int(Result.NOT_ALLOWED)))
            return
        epoch = command.arg1 if proposes else command.epoch
        try:
            self._driver.command(code=command.code, epoch=epoch, arg1=command.arg1, arg2=command.arg2, seq=command.seq)
        except PlcRefusalError as refusal:
            log.warning("command %s not sent: %s", command.code, refusal)
            self._post(CommandAnswered(command.code, command.seq, int(Result.NOT_ALLOWED)))

    def outputs(self, command: SetOutputs) -> None:
        if self._driver is None or (self._failed and command.lets_pass):
            return
        try:
            lamps = HostFlag(command.lamps << 3) | (HostFlag.SOUNDER if command.sounder else HostFlag(0))
            if command.ready:
                self._driver.set_ready(True, self._sync_number)
                self._driver.set_outputs(outputs=lamps, pass_mask=command.pass_mask)
            else:
                self._driver.set_outputs(outputs=lamps, pass_mask=0)
                self._driver.set_ready(False)
        except PlcRefusalError as refusal:
            # The picture changed meanwhile; the next sync asks again.
            log.info("outputs not set: %s", refusal)

    def fail_safe(self) -> None:
        """The journal is dead: no release leaves any more, what has not left is forgotten."""
        self._failed = True
        if self._driver is not None:
            self._driver.drop_permissive()
            self._driver.set_outputs(outputs=HostFlag(0), pass_mask=0)
            self._driver.set_ready(False)

    def stop_now(self) -> None:
        """A stop command, which the PLC takes in any epoch, session and sequence, once for each content of the mailbox.

        No row keeps its number, so the next command of the core, or the next start of a daemon, may count from the same one:
        a stop of the very same words the PLC would not hear. Hence the mark.
        """
        self._stop_seq = self._stop_seq % 65535 + 1
        mark = self._rng.randint(1, 0xFFFF_FFFF)
        if self._driver is not None:
            try:
                self._driver.stop(self._stop_seq, mark)
            except PlcRefusalError as refusal:
                log.error("stop not sent: %s", refusal)


def _core_status(status: Status) -> PlcStatus:
    return PlcStatus(
        status.state, int(status.flags), status.fault_first, status.alarm0 | status.alarm1 << 16,
        status.lane_full, status.lane_avail, status.speed_mm_s, default_releases(status),
    )  # fmt: skip
