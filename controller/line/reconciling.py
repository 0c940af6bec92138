"""The PLC's link: sessions, epochs, the tracking table, and its answers to decisions.

One rule: what the PLC has is compared with what the journal has, by (line, epoch, track id); a release that the journal
does not know stops the belt, and everything of another epoch is void (plc-contract, table T; recovery rule d).
"""

from msgspec.structs import replace

from controller.domain.reasons import LaneKind
from controller.line.belt import PlcFlag, Result, later_sequence
from controller.line.came_when import unread_ms
from controller.line.commands import CommandCode
from controller.line.gate import on_sight_lost
from controller.line.plc_events import (
    DecisionAnswered,
    PlcLost,
    PlcStatus,
    PlcStatusChanged,
    PlcSynced,
    RingEventsLost,
    TableItem,
)
from controller.line.readiness import command, hold_line, wake
from controller.line.routing import RELEASES_KEPT, SAY_AGAIN_MS, review
from controller.line.scan_in import notice_unclear
from controller.line.state import Draft, Passage
from controller.line.tracking import end, mark, new_passage, passage_key, settle_due
from controller.line.window_state import PlcClock, Window

RECONCILE_MS = 3000


def on_daemon_started(draft: Draft, boot_id: str) -> None:
    """Nothing timed survives a restart: open windows are blind, open belt deadlines count as passed."""
    for key in draft.facts.live:
        notice_unclear(draft, key, "induct")
        notice_unclear(draft, key, "verify")
        passage = draft.passages[key]
        marks = passage.marks
        if passage.decide_ms >= 0 and "restarted" not in marks:
            marks = (*marks, "restarted")
        draft.change_passage(
            key, marks=marks, scan=_blinded(passage.scan), weigh=_blinded(passage.weigh), verify=_blinded(passage.verify)
        )
    on_sight_lost(draft)
    draft.set_facts(
        unread_ms=unread_ms(draft), boot_id=boot_id, plc_synced=False, plc_clock=PlcClock(), tasks_down=(), devices_down=(),
        started_ms=draft.now_ms, screens_dead=(), outputs=(False, 0, 0, False), resume_asked_ms=-1, reads=(), weights=(),
    )  # fmt: skip


def _blinded(window: Window | None) -> Window | None:
    return window if window is None or window.settled else replace(window, blind=True)


def on_plc_lost(draft: Draft, event: PlcLost) -> None:
    if draft.facts.plc_synced:
        draft.alarm("plc_not_ready", "line", f"{event.code}: {event.cause}")
    on_sight_lost(draft)
    draft.set_facts(plc_synced=False, unread_ms=unread_ms(draft))


def on_plc_status(draft: Draft, event: PlcStatusChanged) -> None:
    draft.set_facts(plc_status=event.status)
    _stop_what_releases(draft, event.status)


def _stop_what_releases(draft: Draft, status: PlcStatus) -> None:
    """Nothing is decided for a PLC whose default lane lets out by release what nobody decided: its belt must not run, either."""
    if status.default_releases and status.flags & PlcFlag.RUNNING:
        command(draft, CommandCode.STOP)
        draft.alarm("plc_not_ready", "line", "the default lane in force releases: the belt is stopped")


def on_plc_synced(draft: Draft, event: PlcSynced) -> None:
    """Reconcile the PLC's table with the journal by (line, epoch, track id)."""
    changed = event.epoch != draft.facts.epoch
    if changed:
        _begin_epoch(draft, event.epoch)
    draft.set_facts(
        unread_ms=unread_ms(draft), plc_synced=True, plc_status=event.status, epoch=event.epoch, session=event.session,
        decision_seq=later_sequence(draft.facts.decision_seq, event.last_decision_seq),
        command_seq=later_sequence(draft.facts.command_seq, event.last_command_seq), outputs=(False, 0, 0, False),
    )  # fmt: skip
    settle_due(draft)
    known: dict[int, TableItem] = {}
    for row in sorted(event.table, key=lambda one: _is_unknown_release(draft, event.epoch, one)):
        if row.track_id not in known or _releases(draft, row.lane):
            known[row.track_id] = row  # an id that stands there twice is a fault of the PLC, and hides no release
    missing: list[str] = []
    for key in draft.facts.live:
        passage = draft.passages[key]
        item = known.pop(passage.track_id, None)
        if item is None:
            mark(draft, key, "events_lost")
            missing.append(key)
        else:
            _reconcile(draft, passage, item.lane, item.decision_seq)
    for item in known.values():
        key = passage_key(event.epoch, item.track_id)
        if key not in draft.passages:
            new_passage(draft, event.epoch, item.track_id, -1, backlog=True, marks=("not_tracked",))
        if _releases(draft, item.lane):
            _foreign_release(draft, key)
    draft.set_facts(missing=tuple(missing))
    if missing:
        wake(draft, draft.now_ms + RECONCILE_MS, "reconcile")


def _reconcile(draft: Draft, passage: Passage, lane: int, decision_seq: int) -> None:
    ordered = passage.ordered
    if _releases(draft, lane) and _came_too_late(passage, decision_seq):
        shown = (*passage.released_seqs, decision_seq)[-RELEASES_KEPT:]
        answered = ordered is not None and ordered.result == Result.TOO_LATE
        draft.change_passage(passage.key, released_seqs=shown, ordered=ordered if answered else None)
    elif _releases(draft, lane) and decision_seq not in passage.released_seqs:
        _foreign_release(draft, passage.key)
    elif ordered is not None and ordered.seq == decision_seq and lane == ordered.lane_code:
        draft.change_passage(passage.key, ordered=replace(ordered, result=int(Result.ACCEPTED)))
    elif ordered is not None:
        # The PLC does not have it (never taken, or voided): it is decided anew, with a new sequence.
        draft.change_passage(passage.key, ordered=None)
    left = draft.passages[passage.key]
    if _releases(draft, lane) and left.ordered is None and left.decide_ms >= 0:
        # The hold that took this release back was lost. With the link up it would not have waited for a word still to come.
        review(draft, left, at_once=True)


def _is_unknown_release(draft: Draft, epoch: int, row: TableItem) -> bool:
    passage = draft.passages.get(passage_key(epoch, row.track_id))
    return _releases(draft, row.lane) and (passage is None or row.decision_seq not in passage.released_seqs)


def _came_too_late(passage: Passage, decision_seq: int) -> bool:
    """A hold moves its item's sequence whatever the answer: behind a committed divert the release stands under its number."""
    ordered = passage.ordered
    if ordered is None or ordered.releases or ordered.seq != decision_seq or not passage.released_seqs:
        return False
    return ordered.result in (-1, Result.TOO_LATE)


def _foreign_release(draft: Draft, key: str) -> None:
    """Forgery, an old journal or a bug: stop the belt and hold the line (recovery rule d)."""
    command(draft, CommandCode.STOP)
    hold_line(draft, "foreign_release", f"track {key} bears a release that the journal does not have")
    # A person may start the belt again: until then another lane must stand in the place of this release.
    review(draft, draft.change_passage(key, ordered=None, last_call_ms=draft.now_ms))


def _releases(draft: Draft, lane_code: int) -> bool:
    lane = draft.profile.lane_by_code(lane_code)
    return lane is not None and lane.kind is LaneKind.RELEASE


def _begin_epoch(draft: Draft, epoch: int) -> None:
    """All track ids of another epoch are void: what was on the belt must be identified again."""
    for key in draft.facts.live:
        end(draft, key, "epoch", "unidentified")
    if str(epoch) in draft.epochs_used:
        hold_line(draft, "replay_differs", f"the PLC came back with epoch {epoch}, which was used before")
    draft.epochs_used.put(str(epoch), draft.now_ms)
    draft.set_facts(live=(), plc_clock=PlcClock())


def on_reconcile_timer(draft: Draft) -> None:
    """Passages that neither the table nor the ring accounted for are lost."""
    for key in draft.facts.missing:
        if key in draft.facts.live:
            end(draft, key, "lost", "unidentified")
            draft.alarm("tracking_lost", f"passage:{key}", "the PLC no longer tracks it")


def on_ring_lost(draft: Draft, event: RingEventsLost) -> None:
    for key in draft.facts.live:
        mark(draft, key, "events_lost")
    on_sight_lost(draft, "reports of the barrier may be lost")
    draft.set_facts(unread_ms=unread_ms(draft))
    draft.alarm("events_lost", "line", f"ring records {event.first_missing_seq} to before {event.next_seq}")
    if event.acknowledged:
        # Nobody but a journal that has them may say so: this one is older, or another host has served the PLC.
        upto, first = event.acknowledged, event.first_missing_seq
        draft.alarm("journal_behind", "line", f"the PLC let go of records up to {upto}, this journal has none from {first} on")


def _taken_after_all(draft: Draft, passage: Passage, event: DecisionAnswered) -> None:
    """A release that arrived behind a sync which did not show it, and upon which it was forgotten: another lane in its place."""
    if event.result == Result.ACCEPTED and event.seq in passage.released_seqs:
        review(draft, passage, at_once=True)


def on_decision_answered(draft: Draft, event: DecisionAnswered) -> None:
    key = passage_key(event.epoch, event.track_id)
    passage = draft.passages.get(key)
    if passage is None:
        return
    if passage.ordered is None and key in draft.facts.live:
        _taken_after_all(draft, passage, event)
    if passage.ordered is None or passage.ordered.seq != event.seq:
        return
    ordered = replace(passage.ordered, result=event.result)
    passage = draft.change_passage(key, ordered=ordered)
    if event.result == Result.ACCEPTED:
        return
    subject = f"carton:{passage.carton}" if passage.carton else f"passage:{key}"
    named = Result(event.result).name.lower() if event.result in tuple(Result) else str(event.result)
    draft.note(subject, f"PLC refused {ordered.lane} with result {named}")
    if ordered.releases or passage.released_by_seq < 0 or event.result in (Result.STALE_SEQUENCE, Result.OLD_EPOCH):
        return
    if event.result == Result.TOO_LATE:
        draft.alarm("recalled", subject, "the hold came after the divert was committed: it is recalled")
        return
    wake(draft, draft.now_ms + SAY_AGAIN_MS, f"again:{key}")
    status = draft.facts.plc_status
    if status is None or status.flags & PlcFlag.RUNNING:
        command(draft, CommandCode.STOP)
        draft.alarm("hold_not_taken", subject, "the PLC refused a hold while it has a release: the belt is stopped")
