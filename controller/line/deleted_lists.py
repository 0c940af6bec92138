"""What outlives a list that its sender deleted 删单: the word of customs, and of people, that stopped its goods.

One rule: whoever deletes a list deletes what was declared, never what customs said of it. While something on the list still stops
goods, its cartons stay the cartons of this list; they get free of it when customs releases it or an officer closes it.
"""

from controller.domain.customs_status import StatusMeaning
from controller.domain.declarations import Receipt
from controller.line.list_state import ConsignmentList
from controller.line.state import Draft

# What customs says of goods, not of papers: a list that waits or was rejected is deleted and declared anew for good reasons.
# An order to inspect is not among them: it has a result, and `inspection_open` says whether that is there.
STOPS = frozenset({StatusMeaning.DETAINED, StatusMeaning.RETURNED, StatusMeaning.UNKNOWN})


def still_stops(draft: Draft, list_key: str) -> bool:
    """Whether a list stops goods that does not count, too: by customs' word, an open inspection or a hold on it."""
    found = draft.lists.get(list_key)
    if found is not None and (found.inspection_open or found.stopped_by):
        return True
    return any(h.lifted_ms < 0 and (h.scope, h.target) == ("list", list_key) for h in draft.holds.values())


def stopped_by(found: ConsignmentList, receipt: Receipt, meaning: StatusMeaning) -> str:
    """The word of customs that stops the goods of this list after a receipt: the newest that did, until customs releases it.

    The sender's own time of a change wipes the status; a stop that comes late to such a list counts all the same.
    """
    if meaning in STOPS and (receipt.return_time >= found.status_time or not found.status):
        return receipt.return_status
    if meaning is StatusMeaning.RELEASED and receipt.return_time > found.status_time:
        return ""
    return found.stopped_by
