"""I14: what a reader's line had kept while nobody listened is no read of the carton that stands there when it comes.

The one rule: the plant says when such a frame was handed over; a read of that gate with its very code at that moment is it,
unless the daemon had refused as many frames of that reader just before: a reader that is stuck says the same again.
"""

from simulators.oracle.plant_story import KeptRead
from simulators.oracle.run import Run, clock_offsets
from simulators.oracle.verdict import Breach

# Clocks of plant and daemon are compared to this; a label that truly passes its gate again takes longer to come.
SAME_READ_MS = 400


def check_reads(run: Run) -> list[Breach]:
    if not run.plant.kept_reads:
        return []
    offsets, boot, found = clock_offsets(run), 0, list[Breach]()
    refused: list[tuple[str, int]] = []
    for row in run.journal.rows:
        boot += row.type == "DaemonStarted"
        if row.type not in ("CodesRead", "FrameRefused") or boot not in offsets:
            continue
        at_ms = int(row.event.get("at_ms", row.line_ms)) + offsets[boot]
        if row.type == "FrameRefused":
            refused.append((str(row.event.get("device")), at_ms))
            continue
        codes = [str(code.get("text")) for code in row.event.get("codes") or () if code.get("text")]
        for kept in run.plant.kept_reads:
            same = kept.role == row.event.get("device") and any(code in kept.frame for code in codes)
            if same and abs(at_ms - kept.line_ms) <= SAME_READ_MS and not _all_refused(run, kept, refused):
                what = f"row {row.seq} takes {', '.join(codes)} for a read: it had been kept while nobody listened"
                found.append(Breach("I14", "", what))
    return found


def _all_refused(run: Run, kept: KeptRead, refused: list[tuple[str, int]]) -> bool:
    """Whether as many frames as the reader's line handed over around then were refused before now."""
    came = sum(one.role == kept.role and abs(one.line_ms - kept.line_ms) <= SAME_READ_MS for one in run.plant.kept_reads)
    return sum(role == kept.role and abs(at_ms - kept.line_ms) <= SAME_READ_MS for role, at_ms in refused) >= came
