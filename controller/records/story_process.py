"""What takes seconds on a whole journal, as a process of its own: `python -m controller.records.story_process`.

One rule: it yields to the line (nice), takes one request on standard input, and answers one JSON line on standard output; an
export's bytes follow that line. The key's file is read here alone.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec
import sqlalchemy as sa

from controller.line.config_dry_run import Judgement
from controller.line.explain import View
from controller.records.all_tables import reached
from controller.records.carton_export import Asked, export
from controller.records.errors import RecordsError
from controller.records.evidence import EvidenceStore
from controller.records.journal_file import open_reader
from controller.records.settings_run import settings_run
from controller.records.site_keys import load_key
from controller.records.story import EXPORT_ROWS_MOST, story_and_rows
from controller.records.tables import open_records
from controller.records.unwritten import story_lacks
from controller.records.verify import verify

NICE = 10
LOOKS_MOST, LOOK_S = 100, 0.2


class Check(msgspec.Struct, frozen=True, tag="check"):
    """Prove this journal whole against these anchors."""

    journal: str
    anchors: str


class Export(msgspec.Struct, frozen=True, tag="export"):
    """Make the export of this carton. Paths and the records' URL are the site's own."""

    journal: str
    anchors: str
    evidence: str
    records: str
    key_file: str
    carton: str
    asked: Asked


class DryRun(msgspec.Struct, frozen=True, tag="dry_run"):
    """Look again at the decisions of these rows, under changed rules."""

    journal: str
    first: int
    last: int
    judgement: Judgement


def records_reader(url: str) -> sa.Engine:
    """The records of a line, for reading alone."""
    prefix = "sqlite:///"
    return open_records(url.removeprefix(prefix), read_only=True) if url.startswith(prefix) else sa.create_engine(url)


def make(wanted: Export, rest: Callable[[float], None] = time.sleep) -> bytes:
    """The export's bytes. All rows of its carton that the journal has at this moment are in it, or it is not made."""
    key = load_key(Path(wanted.key_file))
    journal, evidence = Path(wanted.journal), EvidenceStore(wanted.evidence)
    engine = records_reader(wanted.records)
    try:
        _wait_for_the_records(engine, journal, rest)
        told, rows = story_and_rows(engine, journal, wanted.carton, wanted.asked.view, EXPORT_ROWS_MOST)
    finally:
        engine.dispose()
    if not told.rows:
        raise RecordsError("carton_unknown", f"no row of the records tells of {wanted.carton}", "check its number")
    if wanted.asked.view is View.COMPANY and any(row.hash for row in told.rows):
        raise RecordsError("view_mixed", "a row has more than the company may see", "report this")
    return export(journal, Path(wanted.anchors), evidence, key, told, rows, wanted.asked)


def _wait_for_the_records(engine: sa.Engine, journal: Path, rest: Callable[[float], None]) -> None:
    """Until the records have each row that the journal has now, but not for long."""
    reader = open_reader(journal)
    try:
        head = reader.last_seq()
    finally:
        reader.close()
    upto = 0
    for _ in range(LOOKS_MOST):
        with engine.connect() as connection:
            upto, lacking = reached(connection), story_lacks(connection)
        if lacking:
            raise RecordsError(
                "records_lack_rows", f"row {lacking} of the journal could not be written into the records",
                "the integrator looks at that row; nothing is signed that may lack it",
            )  # fmt: skip
        if upto >= head:
            return
        rest(LOOK_S)
    raise RecordsError(
        "records_behind", f"the records stand at row {upto}, the journal at row {head}",
        "try again when they have followed; nothing is signed without the newest rows",
    )  # fmt: skip


def serve(request: bytes, out: BinaryIO) -> None:
    """One request, one answer."""
    data = b""
    try:
        wanted = msgspec.json.decode(request, type=Check | Export | DryRun)
        if isinstance(wanted, Check):
            report = verify(wanted.journal, wanted.anchors)
            answer = msgspec.to_builtins(report) | {"fault": report.fault.value if report.fault is not None else None}
        elif isinstance(wanted, DryRun):
            answer = settings_run(Path(wanted.journal), wanted.first, wanted.last, wanted.judgement)
        else:
            data = make(wanted)
            answer = {"ok": True, "size": len(data)}
    except RecordsError as error:
        answer = {"ok": False, "code": error.code, "cause": error.cause, "next_step": error.next_step}
    except sa.exc.SQLAlchemyError as error:
        answer = {"ok": False, "code": "records_away", "cause": type(error).__name__, "next_step": "try again in a moment"}
    out.write(msgspec.json.encode(answer) + b"\n" + data)
    out.flush()


if __name__ == "__main__":
    os.nice(NICE)
    serve(sys.stdin.buffer.read(), sys.stdout.buffer)
