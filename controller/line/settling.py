"""What follows where a hold is lifted, beyond that nothing is held by it any more.

One rule: it follows from a lift that was taken, never from one that was refused.
"""

from controller.line import verdicts, waiting_receipts
from controller.line.customs_out import list_came
from controller.line.events import HoldLifted, Stamped
from controller.line.holds import on_hold_lifted
from controller.line.state import Draft


def on_lifted(draft: Draft, stamped: Stamped, event: HoldLifted) -> None:
    on_hold_lifted(draft, stamped, event)
    hold = draft.holds.get(event.hold_id)
    if hold is None or draft.refusals:
        return
    if hold.scope == "list":
        _tell_arrivals(draft, hold.target)
    elif hold.code == verdicts.NOT_KEPT:
        verdicts.make_room(draft)
    elif hold.code == waiting_receipts.NOT_KEPT:
        waiting_receipts.make_room(draft, stamped.actor)


def _tell_arrivals(draft: Draft, list_key: str) -> None:
    """What was not told of while papers contradicted each other about it; its cartons may be of another list by now."""
    concerned = [one.list_key for one in draft.cartons.values() if list_key in (one.key, *one.lists_before)]
    for key in dict.fromkeys((list_key, *concerned)):
        list_came(draft, key)
