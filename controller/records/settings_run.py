"""Decisions of the journal looked at again under changed rules of judgement.

One rule: each row is applied again by the same code as the line, with the configuration of its day; the look at a decision
changes nothing. Of each passage the last decision counts.
"""

from pathlib import Path

import msgspec

from controller.line.apply import apply
from controller.line.commands import decode_outcome
from controller.line.config_dry_run import Judged, Judgement, judged
from controller.line.events import decode_event
from controller.line.state import LineState, decode_state
from controller.records.journal_file import open_reader


def settings_run(journal: Path, first: int, last: int, judgement: Judgement) -> dict[str, object]:
    """Decisions of rows `first` to `last`: how many cartons, which would have gone elsewhere, of how many nobody can say."""
    reader = open_reader(journal)
    found: dict[str, Judged] = {}
    try:
        state, seq = LineState(), 0
        for checkpoint in reader.checkpoints(first - 1):
            try:
                state, seq = decode_state(checkpoint.state), checkpoint.seq
            except msgspec.DecodeError:
                continue  # another release's
            break
        for row in reader.rows(seq + 1):
            if row.seq > last:
                break
            apply(state, decode_event(row.event))
            if row.seq < first:
                continue
            for decision in decode_outcome(row.outcome).decisions:
                if decision.track in state.passages and state.facts.profile is not None:
                    found[decision.track] = judged(state, decision.track, judgement)
    finally:
        reader.close()
    differ = [msgspec.to_builtins(one.otherwise) for one in found.values() if one.otherwise is not None]
    return {"ok": True, "cartons": len(found), "differ": differ, "unsure": sum(one.unsure for one in found.values())}
