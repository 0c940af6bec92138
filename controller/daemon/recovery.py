"""Recovery: the state after the last journaled event, and proof that it is the same state.

One rule: state comes from events alone. Each event after the checkpoint is applied again and its outcome compared with
the one in the journal, byte for byte (invariant I10); a difference is not repaired, it is reported.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import msgspec

from controller.line.apply import apply
from controller.line.commands import encode_outcome
from controller.line.events import decode_event
from controller.line.state import LineState, decode_state
from controller.records.errors import RecordsError
from controller.records.rows import JournalRow

log = logging.getLogger("xiyong.recovery")


class Snapshot(Protocol):
    @property
    def seq(self) -> int: ...

    @property
    def state(self) -> bytes: ...


class RowSource(Protocol):
    """A journal, or a reader of one."""

    def load_checkpoint(self) -> Snapshot | None: ...

    def rows(self, from_seq: int = 1) -> Iterable[JournalRow]: ...


class Recovered(msgspec.Struct, frozen=True):
    """`differs_at` is the first row whose outcome came out differently, 0 if none did."""

    state: LineState
    seq: int
    replayed: int
    differs_at: int


def recover(journal: RowSource, *, from_zero: bool = False) -> Recovered:
    """Rebuild the state. A checkpoint of another program, whose state had another shape, costs a replay from the first row."""
    state, start = _from_checkpoint(journal, from_zero)
    replayed = differs_at = 0
    seq = start
    for row in journal.rows(start + 1):
        try:
            stamped = decode_event(row.event)
        except msgspec.DecodeError as error:
            raise RecordsError(
                "event_unreadable", f"journal row {row.seq} ({row.kind}) is no event this version knows: {error}",
                "start the version that wrote it, or a later one",
            ) from error  # fmt: skip
        outcome = apply(state, stamped)
        if not differs_at and encode_outcome(outcome) != row.outcome:
            differs_at = row.seq
        seq = row.seq
        replayed += 1
    return Recovered(state, seq, replayed, differs_at)


def away_ms(journal: RowSource, seq: int, now: datetime) -> int:
    """For how long nothing was journaled, by the wall clock; -1 where that can not be told: it was doubtful, or it went back."""
    last = next(iter(journal.rows(seq)), None)
    if last is None:
        return -1
    try:
        stamped = decode_event(last.event)
        away_s = (now - datetime.fromisoformat(stamped.utc)).total_seconds()
    except (msgspec.DecodeError, ValueError):  # a checkpoint of this row stands for it, whatever wrote it
        return -1
    return -1 if stamped.utc_doubtful or away_s < 0 else int(away_s * 1000)


def _from_checkpoint(journal: RowSource, from_zero: bool) -> tuple[LineState, int]:
    checkpoint = None if from_zero else journal.load_checkpoint()
    if checkpoint is not None:
        try:
            return decode_state(checkpoint.state), checkpoint.seq
        except msgspec.DecodeError as error:
            log.warning("the checkpoint of row %s is not read (%s): every row is applied again", checkpoint.seq, error)
    return LineState(), 0
