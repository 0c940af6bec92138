"""Mutants of the core: identity, weight, papers, holds, lanes, epochs.

One rule: each leaves the rest of the core as it is, so that only its own fault can be found.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from controller.domain.customs_status import StatusMeaning, meaning_of
from controller.line import holds, overtaken, papers, recalls, receipts, reconciling, routing, scan_in, tracking
from controller.line.belt import PlcFlag, RingKind
from controller.line.commands import Decide
from controller.line.readiness import line_blockers
from controller.line.state import Carton, Draft, Passage

Patch = pytest.MonkeyPatch


def _nothing(*_arguments: Any) -> list[Any]:
    return []


# --- identity and weight ---------------------------------------------------------------------------------------------


def identity_ignored(patch: Patch) -> None:
    """What the readers saw does not matter."""
    patch.setattr(routing, "_identity_blockers", _nothing)


def verify_is_scan(patch: Patch) -> None:
    """The verify read is taken for granted: it says what the induct read said."""
    real = routing._identity_blockers

    def trusting(draft: Draft, passage: Any) -> list[Any]:
        return real(draft, msgspec.structs.replace(passage, verify_identity=passage.scan_identity))

    patch.setattr(routing, "_identity_blockers", trusting)


def last_read_bound(patch: Patch) -> None:
    """A carton is what its reader said last, not what it said while the carton stood there."""

    def last(draft: Draft, window: Any, role: str) -> tuple[Any, ...]:
        return tuple(read for read in draft.facts.reads if read.role == role)[-1:]

    patch.setattr(scan_in, "reads_inside", last)
    patch.setattr(scan_in, "claimed_twice", lambda *arguments: False)


def unseen_verify_is_scan(patch: Patch) -> None:
    """A carton that passed the verify gate while nobody saw it is taken for what the induct read said."""
    real = routing._identity_blockers

    def trusting(draft: Draft, passage: Passage) -> list[Any]:
        window, unseen = passage.verify, passage.verify is None or passage.verify.blind
        if unseen and (window is not None or passage.decide_ms >= 0):
            passage = msgspec.structs.replace(passage, verify_identity=passage.scan_identity)
        return real(draft, passage)

    patch.setattr(routing, "_identity_blockers", trusting)


def duplicate_not_noticed(patch: Patch) -> None:
    """A second carton with the same number is the first one again."""
    patch.setattr(scan_in, "_is_elsewhere", lambda draft, carton, passage: False)
    real = routing.release_blockers

    def released_twice(draft: Draft, passage: Passage) -> tuple[Any, ...]:
        return tuple(b for b in real(draft, passage) if b.code != "duplicate")

    patch.setattr(routing, "release_blockers", released_twice)


def weight_ignored(patch: Patch) -> None:
    """What the scale said does not matter."""
    patch.setattr(routing, "weight_blockers", lambda draft, passage: ())


def weight_of_the_one_before(patch: Patch) -> None:
    """Whatever the scale said last is the weight of the carton that leaves it."""

    def settle(draft: Draft, key: str) -> None:
        if draft.facts.weights:
            draft.change_passage(key, weight_g=draft.facts.weights[0].weight_g, weight_problem="")

    patch.setattr(tracking, "settle_weight", settle)
    patch.setattr(scan_in, "tolerance_g", lambda draft, weight_g: 20_000)


# --- papers, customs, holds ------------------------------------------------------------------------------------------


def papers_ignored(patch: Patch) -> None:
    """Load, list and customs do not matter."""
    patch.setattr(routing, "paper_blockers", lambda draft, carton: ())


def unknown_status_releases(patch: Patch) -> None:
    """A word of customs that the line does not know lets the carton pass."""

    def meaning(word: str, released_words: tuple[str, ...]) -> StatusMeaning:
        found = meaning_of(word, released_words)
        return StatusMeaning.RELEASED if found is StatusMeaning.UNKNOWN else found

    patch.setattr(papers, "meaning_of", meaning)


def inspection_order_forgotten(patch: Patch) -> None:
    """A later release word ends an inspection order whose result nobody recorded."""
    real = papers._status_blockers

    def blockers(draft: Draft, found: Any) -> tuple[Any, ...]:
        return tuple(b for b in real(draft, found) if b.code != "inspection_open")

    patch.setattr(papers, "_status_blockers", blockers)


def newest_receipt_is_last_one(patch: Patch) -> None:
    """The receipt that arrived last counts, whatever time it bears."""
    real = receipts._apply

    def taken(draft: Draft, key: str, receipt: Any) -> None:
        found = draft.lists[key]
        draft.lists.put(key, msgspec.structs.replace(found, status_time=""))
        real(draft, key, receipt)

    patch.setattr(receipts, "_apply", taken)


def list_incomplete_ignored(patch: Patch) -> None:
    """A carton of several goes before the others of its list were seen."""
    real = papers._list_blockers

    def blockers(draft: Draft, carton: Carton) -> tuple[Any, ...]:
        return tuple(b for b in real(draft, carton) if b.code != "list_incomplete")

    patch.setattr(papers, "_list_blockers", blockers)


def holds_ignored(patch: Patch) -> None:
    """A hold holds nothing."""
    patch.setattr(routing, "hold_blockers", lambda draft, carton: ())


def load_hold_reaches_those_seen(patch: Patch) -> None:
    """A hold on a load or list reaches the cartons that had been scanned in when it was placed, no later ones."""
    real = holds.holds_on

    def reaching(draft: Draft, carton: Carton) -> tuple[Any, ...]:
        found = real(draft, carton)
        return tuple(h for h in found if h.scope == "carton" or 0 <= carton.seen_ms <= h.placed_ms)

    patch.setattr(holds, "holds_on", reaching)


def anybody_lifts(patch: Patch) -> None:
    """Whoever asks may lift a hold."""
    from controller.domain import reasons

    everybody = {code: msgspec.structs.replace(reason, lift=tuple(reasons.Role)) for code, reason in reasons.CATALOGUE.items()}
    patch.setattr(holds, "CATALOGUE", everybody)


def hold_not_sent(patch: Patch) -> None:
    """A hold on a carton whose release the PLC has accepted is kept for the record."""
    real = routing.review

    def review(draft: Draft, passage: Passage, *, at_once: bool = False) -> None:
        ordered = passage.ordered
        if ordered is None or not ordered.releases or ordered.result not in (-1, 1):
            real(draft, passage, at_once=at_once)

    for room in (routing, tracking, reconciling):
        patch.setattr(room, "review", review)


def recall_forgotten(patch: Patch) -> None:
    """What customs takes back after the carton left is not told to anybody."""
    for room in (recalls, tracking, overtaken):
        patch.setattr(room, "recall", lambda draft, carton, cause: None)


# --- the belt --------------------------------------------------------------------------------------------------------


def neighbour_decided(patch: Patch) -> None:
    """Now and then the decision bears the track id of the carton behind."""
    real = routing._order

    def order(draft: Draft, passage: Passage, blockers: tuple[Any, ...]) -> None:
        real(draft, passage, blockers)
        last = draft.commands[-1]
        behind = [k for k in draft.facts.live if draft.passages[k].inducted_ms > passage.inducted_ms]
        if isinstance(last, Decide) and last.seq % 5 == 0 and behind:
            draft.commands[-1] = msgspec.structs.replace(last, track_id=draft.passages[behind[0]].track_id)

    patch.setattr(routing, "_order", order)


def sequence_starts_again(patch: Patch) -> None:
    """Every decision has the sequence 1."""
    patch.setattr(routing, "next_sequence", lambda before: 1)


def fail_safe_ignored(patch: Patch) -> None:
    """Releases are decided while the PLC is in fail-safe."""
    _without_flag(patch, PlcFlag.FAIL_SAFE)


def conflict_ignored(patch: Patch) -> None:
    """Releases are decided while two hosts are in conflict."""
    _without_flag(patch, PlcFlag.SESSION_CONFLICT | PlcFlag.FAIL_SAFE)


def _without_flag(patch: Patch, flag: int) -> None:
    real = line_blockers

    def blockers(draft: Draft) -> tuple[Any, ...]:
        status = draft.facts.plc_status
        if status is None:
            return real(draft)
        before = draft.facts
        draft.facts = msgspec.structs.replace(before, plc_status=msgspec.structs.replace(status, flags=status.flags & ~flag))
        found = real(draft)
        draft.facts = before
        return found

    patch.setattr(routing, "line_blockers", blockers)


def orders_not_compared(patch: Patch) -> None:
    """What the PLC shows after an outage is not compared with what was ordered: said once is said."""
    real = reconciling._reconcile

    def reconcile(draft: Draft, passage: Passage, lane: int, decision_seq: int) -> None:
        if passage.ordered is None:
            real(draft, passage, lane, decision_seq)

    patch.setattr(reconciling, "_reconcile", reconcile)


def table_not_compared(patch: Patch) -> None:
    """After a restart or an outage nobody looks what the PLC still tracks."""
    real = reconciling.on_plc_synced

    def synced(draft: Draft, event: Any) -> None:
        lost = tuple(draft.facts.live)
        real(draft, event)
        draft.set_facts(missing=())
        for key in lost:
            if key in draft.passages:
                marks = tuple(m for m in draft.passages[key].marks if m != "events_lost")
                draft.change_passage(key, marks=marks)

    _handle_with(patch, "PlcSynced", synced)


def events_applied_twice(patch: Patch) -> None:
    """A PLC event that is read again after a reconnect counts again."""
    real = tracking.on_ring_event

    def ring(draft: Draft, event: Any) -> None:
        draft.set_facts(ring_keys=())
        real(draft, event)

    _handle_with(patch, "RingEvent", ring)


def ordered_lane_is_taken_lane(patch: Patch) -> None:
    """A carton is believed to be where it was sent."""
    real = tracking._RING[RingKind.DIVERTED]

    def diverted(draft: Draft, event: Any, at_ms: int) -> None:
        passage = draft.passages.get(tracking.passage_key(event.epoch, event.track_id))
        if passage is not None and passage.ordered is not None:
            event = msgspec.structs.replace(event, arg1=passage.ordered.lane_code)
        real(draft, event, at_ms)

    patch.setitem(tracking._RING, RingKind.DIVERTED, diverted)


def lost_carton_stays(patch: Patch) -> None:
    """A carton that the PLC lost is still expected at the divert."""
    patch.setitem(tracking._RING, RingKind.LOST, lambda draft, event, at_ms: None)


def size_errors_ignored(patch: Patch) -> None:
    """A carton of another size or gap than it may have is decided like any other."""
    patch.setitem(tracking._RING, RingKind.SIZE_OR_GAP_ERROR, lambda draft, event, at_ms: None)


def _handle_with(patch: Patch, name: str, handler: Callable[..., None]) -> None:
    from controller.line import handlers

    table = handlers.EVENTS
    patch.setitem(table, next(kind for kind in table if kind.__name__ == name), handler)
