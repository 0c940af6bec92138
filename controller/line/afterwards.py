"""What was done while the system was out, and second looks: the marks they leave.

One rule: what is entered here is no release decision: it lets nothing pass, and a carton that left so is held if it comes again.
Its mark stays for ever, in the journal and on the carton while the line knows it.
"""

from controller.domain.identifiers import normalise
from controller.domain.reasons import CUSTOMS_DECIDES, Role
from controller.line.afterwards_events import EmergencyReleaseEntered, SampleReviewed
from controller.line.events import Stamped
from controller.line.holds import place
from controller.line.naming import named
from controller.line.state import Draft
from controller.line.verdicts import VERDICTS

COUNT_MOST = 10_000
MARK = "emergency release, entered afterwards 应急放行补录"


def on_emergency_entered(draft: Draft, stamped: Stamped, event: EmergencyReleaseEntered) -> None:
    """Two people of customs enter what happened; whole or not at all."""
    codes = tuple(dict.fromkeys(normalise(code) for code in event.codes))
    keys = [key for code in codes for key in draft.numbers.get(code) or named(draft, code)]
    valid = [key for key in keys if draft.cartons[key].released_ms >= 0 or key in draft.gone]
    if stamped.role not in CUSTOMS_DECIDES or (event.second and event.second_role not in CUSTOMS_DECIDES):
        draft.refuse("role_not_allowed", "emergency", f"{stamped.role} may not enter a release", "ask an officer")
    elif not event.second or event.second == stamped.actor:
        draft.refuse("second_person_missing", "emergency", "two of customs enter it", "another one signs")
    elif not max(1, len(codes)) <= event.count <= COUNT_MOST or not event.cause or not event.began_utc or not event.ended_utc:
        cause = f"{event.count} cartons, {len(codes)} labels"
        draft.refuse("emergency_not_valid", "emergency", cause, "say how many, from when until when, and why")
    elif valid:
        cause = f"{draft.cartons[valid[0]].carton_no} was released by a decision"
        draft.refuse("emergency_not_needed", "emergency", cause, "leave it out")
    else:
        _enter(draft, stamped, event, tuple(dict.fromkeys(keys)))


def _enter(draft: Draft, stamped: Stamped, event: EmergencyReleaseEntered, keys: tuple[str, ...]) -> None:
    when = f"{event.began_utc} to {event.ended_utc}"
    draft.set_facts(emergency_released=draft.facts.emergency_released + event.count)
    draft.note("line", f"{MARK}: {event.count} cartons, {when}")
    draft.note("line", f"customs look: emergency release by {stamped.actor} and {event.second}: {event.cause}")
    for key in keys:
        draft.change_carton(key, emergency=when, place="emergency release")
        # It is gone, as far as anybody knows: one with its number that comes over the belt is looked at.
        place(draft, "carton", key, "emergency_released", MARK, actor="customs", role=Role.LINE)
        draft.note(f"carton:{key}", f"{MARK}: {when}")
        draft.note(f"carton:{key}", f"customs look: emergency release by {stamped.actor} and {event.second}: {event.cause}")


def on_reviewed(draft: Draft, stamped: Stamped, event: SampleReviewed) -> None:
    """The record of a second look. What it says changes nothing by itself: a carton that is still here is held by its own act."""
    if stamped.role not in CUSTOMS_DECIDES:
        draft.refuse("role_not_allowed", event.track, f"{stamped.role} may not judge an image", "ask an officer")
    elif event.verdict not in VERDICTS:
        draft.refuse("verdict_unknown", event.track, f"no verdict {event.verdict}", "one of " + ", ".join(VERDICTS))
    elif not event.first or event.first == stamped.actor:
        draft.refuse("same_officer", event.track, "the first word was this officer's own", "another officer looks")
    elif event.carton:
        draft.note(f"carton:{event.carton}", f"customs look: second look by {stamped.actor}: {event.verdict}: {event.cause}")
