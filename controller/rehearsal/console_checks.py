"""What officers were told at their workstations, against the journal: an answer is true, and a press is one act or none.

One rule: nothing is asked of the console here; only what it answered and what the rows say.
"""

import json
from collections.abc import Sequence

from simulators.oracle import Breach
from simulators.oracle.run import Run
from simulators.people.console_officers import Pressed

DONE, LATE, NOT_NOW = 200, 409, (401, 403, 423)
NOBODY_KNOWS = 503  # the journal died meanwhile: whether the row is there, the next start says
NAMES = {"verdict": "VerdictGiven", "verdict-undo": "VerdictUndone"}


def check_console(run: Run, pressed: Sequence[Pressed]) -> list[Breach]:
    """Every press of the day."""
    rows: dict[str, list[tuple[int, bool]]] = {}
    for stored, row in zip(run.stored, run.journal.rows, strict=True):
        if row.type in NAMES.values():
            act_id = str(json.loads(stored.event).get("act_id", ""))
            rows.setdefault(act_id, []).append((row.seq, bool(row.outcome_list("refusals"))))
    found: list[str] = []
    for one in pressed:
        who = f"{one.account}'s {one.press} ({one.name} of {one.track})"
        there = rows.get(f"{one.account}.{one.press}", [])
        done = [seq for seq, refused in there if not refused]
        if len(there) > 1:
            found.append(f"{who} stands in {len(there)} rows")
        found += [f"{who}: {what}" for told in one.told if told is not None for what in _untrue(told, done, one)]
        said = {told[0] for told in one.told if told is not None} - {NOBODY_KNOWS}
        if len(said) > 1:
            found.append(f"{who}, pressed twice at once, was answered {sorted(said)}")
    return [Breach("API", "", what) for what in found]


def _untrue(told: tuple[int, dict[str, object]], done: list[int], one: Pressed) -> list[str]:
    status, answer = told
    if status == DONE:
        wrong = [] if done == [answer.get("seq")] else [f"answered done in row {answer.get('seq')}, the journal has it in {done}"]
        if one.name == "verdict" and not one.drawn:
            wrong.append("accepted for a picture that this workstation had not drawn")
        return wrong
    if status in (*NOT_NOW, LATE):
        return [f"answered {status} {answer.get('code')}, and row {done[0]} has it done"] if done else []
    return [] if status == NOBODY_KNOWS else [f"answered {status} {answer.get('code')}"]
