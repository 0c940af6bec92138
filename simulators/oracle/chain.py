"""I9: the journal is gapless and its hash chain is whole. Encoded here again from docs/records.md.

The one rule: the bytes are built from the page, not from the program that wrote them.
"""

import hashlib
import struct
from collections.abc import Sequence

from simulators.oracle.sources import StoredRow
from simulators.oracle.verdict import Breach

PREFIX = b"xiyong-journal-row/1\x00"
FIRST_PREVIOUS = bytes(32)


def row_hash(row: StoredRow) -> bytes:
    """SHA-256 over prefix, seq, line_ms, five texts with their lengths, and the hash of the row before."""
    parts = [PREFIX, struct.pack(">q", row.seq), struct.pack(">q", row.line_ms)]
    for text in (row.utc, row.kind, row.event, row.outcome, row.touched):
        parts += [struct.pack(">I", len(text)), text]
    return hashlib.sha256(b"".join((*parts, row.prev_hash))).digest()


def check_chain(rows: Sequence[StoredRow], anchors: Sequence[tuple[int, str]] = ()) -> list[Breach]:
    """The first row that is wrong (all behind it stand on it), and the first anchor that disagrees."""
    found = _first_bad_row(rows)
    hashes = {row.seq: row.hash.hex() for row in rows}
    for seq, anchored in anchors:
        if hashes.get(seq) != anchored:
            gone = "is gone" if seq not in hashes else "has another hash than its anchor"
            return [*found, Breach("I9", "", f"journal row {seq} {gone}")]
    return found


def _first_bad_row(rows: Sequence[StoredRow]) -> list[Breach]:
    previous, last_ms = FIRST_PREVIOUS, 0
    for place, row in enumerate(rows, start=1):
        what = ""
        if row.seq != place:
            what = f"row {place} is missing: the next one is {row.seq}"
        elif row.prev_hash != previous:
            what = f"row {row.seq} does not follow the row before it"
        elif row_hash(row) != row.hash:
            what = f"row {row.seq} was changed: its hash is not that of its content"
        elif row.line_ms < last_ms:
            what = f"row {row.seq} goes back in line time"
        if what:
            return [Breach("I9", "", what)]
        previous, last_ms = row.hash, row.line_ms
    return []
