"""Acts of people: from the words of a request to the event that the core judges.

One rule: nothing is decided here. A station adds its acts to `ACTS`; who may do what is the core's to say.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from controller.daemon.core_loop import CoreLoop
from controller.line.afterwards_events import EmergencyReleaseEntered, SampleReviewed
from controller.line.config_events import ConfigProposed, ConfigRejected, ConfigSigned
from controller.line.custody_events import CustodyEnded, CustodyMoved, StockTaken
from controller.line.events import (
    AnyEvent,
    CameWithLoad,
    CartonRemoved,
    HoldLifted,
    HoldPlaced,
    InspectionClosed,
    LineCommanded,
    LoadArrived,
    RerunOrdered,
    UnloadingStarted,
)
from controller.line.gate_events import GateChecked, GatePassIssued, GatePassVoided
from controller.line.holds import held_for
from controller.line.inspection_events import VerdictGiven, VerdictUndone
from controller.line.loading_events import (
    ContainerClosed,
    ContainerOpened,
    ContainerReopened,
    ContainerSealed,
    ContainerWeighed,
)
from controller.line.naming import named
from controller.line.people_events import AlarmAcknowledged, AlarmPutBack, AlarmShelved, AlarmTakenOut, AlarmUnshelved
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
    StillWanted,
    WitnessSigned,
)
from controller.line.record_events import (
    RecordApproved,
    RecordDrafted,
    RecordFiledElsewhere,
    RecordForm,
    RecordReturned,
    RecordSubmitted,
)
from controller.line.seal_events import SealCheckStarted, SealReported, SecondLook
from controller.line.shift_events import RulesSigned, ShiftHandedOver
from controller.line.state import Draft

Answer = dict[str, Any]


class ActError(Exception):
    """An act that is not well formed or not allowed here."""

    def __init__(self, code: str, cause: str, next_step: str) -> None:
        super().__init__(code)
        self.answer: Answer = {"ok": False, "code": code, "cause": cause, "next_step": next_step}


def _target(core: CoreLoop, scope: str, text: str) -> str:
    """A hold's target: a key as it is, or the number on a carton's label."""
    if scope == "carton" and text not in core.state.cartons:
        keys = named(Draft(core.state, core.state.facts.line_ms), text)
        if len(keys) == 1:
            return keys[0]
    return text


def hold_number(act_id: str) -> str:
    """The number of a hold that a person placed. Everybody sees it, and an act's id begins with who did it: it is hashed."""
    return f"H-{hashlib.sha256(act_id.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _hold(core: CoreLoop, act_id: str, request: dict[str, Any]) -> AnyEvent:
    scope = str(request.get("scope", "carton"))
    target = _target(core, scope, str(request["target"]))
    return HoldPlaced(hold_number(act_id), scope, target, str(request.get("code", "officer_hold")), _cause(request))


def _lift(core: CoreLoop, act_id: str, request: dict[str, Any]) -> AnyEvent:
    """Which hold is meant, as the request says it; what it leaves open is what bears this number now."""
    hold_id = str(request["hold_id"])
    hold = core.state.holds.get(hold_id)
    scope, target, code, cause = (hold.scope, hold.target, hold.code, held_for(hold)) if hold is not None else ("", "", "", "")
    scope, target, code = (str(request.get(name) or own) for name, own in (("scope", scope), ("target", target), ("code", code)))
    return HoldLifted(hold_id, _cause(request), scope, target, code, cause)


def _cause(request: dict[str, Any]) -> str:
    cause = str(request.get("cause", "")).strip()
    if not cause:
        raise ActError("cause_missing", "this act needs a cause", 'add "cause": why it is done')
    return cause[:500]


def _period(request: dict[str, Any]) -> tuple[str, str]:
    """From when until when, as it was written; what ends before it began is a slip that two people would sign for ever."""
    began, ended = str(request["began"]), str(request["ended"])
    try:
        right = datetime.fromisoformat(began) < datetime.fromisoformat(ended)
    except (ValueError, TypeError) as error:  # no time, or one of the two without a zone
        raise ActError("not_as_asked", f"{began} to {ended} is no period", "give both as 2026-11-25T20:00:00Z") from error
    if not right:
        raise ActError("not_as_asked", f"it ends at {ended}, before it began", "give the later time as its end")
    return began, ended


def _yes(request: dict[str, Any], key: str, yes: str, no: str) -> bool:
    """One of two words. Anything else is a slip, and a slip must not lift anything."""
    word = str(request.get(key, ""))
    if word not in (yes, no):
        raise ActError("argument_malformed", f"{key} is {word!r}", f"{key}={yes} or {key}={no}")
    return word == yes


def _form(request: dict[str, Any]) -> RecordForm:
    """What the inspector writes on an inspection record."""
    return RecordForm(*(str(request.get(name, "")).strip() for name in ("result", "scope", "wrapping", "site", "notes")))


def _proposed(request: dict[str, Any]) -> AnyEvent:
    """The console tells what it found when the text was checked; where it found nothing, there is nothing to compare with."""
    checked = request.get("checked")
    if not isinstance(checked, ConfigProposed):
        return ConfigProposed(str(request["sha256"]), "", "", "", (), _cause(request))
    return msgspec.structs.replace(checked, cause=_cause(request))


ACTS: dict[str, Callable[[CoreLoop, str, dict[str, Any]], AnyEvent]] = {
    "load-arrived": lambda core, act_id, r: LoadArrived(str(r["load_id"]), str(r["plate"])),
    "seal-check": lambda core, act_id, r: SealCheckStarted(str(r["load_id"])),
    "seal-report": lambda core, act_id, r: SealReported(str(r["load_id"]), str(r["condition"]), _cause(r)),
    "second-look": lambda core, act_id, r: SecondLook(
        str(r["load_id"]), _yes(r, "result", "accept", "confirm"), _cause(r), str(r.get("shown", ""))
    ),
    "unload": lambda core, act_id, r: UnloadingStarted(str(r["load_id"])),
    "came-with": lambda core, act_id, r: CameWithLoad(str(r["code"]), str(r["load_id"]), _cause(r)),
    "hold": _hold,
    "lift": _lift,
    "close-inspection": lambda core, act_id, r: InspectionClosed(str(r["list_key"]), _cause(r)),
    "rerun": lambda core, act_id, r: RerunOrdered(str(r["code"]), str(r.get("lane", "inspect")), str(r.get("track", ""))),
    "verdict": lambda core, act_id, r: VerdictGiven(
        str(r["track"]),
        str(r["image"]),
        str(r["verdict"]),
        _cause(r),
        int(r.get("dwell_ms", -1)),
        str(r.get("tools", ""))[:400],
        int(r.get("first_pixel_ms", -1)),
    ),
    "verdict-undo": lambda core, act_id, r: VerdictUndone(str(r["track"]), str(r["image"]), _cause(r)),
    "removed": lambda core, act_id, r: CartonRemoved(str(r["code"]), str(r["place"]), _cause(r)),
    "custody": lambda core, act_id, r: CustodyMoved(str(r["code"]), str(r["place"])),
    "end-custody": lambda core, act_id, r: CustodyEnded(str(r["code"]), _cause(r), str(r.get("shown", ""))),
    "recheck-open": lambda core, act_id, r: RecheckOpened(str(r["code"]), str(r.get("bench", "bench"))),
    "recheck-count": lambda core, act_id, r: ItemsCounted(str(r["code"]), int(r["gnum"]), int(r["count"])),
    "recheck-undo": lambda core, act_id, r: ScanUndone(str(r["code"])),
    "recheck-still": lambda core, act_id, r: StillWanted(str(r["code"])),
    "recheck-seal": lambda core, act_id, r: NewSealSet(str(r["code"]), str(r["seal_no"])),
    "recheck-decide": lambda core, act_id, r: RecheckDecided(
        str(r["code"]), str(r["outcome"]), _yes(r, "way", "hand", "belt"), str(r.get("place", "")), _cause(r)
    ),
    "recheck-confirm": lambda core, act_id, r: RecheckConfirmed(
        str(r["code"]), str(r["outcome"]), *(str(r.get(name, "")) for name in ("way", "place", "shown"))
    ),
    "recheck-abandon": lambda core, act_id, r: RecheckAbandoned(str(r["code"]), _cause(r)),
    "recheck-second": lambda core, act_id, r: SecondOfficerCalled(str(r["code"])),
    "recheck-party": lambda core, act_id, r: PartyPresent(str(r["code"]), str(r["party"]), str(r.get("name", ""))),
    "recheck-witness": lambda core, act_id, r: WitnessSigned(str(r["code"])),
    "stock-take": lambda core, act_id, r: StockTaken(str(r["place"]), tuple(str(r.get("codes", "")).split())),
    "record-draft": lambda core, act_id, r: RecordDrafted(str(r["recheck_id"]), _form(r)),
    "record-submit": lambda core, act_id, r: RecordSubmitted(str(r["recheck_id"]), _form(r) if "result" in r else None),
    "record-return": lambda core, act_id, r: RecordReturned(str(r["recheck_id"]), _cause(r), str(r.get("shown", ""))),
    "record-approve": lambda core, act_id, r: RecordApproved(str(r["recheck_id"]), _cause(r), str(r.get("shown", ""))),
    "record-elsewhere": lambda core, act_id, r: RecordFiledElsewhere(
        str(r["recheck_id"]), str(r["where"]), _cause(r), str(r.get("shown", ""))
    ),
    "open-container": lambda core, act_id, r: ContainerOpened(str(r["container_no"]), str(r.get("door", "loading"))),
    "close-container": lambda core, act_id, r: ContainerClosed(str(r["container_no"]), int(r["count"])),
    "weigh-container": lambda core, act_id, r: ContainerWeighed(str(r["container_no"]), int(r["gross_g"]), int(r["tare_g"])),
    "seal-container": lambda core, act_id, r: ContainerSealed(str(r["container_no"]), str(r["seal_no"])),
    "reopen-container": lambda core, act_id, r: ContainerReopened(str(r["container_no"]), _cause(r)),
    "gate-pass": lambda core, act_id, r: GatePassIssued(
        str(r["pass_id"]), str(r["container_no"]), str(r["plate"]), int(r.get("gross_g", 0))
    ),
    "void-pass": lambda core, act_id, r: GatePassVoided(str(r["pass_id"]), _cause(r)),
    "gate-check": lambda core, act_id, r: GateChecked(
        str(r["gate"]), str(r["session_id"]), int(r["result"]), _cause(r), shown=str(r.get("shown", ""))
    ),
    "alarm-acknowledge": lambda core, act_id, r: AlarmAcknowledged(str(r["alarm"]), str(r.get("shown", ""))),
    "alarm-shelve": lambda core, act_id, r: AlarmShelved(str(r["alarm"]), int(r["minutes"]), _cause(r), str(r.get("shown", ""))),
    "alarm-unshelve": lambda core, act_id, r: AlarmUnshelved(str(r["alarm"])),
    "alarm-out-of-service": lambda core, act_id, r: AlarmTakenOut(str(r["alarm"]), _cause(r), str(r.get("shown", ""))),
    "alarm-in-service": lambda core, act_id, r: AlarmPutBack(str(r["alarm"])),
    "shift-handover": lambda core, act_id, r: ShiftHandedOver(str(r.get("to_account", "")), str(r.get("notes", ""))[:500]),
    "rules-propose": lambda core, act_id, r: RulesSigned(str(r["sha256"]), _cause(r)),
    "config-propose": lambda core, act_id, r: _proposed(r),
    "config-accept": lambda core, act_id, r: ConfigSigned(str(r["sha256"]), _cause(r)),
    "config-sign": lambda core, act_id, r: ConfigSigned(str(r["sha256"]), _cause(r)),
    "config-reject": lambda core, act_id, r: ConfigRejected(str(r["sha256"]), _cause(r)),
    "emergency-enter": lambda core, act_id, r: EmergencyReleaseEntered(
        *_period(r), int(r["count"]), tuple(str(r.get("codes", "")).split()), _cause(r)
    ),
    "sample-review": lambda core, act_id, r: SampleReviewed(
        str(r["track"]), str(r["image"]), str(r.get("carton", "")), str(r["verdict"]), _cause(r), str(r.get("first", ""))
    ),
    "line": lambda core, act_id, r: LineCommanded(str(r["command"]), str(r.get("cause", ""))[:500]),
}
