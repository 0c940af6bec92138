"""Re-run 重检: cartons that a person takes from a lane and puts on the induct again, or takes away.

One rule: a re-run lifts nothing. It only links the new track to the old one, so that every passage that ended without
an identity is accounted for; whether the carton is released is decided from the facts of the new passage. What was ordered
stands for `rerun_limit_s`; after that the number may be another carton's, and is held as if nobody had ordered it.
"""

from msgspec.structs import replace

from controller.domain.reasons import CUSTOMS_DECIDES, Blocker, LaneKind, Role
from controller.line.custody import custody_blockers
from controller.line.custody_state import SAID_BY_THE_LINE
from controller.line.events import CartonRemoved, RerunOrdered, Stamped
from controller.line.loading import has_left, maybe_out, not_known, taken_out
from controller.line.naming import DECLARED_ANEW, HANDED_BACK, meant, named, not_one, number_of, spend_order, way_on_belt
from controller.line.recheck_standing import BY_HAND
from controller.line.rerun_state import PendingRerun
from controller.line.scan_in import RERUNS_KEPT
from controller.line.state import Carton, Draft
from controller.line.tracking import mark

MISSING = "missing"
MAY_GIVE_UP = (Role.SHIFT_LEAD, *CUSTOMS_DECIDES)


def on_rerun_ordered(draft: Draft, event: RerunOrdered) -> None:
    code = number_of(draft, event.code)
    # Taken once before and not read since: it is back through a passage that nobody could name.
    earlier = next((r for r in draft.facts.reruns if r.code == code), None)
    unread = earlier.previous if earlier is not None else ""
    previous = event.track or unread or _previous_of(draft, code, event.lane)
    if event.track and _is_no_way_of(draft, event.track, code):
        return
    if _is_in_no_hands(draft, code):
        return
    if not event.track:
        previous = _through_lane(draft, previous, event.lane, unread=bool(unread))
    first_ms = None
    profile = draft.facts.profile
    if earlier is not None and profile is not None and earlier.stands(draft.now_ms, profile.rerun_limit_s):
        first_ms = earlier.at_ms if earlier.first_ms is None else earlier.first_ms
    rerun = PendingRerun(code, previous, draft.now_ms, first_ms=first_ms)
    others = tuple(r for r in draft.facts.reruns if r.code != code)
    draft.set_facts(reruns=(*others, rerun)[-RERUNS_KEPT:])
    for key in draft.numbers.get(code) or ():
        draft.note(f"carton:{key}", f"taken from lane {event.lane} for re-run" + (f", was track {previous}" if previous else ""))


def _is_no_way_of(draft: Draft, track: str, code: str) -> bool:
    """Whether what has this number did not come on the track that a person names: it bears another one, or is on the belt yet."""
    passage = draft.passages.get(track)
    carton = draft.cartons.get(passage.carton) if passage is not None and passage.carton else None
    if passage is None:
        draft.refuse("track_unknown", track, "no such track", "list a lane's cartons with: xiyong lanes")
    elif carton is not None and carton.carton_no != code:
        draft.refuse("track_of_another", track, "this track bears another carton", "name the track that it came on, or none")
    elif not passage.ended:
        draft.refuse("on_belt", track, "the line still tracks it on the belt", "wait for its lane, or report it taken off")
    else:
        return False
    return True


def _is_in_no_hands(draft: Draft, code: str) -> bool:
    """The line knows where a carton with this number is, and nobody took it from a lane there: what is in hand is another one,
    or the word comes before the line was told of its lane. Taken, the word would let a copy pass as its re-run. Refused, so.

    Not refused: what lies open at a bench. Who ends its recheck there hands it back, and that says as much.
    """
    return any(_is_in_no_hand(draft, draft.cartons[key]) for key in meant(draft, code))


def _is_in_no_hand(draft: Draft, carton: Carton) -> bool:
    subject = f"carton:{carton.key}"
    left = carton.key in draft.gone or has_left(draft, carton)
    if found := Blocker("already_departed", subject) if left else next(iter(custody_blockers(carton)), None):
        draft.refuse(found.code, subject, found.cause, found.next_step)
    elif way_on_belt(draft, carton):
        next_step = "wait until that one has its lane; if this is another with its number, take it to the anomaly bench"
        draft.refuse("on_belt", subject, "the line still tracks it on the belt", next_step)
    elif carton.container:
        draft.refuse("already_loaded", subject, f"it is in container {carton.container}", "take it out of the container first")
    elif carton.released_ms >= 0:
        draft.refuse("duplicate", subject, "it already took the release lane",
                     "compare the two; what is fetched back from there goes to open-box recheck")  # fmt: skip
    else:
        return False
    return True


def on_restart(draft: Draft, away_ms: int) -> None:
    """Line time stood while the daemon was away: what was ordered is so much older, or of an age that nobody can tell."""
    if away_ms < 0:
        reruns = tuple(replace(one, lapsed=True) for one in draft.facts.reruns)
    else:
        reruns = tuple(replace(one, away_ms=one.away_ms + away_ms) for one in draft.facts.reruns)
    draft.set_facts(reruns=reruns)


def _previous_of(draft: Draft, code: str, lane: str) -> str:
    """The carton's own last passage, else the oldest one in that lane that nobody could identify."""
    for key in draft.numbers.get(code) or ():
        passage = draft.cartons[key].passage
        if passage and draft.passages[passage].ended:
            return passage
    return _oldest_unidentified(draft, lane)


def _through_lane(draft: Draft, previous: str, lane: str, *, unread: bool) -> str:
    """A carton that was lost on the belt, or not read on its last way, reached the lane as a nameless passage.

    Which one can not be known; the oldest keeps the count right, and nothing is decided from it.
    """
    before = draft.passages.get(previous) if previous else None
    if before is None:
        return previous
    came_itself = before.diverted_lane == lane and not before.rerun_as
    if not unread and (not before.carton or came_itself):
        return previous
    between = _oldest_unidentified(draft, lane)
    if not between:
        return previous
    if not before.rerun_as:
        draft.change_passage(previous, rerun_as=between)
    draft.change_passage(between, previous=previous)
    return between


def _oldest_unidentified(draft: Draft, lane: str) -> str:
    taken = {r.previous for r in draft.facts.reruns}
    for passage in draft.passages.values():
        open_end = passage.ended and not passage.carton and not passage.rerun_as and passage.key not in taken
        if open_end and passage.diverted_lane == lane:
            return passage.key
    return ""


def on_carton_removed(draft: Draft, stamped: Stamped, event: CartonRemoved) -> None:
    """Where a person took it. A place that the line alone confirms is refused: typed, it would stand for what nobody saw. What a
    track bears on the belt by its name was taken from there and goes no farther; if it does, one of the two is another carton.
    """
    place = event.place.strip()
    if place.casefold() == MISSING and stamped.role not in MAY_GIVE_UP:
        draft.refuse("role_not_allowed", event.code, f"{stamped.role} may not report a carton as missing",
                     "ask " + " or ".join(MAY_GIVE_UP))  # fmt: skip
        return
    keys = named(draft, event.code)
    if len(keys) > 1:
        several = not_one(keys, event.code)
        draft.refuse(several.code, event.code, several.cause, several.next_step)
        return
    if not keys:
        draft.refuse("target_unknown", event.code, "no single carton has this number", "give the number on the waybill")
        return
    subject = f"carton:{keys[0]}"
    if _confirmed_by_the_line(draft, place.casefold()):
        draft.refuse("place_not_by_hand", subject, f"{event.place!r} is a place that the line itself confirms, not a person",
                     "name where it lies now; into custody by a scan of the place, into a lane over the induct")  # fmt: skip
        return
    if found := _out_of_reach(draft, draft.cartons[keys[0]]):
        draft.refuse(found.code, found.subject, found.cause, found.next_step)
        return
    spend_order(draft, draft.change_carton(keys[0], place=place).carton_no)
    draft.note(subject, f"taken to {place}: {event.cause}")
    for key in draft.facts.live:
        if draft.passages[key].carton == keys[0]:
            mark(draft, key, "unexpected_item")
            draft.note(subject, f"track {key} bears it on the belt at that moment: what goes on there is not released")
    taken_out(draft, draft.cartons[keys[0]])


def _out_of_reach(draft: Draft, carton: Carton) -> Blocker | None:
    """What has departed nobody took from here: that is another one with its number. Of what is in a container that may have left,
    or may at this moment, an officer says first whether it did.
    """
    subject = f"carton:{carton.key}"
    if has_left(draft, carton):
        return Blocker("already_departed", subject)
    visit = maybe_out(draft, carton.container) if carton.container else None
    return not_known(visit, subject) if visit is not None else None


def _confirmed_by_the_line(draft: Draft, place: str) -> bool:
    """The release lane, a release by hand, the belt, a container, custody, the way out: loading and departing go by these; and
    what the line itself says of a carton that was not seen yet, that it can not name, or that is another's by now.
    """
    lanes = draft.facts.profile.lanes if draft.facts.profile is not None else ()
    if any(lane.kind is LaneKind.RELEASE and lane.name.casefold() == place for lane in lanes):
        return True
    return place in (BY_HAND, *SAID_BY_THE_LINE) or place.startswith(("custody ", "container ", DECLARED_ANEW, *HANDED_BACK))
