"""What truly became of every declared carton, list by list, from the plant and from what people decided.

The one rule: the daemon's own counts play no part, and theirs must be the same. A carton that stands here and that no decision
ever named is missing on paper. Facts used: cartons and lists of expected.json, places of the plant.
"""

from simulators.oracle.accounting import key_of
from simulators.oracle.run import Run
from simulators.oracle.verdict import ListTruth
from simulators.oracle.walking import AtRow

ENDS = ("released", "held", "detained", "missing")


def true_lists(run: Run, end: AtRow, held: list[str]) -> tuple[ListTruth, ...]:
    """For every list of the day that was sent to the daemon."""
    named = {decision.carton for decision in run.journal.decisions}
    detained = end.rechecks.detained()
    ends: dict[str, dict[str, int]] = {}
    for carton in run.plant.cartons.values():
        truth = run.expected_of(carton.carton_no)
        if not truth.get("declared"):
            continue
        key = key_of(run, end, carton)
        count = ends.setdefault(str(truth.get("list_key", "")), dict.fromkeys((*ENDS, "nowhere"), 0))
        if key not in named:
            place = "missing"
        elif key in detained:
            place = "detained"
        elif carton.category == "released" and carton.carton_no not in held:
            place = "released"
        else:
            place = "held" if carton.place in ("lane", "removed") else "nowhere"
        count[place] += 1
    found = []
    for list_key, declared in run.expected.get("lists", {}).items():
        count = ends.get(list_key, dict.fromkeys((*ENDS, "nowhere"), 0))
        count["missing"] += declared - sum(count.values())
        found.append(ListTruth(list_key, declared, **count))
    return tuple(found)
