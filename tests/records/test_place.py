"""A reader's place: whole or not at all, and never taken for a place in another journal."""

from pathlib import Path

import pytest

from controller.records.errors import RecordsError
from controller.records.journal import Journal
from controller.records.journal_file import open_reader
from controller.records.place import Place, PlaceFile
from controller.records.rows import NewRow


def journal_of(path: Path, *kinds: str) -> Path:
    path.mkdir()
    journal = Journal.open(path / "journal.sqlite", anchors_dir=path)
    journal.append_groups([[NewRow(n, "2026-11-23T00:00:00Z", kind, b"{}", b"{}", ()) for n, kind in enumerate(kinds)]])
    journal.close()
    return path / "journal.sqlite"


def test_it_is_found_again_and_the_first_is_the_beginning(tmp_path: Path) -> None:
    file = PlaceFile(tmp_path / "outbox" / "port.json")
    assert file.load() == Place()
    file.save(Place(7, "ab", 2))
    assert PlaceFile(tmp_path / "outbox" / "port.json").load() == Place(7, "ab", 2)
    assert [path.name for path in (tmp_path / "outbox").iterdir()] == ["port.json"]


def test_a_damaged_one_is_refused_with_the_next_step(tmp_path: Path) -> None:
    path = tmp_path / "port.json"
    path.write_text('{"seq": 7, "row_h')
    with pytest.raises(RecordsError) as refused:
        PlaceFile(path).load()
    assert refused.value.code == "place_unreadable"
    assert "backup" in refused.value.next_step


def test_a_place_in_another_journal_is_refused(tmp_path: Path) -> None:
    one, other = journal_of(tmp_path / "one", "A", "B"), journal_of(tmp_path / "other", "A", "C")
    file = PlaceFile(tmp_path / "port.json")
    reader = open_reader(one)
    row = reader.row(2)
    reader.close()
    assert row is not None
    place = Place(2, row.hash.hex())
    for path, refusal in ((one, False), (other, True), (journal_of(tmp_path / "short", "A"), True)):
        reader = open_reader(path)
        try:
            if refusal:
                with pytest.raises(RecordsError, match="place_of_another_journal"):
                    file.check(reader, place)
            else:
                file.check(reader, place)
        finally:
            reader.close()
