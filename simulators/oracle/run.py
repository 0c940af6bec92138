"""One finished run: plant, wire, journal and expectations side by side, and who was which track.

The one rule: a carton and a track are the same thing only where the plant log and the PLC's event say so at one moment of
line time; a hand that exchanges two cartons exchanges their tracks. What a device read plays no part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from simulators.oracle.departure_story import YardStory, tell_yard
from simulators.oracle.journal_story import JournalStory, tell_journal
from simulators.oracle.plant_story import Exit, PlantStory, tell_plant
from simulators.oracle.sources import Fact, StoredRow, read_anchors, read_expected, read_facts, read_journal
from simulators.oracle.wire_story import DecisionRecord, WireEvent, WireStory, tell_wire
from simulators.oracle.words import DIVERTED, INDUCT, lane_of

# Plant and PLC move in the same steps of 10 ms; an input may be seen a few scans later.
SAME_MOMENT_MS = 60
VERIFY_GATE_MM = 5200


class Passage(msgspec.Struct, frozen=True):
    """A carton on a track from a place in the wire log on."""

    carton_no: str
    track: str
    index: int


@dataclass(slots=True)
class Run:
    plant: PlantStory
    wire: WireStory
    journal: JournalStory
    stored: Sequence[StoredRow]
    anchors: Sequence[tuple[int, str]]
    expected: Fact
    yard: YardStory = field(default_factory=YardStory)
    confirmations: dict[Exit, WireEvent] = field(default_factory=dict)
    passages: list[Passage] = field(default_factory=list)
    track_at_exit: dict[Exit, str] = field(default_factory=dict)
    # Somebody put another carton in the place of one that was verified: what a decision says of it nobody could know better.
    # Whether it left by that decision is judged where it left.
    taken_over: set[str] = field(default_factory=set)

    def track_of(self, left: Exit) -> str:
        """The track the PLC confirmed for this exit, else the one the carton was inducted as, else empty."""
        own, confirmed = self.track_at_exit.get(left, ""), self.confirmations.get(left)
        if own and self.lost_under_way(left):
            return own
        return confirmed.track if confirmed is not None else own

    def lost_under_way(self, left: Exit) -> bool:
        """While it was between divert and confirmation eye all tracking was voided, or the eye of another lane (a stuck one)
        confirmed its track there: the PLC sees a stranger come out.

        What led it into the lane was the decision on its own track, taken before.
        """
        own = self.track_at_exit.get(left, "")
        moments = [*self.wire.epoch_changes, *(
            event.line_ms for event in self.wire.events
            if event.kind == DIVERTED and event.track == own and lane_of(event.arg1) != left.lane
        )]  # fmt: skip
        return any(left.entered_ms <= at_ms <= left.line_ms for at_ms in moments)

    def tracks_of(self, carton_no: str) -> list[str]:
        """Every track this carton was, in the order of the log."""
        exits = self.plant.cartons[carton_no].exits
        tracks = [(p.index, p.track) for p in self.passages if p.carton_no == carton_no]
        tracks += [(c.index, c.track) for e in exits if (c := self.confirmations.get(e)) is not None]
        return list(dict.fromkeys(track for _, track in sorted(tracks)))

    def in_force(self, left: Exit) -> DecisionRecord | None:
        """The last decision the PLC took for the track of this exit before the carton was in the lane."""
        track = self.track_of(left)
        taken = [j for j in self.wire.judged if j.taken and j.track == track and j.line_ms <= left.line_ms]
        return taken[-1] if taken else None

    def expected_of(self, carton_no: str) -> Fact:
        found = self.expected["cartons"].get(carton_no)
        return found if isinstance(found, dict) else {}


def load_run(sim_dir: Path, journal: Path, expected: Path | None = None) -> Run:
    stored = read_journal(journal)
    plant = read_facts(sim_dir / "plant.jsonl")
    run = Run(
        plant=tell_plant(plant),
        yard=tell_yard(plant),
        wire=tell_wire(read_facts(sim_dir / "wire.jsonl")),
        journal=tell_journal(stored),
        stored=stored,
        anchors=read_anchors(journal.parent / "anchors.jsonl"),
        expected=read_expected(expected or sim_dir / "expected.json"),
    )
    _join_exits(run)
    _join_passages(run)
    return run


def _join_exits(run: Run) -> None:
    """Each exit with the `diverted` record of the same moment, the same lane first."""
    free = [event for event in run.wire.events if event.kind == DIVERTED]
    for left in run.plant.exits:
        near = [e for e in free if abs(e.line_ms - left.line_ms) <= SAME_MOMENT_MS]
        if near:
            best = min(near, key=lambda e: (lane_of(e.arg1) != left.lane, abs(e.line_ms - left.line_ms)))
            run.confirmations[left] = best
            free.remove(best)


def _join_passages(run: Run) -> None:
    """Follow each carton from its induct record through the hands that moved it."""
    free = [event for event in run.wire.events if event.kind == INDUCT]
    now: dict[str, str] = {}
    exits = {(e.carton_no, e.line_ms): e for e in run.plant.exits}
    for move in run.plant.moves:
        if move.kind == "induct":
            near = [e for e in free if abs(e.line_ms - move.line_ms) <= SAME_MOMENT_MS]
            if near:
                event = min(near, key=lambda e: abs(e.line_ms - move.line_ms))
                free.remove(event)
                now[move.carton_no] = event.track
                run.passages.append(Passage(move.carton_no, event.track, event.index))
        elif move.kind == "exchanged":
            one, other = now.pop(move.carton_no, ""), now.pop(move.other_no, "")
            index = run.passages[-1].index if run.passages else 0
            places = ((move.carton_no, other, move.other_at_mm), (move.other_no, one, move.at_mm))
            for carton_no, track, at_mm in places:
                if track:
                    run.taken_over |= {track} if at_mm > VERIFY_GATE_MM else set()
                    now[carton_no] = track
                    run.passages.append(Passage(carton_no, track, index))
        else:
            left = exits.get((move.carton_no, move.line_ms))
            track = now.pop(move.carton_no, "")
            if left is not None and track:
                run.track_at_exit[left] = track


def clock_offsets(run: Run) -> dict[int, int]:
    """What to add to the daemon's line time to get the plant's, at least: no event is journaled before it happens.

    A PLC that lost its memory counts from 1 in epoch 0 at each power-up: what it told there has no name of its own.
    """
    happened = {event.key: event.line_ms for event in run.wire.events if event.epoch}
    offsets: dict[int, int] = {}
    for ring in run.journal.ring:
        if ring.key in happened:
            offset = happened[ring.key] - ring.line_ms
            offsets[ring.boot] = max(offsets.get(ring.boot, offset), offset)
    return offsets
