"""The declared rare states (data of `sometimes.py`).

One rule: a state that a campaign can not reach is not declared away: faults are widened until it is reached. Not in the list are
states that only later stations bring; three that a line with right parts must never show (`foreign_release`, `core_fault`,
`replay_differs`: their tests plant the cause); a session lost to a daemon on another machine (wire tests); and a decision about
an unexpected item, for which the PLC never asks.
"""

FROM_SEEN: dict[str, tuple[str, ...]] = {
    # Lanes taken without the decision, by each reason of the contract.
    "default: time-out": ("why time_out",),
    "default: lane full": ("why lane_full",),
    "default: link lost": ("why link_lost",),
    "default: unknown item": ("why unknown_item",),
    "default: purge": ("why purge",),
    # Answers of the PLC.
    "decision accepted": ("DecisionAnswered 1",),
    "decision too late": ("DecisionAnswered 2",),
    "decision of an old epoch": ("DecisionAnswered 4",),
    "decision for an unknown id": ("DecisionAnswered 5",),
    "decision not allowed now": ("DecisionAnswered 8",),
    "command accepted": ("CommandAnswered 1",),
    "command not allowed now": ("CommandAnswered 8",),
    "command refused: safety open": ("CommandAnswered 10",),
    # Events of the PLC.
    **{
        f"PLC event: {name}": (f"ring {kind}",)
        for kind, name in {
            1: "induct", 4: "decision wanted", 6: "lost", 7: "unexpected", 9: "size or gap error", 10: "jam", 11: "purge begins",
            12: "purge ends", 14: "emergency stop", 15: "reset seen", 16: "button", 21: "lane full", 22: "lane clear",
            23: "divert not confirmed",
        }.items()
    },
    # Events of the daemon.
    **{
        f"event: {name}": (f"event {name}",)
        for name in (
            "RingEventsLost", "PlcLost", "EpochWanted", "TaskEnded", "TaskBack", "DeviceDown", "DeviceUp", "FrameRefused",
            "WeightUnusable", "NoCodeRead", "ImportRefused", "RerunOrdered", "CartonRemoved", "HoldLifted", "DaemonStopping",
            "LineCommanded", "CustomsHeard", "ArrivalAnswered", "MessageAnswered", "VerdictUndone", "ActRefused",
        )
    },
    # Alarms.
    **{
        f"alarm: {code}": (f"alarm {code}",)
        for code in (
            "recalled", "tracking_lost", "divert_differs", "divert_not_confirmed", "events_lost", "device_down", "duplicate",
            "plc_not_ready", "plc_clock_set", "released_without_decision", "customs_silent", "arrival_rejected",
            "hold_not_taken", "import_refused", "lane_full", "jam", "e_stop",
            "task_down", "barrier_unconfirmed", "declaration_conflict", "carton_in_two_notices", "carrier_ambiguous",
            "receipt_without_list", "receipt_after_departure",
        )
    },
    # Officers' words that came too late, and more images than they can look at.
    "verdict too late": ("refusal verdict_too_late",),
    "undo too late": ("refusal undo_too_late",),
    "infeed paused": ("alarm infeed_paused",),
    # Why a carton was not released.
    **{
        f"not released: {code}": (f"decided {code}",)
        for code in (
            "no_read", "read_ambiguous", "two_waybills", "check_digit_wrong", "duplicate", "verify_missing", "verify_differs",
            "not_weighed", "weight_differs", "not_declared", "list_incomplete", "load_notice_missing", "wrong_load",
            "load_unknown", "customs_status_missing", "customs_status_unknown", "customs_status_conflict",
            "customs_inspection", "inspection_open", "customs_silent",
            "officer_hold", "plc_fail_safe", "session_conflict", "task_down",
            "restarted", "events_lost", "released_without_decision", "recheck_outdated",
        )
    },
    # Acts that are refused.
    "act refused: role": ("refusal role_not_allowed",),
    "act refused: PLC not ready": ("refusal plc_not_ready",),
    "act refused: on the belt": ("refusal on_belt",),
}  # fmt: skip

NAMES: tuple[str, ...] = (
    *FROM_SEEN,
    # Papers that come in the wrong order, and what is let go of.
    "receipt before its list",
    "order to inspect before its list",
    "word of a list that has left",
    "container let go of",
    # How daemons end.
    "died during recovery",
    "died while rows were on their way to the disk",
    "died while a checkpoint was written",
    "died while a permissive command waited for its row",
    "died before the PLC was reconciled",
    "died while a carton was past its decision point",
    "died while decisions waited for the PLC",
    "died while PLC events were not acknowledged",
    "died in phase watch",
    "died in phase claim",
    "died in phase sync",
    "journal dead in recovery",
    "journal dead before the PLC was reconciled",
    "journal dead while deciding",
    "second daemon refused",
    # The ring.
    "ring so full that induction stopped",
    "ring overflowed",
    "event acknowledged late",
    "event read again by the next daemon",
    "event read twice by one daemon",
    # Decisions and what overtakes them.
    "release durable and never sent",
    "release durable and never sent: the daemon died",
    "release renewed",
    "hold after an accepted release",
    "hold before the release was answered",
    "hold too late for the divert",
    "release after an inspection order",
    "decision never answered",
    "release taken, then another lane: time-out",
    "release taken, then another lane: lane full",
    "release taken, then another lane: link lost",
    "release taken, then another lane: unknown item",
    "release taken, then another lane: purge",
    # Links, sessions, epochs.
    "link back in the same session",
    "link back in a new session",
    "synced again in one session and epoch",
    "epoch changed while no daemon ran",
    "epoch changed while the link stood",
    "epoch changed while the link was lost",
    "restart with cartons in table T",
    "table T had an unknown id",
    "table T bore a release",
    # Counters that wrap.
    "ring sequence wrapped",
    "PLC clock wrapped",
    "belt position wrapped",
    "track id wrapped",
    "epoch wrapped",
    "session wrapped",
)
