"""Inline inspection 上线查验: X-ray image, analysis, targeting, and an officer's verdict before the belt decides.

One rule: a carton is released only on an image that is its own beyond doubt; whoever must be looked at needs an officer's
clear verdict on that very image before its last call, which is belt geometry and no setting. The analyser only proposes.
Source: architecture, station 3; reliability rules I2, I3, I14.
"""

from msgspec.structs import replace

from controller.domain.reasons import Blocker
from controller.line import targeting
from controller.line.analysis import consider, is_cleared
from controller.line.belt import AT_REST, PlcFlag
from controller.line.commands import Fact
from controller.line.image_count import note_exit, numbers_doubtful
from controller.line.image_join import (
    judge_by_count,
    judge_by_id,
    keep,
    lose_count,
    name_of,
    orphan,
    remember,
    seen_before,
    spoil,
    take_away,
)
from controller.line.image_strays import doubt_unnamed, review_strays, unbind
from controller.line.image_whose import BELT_MODULUS, COUNTING, slack_ms, speed_mm_s, window_of
from controller.line.inspection_events import ImageRefused, ImageTaken
from controller.line.inspection_state import Inspection, WaitingImage
from controller.line.plc_events import RingEvent
from controller.line.readiness import wake
from controller.line.recheck_standing import answers
from controller.line.state import Draft, Passage

CLOCK_MODULUS = 65536
MISSED_AFTER_MS = 200
STOOD = "the belt stood while it was in the tunnel"
HELD_BY = {"open": "verdict_open", "anomaly": "verdict_anomaly"}


# --- the tunnel ----------------------------------------------------------------------------------------------------


def on_entry(draft: Draft, event: RingEvent, at_ms: int) -> None:
    """A front is at the entry photo-eye.

    Where the belt stood when this was read, it came to stand behind that, with this carton in the tunnel: the status of a poll is
    told before the records that are as old. Of a record that was kept over a lost link the status says nothing; `on_exit` does.
    """
    passage = draft.passages.get(f"{event.epoch}:{event.track_id}")
    if passage is None or passage.ended or not draft.profile.image_required:
        return
    if passage.inspection is not None:
        draft.change_passage(passage.key, marks=(*passage.marks, "unexpected_item"))
        return
    order, blind = draft.facts.images_due + 1, at_ms < 0
    draft.set_facts(images_due=order)
    came = any(image.scan_id == passage.key for image in draft.facts.images)
    entered = Inspection(
        event.read_ms if blind else at_ms, event.belt_mm, order, entered_blind=blind, entered_t_ms=event.t_ms, image_came=came
    )
    draft.change_passage(passage.key, inspection=entered)
    if _stands(draft) and not event.backlog:
        belt_stood(draft, STOOD, passage.key)


def on_exit(draft: Draft, event: RingEvent, at_ms: int) -> None:
    """A rear has left the exit photo-eye: the carton's length is known and its image may be joined."""
    passage = draft.passages.get(f"{event.epoch}:{event.track_id}")
    one = passage.inspection if passage is not None else None
    if passage is None or passage.ended or one is None or one.exited_ms >= 0:
        return
    between_mm = draft.profile.xray_exit_mm - draft.profile.xray_entry_mm
    length_mm = (event.belt_mm - one.entered_belt_mm) % BELT_MODULUS - between_mm
    exited_ms = at_ms if at_ms >= 0 else event.read_ms
    draft.change_passage(passage.key, inspection=replace(one, exited_ms=exited_ms, length_mm=length_mm))
    note_exit(draft, exited_ms)
    if at_ms < 0:
        spoil(draft, passage.key, "image_ambiguous", "nobody can tell when it left the tunnel")
    _look_for_stop(draft, event, passage.key)
    _join(draft, passage.key)
    if not _counts(draft):
        return
    review_strays(draft)
    _await_image(draft, passage.key)


def _await_image(draft: Draft, key: str) -> None:
    one = draft.passages[key].inspection
    if one is not None and one.exited_ms >= 0 and one.image is None and not one.problem:
        due_ms = window_of(draft, one)[1] + MISSED_AFTER_MS
        wake(draft, max(due_ms, draft.now_ms), f"image:{key}")


def on_image_due(draft: Draft, key: str) -> None:
    """A machine that counts has not given the image in its time: it is missing, and the count with it. Out of sight of the belt
    none is joined; `on_sight_again` waits anew.
    """
    passage = draft.passages.get(key)
    if not draft.facts.plc_synced:
        return
    if passage is not None and passage.inspection is not None and passage.inspection.image is None:
        spoil(draft, key, "image_missing", f"no image within {draft.profile.image_late_ms} ms")
        lose_count(draft)


def _look_for_stop(draft: Draft, event: RingEvent, key: str) -> None:
    """A carton that was longer in the tunnel than the belt takes stood in it, whether a poll saw the belt stand or none did."""
    one = draft.passages[key].inspection
    assert one is not None
    due_ms = ((event.belt_mm - one.entered_belt_mm) % BELT_MODULUS) * 1000 // speed_mm_s(draft)
    took_ms = one.exited_ms - one.entered_ms
    if one.entered_t_ms >= 0:
        took_ms = max(took_ms, (event.t_ms - one.entered_t_ms) % CLOCK_MODULUS)
    if took_ms > due_ms + slack_ms(due_ms):
        belt_stood(draft, f"it was in the tunnel for {took_ms} ms, the belt takes {due_ms} ms", key)


def on_belt(draft: Draft) -> None:
    """While the belt stands the machine cuts its image off: what is in the tunnel is run again."""
    if draft.facts.profile is not None and _stands(draft):
        _stood_inside(draft)


def on_state(draft: Draft, event: RingEvent, at_ms: int) -> None:
    """The PLC has stopped the belt, between these records and no others; it may run again when it is asked next."""
    if event.arg1 in AT_REST:
        _stood_inside(draft)


def _stands(draft: Draft) -> bool:
    status = draft.facts.plc_status
    return status is not None and not status.flags & PlcFlag.RUNNING


def _stood_inside(draft: Draft) -> None:
    belt_stood(draft, STOOD, *(key for key in draft.facts.live if _in_tunnel(draft.passages[key])))


def _in_tunnel(passage: Passage) -> bool:
    return passage.inspection is not None and passage.inspection.exited_ms < 0


def belt_stood(draft: Draft, detail: str, *inside: str) -> None:
    """Run again what the belt stood still with; nobody knows how many images the machine made of it."""
    for key in inside:
        spoil(draft, key, "image_incomplete", detail)
    if inside:
        lose_count(draft)


def on_tracking_gap(draft: Draft, *, missed: bool = True) -> None:
    """Nothing is left to count from (epoch, lost records, restart). `missed`: cartons may have gone into the tunnel unseen."""
    lose_count(draft)
    if missed:
        numbers_doubtful(draft)
    if missed or _counts(draft):  # else an image finds its carton by its id
        draft.set_facts(images=())


def on_sight_again(draft: Draft) -> None:
    """The belt's records are read: images that came meanwhile have their carton now, or none."""
    if draft.facts.profile is None or not draft.profile.image_required:
        return
    for key in draft.facts.live:
        _join(draft, key)
    if not _counts(draft):
        _part_with_strays(draft)
        return
    review_strays(draft)
    for key in draft.facts.live:
        _await_image(draft, key)


def _part_with_strays(draft: Draft) -> None:
    """Images with ids that came while the belt was out of sight, and that no carton in the tunnel waits for."""
    for image in draft.facts.images:
        passage = draft.passages.get(image.scan_id)
        one = passage.inspection if passage is not None else None
        if passage is None or one is None:
            take_away(draft, image)
            orphan(draft, image, _nobodys(passage))
        elif passage.ended or one.problem:
            take_away(draft, image)
            if passage.ended:
                draft.note("xray", f"image {name_of(image)}: {_nobodys(passage)}")
            else:
                draft.note("xray", f"image {name_of(image)} is of a carton that is run again for {one.problem}")


# --- images --------------------------------------------------------------------------------------------------------


def on_image(draft: Draft, event: ImageTaken) -> None:
    """A whole image came from the machine."""
    image = WaitingImage(
        event.scan_id, event.number, event.low, event.high, event.length_mm, event.pixel_um, event.complete, event.at_ms
    )  # fmt: skip
    if _too_narrow(draft, event):
        image = replace(image, complete=False, cause="its picture is less wide than it says")
    before = seen_before(draft, image)
    if before == name_of(image):
        draft.note("xray", f"image {before} came twice, the same files")
        return
    if before:
        image = replace(image, refused="image_repeated", cause=f"the same picture came as image {before}")
        draft.alarm("image_refused", "xray", f"image_repeated: {image.cause}")
    remember(draft, name_of(image), image.low.sha256, image.high.sha256)
    _receive(draft, image)


def _too_narrow(draft: Draft, event: ImageTaken) -> bool:
    tolerance_mm = draft.profile.image_length_tolerance_mm if draft.facts.profile is not None else 0
    return event.width_px * event.pixel_um // 1000 + tolerance_mm < event.length_mm


def on_image_refused(draft: Draft, event: ImageRefused) -> None:
    """Something came that is no usable image; whose it would have been still counts."""
    draft.alarm("image_refused", "xray", f"{event.code}: {event.name}: {event.cause}")
    remember(draft, name_of(event), *event.pictures)
    none = event.evidence[0] if event.evidence else None
    if none is None or not (event.scan_id or event.number >= 0):
        if _counts(draft):
            doubt_unnamed(draft, event.at_ms)
        return
    cause = f"{event.code}: {event.cause}"
    _receive(draft, WaitingImage(event.scan_id, event.number, none, none, -1, -1, False, event.at_ms, event.code, cause))


def _receive(draft: Draft, image: WaitingImage) -> None:
    if draft.facts.profile is None or not draft.profile.image_required:
        return
    if _counts(draft):
        keep(draft, image)
        for key in draft.facts.live:
            _join(draft, key)
        review_strays(draft)
        return
    passage = _came(draft, image.scan_id)
    one = passage.inspection if passage is not None else None
    if one is None and not draft.facts.plc_synced and (passage is None or not passage.ended):
        keep(draft, image)  # its carton may have gone into the tunnel unseen
    elif passage is None or one is None or passage.ended:
        orphan(draft, image, _nobodys(passage))
        if passage is not None and one is not None and one.bound:
            unbind(draft, passage, f"another image bears its id {image.scan_id}")
    elif one.bound:
        unbind(draft, passage, f"another image bears its id {image.scan_id}")
    elif one.problem:
        draft.note("xray", f"image {name_of(image)} is of a carton that is run again for {one.problem}")
    elif is_over(draft, passage):
        spoil(draft, passage.key, "image_late", "its image came after the last call")
    else:
        keep(draft, image)
        _join(draft, passage.key)


def _came(draft: Draft, key: str) -> Passage | None:
    """The passage whose id an image bears; that one came speaks for the cartons behind it, whatever becomes of the image."""
    passage = draft.passages.get(key)
    if passage is not None and passage.inspection is not None:
        draft.change_passage(key, inspection=replace(passage.inspection, image_came=True))
    return draft.passages.get(key)


def _counts(draft: Draft) -> bool:
    """Whether the machine numbers its images by itself."""
    return draft.facts.profile is not None and draft.profile.image_required and draft.profile.xray_join == COUNTING


def _nobodys(passage: Passage | None) -> str:
    if passage is None:
        return "no such carton is known"
    gone = f"its carton is gone: {passage.diverted_lane or passage.ended}"
    return gone if passage.ended else "its carton was not in the tunnel"


def _join(draft: Draft, key: str) -> None:
    """Not while the belt's records are not read: another carton that may have made the image may have gone in unseen."""
    passage = draft.passages[key]
    if draft.facts.plc_synced and _counts(draft):
        judge_by_count(draft, passage)
    elif draft.facts.plc_synced:
        judge_by_id(draft, passage)
    for live in draft.facts.live:
        consider(draft, live)


# --- what it has against a release ---------------------------------------------------------------------------------


def is_over(draft: Draft, passage: Passage) -> bool:
    """Whether the last call is past: what is missing now can not come in time any more."""
    return passage.last_call_ms >= 0 and draft.now_ms >= passage.last_call_ms


def inspection_blockers(draft: Draft, passage: Passage) -> list[Blocker]:
    """Everything of image, analysis, targeting and verdict that speaks against the release lane."""
    if not draft.profile.image_required:
        return []
    subject, one, over = f"passage:{passage.key}", passage.inspection, is_over(draft, passage)
    if one is None:
        return [Blocker("image_missing" if passage.decide_ms >= 0 else "image_pending", subject)]
    if one.problem:
        return [Blocker(one.problem, subject, one.problem_detail)]
    if not one.bound:
        return [Blocker("image_missing" if over else "image_pending", subject)]
    if one.verdict in HELD_BY:
        return [Blocker(HELD_BY[one.verdict], subject, f"by {one.verdict_by}")]
    if not passage.carton:
        return []
    return _look_blockers(draft, passage, one, over)


def _look_blockers(draft: Draft, passage: Passage, one: Inspection, over: bool) -> list[Blocker]:
    subject, carton = f"passage:{passage.key}", draft.cartons[passage.carton]
    pending = []
    if one.analysis in ("", "asked"):
        pending.append(Blocker("analysis_pending", subject))
    if carton.selection == "asked":
        pending.append(Blocker("selection_pending", f"carton:{carton.key}"))
    if is_cleared(draft, passage, one):
        return []  # a person has looked at the very image: nothing that only asks for a look is left
    look = must_look(draft, passage)
    if look or (over and pending):
        pending.append(Blocker("verdict_late" if over else "verdict_pending", subject))
    return [*look, *pending]


def must_look(draft: Draft, passage: Passage) -> list[Blocker]:
    """Why an officer has to look at this passage's image."""
    one, subject = passage.inspection, f"passage:{passage.key}"
    if one is None or not passage.carton:
        return []
    found = [Blocker("analyser_finding", subject, f"{f.code}: {f.detail}") for f in one.findings]
    if one.analysis == "failed":
        found.append(Blocker("analysis_failed", subject, one.analysis_cause))
    found += targeting.targeting_blockers(draft, draft.cartons[passage.carton])
    return [blocker for blocker in found if not answers(draft, passage, blocker.code)]


def inspection_facts(passage: Passage) -> list[Fact]:
    """Image and verdict for the record of a decision and for `xiyong why`, with the evidence files."""
    one = passage.inspection
    if one is None:
        return []
    facts = []
    if one.image is not None and one.bound:
        image = one.image
        value = f"{name_of(image)}, {image.length_mm} mm, files {image.low.sha256} {image.high.sha256}"
        facts.append(Fact("image", value, image.at_ms))
    if one.analysis == "done":
        points = "; ".join(f"{f.code} {f.detail}" for f in one.findings) or "nothing differs from the declaration"
        facts.append(Fact("customs look", f"analyser: {one.mass_g} g, {points}", -1))
    if one.verdict:
        facts.append(Fact("customs look", f"verdict {one.verdict} by {one.verdict_by}", one.verdict_ms))
    return facts
