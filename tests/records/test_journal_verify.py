"""verify: any tampering is found, and the first bad record is named."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from controller.records.journal import Journal
from controller.records.journal_file import open_reader
from controller.records.rows import chain
from controller.records.verify import Fault, verify
from tests.records.tampering import KINDS, ROWS, Tamperer, attempt, make, new_row


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "journal.db"


def test_a_whole_journal_is_whole(whole: Path) -> None:
    before = sorted(path.name for path in whole.parent.iterdir())
    report = verify(whole)
    assert (report.ok, report.rows, report.fault, report.unanchored_rows) == (True, ROWS, None, 0)
    assert report.anchors_checked == 5
    assert sorted(path.name for path in whole.parent.iterdir()) == before


@pytest.mark.parametrize("part", range(5))
def test_five_hundred_random_tamperings_are_all_found_and_named(whole: Path, tmp_path: Path, part: int) -> None:
    """Also: what the chain alone cannot show does pass without the marks, so it is they that show it."""
    tried = [attempt(whole, tmp_path / "copy", seed) for seed in range(part * 100, part * 100 + 100)]
    assert [one.wrong for one in tried if one.wrong] == []
    assert {one.kind for one in tried} == {kind.__name__ for kind in KINDS}


def test_an_older_copy_put_back_is_found_also_after_it_went_on(tmp_path: Path) -> None:
    for directory in ("old", "now"):
        (tmp_path / directory).mkdir()
    path = make(tmp_path / "now", 10)
    shutil.copy(path, tmp_path / "old" / "journal.db")
    journal = Journal.open(path)
    journal.append([new_row(number) for number in range(11, 16)])
    journal.close()
    anchors = tmp_path / "now" / "anchors.jsonl"
    report = verify(tmp_path / "old" / "journal.db", anchors=anchors)
    assert (report.fault, report.first_bad_seq) == (Fault.TRUNCATED, 11)
    # The older copy without its anchors is written on, as by somebody who wants it to look current.
    journal = Journal.open(tmp_path / "old" / "journal.db")
    journal.append([new_row(number, "other") for number in range(11, 16)])
    journal.close()
    assert verify(tmp_path / "old" / "journal.db").ok
    report = verify(tmp_path / "old" / "journal.db", anchors=[anchors])
    assert (report.fault, report.first_bad_seq) == (Fault.FORKED, 11)


def test_without_anchors_a_cut_tail_cannot_be_seen_and_the_report_says_so(copy: Path) -> None:
    tamper = Tamperer(copy)
    tamper.cut(20)
    tamper.done()
    report = verify(copy, anchors=[])
    assert report.ok
    assert "no anchors" in report.cause
    assert not verify(copy).ok


def test_one_record_changed_with_a_fresh_hash_is_named(copy: Path) -> None:
    tamper = Tamperer(copy)
    genuine = tamper.get(9)
    tamper.put(chain(new_row(9, "forged"), 9, genuine.prev_hash))
    tamper.done()
    report = verify(copy)
    assert (report.fault, report.first_bad_seq) == (Fault.CHANGED, 9)


def test_a_row_before_the_first_place_and_a_row_moved_to_the_end_are_found(copy: Path) -> None:
    tamper = Tamperer(copy)
    tamper.database.execute("UPDATE journal SET seq = 500 WHERE seq = 5")
    tamper.done()
    report = verify(copy)
    assert (report.fault, report.first_bad_seq) == (Fault.REORDERED, 5)
    tamper = Tamperer(copy)
    tamper.put(chain(new_row(0), -(2**63), bytes(32)))
    tamper.done()
    report = verify(copy)
    assert report.fault is Fault.INSERTED


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE checkpoints SET state = x'aa'",
        "UPDATE checkpoints SET chain_hash = zeroblob(32)",
        "CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM checkpoints; END",
        "CREATE TABLE extra (a)",
        "DROP TABLE journal",
    ],
)
def test_changed_checkpoints_and_changed_tables_are_found(copy: Path, statement: str) -> None:
    tamper = Tamperer(copy)
    tamper.database.execute(statement)
    tamper.done()
    assert not verify(copy).ok


def test_a_checkpoint_forged_with_a_fresh_hash_is_found_by_its_anchor(copy: Path) -> None:
    import hashlib

    tamper = Tamperer(copy)
    digest = hashlib.sha256(b"forged").digest()
    tamper.database.execute("UPDATE checkpoints SET state = ?, state_hash = ?", (b"forged", digest))
    tamper.done()
    assert verify(copy).fault is Fault.CHANGED


def test_a_damaged_anchor_is_not_mistaken_for_a_damaged_journal(copy: Path) -> None:
    anchors = copy.with_name("anchors.jsonl")
    lines = anchors.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"seq":14', b'"seq":15')
    anchors.write_bytes(b"".join(lines))
    report = verify(copy)
    assert (report.fault, report.rows) == (Fault.ANCHORS_DAMAGED, ROWS)


def test_bytes_flipped_in_the_file_are_found_or_change_no_record(whole: Path, tmp_path: Path) -> None:
    reader = open_reader(whole)
    genuine = list(reader.rows())
    reader.close()
    data = whole.read_bytes()
    found = 0
    for number in range(150):
        rng = random.Random(number)
        place = rng.randrange(len(data))
        path = tmp_path / f"{number}.db"
        path.write_bytes(data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :])
        report = verify(path, anchors=whole.with_name("anchors.jsonl"))
        if report.ok:
            reader = open_reader(path)
            assert list(reader.rows()) == genuine, f"byte {place}"
            reader.close()
        else:
            found += 1
    assert found > 20


def test_what_is_no_journal_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_bytes(b"not a database" * 500)
    for path in (tmp_path / "text.db", tmp_path / "none.db", tmp_path):
        report = verify(path)
        assert report.fault is Fault.NOT_A_JOURNAL
        assert report.cause
        assert report.next_step


def test_a_journal_in_use_can_be_verified(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    journal.append([new_row(1)])
    report = verify(tmp_path / "journal.db")
    assert (report.ok, report.rows, report.unanchored_rows) == (True, 1, 1)
    journal.append([new_row(2)])
    assert verify(tmp_path / "journal.db").rows == 2
    journal.close()
