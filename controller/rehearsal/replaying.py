"""I10 in a rehearsal: the journal applied from its first row gives the live state, byte for byte.

One rule: the daemon compares outcomes after its checkpoint at each start; here the whole journal is applied again at the end
of a seed and the two states are compared as bytes, so a checkpoint that lies is found, too.
"""

from collections.abc import Iterator, Sequence

import msgspec

from controller.daemon.recovery import recover
from controller.line.state import LineState, encode_state
from controller.records.rows import JournalRow
from simulators.oracle import Breach
from simulators.oracle.sources import StoredRow as OracleRow

SHOWN = 5


class _Rows:
    """The rows of a finished journal as recovery reads them, without a checkpoint."""

    def __init__(self, stored: Sequence[OracleRow]) -> None:
        self._stored = stored

    def load_checkpoint(self) -> None:
        return None

    def rows(self, from_seq: int = 1) -> Iterator[JournalRow]:
        for row in self._stored[from_seq - 1 :]:
            yield JournalRow(
                row.seq, row.line_ms, row.utc.decode(), row.kind.decode(), row.event, row.outcome,
                tuple(msgspec.json.decode(row.touched)), row.prev_hash, row.hash,
            )  # fmt: skip


def check_pure(live: LineState, stored: Sequence[OracleRow]) -> list[Breach]:
    """`live` is the state of the daemon that wrote the last row, after that row."""
    again = recover(_Rows(stored), from_zero=True)
    if again.differs_at:
        row = stored[again.differs_at - 1]
        return [Breach("I10", "", f"row {row.seq} ({row.kind.decode()}) has another outcome when it is applied again")]
    if encode_state(again.state) == encode_state(live):
        return []
    names = [name for name in LineState.__struct_fields__ if _bytes(again.state, name) != _bytes(live, name)]
    return [Breach("I10", "", f"the state from the journal and the live one differ in {', '.join(names[:SHOWN]) or 'order'}")]


def _bytes(state: LineState, name: str) -> bytes:
    return msgspec.msgpack.encode(getattr(state, name))
