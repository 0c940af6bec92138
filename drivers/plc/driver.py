"""The CIL-1 driver: keeps one connection to a PLC for ever, reports what it sees, writes what it is told.

One rule: the driver decides nothing and invents no sequence. Input methods never block; what cannot be queued is
refused at once with a `PlcRefusalError`. Source: PLC contract CIL-1.

A caller that handles reports later than they are made names `Synced.sync_number` in `set_ready`, so that it cannot
make the driver ready for a picture it has not seen.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from drivers.plc.blocks import PlcBlocks
from drivers.plc.codec import CommandRecord, DecisionRecord, Status
from drivers.plc.cycle import Cycle, Phase
from drivers.plc.errors import LineRefusedError, PlcRefusalError, PlcWireError
from drivers.plc.modbus import ModbusLink
from drivers.plc.registers import LAST_TRACK_ID
from drivers.plc.reports import LinkLost, PlcReport, SessionRefused
from drivers.plc.session import SessionGoneError
from drivers.plc.settings import Cil1Settings
from drivers.plc.vocabulary import STOP_COMMANDS, Command, HostFlag

TTL_LIMIT_100MS = 300
REFUSED_WAIT_MOST_MS = 60_000


class Cil1Driver:
    """One line's PLC. Use: `run()` in a supervised task, input methods from the same loop."""

    def __init__(
        self, settings: Cil1Settings, rng: random.Random, report: Callable[[PlcReport], None], last_event: int = 0,
        ring_lost: bool = False,
    ) -> None:  # fmt: skip
        """`last_event` is the ring sequence of the newest event that is durable from an earlier run, 0 if none is.

        Without it a PLC that lost its memory while nobody looked would be taken for one that had told nothing. `ring_lost`: that
        event's ring was lost with the memory since. Here it shows only until the PLC has taken an epoch.
        """
        self._settings = settings
        self._report = report
        self._cycle = Cycle(settings, rng, report, last_event)
        if ring_lost:
            self._cycle.feed.ring.memory_lost()
        self._wake = asyncio.Event()
        self._told_loss: str | None = None
        self.due_s = 0.0
        """When on the loop's clock its cycle turns again at the latest, if the PLC answers in time; for a watchdog."""
        self._refusals = 0

    @property
    def phase(self) -> Phase:
        return self._cycle.phase

    @property
    def status(self) -> Status | None:
        """The last whole block S, however old; its age is in the reports."""
        return self._cycle.status

    @property
    def ready(self) -> bool:
        return self._cycle.ready

    async def run(self) -> None:
        """Serve the PLC until cancelled; returns only after `SessionLost`."""
        loop = asyncio.get_running_loop()
        while True:
            again_s = loop.time() + self._settings.reconnect_ms / 1000
            self.due_s = loop.time() + self._settings.timeout_ms / 1000
            try:
                await self._connection()
            except PlcWireError as error:
                self._cycle.connection_lost()
                self._tell_loss(error)
            except LineRefusedError as refusal:
                self._cycle.refuse()
                self._report(
                    SessionRefused(at_s=loop.time(), code=refusal.code, cause=refusal.cause, next_step=refusal.next_step)
                )
                again_s = loop.time() + self._refused_wait_s()
            except SessionGoneError:
                return
            await self._pause(again_s)

    # -- inputs ---------------------------------------------------------------------------------------------

    def decide(self, *, epoch: int, track_id: int, lane: int, flags: int, ttl_100ms: int, seq: int) -> None:
        """Queue a decision for an item of this epoch. A restrictive one voids waiting releases of that item."""
        self._check_epoch(epoch)
        _check_range("track_id", track_id, 1, LAST_TRACK_ID)
        _check_range("lane", lane, 1, 255)
        _check_range("flags", flags, 0, 15)
        _check_range("ttl_100ms", ttl_100ms, 1, TTL_LIMIT_100MS)
        _check_range("seq", seq, 1, 65535)
        record = DecisionRecord(epoch, track_id, lane, flags, ttl_100ms, self._cycle.session, seq)
        self._cycle.drop("replaced", self._cycle.board.add(record), ())

    def command(self, *, code: int, epoch: int, arg1: int = 0, arg2: int = 0, seq: int) -> None:
        """Queue a command. For 36 name the proposed epoch both as `epoch` and as `arg1`."""
        if code not in STOP_COMMANDS and code != Command.PROPOSE_EPOCH:
            self._check_epoch(epoch)
        elif code == Command.PROPOSE_EPOCH:
            self._check_session()
        for name, value in (("code", code), ("epoch", epoch), ("arg1", arg1), ("arg2", arg2)):
            _check_range(name, value, 0, 65535)
        _check_range("seq", seq, 1, 65535)
        record = CommandRecord(self._cycle.session, epoch, code, arg1, arg2, seq)
        self._cycle.drop("replaced", (), self._cycle.box.add(record))
        if code in STOP_COMMANDS:
            self._wake.set()

    def stop(self, seq: int, mark: int = 0) -> None:
        """Stop the line at once; written before anything else, with or without a session.

        `mark` (32 bits) stands in both arguments, which mean nothing to a stop: the PLC takes a stop once for each content
        of the mailbox, so one whose sequence may have stood there before needs a mark that did not.
        """
        self.command(code=Command.STOP, epoch=self._cycle.epoch, arg1=mark >> 16, arg2=mark & 0xFFFF, seq=seq)

    def acknowledge(self, epoch: int, seq: int) -> None:
        """Every event up to this one is durable."""
        self._cycle.feed.ring.acknowledge(epoch, seq)

    def set_ready(self, ready: bool, sync_number: int | None = None) -> None:
        """Allow permissive writes after a `Synced`, or withhold them."""
        if ready and self._cycle.phase is not Phase.RUN:
            raise PlcRefusalError("not_synced", "the PLC's picture is not known", "wait for the next Synced report")
        if ready and sync_number is not None and sync_number != self._cycle.sync_number:
            raise PlcRefusalError("old_sync", "the PLC was synced again since", "reconcile with the newest Synced report")
        self._cycle.ready = ready

    def set_outputs(self, *, outputs: HostFlag, pass_mask: int) -> None:
        """Lamps, sounder and drain at once; passes only while ready. A resync sets the passes to 0 again."""
        if HostFlag.READY in outputs:
            raise PlcRefusalError("bad_outputs", "READY is no output", "use set_ready")
        _check_range("pass_mask", pass_mask, 0, 65535)
        self._cycle.outputs = outputs
        self._cycle.pass_mask = pass_mask

    def drop_permissive(self) -> None:
        """Forget every release and permissive command that the PLC has not echoed, and write none of them again."""
        decisions = self._cycle.board.drop_permissive()
        self._cycle.drop("permissive_dropped", decisions, self._cycle.box.drop_permissive())

    # -- connection -----------------------------------------------------------------------------------------

    async def _connection(self) -> None:
        """One connection, polled until it fails."""
        loop = asyncio.get_running_loop()
        settings = self._settings
        link = ModbusLink(settings.host, settings.port, unit_id=settings.unit_id, timeout_s=settings.timeout_ms / 1000)
        try:
            await link.connect()
            blocks = PlcBlocks(link, settings)
            self._cycle.begin_connection()
            while True:
                next_s = loop.time() + settings.poll_ms / 1000
                await self._cycle.poll(blocks)
                self._told_loss = None
                if self._cycle.phase is Phase.RUN:
                    self._refusals = 0
                await self._pause(next_s)
        finally:
            self._cycle.ready = False
            await link.close()

    def _refused_wait_s(self) -> float:
        """Longer after each refusal: a PLC closes the ruling daemon's connection when this one opens from the same host."""
        wait_ms = min(self._settings.refusal_retry_ms << self._refusals, REFUSED_WAIT_MOST_MS)
        self._refusals = min(self._refusals + 1, 16)
        return max(wait_ms, self._settings.refusal_retry_ms) / 1000

    async def _pause(self, until_s: float) -> None:
        """Wait for the next poll; a stop ends the wait."""
        loop = asyncio.get_running_loop()
        self.due_s = max(until_s, loop.time())
        # A timer that sets the event costs a third of a time-out that cancels the wait for it, and this is each poll's.
        alarm = loop.call_at(until_s, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            alarm.cancel()
            self._wake.clear()

    def _tell_loss(self, error: PlcWireError) -> None:
        """Once for each new reason, not at every try."""
        if not self._cycle.up and self._told_loss == error.code:
            return
        self._cycle.up = False
        self._told_loss = error.code
        self._report(
            LinkLost(
                at_s=asyncio.get_running_loop().time(),
                code=error.code,
                cause=error.cause,
                next_step=error.next_step,
            )
        )

    def _check_session(self) -> None:
        if self._cycle.session == 0:
            raise PlcRefusalError("no_session", "the driver has no session at the PLC", "wait for the next Synced report")

    def _check_epoch(self, epoch: int) -> None:
        self._check_session()
        if epoch != self._cycle.epoch or epoch == 0:
            raise PlcRefusalError(
                "old_epoch",
                f"epoch {epoch} is not the PLC's epoch {self._cycle.epoch}",
                "the item is no longer tracked: it goes to inspect",
            )


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise PlcRefusalError("bad_argument", f"{name} is {value}", f"{name} must be {low} to {high}")
