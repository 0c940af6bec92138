"""Open holds as the journal tells them, row by row: placed and lifted by people, and placed by the line itself.

The one rule: a hold counts from the row that placed it unless that row refuses it, and ends only by a lift that was not
refused and came from a role that may. A hold that the line places is read from the row's findings; the same thing found again
while its hold on the whole line is open needs no second one.
"""

import hashlib
import re

import msgspec

from simulators.oracle.journal_story import Row
from simulators.oracle.verdict import Breach

CUSTOMS = ("officer", "section_chief")
# Source: specification of holds. What the company placed it may lift; everything else is for customs, but for a few
# holds of the line itself that the shift lead may lift.
SHIFT_LEAD_TOO = ("company_hold", "duplicate", "rerun_expired", "session_conflict", "core_fault")
LINE_ALARMS = (
    "duplicate", "rerun_expired", "core_fault", "self_check_failed", "foreign_release", "released_without_decision",
    "replay_differs", "declaration_conflict", "carton_in_two_notices", "receipt_not_kept", "load_plate_differs",
    "load_notice_late", "verdict_not_kept",
)  # fmt: skip

# The line counts its own holds, so their numbers alone say too little: the word that lifts one names what it holds, and for what.
COUNTED = "L"
WHY_CHARS = 500

OPENED = ("verdict_open", "verdict_anomaly")

_TAKEN_BACK = re.compile(r"hold (\S+) \S+ lifted: ")
_PLACED = re.compile(r"hold (\S+) (\S+) by [^:]+: (.*)", re.DOTALL)


class Hold(msgspec.Struct, frozen=True):
    hold_id: str
    scope: str
    target: str
    code: str
    row: int
    cause: str = ""


class Holds:
    """Feed it every row in order with `take`; what it then says holds right after that row."""

    def __init__(self) -> None:
        self.open: dict[str, Hold] = {}
        self.all: dict[str, Hold] = {}
        self.lifted_row: dict[str, int] = {}
        self.breaches: list[Breach] = []
        # Which officer's verdict on which image placed a hold: only that officer, on that image, takes it back.
        self._by_verdict: dict[str, tuple[str, str, str]] = {}

    def take(self, row: Row) -> None:
        event = row.event
        if row.type == "HoldPlaced":
            hold_id = str(event.get("hold_id"))
            if not row.refuses(hold_id) and hold_id not in self.all:
                self._place(hold_id, str(event.get("scope")), str(event.get("target")), str(event.get("code")), row.seq)
        elif row.type == "HoldLifted":
            self._lift(row, str(event.get("hold_id")))
        elif row.type == "RecheckConfirmed" and event.get("outcome") == "released" and not row.outcome_list("refusals"):
            self._answered(row, str(event.get("code")))
        elif row.type == "VerdictUndone":
            self._taken_back(row)
        placed = [self._place_found(row, finding) for finding in row.outcome_list("findings")]
        if row.type == "VerdictGiven":
            self._by_verdict |= {hold.hold_id: _word_of(row) for hold in placed if hold is not None and hold.code in OPENED}
        codes = {hold.code for hold in placed if hold is not None}
        for alarm in row.outcome_list("alarms"):
            code = alarm.get("code")
            if code in LINE_ALARMS and code not in codes and not self._stands(alarm):
                what = f"row {row.seq} raises {code} and places no hold that can be read"
                self.breaches.append(Breach("I5", "", what))

    def reaching(self, carton_key: str, list_key: str, loads: set[str]) -> list[Hold]:
        """Open holds on the carton, its list, its load or the whole line."""
        return [hold for hold in self.open.values() if reaches(hold, carton_key, list_key, loads)]

    def _stands(self, alarm: dict[str, object]) -> bool:
        told = ("line", alarm.get("code"), alarm.get("detail"))
        return alarm.get("subject") == "line" and any((h.scope, h.code, h.cause) == told for h in self.open.values())

    def _place(self, hold_id: str, scope: str, target: str, code: str, seq: int, cause: str = "") -> Hold:
        hold = Hold(hold_id, scope, target, code, seq, cause)
        self.open[hold_id] = self.all[hold_id] = hold
        return hold

    def _place_found(self, row: Row, finding: dict[str, object]) -> Hold | None:
        found = _PLACED.match(str(finding.get("text")))
        if found is None:
            return None
        hold_id, code, cause = found.groups()
        scope, _, target = str(finding.get("subject")).partition(":")
        return self.all.get(hold_id) or self._place(hold_id, scope, target, code, row.seq, cause)

    def _lift(self, row: Row, hold_id: str) -> None:
        hold = self.open.get(hold_id)
        if hold is None or row.refuses(hold_id):
            return
        allowed = (*CUSTOMS, "shift_lead") if hold.code in SHIFT_LEAD_TOO else CUSTOMS
        if row.role not in allowed:
            what = f"row {row.seq}: hold {hold_id} ({hold.code}) was lifted by {row.role or 'nobody'}, who may not"
            self.breaches.append(Breach("I5", "", what))
            return
        meant = tuple(str(row.event.get(name, "")) for name in ("scope", "target", "code"))
        another = hold_id.startswith(COUNTED) and not _is_why(str(row.event.get("held_for") or ""), hold.cause)
        if another or (meant != (hold.scope, hold.target, hold.code) and (any(meant) or hold_id.startswith(COUNTED))):
            what = f"row {row.seq}: hold {hold_id} ({hold.code} on {hold.target}) was lifted by a word that did not mean it"
            self.breaches.append(Breach("I5", "", what))
        self.lifted_row[hold_id] = row.seq
        del self.open[hold_id]

    def _taken_back(self, row: Row) -> None:
        for finding in row.outcome_list("findings"):
            found = _TAKEN_BACK.match(str(finding.get("text")))
            hold = self.open.get(found[1]) if found is not None else None
            if hold is None:
                continue
            if self._by_verdict.get(hold.hold_id) != _word_of(row):
                what = f"row {row.seq}: taking a verdict back lifted hold {hold.hold_id}, which that verdict had not placed"
                self.breaches.append(Breach("I5", "", what))
            self.lifted_row[hold.hold_id] = row.seq
            del self.open[hold.hold_id]

    def _answered(self, row: Row, code: str) -> None:
        """An officer's wish, after the image, to have a carton opened ends with the opening."""
        number = "".join(code.split()).upper()
        for hold in tuple(self.open.values()):
            if hold.code in OPENED and hold.scope == "carton" and hold.target.partition("/")[2] == number:
                self.lifted_row[hold.hold_id] = row.seq
                del self.open[hold.hold_id]


def _word_of(row: Row) -> tuple[str, str, str]:
    return row.actor, str(row.event.get("track")), str(row.event.get("image"))


def _is_why(said: str, cause: str) -> bool:
    """Whether these words are why the hold was placed; of a long cause they are how it begins, and a mark of the whole."""
    mark = hashlib.sha256(cause.encode("utf-8", "replace")).hexdigest()[:12]
    return said in ("", cause) or (len(cause) > WHY_CHARS and said == f"{cause[:WHY_CHARS]} ({mark})")


def reaches(hold: Hold, carton_key: str, list_key: str, loads: set[str]) -> bool:
    if hold.scope == "load":
        return hold.target in loads
    return hold.scope == "line" or (hold.scope, hold.target) in (("carton", carton_key), ("list", list_key))
