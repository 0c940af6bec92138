"""What happened in a run, counted: event kinds, alarms, reasons, answers of the PLC. A campaign shows what never did.

One rule: counted from the journal alone, so that a counter means the daemon itself met that state.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from simulators.oracle.journal_story import Row

WHY = {0: "decision", 1: "time_out", 2: "lane_full", 3: "link_lost", 4: "unknown_item", 5: "purge"}
DIVERTED = 5


def seen_in(rows: Sequence[Row]) -> Counter[str]:
    seen: Counter[str] = Counter()
    for row in rows:
        event, kind = row.event, row.type
        seen[f"event {kind}"] += 1
        if kind == "RingEvent":
            seen[f"ring {event['kind']}"] += 1
            if event["kind"] == DIVERTED:
                seen[f"why {WHY.get(event['arg2'], event['arg2'])}"] += 1
        elif kind in ("DecisionAnswered", "CommandAnswered"):
            seen[f"{kind} {event['result']}"] += 1
        _outcome(seen, row.outcome)
    return seen


def _outcome(seen: Counter[str], outcome: dict[str, Any]) -> None:
    for alarm in outcome.get("alarms") or ():
        seen[f"alarm {alarm['code']}"] += 1
    for refusal in outcome.get("refusals") or ():
        seen[f"refusal {refusal['code']}"] += 1
    for decision in outcome.get("decisions") or ():
        codes = {blocker["code"] for blocker in decision.get("blockers") or ()}
        for code in codes or {"release"}:
            seen[f"decided {code}"] += 1
    if outcome.get("core_fault"):
        seen["core fault"] += 1
