"""I1, I3, I7 and I8 to the instant: when a release, a permissive command, readiness or a message to customs arrives, its row is
on the disk, and when a PLC event is acknowledged, the row that keeps it.

One rule: the proof is the place of the row against the last row the disk had at that very moment; order in the logs alone (the
oracle's proof) sees only what a crash or a later event brings to light.
"""

from typing import Any

import msgspec

from controller.rehearsal.host import Host
from simulators.oracle import Breach
from simulators.oracle.ring_checks import FOREVER, covered, told_lost
from simulators.oracle.run import Run
from simulators.oracle.words import HOST_READY, RELEASE, lane_of

STOPPING = (3, 4, 8)


class _Written(msgspec.Struct, frozen=True):
    record: str
    words: tuple[int, ...]
    line_ms: int
    durable: int


class DurableWatch:
    """Hears the PLC's wire log as it is written."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._written: list[_Written] = []
        self._early: list[Breach] = []
        self._acked: list[int | None] = []  # for each acknowledge the last row on the disk; None = no daemon was there to ask

    def heard(self, fact: dict[str, Any]) -> None:
        if fact["fact"] == "customs_told":
            self._told(str(fact["key"]))
            return
        if fact["fact"] == "ack":
            self._acked.append(self._last_row())
        if fact["fact"] == "live" and (fact["flags"] & HOST_READY or fact["pass_mask"]):
            self._arrived("live", (int(fact["session"]), int(fact["epoch"])), int(fact["line_ms"]))
        if fact["fact"] == "written" and fact["words"][6]:
            self._arrived(str(fact["record"]), tuple(int(word) for word in fact["words"]), int(fact["line_ms"]))

    def _arrived(self, record: str, words: tuple[int, ...], line_ms: int) -> None:
        durable = self._last_row()
        if durable is not None:
            self._written.append(_Written(record, words, line_ms, durable))

    def _last_row(self) -> int | None:
        daemon = self._host.daemon
        return daemon.journal.last_seq if daemon is not None and daemon.journal is not None else None

    def _told(self, key: str) -> None:
        """A message that has reached customs: its row is on the disk. A daemon that is gone can send no more."""
        daemon, row = self._host.daemon, int(key.split("-")[1])
        if self._host.runs and daemon is not None and daemon.journal is not None and row > daemon.journal.last_seq:
            what = f"customs was told {key}, its row was not on the disk ({daemon.journal.last_seq} was)"
            self._early.append(Breach("I1", "", what))

    def check(self, run: Run) -> list[Breach]:
        """Against the rows of the finished journal. What is in no row at all is for the oracle."""
        releases = {(d.track, d.seq): d.row for d in run.journal.decisions if d.releases}
        commands: dict[tuple[int, int], int] = {}
        synced: dict[tuple[int, ...], int] = {}
        for row in run.journal.rows:
            if row.type == "PlcSynced":
                synced.setdefault((int(row.event.get("session", 0)), int(row.event.get("epoch", 0))), row.seq)
            for told in row.outcome_list("commands"):
                if told.get("type") == "PlcCommand":
                    commands.setdefault((int(told["code"]), int(told["seq"])), row.seq)
        found = [*self._early, *self._acknowledged(run)]
        for one in self._written:
            words, invariant = one.words, "I1"
            if one.record == "live":
                place, name, invariant = synced.get(words), f"readiness in epoch {words[1]}", "I3"
            elif one.record == "decision" and lane_of(words[2]) == RELEASE:
                place, name = releases.get((f"{words[0]}:{words[1]}", words[6])), f"release of track {words[0]}:{words[1]}"
            elif one.record == "command" and words[2] not in STOPPING:
                place, name = commands.get((words[2], words[6])), f"command {words[2]}"
            else:
                continue
            if place is not None and place > one.durable:
                what = f"{name} reached the PLC at {one.line_ms} ms, its row {place} was not on the disk ({one.durable} was)"
                found.append(Breach(invariant, "", what))
        return found

    def _acknowledged(self, run: Run) -> list[Breach]:
        """What a PLC was told that it may forget: each event has its row on the disk, or the row that says it was lost.

        A row that came later excuses nothing: a crash in between, and the event is nowhere.
        """
        found: list[Breach] = []
        for (ack, events), durable in zip(covered(run), self._acked, strict=False):
            if durable is None:
                continue
            for event in events or ():
                place = run.journal.first_row_of.get(event.key, FOREVER)
                if place > durable and not told_lost(run, event.seq, durable):
                    kept = f"its row {place} was not on the disk" if place != FOREVER else "no row had it"
                    what = f"event {event.epoch}/{event.seq} was acknowledged at {ack.line_ms} ms, {kept} ({durable} was)"
                    found.append(Breach("I8", "", what))
        return found
