"""At the end of a demo: the lists as the daemon's journal has them against the lists as the plant has them.

One rule: two counts from two sources, list by list; a difference is named, whichever of them is wrong.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from controller.daemon.list_accounts import totals
from controller.daemon.questions import JournalQuestions
from controller.line.reconciliation import ENDS, ListAccount, accounts
from controller.records.errors import RecordsError
from controller.settings.loading import load

COMPARED = ("declared", *ENDS)


def reconciled(config: Path, data: Path, truth: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Totals, and in `differences` what does not add up or is not as it was in truth; empty = every list is reconciled."""
    try:
        with JournalQuestions(load(config, {"site.data_dir": str(data)})) as questions:
            found = accounts(questions.state)
    except RecordsError as error:
        return {"lists": 0, "differences": [f"{error.code}: {error.cause}"]}
    return {"lists": len(found), **totals(found), "differences": differences(found, truth)}


def differences(found: Iterable[ListAccount], truth: Iterable[dict[str, Any]]) -> list[str]:
    told = {one.list_key: one for one in found}
    said: list[str] = []
    for one in told.values():
        if not one.adds_up:
            ends = " + ".join(f"{name} {getattr(one, name)}" for name in ENDS)
            said.append(f"list {one.list_key}: declared {one.declared} is not {ends}, {one.surplus} too many")
    known = set()
    for true in truth:
        key = str(true["list_key"])
        known.add(key)
        one_told = told.get(key)
        if one_told is None:
            said.append(f"list {key} was sent and the daemon does not know it")
            continue
        if true["nowhere"]:
            said.append(f"list {key}: {true['nowhere']} cartons are at rest nowhere")
        wrong = [
            f"{name} {getattr(one_told, name)}, truly {true.get(name, 0)}"
            for name in COMPARED
            if getattr(one_told, name) != true.get(name, 0)
        ]
        if wrong:
            said.append(f"list {key}: {'; '.join(wrong)}")
    return [*said, *(f"list {key} was never sent" for key in told if key not in known)]
