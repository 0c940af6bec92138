"""Lists reconciled 清单核销: what became of every carton that was declared.

One rule: declared = released + held + detained + returned + missing, list by list; each carton is counted once, where its facts
put it, and what is too much is said, never balanced away. Missing is what was declared and never scanned in: also a carton that
stands here and that no reader could name.
"""

import msgspec

from controller.domain.customs_status import StatusMeaning, meaning_of
from controller.line.list_state import ConsignmentList
from controller.line.recalls import members_of
from controller.line.recheck_standing import last_recheck
from controller.line.recheck_state import DETAINED, RETURNED, TRANSFERRED
from controller.line.routing import carton_blockers
from controller.line.state import Carton, Draft, LineState

ENDS = ("released", "held", "detained", "returned", "missing")
# What is handed over to another authority stays with customs.
OUTCOME_ENDS = {DETAINED: "detained", TRANSFERRED: "detained", RETURNED: "returned"}
STATUS_ENDS = {StatusMeaning.DETAINED: "detained", StatusMeaning.RETURNED: "returned"}


class ListAccount(msgspec.Struct, frozen=True):
    """One list. `surplus`: cartons that notices or labels claim for it beyond what it declares."""

    list_key: str
    status: str
    declared: int
    released: int = 0
    held: int = 0
    detained: int = 0
    returned: int = 0
    missing: int = 0
    surplus: int = 0

    @property
    def adds_up(self) -> bool:
        ends = self.released + self.held + self.detained + self.returned + self.missing
        return self.surplus == 0 and self.declared == ends


def accounts(state: LineState) -> tuple[ListAccount, ...]:
    """Every list that the core knows, in the order in which they came."""
    draft = Draft(state, state.facts.line_ms)
    return tuple(_account(draft, found) for found in state.lists.values())


def _account(draft: Draft, found: ConsignmentList) -> ListAccount:
    members = members_of(draft, found.key)
    declared = found.declared.pack_no
    counts = dict.fromkeys(ENDS, 0)
    for key in members:
        counts[_end_of(draft, found, draft.cartons[key])] += 1
    counts["missing"] += max(0, declared - len(members))
    return ListAccount(found.key, found.status, declared, **counts, surplus=max(0, len(members) - declared))


def _end_of(draft: Draft, found: ConsignmentList, carton: Carton) -> str:
    if carton.seen_ms < 0:
        return "held" if carton.emergency else "missing"  # what left by an emergency release is no release, and not lost
    last = last_recheck(draft, carton)
    if last is not None and last.outcome in OUTCOME_ENDS:
        return OUTCOME_ENDS[last.outcome]
    decided = STATUS_ENDS.get(meaning_of(found.status, draft.profile.released_words)) if found.status else None
    if decided is not None:
        return decided
    return "released" if carton.released_ms >= 0 and not carton_blockers(draft, carton) else "held"
