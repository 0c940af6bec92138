"""The journal: what it promises to whoever appends, reads and opens it."""

from __future__ import annotations

import hashlib
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from controller.records import journal as journal_module
from controller.records import journal_file
from controller.records.anchors import read_anchors
from controller.records.errors import JournalBusy, JournalDead, JournalRefused, RowRefused
from controller.records.journal import Journal
from controller.records.journal_file import open_reader
from controller.records.rows import EVENT_LIMIT_BYTES, NewRow


def row(number: int, event: bytes = b'{"n":1}', touched: tuple[str, ...] = ("carton:A",)) -> NewRow:
    return NewRow(number * 10, "2026-11-23T08:00:00Z", "Seen", event, b'{"ok":true}', touched)


def test_rows_are_gapless_from_one_and_come_back_as_they_were(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    assert journal.append([row(0), row(1)]) == 2
    assert journal.append([row(2, '{"名":"箱"}'.encode())]) == 3
    rows = list(journal.rows())
    assert [one.seq for one in rows] == [1, 2, 3]
    assert rows[2].event == '{"名":"箱"}'.encode()
    assert rows[0].touched == ("carton:A",)
    assert [one.prev_hash for one in rows] == [bytes(32), rows[0].hash, rows[1].hash]
    assert [one.seq for one in journal.rows(2, page_rows=1)] == [2, 3]
    journal.close()


def test_the_hash_is_the_documented_one(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    journal.append([NewRow(7, "u", "k", b"1", b"[]", ("a", "b"))])
    text = b"xiyong-journal-row/1\0" + struct.pack(">qq", 1, 7)
    for part in (b"u", b"k", b"1", b"[]", b'["a","b"]'):
        text += struct.pack(">I", len(part)) + part
    assert next(journal.rows()).hash == hashlib.sha256(text + bytes(32)).digest()
    journal.close()


def test_plain_sqlite_reads_events_as_json_text(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    journal.append([row(1, b'{"code":"X1"}')])
    journal.close()
    plain = sqlite3.connect(tmp_path / "journal.db")
    assert plain.execute("SELECT json_extract(event, '$.code') FROM journal").fetchone() == ("X1",)
    plain.close()


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (row(1, b'"' + b"x" * EVENT_LIMIT_BYTES + b'"'), "event_too_large"),
        (row(1, b"{"), "event_not_json"),
        (row(1, b'"\xff"'), "event_not_json"),
        (row(0), "line_ms_decreases"),
        (NewRow(-1, "u", "k", b"1", b"1"), "line_ms_range"),
        (NewRow(10, "u", "", b"1", b"1"), "kind_size"),
        (NewRow(10, "\ud800", "k", b"1", b"1"), "utc_not_text"),
        (row(1, touched=("a\0b",)), "touched_not_text"),
        (row(1, touched=("",)), "subject_size"),
        (row(1, touched=tuple(f"{n:0200d}" for n in range(30_000))), "touched_too_large"),
    ],
)
def test_a_refused_row_writes_nothing_and_leaves_the_journal_usable(tmp_path: Path, bad: NewRow, code: str) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    journal.append([row(1)])
    with pytest.raises(RowRefused) as refused:
        journal.append([row(1), bad])
    assert refused.value.code == code
    assert journal.append([row(1)]) == 2
    journal.close()


def test_an_event_of_exactly_the_limit_is_taken(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    assert journal.append([row(1, b'"' + b"x" * (EVENT_LIMIT_BYTES - 2) + b'"')]) == 1
    journal.close()


def test_a_second_owner_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    code = (
        "import sys; from controller.records.journal import Journal; j = Journal.open(sys.argv[1]);"
        " print('open', flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(JournalBusy) as busy:
            Journal.open(path)
        assert str(other.pid) in busy.value.cause
        other.kill()
    Journal.open(path).close()  # The lock went with the process.


def test_a_second_name_of_the_same_file_is_the_same_journal(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    (tmp_path / "alias.db").symlink_to(tmp_path / "journal.db")
    with pytest.raises(JournalBusy):
        Journal.open(tmp_path / "alias.db")
    journal.close()


def test_a_closed_journal_takes_nothing(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    journal.close()
    journal.close()
    with pytest.raises(JournalDead):
        journal.append([row(1)])


def test_a_setting_that_is_not_in_force_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "WRITER_SETTINGS", (("synchronous", "NORMAL", 2),))
    with pytest.raises(JournalRefused, match="synchronous"):
        Journal.open(tmp_path / "journal.db")
    monkeypatch.undo()
    Journal.open(tmp_path / "journal.db").close()


def test_a_foreign_database_and_a_text_file_are_no_journals(tmp_path: Path) -> None:
    foreign = sqlite3.connect(tmp_path / "foreign.db")
    foreign.execute("CREATE TABLE t (a)")
    foreign.close()
    (tmp_path / "text.db").write_bytes(b"hello " * 1000)
    for name in ("foreign.db", "text.db"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(JournalRefused) as refused:
            Journal.open(tmp_path / name)
        assert refused.value.code == "not_a_journal"
        assert (tmp_path / name).read_bytes() == before
    with pytest.raises(JournalRefused, match="create it"):
        Journal.open(tmp_path / "none" / "journal.db")


def test_the_newest_true_checkpoint_is_loaded_and_three_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal.open(path)
    journal.append([row(n) for n in range(10)])
    for seq in (2, 4, 6, 8):
        journal.save_checkpoint(seq, b"state %d" % seq)
    with pytest.raises(RowRefused):
        journal.save_checkpoint(99, b"")
    journal.close()
    plain = sqlite3.connect(path)
    assert plain.execute("SELECT seq FROM checkpoints ORDER BY seq").fetchall() == [(4,), (6,), (8,)]
    plain.execute("UPDATE checkpoints SET state = x'00' WHERE seq = 8")
    plain.commit()
    plain.close()
    journal = Journal.open(path)
    checkpoint = journal.load_checkpoint()
    assert checkpoint is not None
    assert (checkpoint.seq, checkpoint.state) == (6, b"state 6")
    assert journal.opened.verified_from_seq == 7
    assert "damaged" in journal.opened.warnings[0]
    journal.close()


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE journal SET event = '2' WHERE seq = 5",
        "DELETE FROM journal WHERE seq = 5",
        "DELETE FROM journal WHERE seq > 7",
        "UPDATE journal SET seq = 100 WHERE seq = 9",
    ],
)
def test_a_broken_journal_is_not_opened_for_writing(tmp_path: Path, tampering: str) -> None:
    path = tmp_path / "journal.db"
    journal = Journal.open(path)
    journal.append([row(n) for n in range(9)])
    journal.close()
    plain = sqlite3.connect(path)
    plain.execute(tampering)
    plain.commit()
    plain.close()
    with pytest.raises(JournalRefused) as refused:
        Journal.open(path)
    assert refused.value.code == "journal_broken"


def test_anchors_are_left_every_n_rows_and_at_the_end_also_in_another_directory(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    path = tmp_path / "journal.db"
    journal = Journal.open(path, anchors_dir=tmp_path / "far", anchor_every_rows=4)
    for number in range(10):
        journal.append([row(number)])
    journal.close()
    anchors = tmp_path / "far" / "anchors.jsonl"
    assert [anchor.seq for anchor in read_anchors(anchors).anchors] == [4, 8, 10]
    with anchors.open("ab") as file:
        file.write(b'{"seq":11,"ha')  # a power cut in the middle of a line
    journal = Journal.open(path, anchors_dir=tmp_path / "far")
    journal.append([row(11)])
    journal.close()
    reading = read_anchors(anchors)
    assert ([anchor.seq for anchor in reading.anchors], reading.torn) == ([4, 8, 10, 11], False)


def test_a_lost_file_is_noticed_by_its_anchors(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    journal.append([row(1)])
    journal.close()
    (tmp_path / "journal.db").unlink()
    with pytest.raises(JournalRefused, match="anchored"):
        Journal.open(tmp_path / "journal.db")


def test_readers_see_what_is_durable_while_the_writer_lives_and_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with pytest.raises(JournalRefused, match="journal_missing"):
        open_reader(path)
    journal = Journal.open(path)
    journal.append([row(1)])
    reader = open_reader(path)
    assert reader.last_seq() == 1
    journal.append([row(2)])
    assert [one.seq for one in reader.rows(2)] == [2]
    assert reader.row(3) is None
    with pytest.raises(Exception, match="readonly"):
        reader._connection.execute("DELETE FROM journal")
    journal.close()
    assert reader.last_seq() == 2
    reader.close()


def test_the_write_ahead_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "WAL_PAGES_BEFORE_CHECKPOINT", 20)
    journal = Journal.open(tmp_path / "journal.db")
    for number in range(200):
        journal.append([row(number)])
    assert (tmp_path / "journal.db-wal").stat().st_size < 40 * 4200
    journal.close()
