"""Mutants of the shell and the drivers: clock, supervision, PLC link, Modbus, readers.

One rule: the wire stays what it is; only what the program makes of it is wrong.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from controller.daemon import clock, plc_link
from controller.daemon.plc_link import PlcLink
from controller.line.commands import Decide
from drivers.plc import codec, cycle, decisions, feed, modbus, pulse, ring, session
from drivers.plc.blocks import PlcBlocks
from drivers.plc.codec import DecisionRecord, Status
from drivers.plc.errors import PlcWireError
from drivers.plc.mbap import request_of
from drivers.plc.sequences import advance, ring_next
from drivers.scanner.session import ReaderSession

Patch = pytest.MonkeyPatch


# --- clock and tasks -------------------------------------------------------------------------------------------------


def wall_clock_is_line_time(patch: Patch) -> None:
    """Line time is taken from the wall clock."""
    real = clock.LineClock.__init__

    def begin(self: clock.LineClock, loop: Any, last_line_ms: int, wall: Any = clock.system_wall_clock) -> None:
        real(self, loop, last_line_ms, wall)
        self._began = wall()  # type: ignore[attr-defined]

    def at(self: clock.LineClock, loop_s: float) -> int:
        gone_s = (self._wall() - self._began).total_seconds() + loop_s - self._loop.time()  # type: ignore[attr-defined]
        return self._base_ms + int(gone_s * 1000)

    patch.setattr(clock.LineClock, "__init__", begin)
    patch.setattr(clock.LineClock, "at", at)


def clock_never_doubted(patch: Patch) -> None:
    """A wall clock that leaps is believed."""

    def utc(self: clock.LineClock) -> str:
        return self._wall().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    patch.setattr(clock.LineClock, "utc", utc)


def lost_task(patch: Patch) -> None:
    """A PLC task that fails is not started again."""

    async def once(self: PlcLink) -> None:
        assert self._driver is not None
        try:
            async with asyncio.timeout(40):
                await self._driver.run()
        except TimeoutError:
            await asyncio.Event().wait()

    patch.setattr(PlcLink, "run", once)


def device_fault_kept(patch: Patch) -> None:
    """A reader that is back is not told to be back."""
    from controller.daemon import field_devices
    from controller.line.events import DeviceUp

    real = field_devices._scanner_event

    def event(report: Any, role: str, clock: Any) -> Any:
        found = real(report, role, clock)
        return None if isinstance(found, DeviceUp) else found

    patch.setattr(field_devices, "_scanner_event", event)


# --- the PLC ---------------------------------------------------------------------------------------------------------


def epoch_read_at_send(patch: Patch) -> None:
    """The decision bears the epoch that the PLC has now, not that of the carton's own event."""
    real = PlcLink.decide

    def decide(self: PlcLink, command: Decide) -> None:
        if self._driver is not None and self._driver.status is not None:
            command = msgspec.structs.replace(command, epoch=self._driver.status.epoch)
        real(self, command)

    patch.setattr(PlcLink, "decide", decide)


def old_records_kept_over_epoch(patch: Patch) -> None:
    """What was pending when the epoch changed is written in the new one."""
    patch.setattr(decisions.DecisionBoard, "clear", lambda self: ())


def new_sequence_each_write(patch: Patch) -> None:
    """A decision that has to be written again takes a new sequence."""
    real = PlcBlocks.write_decision

    async def write(self: PlcBlocks, slot: int, decision: DecisionRecord) -> None:
        written = self.__dict__.setdefault("_written", {})
        again = written.get((slot, decision.seq), 0)
        written[slot, decision.seq] = again + 1
        await real(self, slot, msgspec.structs.replace(decision, seq=advance(decision.seq, again)))

    patch.setattr(PlcBlocks, "write_decision", write)


def frozen_plc_believed(patch: Patch) -> None:
    """A PLC that answers works."""
    patch.setattr(pulse.PlcPulse, "stopped", lambda self: None)


def heartbeat_stops_at_its_end(patch: Patch) -> None:
    """The host's heartbeat counts up to its largest number and stays there."""

    def beat(self: session.HostHeartbeat) -> int:
        self._value = min(self._value + 1, 65_535)
        self._recent.append(self._value)
        return self._value

    patch.setattr(session.HostHeartbeat, "beat", beat)


def ready_kept_over_sync(patch: Patch) -> None:
    """A new epoch or a gap does not take readiness and passes away."""

    def begin(self: cycle.Cycle, *, rewind: bool = True) -> None:
        ready, mask = self.ready, self.pass_mask
        real(self, rewind=rewind)
        self.ready, self.pass_mask = ready, mask

    real = cycle.Cycle._begin_sync
    patch.setattr(cycle.Cycle, "_begin_sync", begin)


def session_used_again(patch: Patch) -> None:
    """A new start goes on with the session that the PLC believes."""
    patch.setattr(cycle, "choose_session", lambda echo, rng: echo or advance(0))


def session_not_watched(patch: Patch) -> None:
    """A daemon claims the line without looking whether another one writes."""

    def look(self: session.HostWatch, *arguments: Any) -> session.Verdict:
        return session.Verdict.QUIET

    patch.setattr(session.HostWatch, "look", look)


def torn_status_believed(patch: Patch) -> None:
    """Block S is taken although its head and tail copies differ."""
    real = codec.decode_status

    def decode(words: Sequence[int], line_id: int) -> Any:
        whole = list(words)
        whole[41] = whole[5]
        return real(whole, line_id)

    from drivers.plc import blocks

    patch.setattr(blocks, "decode_status", decode)


def torn_record_believed(patch: Patch) -> None:
    """A ring record is taken without looking at its last word."""
    real = codec.decode_ring_record

    def decode(words: Sequence[int], expected_seq: int) -> Any:
        return real([expected_seq, *words[1:-1], expected_seq], expected_seq)

    patch.setattr(ring, "decode_ring_record", decode)


def ring_gap_ignored(patch: Patch) -> None:
    """Records that were overwritten are passed over in silence."""
    patch.setattr(feed.EventFeed, "_lost", lambda self, gap, status: None)


def stuck_record_skipped(patch: Patch) -> None:
    """A record that is not complete yet is left out."""
    real = ring.RingReader.accept

    def accept(self: ring.RingReader, span: ring.Span, words: Sequence[int]) -> Any:
        records, whole = real(self, span, words)
        if not whole and self._next is not None:
            self._next = ring_next(self._next)
        return records, whole

    patch.setattr(ring.RingReader, "accept", accept)


def ring_acknowledged_as_read(patch: Patch) -> None:
    """EVT_ACK is the last record read."""
    patch.setattr(ring.RingReader, "ack_word", property(lambda self: next(reversed(self._present), 0) if self._present else 0))


def connection_kept_after_time_out(patch: Patch) -> None:
    """After a time-out the next request goes out on the same connection."""

    real = modbus.ModbusLink._exchange

    async def exchange(self: modbus.ModbusLink, start: Any) -> Any:
        for last in (False, True):
            closing, self.close = self.close, _stays_open if not last else self.close  # type: ignore[method-assign]
            try:
                return await real(self, start)
            except PlcWireError as error:
                if last or error.code != "time_out":
                    await closing()
                    raise
                self._broken = None
            finally:
                self.close = closing  # type: ignore[method-assign]
        raise AssertionError

    patch.setattr(modbus.ModbusLink, "_exchange", exchange)


async def _stays_open() -> None:
    return None


def any_reply_taken(patch: Patch) -> None:
    """A reply counts for the request that waits, whatever transaction and length it bears."""

    def packet(self: modbus.ModbusLink, sending: bool, data: bytes) -> bytes:
        if sending:
            self._sent = request_of(data)
            return data
        if self._sent is None:
            return b""
        sent = self._sent
        body = data[7:]
        if sent.function in (3, 4) and len(body) > 2:
            body = bytes((body[0], 2 * sent.count)) + body[2:].ljust(2 * sent.count, b"\0")[: 2 * sent.count]
        return sent.transaction.to_bytes(2, "big") + data[2:4] + (len(body) + 1).to_bytes(2, "big") + data[6:7] + body

    patch.setattr(modbus.ModbusLink, "_packet", packet)


def status_not_told(patch: Patch) -> None:
    """Changes of the PLC's flags between two syncs reach nobody."""
    patch.setattr(plc_link.PlcLink, "_status", lambda self, status: None)


def writes_a_safety_bit(patch: Patch) -> None:
    """After a stop the driver resets the safety circuit by itself, one register behind block S."""
    real = cycle.Cycle._serve

    async def serve(self: cycle.Cycle, blocks: PlcBlocks, status: Status, stop_written: Any) -> None:
        if int(status.flags) & 2:
            await blocks._link.write(43, [1])
        await real(self, blocks, status, stop_written)

    patch.setattr(cycle.Cycle, "_serve", serve)


# --- readers ---------------------------------------------------------------------------------------------------------


def bad_frame_kills_reader(patch: Patch) -> None:
    """After the first spoiled frame a reader is never heard again."""

    async def deaf(self: ReaderSession, port: Any, codec_: Any) -> None:
        self._deaf = False  # type: ignore[attr-defined]
        await real(self, port, codec_)

    def bad(self: ReaderSession, raw: bytes, cause: str) -> None:
        real_bad(self, raw, cause)
        self._tell = lambda value: None  # type: ignore[method-assign]

    real, real_bad = ReaderSession._listen, ReaderSession._bad
    patch.setattr(ReaderSession, "_bad", bad)
    patch.setattr(ReaderSession, "_listen", deaf)


def old_reads_believed(patch: Patch) -> None:
    """What a reader had kept while its cable was out counts as read now."""

    async def settle(self: ReaderSession, port: Any, codec_: Any) -> None:
        return None

    patch.setattr(ReaderSession, "_settle", settle)
