"""One poll of the PLC after the other: watch, claim a session, sync, run.

One rule: permissive words leave only in phase RUN, while the caller said ready and the PLC's heartbeat moves; every
doubt (new connection, new epoch, gap, frozen PLC) goes back to SYNC and takes readiness away.
Source: PLC contract CIL-1, "Sessions", "Tracking table T", fail-safe rules 6 and 7.

    WATCH -- block H stood still for HB_LIMIT --> CLAIM -- SESSION_ECHO is ours --> SYNC -- T and ring read --> RUN
      ^---- link away longer than HB_LIMIT, or SESSION_ECHO 0 ----------------------'  ^------ doubt ----------'
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from enum import Enum, auto

from drivers.plc.blocks import PlcBlocks
from drivers.plc.codec import CommandRecord, DecisionRecord, Status
from drivers.plc.commands import CommandBox
from drivers.plc.decisions import DecisionBoard
from drivers.plc.errors import LineRefusedError
from drivers.plc.feed import EventFeed, Reading
from drivers.plc.limits import Limits, hb_limit_s
from drivers.plc.pulse import PlcPulse
from drivers.plc.reports import (
    CommandResult,
    DecisionResult,
    EpochWanted,
    LinkUp,
    PendingDropped,
    PlcAlive,
    PlcFrozen,
    PlcReport,
    SessionLost,
    SessionRefused,
    StatusChanged,
    Synced,
    same_situation,
)
from drivers.plc.sequences import latest
from drivers.plc.session import HostVoice, HostWatch, SessionGoneError, Verdict, choose_session
from drivers.plc.settings import Cil1Settings
from drivers.plc.vocabulary import Command, HostFlag, PlcFlag, Result

_READY = int(HostFlag.READY)
CLAIM_PATIENCE_S = 1.0
EPOCH_AGAIN_S = 5.0
TABLE_TRIES = 5


class Phase(Enum):
    """How far the driver has got with this PLC."""

    WATCH = auto()
    CLAIM = auto()
    SYNC = auto()
    RUN = auto()


class Cycle:
    """All state that lives longer than a connection. `poll` is the only coroutine entry."""

    def __init__(
        self, settings: Cil1Settings, rng: random.Random, report: Callable[[PlcReport], None], last_event: int = 0
    ) -> None:
        self._settings = settings
        self._rng = rng
        self._report = report
        self.board = DecisionBoard()
        self.box = CommandBox()
        self.feed = EventFeed(report, last_event)
        self.phase = Phase.WATCH
        self.session = 0
        self.epoch = 0
        self.boot_nonce = 0
        self.status: Status | None = None
        self.ready = False
        self.sync_number = 0
        self.outputs = HostFlag(0)
        self.pass_mask = 0
        self.up = False
        self._identified = False
        self._watch = HostWatch()
        self._voice = HostVoice()
        self._pulse = PlcPulse()
        self._claim_until_s = 0.0
        self._conflict_told = False
        self._prior_decisions: tuple[int, ...] = ()
        self._prior_command = 0
        self._limits = Limits(settings)
        self._rewind = True  # until the ring was read again from TAIL nothing in it is acknowledged
        self._epoch_asked: int | None = None
        self._epoch_asked_s = 0.0

    # -- what the driver calls ------------------------------------------------------------------------------

    def begin_connection(self) -> None:
        """A new connection: nothing on it is known yet."""
        self._identified = False
        self.board.connection_broke()
        self._pulse.begin(self._now())
        if self.phase in (Phase.SYNC, Phase.RUN):
            self._begin_sync()

    def connection_lost(self) -> None:
        self.ready = False
        self._identified = False

    def refuse(self) -> None:
        """Give the line back before trying later."""
        self._leave_session("session_refused")
        self._watch.restart()

    async def poll(self, blocks: PlcBlocks) -> None:
        stop = self.box.stop_to_write() if self._identified else None
        if stop:  # before anything that could take time
            await self._write_command(blocks, stop)
        asked_s = self._now()
        status = await blocks.read_status()
        if status is None:
            await self._torn_poll(blocks, asked_s)
            return
        self._note(status, asked_s)
        if self.phase in (Phase.WATCH, Phase.CLAIM):
            stop = await self._stop_without_session(blocks, status, stop)
        if self.session and self._now() - self._voice.heard_s > self._limit_s():
            self._leave_session("missed_polls")
        if self.session and (status.epoch, status.boot_nonce) != (self.epoch, self.boot_nonce):
            self._change_epoch(status)
        if self.phase is Phase.WATCH:
            await self._watch_host(blocks, status)
        elif self.phase is Phase.CLAIM:
            await self._claim(blocks, status)
        if self.phase in (Phase.SYNC, Phase.RUN):
            await self._serve(blocks, status, stop)

    async def _stop_without_session(
        self, blocks: PlcBlocks, status: Status, written: CommandRecord | None
    ) -> CommandRecord | None:
        """The PLC takes a stop from anybody; it does not wait for a session."""
        self._command_done(self.box.settle(status))
        stop = self.box.stop_to_write()
        if stop and stop is not written:
            await self._write_command(blocks, stop)
        return stop

    def drop(self, code: str, decisions: tuple[DecisionRecord, ...], commands: tuple[CommandRecord, ...]) -> None:
        if decisions or commands:
            self._report(PendingDropped(at_s=self._now(), code=code, decisions=decisions, commands=commands))

    # -- watch and claim ------------------------------------------------------------------------------------

    async def _watch_host(self, blocks: PlcBlocks, status: Status) -> None:
        live = await blocks.read_host_live()
        verdict = self._watch.look(self._now(), live, status, self._limit_s())
        if verdict is Verdict.MOVED:
            raise LineRefusedError(
                "other_host",
                f"session {live.session} is writing its heartbeat to this PLC",
                "stop the other controller of this line, or check the PLC address",
            )
        if verdict is Verdict.WATCHING:
            return
        self.session = choose_session(status.session_echo, self._rng)
        self.epoch, self.boot_nonce = status.epoch, status.boot_nonce
        self._prior_decisions, self._prior_command = status.dec_echo, status.cmd_echo
        self._voice.heartbeat.begin_after(live.heartbeat, status.host_hb_echo)
        self._claim_until_s = self._now() + self._limit_s() + CLAIM_PATIENCE_S
        self._conflict_told = False
        self.phase = Phase.CLAIM
        await self._write_live(blocks)

    async def _claim(self, blocks: PlcBlocks, status: Status) -> None:
        """Keep writing our session until the PLC echoes it."""
        if status.session_echo == self.session:
            self._limits.due = True
            self._begin_sync()
            return
        live = await blocks.read_host_live()
        if live.session not in (0, self.session):
            raise LineRefusedError(
                "other_host",
                f"session {live.session} wrote over our session {self.session}",
                "stop the other controller of this line",
            )
        conflict = PlcFlag.SESSION_CONFLICT in status.flags
        if conflict and not self._conflict_told:
            self._conflict_told = True
            self._report(
                SessionRefused(
                    at_s=self._now(),
                    code="session_conflict",
                    cause="the PLC saw two hosts and refuses both",
                    next_step="make sure that one controller is off, then resume (command 34)",
                )
            )
        if not conflict and self._now() > self._claim_until_s:
            raise LineRefusedError(
                "session_not_taken",
                f"SESSION_ECHO is {status.session_echo}, not {self.session}",
                "check the PLC's session program and its FLAGS",
            )
        await self._write_live(blocks)
        if conflict:
            command = self.box.next_write(permissive=False, resume=True)
            if command:
                await self._write_command(blocks, command)

    # -- sync and run ---------------------------------------------------------------------------------------

    async def _serve(self, blocks: PlcBlocks, status: Status, stop_written: CommandRecord | None) -> None:
        if status.session_echo != self.session:
            self._session_changed(status)
            return
        self._voice.heartbeat.heard(status.host_hb_echo)
        self._settle(status)
        if self.phase is Phase.RUN:
            await self._read_events(blocks, status)
        if self.phase is Phase.RUN and self._default_releases(status):
            self._begin_sync(rewind=False)
        if self.phase is Phase.SYNC and not self._pulse.frozen:
            await self._sync(blocks, status)
        await self._write_live(blocks)
        await self._limits.write(blocks)
        for slot, decision in self.board.writes(permissive=self.ready):
            if (self.ready or not decision.permissive) and self.board.begin_write(slot, decision):
                await blocks.write_decision(slot, decision)
        command = self.box.next_write(permissive=self.ready)
        if command and command is not stop_written:
            await self._write_command(blocks, command)

    async def _read_events(self, blocks: PlcBlocks, status: Status) -> None:
        reading = await self.feed.read_new(blocks, status)
        if reading in (Reading.GAP, Reading.SKIPPED):
            self._begin_sync(rewind=reading is Reading.GAP)

    async def _sync(self, blocks: PlcBlocks, status: Status) -> None:
        """Read table T at a still point of the ring, then the ring up to that point, then say so."""
        if status.epoch == 0:
            self._ask_epoch(status)
            return
        if self._default_releases(status):
            return  # the host's limits go out with this poll and may change it
        for _ in range(TABLE_TRIES):
            table = await blocks.read_table()
            after = await blocks.read_status()
            if after is None or self._generation(after) != self._generation(status):
                return  # the next poll sees it and begins again
            still = after.evt_head == status.evt_head
            status = after
            if still:
                break
        rewind, self._rewind = self._rewind, False
        if await self.feed.read_backlog(blocks, status, rewind=rewind) is Reading.WAITING:
            return
        self._forget_permits()
        self.phase = Phase.RUN
        self.sync_number += 1
        seen = (*self._prior_decisions, *status.dec_echo, *(row.decision_seq for row in table))
        self._report(
            Synced(
                at_s=self._now(),
                sync_number=self.sync_number,
                epoch=self.epoch,
                session=self.session,
                boot_nonce=self.boot_nonce,
                status=status,
                table=table,
                last_decision_seq=latest(seen),
                last_command_seq=latest((self._prior_command, status.cmd_echo)),
                ring_head=status.evt_head,
            )
        )

    def _default_releases(self, status: Status) -> bool:
        refusal = self._limits.look(status, self._now())
        if refusal:
            self._report(refusal)
        return self._limits.releasing

    def _forget_permits(self) -> None:
        """What permits was decided on the picture of before: only what is decided on this one may still be written.

        The caller takes back what it does not see in this picture, and then nothing would void the record in the queue.
        """
        permits = self.box.drop_permissive(but=frozenset({int(Command.PROPOSE_EPOCH)}))
        self.drop("resynced", self.board.drop_permissive(), permits)

    def _settle(self, status: Status) -> None:
        for decision, result in self.board.settle(status):
            self._report(
                DecisionResult(
                    at_s=self._now(),
                    epoch=decision.epoch,
                    session=decision.session,
                    track_id=decision.track_id,
                    seq=decision.seq,
                    result=result,
                )
            )
        self._command_done(self.box.settle(status))

    def _command_done(self, done: tuple[CommandRecord, Result] | None) -> None:
        if done:
            command, result = done
            self._report(CommandResult(at_s=self._now(), code=command.code, seq=command.seq, result=result))

    # -- writes ---------------------------------------------------------------------------------------------

    async def _write_live(self, blocks: PlcBlocks) -> None:
        await self._voice.speak(
            blocks,
            session=self.session,
            epoch=self.epoch,
            ack=0 if self._rewind else self.feed.ring.ack_word,
            flags=int(self.outputs) | (_READY if self.ready else 0),
            pass_mask=self.pass_mask if self.ready else 0,
        )

    async def _write_command(self, blocks: PlcBlocks, command: CommandRecord) -> None:
        await blocks.write_command(command)
        self._command_done(self.box.written(command))

    async def _torn_poll(self, blocks: PlcBlocks, asked_s: float) -> None:
        """Block S could not be read whole: keep the heartbeat going, decide nothing."""
        self._pulse.missed(asked_s)
        self._check_pulse()
        if self._identified and self.phase in (Phase.SYNC, Phase.RUN):
            if self._now() - self._voice.heard_s > self._limit_s():
                self._leave_session("missed_polls")
            else:
                await self._write_live(blocks)

    # -- changes of state -----------------------------------------------------------------------------------

    def _note(self, status: Status, asked_s: float) -> None:
        now = self._now()
        if not self._identified:
            self._identified = True
            if not self.up:
                self.up = True
                self._report(LinkUp(at_s=now))
        previous = self.status
        self.status = status
        if previous is None or not same_situation(previous, status):
            self._report(StatusChanged(at_s=now, status=status))
        if self._pulse.saw(status.heartbeat, asked_s, now):
            self._report(PlcAlive(at_s=now))
        self._check_pulse()

    def _check_pulse(self) -> None:
        still_s = self._pulse.stopped()
        if still_s is None:
            return
        heartbeat = self._pulse.heartbeat or 0
        self._report(PlcFrozen(at_s=self._now(), heartbeat=heartbeat, unchanged_ms=round(still_s * 1000)))
        if self.phase in (Phase.SYNC, Phase.RUN):
            self._begin_sync()

    def _begin_sync(self, *, rewind: bool = True) -> None:
        """Take readiness and passes away until the caller has seen a new `Synced`."""
        self.phase = Phase.SYNC
        self.ready = False
        self.pass_mask = 0
        self._rewind = self._rewind or rewind

    def _change_epoch(self, status: Status) -> None:
        self.drop("epoch_changed", self.board.clear(), self.box.clear(keep_stop=False))
        self.epoch, self.boot_nonce = status.epoch, status.boot_nonce
        self._limits.due = True
        if self.phase in (Phase.SYNC, Phase.RUN):
            self._begin_sync()

    def _session_changed(self, status: Status) -> None:
        if status.session_echo == 0:
            self._leave_session("session_forgotten")
            return
        self.drop("session_lost", self.board.clear(), self.box.clear(keep_stop=False))
        self._report(SessionLost(at_s=self._now(), session=self.session, foreign_session=status.session_echo))
        raise SessionGoneError

    def _leave_session(self, code: str) -> None:
        """This session is over: forget what was pending and begin again from what we wrote last."""
        self.drop(code, self.board.clear(), self.box.clear(keep_stop=True))
        self._voice.hand_over(self._watch, (self.epoch, self.boot_nonce))
        self.session = 0
        self.ready = False
        self.pass_mask = 0
        self._rewind = True
        self._epoch_asked_s = float("-inf")
        self.phase = Phase.WATCH

    def _ask_epoch(self, status: Status) -> None:
        """Until the PLC has one: a proposal may be lost with its session, be refused here, or by the PLC."""
        if self._epoch_asked != status.boot_nonce:
            self.feed.ring.memory_lost()
        elif self.box.proposes_epoch or self._now() - self._epoch_asked_s < EPOCH_AGAIN_S:
            return
        self._epoch_asked, self._epoch_asked_s = status.boot_nonce, self._now()
        self._report(EpochWanted(at_s=self._now(), boot_nonce=status.boot_nonce))

    def _generation(self, status: Status) -> tuple[int, int, int]:
        return (status.epoch, status.boot_nonce, status.session_echo)

    def _limit_s(self) -> float:
        return hb_limit_s(self.status)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
