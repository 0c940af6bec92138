"""A dictionary of the state with one event's changes laid over it.

One rule: nothing reaches the dictionary below before `commit`; values come in insertion order, the same in every run.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Generic, TypeVar

V = TypeVar("V")


class Table(Generic[V]):
    """A dictionary of the state with this event's changes laid over it."""

    __slots__ = ("_base", "_changed", "_name", "edits")

    def __init__(self, name: str, base: dict[str, V]) -> None:
        self._name = name
        self._base = base
        self._changed: dict[str, V | None] = {}
        self.edits = 0  # how often anything in it was changed

    def get(self, key: str) -> V | None:
        changed = self._changed
        return changed[key] if changed and key in changed else self._base.get(key)

    def __getitem__(self, key: str) -> V:
        changed = self._changed
        value = changed[key] if changed and key in changed else self._base.get(key)
        if value is None:
            raise KeyError(f"{self._name}: {key}")
        return value

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def put(self, key: str, value: V) -> None:
        self.edits += 1
        self._changed[key] = value

    def drop(self, key: str) -> None:
        self.edits += 1
        self._changed[key] = None

    def values(self) -> Iterator[V]:
        """All values in insertion order, this event's new ones last."""
        changed = self._changed
        for key, value in self._base.items():
            current = changed[key] if changed and key in changed else value
            if current is not None:
                yield current
        for key, added in changed.items():
            if key not in self._base and added is not None:
                yield added

    def __len__(self) -> int:
        return len(self._base)

    def oldest(self, count: int) -> list[str]:
        """The keys of the first `count` values that were there before this event."""
        return list(islice(self._base, max(count, 0)))

    def changed_keys(self) -> tuple[str, ...]:
        return tuple(self._changed)

    def commit(self) -> None:
        for key, value in self._changed.items():
            if value is None:
                self._base.pop(key, None)
            else:
                self._base[key] = value
