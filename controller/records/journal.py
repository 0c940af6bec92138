"""The journal: append-only rows, chained by hashes, each transaction on the disk before it is acknowledged.

Rule: fail-stop. The first error of any kind while writing makes the journal dead; it takes nothing
afterwards, because after a failed write or sync nobody knows what the disk holds (SQLite itself would go
on and accept later commits). The next open reads what is really there. The journal knows nothing of the
line: rows are opaque. Source: reliability rules (a), (d), (g) of docs/records.md.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import apsw
import msgspec

from controller.records.anchors import ANCHORS_NAME, AnchorFile
from controller.records.errors import JournalDead, JournalRefused, RecordsError, RowRefused
from controller.records.journal_file import (
    PAGE_ROWS,
    WAL_RESET_FIXED,
    connect_writer,
    create_schema,
    insert_row,
    is_blank,
    read_page,
    read_where,
    settle_log,
)
from controller.records.opening import Opened, Standing, examine, open_checkpoint, refuse_lost
from controller.records.ownership import Ownership, sync_directory
from controller.records.rows import JournalRow, NewRow, StoredRow, chain, check

CHECKPOINTS_KEPT = 3
ANCHOR_EVERY_ROWS = 256
WAL_PAGES_BEFORE_CHECKPOINT = 1000


class Checkpoint(msgspec.Struct, frozen=True):
    """The state after row `seq`, so that a restart need not replay from the first row."""

    seq: int
    chain_hash: bytes
    state: bytes
    state_hash: bytes


class Journal:
    """The one connection that writes. Calls may come from any thread, one at a time is served."""

    def __init__(
        self,
        path: Path,
        connection: apsw.Connection,
        *,
        owner: Ownership,
        anchors: AnchorFile,
        opened: Opened,
        anchor_every_rows: int,
    ) -> None:
        self.path = path
        self.opened = opened
        self._connection = connection
        self._owner = owner
        self._anchors = anchors
        self._anchor_every_rows = anchor_every_rows
        self._standing = opened.standing
        self._anchored_seq = opened.anchored_seq
        self._wal_pages = 0
        self._death: str | None = None
        self._closed = False
        self._lock = threading.RLock()
        connection.set_wal_hook(self._note_wal)

    @classmethod
    def open(
        cls,
        path: Path | str,
        vfs: str | None = None,
        *,
        anchors_dir: Path | str | None = None,
        anchor_every_rows: int = ANCHOR_EVERY_ROWS,
    ) -> Journal:
        """Takes ownership, creates or checks the file, and verifies the chain from the last checkpoint."""
        path = Path(path).resolve()
        anchors_path = (path.parent if anchors_dir is None else Path(anchors_dir)) / ANCHORS_NAME
        for directory in (path.parent, anchors_path.parent):
            if not directory.is_dir():
                raise JournalRefused("journal_directory_missing", f"{directory} does not exist", "create it")
        try:
            owner = Ownership.take(path)
        except OSError as error:
            raise _unreadable(path, error) from error
        connection: apsw.Connection | None = None
        anchors: AnchorFile | None = None
        try:
            anchors = AnchorFile.open(anchors_path)
            connection = connect_writer(path, vfs)
            if is_blank(connection):
                refuse_lost(anchors.reading.anchors)
                create_schema(connection)
            settle_log(path, vfs)
            sync_directory(path.parent)
            opened = examine(connection, anchors.reading.anchors, _warnings())
            journal = cls(
                path,
                connection,
                owner=owner,
                anchors=anchors,
                opened=opened,
                anchor_every_rows=anchor_every_rows,
            )
            journal._anchor_head()
            return journal
        except BaseException as error:
            _abandon(connection, anchors, owner)
            if isinstance(error, (apsw.Error, OSError)):
                raise _unreadable(path, error) from error
            raise

    @property
    def last_seq(self) -> int:
        return self._standing.seq

    @property
    def last_hash(self) -> bytes:
        return self._standing.hash

    @property
    def last_line_ms(self) -> int:
        return self._standing.line_ms

    @property
    def is_dead(self) -> bool:
        return self._closed or self._death is not None

    def require_alive(self) -> None:
        if self._closed:
            raise JournalDead("journal_closed", "the journal is closed", "open it again")
        if self._death is not None:
            raise JournalDead("journal_dead", self._death, "stop deciding, repair the disk, and restart the daemon")

    def append(self, rows: Sequence[NewRow]) -> int:
        """Writes the rows in one transaction and returns the last place, once they are on the disk."""
        (answer,) = self.append_groups([rows])
        if isinstance(answer, RowRefused):
            raise answer
        return answer

    def append_groups(self, groups: Sequence[Sequence[NewRow]]) -> list[int | RowRefused]:
        """Writes several callers' rows in one transaction; a refused group leaves the others untouched."""
        with self._lock:
            self.require_alive()
            answers, stored = self._place(groups)
            if stored:
                self._fail_stop(lambda: self._commit(stored))
            return answers

    def save_checkpoint(self, seq: int, state: bytes) -> Checkpoint:
        """Keeps the state after row `seq`; the oldest of more than three goes."""
        with self._lock:
            self.require_alive()
            row = read_where(self._connection, "seq", seq)
            if row is None:
                raise RowRefused("checkpoint_place", f"there is no row {seq}", "save a state of a journaled row")
            checkpoint = Checkpoint(seq, row.hash, state, hashlib.sha256(state).digest())
            self._fail_stop(lambda: self._write_checkpoint(checkpoint))
            return checkpoint

    def load_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint whose state and place prove true; a damaged one is passed over."""
        with self._lock:
            self.require_alive()
            found = open_checkpoint(self._connection)
            if found is None:
                return None
            return Checkpoint(found.seq, found.chain_hash, found.state, found.state_hash)

    def rows(self, from_seq: int = 1, page_rows: int = PAGE_ROWS) -> Iterator[JournalRow]:
        """Rows from `from_seq` on, read a page at a time."""
        while True:
            with self._lock:
                self.require_alive()
                page = read_page(self._connection, from_seq, page_rows)
            if not page:
                return
            yield from (row.opened() for row in page)
            from_seq = page[-1].seq + 1

    def close(self) -> None:
        """Leaves a last anchor and gives up ownership. Closing twice, or closing it dead, is allowed."""
        with self._lock:
            if self._closed:
                return
            try:
                if self._death is None:
                    self._fail_stop(self._finish)
            finally:
                # What a broken disk holds is for the next open to judge: then the log stays where it is.
                self._closed = True
                _abandon(self._connection, self._anchors, self._owner)

    def abandon(self) -> None:
        """Lets go of everything as a dying process does: nothing more is written, nothing is finished."""
        with self._lock:
            if not self._closed:
                self._closed = True
                _abandon(self._connection, self._anchors, self._owner)

    def _place(self, groups: Sequence[Sequence[NewRow]]) -> tuple[list[int | RowRefused], list[StoredRow]]:
        answers: list[int | RowRefused] = []
        stored: list[StoredRow] = []
        standing = self._standing
        for group in groups:
            line_ms = standing.line_ms
            try:
                for row in group:
                    check(row, line_ms)
                    line_ms = row.line_ms
            except RowRefused as refusal:
                answers.append(refusal)
                continue
            for row in group:
                placed = chain(row, standing.seq + 1, standing.hash)
                stored.append(placed)
                standing = Standing(placed.seq, placed.hash, placed.line_ms)
            answers.append(standing.seq)
        return answers, stored

    def _commit(self, stored: Sequence[StoredRow]) -> None:
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        for row in stored:
            insert_row(cursor, row)
        cursor.execute("COMMIT")
        last = stored[-1]
        self._standing = Standing(last.seq, last.hash, last.line_ms)
        self._recycle_wal()
        if last.seq - self._anchored_seq >= self._anchor_every_rows:
            self._anchor_head()

    def _write_checkpoint(self, checkpoint: Checkpoint) -> None:
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(
            "INSERT OR REPLACE INTO checkpoints VALUES (?,?,?,?)",
            (checkpoint.seq, checkpoint.chain_hash, checkpoint.state, checkpoint.state_hash),
        )
        cursor.execute(
            "DELETE FROM checkpoints WHERE seq NOT IN (SELECT seq FROM checkpoints ORDER BY seq DESC LIMIT ?)",
            (CHECKPOINTS_KEPT,),
        )
        cursor.execute("COMMIT")
        self._recycle_wal()
        self._anchors.append(checkpoint.seq, checkpoint.chain_hash, checkpoint.state_hash)

    def _anchor_head(self) -> None:
        if self._standing.seq > self._anchored_seq:
            self._anchors.append(self._standing.seq, self._standing.hash)
            self._anchored_seq = self._standing.seq

    def _finish(self) -> None:
        self._anchor_head()
        self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)

    def _note_wal(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        self._wal_pages = pages
        return 0

    def _recycle_wal(self) -> None:
        if self._wal_pages >= WAL_PAGES_BEFORE_CHECKPOINT:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _fail_stop(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            self._death = f"{type(error).__name__}: {error}"
            if not isinstance(error, Exception):
                raise
            raise JournalDead("journal_dead", self._death, "stop deciding, repair the disk, and restart the daemon") from error


def _abandon(connection: apsw.Connection | None, anchors: AnchorFile | None, owner: Ownership) -> None:
    """Lets everything go in the order that keeps a second owner out until the file is closed."""
    try:
        if connection is not None:
            connection.set_wal_hook(None)
            connection.close(True)
    except apsw.Error:
        pass  # The file is as the disk left it; the next open judges it.
    finally:
        if anchors is not None:
            anchors.close()
        owner.release()


def _warnings() -> tuple[str, ...]:
    version = apsw.sqlite_lib_version()
    if tuple(int(part) for part in version.split(".")[:3]) < WAL_RESET_FIXED:
        return (f"SQLite {version} may have the WAL-reset bug, fixed in 3.51.3",)
    return ()


def _unreadable(path: Path, error: BaseException) -> RecordsError:
    if isinstance(error, apsw.NotADBError):
        return JournalRefused("not_a_journal", f"{path} is no SQLite file", "check the path")
    return JournalRefused(
        "journal_unreadable",
        f"{path}: {type(error).__name__}: {error}",
        "check the disk, then run verify on a copy",
    )
