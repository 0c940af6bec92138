"""The verdict: what a run came to, as values and as JSON.

The one rule: the counts are of physical cartons, `released + inspected + anomaly + removed + on_line + unplaced = cartons`,
where `unplaced` are those that are nowhere; they are unaccounted.
"""

from typing import Any

import msgspec


class Breach(msgspec.Struct, frozen=True):
    """One invariant broken by one carton (or by none in particular)."""

    invariant: str
    carton_no: str
    what: str


class SceneResult(msgspec.Struct, frozen=True):
    name: str
    ok: bool
    seen: str
    title_zh: str = ""
    title_en: str = ""


class TableRow(msgspec.Struct, frozen=True):
    carton_no: str
    label: str
    lane: str
    reason: str


class ListTruth(msgspec.Struct, frozen=True):
    """What truly became of the cartons of a list; `nowhere` are cartons that are neither at rest in a place nor missing."""

    list_key: str
    declared: int
    released: int
    held: int
    detained: int
    missing: int
    nowhere: int


class Verdict(msgspec.Struct, frozen=True):
    cartons: int
    released: int
    inspected: int
    anomaly: int
    removed: int
    on_line: int
    held: int
    detained: int
    loaded: int
    departed: int
    gate_refused: int
    unaccounted: int
    release_without_decision: int
    journal_events: int
    journal_verified: bool
    ordinary: int
    ordinary_to_default: int
    ordinary_released_percent: float
    breaches: tuple[Breach, ...]
    scenes: tuple[SceneResult, ...]
    table: tuple[TableRow, ...]
    lists: tuple[ListTruth, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.breaches and all(scene.ok for scene in self.scenes)

    def as_dict(self, *, table: bool) -> dict[str, Any]:
        """The verdict as JSON values; `ok` says the same as the exit code."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        if not table:
            del values["table"], values["lists"]
        return values | {"ok": self.ok}
