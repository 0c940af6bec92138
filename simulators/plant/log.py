"""The plant log: what really happened, for the oracle that judges a run.

The one rule: only ground truth goes in, never what a device said. One JSON object a line, `line_ms` first.
With a file the newest `keep` facts stay in memory; nothing is ever dropped from the file.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import IO

import msgspec

Fact = dict[str, object]


class FactLog:
    """An append-only list of facts, one JSON object a line in the file if there is one."""

    def __init__(self, file: IO[str] | None = None, keep: int | None = None) -> None:
        self._facts: deque[Fact] = deque(maxlen=keep)
        self._file = file
        self.heard: Callable[[Fact], None] = lambda fact: None

    def note(self, line_ms: int, fact: str, **details: object) -> None:
        entry: Fact = {"line_ms": line_ms, "fact": fact, **details}
        self._facts.append(entry)
        self.heard(entry)
        if self._file is not None:
            self._file.write(msgspec.json.encode(entry).decode() + "\n")
            self._file.flush()

    def __iter__(self) -> Iterator[Fact]:
        return iter(tuple(self._facts))

    def __len__(self) -> int:
        return len(self._facts)

    def of(self, fact: str) -> list[Fact]:
        return [entry for entry in self._facts if entry["fact"] == fact]


class PlantLog(FactLog):
    """What truly happened to cartons, belts and buttons."""
