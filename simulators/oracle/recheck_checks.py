"""I6 and what follows from it: two officers, others for a second recheck, and a truth that the box was what was declared.

The one rule: what was truly in a carton is told by the plan of the day; what officers said, by the journal.
"""

from simulators.oracle.accounting import key_of
from simulators.oracle.rechecks import truly_differs
from simulators.oracle.run import Run
from simulators.oracle.verdict import Breach
from simulators.oracle.walking import AtRow, Walk


def check_rechecks(run: Run) -> Walk:
    """All of I6 for one run, and each release by a recheck against what was in the carton."""
    found: list[Breach] = []

    def look(at: AtRow) -> None:
        if at.row.type != "RecheckConfirmed" or at.row.outcome_list("refusals") or at.row.event.get("outcome") != "released":
            return
        for key in at.papers.keys_of(str(at.row.event.get("code"))):
            found.extend(_in_truth(run, at, key))

    end = yield look
    return [*end.rechecks.breaches, *found, *_detained_elsewhere(run, end)]


def _in_truth(run: Run, at: AtRow, key: str) -> list[Breach]:
    declared = at.papers.lists.get(at.papers.list_key_of(key))
    for number in run.plant.cartons:
        expected = run.expected_of(number)
        if "things" in expected and expected.get("key") == key and expected.get("declared"):
            differs = truly_differs(declared.declared, list(expected["things"])) if declared is not None else "it has no list"
            if differs:
                return [Breach("I6", number, f"row {at.row.seq}: two officers release {key}, in it are {differs}")]
    return []


def _detained_elsewhere(run: Run, end: AtRow) -> list[Breach]:
    """What is detained at the end is in no container and did not leave."""
    detained = set(end.rechecks.detained())
    found = []
    for number, carton in run.plant.cartons.items():
        key = key_of(run, end, carton)
        if key in detained and number in run.yard.departed:
            found.append(Breach("I13", number, f"{key} is detained and left through the gate"))
    return found
