"""Checks that stay on: each outcome is looked at once before anything permissive of it may leave.

One rule: what is checked costs the same however long the line has run, and trusts nothing of the core: it remembers on its own
what went before. A breach is an alarm that holds the line; the permissive commands of that outcome never leave.
Source: reliability notes, I1, I2, I7, I8, I12 and "asserts stay on in production".
"""

import msgspec

from controller.line.belt import HALF, SEQUENCE_MODULUS
from controller.line.commands import Decide, Outcome, PlcCommand
from controller.line.events import Stamped


class Breach(msgspec.Struct, frozen=True):
    code: str
    cause: str


class SelfCheck:
    """One for each run of the core."""

    def __init__(self) -> None:
        self._line_ms = 0
        self._decision_seq = 0
        self._command_seq = 0

    def outcome(self, stamped: Stamped, outcome: Outcome) -> Breach | None:
        """The first thing that is wrong with what followed from an event."""
        return self._time(stamped) or self._releases(outcome) or self._sequences(outcome)

    def _time(self, stamped: Stamped) -> Breach | None:
        before, self._line_ms = self._line_ms, max(self._line_ms, stamped.line_ms)
        if stamped.line_ms < before:
            return Breach("line_time", f"line time went from {before} to {stamped.line_ms} ms")
        return None

    def _releases(self, outcome: Outcome) -> Breach | None:
        """A release is in the record of a decision with no blocker, for this very track and sequence."""
        allowed = {(d.track, d.seq, d.lane_code) for d in outcome.decisions if not d.blockers}
        for command in outcome.commands:
            if not isinstance(command, Decide) or not command.releases:
                continue
            track = f"{command.epoch}:{command.track_id}"
            if (track, command.seq, command.lane_code) not in allowed:
                return Breach("release", f"track {track} is released by sequence {command.seq}, which no decision allows")
        return None

    def _sequences(self, outcome: Outcome) -> Breach | None:
        """Sequences only go on; one that came before would be stale at the PLC, or undo a later hold."""
        for decision in outcome.decisions:
            if not _later(decision.seq, self._decision_seq):
                return Breach("sequence", f"decision sequence {decision.seq} after {self._decision_seq}")
            self._decision_seq = decision.seq
        for command in outcome.commands:
            if not isinstance(command, PlcCommand):
                continue
            if not _later(command.seq, self._command_seq):
                return Breach("sequence", f"command sequence {command.seq} after {self._command_seq}")
            self._command_seq = command.seq
        return None


def _later(seq: int, before: int) -> bool:
    return before == 0 or 0 < (seq - before) % SEQUENCE_MODULUS < HALF


def landed(before: int, last_seq: int, rows: int) -> Breach | None:
    """What the journal says is on the disk: exactly the rows that were handed in, right behind those before."""
    if last_seq == before + rows:
        return None
    return Breach("journal_place", f"{rows} rows after row {before} ended at row {last_seq}")
