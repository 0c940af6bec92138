"""What an outbox owes behind its cursor: messages that the receiver does not take, while it takes others.

One rule: on the disk before the cursor goes past it, and gone from here only when its answer is in the journal.
"""

from pathlib import Path

import msgspec

from controller.records.errors import RecordsError
from controller.records.place import Place, save_whole

OWED_MOST = 100


class Owed(msgspec.Struct, frozen=True):
    """A message by its place in its row (`place.index` counts from 0 here), and what it is about."""

    place: Place
    about: str


class OwedFile:
    """Errors are `RecordsError`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> list[Owed]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[Owed])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError) as error:
            step = "restore it from a backup; what it named was refused: tell the receiver by hand"
            raise RecordsError("place_unreadable", f"{self._path}: {error}", step) from error

    def save(self, owed: list[Owed]) -> None:
        """On the disk when this returns."""
        save_whole(self._path, msgspec.json.encode(owed))
