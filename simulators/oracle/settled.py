"""Which papers in conflict customs has settled, and what of a load is in question by its notices.

The one rule: a lift of customs settles what its hold was about, and nothing else that may be said of the same load or list.
Cartons of two notices are in question one by one; more than half of a load, or more than SINGLY_MOST of it, are one question
of the load.
"""

import re
from collections.abc import Iterator, Mapping

from simulators.oracle.journal_story import Row

_LIFTED = re.compile(
    r"hold \S+ (declaration_conflict|carton_in_two_notices|load_plate_differs|load_notice_late|customs_dated_ahead) lifted by "
)
SINGLY_MOST = 64
TWICE, LATE, DATED = "two notices of ", "the first notice of ", "the date of a word on "
_ABOUT = {("load", "carton_in_two_notices"): TWICE, ("load", "load_notice_late"): LATE, ("list", "customs_dated_ahead"): DATED}


def settled(row: Row) -> set[str]:
    """The subjects that this lift of customs settles."""
    found = set()
    for told in row.outcome_list("findings"):
        subject, lifted = str(told.get("subject")), _LIFTED.match(str(told.get("text")))
        if lifted is not None:
            found.add(_ABOUT.get((subject.partition(":")[0], lifted[1]), "") + subject)
    return found


def of_load(load_id: str) -> tuple[str, ...]:
    """All that may be in question about a load."""
    return tuple(f"{about}load:{load_id}" for about in ("", TWICE, LATE))


def of_list(list_key: str) -> tuple[str, ...]:
    return (f"list:{list_key}", f"{DATED}list:{list_key}")


def in_two_notices(moved: Mapping[tuple[str, str], list[str]], counts: Mapping[str, int]) -> Iterator[str]:
    """What one notice puts in question. `moved`: its cartons, by the load announced before and the one that counts now."""
    for (_, now), keys in moved.items():
        if len(keys) > 1 and (2 * len(keys) > counts[now] or len(keys) > SINGLY_MOST):
            yield f"{TWICE}load:{now}"
        else:
            yield from (f"carton:{key}" for key in keys)
