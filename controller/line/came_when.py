"""When a carton came on the belt, and off which load, where the line is told of it later.

One rule: what the PLC's clock says counts, not when its record was read. Where the clock is not known it may have been at any
time since the records were read last; then it came off no known load if another one was begun meanwhile.
"""

from controller.line.state import Draft

UNTOLD_MS = 5000
"""So long no record may have been read before anybody says that the link is lost."""
UNLOADINGS_KEPT = 32


def begin_unloading(draft: Draft, load_id: str) -> None:
    """What comes on the belt from now on comes off this load."""
    begun = draft.facts.unloadings
    if draft.facts.current_load != load_id:
        begun = (*begun, (load_id, draft.now_ms))[-UNLOADINGS_KEPT:]
    draft.set_facts(current_load=load_id, unloadings=begun)


def unread_ms(draft: Draft) -> int:
    """Since when the PLC's records are not read, where from now on they are not, or were not before now."""
    return draft.now_ms if draft.facts.plc_synced else draft.facts.unread_ms


def earliest_ms(draft: Draft, at_ms: int, *, backlog: bool) -> int:
    """When what the PLC tells happened: `at_ms` as its clock says, or the earliest that it may have been where that is -1."""
    if at_ms < 0:
        return max(draft.facts.unread_ms - UNTOLD_MS, 0) if backlog else draft.now_ms
    return min(at_ms, draft.now_ms)


def loads_between(draft: Draft, from_ms: int, to_ms: int) -> tuple[str, tuple[str, ...]]:
    """The load that was being unloaded then, empty where none was or it may have been one of several; and then those."""
    begun = draft.facts.unloadings
    first = next((load_id for load_id, since_ms in reversed(begun) if since_ms <= from_ms), "")
    later = [load_id for load_id, since_ms in begun if from_ms < since_ms <= to_ms]
    several = tuple(dict.fromkeys(load_id for load_id in (first, *later) if load_id))
    return ("", several) if later else (first, ())
