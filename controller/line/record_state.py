"""What the core keeps of inspection records 查验记录单, and what an approved one says.

One rule: an approved record is a frozen value of its own: what changes afterwards in lists or cartons changes nothing in it. Its
hash is over the JSON of that value in one form (sorted keys, no spaces); its verification code is the beginning of the hash.
"""

import base64
import hashlib

import msgspec

from controller.line.event_base import EvidenceNamed
from controller.line.record_events import RecordForm

DRAFT, SUBMITTED, APPROVED, FILED, ELSEWHERE = "draft", "submitted", "approved", "filed", "elsewhere"
OWES_NOTHING = (FILED, ELSEWHERE)
MATCH, MISMATCH = "match", "mismatch"
CODE_BYTES = 10
CODE_GROUP = 4


class RecordRow(msgspec.Struct, frozen=True):
    """One line of goods. `gnum` 0 = nobody declared it. `found` < 0: no scan tells how much (weight goods)."""

    gnum: int
    name: str
    hs_code: str
    product: str
    declared: str
    unit: str
    found: int
    traces: tuple[str, ...]
    matches: bool


class RecordContent(msgspec.Struct, frozen=True):
    """An approved record as its paper shows it. Times are UTC as the journal has them; `?` after one = the clock was in doubt."""

    recheck_id: str
    line: str
    carton_no: str
    list_no: str
    order_no: str
    trader: str
    trade_mode: str
    reinspection: bool
    form: RecordForm
    outcome: str
    by_hand: bool
    cause: str
    opened_utc: str
    closed_utc: str
    load_seals: tuple[str, ...]
    new_seal: str
    rows: tuple[RecordRow, ...]
    rows_left_out: int
    differences: tuple[str, ...]
    photos: tuple[EvidenceNamed, ...]
    officers: tuple[str, ...]
    party: str
    party_name: str
    witness: str
    drafted_by: str
    submitted_utc: str
    approved_by: str
    approved_utc: str
    opinion: str
    form_no: int = 1


class InspectionRecord(msgspec.Struct, frozen=True):
    """One record. A text that is empty = not yet. `content` stands from the approval, `pdf` from the filing.

    `elsewhere`: where it is filed that is not kept here, as `elsewhere_by` said.
    """

    recheck_id: str
    form: RecordForm
    drafted_by: str
    drafted_utc: str
    submitted_by: str = ""
    submitted_utc: str = ""
    returned: str = ""
    content: RecordContent | None = None
    sha256: str = ""
    pdf: EvidenceNamed | None = None
    elsewhere: str = ""
    elsewhere_by: str = ""

    @property
    def stage(self) -> str:
        if self.content is not None:
            return FILED if self.pdf is not None else APPROVED
        if self.elsewhere:
            return ELSEWHERE
        return SUBMITTED if self.submitted_by else DRAFT


_encode = msgspec.json.Encoder(order="deterministic").encode


def canonical(content: RecordContent) -> bytes:
    """The one form in which it is hashed and kept."""
    return _encode(content)


def hash_of(content: RecordContent) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def code_of(sha256: str) -> str:
    """The verification code of a paper: sixteen letters and digits in groups, read aloud without doubt (no 0, 1, 8, 9)."""
    text = base64.b32encode(bytes.fromhex(sha256)[:CODE_BYTES]).decode()
    return "-".join(text[at : at + CODE_GROUP] for at in range(0, len(text), CODE_GROUP))
