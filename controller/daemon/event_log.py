"""What the log tells of the journal: decisions, alarms, refusals and faults, each with the row that caused it.

One rule: the log is the company's. What customs ordered, found or selected stands in the journal alone; here it has its neutral
code or nothing at all. A line is written only when its row is durable, so the log never knows more than the journal.
"""

import logging
from collections.abc import Callable, Mapping

from controller.domain.reasons import neutral_codes
from controller.line.commands import Outcome
from controller.line.events import Stamped
from controller.line.explain import company_alarm, company_origin, company_refusal, company_text

log = logging.getLogger("xiyong.line")

Listener = Callable[[int, Stamped, Outcome], None]


def event_log(line: str, boot_id: str) -> Listener:
    """A listener of the core. `line` and `boot_id` are in every entry: with the row's number they name one cause world-wide."""

    def tell(seq: int, stamped: Stamped, outcome: Outcome) -> None:
        if not (outcome.decisions or outcome.refusals or outcome.alarms or outcome.core_fault):
            return
        because = causality(line, boot_id, seq, stamped)
        for decision in outcome.decisions:
            codes = ", ".join(neutral_codes(blocker.code for blocker in decision.blockers))
            _say(logging.INFO, f"lane {decision.lane} for track {decision.track}: {codes or 'release'}", because)
        for refusal in outcome.refusals:
            _say(logging.INFO, company_refusal(stamped, refusal), because)
        for alarm in outcome.alarms:
            if (shown := company_alarm(alarm)) is not None:
                code, detail = shown
                _say(logging.WARNING, f"alarm {code} {alarm.subject} {detail}".rstrip(), because)
        if outcome.core_fault:
            _say(logging.ERROR, f"core fault: {company_text(outcome.core_fault)}", because)

    return tell


def causality(line: str, boot_id: str, seq: int, stamped: Stamped) -> Mapping[str, object]:
    """Where an entry comes from: the row, its event, who did it, and the id under which an act was asked for.

    A row of customs' own has neither: only that it was customs.
    """
    event, actor, act_id = company_origin(stamped)
    found: dict[str, object] = {
        "line": line,
        "boot_id": boot_id,
        "journal_seq": seq,
        "event": event,
        "line_ms": stamped.line_ms,
        "actor": actor,
    }
    if act_id:
        found["act_id"] = act_id
    return found


def _say(level: int, text: str, because: Mapping[str, object]) -> None:
    if text:
        log.log(level, "%s", text, extra={"because": because})
