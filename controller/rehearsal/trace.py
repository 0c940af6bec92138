"""The story of a seed in fixed columns: faults, what happened on the line, on the wire and in the journal, by line time.

One rule: it only reads what a run left behind. A journal row is placed by the boot it belongs to, because its own line time
goes on from the boot before.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from simulators.oracle.sources import Fact, StoredRow, read_facts

SHOWN = 150


def story_lines(home: Path, told: Sequence[tuple[float, str]], rows: Sequence[StoredRow]) -> list[str]:
    """Every line of the story, in order of time."""
    found = [(at_s, "world", what) for at_s, what in told]
    for name in ("plant", "wire"):
        found += [(fact["line_ms"] / 1000, name, _fact(fact)) for fact in read_facts(home / f"{name}.jsonl")]
    found += list(_journal(told, rows))
    return [f"{at_s:>9.3f}  {who:<8} {what}" for at_s, who, what in sorted(found, key=lambda line: line[0])]


def _fact(fact: Fact) -> str:
    rest = {name: value for name, value in fact.items() if name not in ("line_ms", "fact")}
    return f"{fact['fact']:<14} " + " ".join(f"{name}={_short(value)}" for name, value in rest.items())


def _journal(told: Sequence[tuple[float, str]], rows: Sequence[StoredRow]) -> Iterator[tuple[float, str, str]]:
    booted = {what.removeprefix("id "): at_s for at_s, what in told if what.startswith("id ")}
    offset_s = 0.0
    for row in rows:
        stamped, outcome = json.loads(row.event), json.loads(row.outcome)
        event: dict[str, Any] = stamped["event"]
        if event["type"] == "DaemonStarted":
            offset_s = booted.get(str(event.get("boot_id")), offset_s) - row.line_ms / 1000
        values = " ".join(f"{name}={_short(value)}" for name, value in event.items() if name != "type")
        yield row.line_ms / 1000 + offset_s, "journal", f"{row.seq:>5} {event['type']} {values}"[:SHOWN]
        for line in _outcome(outcome):
            yield row.line_ms / 1000 + offset_s, "journal", f"      -> {line}"[:SHOWN]


def _outcome(outcome: dict[str, Any]) -> Iterator[str]:
    for told in outcome.get("decisions") or ():
        codes = ", ".join(f"{b['code']} {b.get('subject', '')}" for b in told.get("blockers") or ())
        what = f"lane {told.get('lane_code')} seq {told.get('seq')}: {codes or 'release'}"
        yield f"decides {told.get('track')} {told.get('carton')} {what}"
    for told in outcome.get("alarms") or ():
        yield f"alarm {told.get('code')} {told.get('subject')} {told.get('detail')}"
    for told in outcome.get("refusals") or ():
        yield f"refuses {told.get('code')} {told.get('subject')} {told.get('cause')}"
    for told in outcome.get("commands") or ():
        yield "command " + " ".join(f"{name}={value}" for name, value in told.items())
    if outcome.get("core_fault"):
        yield f"CORE FAULT {outcome['core_fault']}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
