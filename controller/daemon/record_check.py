"""`xiyong verify --record FILE.pdf` and `--record-code CODE`: whether a paper of an inspection record is the one that was filed.

One rule: valid is only the file itself, byte for byte, as a whole journal names it. A file whose fields or bytes are others is
altered, and what differs is named; a file or a code that the journal does not know is unknown. Exit codes 0, 1 and 3; 2 = nothing
was compared.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

from controller.line.commands import decode_outcome
from controller.line.events import decode_event
from controller.line.record_events import RecordApproved, RecordFiled
from controller.line.record_state import RecordContent, code_of, hash_of
from controller.records.errors import EvidenceError
from controller.records.evidence import EvidenceStore
from controller.records.journal_file import open_reader
from controller.records.record_paper import Found, found_in
from controller.records.verify import verify

VALID, ALTERED, NOT_COMPARED, UNKNOWN = 0, 1, 2, 3
_WORDS = {
    VALID: "VALID 有效", ALTERED: "ALTERED 已被改动", UNKNOWN: "UNKNOWN 查无此件", NOT_COMPARED: "NOT COMPARED 未能核对",
}  # fmt: skip
PAPER_MOST_BYTES = 64 * 1024 * 1024


class Filed(msgspec.Struct, frozen=True):
    """A paper that the journal names, with who approved it."""

    seq: int
    utc: str
    event: RecordFiled
    approved_by: str

    @property
    def code(self) -> str:
        return code_of(self.event.sha256)


def print_record(journal: Path, evidence: Path, file: Path | None, code: str, as_json: bool) -> int:
    """Compare a file or a code with the journal, say it, and give the exit code."""
    answer, status = _compared(journal, evidence, file, code)
    if as_json:
        print(json.dumps({"ok": status == VALID, **answer}, ensure_ascii=False))
        return status
    word = {VALID: "VALID 有效", ALTERED: "ALTERED 已被改动", UNKNOWN: "UNKNOWN 查无此件", NOT_COMPARED: "NOT COMPARED 未能核对"}[
        status
    ]
    print(f"{word}: {answer['cause']}")
    for name, value in answer.get("record", {}).items():
        print(f"  {name:<14} {value}")
    if answer["next_step"]:
        print(f"  next step: {answer['next_step']}")
    return status


def _compared(journal: Path, evidence: Path, file: Path | None, code: str) -> tuple[dict[str, Any], int]:
    if not journal.is_file():
        return _say("no_journal", f"there is no journal at {journal}", "give --data of its line"), NOT_COMPARED
    report = verify(journal)
    if not report.ok:
        return _say("journal_not_whole", f"the journal itself is not whole: {report.cause}", report.next_step), NOT_COMPARED
    filed = _filed(journal)
    if file is None:
        return _of_code(filed, evidence, code)
    try:
        data = file.read_bytes()[:PAPER_MOST_BYTES]
    except OSError as error:
        return _say("file_unreadable", f"{file}: {error.strerror or error}", "name the PDF"), NOT_COMPARED
    return _of_file(filed, evidence, data)


def _filed(journal: Path) -> list[Filed]:
    """Every paper that was filed for an approved record; the events alone say so, with who approved."""
    found: list[Filed] = []
    approved: dict[str, str] = {}
    reader = open_reader(journal)
    try:
        for row in reader.rows():
            if row.kind not in (RecordApproved.__name__, RecordFiled.__name__):
                continue
            stamped = decode_event(row.event)
            if isinstance(stamped.event, RecordApproved) and not decode_outcome(row.outcome).refusals:
                approved[stamped.event.recheck_id] = stamped.actor
            elif isinstance(stamped.event, RecordFiled) and stamped.event.recheck_id in approved:
                found.append(Filed(row.seq, row.utc, stamped.event, approved[stamped.event.recheck_id]))
    finally:
        reader.close()
    return found


def _of_code(filed: list[Filed], evidence: Path, code: str) -> tuple[dict[str, Any], int]:
    wanted = code.strip().upper()
    one = next((each for each in filed if each.code == wanted), None)
    if one is None:
        return _say("record_unknown", f"no record was filed under {wanted}", "compare the code letter by letter"), UNKNOWN
    answer = _say("", f"{wanted} is the record {one.event.recheck_id}", "compare the paper with what stands here")
    return answer | {"record": _told(one, evidence)}, VALID


def _of_file(filed: list[Filed], evidence: Path, data: bytes) -> tuple[dict[str, Any], int]:
    here = found_in(data)
    sha256 = hashlib.sha256(data).hexdigest()
    one = next((each for each in filed if each.event.pdf.sha256 == sha256), None)
    if one is not None and here is not None and hashlib.sha256(here.fields).hexdigest() == one.event.sha256:
        cause = f"it is the paper of {one.event.recheck_id}, as filed in row {one.seq}"
        return _say("", cause, "") | {"record": _told(one, evidence)}, VALID
    if here is None:
        return _say(
            "no_record", "the file has no fields of an inspection record in it", "name the PDF as it was given out"
        ), UNKNOWN
    one = _meant(filed, here)
    if one is None:
        return _say("record_unknown", f"the journal has no record {here.code}", "ask the line it is said to come from"), UNKNOWN
    cause = _differs(one, here, evidence)
    return _say("record_altered", cause, "take the paper from the line again") | {"record": _told(one, evidence)}, ALTERED


def _meant(filed: list[Filed], here: Found) -> Filed | None:
    """The record that a changed file was: by its fields, by the code that stands in it, or by the recheck that it names."""
    digest, content = hashlib.sha256(here.fields).hexdigest(), _content(here.fields)
    by_fields = [one for one in filed if one.event.sha256 == digest]
    by_code = [one for one in filed if one.event.sha256 == here.sha256 or one.code == here.code]
    by_name = [one for one in filed if content is not None and one.event.recheck_id == content.recheck_id]
    return next(iter((*by_fields, *by_code, *by_name)), None)


def _differs(one: Filed, here: Found, evidence: Path) -> str:
    if hashlib.sha256(here.fields).hexdigest() == one.event.sha256:
        return (
            f"its fields are those of {one.event.recheck_id}, but the file is not the one that was filed: look at what it shows"
        )
    approved, said = _approved(one, evidence), _content(here.fields)
    if approved is None or said is None:
        return f"its fields are not those that were approved as {one.event.recheck_id}"
    names = [name for name in RecordContent.__struct_fields__ if getattr(approved, name) != getattr(said, name)]
    return f"other than approved as {one.event.recheck_id}: {', '.join(names) or 'the form of the fields'}"


def _content(fields: bytes) -> RecordContent | None:
    try:
        return msgspec.json.decode(fields, type=RecordContent)
    except msgspec.DecodeError:
        return None


def _approved(one: Filed, evidence: Path) -> RecordContent | None:
    """The fields as they lie in evidence, if they are there and are what the journal says."""
    try:
        content = _content(EvidenceStore(evidence).path(one.event.content.sha256).read_bytes())
    except (EvidenceError, OSError):
        return None
    return content if content is not None and hash_of(content) == one.event.sha256 else None


def _told(one: Filed, evidence: Path) -> dict[str, str]:
    told = {"recheck": one.event.recheck_id, "code": one.code, "sha256": one.event.sha256}
    told |= {"approved by": one.approved_by, "filed": one.utc}
    content = _approved(one, evidence)
    if content is not None:
        told |= {
            "carton": content.carton_no, "result": content.form.result, "outcome": content.outcome,
            "new seal": content.new_seal or "-", "officers": ", ".join(content.officers), "opinion": content.opinion,
        }  # fmt: skip
    return told


def _say(code: str, cause: str, next_step: str) -> dict[str, Any]:
    return {"code": code, "cause": cause, "next_step": next_step}
