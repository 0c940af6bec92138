"""What the core keeps of open-box rechecks, and the result that other organisations are told.

One rule: plain frozen values; whether a recheck allows anything is derived from them in `recheck_standing`, never stored.
"""

import msgspec

from controller.line.event_base import EvidenceNamed

PRESENT, REFUSED, ABSENT = "present", "refused", "absent"
PARTIES = (PRESENT, REFUSED, ABSENT)
RELEASED, DETAINED, RETURNED, TRANSFERRED, ABANDONED = "released", "detained", "returned", "transferred", "abandoned"
OUTCOMES = (RELEASED, DETAINED, RETURNED, TRANSFERRED)
# As many things as a recheck keeps. One that has so many can not be released: what came after them was not kept.
FOUND_MOST = 500


class FoundItem(msgspec.Struct, frozen=True):
    """One thing: its product code and its own trace code (dual-code 双码). A code that was not there is empty."""

    product: str
    trace: str
    at_ms: int


class Difference(msgspec.Struct, frozen=True):
    """`kind`: short 短, over 溢, wrong 错货, no_code 无码, trace_twice, or unknown when nothing can be compared."""

    kind: str
    product: str
    declared: str
    found: int
    detail: str = ""


class Recheck(msgspec.Struct, frozen=True):
    """One opening of one carton. A time < 0 = not yet. `recheck_id` is the carton's key and the how manieth recheck of the line
    it is: no other recheck ever has it.

    `weight_g` is what it weighed on the belt before. `waiting` is a code that waits for the other one of its pair.
    `counted` are (declared line, pieces) without a readable code. `sealed_still`: a still was taken
    since it was sealed. `outcome` stands with `closed_ms`; `decided` is the first
    officer's word that waits for the second's. `called_ms`: when a second officer was called. `party`: present, refused or
    absent; `witness` is the account of whoever kept the site. `..._utc` is for the paper alone; nothing is decided by it.
    `declared_ms`: since when that was declared with which it was compared when it was closed.
    """

    recheck_id: str
    carton: str
    bench: str
    opened_by: str
    opened_ms: int
    weight_g: int = -1
    found: tuple[FoundItem, ...] = ()
    waiting: FoundItem | None = None
    counted: tuple[tuple[int, int], ...] = ()
    stills: tuple[EvidenceNamed, ...] = ()
    stills_failed: int = 0
    stills_asked: int = 0
    seal_no: str = ""
    sealed_ms: int = -1
    sealed_still: bool = False
    decided: str = ""
    by_hand: bool = False
    place: str = ""
    cause: str = ""
    confirmed_by: str = ""
    closed_ms: int = -1
    outcome: str = ""
    differences: tuple[Difference, ...] = ()
    opened_utc: str = ""
    closed_utc: str = ""
    called_ms: int = -1
    party: str = ""
    party_name: str = ""
    witness: str = ""
    declared_ms: int = -1

    @property
    def is_open(self) -> bool:
        return self.closed_ms < 0

    @property
    def kept_at(self) -> str:
        """The custody place of a carton that waits at the bench for a second officer."""
        return f"bench {self.bench}"[:40]

    @property
    def officers(self) -> tuple[str, ...]:
        return tuple(one for one in (self.opened_by, self.confirmed_by) if one)


class InspectionResult(msgspec.Struct, frozen=True):
    """The result of a closed recheck, as customs is told: the body of the message `inspection_result` to `customs`.

    `found_before`: what rechecks of it that ended without an outcome had found and nobody declared. `evidence` are SHA-256 of the
    stills. `officers` are the two accounts, the one who opened it first. Times are line time;
    the message's envelope has the clock's.
    """

    recheck_id: str
    carton: str
    carton_no: str
    list_key: str
    cop_no: str
    invt_no: str
    pre_no: str
    outcome: str
    matched: bool
    differences: tuple[Difference, ...]
    found: tuple[FoundItem, ...]
    counted: tuple[tuple[int, int], ...]
    officers: tuple[str, ...]
    seal_no: str
    evidence: tuple[str, ...]
    cause: str
    opened_line_ms: int
    closed_line_ms: int
    found_before: tuple[Difference, ...] = ()
