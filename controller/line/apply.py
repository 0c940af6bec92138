"""`apply(state, stamped) -> Outcome`: the only way a line changes.

One rule: total and pure. It stages every change in a draft and commits it at the end; an exception inside becomes the
outcome `core_fault`, holds every carton of the line, and replays identically (architecture, "One sentence").
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from controller.domain.reasons import COMPANY_LEADS, CUSTOMS_DECIDES, Role
from controller.line import (
    departing,
    gate,
    holds,
    inspection,
    loading,
    papers,
    receipts,
    reconciling,
    rerun,
    scan_in,
    seal_check,
    targeting,
    tracking,
)
from controller.line.check_events import ReplayDiffered, SelfCheckFailed
from controller.line.commands import CommandCode, Outcome
from controller.line.events import (
    CartonRemoved,
    CodesRead,
    CommandAnswered,
    ConfigLoaded,
    DaemonStarted,
    DaemonStopping,
    DecisionAnswered,
    DeviceDown,
    DeviceUp,
    EpochWanted,
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
    PlcLost,
    PlcStatusChanged,
    PlcSynced,
    ReceiptArrived,
    RerunOrdered,
    RingEvent,
    RingEventsLost,
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
    SelectionDrawn,
    SelectionFailed,
    VerdictGiven,
)
from controller.line.loading_events import (
    ContainerClosed,
    ContainerOpened,
    ContainerReopened,
    ContainerSealed,
    ContainerWeighed,
)
from controller.line.readiness import command, hold_line, mute, review_line
from controller.line.routing import review_belt
from controller.line.seal_events import SealCheckStarted, SealNotSeen, SealReported, SealSeen, SecondLook
from controller.line.state import Draft, LineState, UnkeptError

COMMANDS: dict[str, CommandCode] = {
    "start": CommandCode.START,
    "stop": CommandCode.STOP,
    "hold": CommandCode.HOLD,
    "unhold": CommandCode.UNHOLD,
    "reset": CommandCode.RESET,
    "clear": CommandCode.CLEAR,
    "resume": CommandCode.RESUME,
}
MAY_STOP = tuple(Role)
MAY_RUN = (Role.OPERATOR, *COMPANY_LEADS, *CUSTOMS_DECIDES)


def apply(state: LineState, stamped: Stamped) -> Outcome:
    """Apply one event. Never raises; never leaves a half-made change."""
    now_ms = max(stamped.line_ms, state.facts.line_ms)
    draft = Draft(state, now_ms)
    try:
        _handle(draft, stamped)
        if draft.facts.profile is not None:
            review_line(draft)
            review_belt(draft)
            gate.review_gates(draft)
        return draft.commit()
    except UnkeptError as unkept:
        return _unkept(state, now_ms, type(stamped.event).__name__, str(unkept))
    except Exception as fault:
        return _core_fault(state, now_ms, f"{type(stamped.event).__name__}: {type(fault).__name__}: {fault}")


def _unkept(state: LineState, now_ms: int, kind: str, cause: str) -> Outcome:
    """Input that no record can hold is refused: it neither stops the line nor comes in unrecorded."""
    draft = Draft(state, now_ms)
    draft.refuse("not_recordable", kind, cause, "shorten the names, or split the file")
    draft.alarm("import_refused", kind, cause)
    return draft.commit()


def _core_fault(state: LineState, now_ms: int, cause: str) -> Outcome:
    """Nothing of the event counts, every carton of the line is held, releases on the belt are taken back."""
    draft = Draft(state, now_ms)
    hold_line(draft, "core_fault", cause)
    try:
        if draft.facts.profile is not None:
            review_belt(draft)
    except Exception:
        draft = Draft(state, now_ms)
        hold_line(draft, "core_fault", cause)
        command(draft, CommandCode.STOP)
    return replace(draft.commit(), core_fault=cause)


def _handle(draft: Draft, stamped: Stamped) -> None:
    event = stamped.event
    act = _ACTS.get(type(event))
    if act is not None:
        act(draft, stamped, event)
        return
    handler = _EVENTS.get(type(event))
    if handler is not None:
        handler(draft, event)


# --- small handlers that have no station of their own --------------------------------------------------------------


def _on_config(draft: Draft, event: ConfigLoaded) -> None:
    draft.set_facts(profile=event.profile, config_sha256=event.sha256)


def _on_started(draft: Draft, event: DaemonStarted) -> None:
    reconciling.on_daemon_started(draft, event.boot_id)
    inspection.on_tracking_gap(draft)
    inspection.on_restart(draft)


def _on_stopping(draft: Draft, event: DaemonStopping) -> None:
    draft.set_facts(plc_synced=False)


def _on_task_ended(draft: Draft, event: TaskEnded) -> None:
    if event.task not in draft.facts.tasks_down:
        draft.set_facts(tasks_down=(*draft.facts.tasks_down, event.task))
        draft.alarm("task_down", event.task, event.error)


def _on_task_back(draft: Draft, event: TaskBack) -> None:
    draft.set_facts(tasks_down=tuple(t for t in draft.facts.tasks_down if t != event.task))


def _on_replay_differed(draft: Draft, event: ReplayDiffered) -> None:
    hold_line(draft, "replay_differs", f"journal row {event.at_seq}")


def _on_self_check_failed(draft: Draft, event: SelfCheckFailed) -> None:
    hold_line(draft, "self_check_failed", f"{event.code}: {event.cause}")


def _on_timer(draft: Draft, event: TimerFired) -> None:
    due = draft.timers.get(event.token)
    if due is None or due > draft.now_ms:
        return
    draft.timers.drop(event.token)
    kind, _, rest = event.token.partition(":")
    handler = _TIMERS.get(kind)
    if handler is not None:
        handler(draft, rest)


def _on_settle_timer(draft: Draft, rest: str) -> None:
    name, _, key = rest.partition(":")
    tracking.settle(draft, key, name)


def _on_reconcile_timer(draft: Draft, rest: str) -> None:
    reconciling.on_reconcile_timer(draft)


def _on_epoch_wanted(draft: Draft, event: EpochWanted) -> None:
    """Propose an epoch that the journal has never used (contract, EPOCH)."""
    used = [int(key) for key in draft.state_epochs()]
    epoch = max(used, default=0) + 1
    if epoch > 65535:
        draft.alarm("epochs_used_up", "line", "every epoch was used: a new line id is needed")
        return
    command(draft, CommandCode.PROPOSE_EPOCH, epoch, event.boot_nonce)


def _on_command_answered(draft: Draft, event: CommandAnswered) -> None:
    gate.on_command_answered(draft, event)
    if event.result != 1:
        draft.note("line", f"PLC refused command {event.code} with result {event.result}")


def _on_device_down(draft: Draft, event: DeviceDown) -> None:
    if event.device not in draft.facts.devices_down:
        draft.set_facts(devices_down=(*draft.facts.devices_down, event.device))
        draft.alarm("device_down", event.device, f"{event.code}: {event.cause}")


def _on_device_up(draft: Draft, event: DeviceUp) -> None:
    draft.set_facts(devices_down=tuple(d for d in draft.facts.devices_down if d != event.device))


def _on_import_refused(draft: Draft, event: ImportRefused) -> None:
    draft.alarm("import_refused", event.name, f"{event.code}: {event.cause}")


def _on_line_commanded(draft: Draft, stamped: Stamped, event: LineCommanded) -> None:
    code = COMMANDS.get(event.command)
    if code is None and event.command != "mute":
        draft.refuse("command_unknown", event.command, "no such command", "one of " + ", ".join((*COMMANDS, "mute")))
        return
    allowed = MAY_STOP if event.command in ("stop", "hold") else MAY_RUN
    if stamped.role not in allowed:
        draft.refuse("role_not_allowed", event.command, f"{stamped.role} may not {event.command} the line",
                     "ask " + " or ".join(allowed))  # fmt: skip
        return
    if code is None:
        mute(draft)
        draft.note("line", f"sounder muted by {stamped.actor}: {event.cause}")
        return
    if event.command not in ("stop", "hold") and not draft.facts.plc_synced:
        draft.refuse("plc_not_ready", event.command, "the PLC is not reconciled; nothing is queued for it",
                     "wait until it is back, then ask again")  # fmt: skip
        return
    command(draft, code)
    draft.note("line", f"{event.command} by {stamped.actor}: {event.cause}")


def _on_plc_synced(draft: Draft, event: PlcSynced) -> None:
    before = draft.facts.epoch
    reconciling.on_plc_synced(draft, event)
    if draft.facts.epoch != before:
        inspection.on_tracking_gap(draft)
    inspection.on_belt(draft)


def _on_ring_lost(draft: Draft, event: RingEventsLost) -> None:
    reconciling.on_ring_lost(draft, event)
    inspection.on_tracking_gap(draft)


def _on_plc_status(draft: Draft, event: PlcStatusChanged) -> None:
    reconciling.on_plc_status(draft, event)
    inspection.on_belt(draft)


def _bind_again(draft: Draft) -> None:
    for key in draft.facts.live:
        scan_in.bind(draft, key)
        inspection.consider(draft, key)


def _on_manifest_closed(draft: Draft, event: ManifestClosed) -> None:
    papers.on_manifest_closed(draft, event)
    _bind_again(draft)


def _on_notice_closed(draft: Draft, event: NoticeClosed) -> None:
    papers.on_notice_closed(draft, event)
    seal_check.on_notice(draft, event)
    _bind_again(draft)


def _on_unloading(draft: Draft, event: UnloadingStarted) -> None:
    papers.on_unloading_started(draft, event)
    seal_check.on_unloading(draft, event)


def _on_codes(draft: Draft, event: CodesRead) -> None:
    _READS.get(event.role, scan_in.on_codes)(draft, event)


def _on_message_answered(draft: Draft, event: MessageAnswered) -> None:
    """Another organisation has what it was told; a no is for people to look at."""
    draft.note(event.key, f"{event.to} answered: {event.result} {event.text}".rstrip())
    if event.result != "accepted":
        draft.alarm("message_refused", event.key, f"{event.to}: {event.text}")


def _ignore(draft: Draft, event: object) -> None:
    """The event is a record only."""


# --- who handles what: a station adds its own table here, and nothing else in this file ----------------------------

# What people do: the handler also sees who, and in which role.
_ACTS: dict[type, Callable[[Draft, Stamped, Any], None]] = {
    LineCommanded: _on_line_commanded,
    HoldPlaced: holds.on_hold_placed,
    HoldLifted: holds.on_hold_lifted,
    InspectionClosed: holds.on_inspection_closed,
    VerdictGiven: inspection.on_verdict,
    SealCheckStarted: seal_check.on_started,
    SealReported: seal_check.on_reported,
    SecondLook: seal_check.on_second_look,
    RulesActivated: targeting.on_rules_activated,
    ContainerOpened: loading.on_opened,
    ContainerClosed: loading.on_closed,
    ContainerWeighed: loading.on_weighed,
    ContainerSealed: loading.on_sealed,
    ContainerReopened: loading.on_reopened,
    GatePassIssued: gate.on_pass_issued,
    GatePassVoided: gate.on_pass_voided,
    GateChecked: gate.on_checked,
}

_EVENTS: dict[type, Callable[[Draft, Any], None]] = {
    ConfigLoaded: _on_config,
    DaemonStarted: _on_started,
    DaemonStopping: _on_stopping,
    TimerFired: _on_timer,
    TaskEnded: _on_task_ended,
    TaskBack: _on_task_back,
    ReplayDiffered: _on_replay_differed,
    SelfCheckFailed: _on_self_check_failed,
    PlcSynced: _on_plc_synced,
    PlcStatusChanged: _on_plc_status,
    PlcLost: reconciling.on_plc_lost,
    EpochWanted: _on_epoch_wanted,
    RingEvent: tracking.on_ring_event,
    RingEventsLost: _on_ring_lost,
    DecisionAnswered: reconciling.on_decision_answered,
    CommandAnswered: _on_command_answered,
    CodesRead: _on_codes,
    NoCodeRead: scan_in.on_no_code,
    FrameRefused: _ignore,
    WeightRead: scan_in.on_weight,
    WeightUnusable: _ignore,
    DeviceUp: _on_device_up,
    DeviceDown: _on_device_down,
    ManifestList: papers.on_manifest_list,
    ManifestClosed: _on_manifest_closed,
    ReceiptArrived: receipts.on_receipt,
    NoticeCartons: papers.on_notice_cartons,
    NoticeClosed: _on_notice_closed,
    ImportRefused: _on_import_refused,
    LoadArrived: papers.on_load_arrived,
    UnloadingStarted: _on_unloading,
    RerunOrdered: rerun.on_rerun_ordered,
    CartonRemoved: rerun.on_carton_removed,
    ImageTaken: inspection.on_image,
    ImageRefused: inspection.on_image_refused,
    ImageAnalysed: inspection.on_analysed,
    AnalysisFailed: inspection.on_analysis_failed,
    SelectionDrawn: targeting.on_drawn,
    SelectionFailed: targeting.on_draw_failed,
    SealSeen: seal_check.on_seen,
    SealNotSeen: seal_check.on_not_seen,
    GateArrived: gate.on_arrived,
    GateFrameRefused: _ignore,
    GateAnswerSent: _ignore,
    MessageAnswered: _on_message_answered,
}

# By the first part of a `WakeAt` token; a token that is in no table only makes the line be looked at again.
_TIMERS: dict[str, Callable[[Draft, str], None]] = {
    "settle": _on_settle_timer,
    "last_call": tracking.on_last_call,
    "reconcile": _on_reconcile_timer,
    "image": inspection.on_image_due,
    "analysis": inspection.on_analysis_late,
    "barrier": gate.on_barrier_timer,
    "seal": seal_check.on_timer,
    "forget": departing.on_forget_timer,
}

# A reader whose reads are no matter of the belt: who takes them, by role.
_READS: dict[str, Callable[[Draft, CodesRead], None]] = {"loading": loading.on_scan, "seal": seal_check.on_codes}
