"""The pace of the line is that of its officers and its X-ray machine: images that wait too long call somebody, too many of them
pause the infeed, and so does a count of images that can begin anew only behind an empty tunnel.

One rule: the belt is never stopped for this and no carton on it is touched; only what is not on it yet waits. Pausing leaves at
once, letting go waits for the disk, as with everything that lets cartons pass. Source: human interfaces reference, section 1
("pace the line to the officer"); PLC contract, PASS_MASK.
"""

from msgspec.structs import replace

from controller.line.image_count import begins_behind_empty, empty_at_ms
from controller.line.image_join import subject_of
from controller.line.readiness import wake
from controller.line.state import Draft
from controller.line.verdicts import open_images, to_judge

UNANSWERED_TOKEN, EMPTY_TOKEN = "unanswered", "tunnel_empty"


def review_pictures(draft: Draft) -> None:
    """After each event: pause the infeed or let it go, and see that somebody is called in time."""
    profile, facts = draft.profile, draft.facts
    if not profile.image_required:
        if facts.infeed_paused_ms >= 0:  # paused under another configuration: nothing else would ever let it go on
            _go_on(draft)
        return
    waiting = open_images(draft)
    if waiting and UNANSWERED_TOKEN not in draft.timers:
        first = min(draft.passages[key].inspection.image.at_ms for key in waiting)  # type: ignore[union-attr]
        wake(draft, max(first + profile.unanswered_s * 1000, draft.now_ms + 1000), UNANSWERED_TOKEN)
    paused, emptying = facts.infeed_paused_ms >= 0, _emptying(draft)
    full = 0 < profile.pictures_most <= len(waiting) and len(to_judge(draft)) >= profile.pictures_most
    if not paused and (full or emptying):
        draft.set_facts(infeed_paused_ms=draft.now_ms)
        draft.alarm("infeed_paused", "line", "")
    elif paused and not emptying and (profile.pictures_most == 0 or len(to_judge(draft)) <= profile.pictures_most // 2):
        _go_on(draft)


def _emptying(draft: Draft) -> bool:
    """Whether nothing may come into the tunnel, so that a count of images can begin anew; asks to be woken when that is over."""
    if draft.facts.image_count.wanted_empty_ms < 0:
        return False
    at_ms = empty_at_ms(draft)
    if 0 <= at_ms <= draft.now_ms:
        begins_behind_empty(draft)
        return False
    if at_ms >= 0 and draft.timers.get(EMPTY_TOKEN) != at_ms:
        wake(draft, at_ms, EMPTY_TOKEN)
    return True


def _go_on(draft: Draft) -> None:
    draft.set_facts(infeed_paused_ms=-1)
    draft.note("line", "the infeed goes on")


def on_unanswered(draft: Draft, rest: str) -> None:
    """Whatever has waited for another whole while calls the next officer; the review after this event sets the next time."""
    every_ms = draft.profile.unanswered_s * 1000
    for one in to_judge(draft):
        inspection = draft.passages[one.track].inspection
        if inspection is None or inspection.image is None:
            continue
        waited_ms = draft.now_ms - inspection.image.at_ms
        if waited_ms < every_ms * (inspection.calls + 1):
            continue
        calls = inspection.calls + 1
        draft.change_passage(one.track, inspection=replace(inspection, calls=calls))
        draft.alarm("picture_unanswered", f"passage:{one.track}", f"its image waits for {waited_ms // 1000} s, call {calls}")
        draft.note(subject_of(draft, one.track), f"customs look: nobody has judged its image for {waited_ms // 1000} s")
