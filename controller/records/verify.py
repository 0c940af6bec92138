"""Judges a journal file: is it whole, and if not, which record is the first that is not what was written?

Rule: it only reads, needs no daemon, no secret and no other file than the journal (with its -wal) and the
anchors, and says in one value what is wrong. It trusts nothing in the file: each row's hash is computed
again.

What shows what: the chain shows a changed, removed, inserted or moved record. A tail that was cut off, a
tail rewritten with fresh hashes, and an older copy put back are shown by anchors alone, up to the last
anchored row.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Sequence
from pathlib import Path

import apsw
import msgspec

from controller.records.anchors import ANCHORS_NAME, Anchor, AnchorReading, read_anchors
from controller.records.errors import JournalRefused
from controller.records.journal_file import (
    StoredCheckpoint,
    check_schema,
    connect_reader,
    read_all_where,
    read_checkpoints,
    read_page,
    read_where,
)
from controller.records.ownership import is_owned
from controller.records.rows import GENESIS, StoredRow

# How far a moved row is searched for by trying places; beyond it is still found, and called changed.
_PLACES_TRIED = 10_000
_FIRST_PLACE = -(2**63)

KEEP = "keep the files as they are, stop releasing on these records, and compare with a backup"


class Fault(enum.Enum):
    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    INSERTED = "inserted"
    TRUNCATED = "truncated"
    FORKED = "forked"
    NOT_A_JOURNAL = "not_a_journal"
    ANCHORS_DAMAGED = "anchors_damaged"


class VerifyReport(msgspec.Struct, frozen=True):
    """`rows` are proven whole from the first on; `unanchored_rows` of them lie behind the last anchor."""

    ok: bool
    rows: int
    first_bad_seq: int | None = None
    fault: Fault | None = None
    cause: str = ""
    next_step: str = ""
    last_hash: str = ""
    anchors_checked: int = 0
    unanchored_rows: int = 0


class _Finding(Exception):  # noqa: N818 (a result, not an error)
    def __init__(self, fault: Fault, first_bad_seq: int | None, cause: str) -> None:
        super().__init__(cause)
        self.fault = fault
        self.first_bad_seq = first_bad_seq
        self.cause = cause


def verify(path: Path | str, anchors: Path | str | Sequence[Path | str] | None = None) -> VerifyReport:
    """Judges the file; `anchors` are the files of anchors (default: the one beside the journal, if any)."""
    path = Path(path)
    readings = [read_anchors(found) for found in _anchor_paths(path, anchors)]
    marks = _by_seq(readings)
    walk = _Walk(marks)
    try:
        connection = _connect(path)
        try:
            check_schema(connection)
            walk.run(connection)
            _check_end(marks, walk.rows)
            for checkpoint in read_checkpoints(connection):
                _check_checkpoint(connection, checkpoint, marks, walk.rows)
        finally:
            connection.close(True)
        _check_readings(readings)
    except _Finding as finding:
        return _bad(walk, finding.fault, finding.first_bad_seq, finding.cause)
    except JournalRefused as refused:
        return _bad(walk, Fault.NOT_A_JOURNAL, None, refused.cause)
    except (apsw.NotADBError, apsw.CantOpenError) as error:
        return _bad(walk, Fault.NOT_A_JOURNAL, None, f"SQLite cannot open the file: {error}")
    except apsw.Error as error:
        cause = f"the file cannot be read after row {walk.rows}: {type(error).__name__}: {error}"
        return _bad(walk, Fault.CHANGED, walk.rows + 1, cause)
    return _good(walk, marks)


def _good(walk: _Walk, marks: dict[int, list[Anchor]]) -> VerifyReport:
    unanchored = walk.rows - max(marks, default=0)
    cause = "the chain is whole"
    next_step = ""
    if not marks and walk.rows:
        cause += "; there are no anchors, so a tail that was cut off or rewritten would not show"
        next_step = "verify again with the anchors kept elsewhere"
    elif unanchored:
        cause += f"; the last {unanchored} rows are not anchored yet"
    return VerifyReport(
        ok=True,
        rows=walk.rows,
        cause=cause,
        next_step=next_step,
        last_hash=walk.hash.hex(),
        anchors_checked=sum(len(same) for same in marks.values()),
        unanchored_rows=unanchored,
    )


def _bad(walk: _Walk, fault: Fault, first_bad_seq: int | None, cause: str) -> VerifyReport:
    next_step = KEEP
    if fault is Fault.NOT_A_JOURNAL:
        next_step = "check the path; copy the file together with its -wal to a directory that can be written"
    if fault is Fault.ANCHORS_DAMAGED:
        next_step = "verify again with the anchors kept elsewhere"
    return VerifyReport(
        ok=False,
        rows=walk.rows,
        first_bad_seq=first_bad_seq,
        fault=fault,
        cause=cause,
        next_step=next_step,
        last_hash=walk.hash.hex(),
        anchors_checked=walk.anchors_checked,
    )


def _anchor_paths(path: Path, anchors: Path | str | Sequence[Path | str] | None) -> list[Path]:
    if anchors is None:
        return [path.with_name(ANCHORS_NAME)]
    if isinstance(anchors, (Path, str)):
        return [Path(anchors)]
    return [Path(one) for one in anchors]


def _by_seq(readings: Sequence[AnchorReading]) -> dict[int, list[Anchor]]:
    marks: dict[int, list[Anchor]] = {}
    for reading in readings:
        for anchor in reading.anchors:
            marks.setdefault(anchor.seq, []).append(anchor)
    return marks


def _connect(path: Path) -> apsw.Connection:
    """Leaves nothing beside a file at rest; one in use, or with a log, is read through the log."""
    wal = path.with_name(path.name + "-wal")
    at_rest = not is_owned(path) and not (wal.exists() and wal.stat().st_size)
    return connect_reader(path, immutable=at_rest)


class _Walk:
    """Goes from the first row to the last and stops at the first that does not fit."""

    def __init__(self, marks: dict[int, list[Anchor]]) -> None:
        self.rows = 0
        self.hash = GENESIS
        self.anchors_checked = 0
        self._marks = marks
        self._last_good_mark = 0
        self._before: StoredRow | None = None

    def run(self, connection: apsw.Connection) -> None:
        from_seq = _FIRST_PLACE
        while page := read_page(connection, from_seq):
            for row in page:
                if row.seq != self.rows + 1 or row.prev_hash != self.hash or not row.is_whole():
                    raise _diagnose(connection, row, self._before, self.rows + 1, self.hash)
                self._check_marks(row)
                self.rows, self.hash, self._before = row.seq, row.hash, row
            from_seq = self.rows + 1

    def _check_marks(self, row: StoredRow) -> None:
        for anchor in self._marks.get(row.seq, ()):
            if anchor.hash != row.hash.hex():
                first = self._last_good_mark + 1
                raise _Finding(
                    Fault.FORKED,
                    first,
                    f"the chain is whole, but row {row.seq} is not the anchored one:"
                    f" rows from {first} to {row.seq} on were written anew, or another journal was put here",
                )
            self.anchors_checked += 1
            self._last_good_mark = row.seq


def _diagnose(connection: apsw.Connection, row: StoredRow, before: StoredRow | None, place: int, prev_hash: bytes) -> _Finding:
    """Tells what was done to the file from the first row that does not fit; `place` is its due place."""
    if row.seq < place:
        return _Finding(Fault.INSERTED, row.seq, f"row {row.seq} stands before the first place")
    true_row = _behind(connection, prev_hash, place)
    if row.seq > place:
        if true_row is not None:
            return _Finding(Fault.REORDERED, place, f"record {place} was moved to place {true_row.seq}")
        return _Finding(Fault.REMOVED, place, f"record {place} is missing; the next is {row.seq}")
    if before is not None and row.prev_hash == before.prev_hash and row.digest(before.seq) == row.hash:
        return _Finding(Fault.INSERTED, before.seq, f"two records claim place {before.seq}: one was put in")
    own_place = _own_place(connection, row)
    if true_row is not None:
        if own_place is None and true_row.seq == place + 1:
            return _Finding(Fault.INSERTED, place, f"a record was put in at place {place}")
        return _Finding(Fault.REORDERED, place, f"record {place} was moved to place {true_row.seq}")
    if own_place == place:
        return _false_link(connection, row, before, place)
    if own_place is not None:
        return _Finding(Fault.REMOVED, place, f"record {place} is gone; record {own_place} stands there")
    return _Finding(Fault.CHANGED, place, f"the content of record {place} does not have its hash")


def _false_link(connection: apsw.Connection, row: StoredRow, before: StoredRow | None, place: int) -> _Finding:
    """The row is whole but names another predecessor: which of the two is false, the next row tells."""
    after = read_where(connection, "seq", place + 1)
    if before is not None and (after is None or after.prev_hash == row.hash):
        cause = f"record {before.seq} (or more before it) was changed and given a fresh hash"
        return _Finding(Fault.CHANGED, before.seq, cause)
    return _Finding(Fault.CHANGED, place, f"record {place} was changed and given a fresh hash")


def _behind(connection: apsw.Connection, prev_hash: bytes, place: int) -> StoredRow | None:
    """The true record of a place, wherever in the file it stands now."""
    for found in read_all_where(connection, "prev_hash", prev_hash):
        if found.seq != place and found.digest(place) == found.hash:
            return found
    return None


def _own_place(connection: apsw.Connection, row: StoredRow) -> int | None:
    """The place for which the row's hash was made, if that can be told."""
    predecessor = read_where(connection, "hash", row.prev_hash)
    near = range(0) if predecessor is None else range(predecessor.seq - 1, predecessor.seq + 3)
    places: list[int] = [row.seq, *near, *range(max(1, row.seq - 10), row.seq + _PLACES_TRIED)]
    for place in places:
        if row.digest(place) == row.hash:
            return place
    return None


def _check_end(marks: dict[int, list[Anchor]], rows: int) -> None:
    last_mark = max(marks, default=0)
    if last_mark > rows:
        raise _Finding(
            Fault.TRUNCATED,
            rows + 1,
            f"row {last_mark} is anchored, but the journal ends at row {rows}: its tail is gone, or an older copy was put back",
        )


def _check_checkpoint(
    connection: apsw.Connection, checkpoint: StoredCheckpoint, marks: dict[int, list[Anchor]], rows: int
) -> None:
    seq = checkpoint.seq
    row = read_where(connection, "seq", seq)
    if row is None:
        raise _Finding(Fault.TRUNCATED, rows + 1, f"there is a checkpoint of row {seq}, but no such row")
    if row.hash != checkpoint.chain_hash:
        raise _Finding(Fault.FORKED, seq, f"the checkpoint of row {seq} was made of another row")
    if hashlib.sha256(checkpoint.state).digest() != checkpoint.state_hash:
        raise _Finding(Fault.CHANGED, seq, f"the state kept in the checkpoint of row {seq} was changed")
    states = {anchor.state_hash for anchor in marks.get(seq, ()) if anchor.state_hash}
    if states and checkpoint.state_hash.hex() not in states:
        raise _Finding(Fault.CHANGED, seq, f"the checkpoint of row {seq} is not the anchored one")


def _check_readings(readings: Sequence[AnchorReading]) -> None:
    for reading in readings:
        if reading.damaged_line is not None:
            cause = f"line {reading.damaged_line} of the anchors cannot be read; the chain itself is whole"
            raise _Finding(Fault.ANCHORS_DAMAGED, None, cause)
