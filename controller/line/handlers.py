"""Who handles what: the tables by which an event finds its station.

One rule: a station adds its rows here; what it does stands in its own module. A few handlers below tell one event to
several stations, in the order in which they must hear of it.
"""

from collections.abc import Callable
from typing import Any

from controller.line import (
    afterwards,
    alarm_acts,
    alarming,
    analysis,
    came_with,
    configuring,
    custody,
    customs_out,
    departing,
    gate,
    gate_check,
    holds,
    housekeeping,
    inspection,
    inspection_record,
    label_reads,
    loading,
    overtaken,
    pacing,
    papers,
    receipts,
    recheck,
    recheck_people,
    reconciling,
    rerun,
    scan_in,
    seal_check,
    settling,
    shifts,
    targeting,
    tracing,
    tracking,
    verdicts,
)
from controller.line.afterwards_events import EmergencyReleaseEntered, SampleReviewed
from controller.line.check_events import ReplayDiffered, SelfCheckFailed
from controller.line.config_events import ConfigProposed, ConfigRejected, ConfigSigned
from controller.line.custody_events import CustodyEnded, CustodyMoved, StockTaken
from controller.line.customs_events import ArrivalAnswered, CustomsHeard
from controller.line.events import (
    CameWithLoad,
    CartonRemoved,
    CodesRead,
    ConfigLoaded,
    DaemonStarted,
    DaemonStopping,
    DeviceDown,
    DeviceUp,
    EventNotKept,
    FrameRefused,
    HoldLifted,
    HoldPlaced,
    ImportRefused,
    InspectionClosed,
    LineCommanded,
    LoadArrived,
    ManifestClosed,
    ManifestList,
    NoCodeRead,
    NoticeCartons,
    NoticeClosed,
    ReceiptArrived,
    RecordsIncomplete,
    RerunOrdered,
    Stamped,
    TaskBack,
    TaskEnded,
    TimerFired,
    UnloadingStarted,
    WeightRead,
    WeightUnusable,
)
from controller.line.gate_events import (
    GateAnswerSent,
    GateArrived,
    GateChecked,
    GateFrameRefused,
    GatePassIssued,
    GatePassVoided,
    MessageAnswered,
)
from controller.line.inspection_events import (
    AnalysisFailed,
    ImageAnalysed,
    ImageRefused,
    ImageTaken,
    RulesActivated,
    RulesProposed,
    SelectionDrawn,
    SelectionFailed,
    VerdictGiven,
    VerdictUndone,
)
from controller.line.loading_events import (
    ContainerClosed,
    ContainerOpened,
    ContainerReopened,
    ContainerSealed,
    ContainerWeighed,
)
from controller.line.people_events import (
    ActRefused,
    ActSigned,
    AlarmAcknowledged,
    AlarmPutBack,
    AlarmShelved,
    AlarmTakenOut,
    AlarmUnshelved,
    Exported,
    ScreenAlive,
    ScreenSilent,
)
from controller.line.plc_events import (
    CommandAnswered,
    DecisionAnswered,
    EpochWanted,
    PlcLost,
    PlcStatusChanged,
    PlcSynced,
    RingEvent,
    RingEventsLost,
)
from controller.line.readiness import SILENCE_TOKEN
from controller.line.recheck_events import (
    ItemsCounted,
    NewSealSet,
    PartyPresent,
    RecheckAbandoned,
    RecheckConfirmed,
    RecheckDecided,
    RecheckOpened,
    ScanUndone,
    SecondOfficerCalled,
    StillNotTaken,
    StillTaken,
    StillWanted,
    WitnessSigned,
)
from controller.line.record_events import RecordFiled, RecordNotFiled
from controller.line.seal_events import SealCheckStarted, SealNotSeen, SealReported, SealSeen, SecondLook
from controller.line.shift_events import RulesSigned, ShiftHandedOver
from controller.line.state import Draft
from controller.line.trace_events import TraceCodeIssued


def _on_started(draft: Draft, event: DaemonStarted) -> None:
    reconciling.on_daemon_started(draft, event.boot_id)
    rerun.on_restart(draft, event.away_ms)
    alarming.on_started(draft)
    customs_out.on_restart(draft)
    inspection.on_tracking_gap(draft, missed=False)  # what went on meanwhile the PLC has kept, or says that it has lost it
    analysis.on_restart(draft)


def _on_timer(draft: Draft, event: TimerFired) -> None:
    due = draft.timers.get(event.token)
    if due is None or due > draft.now_ms:
        return
    draft.timers.drop(event.token)
    kind, _, rest = event.token.partition(":")
    handler = TIMERS.get(kind)
    if handler is not None:
        handler(draft, rest)


def _on_command_answered(draft: Draft, event: CommandAnswered) -> None:
    gate.on_command_answered(draft, event)
    if event.result != 1:
        draft.note("line", f"PLC refused command {event.code} with result {event.result}")


def _on_plc_synced(draft: Draft, event: PlcSynced) -> None:
    before = draft.facts.epoch
    reconciling.on_plc_synced(draft, event)
    if draft.facts.epoch != before:
        inspection.on_tracking_gap(draft, missed=draft.facts.images_due > 0)  # a line's first epoch has nothing to miss
    inspection.on_belt(draft)
    inspection.on_sight_again(draft)


def _on_ring_lost(draft: Draft, event: RingEventsLost) -> None:
    reconciling.on_ring_lost(draft, event)
    inspection.on_tracking_gap(draft)


def _on_plc_status(draft: Draft, event: PlcStatusChanged) -> None:
    reconciling.on_plc_status(draft, event)
    inspection.on_belt(draft)


def _bind_again(draft: Draft) -> None:
    for key in draft.facts.live:
        scan_in.bind(draft, key)
        verdicts.hold_named(draft, key)
        overtaken.recall_by_weight(draft, key)
        analysis.consider(draft, key)


def _on_manifest_closed(draft: Draft, event: ManifestClosed) -> None:
    batch = draft.batches.get(event.batch)
    papers.on_manifest_closed(draft, event)
    _bind_again(draft)
    for declared in batch.lists if batch is not None else ():
        customs_out.list_came(draft, papers.key_of(declared.logistics_code, declared.logistics_no))


def _on_inspection_closed(draft: Draft, stamped: Stamped, event: InspectionClosed) -> None:
    before = draft.lists.get(event.list_key)
    holds.on_inspection_closed(draft, stamped, event)
    found = draft.lists.get(event.list_key)
    if before is not None and found is not None and before.inspection_open and not found.inspection_open:
        customs_out.tell_closed(draft, found, event.cause, (stamped.actor,))


def _on_receipt(draft: Draft, event: ReceiptArrived) -> None:
    customs_out.on_receipt_time(draft, event.receipt.return_time)
    receipts.on_receipt(draft, event)


def _on_message_answered(draft: Draft, event: MessageAnswered) -> None:
    housekeeping.on_message_answered(draft, event)
    customs_out.on_message_answered(draft, event)


def _on_notice_closed(draft: Draft, event: NoticeClosed) -> None:
    papers.on_notice_closed(draft, event)
    seal_check.on_notice(draft, event)
    _bind_again(draft)


def _on_unloading(draft: Draft, event: UnloadingStarted) -> None:
    papers.on_unloading_started(draft, event)
    seal_check.on_unloading(draft, event)


def _on_codes(draft: Draft, event: CodesRead) -> None:
    READS.get(event.role, _on_label)(draft, event)


def _on_label(draft: Draft, event: CodesRead) -> None:
    label_reads.on_codes(draft, event)
    scan_in.notice_late(draft, draft.facts.reads[-1])


# --- who handles what ----------------------------------------------------------------------------------

# What people do: the handler also sees who, and in which role.
ACTS: dict[type, Callable[[Draft, Stamped, Any], None]] = {
    LineCommanded: housekeeping.on_line_commanded,
    Exported: housekeeping.on_exported,
    HoldPlaced: holds.on_hold_placed,
    HoldLifted: settling.on_lifted,
    InspectionClosed: _on_inspection_closed,
    VerdictGiven: verdicts.on_verdict,
    VerdictUndone: verdicts.on_verdict_undone,
    SealCheckStarted: seal_check.on_started,
    SealReported: seal_check.on_reported,
    SecondLook: seal_check.on_second_look,
    RulesActivated: analysis.on_rules_activated,
    RulesProposed: targeting.on_rules_proposed,
    RulesSigned: analysis.on_rules_signed,
    ConfigProposed: configuring.on_proposed,
    ConfigSigned: configuring.on_signed,
    ConfigRejected: configuring.on_rejected,
    ShiftHandedOver: shifts.on_handed_over,
    EmergencyReleaseEntered: afterwards.on_emergency_entered,
    SampleReviewed: afterwards.on_reviewed,
    CartonRemoved: rerun.on_carton_removed,
    CameWithLoad: came_with.on_came_with,
    CustodyMoved: custody.on_moved,
    CustodyEnded: custody.on_ended,
    StockTaken: custody.on_stock_taken,
    RecheckOpened: recheck.on_opened,
    ItemsCounted: recheck.on_counted,
    ScanUndone: recheck.on_undone,
    StillWanted: recheck.on_still_wanted,
    NewSealSet: recheck.on_sealed,
    RecheckDecided: recheck.on_decided,
    RecheckConfirmed: recheck.on_confirmed,
    RecheckAbandoned: recheck.on_abandoned,
    SecondOfficerCalled: recheck_people.on_second_called,
    PartyPresent: recheck_people.on_party,
    WitnessSigned: recheck_people.on_witness,
    **inspection_record.ACTS,
    ContainerOpened: loading.on_opened,
    ContainerClosed: loading.on_closed,
    ContainerWeighed: loading.on_weighed,
    ContainerSealed: loading.on_sealed,
    ContainerReopened: loading.on_reopened,
    GatePassIssued: gate.on_pass_issued,
    GatePassVoided: gate.on_pass_voided,
    GateChecked: gate_check.on_checked,
    AlarmAcknowledged: alarm_acts.on_acknowledged,
    AlarmShelved: alarm_acts.on_shelved,
    AlarmUnshelved: alarm_acts.on_unshelved,
    AlarmTakenOut: alarm_acts.on_taken_out,
    AlarmPutBack: alarm_acts.on_put_back,
}

EVENTS: dict[type, Callable[[Draft, Any], None]] = {
    ConfigLoaded: housekeeping.on_config,
    DaemonStarted: _on_started,
    DaemonStopping: housekeeping.on_stopping,
    TimerFired: _on_timer,
    TaskEnded: housekeeping.on_task_ended,
    TaskBack: housekeeping.on_task_back,
    RecordsIncomplete: housekeeping.on_records_incomplete,
    EventNotKept: housekeeping.on_event_not_kept,
    ReplayDiffered: housekeeping.on_replay_differed,
    SelfCheckFailed: housekeeping.on_self_check_failed,
    PlcSynced: _on_plc_synced,
    PlcStatusChanged: _on_plc_status,
    PlcLost: reconciling.on_plc_lost,
    EpochWanted: housekeeping.on_epoch_wanted,
    RingEvent: tracking.on_ring_event,
    RingEventsLost: _on_ring_lost,
    DecisionAnswered: reconciling.on_decision_answered,
    CommandAnswered: _on_command_answered,
    CodesRead: _on_codes,
    NoCodeRead: scan_in.on_no_code,
    FrameRefused: housekeeping.ignore,
    WeightRead: scan_in.on_weight,
    WeightUnusable: housekeeping.ignore,
    DeviceUp: housekeeping.on_device_up,
    DeviceDown: housekeeping.on_device_down,
    ManifestList: papers.on_manifest_list,
    ManifestClosed: _on_manifest_closed,
    ReceiptArrived: _on_receipt,
    NoticeCartons: papers.on_notice_cartons,
    NoticeClosed: _on_notice_closed,
    ImportRefused: housekeeping.on_import_refused,
    LoadArrived: papers.on_load_arrived,
    UnloadingStarted: _on_unloading,
    RerunOrdered: rerun.on_rerun_ordered,
    ImageTaken: inspection.on_image,
    ImageRefused: inspection.on_image_refused,
    ImageAnalysed: analysis.on_analysed,
    AnalysisFailed: analysis.on_analysis_failed,
    SelectionDrawn: targeting.on_drawn,
    SelectionFailed: targeting.on_draw_failed,
    SealSeen: seal_check.on_seen,
    SealNotSeen: seal_check.on_not_seen,
    StillTaken: recheck.on_still,
    StillNotTaken: recheck.on_still_failed,
    RecordFiled: inspection_record.on_filed,
    RecordNotFiled: inspection_record.on_not_filed,
    GateArrived: gate.on_arrived,
    GateFrameRefused: housekeeping.ignore,
    GateAnswerSent: housekeeping.ignore,
    MessageAnswered: _on_message_answered,
    ActRefused: housekeeping.ignore,
    ActSigned: housekeeping.ignore,
    ScreenSilent: housekeeping.on_screen_silent,
    ScreenAlive: housekeeping.on_screen_alive,
    CustomsHeard: customs_out.on_heard,
    ArrivalAnswered: customs_out.on_arrival_answered,
    TraceCodeIssued: tracing.on_issued,
}

# By the first part of a `WakeAt` token; a token that is in no table only makes the line be looked at again.
TIMERS: dict[str, Callable[[Draft, str], None]] = {
    "settle": tracking.on_settle_timer,
    "last_call": tracking.on_last_call,
    "reconcile": lambda draft, rest: reconciling.on_reconcile_timer(draft),
    "image": inspection.on_image_due,
    "analysis": analysis.on_analysis_late,
    "barrier": gate.on_barrier_timer,
    "seal": seal_check.on_timer,
    "recheck": recheck.on_timer,
    "forget": departing.on_forget_timer,
    pacing.UNANSWERED_TOKEN: pacing.on_unanswered,
    customs_out.ARRIVAL_TOKEN: customs_out.on_arrival_timer,
    SILENCE_TOKEN: customs_out.on_silence_timer,
    alarm_acts.UNSHELVE_TOKEN: alarm_acts.on_shelf_timer,
}

# A reader whose reads are no matter of the belt: who takes them, by role.
READS: dict[str, Callable[[Draft, CodesRead], None]] = {
    "loading": loading.on_scan,
    "seal": seal_check.on_codes,
    "bench": recheck.on_codes,
}
