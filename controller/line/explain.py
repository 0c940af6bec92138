"""Why a carton is where it is, in words, from the code that decides.

One rule: this module judges nothing. It asks `release_blockers` for what holds a carton now, and shows the recorded
decision for what happened. `view` chooses what is shown: company views get the neutral code of customs-only reasons.
"""

import re
from enum import StrEnum

import msgspec

from controller.domain.alarms import hidden
from controller.domain.customs_status import BLOCKER_OF, meaning_of
from controller.domain.identifiers import normalise
from controller.domain.reasons import CATALOGUE, CUSTOMS, NEUTRAL, Blocker, LaneKind, neutral_blockers, neutral_codes
from controller.line.afterwards_events import SampleReviewed
from controller.line.commands import Alarm, Refusal
from controller.line.departure_state import number_of
from controller.line.events import ReceiptArrived, Stamped
from controller.line.inspection_events import (
    AnalysisFailed,
    ImageAnalysed,
    RulesActivated,
    RulesProposed,
    SelectionDrawn,
    SelectionFailed,
    VerdictGiven,
    VerdictUndone,
)
from controller.line.record_events import (
    RecordApproved,
    RecordDrafted,
    RecordFiled,
    RecordFiledElsewhere,
    RecordNotFiled,
    RecordReturned,
    RecordSubmitted,
)
from controller.line.routing import carton_blockers, emergency_facts, facts_of, passage_blockers, release_blockers
from controller.line.shift_events import RulesSigned
from controller.line.state import Carton, Draft, LineState, Passage

NEUTRAL_EVENT = NEUTRAL
# What was found, drawn, ruled or judged, whoever told it. What the X-ray machine delivers is the same of every carton, and the
# company looks after the machine, so that is not here.
OF_CUSTOMS = (
    ImageAnalysed, AnalysisFailed, SelectionDrawn, SelectionFailed, RulesActivated, RulesProposed, RulesSigned, VerdictGiven,
    VerdictUndone, SampleReviewed, RecordDrafted, RecordSubmitted, RecordReturned, RecordApproved, RecordFiled,
    RecordFiledElsewhere, RecordNotFiled,
)  # fmt: skip


_STATUS = re.compile(r"customs status:? .* at \S+", re.DOTALL)  # as a row and the facts of a decision tell it
# Codes in a text, and things with their codes, as the core writes them; of those it names a few (`loading.named`).
_CODE = f"(?:{'|'.join(sorted({*CATALOGUE, NEUTRAL}, key=len, reverse=True))})"
_CODES = re.compile(rf"(?<![\w.:-]){_CODE}(?:, {_CODE})+(?![\w-])")
_THINGS = re.compile(rf"(?<!\S)\S+ {_CODE}(?:, \S+ {_CODE})*(?![\w-])( and \d+ more)?")
# An error over an event of customs names the event and may name what is in it.
_FAULT_OF_CUSTOMS = re.compile(rf"\b(?:{'|'.join(kind.__name__ for kind in OF_CUSTOMS)}): .*", re.DOTALL)


class View(StrEnum):
    """Who reads: customs sees every reason, the company the neutral code of customs-only ones."""

    CUSTOMS = "customs"
    COMPANY = "company"


class Line(msgspec.Struct, frozen=True):
    at_ms: int
    text: str


class Why(msgspec.Struct, frozen=True):
    """The answer to "why is it here?" for one carton or one track."""

    subject: str
    headline: str
    place: str
    blockers: tuple[tuple[str, str, str], ...]
    facts: tuple[Line, ...]
    ordered: str
    confirmed: str


def why(state: LineState, code: str, view: View = View.COMPANY) -> tuple[Why, ...]:
    """Explain every carton with this number, or the track `epoch:id`, or nothing if both are unknown."""
    draft = Draft(state, state.facts.line_ms)
    if code in state.passages:
        return (_why_passage(draft, state.passages[code], view),)
    keys = state.numbers.get(normalise(code)) or ((code,) if code in state.cartons else ())
    answers = [_why_carton(draft, state.cartons[key], view) for key in keys]
    known = {state.cartons[key].passage for key in keys}
    # A number that was read but is on no list has tracks and no carton.
    answers += [
        _why_passage(draft, p, view)
        for p in state.passages.values()
        if p.key not in known and p.scan_identity is not None and p.scan_identity.text == normalise(code)
    ]
    return tuple(answers)


def _why_carton(draft: Draft, carton: Carton, view: View) -> Why:
    passage = draft.passages.get(carton.passage) if carton.passage else None
    if passage is not None:
        answer = _why_passage(draft, passage, view)
        return msgspec.structs.replace(answer, subject=f"carton {carton.key}", place=carton.place)
    blockers = tuple(b for b in carton_blockers(draft, carton) if b.code != "load_unknown")  # it is not here yet
    headline = f"announced for load {carton.noticed_load or '-'}, not seen on the line yet"
    marks = tuple(Line(fact.at_ms, f"{fact.name}: {fact.value}") for fact in emergency_facts(carton))
    return Why(f"carton {carton.key}", headline, carton.place, _shown(blockers, view), marks, "", "")


def _why_passage(draft: Draft, passage: Passage, view: View) -> Why:
    carton = draft.cartons.get(passage.carton) if passage.carton else None
    standing = carton_blockers(draft, carton) if carton is not None else ()
    ordered = passage.ordered
    if not passage.ended:
        now = release_blockers(draft, passage)
        headline = "on the belt; " + ("nothing holds it" if not now else "held by " + _codes(now, view))
        blockers = now
    else:
        took = f"took {passage.diverted_lane}" if passage.diverted_lane else ENDED.get(passage.ended, passage.ended)
        headline = f"{took}: {_reason(passage, view)}{_since_then(draft, carton)}"
        blockers = (*standing, *_of_this_passage(draft, passage))
    lane = f"{ordered.lane} (sequence {ordered.seq}, PLC result {ordered.result})" if ordered is not None else "nothing"
    return Why(
        subject=f"track {passage.key}",
        headline=headline,
        place=carton.place if carton is not None else passage.diverted_lane or ("unidentified" if passage.ended else "on_belt"),
        blockers=_shown(blockers, view),
        facts=_facts(draft, passage, view),
        ordered=lane,
        confirmed=passage.diverted_lane or "not confirmed",
    )


def _facts(draft: Draft, passage: Passage, view: View) -> tuple[Line, ...]:
    lines = (Line(f.at_ms, _text(draft, f"{f.name}: {f.value}", view)) for f in facts_of(draft, passage))
    return tuple(line for line in lines if line.text)


def _since_then(draft: Draft, carton: Carton | None) -> str:
    """What became of it behind the release lane: its container, and how that left."""
    if carton is None or not carton.container:
        return ""
    container = draft.containers.get(carton.container)
    if container is None or container.departed_ms < 0:
        return f"; loaded into {carton.container}" + (f", sealed {container.seal_no}" if container and container.seal_no else "")
    return f"; departed in {number_of(carton.container)}, sealed {container.seal_no}, {container.departed_by}"


def _reason(passage: Passage, view: View) -> str:
    """Why it took the lane it took: the decision if the PLC followed it, else what the PLC says."""
    ordered = passage.ordered
    at_decision = tuple(Blocker(code, "") for code in ordered.blockers) if ordered is not None else ()
    marks = tuple(Blocker(mark, "") for mark in passage.marks)
    if not passage.diverted_lane:
        return _codes(at_decision or marks, view) or "no decision"
    if ordered is None:
        return _codes(marks, view) or WITHOUT_DECISION.get(passage.diverted_why, "no decision")
    if ordered.lane == passage.diverted_lane:
        return _codes(at_decision, view) if at_decision else "nothing spoke against it"
    meant = f"{ordered.lane} was ordered" + (f" for {_codes(at_decision, view)}" if at_decision else "")
    if passage.diverted_why in WITHOUT_DECISION:
        return f"{WITHOUT_DECISION[passage.diverted_why]} ({meant})"
    return f"{meant}, too late: the PLC followed the decision before it"


# How a way over the belt ended without a lane, and the reason that stands for it.
ENDED = {
    "epoch": "tracking began anew while it was on the belt",
    "lost": "lost on the belt",
    "removed": "taken off the belt by hand",
}
REASON_OF_END = {"epoch": "old_epoch", "lost": "tracking_lost"}
WITHOUT_DECISION = {
    1: "no decision in time", 2: "the ordered lane was full", 3: "the link to the daemon was lost",
    4: "the PLC did not know the carton", 5: "purged after a stop",
}  # fmt: skip


def _of_this_passage(draft: Draft, passage: Passage) -> tuple[Blocker, ...]:
    """What its reads, weight and tracking had against it: that stands until a re-run gives others."""
    if passage.rerun_as or _took_release(draft, passage):
        return ()
    subject = f"passage:{passage.key}"
    # What was still to come will not come any more.
    found = tuple(b for b in passage_blockers(draft, passage) if not b.reason.pending)
    code = "" if passage.diverted_lane else REASON_OF_END.get(passage.ended, "")
    if code and code not in passage.marks:
        found = (Blocker(code, subject), *found)
    return found or (() if passage.ordered is not None else (Blocker("not_tracked", subject, passage.ended),))


def _took_release(draft: Draft, passage: Passage) -> bool:
    lane = draft.profile.lane_by_name(passage.diverted_lane) if draft.facts.profile is not None else None
    return lane is not None and lane.kind is LaneKind.RELEASE


def company_text(text: str, released_words: tuple[str, ...] = ()) -> str:
    """A text of the record as the company may see it: neutral codes, nothing of what customs ordered or wrote.

    Empty = the company does not see it at all, not even that something happened.
    """

    def status(found: re.Match[str]) -> str:
        code = BLOCKER_OF.get(meaning_of(found[2], released_words), "")
        hidden = code in CATALOGUE and CATALOGUE[code].customs_only
        return f"{found[1]}not shown" if hidden else found[0]

    # No word of customs is told: were it each but an order's or a stop's, the one left out would be known by that.
    if _STATUS.fullmatch(text):
        return ""
    text = re.sub(r"\bcustoms status .*? after release", "customs status not shown after release", text)
    text = re.sub(r"((?:customs )?status:? )(-?\w+)", status, text)
    for reason in CATALOGUE.values():
        if reason.customs_only:
            text = re.sub(rf"\b{reason.code}\b(?: by .*|( lifted)(?: by|:) .*)?", rf"{reason.neutral}\1", text, flags=re.DOTALL)
    text = _THINGS.sub(_things_once, _CODES.sub(lambda found: ", ".join(neutral_codes(found[0].split(", "))), text))
    if text.startswith("customs look: "):
        return ""
    text = _FAULT_OF_CUSTOMS.sub(NEUTRAL_EVENT, text)
    text = re.sub(r"\bcustoms .*? reports: .*", "customs reported it", text, flags=re.DOTALL)  # of a seal
    return re.sub(r"inspection closed by .*", "customs closed its check", text, flags=re.DOTALL)


def _things_once(found: re.Match[str]) -> str:
    """Things with their neutral codes, each once and customs' own at the end; how many more would count what is hidden."""
    told, more = found[0].removesuffix(found[1] or ""), " and more" if found[1] else ""
    return ", ".join(sorted(dict.fromkeys(told.split(", ")), key=lambda one: one.endswith(f" {NEUTRAL}"))) + more


FREE_WORDS = ("cause", "comment", "opinion", "notes")


def company_told(stamped: Stamped, text: str, released_words: tuple[str, ...] = ()) -> str:
    """What a row says, as the company may see it: of an act of customs' people neither who it was nor their own words."""
    if stamped.role in CUSTOMS:
        for words in {str(getattr(stamped.event, name, "")) for name in FREE_WORDS} - {""}:
            text = text.replace(words, "\u2014")  # the sentence stays one that has words in both languages
        text = re.sub(rf"(?<![\w.-]){re.escape(stamped.actor)}(?![\w-])", "customs", text) if stamped.actor else text
    return company_text(text, released_words).rstrip()


def company_alarm(alarm: Alarm) -> tuple[str, str] | None:
    """Code and detail of an alarm as the company may see them; nothing for one of customs' own: its subject alone tells."""
    return None if hidden(alarm.code) else (alarm.code, company_text(alarm.detail))


def of_customs(stamped: Stamped) -> bool:
    """Whether a row is customs' own: an act of its people, or what was found, drawn, ruled or judged."""
    return stamped.role in CUSTOMS or isinstance(stamped.event, OF_CUSTOMS)


def company_origin(stamped: Stamped) -> tuple[str, str, str]:
    """Event, actor and act of a row as the company may see them. A verdict looks like an analysis, or it would tell; so does a
    receipt: beside the neutral words, its name would tell an order of customs from what was ruled or drawn here.
    """
    if of_customs(stamped) or isinstance(stamped.event, ReceiptArrived):
        return NEUTRAL_EVENT, "customs", ""
    return type(stamped.event).__name__, stamped.actor, stamped.act_id


def company_refusal(stamped: Stamped, refusal: Refusal) -> str:
    """What the company hears of a refusal: of customs' own neither what it was about nor why."""
    if of_customs(stamped):
        return f"refused: {NEUTRAL_EVENT}"
    return company_text(f"refused {refusal.subject}: {refusal.code}: {refusal.cause}")


def _text(draft: Draft, text: str, view: View) -> str:
    words = draft.facts.profile.released_words if draft.facts.profile is not None else ()
    return text if view is View.CUSTOMS else company_text(text, words)


def _codes(blockers: tuple[Blocker, ...], view: View) -> str:
    codes = [b.code for b in blockers]
    return ", ".join(dict.fromkeys(codes) if view is View.CUSTOMS else neutral_codes(codes))


def _code(blocker: Blocker, view: View) -> str:
    return blocker.code if view is View.CUSTOMS else blocker.reason.neutral


def _shown(blockers: tuple[Blocker, ...], view: View) -> tuple[tuple[str, str, str], ...]:
    """(code, cause, next step) of each blocker as this view may see it."""
    rows: dict[tuple[str, str, str], None] = {}
    for blocker in blockers if view is View.CUSTOMS else neutral_blockers(blockers):
        hidden = view is View.COMPANY and blocker.reason.customs_only
        cause = blocker.cause if view is View.CUSTOMS else company_text(blocker.cause)
        cause = "customs looks at it" if hidden else cause
        rows[(_code(blocker, view), cause, "bring it to customs" if hidden else blocker.next_step)] = None
    return tuple(rows)
