"""Re-run 重检: cartons that a person takes from a lane and puts on the induct again, or takes away.

One rule: a re-run lifts nothing. It only links the new track to the old one, so that every passage that ended without
an identity is accounted for; whether the carton is released is decided from the facts of the new passage.
"""

from controller.domain.identifiers import normalise
from controller.line.events import CartonRemoved, RerunOrdered
from controller.line.loading import taken_out
from controller.line.scan_in import RERUNS_KEPT
from controller.line.state import Draft, PendingRerun


def on_rerun_ordered(draft: Draft, event: RerunOrdered) -> None:
    code = normalise(event.code)
    # Taken once before and not read since: it is back through a passage that nobody could name.
    unread = next((r.previous for r in draft.facts.reruns if r.code == code), "")
    previous = event.track or unread or _previous_of(draft, code, event.lane)
    if event.track and event.track not in draft.passages:
        draft.refuse("track_unknown", event.track, "no such track", "list a lane's cartons with: xiyong lanes")
        return
    if not event.track:
        previous = _through_lane(draft, previous, event.lane, unread=bool(unread))
    rerun = PendingRerun(code, previous, draft.now_ms)
    others = tuple(r for r in draft.facts.reruns if r.code != code)
    draft.set_facts(reruns=(*others, rerun)[-RERUNS_KEPT:])
    for key in draft.numbers.get(code) or ():
        draft.note(f"carton:{key}", f"taken from lane {event.lane} for re-run" + (f", was track {previous}" if previous else ""))


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


def on_carton_removed(draft: Draft, event: CartonRemoved) -> None:
    keys = draft.numbers.get(normalise(event.code)) or ()
    if len(keys) != 1:
        draft.refuse("target_unknown", event.code, "no single carton has this number", "give the number on the waybill")
        return
    draft.change_carton(keys[0], place=event.place)
    draft.note(f"carton:{keys[0]}", f"taken to {event.place}: {event.cause}")
    taken_out(draft, draft.cartons[keys[0]])
