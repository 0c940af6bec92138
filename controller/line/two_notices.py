"""Cartons that stand in the notices of two loads 一箱两报, and a load that was booked twice 车次重报.

One rule: every carton that two notices name is held until customs has settled it. A few are held one by one; where a load is
booked anew, or most of it is, the load itself is held, with one hold and one alarm for people to see to. What is booked once more
takes along what was not settled of the booking before.
"""

from collections.abc import Iterable, Iterator

from controller.line.contradictions import Contradiction
from controller.line.state import Draft

CODE = "carton_in_two_notices"
SINGLY_MOST = 64  # a table of alarms that is full of one load hides what else is wrong
# Its key, the load it was announced with, and the one that it counts for now.
Moved = tuple[str, str, str]


def of_two_notices(draft: Draft, load_id: str, moved: Iterable[Moved]) -> Iterator[Contradiction]:
    """What the notice of this load, which counts by now, contradicts: by carton, or by load."""
    unsettled: dict[str, list[str]] = {}
    for hold in draft.holds.values():
        if (hold.scope, hold.code) == ("load", CODE) and hold.lifted_ms < 0:
            unsettled.setdefault(hold.target, []).append(hold.cause)
    groups: dict[tuple[str, str], list[str]] = {}
    for key, before, now in moved:
        one, other = sorted((before, load_id))
        causes = [f"announced with load {one} and with load {other}", *(unsettled.get(before, ()) if now != before else ())]
        for cause in dict.fromkeys(causes):
            groups.setdefault((now, cause), []).append(key)
    for (now, cause), keys in groups.items():
        if _is_most_of_it(draft, now, len(keys)):
            yield "load", now, CODE, cause
        else:
            yield from (("carton", key, CODE, cause) for key in keys)


def _is_most_of_it(draft: Draft, load_id: str, cartons: int) -> bool:
    return cartons > 1 and (2 * cartons > draft.loads[load_id].count or cartons > SINGLY_MOST)
