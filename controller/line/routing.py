"""Which lane a carton takes.

One rule, the one the project exists for: a carton may take the release lane only when `release_blockers` is empty, and
no release is ever ordered except by `_order` after that call. Unknown, late, missing, conflicting, unreadable,
untracked: inspect or hold.
"""

from controller.domain.reasons import Blocker, LaneKind, lane_kind_for
from controller.line.belt import PlcFlag, Result, next_sequence
from controller.line.commands import Decide, Decision, Fact
from controller.line.custody import custody_blockers
from controller.line.holds import hold_blockers
from controller.line.inspection import inspection_blockers, inspection_facts
from controller.line.naming import naming_blockers, not_one
from controller.line.papers import paper_blockers, seen_count
from controller.line.profile import Lane
from controller.line.readiness import NOT_REVOKING, line_blockers
from controller.line.recheck_standing import answers, box_blockers, recheck_blockers, recheck_facts
from controller.line.scan_in import tolerance_g, weight_blockers
from controller.line.seal_check import seal_blockers, seal_facts
from controller.line.state import Carton, Draft, Ordered, Passage

TTL_MOST_100MS = 300
RELEASES_KEPT = 16
SAY_AGAIN_MS = 1000
REFUSED_FOR_NOW = (Result.LANE_CLOSED, Result.NOT_ALLOWED, Result.LOCAL_MODE, Result.SAFETY_OPEN)
FINAL_BLOCKERS = frozenset({"restarted"})


def release_blockers(draft: Draft, passage: Passage) -> tuple[Blocker, ...]:
    """Everything that speaks against the release lane for this passage now; empty = it may be released."""
    blockers = [*line_blockers(draft), *_tracking_blockers(draft, passage)]
    if draft.facts.profile is None:
        return tuple(blockers)
    blockers += station_blockers(draft, passage)
    carton = draft.cartons.get(passage.carton) if passage.carton else None
    if carton is not None:
        blockers += carton_blockers(draft, carton)
        if carton.released_ms >= 0:
            blockers.append(Blocker("duplicate", f"carton:{carton.key}", "it already took the release lane"))
    return _unique(blockers)


def passage_blockers(draft: Draft, passage: Passage) -> tuple[Blocker, ...]:
    """What the reads, the weight and the tracking of one passage have against it, over or not."""
    marks = [Blocker(mark, f"passage:{passage.key}") for mark in passage.marks]
    return _unique([*marks, *station_blockers(draft, passage)])


def carton_blockers(draft: Draft, carton: Carton) -> tuple[Blocker, ...]:
    """What papers, customs and people have against a carton, wherever it stands (divert, loading, gate)."""
    gone = [Blocker("already_departed", f"carton:{carton.key}")] if carton.key in draft.gone else []
    return _unique(
        [
            *gone,
            *paper_blockers(draft, carton),
            *seal_blockers(draft, carton),
            *hold_blockers(draft, carton),
            *custody_blockers(carton),
            *recheck_blockers(draft, carton),
            *naming_blockers(draft, carton),
        ]
    )


def _unique(blockers: list[Blocker]) -> tuple[Blocker, ...]:
    if len(blockers) < 2:
        return tuple(blockers)
    return tuple({(b.code, b.subject): b for b in reversed(blockers)}.values())[::-1]


def _tracking_blockers(draft: Draft, passage: Passage) -> list[Blocker]:
    subject = f"passage:{passage.key}"
    found = [Blocker(mark, subject) for mark in passage.marks if not _held_by_plc(passage, mark)]
    if passage.epoch != draft.facts.epoch:
        found.append(Blocker("old_epoch", subject, f"inducted in epoch {passage.epoch}, now {draft.facts.epoch}"))
    if passage.diverted_lane:
        found.append(Blocker("already_diverted", subject, f"took {passage.diverted_lane}"))
    elif passage.ended:
        found.append(Blocker("not_tracked", subject, passage.ended))
    return found


def _held_by_plc(passage: Passage, mark: str) -> bool:
    """A restart does not take back a release that the PLC has accepted and still shows in its table."""
    ordered = passage.ordered
    accepted = ordered is not None and ordered.releases and ordered.result == Result.ACCEPTED
    return mark in FINAL_BLOCKERS and accepted


def _identity_blockers(draft: Draft, passage: Passage) -> list[Blocker]:
    subject = f"passage:{passage.key}"
    scan = passage.scan_identity
    if scan is None:
        missed = passage.decide_ms >= 0 and passage.scan is None
        return [Blocker("no_read" if missed else "scan_pending", subject)]
    if scan.problem:
        return [Blocker(scan.problem, subject, ", ".join(scan.codes))]
    found: list[Blocker] = []
    agrees = False
    if draft.profile.verify_read:
        verify = passage.verify_identity
        if verify is None:
            missed = passage.decide_ms >= 0 and passage.verify is None
            found.append(Blocker("verify_missing" if missed else "verify_pending", subject))
        elif verify.problem:
            code = "verify_missing" if verify.problem == "no_read" else verify.problem
            found.append(Blocker(code, subject, ", ".join(verify.codes)))
        elif verify.text != scan.text:
            found.append(Blocker("verify_differs", subject, f"induct {scan.text}, verify {verify.text}"))
        else:
            agrees = True
    if not scan.confirmed and not agrees:
        found.append(Blocker("identity_uncertain", subject, scan.text))
    if not passage.carton:
        known = draft.numbers.get(scan.text) or ()
        found.append(not_one(known if len(known) > 1 else (), subject, scan.text))
    return found


def station_blockers(draft: Draft, passage: Passage) -> list[Blocker]:
    """What the stations on the belt have against a passage. Each has its line here: a decision asks all of them."""
    found = [
        *_identity_blockers(draft, passage),
        *weight_blockers(draft, passage),
        *inspection_blockers(draft, passage),
        *box_blockers(draft, passage, tolerance_g(draft, max(passage.weight_g, 0))),
    ]
    return [blocker for blocker in found if not answers(draft, passage, blocker.code)]


# --- deciding ------------------------------------------------------------------------------------------------------


def review_belt(draft: Draft) -> None:
    """Look again at every carton that waits for its lane or whose lane can still be changed."""
    if draft.facts.profile is None or not draft.facts.plc_synced:
        return
    for key in draft.facts.live:
        passage = draft.passages[key]
        if passage.decide_ms >= 0 and passage.epoch == draft.facts.epoch:
            review(draft, passage)


def review(draft: Draft, passage: Passage, *, at_once: bool = False) -> None:
    """Order the lane that the facts ask for, when it is new, wanted and not too late to be said. `at_once`: what may still come
    is not waited for.
    """
    blockers = release_blockers(draft, passage)
    ordered = passage.ordered
    if ordered is not None and ordered.releases and ordered.result in (-1, Result.ACCEPTED):
        if any(b.code not in NOT_REVOKING for b in blockers):
            _order(draft, passage, blockers)
        return
    if ordered is not None and ordered.result > Result.ACCEPTED and ordered.result != Result.STALE_SEQUENCE:
        if blockers and _release_stands(draft, passage, ordered):
            _order(draft, passage, blockers, _another_lane(draft, ordered, blockers))
        return  # else the PLC refused it for good: the carton takes the default lane, inspection
    if not blockers:
        if ordered is None or _in_time(draft, passage):
            _order(draft, passage, blockers)
        return
    lane = draft.profile.lane_of_kind(lane_kind_for(blockers))
    if ordered is not None and (ordered.lane == lane.name or ordered.instead) and ordered.result != Result.STALE_SEQUENCE:
        return
    if any(b.reason.pending for b in blockers) and draft.now_ms < passage.last_call_ms and not at_once:
        return
    _order(draft, passage, blockers)


def _release_stands(draft: Draft, passage: Passage, ordered: Ordered) -> bool:
    """A hold that the PLC refused while it has a release is said again: someone may start the belt before it is lifted."""
    refused_now = not ordered.releases and ordered.result in REFUSED_FOR_NOW and passage.released_by_seq >= 0
    return refused_now and draft.now_ms - ordered.at_ms >= SAY_AGAIN_MS


def _another_lane(draft: Draft, ordered: Ordered, blockers: tuple[Blocker, ...]) -> Lane:
    """The default lane after the one that was refused, and the other way round: what a PLC doubts itself takes its default lane
    alone (contract, result 8), and no refused hold may stop the belt for ever.
    """
    wanted, default = draft.profile.lane_of_kind(lane_kind_for(blockers)), draft.profile.default_lane
    return default if ordered.lane == wanted.name else wanted


def _in_time(draft: Draft, passage: Passage) -> bool:
    return draft.now_ms < passage.last_call_ms


def _order(draft: Draft, passage: Passage, blockers: tuple[Blocker, ...], lane: Lane | None = None) -> None:
    """Record the decision and put it on the wire. Release if and only if there are no blockers."""
    wanted = draft.profile.lane_of_kind(lane_kind_for(blockers))
    lane = lane or wanted
    releases = lane.kind is LaneKind.RELEASE
    seq = next_sequence(draft.facts.decision_seq)
    draft.set_facts(decision_seq=seq)
    draft.decisions.append(Decision(passage.key, passage.carton, lane.name, lane.code, blockers, facts_of(draft, passage), seq))
    codes = tuple(b.code for b in blockers)
    changes: dict[str, object] = {
        "ordered": Ordered(lane.name, lane.code, releases, seq, draft.now_ms, codes, instead=lane != wanted),
    }
    if releases:
        changes["released_by_seq"] = seq
        changes["released_seqs"] = (*passage.released_seqs, seq)[-RELEASES_KEPT:]
    draft.change_passage(passage.key, **changes)
    draft.commands.append(Decide(passage.epoch, passage.track_id, lane.code, releases, 0, ttl_100ms(draft, passage), seq))
    subject = f"carton:{passage.carton}" if passage.carton else f"passage:{passage.key}"
    draft.note(subject, f"lane {lane.name}: " + (", ".join(dict.fromkeys(codes)) if codes else "nothing speaks against release"))


def ttl_100ms(draft: Draft, passage: Passage) -> int:
    """Expected running time to the divert x 1.5 + 1 s, at most 30 s (plc-contract, ttl)."""
    status = draft.facts.plc_status
    running = status is not None and status.flags & PlcFlag.RUNNING and status.speed_mm_s > 0
    speed = status.speed_mm_s if status is not None and running else draft.profile.speed_mm_s
    travel_100ms = max(passage.decide_mm, 0) * 10 * 3 // (2 * speed)
    return min(TTL_MOST_100MS, travel_100ms + 10)


def facts_of(draft: Draft, passage: Passage) -> tuple[Fact, ...]:
    """The facts of a decision as they are now, for the record and for `xiyong why`."""
    facts: list[Fact] = [Fact("inducted", f"track {passage.key}, load {passage.load_id or '-'}", passage.inducted_ms)]
    for name, identity in (("induct read", passage.scan_identity), ("verify read", passage.verify_identity)):
        if identity is not None:
            value = identity.text or f"{identity.problem} ({', '.join(identity.codes) or 'nothing'})"
            facts.append(Fact(name, value + (" confirmed" if identity.confirmed else ""), identity.at_ms))
    if passage.weight_g >= 0:
        facts.append(Fact("weight", f"{passage.weight_g} g", passage.weigh.closed_ms if passage.weigh else -1))
    facts += inspection_facts(passage)
    carton = draft.cartons.get(passage.carton) if passage.carton else None
    if carton is not None:
        facts += _paper_facts(draft, carton)
    if carton is not None:
        facts += emergency_facts(carton)
    if passage.previous:
        facts.append(Fact("re-run of", f"track {passage.previous}", passage.inducted_ms))
    return tuple(facts)


def emergency_facts(carton: Carton) -> list[Fact]:
    """The mark of a release that was entered afterwards; it is none that counts."""
    if not carton.emergency:
        return []
    return [Fact("emergency release", f"{carton.emergency}, entered afterwards 应急放行补录: no decision of the line", -1)]


def _paper_facts(draft: Draft, carton: Carton) -> list[Fact]:
    facts = [Fact("carton", f"{carton.key}, {carton.k} of {carton.n}", carton.seen_ms)]
    found = draft.lists.get(carton.list_key)
    if found is not None:
        seen = f"{seen_count(draft, found)} of {found.declared.pack_no} cartons seen"
        facts.append(Fact("list", f"{found.key}, declared {found.declared.gross_weight_g} g, {seen}", -1))
        status = found.status or "none"
        facts.append(Fact("customs status", f"{status} at {found.status_time or '-'}", -1))
        if found.arrival_no:
            facts.append(
                Fact("arrival", f"{found.arrival_no} told to customs, answered {found.arrival_answer or 'nothing yet'}", -1)
            )
    load = draft.loads.get(carton.load_id)
    facts += seal_facts(draft, carton)
    facts += recheck_facts(draft, carton)
    if load is not None:
        notice = f"notice plate {load.plate}" if load.noticed else "no load notice"
        facts.append(Fact("load", f"{load.load_id}, arrived plate {load.arrived_plate}, {notice}", load.arrived_ms))
    return facts
