"""The export of one carton: its rows, the files they rest on, and a signature, as one ZIP that a stranger can prove.

One rule: what the view may not see is not in the export. An export of customs has the rows as the journal has them; one of the
company has its own view of each, and of the journal only salted leaves, from which nothing can be tried out. Made from a journal
that is proven whole first; `verify_export` judges the result and travels in it.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from controller.line.explain import View
from controller.records import verify_export
from controller.records.anchors import read_anchors
from controller.records.errors import EvidenceError, RecordsError
from controller.records.evidence import EvidenceStore
from controller.records.journal_file import connect_reader
from controller.records.merkle import Tree, salt_of
from controller.records.rows import GENESIS, JournalRow
from controller.records.site_keys import SiteKey
from controller.records.story import Story, StoryRow
from controller.records.verify import VerifyReport, verify
from controller.records.verify_export import CHECKPOINT, FORMAT, MANIFEST, ROWS, SIGNATURE, SIGNED_PREFIX, pack

TOTAL_MOST_BYTES = 256 * 1024 * 1024
HASHES_AT_ONCE = 5000
STORY, README, VERIFIER = "story.json", "README.txt", "verify_export.py"


class Asked(msgspec.Struct, frozen=True):
    """An export as it is asked for. `names` are those of the own organisation's people by their accounts."""

    view: View
    site: str
    line: str
    made_by: str
    made_utc: str
    names: Mapping[str, str] = {}


def export(journal: Path, anchors: Path, evidence: EvidenceStore, key: SiteKey, told: Story,
           rows: list[JournalRow], asked: Asked) -> bytes:  # fmt: skip
    """The ZIP. `told` is the story as the view has it, `rows` its rows of the journal. Reads the whole journal: own process."""
    if told.cut:
        raise RecordsError("story_too_long", f"it has more than {len(rows)} rows", "copy the journal itself; it proves itself")
    report = verify(journal, anchors)
    if not report.ok:
        raise RecordsError("journal_not_whole", f"{report.cause} (row {report.first_bad_seq})", report.next_step)
    salting = key.salting_key()
    tree, anchor = _tree_of(journal, salting, report, _newest_anchor(anchors, report.rows))
    shown = [one for one in told.rows if one.seq <= tree.size]
    seqs = {one.seq for one in shown}
    lines = list(_lines([row for row in rows if row.seq in seqs], shown, tree, salting, asked.view))
    files, missing = _evidence(evidence, shown)
    members: dict[str, bytes] = {
        CHECKPOINT: _checkpoint(asked.line, tree, key),
        ROWS: b"".join(line + b"\n" for _, line in lines),
        STORY: _json({"carton": told.carton, "subjects": told.subjects, "view": str(asked.view),
                      "names": _named(asked, lines, shown), "rows": msgspec.to_builtins(shown)}),
        README: _readme(told.carton, asked.view).encode(),
        VERIFIER: Path(verify_export.__file__).read_bytes(),
    } | files  # fmt: skip
    manifest = _json({
        "format": FORMAT, "site": asked.site, "line": asked.line, "carton": told.carton, "organisation": str(asked.view),
        "made_utc": asked.made_utc, "made_by": asked.made_by,
        "public_key": key.public.hex(),
        "journal": {"rows": tree.size, "upto": min(told.upto, tree.size), "root": tree.root.hex(),
                    "anchors_checked": report.anchors_checked,
                    "anchor": anchor if asked.view is View.CUSTOMS else None},
        "rows": [[seq, hashlib.sha256(line).hexdigest()] for seq, line in lines],
        "files": [{"name": n, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for n, data in members.items()],
        "evidence_names": {one.sha256: one.name for row in shown for one in row.files},
        "missing": missing,
    })  # fmt: skip
    signature = key.sign(SIGNED_PREFIX + manifest).hex().encode() + b"\n"
    return pack({MANIFEST: manifest, SIGNATURE: signature, **members})


def _named(asked: Asked, lines: list[tuple[int, bytes]], shown: list[StoryRow]) -> dict[str, str]:
    """Names of the people who had part in it: an export is no list of everybody's staff."""
    told = "\n".join([*(line.decode() for _, line in lines), *(one.actor for one in shown), asked.made_by])
    return {
        account: name for account, name in asked.names.items() if re.search(rf"(?<![\w.-]){re.escape(account)}(?![\w-])", told)
    }


def _lines(rows: list[JournalRow], shown: list[StoryRow], tree: Tree, salting: bytes, view: View) -> Iterator[tuple[int, bytes]]:
    """One line a row: for customs the columns as stored, for the company its view; and the way to the root."""
    views = {one.seq: one for one in shown}
    for row in rows:
        path = [node.hex() for node in tree.path(row.seq - 1)]
        if view is View.CUSTOMS:
            columns = {
                "seq": row.seq, "line_ms": row.line_ms, "utc": row.utc, "kind": row.kind, "event": row.event.decode(),
                "outcome": row.outcome.decode(), "touched": msgspec.json.encode(row.touched).decode(),
                "prev_hash": row.prev_hash.hex(), "hash": row.hash.hex(), "salt": salt_of(salting, row.hash).hex(),
            }  # fmt: skip
            yield row.seq, _json({**columns, "path": path})
        else:
            told = msgspec.to_builtins(views[row.seq])
            yield row.seq, _json({"seq": row.seq, "view": told, "leaf": tree.leaf(row.seq - 1).hex(), "path": path})


def _tree_of(journal: Path, salting: bytes, proven: VerifyReport, anchor: int) -> tuple[Tree, dict[str, Any] | None]:
    """The tree over all rows that were proven whole, and where in it the newest anchored row is."""
    marked: dict[str, Any] | None = None
    last = GENESIS

    def hashes() -> Iterator[bytes]:
        nonlocal marked, last
        for seq, row_hash in _row_hashes(journal, proven.rows):
            if seq == anchor:
                marked = {"seq": seq, "hash": row_hash.hex(), "salt": salt_of(salting, row_hash).hex()}
            last = row_hash
            yield row_hash

    tree = Tree(hashes(), salting)
    if tree.size != proven.rows or last.hex() != proven.last_hash:
        raise RecordsError("journal_not_whole", "the journal changed while it was read", "verify it, then try again")
    if marked is not None:
        marked["path"] = [node.hex() for node in tree.path(anchor - 1)]
    return tree, marked


def _row_hashes(journal: Path, upto: int) -> Iterator[tuple[int, bytes]]:
    """Page by page: no read transaction stays open, which would keep the daemon's log from being emptied."""
    connection = connect_reader(journal)
    query = "SELECT seq, hash FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
    try:
        at = 0
        while page := connection.execute(query, (at, upto, HASHES_AT_ONCE)).fetchall():
            yield from page  # type: ignore[misc]  # the table is STRICT
            at = int(page[-1][0])  # type: ignore[arg-type]
    finally:
        connection.close(True)


def _newest_anchor(anchors: Path, upto: int) -> int:
    return max((one.seq for one in read_anchors(anchors).anchors if one.seq <= upto), default=0)


def _checkpoint(line: str, tree: Tree, key: SiteKey) -> bytes:
    """A signed note of C2SP (tlog-checkpoint): origin, size, root, and the signature line."""
    origin = "xiyong.journal/" + "".join(char if char.isalnum() or char in "-._" else "-" for char in line)
    text = f"{origin}\n{tree.size}\n{base64.b64encode(tree.root).decode()}\n"
    key_id = hashlib.sha256(origin.encode() + b"\n\x01" + key.public).digest()[:4]
    return f"{text}\n\u2014 {origin} {base64.b64encode(key_id + key.sign(text.encode())).decode()}\n".encode()


def _evidence(store: EvidenceStore, shown: list[StoryRow]) -> tuple[dict[str, bytes], list[str]]:
    """Every file that the rows of this view name; those that are gone, by hash."""
    found: dict[str, bytes] = {}
    missing: list[str] = []
    total = 0
    for sha256 in dict.fromkeys(one.sha256 for row in shown for one in row.files):
        try:
            data = store.read_by_hash(sha256)
        except EvidenceError as error:
            missing.append(f"{sha256}: {error.code}")
            continue
        total += len(data)
        if total > TOTAL_MOST_BYTES:
            raise RecordsError("export_too_large", f"more than {TOTAL_MOST_BYTES} bytes of files", "copy the evidence by hand")
        found[f"evidence/{sha256}"] = data
    return found, missing


def _json(value: object) -> bytes:
    """The one way in which this value is written."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _readme(carton: str, view: View) -> str:
    mine = "海关版, 含海关专有内容" if view is View.CUSTOMS else "企业版, 不含海关专有内容"
    yours = (
        "customs' version, with what is customs' own"
        if view is View.CUSTOMS
        else "the company's version, nothing of customs' own"
    )
    return (
        f"{carton}\n{mine}\n{yours}\n\n"
        "验证 (Python 3.11 或更新, 无需其他软件; 公钥与本程序请向现场另行索取):\n"
        "Prove it (Python 3.11 or newer, nothing else; have the key and this program from the site, not from here):\n\n"
        "    python3 verify_export.py THIS.zip PUBLIC-KEY\n\n"
        f"{MANIFEST}  what is in here, signed ({SIGNATURE})\n"
        f"{CHECKPOINT}  how many rows the journal had, and its root, signed\n"
        f"{ROWS}  the rows of this carton, each with its way to that root\n"
        f"{STORY}  the same as people read it\n"
        "evidence/  pictures and files under the SHA-256 of their content\n"
    )
