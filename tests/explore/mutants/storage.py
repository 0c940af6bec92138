"""Mutants of the journal, its way to the disk, recovery and the records.

One rule: each is what somebody could write and believe right.
"""

import asyncio
import fcntl
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from controller.daemon import recovery, service
from controller.daemon.core_loop import CoreLoop
from controller.daemon.plc_link import PlcLink
from controller.daemon.timers import LoopTimers
from controller.line.commands import Command
from controller.records import all_tables, follower, journal_file, line_tables
from controller.records.errors import RecordsError
from controller.records.journal import Journal
from controller.records.rows import NewRow
from controller.records.writer import JournalWriter
from drivers.plc.codec import RingRecord

Patch = pytest.MonkeyPatch


def act_before_sync(patch: Patch) -> None:
    """Rows count as durable before they are written."""
    real = JournalWriter.append

    async def append(self: JournalWriter, rows: Sequence[NewRow]) -> int:
        ahead = getattr(self, "_ahead", self._journal.last_seq) + len(rows)
        self._ahead = ahead  # type: ignore[attr-defined]
        task = asyncio.create_task(real(self, rows))
        self.__dict__.setdefault("_kept", set()).add(task)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return ahead

    async def save_checkpoint(self: JournalWriter, seq: int, state: bytes) -> object:
        await asyncio.gather(*self.__dict__.get("_kept", ()), return_exceptions=True)
        return await saved(self, seq, state)

    saved = JournalWriter.save_checkpoint
    patch.setattr(JournalWriter, "append", append)
    patch.setattr(JournalWriter, "save_checkpoint", save_checkpoint)


def no_full_sync(patch: Patch) -> None:
    """synchronous=NORMAL: a commit is not on the disk when it returns."""
    weak = tuple(("synchronous", "NORMAL", 1) if s[0] == "synchronous" else s for s in journal_file.WRITER_SETTINGS)
    patch.setattr(journal_file, "WRITER_SETTINGS", weak)


def disk_error_swallowed(patch: Patch) -> None:
    """A commit that fails is rolled back, logged, and forgotten."""
    real = Journal._commit

    def commit(self: Journal, stored: Sequence[Any]) -> None:
        try:
            real(self, stored)
        except Exception:
            if not self._connection.get_autocommit():
                self._connection.cursor().execute("ROLLBACK")

    patch.setattr(Journal, "_commit", commit)


def dead_journal_goes_on(patch: Patch) -> None:
    """A journal that is dead is no reason to stop: rows count as written, and the line goes on."""
    real = JournalWriter.append

    async def append(self: JournalWriter, rows: Sequence[NewRow]) -> int:
        before = getattr(self, "_answered", self._journal.last_seq)
        try:
            answered = await real(self, rows)
        except RecordsError:
            answered = before + len(rows)
        self._answered = answered  # type: ignore[attr-defined]
        return answered

    patch.setattr(JournalWriter, "append", append)


def ack_before_durable(patch: Patch) -> None:
    """PLC events are acknowledged when they are read."""
    real = PlcLink._ring

    def ring(self: PlcLink, records: tuple[RingRecord, ...], at_s: float, *, backlog: bool) -> None:
        for record in records:
            self._acknowledge(record, self._ring_number)
        real(self, records, at_s, backlog=backlog)

    patch.setattr(PlcLink, "_ring", ring)


def permissive_at_once(patch: Patch) -> None:
    """Releases leave with the holds, before their row is on the disk."""
    real = CoreLoop._note_last

    def note_last(self: CoreLoop, command: Command) -> None:
        real(self, command)
        if command.permissive:
            self._dispatch(command, self._applied)

    patch.setattr(CoreLoop, "_note_last", note_last)


def no_lock(patch: Patch) -> None:
    """Two daemons may write one journal."""
    patch.setattr(fcntl, "flock", lambda fd, how: None)


def holds_dropped_on_restart(patch: Patch) -> None:
    """A restart begins with no hold."""

    def forget(state: Any) -> None:
        state.holds.clear()

    _after_recovery(patch, forget)


def counters_reset_on_restart(patch: Patch) -> None:
    """Decision and command sequences begin again at each start."""

    def forget(state: Any) -> None:
        state.facts = msgspec.structs.replace(state.facts, decision_seq=0, command_seq=0)

    _after_recovery(patch, forget)


def _after_recovery(patch: Patch, spoil: Callable[[Any], None]) -> None:
    real = recovery.recover

    def recover(journal: Any, **options: Any) -> Any:
        found = real(journal, **options)
        spoil(found.state)
        return found

    patch.setattr(service, "recover", recover)


def timers_lost_on_restart(patch: Patch) -> None:
    """Timers that were set before a restart never fire."""
    patch.setattr(LoopTimers, "arm", lambda self, timers: None)


def state_outside_the_journal(patch: Patch) -> None:
    """What the core does depends on how long the process has been running."""
    from controller.line.state import Draft

    real, count = Draft.note, [0]

    def note(self: Draft, subject: str, text: str) -> None:
        count[0] += 1
        real(self, subject, text if count[0] % 150 else f"{text} (again)")

    patch.setattr(Draft, "note", note)


def follower_cursor_in_memory(patch: Patch) -> None:
    """The records' cursor is written when the follower feels like it, not with the rows."""

    def move(self: follower.Follower, connection: Any, cursor: follower.Cursor, row: Any) -> None:
        self._remembered = follower.Cursor(row.seq, row.hash.hex())  # type: ignore[attr-defined]
        if row.seq % 50 == 0:
            real(self, connection, real_cursor(self, connection), row)

    def here(self: follower.Follower, connection: Any) -> follower.Cursor:
        return getattr(self, "_remembered", None) or real_cursor(self, connection)

    real, real_cursor = follower.Follower._move, follower.Follower._cursor
    patch.setattr(follower.Follower, "_move", move)
    patch.setattr(follower.Follower, "_cursor", here)


def follower_skips_rows(patch: Patch) -> None:
    """Every seventh row with decisions never reaches the records."""
    real = line_tables.LINE_ROWS[0]

    def outcome_rows(connection: Any, rows: Sequence[Any]) -> None:
        real(connection, [row for row in rows if row.seq % 7])

    patch.setattr(all_tables, "EVERY", tuple(outcome_rows if one is real else one for one in all_tables.EVERY))
