"""Tracking: from records of the PLC to passages of cartons over the belt.

One rule: what the PLC confirms is what happened; the ordered lane never is. Facts of another epoch belong to another
belt. Windows are mapped from the PLC's clock, so a slow poll does not move a read to another carton.
"""

from collections.abc import Callable

from msgspec.structs import replace

from controller.domain.reasons import LaneKind
from controller.line import analysis, inspection, plc_clock
from controller.line.belt import Result, RingKind, Why
from controller.line.came_when import earliest_ms, loads_between
from controller.line.commands import CommandCode, ReadLabels
from controller.line.gate import on_barrier
from controller.line.label_reads import ENDED_KEPT, claim_back, claims_from_ms
from controller.line.nameless import move_unnamed
from controller.line.overtaken import recall_by_weight, recall_overtaken
from controller.line.plc_events import RingEvent
from controller.line.readiness import command, hold_line, wake
from controller.line.recalls import UNDECIDED, recall
from controller.line.recheck_standing import BY_HAND
from controller.line.routing import review
from controller.line.scan_in import (
    bind,
    identify,
    notice_copy,
    notice_unclear,
    notice_unseen,
    settle_ms,
    settle_weight,
)
from controller.line.state import Carton, Draft, LineFacts, Passage
from controller.line.verdicts import hold_named, move_words
from controller.line.window_state import Window

CLOCK_MODULUS = 65536
DOUBT_MS = 1000
DOUBT_MOST_MS = 5000
"""So long a window that a late record told of waits for one in time, which on an empty belt comes when its carton goes on."""
RING_KEYS_KEPT = 96
ROLE_OF_WINDOW = {"scan": "induct", "verify": "verify"}
# These happened to a carton or a truck, whatever became of the tracking.
OF_ANY_EPOCH = (RingKind.DIVERTED, RingKind.REMOVED_BY_HAND, RingKind.BARRIER_POSITION)


def passage_key(epoch: int, track_id: int) -> str:
    return f"{epoch}:{track_id}"


def on_ring_event(draft: Draft, event: RingEvent) -> None:
    """Apply one record once; records of the ring are known by (epoch, sequence)."""
    ring_key = event.epoch * CLOCK_MODULUS + event.seq
    if ring_key in draft.facts.ring_keys:
        return
    draft.set_facts(ring_keys=(*draft.facts.ring_keys, ring_key)[-RING_KEYS_KEPT:], ring_lost_at=0)
    if event.epoch != draft.facts.epoch and event.kind not in OF_ANY_EPOCH:
        draft.note("line", f"record of epoch {event.epoch} after it ended: kind {event.kind}, track {event.track_id}")
        return
    at_ms = plc_clock.hear(draft, event)
    handler = _RING.get(event.kind)
    if handler is not None:
        handler(draft, event, at_ms)


def last_ring_seq(facts: LineFacts) -> int:
    """The ring sequence of the newest record that was applied, 0 if none is known: there a new run of the daemon reads on.

    While `ring_lost_at` names it, it is the last one of a ring that the PLC lost with its memory: no record of the new one is
    known, and so nobody can be sure that the loss was told.
    """
    if facts.ring_lost_at:
        return facts.ring_lost_at
    return facts.ring_keys[-1] % CLOCK_MODULUS if facts.ring_keys else 0


def begin_ring_anew(draft: Draft) -> None:
    """A PLC that lost its memory counts its records from 1 again, in epoch 0, which is none yet: they are no second ones."""
    kept = tuple(key for key in draft.facts.ring_keys if key >= CLOCK_MODULUS)
    draft.set_facts(ring_keys=kept, ring_lost_at=last_ring_seq(draft.facts))


def new_passage(draft: Draft, epoch: int, track_id: int, at_ms: int, *, backlog: bool, marks: tuple[str, ...] = ()) -> Passage:
    key, came_ms = passage_key(epoch, track_id), earliest_ms(draft, at_ms, backlog=backlog)
    until_ms = at_ms if at_ms >= 0 else draft.now_ms
    load, maybe = loads_between(draft, came_ms, until_ms)
    passage = Passage(key, epoch, track_id, draft.now_ms, load, came_ms, maybe, marks=marks)
    draft.passages.put(key, passage)
    draft.set_facts(live=(*draft.facts.live, key))
    return passage


def mark(draft: Draft, key: str, mark: str) -> None:
    passage = draft.passages[key]
    if mark not in passage.marks:
        draft.change_passage(key, marks=(*passage.marks, mark))


def _on_induct(draft: Draft, event: RingEvent, at_ms: int) -> None:
    key = passage_key(event.epoch, event.track_id)
    before = draft.passages.get(key)
    if before is not None and not before.ended:
        mark(draft, key, "unexpected_item")  # one id for two cartons on the belt: neither is known
        return
    if before is not None:
        _set_aside(draft, before)
    new_passage(draft, event.epoch, event.track_id, at_ms, backlog=event.backlog)


def _set_aside(draft: Draft, old: Passage) -> None:
    """Track ids wrap after 65534 cartons of one epoch: the old passage keeps its record under a longer key."""
    aside = f"{old.key}~{old.inducted_ms}"
    draft.passages.put(aside, replace(old, key=aside))
    move_unnamed(draft, old, aside)
    move_words(draft, old.key, aside)
    carton = draft.cartons.get(old.carton) if old.carton else None
    if carton is not None and carton.passage == old.key:
        draft.change_carton(carton.key, passage=aside)
    for link, field in ((old.previous, "rerun_as"), (old.rerun_as, "previous")):
        neighbour = draft.passages.get(link) if link else None
        if neighbour is not None and getattr(neighbour, field) == old.key:
            draft.change_passage(link, **{field: aside})


def _on_unexpected(draft: Draft, event: RingEvent, at_ms: int) -> None:
    key = passage_key(event.epoch, event.track_id)
    if key in draft.passages:
        mark(draft, key, "unexpected_item")
    else:
        new_passage(draft, event.epoch, event.track_id, at_ms, backlog=event.backlog, marks=("unexpected_item",))


def _live(draft: Draft, event: RingEvent) -> Passage | None:
    passage = draft.passages.get(passage_key(event.epoch, event.track_id))
    return passage if passage is not None and not passage.ended else None


def _window_name(draft: Draft, zone: int, kind: int) -> str:
    if kind in (RingKind.GATE_OPEN, RingKind.GATE_CLOSED):
        return {draft.profile.scan_zone: "scan", draft.profile.verify_zone: "verify"}.get(zone, "")
    return "weigh" if zone == draft.profile.weigh_zone else ""


def _on_window_open(draft: Draft, event: RingEvent, at_ms: int) -> None:
    passage = _live(draft, event)
    name = _window_name(draft, event.zone, event.kind)
    if passage is None or not name:
        return
    if getattr(passage, name) is not None:
        mark(draft, passage.key, "unexpected_item")  # nothing passes one place twice: the id stands for two cartons
        return
    if name == "weigh":
        _close_weigh_before(draft, passage.key, at_ms)
    claims_ms = claims_from_ms(draft, ROLE_OF_WINDOW[name], at_ms, event.belt_mm) if name in ROLE_OF_WINDOW else -1
    window = Window(max(at_ms, 0), blind=at_ms < 0, doubtful=draft.facts.plc_clock.late, claims_ms=claims_ms)
    draft.change_passage(passage.key, **{name: window})
    if name in ROLE_OF_WINDOW:
        claim_back(draft, passage.key, ROLE_OF_WINDOW[name])
    if name in ROLE_OF_WINDOW and not event.backlog:
        role = ROLE_OF_WINDOW[name]
        draft.commands += [ReadLabels(passage.key, camera, r) for r, camera in draft.profile.label_cameras if r == role]


def _close_weigh_before(draft: Draft, key: str, at_ms: int) -> None:
    """The next carton on the scale ends the window of the one before: later weights may hold both."""
    for other in draft.facts.live:
        window = draft.passages[other].weigh
        if other != key and window is not None and window.closed_ms < 0:
            _close(draft, other, "weigh", window, at_ms, 0)


def _on_window_close(draft: Draft, event: RingEvent, at_ms: int) -> None:
    passage = _live(draft, event)
    name = _window_name(draft, event.zone, event.kind)
    window: Window | None = getattr(passage, name) if passage is not None and name else None
    if passage is None or window is None or window.closed_ms >= 0:
        return
    _close(draft, passage.key, name, window, at_ms, event.belt_mm)


def _close(draft: Draft, key: str, name: str, window: Window, at_ms: int, belt_mm: int) -> None:
    doubtful = window.doubtful or draft.facts.plc_clock.late
    blind = window.blind or at_ms < 0
    closed_ms = max(at_ms if at_ms >= 0 else draft.now_ms, window.open_ms)
    closed = replace(window, closed_ms=closed_ms, blind=blind, doubtful=doubtful, closed_mm=belt_mm)
    draft.change_passage(key, **{name: closed})
    due = settle_ms(draft, closed) if name != "weigh" else closed.closed_ms + draft.profile.weight_late_ms + 150
    if doubtful:
        due = max(due, draft.now_ms + DOUBT_MS)
    if due > draft.now_ms:
        wake(draft, due, f"settle:{name}:{key}")
    elif draft.facts.plc_synced or name == "weigh":
        settle(draft, key, name)


def on_settle_timer(draft: Draft, rest: str) -> None:
    """While the PLC's records are not read, nobody knows if the next carton came before the reader: the sync settles then."""
    name, _, key = rest.partition(":")
    if draft.facts.plc_synced or name == "weigh":
        _settle_unless_doubtful(draft, key, name)


def _settle_unless_doubtful(draft: Draft, key: str, name: str) -> None:
    passage = draft.passages.get(key)
    window: Window | None = getattr(passage, name) if passage is not None else None
    if window is not None and not window.settled and window.doubtful and draft.now_ms - window.closed_ms < DOUBT_MOST_MS:
        wake(draft, draft.now_ms + DOUBT_MS, f"settle:{name}:{key}")
        return
    settle(draft, key, name)


def settle_due(draft: Draft) -> None:
    """The records are read up to now: settle what came to be due while they were not, of what left the belt meanwhile, too."""
    for key in (*draft.facts.live, *draft.facts.ended_lately):
        passage = draft.passages.get(key)
        for name in ROLE_OF_WINDOW if passage is not None else ():
            window: Window | None = getattr(passage, name)
            if window is not None and window.closed_ms >= 0 and f"settle:{name}:{key}" not in draft.timers:
                _settle_unless_doubtful(draft, key, name)


def settle(draft: Draft, key: str, name: str) -> None:
    """Every read or weight of a closed window has arrived: take what it says."""
    passage = draft.passages.get(key)
    window: Window | None = getattr(passage, name) if passage is not None else None
    if passage is None or window is None or window.settled:
        return
    if name == "verify" and passage.scan is not None and passage.scan.closed_ms >= 0:
        settle(draft, key, "scan")  # it is due, too, and a way that the first gate names is not one that the second alone read
    if window.doubtful:
        window = replace(window, blind=True)
        draft.change_passage(key, **{name: window})
    settled = replace(window, settled=True)
    if name == "weigh":
        draft.change_passage(key, weigh=settled)
        settle_weight(draft, key)
        recall_by_weight(draft, key)
        return
    identity = identify(draft, draft.passages[key], ROLE_OF_WINDOW[name])
    if identity.problem:
        notice_unclear(draft, key, ROLE_OF_WINDOW[name])
        notice_unseen(draft, key, ROLE_OF_WINDOW[name])
    draft.change_passage(key, **{name: settled, f"{name}_identity": identity})
    if name == "scan":
        bind(draft, key)
        hold_named(draft, key)
        recall_by_weight(draft, key)
        analysis.consider(draft, key)
    else:
        notice_copy(draft, key)


def _on_decision_wanted(draft: Draft, event: RingEvent, at_ms: int) -> None:
    passage = _live(draft, event)
    if passage is None:
        return
    profile = draft.profile
    left_ms = max(event.arg1 - profile.deadline_mm, 0) * 1000 // profile.speed_mm_s
    last_call = (at_ms if at_ms >= 0 else event.read_ms) + left_ms - profile.decide_margin_ms
    draft.change_passage(passage.key, decide_mm=event.arg1, decide_ms=draft.now_ms, last_call_ms=max(last_call, draft.now_ms))
    wake(draft, max(last_call, draft.now_ms), f"last_call:{passage.key}")


def on_last_call(draft: Draft, key: str) -> None:
    """The last moment at which a lane can be said in time: what is still pending now counts as missing."""
    passage = draft.passages.get(key)
    if passage is None or passage.ended or not draft.facts.plc_synced or passage.epoch != draft.facts.epoch:
        return
    review(draft, passage)


def _on_diverted(draft: Draft, event: RingEvent, at_ms: int) -> None:
    key = passage_key(event.epoch, event.track_id)
    passage = draft.passages.get(key)
    if passage is None:
        passage = new_passage(draft, event.epoch, event.track_id, at_ms, backlog=event.backlog, marks=("not_tracked",))
    lane = draft.profile.lane_by_code(event.arg1)
    name = lane.name if lane is not None else f"lane {event.arg1}"
    draft.change_passage(key, diverted_lane=name, diverted_why=event.arg2)
    ordered = passage.ordered
    released = lane is not None and lane.kind is LaneKind.RELEASE
    end(draft, key, "lane", name)
    subject = f"carton:{passage.carton}" if passage.carton else f"passage:{key}"
    why = Why(event.arg2).name.lower() if event.arg2 in tuple(Why) else str(event.arg2)
    draft.note(subject, f"confirmed on lane {name} ({why})")
    if released:
        _confirm_release(draft, draft.passages[key])
    elif ordered is not None and ordered.result == Result.ACCEPTED and ordered.lane != name:
        draft.alarm("divert_differs", subject, f"ordered {ordered.lane}, took {name} ({why})")


def _confirm_release(draft: Draft, passage: Passage) -> None:
    """The PLC says it left by release: right only if that was our last word on this very passage."""
    if passage.carton:
        draft.change_carton(passage.carton, released_ms=draft.now_ms)
    ordered = passage.ordered
    if ordered is not None and ordered.releases and ordered.result in (-1, Result.ACCEPTED):
        recall_overtaken(draft, passage)
        return
    if passage.released_by_seq >= 0:
        if passage.carton:
            recall(draft, draft.cartons[passage.carton], "a hold came too late for the divert")
        draft.alarm("divert_differs", f"passage:{passage.key}", "its release had been replaced: it is recalled")
        return
    command(draft, CommandCode.STOP)
    hold_line(draft, "released_without_decision", f"track {passage.key} took the release lane")
    if passage.carton:  # the line's hold is lifted for the line; whoever did not find the carton must not load it
        recall(draft, draft.cartons[passage.carton], UNDECIDED)


def end(draft: Draft, key: str, why: str, place: str) -> None:
    """A passage is over; its carton stands where the PLC last confirmed it, unless that was a copy."""
    passage = draft.passages[key]
    ended = (*(k for k in draft.facts.ended_lately if k != key), key)[-ENDED_KEPT:]
    draft.set_facts(live=tuple(k for k in draft.facts.live if k != key), ended_lately=ended)
    draft.change_passage(key, ended=why, ended_ms=draft.now_ms)
    carton = draft.cartons.get(passage.carton) if passage.carton else None
    if carton is not None and carton.passage == key and not _is_known_elsewhere(carton):
        draft.change_carton(carton.key, place=place)


def _is_known_elsewhere(carton: Carton) -> bool:
    """It has left, is in a container or in custody, or must show its seal at the door. What stands in the release lane is not
    told from a copy there: that one waits until officers have opened it.
    """
    return bool(carton.container or carton.custody) or carton.place in ("departed", BY_HAND)


def _on_lost(draft: Draft, event: RingEvent, at_ms: int) -> None:
    passage = _live(draft, event)
    if passage is not None:
        mark(draft, passage.key, "tracking_lost")
        end(draft, passage.key, "lost", "unidentified")
        draft.alarm("tracking_lost", f"passage:{passage.key}", f"lost in zone {event.zone}")


def _on_removed(draft: Draft, event: RingEvent, at_ms: int) -> None:
    key = passage_key(event.epoch, event.track_id)
    if key in draft.passages and not draft.passages[key].diverted_lane:
        end(draft, key, "removed", "removed")


def _on_size(draft: Draft, event: RingEvent, at_ms: int) -> None:
    passage = _live(draft, event)
    if passage is not None:
        mark(draft, passage.key, "size_or_gap_error")


def _on_not_confirmed(draft: Draft, event: RingEvent, at_ms: int) -> None:
    passage = _live(draft, event)
    if passage is not None:
        mark(draft, passage.key, "tracking_lost")
        end(draft, passage.key, "lost", "unidentified")
    draft.alarm("divert_not_confirmed", f"passage:{passage_key(event.epoch, event.track_id)}", "no lane confirmed it")


def _on_jam(draft: Draft, event: RingEvent, at_ms: int) -> None:
    draft.alarm("jam", f"zone:{event.zone}", "a carton does not move")


def _on_e_stop(draft: Draft, event: RingEvent, at_ms: int) -> None:
    draft.alarm("e_stop", "line", "emergency stop: local reset and local start are needed")


def _on_lane_full(draft: Draft, event: RingEvent, at_ms: int) -> None:
    lane = draft.profile.lane_by_code(event.arg1)
    draft.alarm("lane_full", f"lane:{lane.name if lane else event.arg1}", "take cartons from it")


_RING: dict[int, Callable[[Draft, RingEvent, int], None]] = {
    RingKind.INDUCT: _on_induct,
    RingKind.ARRIVED: _on_window_open,
    RingKind.LEFT: _on_window_close,
    RingKind.DECISION_WANTED: _on_decision_wanted,
    RingKind.DIVERTED: _on_diverted,
    RingKind.LOST: _on_lost,
    RingKind.UNEXPECTED: _on_unexpected,
    RingKind.REMOVED_BY_HAND: _on_removed,
    RingKind.SIZE_OR_GAP_ERROR: _on_size,
    RingKind.JAM: _on_jam,
    RingKind.STATE_CHANGE: inspection.on_state,
    RingKind.E_STOP: _on_e_stop,
    RingKind.GATE_OPEN: _on_window_open,
    RingKind.GATE_CLOSED: _on_window_close,
    RingKind.LANE_FULL: _on_lane_full,
    RingKind.XRAY_ENTRY: inspection.on_entry,
    RingKind.XRAY_EXIT: inspection.on_exit,
    RingKind.DIVERT_NOT_CONFIRMED: _on_not_confirmed,
    RingKind.BARRIER_POSITION: on_barrier,
}
