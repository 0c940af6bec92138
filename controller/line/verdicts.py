"""The officer's word on an image 判图: what it makes, and how it is taken back.

One rule: clear counts before the last call alone, what stops a carton always counts; and taking a verdict back leaves the carton
as if nobody had looked, never better: only the holds that this officer's verdicts on this very image made are lifted, and none
that another officer has leaned on since.
"""

import msgspec
from msgspec.structs import replace

from controller.domain.reasons import CUSTOMS_DECIDES
from controller.line.analysis import of_image
from controller.line.events import Stamped
from controller.line.holds import place
from controller.line.image_join import subject_of
from controller.line.inspection import HELD_BY, is_over, must_look
from controller.line.inspection_events import VerdictGiven, VerdictUndone
from controller.line.inspection_state import Inspection, NamelessVerdict
from controller.line.naming import meant
from controller.line.readiness import hold_line
from controller.line.recalls import recall
from controller.line.recheck_standing import standing_release
from controller.line.state import Carton, Draft, Hold, Passage

VERDICTS = ("clear", "open", "anomaly")
NAMELESS_KEPT = 256
NOT_KEPT = "verdict_not_kept"
LINKS_MOST = 64


def on_verdict(draft: Draft, stamped: Stamped, event: VerdictGiven) -> None:
    """An officer's word on one image. Clear counts before the last call alone, on an image that is the carton's own beyond doubt,
    and as it is declared: of what has no name nobody knows that. What stops a carton always counts: whoever saw something in a
    picture saw it, whatever came of the picture since.
    """
    passage, one = draft.passages.get(event.track), of_image(draft, event.track, event.image)
    if stamped.role not in CUSTOMS_DECIDES:
        draft.refuse("role_not_allowed", event.track, f"{stamped.role} may not judge an image", "ask an officer")
    elif event.verdict not in VERDICTS:
        draft.refuse("verdict_unknown", event.track, f"no verdict {event.verdict}", "one of " + ", ".join(VERDICTS))
    elif passage is None or one is None:
        draft.refuse("image_unknown", event.track, "this track has no such image", "look at the newest image of the track")
    elif event.verdict == "clear" and (passage.ended or is_over(draft, passage)):
        draft.refuse("verdict_too_late", event.track, "the belt has decided: it is inspected", "look at it on its re-run")
    elif event.verdict == "clear" and not one.bound:
        draft.refuse("image_doubtful", event.track, "it may be another's image", "judge it on its re-run; open and anomaly count")
    elif event.verdict == "clear" and not passage.carton:
        cause, step = "nobody knows yet which carton it is", "judge it once that is known; open and anomaly count"
        draft.refuse("carton_nameless", event.track, cause, step)
    elif event.verdict == "clear" and one.verdict in HELD_BY:
        draft.refuse("verdict_stands", event.track, f"{one.verdict_by} said {one.verdict}", "lift the hold after recheck")
    else:
        _judge(draft, stamped, event, passage, one)


def _judge(draft: Draft, stamped: Stamped, event: VerdictGiven, passage: Passage, one: Inspection) -> None:
    said = f"customs look: {event.verdict} by {stamped.actor}: {event.cause}"
    draft.note(subject_of(draft, passage.key), said)
    made = one.verdict_holds if one.verdict_by == stamped.actor else ()
    judged = replace(one, verdict=event.verdict, verdict_by=stamped.actor, verdict_ms=draft.now_ms, verdict_holds=made)
    draft.change_passage(passage.key, inspection=judged)
    code = HELD_BY.get(event.verdict)
    if code is None:
        return
    word = NamelessVerdict(passage.key, code, event.cause, stamped.actor, stamped.role, draft.now_ms)
    carton = _carton_of(draft, passage)
    if carton is not None:
        _hold(draft, carton, word)
    else:
        _keep(draft, word)


def _keep(draft: Draft, word: NamelessVerdict) -> None:
    """Until its carton has a name. None that may still find one gives way in silence: then the whole line is held. Said again,
    it is one word.
    """
    said = (word.track, word.code, word.actor)
    others = (one for one in draft.facts.nameless_verdicts if (one.track, one.code, one.actor) != said)
    words = (*(one for one in others if one.track in draft.passages), word)
    gone = words[: max(len(words) - NAMELESS_KEPT, 0)]
    for one in gone:
        draft.note(f"passage:{one.track}", f"customs look: {one.code} by {one.actor} is kept no more, its carton has no name yet")
    if gone:
        hold_line(draft, NOT_KEPT, "too many words on images wait for the names of their cartons")
    draft.set_facts(nameless_verdicts=words[len(gone) :])


def make_room(draft: Draft) -> None:
    """Customs has seen to the cartons without a name and lets the line go on: the older half of the words is answered by that."""
    words = draft.facts.nameless_verdicts
    draft.set_facts(nameless_verdicts=words[len(words) - NAMELESS_KEPT // 2 :] if len(words) > NAMELESS_KEPT // 2 else words)


def _hold(draft: Draft, carton: Carton, word: NamelessVerdict) -> None:
    """A hold, because the carton may come again on another track before anybody has opened it."""
    if not _standing(draft, carton, word.code):
        hold = place(draft, "carton", carton.key, word.code, word.cause, actor=word.actor, role=word.role)
        one = draft.passages[word.track].inspection
        if one is not None and one.verdict_by == word.actor:
            draft.change_passage(word.track, inspection=replace(one, verdict_holds=(*one.verdict_holds, hold.hold_id)))
    if carton.released_ms >= 0:
        recall(draft, carton, "customs wants to see it")


def _standing(draft: Draft, carton: Carton, code: str) -> bool:
    return any(h.code == code and h.target == carton.key and h.lifted_ms < 0 for h in draft.holds.values())


# --- an image whose carton has no name ---


def hold_named(draft: Draft, key: str) -> None:
    """This track's carton has a name: what officers said of it before, on this way or on a nameless one, holds it."""
    passage, words = draft.passages[key], draft.facts.nameless_verdicts
    carton = draft.cartons.get(passage.carton)
    if carton is None or not words:
        return
    its = [word for word in words if _is_of(draft, word.track, passage, carton)]
    if not its:
        return
    draft.set_facts(nameless_verdicts=tuple(word for word in words if word not in its))
    opened = standing_release(draft, carton)
    for word in its:
        if opened is None or opened.opened_ms <= word.at_ms:
            _hold(draft, carton, word)


def _carton_of(draft: Draft, passage: Passage) -> Carton | None:
    """Its carton by now: that of this way, of the way it was put on again for, or the one with the number that was read on it."""
    way = passage
    for _ in range(LINKS_MOST):
        if way.carton or way.rerun_as not in draft.passages:
            break
        way = draft.passages[way.rerun_as]
    if way.carton:
        return draft.cartons.get(way.carton)
    known = [meant(draft, number) for number in _numbers_read(passage)]
    return draft.cartons[known[0][0]] if len(known) == 1 and len(known[0]) == 1 else None


def _is_of(draft: Draft, track: str, passage: Passage, carton: Carton) -> bool:
    """Whether the image on that track shows the carton of this passage. A number that was read there tells; without one the order
    in which nameless cartons were taken from their lane does.
    """
    way = draft.passages.get(track)
    if way is None or track == passage.key:
        return way is not None
    if read := _numbers_read(way):
        return carton.carton_no in read
    before = passage
    for _ in range(LINKS_MOST):
        found = draft.passages.get(before.previous)
        if found is None or found.carton:
            return False
        if found.key == track:
            return True
        before = found
    return False


def move_words(draft: Draft, old: str, new: str) -> None:
    """A passage is kept under another key: its track id is another carton's now."""
    words = draft.facts.nameless_verdicts
    if any(word.track == old for word in words):
        draft.set_facts(nameless_verdicts=tuple(replace(word, track=new) if word.track == old else word for word in words))


def _numbers_read(passage: Passage) -> tuple[str, ...]:
    identities = [one for one in (passage.scan_identity, passage.verify_identity) if one is not None]
    return tuple(dict.fromkeys(one.text for one in identities if one.text))


# --- taking it back ------------------------------------------------------------------------------------------------


def on_verdict_undone(draft: Draft, stamped: Stamped, event: VerdictUndone) -> None:
    """The own last word, before the last call. Afterwards the lane is the belt's, and a hold or `open` is what stops a carton."""
    passage, one = draft.passages.get(event.track), of_image(draft, event.track, event.image)
    if stamped.role not in CUSTOMS_DECIDES:
        draft.refuse("role_not_allowed", event.track, f"{stamped.role} may not judge an image", "ask an officer")
    elif passage is None or one is None:
        draft.refuse("image_unknown", event.track, "this track has no such image", "look at the newest image of the track")
    elif not one.verdict:
        draft.refuse("verdict_none", event.track, "nobody has judged this image", "nothing to take back")
    elif one.verdict_by != stamped.actor:
        draft.refuse("verdict_of_another", event.track, f"{one.verdict_by} judged it", "whoever judged it takes it back")
    elif passage.ended or is_over(draft, passage):
        draft.refuse("undo_too_late", event.track, "the belt has decided", "to stop it: hold it, or say open; that always counts")
    else:
        _take_back(draft, stamped, event, passage, one)


def _take_back(draft: Draft, stamped: Stamped, event: VerdictUndone, passage: Passage, one: Inspection) -> None:
    blank = replace(one, verdict="", verdict_by="", verdict_ms=-1, verdict_holds=())
    draft.change_passage(passage.key, inspection=blank)
    words = draft.facts.nameless_verdicts
    kept = tuple(word for word in words if (word.track, word.actor) != (passage.key, stamped.actor))
    draft.set_facts(nameless_verdicts=kept)
    draft.note(subject_of(draft, passage.key), f"customs look: {one.verdict} taken back by {stamped.actor}: {event.cause}")
    for hold_id in one.verdict_holds:
        hold = draft.holds.get(hold_id)
        if hold is None or hold.lifted_ms >= 0 or _leans_on(draft, hold):
            continue
        lifted = replace(hold, lifted_ms=draft.now_ms, lifted_by=stamped.actor, lift_cause=f"verdict taken back: {event.cause}")
        draft.holds.put(hold_id, lifted)
        draft.note(f"carton:{hold.target}", f"hold {hold_id} {hold.code} lifted: {stamped.actor} took the verdict back")


def _leans_on(draft: Draft, hold: Hold) -> bool:
    """Whether another verdict asks for the same since and made no hold of its own because this one stood."""
    return any(
        other.carton == hold.target and one.verdict_ms >= hold.placed_ms and HELD_BY.get(one.verdict) == hold.code
        for other in draft.passages.values()
        if (one := other.inspection) is not None
    )


# --- what waits for one --------------------------------------------------------------------------------------------


class ToJudge(msgspec.Struct, frozen=True):
    """An image that waits for an officer: for whom, which files, why, and how long there is still time."""

    track: str
    carton: str
    low: str
    high: str
    codes: tuple[str, ...]
    last_call_ms: int


def open_images(draft: Draft) -> list[str]:
    """The tracks on the belt with an image of their own that nobody has judged and that may still be judged."""
    found = []
    for key in draft.facts.live:
        passage = draft.passages[key]
        one = passage.inspection
        if one is None or one.image is None or not one.bound or one.problem or one.verdict or is_over(draft, passage):
            continue
        found.append(key)
    return found


def to_judge(draft: Draft) -> tuple[ToJudge, ...]:
    """What an officer has to look at now, the oldest first. Customs' own: the company never sees this list."""
    found = []
    for key in open_images(draft):
        passage = draft.passages[key]
        one, look = passage.inspection, must_look(draft, passage)
        if look and one is not None and one.image is not None:
            codes = tuple(blocker.code for blocker in look)
            image = one.image
            found.append(ToJudge(key, passage.carton, image.low.sha256, image.high.sha256, codes, passage.last_call_ms))
    return tuple(found)
