"""`xiyong lists`: every declared list reconciled, from the journal of a running or stopped line.

One rule: counts of cartons only; why a carton is held is told by `xiyong why`, to those who may know.
"""

import json

import msgspec

from controller.line.reconciliation import ENDS, ListAccount, accounts
from controller.line.state import LineState

COLUMNS = ("declared", *ENDS)
ZH = {"declared": "申报", "released": "放行", "held": "扣下", "detained": "扣留", "returned": "退运", "missing": "缺箱"}


def totals(found: tuple[ListAccount, ...]) -> dict[str, int]:
    return {name: sum(getattr(one, name) for one in found) for name in (*COLUMNS, "surplus")}


def print_lists(state: LineState, every: bool, as_json: bool) -> int:
    """0 = all of them add up, 1 = one does not."""
    found = accounts(state)
    wrong = [one for one in found if not one.adds_up]
    if as_json:
        rows = [msgspec.to_builtins(_company(one)) | {"adds_up": one.adds_up} for one in found]
        print(json.dumps({"ok": not wrong, "lists": len(found), **totals(found), "each": rows}, ensure_ascii=False))
        return 1 if wrong else 0
    print(f"{'list 清单':<34}" + "".join(f"{name + ZH[name]:>12}" for name in COLUMNS))
    for one in found:
        if every or one.released != one.declared or not one.adds_up:
            counts = "".join(f"{getattr(one, name):>14}" for name in COLUMNS)
            print(f"{one.list_key:<34}{counts}" + ("" if one.adds_up else f"   DOES NOT ADD UP, {one.surplus} too many"))
    whole = totals(found)
    print(f"{len(found)} lists: declared {whole['declared']} = " + " + ".join(f"{name} {whole[name]}" for name in ENDS))
    if wrong:
        print("  next step: compare load notice and list of what does not add up, then ask customs")
    elif not every and any(one.released != one.declared for one in found):
        print("  next step: xiyong why NUMBER says what holds a carton; --all shows every list")
    return 1 if wrong else 0


def _company(one: ListAccount) -> ListAccount:
    """Customs' word for a list may tell of an inspection."""
    return msgspec.structs.replace(one, status="")
