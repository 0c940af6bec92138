"""A reader's place in the journal, kept in a file: for senders whose receivers are no databases.

Rule: the place moves only after what lies before it has arrived; it carries the hash of its row, so that a journal that was
replaced is found. Whole or not at all: a crash leaves the old place or the new one.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from controller.records.errors import RecordsError
from controller.records.journal_file import Reader
from controller.records.ownership import sync_directory


class Place(msgspec.Struct, frozen=True):
    """Everything up to row `seq` is done (0 = nothing yet); with `index` > 0 of that row only its first `index` parts."""

    seq: int = 0
    row_hash: str = ""
    index: int = 0


class PlaceFile:
    """One reader's place. Errors are `RecordsError`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Place:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Place)
        except FileNotFoundError:
            return Place()
        except (OSError, msgspec.DecodeError) as error:
            raise RecordsError(
                "place_unreadable",
                f"{self._path}: {error}",
                "restore it from a backup; without it everything is sent again, which receivers drop by its key",
            ) from error

    def save(self, place: Place) -> None:
        """On the disk when this returns."""
        save_whole(self._path, msgspec.json.encode(place))

    def check(self, reader: Reader, place: Place) -> None:
        """Refuses a place in another journal."""
        if place.seq == 0:
            return
        row = reader.row(place.seq)
        if row is None or row.hash.hex() != place.row_hash:
            raise RecordsError(
                "place_of_another_journal",
                f"{self._path.name} stands on row {place.seq}, which this journal lacks",
                "run verify first: the journal may have been cut or replaced; then ask what the receiver already has",
            )


def save_whole(path: Path, data: bytes) -> None:
    """The old file or the new one, whatever happens; on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_directory(path.parent)
