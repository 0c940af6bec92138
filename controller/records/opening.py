"""What is examined before a journal is used: newest true checkpoint, the chain after it, and the anchors.

Rule: a journal that lacks an anchored row, or has another one in its place, is never written to: its tail
was cut off, rewritten, or an older copy was put back. A damaged checkpoint only costs time: an older one,
or the first row, is the start instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import apsw
import msgspec

from controller.records.anchors import Anchor
from controller.records.errors import JournalRefused
from controller.records.journal_file import (
    StoredCheckpoint,
    last_row,
    read_checkpoints,
    read_page,
    read_where,
)
from controller.records.rows import GENESIS

NEXT_STEP = "do not start; keep the files as they are, run verify, and compare with a backup"


class Standing(msgspec.Struct, frozen=True):
    """Where the journal stands: what the next row is chained to."""

    seq: int = 0
    hash: bytes = GENESIS
    line_ms: int = 0


class Opened(msgspec.Struct, frozen=True):
    """What the opening found, for the log and for the first event of a run."""

    standing: Standing
    verified_from_seq: int
    anchored_seq: int
    sqlite_version: str
    warnings: tuple[str, ...]


def examine(connection: apsw.Connection, anchors: Iterable[Anchor], warnings: tuple[str, ...]) -> Opened:
    anchors = tuple(anchors)
    checkpoint = open_checkpoint(connection)
    newest = connection.execute("SELECT max(seq) FROM checkpoints").get
    if checkpoint is None:
        start = Standing()
    else:
        row = read_where(connection, "seq", checkpoint.seq)
        start = Standing(checkpoint.seq, checkpoint.chain_hash, row.line_ms if row else 0)
    if newest is not None and newest != start.seq:
        warnings = (*warnings, f"the checkpoint of row {newest} is damaged; started from row {start.seq}")
    standing = _walk(connection, start)
    _check_anchors(connection, anchors, start.seq, standing)
    anchored_seq = max((anchor.seq for anchor in anchors), default=0)
    if not anchors and standing.seq:
        warnings = (*warnings, "no anchors were found: a tail lost before this start cannot be seen")
    return Opened(standing, start.seq + 1, anchored_seq, apsw.sqlite_lib_version(), warnings)


def refuse_lost(anchors: Iterable[Anchor]) -> None:
    """A journal that has anchors is not a new one, even if its file is empty or gone."""
    last = max((anchor.seq for anchor in anchors), default=0)
    if last:
        raise _refused(f"row {last} is anchored, but the journal is empty")


def open_checkpoint(connection: apsw.Connection) -> StoredCheckpoint | None:
    """The newest checkpoint whose state and row prove true."""
    for checkpoint in read_checkpoints(connection):
        row = read_where(connection, "seq", checkpoint.seq)
        if row is None:
            raise _refused(f"the journal has a checkpoint of row {checkpoint.seq}, but no such row")
        if row.hash != checkpoint.chain_hash or not row.is_whole():
            raise _refused(f"row {checkpoint.seq} is not the one its checkpoint was made of")
        if hashlib.sha256(checkpoint.state).digest() == checkpoint.state_hash:
            return checkpoint
    return None


def _walk(connection: apsw.Connection, start: Standing) -> Standing:
    # From the very first row on, nothing may stand before place 1 either.
    from_seq = start.seq + 1 if start.seq else -(2**63)
    standing = start
    while page := read_page(connection, from_seq):
        for row in page:
            if row.seq != standing.seq + 1 or row.prev_hash != standing.hash or not row.is_whole():
                raise _refused(f"the chain breaks at row {standing.seq + 1}")
            standing = Standing(row.seq, row.hash, row.line_ms)
        from_seq = standing.seq + 1
    last = last_row(connection)
    if (last.seq if last else 0) != standing.seq:
        raise _refused("the end of the journal could not be read")
    return standing


def _check_anchors(connection: apsw.Connection, anchors: Iterable[Anchor], start_seq: int, standing: Standing) -> None:
    for anchor in anchors:
        if anchor.seq > standing.seq:
            raise _refused(f"row {anchor.seq} is anchored, but the journal ends at row {standing.seq}")
        if anchor.seq < start_seq:
            continue  # The full verification covers what lies before the checkpoint.
        row = read_where(connection, "seq", anchor.seq)
        if row is None or row.hash.hex() != anchor.hash:
            raise _refused(f"row {anchor.seq} is not the anchored one")


def _refused(cause: str) -> JournalRefused:
    return JournalRefused("journal_broken", cause, NEXT_STEP)
