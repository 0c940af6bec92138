"""The shift that runs, and the rules of customs with those that wait, as a screen shows them.

One rule: rules exist for customs alone; what the shift before left was counted without alarms of customs' own.
"""

from controller.console.views import Value
from controller.line.explain import View
from controller.line.inspection_events import Rules
from controller.line.state import LineState


def shift_value(state: LineState) -> Value:
    """The value `shift` of the live stream; everything is null before the first handover."""
    shift = state.facts.shift
    if shift is None:
        return {"since_ms": None, "lead": "", "taken_from": "", "notes": "", "before": None}
    left = shift.before
    return {
        "since_ms": shift.since_ms, "lead": shift.lead, "taken_from": shift.taken_from, "notes": shift.notes,
        "before": {
            "from_ms": left.from_ms, "inducted": left.inducted,
            "lanes": {"release": left.release, "inspect": left.inspect, "anomaly": left.anomaly},
            "loaded": left.loaded, "departed": left.departed, "holds": left.holds, "alarms": left.alarms,
            "shelved": list(left.shelved), "out_of_service": list(left.out_of_service),
        },
    }  # fmt: skip


def rules_value(state: LineState, view: View) -> dict[str, Value]:
    """The value `rules`, for customs alone: what is in force, and what waits with what it would change."""
    if view is not View.CUSTOMS:
        return {}
    facts = state.facts
    in_force, waiting = facts.rules, facts.rules_waiting
    shown: Value = {"in_force": None, "waiting": None}
    if in_force is not None:
        shown["in_force"] = _told(in_force, facts.rules_sha256)
    if waiting is not None:
        shown["waiting"] = (
            _told(waiting.rules, waiting.sha256) | {"source": waiting.source} | _difference(in_force, waiting.rules)
        )
    return {"rules": shown}


def _told(rules: Rules, sha256: str) -> Value:
    return {"version": rules.version, "sha256": sha256, "random_permille": rules.random_permille, "rules": len(rules.rules)}


def _difference(before: Rules | None, after: Rules) -> Value:
    old = {rule.rule_id: rule for rule in before.rules} if before is not None else {}
    new = {rule.rule_id: rule for rule in after.rules}
    return {
        "added": [key for key in new if key not in old], "removed": [key for key in old if key not in new],
        "changed": [key for key, rule in new.items() if key in old and old[key] != rule],
    }  # fmt: skip
