"""The PLC program: one `scan(dt_ms)` reads inputs, takes mailboxes, tracks, diverts and sets outputs. No
socket in here.

The one rule: it moves only by `scan`; between scans its memory stands still, apart from block H, which the
wire writes.
At power-up with retention EPOCH goes up by one and the ring and SESSION_ECHO stay; without, EPOCH is 0 and
all memory is gone.
Source: contract CIL-1 (whole page), fail-safe rules 4, 5 and 7.
"""

import random
from collections.abc import Callable

from simulators.plc import registers as reg
from simulators.plc.commands import CommandMailbox
from simulators.plc.config import PlcConfig, PlcCounters
from simulators.plc.decisions import DecisionMailboxes
from simulators.plc.field import Field
from simulators.plc.host_link import HostLink
from simulators.plc.lookahead import NO_LIMIT, quiet_scans
from simulators.plc.machine import Machine
from simulators.plc.memory import first_memory
from simulators.plc.ring import EventRing
from simulators.plc.status import PictureFaults, input_bits, lamps, status_words, table_words, total_words
from simulators.plc.wire_log import WireLog

MAILBOXES_FROM = min(reg.H_COMMAND, reg.H_DECISION)
ANSWERED_AT_ONCE = frozenset({reg.H_HOST_HEARTBEAT, reg.H_EVT_ACK})


class PlcProgram:
    def __init__(
        self,
        field: Field,
        *,
        rng: random.Random,
        config: PlcConfig | None = None,
        counters: PlcCounters | None = None,
        log: WireLog | None = None,
    ) -> None:
        self._field = field
        self._rng = rng
        self._encoder_mm = field.belt_mm()
        self.faults = PictureFaults()
        self._clock_rest = 0  # of a millisecond, in millionths
        self._half_written: tuple[int, list[int]] | None = None
        self._told_frozen = False
        self.powered = True
        self.log = log if log is not None else WireLog()
        self.memory = first_memory(config or PlcConfig(), counters or PlcCounters(), self.log)
        self.memory.boot_nonce = self._new_nonce(0)
        if not self.memory.config.retentive:
            self.memory.epoch = self.memory.session_echo = 0
        self._quiet = 0
        # What one scan changes, the next may answer: only after a scan in which nothing happened is there anything to foresee.
        self._settled = False
        self._head_seen = 0
        # The host has written what one scan takes and nothing else looks at; the foresight may stand.
        self._heartbeat_came = self._only_heard = False
        self.on_host_write: Callable[[], None] = lambda: None  # but not of what only the host waits for
        self._assemble()

    def disturb(self) -> None:
        """Something was touched from outside: what was foreseen no longer holds."""
        self._quiet = 0
        self._settled = False

    def look_again(self) -> None:
        """An input changed: the next scan is a whole one."""
        self._quiet = 0

    @property
    def half_written(self) -> bool:
        """The rest of a decision record comes with the next scan."""
        return self._half_written is not None

    def quiet_scans(self) -> int:
        """How many of the next scans only count time and travel, while no input and nothing in block H changes."""
        return 0 if self._heartbeat_came else self._quiet

    def coast(self, scans: int, dt_ms: int) -> None:
        """So many scans of `dt_ms` at once, at most `quiet_scans()`."""
        m, ms = self.memory, scans * dt_ms
        self._quiet -= scans
        self._settled = self._quiet > 0
        m.line_ms += ms
        if not self.powered:
            return
        self._tell_frozen()
        self._count_time(ms)
        if not self.faults.freeze_heartbeat:
            period_ms = -(-m.config.heartbeat_ms // dt_ms) * dt_ms
            beats, m.heartbeat_wait_ms = divmod(m.heartbeat_wait_ms + ms, period_ms)
            m.heartbeat = (m.heartbeat + beats) % 65536
        encoder_mm = self._field.belt_mm()
        moved_mm, self._encoder_mm = encoder_mm - self._encoder_mm, encoder_mm
        m.belt_mm += moved_mm
        self.link.coast(ms)
        self.machine.coast(ms, moved_mm)

    def foresee(self, step_mm: float, dt_ms: int) -> None:
        """After a scan: look ahead, if each of the next ones sees the belt move by `step_mm`."""
        if self._only_heard:
            return
        calm = self._settled and self.memory.ring.head == self._head_seen
        self._settled, self._head_seen = True, self.memory.ring.head
        if not self.powered:
            self._quiet = NO_LIMIT
        elif calm:
            self._quiet = quiet_scans(self, step_mm, dt_ms)
        else:
            self._quiet = 0

    def scan(self, dt_ms: int) -> None:
        m = self.memory
        foreseen, self._quiet = self._quiet, 0
        heartbeat_came, self._heartbeat_came, self._only_heard = self._heartbeat_came, False, False
        m.line_ms += dt_ms
        if not self.powered:
            return
        self._tell_frozen()
        self._count_time(dt_ms)
        if not self.faults.freeze_heartbeat:
            m.heartbeat_wait_ms += dt_ms
            if m.heartbeat_wait_ms >= m.config.heartbeat_ms:
                m.heartbeat_wait_ms = 0
                m.heartbeat = (m.heartbeat + 1) % 65536
        encoder_mm = self._field.belt_mm()
        moved_mm, self._encoder_mm = encoder_mm - self._encoder_mm, encoder_mm
        m.belt_mm += moved_mm
        if heartbeat_came and foreseen > 0:
            before = self._what_a_heartbeat_may_change()
            self.link.scan(dt_ms)
            if self._what_a_heartbeat_may_change() == before:
                self.machine.coast(dt_ms, moved_mm)
                self._quiet, self._only_heard = foreseen - 1, True
                self._settled = self._quiet > 0
                return
        else:
            self.machine.read_inputs()
            self.link.scan(dt_ms)
        self.decisions.scan()
        self.commands.scan()
        self.machine.scan(dt_ms, moved_mm)
        m.ring.scan(dt_ms)
        self._finish_write()

    def _count_time(self, ms: int) -> None:
        """The clock that stamps events, as right as it is."""
        more_ms, self._clock_rest = divmod(self._clock_rest + ms * self.faults.clock_ppm, 1_000_000)
        self.memory.t_ms += ms + more_ms

    def _what_a_heartbeat_may_change(self) -> tuple[object, ...]:
        """Of all that a heartbeat or an acknowledgement may bring about: what the rest of the program looks at."""
        m = self.memory
        crowded = m.ring.unacknowledged > reg.RING_BACKLOG_LIMIT
        return m.link_ok, m.fail_safe, m.conflict, m.session_echo, m.pass_mask, m.host_flags, m.alarms, crowded

    # --- power -------------------------------------------------------------------------------------
    def power_down(self) -> None:
        self.powered = False

    def power_up(self) -> None:
        """A program start: new boot nonce, fail-safe, safety reset and local start needed, new EPOCH."""
        old = self.memory
        keep = old.config.retentive
        fresh = first_memory(old.config, old.counters, self.log)
        fresh.boot_nonce = self._new_nonce(old.boot_nonce)
        fresh.line_ms, fresh.belt_offset_mm = old.line_ms, 0
        fresh.epoch = next_epoch(old.epoch) if keep and old.epoch else 0
        fresh.session_echo = old.session_echo if keep else 0
        fresh.ring = old.ring if keep else EventRing()
        fresh.next_track_id = 1
        fresh.totals = old.totals if keep else dict.fromkeys(reg.C_TOTALS, 0)
        last_command = self.commands.last_seq if keep else 0
        self.memory = fresh
        self.powered = True
        self._encoder_mm = self._field.belt_mm()
        self._assemble()
        self.commands.last_seq = last_command
        self.machine.zero(stopped_in=reg.STATE_ABORTED)
        self.log.note(fresh.line_ms, "epoch", epoch=fresh.epoch, boot_nonce=fresh.boot_nonce)

    def belt_is_empty(self) -> None:
        """Hand-over after commissioning: safety reset done, belt seen empty, the host may start the line."""
        self.machine.belt_is_empty()

    # --- what the wire reads and writes ------------------------------------------------------------
    def status(self) -> list[int]:
        return status_words(self.memory, self._field, self.faults)

    def table(self) -> list[int]:
        return table_words(self.memory)

    def totals(self) -> list[int]:
        return total_words(self.memory)

    def inputs(self) -> list[bool]:
        return input_bits(self.memory, self._field)

    def lamps(self) -> dict[str, bool]:
        return lamps(self.memory)

    def write_host(self, offset: int, words: list[int]) -> None:
        """A write into block H. Changed records and changed live words (the heartbeat aside) go to the wire log."""
        m = self.memory
        self._finish_write()
        end = offset + len(words)
        before = m.host[offset:end]
        if words == before:
            return
        m.host[offset:end] = words
        # A heartbeat and an acknowledgement are taken and answered by one scan; nobody sees when, but who asks.
        if any(now != was and at not in ANSWERED_AT_ONCE for at, now, was in zip(range(offset, end), words, before, strict=True)):
            self._quiet = 0
            self._settled = False
            self.on_host_write()
        else:
            self._heartbeat_came = True
        if end <= MAILBOXES_FROM:
            self._log_live(offset, before)
            return
        spans = [("command", -1, reg.H_COMMAND, reg.H_COMMAND_WORDS)]
        for slot in range(reg.H_DECISION_SLOTS):
            start = reg.H_DECISION + slot * reg.H_DECISION_WORDS
            spans.append(("decision", slot, start, reg.H_DECISION_WORDS))
        for record, slot, start, size in spans:
            first, last = max(start, offset), min(start + size, end)
            if first < last and m.host[first:last] != before[first - offset : last - offset]:
                m.log.note(m.line_ms, "written", record=record, slot=slot, words=m.host[start : start + size])
        if self.faults.torn_writes > 0 and offset >= reg.H_DECISION:
            # The scan copies the slot while it is being written: the rest is there one scan later.
            self.faults.torn_writes -= 1
            there = self._rng.randrange(1, len(words))
            self._half_written = (offset + there, words[there:])
            m.host[offset + there : end] = before[there:]

    def write_elsewhere(self, heartbeat: int, session: int) -> None:
        """Another host's heartbeat and session stand over those of the one that is believed, until that one writes again."""
        m = self.memory
        m.host[reg.H_HOST_HEARTBEAT : reg.H_HOST_EPOCH + 1] = [heartbeat, session, m.epoch]
        self.disturb()
        self.on_host_write()
        m.log.note(m.line_ms, "elsewhere", session=session)

    def _finish_write(self) -> None:
        if self._half_written is not None:
            (offset, words), self._half_written = self._half_written, None
            self.memory.host[offset : offset + len(words)] = words

    def _log_live(self, offset: int, before: list[int]) -> None:
        m = self.memory
        places = {
            "session": reg.H_HOST_SESSION,
            "epoch": reg.H_HOST_EPOCH,
            "flags": reg.H_HOST_FLAGS,
            "pass_mask": reg.H_PASS_MASK,
        }
        written = [at for at in places.values() if 0 <= at - offset < len(before)]
        if any(m.host[at] != before[at - offset] for at in written):
            m.log.note(m.line_ms, "live", **{name: m.host[at] for name, at in places.items()})

    # --- inside ------------------------------------------------------------------------------------
    def _assemble(self) -> None:
        m = self.memory
        self.link = HostLink(m)
        self.decisions = DecisionMailboxes(m)
        self.machine = Machine(m, self._field, self._change_epoch)
        self.commands = CommandMailbox(m, self.link, self.machine)

    def _change_epoch(self, stopped_in: int, epoch: int | None = None) -> None:
        """Rule 7: block H and every echo but SESSION_ECHO are zeroed; all ids of the old epoch are void."""
        m = self.memory
        if epoch is not None:
            m.epoch = epoch
        elif m.epoch:
            m.epoch = next_epoch(m.epoch)
        m.host[:] = [0] * reg.H_SIZE
        self._half_written = None
        self.link.zero()
        self.decisions.zero()
        self.commands.zero()
        self.machine.zero(stopped_in=stopped_in)
        m.log.note(m.line_ms, "epoch", epoch=m.epoch, boot_nonce=m.boot_nonce)

    def _tell_frozen(self) -> None:
        if self.faults.freeze_heartbeat != self._told_frozen:
            self._told_frozen = self.faults.freeze_heartbeat
            self.log.note(self.memory.line_ms, "frozen", on=self._told_frozen)

    def _new_nonce(self, old: int) -> int:
        while True:
            nonce = self._rng.randint(1, 65535)
            if nonce != old:
                return nonce


def next_epoch(epoch: int) -> int:
    return epoch % 65535 + 1
