"""What the daemon wrote down, read from the JSON of its journal.

The one rule: columns are taken as claims. An `event` is what it says it saw, an `outcome` what it says it did; checkers
compare both with plant and wire.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from simulators.oracle.sources import StoredRow
from simulators.oracle.words import DIVERTED, RELEASE, lane_told

Json = dict[str, Any]


class Row(msgspec.Struct, frozen=True):
    """One event with its outcome. A row that is no JSON has the empty type; the chain check names it."""

    seq: int
    line_ms: int
    type: str
    event: Json
    role: str
    outcome: Json
    actor: str = ""
    utc: str = ""

    def outcome_list(self, name: str) -> list[Json]:
        found = self.outcome.get(name)
        if not found:
            return []
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def refuses(self, subject: str) -> bool:
        return any(refusal.get("subject") == subject for refusal in self.outcome_list("refusals"))


class RingRow(msgspec.Struct, frozen=True):
    """A PLC event as it was journaled."""

    row: int
    line_ms: int
    boot: int
    epoch: int
    seq: int
    kind: int
    zone: int
    track_id: int
    arg1: int
    t_ms: int
    belt_mm: int
    read_ms: int

    @property
    def key(self) -> tuple[int, ...]:
        return (self.epoch, self.seq, self.kind, self.zone, self.track_id, self.t_ms, self.belt_mm)

    @property
    def track(self) -> str:
        return f"{self.epoch}:{self.track_id}"


class DecisionRow(msgspec.Struct, frozen=True):
    """A lane decision. `carton` is the key that papers gave it, empty when nobody knows it."""

    row: int
    line_ms: int
    boot: int
    track: str
    carton: str
    lane_code: int
    codes: tuple[str, ...]
    seq: int

    @property
    def number(self) -> str:
        return self.carton.partition("/")[2]

    @property
    def releases(self) -> bool:
        return self.lane_code == RELEASE


class DecideRow(msgspec.Struct, frozen=True):
    """A decision command on its way to the PLC."""

    row: int
    track: str
    lane_code: int
    releases: bool
    seq: int


@dataclass(slots=True)
class JournalStory:
    rows: list[Row] = field(default_factory=list)
    ring: list[RingRow] = field(default_factory=list)
    decisions: list[DecisionRow] = field(default_factory=list)
    decides: list[DecideRow] = field(default_factory=list)
    interruptions: list[int] = field(default_factory=list)
    first_row_of: dict[tuple[int, ...], int] = field(default_factory=dict)

    def of_track(self, track: str) -> list[DecisionRow]:
        return [d for d in self.decisions if d.track == track]

    def diverted(self, track: str) -> RingRow | None:
        return next((r for r in self.ring if r.kind == DIVERTED and r.track == track), None)


def tell_journal(stored: Sequence[StoredRow]) -> JournalStory:
    story = JournalStory()
    boot = 0
    for raw in stored:
        row = _opened(raw)
        story.rows.append(row)
        if row.type == "DaemonStarted":
            boot += 1
        if row.type in ("DaemonStarted", "PlcLost", "PlcSynced"):
            story.interruptions.append(row.seq)
        if row.type == "RingEvent":
            _take_ring(story, row, boot)
        _take_outcome(story, row, boot)
    return story


def _opened(raw: StoredRow) -> Row:
    try:
        stamped, outcome = msgspec.json.decode(raw.event), msgspec.json.decode(raw.outcome)
        event = stamped["event"]
        return Row(
            raw.seq,
            raw.line_ms,
            str(event["type"]),
            event,
            str(stamped.get("role", "")),
            dict(outcome),
            str(stamped.get("actor", "")),
            raw.utc.decode(errors="replace"),
        )
    except (msgspec.DecodeError, ValueError, KeyError, TypeError):
        return Row(raw.seq, raw.line_ms, "", {}, "", {})


def _take_ring(story: JournalStory, row: Row, boot: int) -> None:
    event = row.event
    names = ("epoch", "seq", "kind", "zone", "track_id", "arg1", "t_ms", "belt_mm", "read_ms")
    ring = RingRow(row.seq, row.line_ms, boot, *(int(event.get(name, -1)) for name in names))
    story.ring.append(ring)
    story.first_row_of.setdefault(ring.key, row.seq)


def _take_outcome(story: JournalStory, row: Row, boot: int) -> None:
    for told in row.outcome_list("decisions"):
        codes = tuple(str(blocker.get("code")) for blocker in told.get("blockers") or ())
        story.decisions.append(
            DecisionRow(row.seq, row.line_ms, boot, str(told.get("track")), str(told.get("carton") or ""),
                        lane_told(int(told.get("lane_code", 0))), codes, int(told.get("seq", 0)))
        )  # fmt: skip
    for told in row.outcome_list("commands"):
        if told.get("type") == "Decide":
            track = f"{told.get('epoch')}:{told.get('track_id')}"
            lane = lane_told(int(told.get("lane_code", 0)))
            releases = bool(told.get("releases")) or lane == RELEASE
            story.decides.append(DecideRow(row.seq, track, lane, releases, int(told.get("seq", 0))))
