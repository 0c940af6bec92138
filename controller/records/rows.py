"""One row of the journal and the hash that chains it.

Rule: every stored column is hashed exactly as it is stored, so that no change of a row, however small,
keeps its hash.

Canonical bytes of a row (integers big-endian, lengths in bytes, texts in UTF-8):

    "xiyong-journal-row/1" 0x00 | seq i64 | line_ms i64
    | u32 length, utc | u32 length, kind | u32 length, event | u32 length, outcome | u32 length, touched
    | prev_hash (32 bytes)

`touched` is the JSON list of its texts without white space. `hash` is the SHA-256 of these bytes. The
first row's `prev_hash` is 32 zero bytes. Hash chaining is the first of the three layers of an audit log
(docs/records.md).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable

import msgspec

from controller.records.errors import RowRefused

EVENT_LIMIT_BYTES = 16 * 1024
# A manifest of 20 MiB names its every list and carton in the row that closes it.
OUTCOME_LIMIT_BYTES = 16 * 1024 * 1024
TOUCHED_LIMIT_BYTES = 4 * 1024 * 1024
NAME_LIMIT_BYTES = 128
SUBJECT_LIMIT_BYTES = 200
GENESIS = bytes(32)

_PREFIX = b"xiyong-journal-row/1\0"
_PLACE, _LENGTH = struct.Struct(">qq"), struct.Struct(">I")
_LINE_MS_LIMIT = 2**63


class NewRow(msgspec.Struct, frozen=True):
    """A row as its author knows it: the journal adds its place and its hashes."""

    line_ms: int
    utc: str
    kind: str
    event: bytes
    outcome: bytes
    touched: tuple[str, ...] = ()


class JournalRow(msgspec.Struct, frozen=True):
    seq: int
    line_ms: int
    utc: str
    kind: str
    event: bytes
    outcome: bytes
    touched: tuple[str, ...]
    prev_hash: bytes
    hash: bytes


class StoredRow(msgspec.Struct, frozen=True):
    """A row as it lies in the file, every text still bytes: what is hashed, and what `verify` judges."""

    seq: int
    line_ms: int
    utc: bytes
    kind: bytes
    event: bytes
    outcome: bytes
    touched: bytes
    prev_hash: bytes
    hash: bytes

    def digest(self, as_seq: int | None = None) -> bytes:
        """The hash this row must have, at its own place or (for a diagnosis) at another."""
        texts = (self.utc, self.kind, self.event, self.outcome, self.touched)
        seq = self.seq if as_seq is None else as_seq
        return _digest(seq, self.line_ms, texts, self.prev_hash)

    def is_whole(self) -> bool:
        return self.digest() == self.hash

    def opened(self) -> JournalRow:
        return JournalRow(
            seq=self.seq,
            line_ms=self.line_ms,
            utc=self.utc.decode(),
            kind=self.kind.decode(),
            event=self.event,
            outcome=self.outcome,
            touched=msgspec.json.decode(self.touched, type=tuple[str, ...]),
            prev_hash=self.prev_hash,
            hash=self.hash,
        )


def _digest(seq: int, line_ms: int, texts: Iterable[bytes], prev_hash: bytes) -> bytes:
    parts = [_PREFIX, _PLACE.pack(seq, line_ms)]
    for text in texts:
        parts += (_LENGTH.pack(len(text)), text)
    parts.append(prev_hash)
    return hashlib.sha256(b"".join(parts)).digest()


def chain(row: NewRow, seq: int, prev_hash: bytes) -> StoredRow:
    """Gives a new row its place behind the row that has `prev_hash`."""
    texts = (row.utc.encode(), row.kind.encode(), row.event, row.outcome, msgspec.json.encode(row.touched))
    digest = _digest(seq, row.line_ms, texts, prev_hash)
    return StoredRow(seq, row.line_ms, *texts, prev_hash, digest)


def check(row: NewRow, last_line_ms: int) -> None:
    """Refuses what could not be read back later; called before anything is written."""
    if not 0 <= row.line_ms < _LINE_MS_LIMIT:
        raise _refused("line_ms_range", f"line_ms is {row.line_ms}", "give line milliseconds from 0 up")
    if row.line_ms < last_line_ms:
        raise _refused(
            "line_ms_decreases",
            f"line_ms {row.line_ms} after {last_line_ms}",
            "line time only goes forward: continue from the last journaled value",
        )
    _check_json("event", row.event, EVENT_LIMIT_BYTES)
    _check_json("outcome", row.outcome, OUTCOME_LIMIT_BYTES)
    for name, text in (("kind", row.kind), ("utc", row.utc)):
        if not 0 < len(_utf8(name, text)) <= NAME_LIMIT_BYTES:
            limit = f"1 to {NAME_LIMIT_BYTES} bytes"
            raise _refused(f"{name}_size", f"{name} is not {limit} long", f"give {limit}")
    sizes = [len(_utf8("touched", subject)) for subject in row.touched]
    if any(not 0 < size <= SUBJECT_LIMIT_BYTES for size in sizes):
        limit = f"1 to {SUBJECT_LIMIT_BYTES} bytes"
        raise _refused("subject_size", f"a touched subject is not {limit} long", f"give {limit}")
    if sum(sizes) + 3 * len(sizes) > TOUCHED_LIMIT_BYTES:
        raise _refused("touched_too_large", "too many touched subjects", "split the event")


def _check_json(name: str, data: bytes, limit_bytes: int) -> None:
    if len(data) > limit_bytes:
        raise _refused(
            f"{name}_too_large",
            f"{name} has {len(data)} bytes, the limit is {limit_bytes}",
            "put the large part into evidence and carry its hash",
        )
    try:
        data.decode()
        msgspec.json.decode(data, type=msgspec.Raw)
    except (UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise _refused(f"{name}_not_json", f"{name} is not JSON: {error}", "encode it as JSON") from error


def _utf8(name: str, text: str) -> bytes:
    """Texts must survive the file: no lone surrogate, no NUL (plain SQLite tools cut a text there)."""
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise _refused(f"{name}_not_text", f"{name} is not valid text: {error}", "clean the text first") from error
    if b"\0" in data:
        raise _refused(f"{name}_not_text", f"{name} contains NUL", "clean the text first")
    return data


def _refused(code: str, cause: str, next_step: str) -> RowRefused:
    return RowRefused(code, cause, next_step)
