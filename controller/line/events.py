"""What can happen to a line: every input of the core, as frozen values. A station's own events stand in its `..._events.py`.

One rule: an event says what was observed or asked for, never what follows from it. `Stamped` adds when and who.
All `*_ms` are line milliseconds; at most 16 KiB an event (architecture, "One sentence").
"""

import msgspec

from controller.domain.declarations import DeclaredList, NoticedCarton, Receipt
from controller.domain.reasons import Role
from controller.line.afterwards_events import AfterwardsEvent
from controller.line.check_events import CheckEvent
from controller.line.config_events import ConfigEvent
from controller.line.custody_events import CustodyEvent
from controller.line.customs_events import CustomsEvent
from controller.line.event_base import Event, EvidenceNamed
from controller.line.gate_events import GateEvent
from controller.line.inspection_events import InspectionEvent
from controller.line.loading_events import LoadingEvent
from controller.line.people_events import PeopleEvent
from controller.line.plc_events import PlcEvent
from controller.line.profile import LineProfile
from controller.line.recheck_events import RecheckEvent
from controller.line.record_events import RecordEvent
from controller.line.seal_events import SealEvent
from controller.line.shift_events import ShiftEvent
from controller.line.trace_events import TraceEvent

# --- the daemon itself ---------------------------------------------------------------------------------------------


class ConfigLoaded(Event, frozen=True, tag="ConfigLoaded"):
    """The configuration in force: the core's part as values, the whole by hash (and by text in evidence).

    `customs_sha256`: of the settings that customs must sign; a start without it releases nothing. `under_signature`: there is
    a console where people can sign.
    """

    profile: LineProfile
    sha256: str
    source: str
    customs_sha256: str
    under_signature: bool = False


class DaemonStarted(Event, frozen=True, tag="DaemonStarted"):
    """`away_ms`: for how long nothing was journaled, by the wall clock; -1 = that can not be told."""

    boot_id: str
    version: str
    away_ms: int = -1


class DaemonStopping(Event, frozen=True, tag="DaemonStopping"):
    cause: str


class TimerFired(Event, frozen=True, tag="TimerFired"):
    """A `WakeAt` is due. A token that the core no longer waits for is ignored."""

    token: str


class TaskEnded(Event, frozen=True, tag="TaskEnded"):
    """A supervised task of the daemon ended; nothing is released until `TaskBack`."""

    task: str
    error: str


class TaskBack(Event, frozen=True, tag="TaskBack"):
    task: str


class EventNotKept(Event, frozen=True, tag="EventNotKept"):
    """What `source` reported is in no row: the journal could not keep it, and so it never happened."""

    source: str
    cause: str


RECORDS = "records"


class RecordsIncomplete(Event, frozen=True, tag="RecordsIncomplete"):
    """Rows of the journal that no table of the records could take, or none of what is named: the newest by number, the last
    one's kind of error, and how many there are in all. The rows themselves are whole.
    """

    rows: tuple[int, ...]
    error: str
    count: int
    where: str = RECORDS


# --- readers and scales --------------------------------------------------------------------------------------------


class ReadText(msgspec.Struct, frozen=True):
    """One code of a frame; `symbology` is the AIM id without the bracket, when the reader gives one."""

    text: str
    symbology: str = ""


class CodesRead(Event, frozen=True, tag="CodesRead"):
    """One frame of a reader, or what a camera saw of one carton.

    `frame_checked`: a check character of the frame itself was right; of a camera: two engines, or two pictures, agree.
    """

    device: str
    role: str
    codes: tuple[ReadText, ...]
    frame_checked: bool
    at_ms: int


class NoCodeRead(Event, frozen=True, tag="NoCodeRead"):
    device: str
    role: str
    at_ms: int


class FrameRefused(Event, frozen=True, tag="FrameRefused"):
    """Bytes that are no frame. They identify nothing."""

    device: str
    cause: str
    at_ms: int


class WeightRead(Event, frozen=True, tag="WeightRead"):
    """A stable weight, once for each plateau."""

    device: str
    weight_g: int
    at_ms: int


class WeightUnusable(Event, frozen=True, tag="WeightUnusable"):
    device: str
    cause: str
    at_ms: int


class DeviceUp(Event, frozen=True, tag="DeviceUp"):
    device: str


class DeviceDown(Event, frozen=True, tag="DeviceDown"):
    device: str
    code: str
    cause: str


# --- customs and papers --------------------------------------------------------------------------------------------


class ManifestList(Event, frozen=True, tag="ManifestList"):
    """One list of a manifest file. It counts only after the `ManifestClosed` of its batch."""

    batch: str
    index: int
    declared: DeclaredList


class ManifestClosed(Event, frozen=True, tag="ManifestClosed"):
    batch: str
    count: int
    refused: int
    evidence: EvidenceNamed


class ReceiptArrived(Event, frozen=True, tag="ReceiptArrived"):
    receipt: Receipt
    evidence: EvidenceNamed


class NoticeCartons(Event, frozen=True, tag="NoticeCartons"):
    """A part of a load notice. It counts only after the `NoticeClosed` of its batch."""

    batch: str
    index: int
    cartons: tuple[NoticedCarton, ...]


class NoticeClosed(Event, frozen=True, tag="NoticeClosed"):
    batch: str
    parts: int
    count: int
    load_id: str
    plate: str
    container_no: str
    seals: tuple[str, ...]
    appointment: str
    evidence: EvidenceNamed


class ImportRefused(Event, frozen=True, tag="ImportRefused"):
    """A file, or a node of a file, that could not be taken."""

    name: str
    code: str
    cause: str
    evidence: EvidenceNamed


# --- acts of people ------------------------------------------------------------------------------------------------


class LoadArrived(Event, frozen=True, tag="LoadArrived"):
    load_id: str
    plate: str


class UnloadingStarted(Event, frozen=True, tag="UnloadingStarted"):
    """From now on inducted cartons belong to this load."""

    load_id: str


class CameWithLoad(Event, frozen=True, tag="CameWithLoad"):
    """People of customs say with which load a carton came, where its unloading was reported too late or too early."""

    code: str
    load_id: str
    cause: str


class HoldPlaced(Event, frozen=True, tag="HoldPlaced"):
    """`scope` is carton, list, load or line; `target` its key. A hold on a load reaches each of its cartons."""

    hold_id: str
    scope: str
    target: str
    code: str
    cause: str


class HoldLifted(Event, frozen=True, tag="HoldLifted"):
    """`scope`, `target`, `code` and `held_for` (why it was placed) say which hold is meant: the line's own numbers are counted,
    and another program may count otherwise as it applies the journal again. Rows from before they were written have none.
    """

    hold_id: str
    cause: str
    scope: str = ""
    target: str = ""
    code: str = ""
    held_for: str = ""


class InspectionClosed(Event, frozen=True, tag="InspectionClosed"):
    """Officers closed the inspection that customs ordered for a list (receipt 500)."""

    list_key: str
    cause: str


class RerunOrdered(Event, frozen=True, tag="RerunOrdered"):
    """A person takes a carton from a lane, scans `code` and puts it on the induct again.

    `track` names the passage that put it there when the line could not identify it; empty = let the line find it.
    """

    code: str
    lane: str
    track: str = ""


class CartonRemoved(Event, frozen=True, tag="CartonRemoved"):
    """A person took a carton away from the line (custody place with a name)."""

    code: str
    place: str
    cause: str


class LineCommanded(Event, frozen=True, tag="LineCommanded"):
    """`command` is one of start, stop, hold, unhold, reset, clear, resume, mute."""

    command: str
    cause: str


AnyEvent = (
    ConfigLoaded
    | DaemonStarted
    | DaemonStopping
    | TimerFired
    | TaskEnded
    | TaskBack
    | RecordsIncomplete
    | EventNotKept
    | CheckEvent
    | ConfigEvent
    | PlcEvent
    | CodesRead
    | NoCodeRead
    | FrameRefused
    | WeightRead
    | WeightUnusable
    | DeviceUp
    | DeviceDown
    | ManifestList
    | ManifestClosed
    | ReceiptArrived
    | NoticeCartons
    | NoticeClosed
    | ImportRefused
    | LoadArrived
    | UnloadingStarted
    | CameWithLoad
    | HoldPlaced
    | HoldLifted
    | InspectionClosed
    | RerunOrdered
    | CartonRemoved
    | LineCommanded
    | InspectionEvent
    | SealEvent
    | CustodyEvent
    | RecheckEvent
    | RecordEvent
    | CustomsEvent
    | LoadingEvent
    | GateEvent
    | PeopleEvent
    | ShiftEvent
    | AfterwardsEvent
    | TraceEvent
)


class Stamped(msgspec.Struct, frozen=True):
    """An event with its time and its author, as it is journaled.

    `line_ms` never decreases and is the only time the core acts by; `utc` (ISO 8601) and `utc_doubtful` are for people, and `utc`
    for telling which dates of customs can not be yet (`customs_time`).
    `actor` is a person's account or a device; `act_id` makes a repeated act the same act.
    """

    line_ms: int
    utc: str
    utc_doubtful: bool
    actor: str
    role: Role
    event: AnyEvent
    act_id: str = ""


encode_event = msgspec.json.Encoder(order="deterministic").encode
decode_event = msgspec.json.Decoder(Stamped).decode
