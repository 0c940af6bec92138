"""Overtaken: what took the release lane, and what came to be known only then speaks against it.

One rule: whatever would have taken the release back on the belt recalls the carton behind it: papers, people and customs, and its
own image, weights and tracking as well.
"""

from msgspec.structs import replace

from controller.line.readiness import NOT_REVOKING
from controller.line.recalls import members_of, recall
from controller.line.recheck_standing import standing_release
from controller.line.routing import carton_blockers, passage_blockers
from controller.line.scan_in import weight_blockers
from controller.line.state import Draft, Passage


def recall_overtaken(draft: Draft, passage: Passage) -> None:
    """A hold, a word of customs or a finding came while the PLC could not be told: it left all the same, and must be fetched."""
    carton = draft.cartons.get(passage.carton)
    if carton is None:
        return
    against = (*carton_blockers(draft, carton), *passage_blockers(draft, passage))
    if any(blocker.code not in NOT_REVOKING for blocker in against):
        recall(draft, carton, "it took the release lane while the PLC could not be told to hold it")


def recall_by_weight(draft: Draft, key: str) -> None:
    """The weight of this passage's carton is known: does it speak against those of its list that are through?

    Which of them is wrong nobody can tell from the sum. What officers opened and let go was answered for. Each
    carton counts as it was weighed itself: its newest way may be a copy's.
    """
    mine = draft.cartons.get(draft.passages[key].carton)
    if mine is None or mine.weight_g < 0:
        return
    for member in members_of(draft, mine.list_key):
        other = draft.cartons.get(member)
        if other is None or other.key == mine.key or other.released_ms < 0 or standing_release(draft, other) is not None:
            continue
        way = draft.passages.get(other.passage)
        if way is None:
            continue
        weighed = replace(way, weight_g=other.weight_g, weight_problem="")
        if any(blocker.code == "weight_differs" for blocker in weight_blockers(draft, weighed)):
            recall(draft, other, f"with carton {mine.key} its list does not weigh what is declared")
