"""The state of one line as plain data, and the draft in which an event stages its changes.

One rule: only `Draft.commit` changes a `LineState`, and only whole. Values in the tables are frozen; a change puts a new
value. Tables keep insertion order and are never iterated as sets, so two runs over one journal give the same bytes.
A value that can be derived (a carton's status, its holds) is not stored.
"""

import msgspec

from controller.domain.declarations import Receipt
from controller.domain.reasons import Blocker
from controller.line.alarm_state import AlarmFacts, StandingAlarm
from controller.line.batch_state import Batch
from controller.line.commands import Alarm, Command, Decision, Finding, Message, Outcome, Refusal, unkept
from controller.line.config_state import ConfigStanding
from controller.line.custody_state import StockTake
from controller.line.departure_state import Container, Door, GatePass, Visit
from controller.line.inspection_events import Rules, RulesProposed
from controller.line.inspection_state import ImageCount, Inspection, NamelessVerdict, WaitingImage
from controller.line.list_state import ConsignmentList, LeftList
from controller.line.plc_events import PlcStatus
from controller.line.profile import LineProfile
from controller.line.recheck_state import Recheck
from controller.line.record_state import InspectionRecord
from controller.line.rerun_state import PendingRerun
from controller.line.seal_state import SealCheck
from controller.line.shift_state import Shift
from controller.line.state_copies import Copies
from controller.line.table import Table
from controller.line.window_state import BufferedRead, BufferedWeight, PlcClock, Window


class Identity(msgspec.Struct, frozen=True):
    """What the readers of one zone said about one passage.

    `problem` is a reason code, empty when exactly one waybill number was found. `confirmed`: check digit, frame check
    or two agreeing frames stand behind it (invariant I14).
    """

    text: str
    confirmed: bool
    problem: str
    codes: tuple[str, ...]
    at_ms: int


class Ordered(msgspec.Struct, frozen=True):
    """The last lane ordered for a passage. `result` < 0 until the PLC answers. `instead`: of one that the PLC has refused."""

    lane: str
    lane_code: int
    releases: bool
    seq: int
    at_ms: int
    blockers: tuple[str, ...]
    result: int = -1
    instead: bool = False


class Passage(msgspec.Struct, frozen=True):
    """One way of one physical carton over the belt: a track id inside one epoch.

    `carton` is empty while nobody knows which carton it is. `ended` is empty while it is on the belt, else why it
    ended: lane, lost, removed, epoch. `released_by_seq` is the last release ever ordered for it, kept when a hold
    replaces it; `released_seqs` all of them, and too late holds under which it still shows. `marks` are sticky reason codes.
    It was told of at `inducted_ms` and came at `came_ms`, or later where nobody knows when (`came_when`): `loads_maybe` are
    those that it may have come off where another was begun about then.
    """

    key: str
    epoch: int
    track_id: int
    inducted_ms: int
    load_id: str
    came_ms: int
    loads_maybe: tuple[str, ...] = ()
    carton: str = ""
    scan: Window | None = None
    scan_identity: Identity | None = None
    weigh: Window | None = None
    weight_g: int = -1
    weight_problem: str = ""
    verify: Window | None = None
    verify_identity: Identity | None = None
    decide_mm: int = -1
    decide_ms: int = -1
    last_call_ms: int = -1
    ordered: Ordered | None = None
    released_by_seq: int = -1
    released_seqs: tuple[int, ...] = ()
    diverted_lane: str = ""
    diverted_why: int = -1
    ended: str = ""
    ended_ms: int = -1
    previous: str = ""
    rerun_as: str = ""
    marks: tuple[str, ...] = ()
    inspection: Inspection | None = None


class Carton(msgspec.Struct, frozen=True):
    """A carton that papers announced. `place` is where it was last confirmed, `seen_loads` what it was or
    may have been seen with.

    `selection`: the random draw, empty, asked, passed, selected or failed.
    `custody`: the place it is kept at since `custody_ms`, empty when it is not. `recheck`: its last open-box recheck.
    `emergency`: from when until when an emergency release let it go, as was entered afterwards.
    `trace_code`: what stands on it for whoever gets it, since its first release.
    `lists_before`: what its list was by papers that newer ones contradicted, the newest of them; `list_ms`: when it last changed.
    """

    key: str
    carton_no: str
    list_key: str
    noticed_load: str
    k: int
    n: int
    load_id: str = ""
    passage: str = ""
    weight_g: int = -1
    seen_ms: int = -1
    place: str = "expected"
    released_ms: int = -1
    selection: str = ""
    container: str = ""
    loaded_ms: int = -1
    custody: str = ""
    recheck: str = ""
    custody_ms: int = -1
    emergency: str = ""
    trace_code: str = ""
    lists_before: tuple[str, ...] = ()
    list_ms: int = -1
    seen_loads: tuple[str, ...] = ()


class Load(msgspec.Struct, frozen=True):
    """A load: what the notice says and what arrived. `seals_later`: what notices after its arrival said instead, the newest."""

    load_id: str
    noticed: bool = False
    plate: str = ""
    container_no: str = ""
    seals: tuple[str, ...] = ()
    appointment: str = ""
    count: int = 0
    arrived_plate: str = ""
    arrived_ms: int = -1
    unloading_ms: int = -1
    seals_later: tuple[tuple[str, ...], ...] = ()


class Hold(msgspec.Struct, frozen=True):
    """A hold: who placed it, why, and who lifted it."""

    hold_id: str
    scope: str
    target: str
    code: str
    cause: str
    actor: str
    role: str
    placed_ms: int
    lifted_ms: int = -1
    lifted_by: str = ""
    lift_cause: str = ""


class LineFacts(msgspec.Struct, frozen=True):
    """The scalar part of the state."""

    profile: LineProfile | None = None
    config_sha256: str = ""
    config: ConfigStanding = ConfigStanding()
    line_ms: int = 0
    boot_id: str = ""
    plc_synced: bool = False
    plc_status: PlcStatus | None = None
    epoch: int = 0
    session: int = 0
    decision_seq: int = 0
    command_seq: int = 0
    plc_clock: PlcClock = PlcClock()
    unread_ms: int = 0
    current_load: str = ""
    unloadings: tuple[tuple[str, int], ...] = ()
    seal_check_of: str = ""
    live: tuple[str, ...] = ()
    ended_lately: tuple[str, ...] = ()
    tasks_down: tuple[str, ...] = ()
    devices_down: tuple[str, ...] = ()
    outputs: tuple[bool, int, int, bool] = (False, 0, 0, False)
    muted: tuple[str, ...] = ()
    barriers_open: tuple[int, ...] = ()
    resume_asked_ms: int = -1
    ring_keys: tuple[int, ...] = ()
    ring_lost_at: int = 0
    missing: tuple[str, ...] = ()
    holds_made: int = 0
    rechecks_made: int = 0
    reads: tuple[BufferedRead, ...] = ()
    weights: tuple[BufferedWeight, ...] = ()
    reruns: tuple[PendingRerun, ...] = ()
    rules: Rules | None = None
    rules_sha256: str = ""
    rules_waiting: RulesProposed | None = None
    rules_ms: int = -1
    images: tuple[WaitingImage, ...] = ()
    image_hashes: tuple[tuple[str, str], ...] = ()
    image_count: ImageCount = ImageCount()
    nameless_verdicts: tuple[NamelessVerdict, ...] = ()
    images_due: int = 0
    infeed_paused_ms: int = -1
    customs_heard_ms: int = -1
    customs_word_ms: int = -1
    customs_newest: str = ""
    inbox_unread: bool = False
    arrivals_made: int = 0
    receipts_waited: int = 0
    receipts_gone_until: str = ""
    started_ms: int = 0
    clock_at_start: tuple[str, int] = ("", 0)
    screens_dead: tuple[str, ...] = ()
    emergency_released: int = 0
    alarming: AlarmFacts = AlarmFacts()
    shift: Shift | None = None


class LineState(msgspec.Struct):
    """Everything the core knows. Rebuilt from the journal; a checkpoint is a copy of it.

    `numbers` finds cartons by what a label says, `members` the noticed cartons of a list, `references` lists
    by what receipts call them, `left_names` lists that left and were let go of by the same, `orphan_names` what waits for
    its list, `traces` cartons by trace code, `unnamed` the last nameless way by what a gate read.
    """

    facts: LineFacts = LineFacts()
    loads: dict[str, Load] = {}
    lists: dict[str, ConsignmentList] = {}
    cartons: dict[str, Carton] = {}
    passages: dict[str, Passage] = {}
    holds: dict[str, Hold] = {}
    timers: dict[str, int] = {}
    batches: dict[str, Batch] = {}
    numbers: dict[str, tuple[str, ...]] = {}
    members: dict[str, tuple[str, ...]] = {}
    references: dict[str, tuple[str, ...]] = {}
    left_names: dict[str, LeftList] = {}
    orphan_receipts: dict[str, Receipt] = {}
    orphan_names: dict[str, tuple[str, ...]] = {}
    epochs_used: dict[str, int] = {}
    containers: dict[str, Container] = {}
    doors: dict[str, Door] = {}
    passes: dict[str, GatePass] = {}
    visits: dict[str, Visit] = {}
    gone: dict[str, str] = {}
    seal_checks: dict[str, SealCheck] = {}
    rechecks: dict[str, Recheck] = {}
    new_seals: dict[str, str] = {}
    alarms: dict[str, StandingAlarm] = {}
    traces: dict[str, tuple[str, ...]] = {}
    stock_takes: dict[str, StockTake] = {}
    inspection_records: dict[str, InspectionRecord] = {}
    unnamed: dict[str, str] = {}


COPIES = Copies(LineState)
encode_state, decode_state = COPIES.encode, COPIES.decode


class UnkeptError(ValueError):
    """What followed from an event does not fit a row of the journal."""


class Draft:
    """One event's view of the state: reads see its own changes, nothing else does until `commit`."""

    def __init__(self, state: LineState, now_ms: int, utc: str = "") -> None:
        self._state = state
        self.now_ms = now_ms
        self.utc = utc  # for dates that customs gives alone (`customs_time`)
        self.facts = state.facts
        self.loads = Table("load", state.loads)
        self.lists = Table("list", state.lists)
        self.cartons = Table("carton", state.cartons)
        self.passages = Table("passage", state.passages)
        self.holds = Table("hold", state.holds)
        self.timers = Table("timer", state.timers)
        self.batches = Table("batch", state.batches)
        self.numbers = Table("number", state.numbers)
        self.members = Table("member", state.members)
        self.references = Table("reference", state.references)
        self.left_names = Table("name of a list that left", state.left_names)
        self.orphan_receipts = Table("receipt", state.orphan_receipts)
        self.orphan_names = Table("name that a receipt waits under", state.orphan_names)
        self.epochs_used = Table("epoch", state.epochs_used)
        self.containers = Table("container", state.containers)
        self.doors = Table("door", state.doors)
        self.passes = Table("pass", state.passes)
        self.visits = Table("visit", state.visits)
        self.gone = Table("gone", state.gone)
        self.seal_checks = Table("seal check", state.seal_checks)
        self.rechecks = Table("recheck", state.rechecks)
        self.new_seals = Table("new seal", state.new_seals)
        self.alarms_kept = Table("alarm", state.alarms)
        self.traces = Table("trace", state.traces)
        self.stock_takes = Table("stock-take", state.stock_takes)
        self.inspection_records = Table("inspection record", state.inspection_records)
        self.unnamed = Table("unnamed way", state.unnamed)
        self.decisions: list[Decision] = []
        self.commands: list[Command] = []
        self.refusals: list[Refusal] = []
        self.alarms: list[Alarm] = []
        self.findings: list[Finding] = []
        self.messages: list[Message] = []
        # What the line itself has against a release, with what it was said of: the facts, and how many edits of the holds.
        self.line_blocked: tuple[LineFacts, int, tuple[Blocker, ...]] | None = None

    def state_epochs(self) -> tuple[str, ...]:
        return tuple(self._state.epochs_used)

    def set_facts(self, **changes: object) -> None:
        self.facts = msgspec.structs.replace(self.facts, **changes)

    def change_passage(self, key: str, **changes: object) -> Passage:
        passage = msgspec.structs.replace(self.passages[key], **changes)
        self.passages.put(key, passage)
        return passage

    def change_carton(self, key: str, **changes: object) -> Carton:
        carton = msgspec.structs.replace(self.cartons[key], **changes)
        self.cartons.put(key, carton)
        return carton

    def alarm(self, code: str, subject: str, detail: str = "") -> None:
        self.alarms.append(Alarm(code, subject, detail))

    def note(self, subject: str, text: str) -> None:
        self.findings.append(Finding(subject, text))

    def refuse(self, code: str, subject: str, cause: str, next_step: str) -> None:
        self.refusals.append(Refusal(code, subject, cause, next_step))

    @property
    def profile(self) -> LineProfile:
        if self.facts.profile is None:
            raise LookupError("no configuration is loaded")
        return self.facts.profile

    def commit(self) -> Outcome:
        """Put every staged change into the state and say what followed. Refuses, unchanged, what no row can hold."""
        outcome = Outcome(
            decisions=tuple(self.decisions),
            commands=tuple(self.commands),
            refusals=tuple(self.refusals),
            alarms=tuple(self.alarms),
            findings=tuple(self.findings),
            touched=self._touched(),
            messages=tuple(self.messages),
        )
        if cause := unkept(outcome):
            raise UnkeptError(cause)
        for table in (
            self.loads, self.lists, self.cartons, self.passages, self.holds, self.timers, self.batches,
            self.numbers, self.members, self.references, self.orphan_receipts, self.epochs_used, self.containers, self.doors,
            self.passes, self.visits, self.gone, self.seal_checks, self.rechecks, self.new_seals, self.alarms_kept,
            self.traces, self.stock_takes, self.inspection_records, self.unnamed, self.left_names,
            self.orphan_names,
        ):  # fmt: skip
            if table.edits:
                table.commit()
        self._state.facts = msgspec.structs.replace(self.facts, line_ms=self.now_ms)
        return outcome

    def _touched(self) -> tuple[str, ...]:
        keys: dict[str, None] = {}
        for prefix, table in (
            ("carton", self.cartons), ("passage", self.passages), ("list", self.lists), ("load", self.loads),
            ("hold", self.holds), ("container", self.containers), ("pass", self.passes), ("load", self.seal_checks),
        ):  # fmt: skip
            for key in table.changed_keys():
                keys[f"{prefix}:{key}"] = None
        for finding in self.findings:
            keys[finding.subject] = None
        return tuple(keys)
