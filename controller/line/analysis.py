"""The analyser's look at an image, the draw, and for how long an officer's clear stands.

One rule: both looked at one image as one declaration; once that changes, the image is analysed against the new one and the clear
is none. The analyser only proposes. Source: architecture, station 3.
"""

from msgspec.structs import replace

from controller.line import targeting
from controller.line.as_declared import declared_ms
from controller.line.commands import AnalyseImage
from controller.line.events import Stamped
from controller.line.image_join import subject_of
from controller.line.inspection_events import AnalysisFailed, ImageAnalysed, RulesActivated
from controller.line.inspection_state import Inspection
from controller.line.readiness import wake
from controller.line.shift_events import RulesSigned
from controller.line.state import Draft, Passage


def consider(draft: Draft, key: str) -> None:
    """Have the image analysed and the draw made as soon as carton and image are known; anew when it is declared otherwise."""
    passage = draft.passages[key]
    if draft.facts.profile is None or not draft.profile.image_required or not passage.carton:
        return
    targeting.ask_draw(draft, passage.carton)
    _set_back(draft, passage)
    one = draft.passages[key].inspection
    since_ms = declared_ms(draft, draft.cartons[passage.carton])
    if one is None or not one.bound or one.problem or (one.analysis and one.declared_ms == since_ms):
        return
    asked = replace(
        one, analysis="asked", analysis_cause="", findings=(), mass_g=-1, declared_ms=since_ms, asked=one.asked + 1
    )  # fmt: skip
    draft.change_passage(key, inspection=asked)
    _ask_analysis(draft, draft.passages[key])
    wake(draft, draft.now_ms + draft.profile.analysis_limit_ms, f"analysis:{key}")


# --- an officer's clear --------------------------------------------------------------------------------------------


def is_cleared(draft: Draft, passage: Passage, one: Inspection) -> bool:
    """Whether an officer has said clear to this image as it is declared now, and by the rules that hit it now."""
    carton = draft.cartons[passage.carton]
    if one.verdict != "clear" or one.verdict_ms <= declared_ms(draft, carton):
        return False
    if one.verdict_ms > draft.facts.rules_ms:
        return True
    return all(blocker.code != "rule_hit" for blocker in targeting.targeting_blockers(draft, carton))


def _set_back(draft: Draft, passage: Passage) -> None:
    """People are asked anew: what is declared, or what customs looks for, is not what it was when an officer said clear."""
    one = passage.inspection
    if one is None or one.verdict != "clear" or is_cleared(draft, passage, one):
        return
    draft.change_passage(passage.key, inspection=replace(one, verdict="", verdict_by="", verdict_ms=-1))
    said = f"customs look: clear by {one.verdict_by} counts no more: list or rules were changed since"
    draft.note(subject_of(draft, passage.key), said)


def on_rules_activated(draft: Draft, stamped: Stamped, event: RulesActivated) -> None:
    targeting.on_rules_activated(draft, stamped, event)
    _consider_all(draft)


def on_rules_signed(draft: Draft, stamped: Stamped, event: RulesSigned) -> None:
    targeting.on_rules_signed(draft, stamped, event)
    _consider_all(draft)


def _consider_all(draft: Draft) -> None:
    for key in draft.facts.live:
        consider(draft, key)


# --- the analyser --------------------------------------------------------------------------------------------------


def _ask_analysis(draft: Draft, passage: Passage) -> None:
    one, carton = passage.inspection, draft.cartons[passage.carton]
    declared = draft.lists.get(carton.list_key)
    if one is None or one.image is None:
        return
    low, high = one.image.low, one.image.high
    draft.commands.append(
        AnalyseImage(
            work_id=_work_of(passage.key, one), track=passage.key, low=low, high=high,
            pixel_um=one.image.pixel_um,
            gross_g=declared.declared.gross_weight_g if declared is not None else -1,
            pack_no=declared.declared.pack_no if declared is not None else 0,
            weight_g=passage.weight_g,
            gcodes=tuple(item.gcode for item in declared.declared.items) if declared is not None else (),
        )
    )  # fmt: skip


def _work_of(key: str, one: Inspection) -> str:
    """The id of what was asked last: an answer to an earlier question is about another declaration."""
    again = f":{one.asked}" if one.asked > 1 else ""
    return f"analyse:{key}:{one.image.low.sha256[:16] if one.image is not None else ''}{again}"


def on_restart(draft: Draft) -> None:
    """Work that was asked for and has no answer is asked for again, under the same id."""
    for key in draft.facts.live:
        passage = draft.passages[key]
        if passage.inspection is not None and passage.inspection.analysis == "asked" and passage.carton:
            _ask_analysis(draft, passage)
    targeting.ask_again(draft)


def on_analysed(draft: Draft, event: ImageAnalysed) -> None:
    one = of_image(draft, event.track, event.image)
    if one is None or one.analysis != "asked" or event.work_id != _work_of(event.track, one):
        return
    draft.change_passage(
        event.track, inspection=replace(one, analysis="done", findings=event.findings, mass_g=event.mass_g)
    )  # fmt: skip
    if event.findings:
        found = "; ".join(f"{f.code} {f.detail}" for f in event.findings)
        draft.note(subject_of(draft, event.track), f"customs look: the analyser points at {found}")


def on_analysis_failed(draft: Draft, event: AnalysisFailed) -> None:
    one = of_image(draft, event.track, event.image)
    if one is not None and one.analysis == "asked" and event.work_id == _work_of(event.track, one):
        _analysis_failed(draft, event.track, one, f"{event.code}: {event.cause}")


def on_analysis_late(draft: Draft, key: str) -> None:
    passage = draft.passages.get(key)
    one = passage.inspection if passage is not None else None
    if one is not None and one.analysis == "asked":
        _analysis_failed(draft, key, one, f"no answer within {draft.profile.analysis_limit_ms} ms")


def _analysis_failed(draft: Draft, key: str, one: Inspection, cause: str) -> None:
    draft.change_passage(key, inspection=replace(one, analysis="failed", analysis_cause=cause))
    draft.alarm("analysis_failed", f"passage:{key}", cause)


def of_image(draft: Draft, track: str, image: str) -> Inspection | None:
    """The inspection of a track, if this is its image."""
    passage = draft.passages.get(track)
    one = passage.inspection if passage is not None else None
    return one if one is not None and one.image is not None and one.image.low.sha256 == image else None
