"""Builds a line for stories: `Story` feeds events to the core and tells what the PLC would be asked to do."""

from datetime import datetime, timedelta
from typing import Any

from controller.domain.declarations import DeclaredList, NoticedCarton, Receipt
from controller.domain.reasons import LaneKind, Role
from controller.line.apply import apply
from controller.line.belt import PlcFlag, RingKind
from controller.line.commands import Alarm, Decide, Decision, Outcome, PlcCommand, SetOutputs
from controller.line.event_base import EvidenceNamed
from controller.line.events import (
    AnyEvent,
    CodesRead,
    ConfigLoaded,
    LoadArrived,
    ManifestClosed,
    ManifestList,
    NoticeCartons,
    NoticeClosed,
    ReadText,
    ReceiptArrived,
    RerunOrdered,
    Stamped,
    TimerFired,
    UnloadingStarted,
    WeightRead,
)
from controller.line.plc_events import DecisionAnswered, PlcStatus, PlcSynced, RingEvent, TableItem
from controller.line.profile import Lane, LineProfile
from controller.line.seal_events import SealCheckStarted
from controller.line.state import LineState, Passage

RUNNING = PlcFlag.E_STOP_HEALTHY | PlcFlag.HOST_LINK_OK | PlcFlag.RUNNING
BEGAN = datetime(2026, 11, 30, 12)
PROFILE = LineProfile(
    line_id=1,
    name="xiyong-1",
    mode="simulation",
    speed_mm_s=500,
    lanes=(
        Lane("inspect", 1, LaneKind.INSPECT),
        Lane("anomaly", 2, LaneKind.ANOMALY),
        Lane("release", 3, LaneKind.RELEASE),
    ),
    scan_zone=2,
    weigh_zone=3,
    verify_zone=5,
    divert_mm=8500,
    decision_point_mm=5900,
    deadline_mm=500,
)
CARRIER = "EMS001"
FILE = EvidenceNamed("00" * 32, 1, "test.xml")


def s10(serial: int) -> str:
    """A waybill with a right check digit (UPU S10)."""
    digits = f"{serial:08d}"
    total = sum(int(d) * w for d, w in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    check = 11 - total % 11
    return f"RR{digits}{ {10: 0, 11: 5}.get(check, check) }CN"


def declared(number: str, pack_no: int = 1, gross_g: int = 2000, **changes: Any) -> DeclaredList:
    values: dict[str, Any] = {
        "logistics_code": CARRIER, "logistics_no": number, "order_no": f"O{number}", "cop_no": f"C{number}", "pre_no": "",
        "invt_no": "", "ebc_code": "E1", "ebp_code": "P1", "agent_code": "A1", "statistics_flag": "A", "trade_mode": "9610",
        "customs_code": "8013", "loct_no": "", "total_package_no": "", "bill_no": "", "pack_no": pack_no,
        "gross_weight_g": gross_g, "net_weight_g": gross_g - 100, "app_type": "1", "app_status": "2",
        "app_time": "20261123080000", "guid": f"G{number}",
    }  # fmt: skip
    return DeclaredList(**(values | changes))


class Story:
    """One line, told event by event. Time moves only by `wait`, which fires the timers that are due."""

    def __init__(self, profile: LineProfile = PROFILE, epoch: int = 1) -> None:
        self.state = LineState()
        self.now_ms = 0
        # The wall clock, UTC: a week after what papers say by default.
        self.began = BEGAN
        self.epoch = epoch
        self.ring_seq = 0
        self.outcomes: list[Outcome] = []
        self.stamped: list[Stamped] = []
        self.feed(ConfigLoaded(profile, "cf" * 32, "test", "c5" * 32))
        self.sync()

    def feed(self, event: AnyEvent, role: Role = Role.LINE, actor: str = "test") -> Outcome:
        utc = (self.began + timedelta(milliseconds=self.now_ms)).isoformat(timespec="milliseconds") + "Z"
        stamped = Stamped(self.now_ms, utc, False, actor, role, event)
        self.stamped.append(stamped)
        outcome = apply(self.state, stamped)
        self.outcomes.append(outcome)
        return outcome

    def wait(self, ms: int) -> None:
        target = self.now_ms + ms
        while True:
            due = sorted((at, token) for token, at in self.state.timers.items() if at <= target)
            if not due:
                break
            self.now_ms = max(self.now_ms, due[0][0])
            self.feed(TimerFired(due[0][1]))
        self.now_ms = target

    def sync(self, table: tuple[TableItem, ...] = (), flags: int = int(RUNNING)) -> Outcome:
        status = PlcStatus(6, flags, 0, 0, 0, 0xFFFF, 500)
        return self.feed(PlcSynced(self.epoch, 7, 1, status, table, 0, 0))

    def ring(self, kind: int, track: int, zone: int = 0, arg1: int = 0, arg2: int = 0, belt_mm: int = 0) -> Outcome:
        self.ring_seq += 1
        t_ms = self.now_ms % 65536
        return self.feed(RingEvent(self.epoch, self.ring_seq, kind, zone, track, arg1, arg2, t_ms, belt_mm, self.now_ms))

    # --- papers ---

    def manifest(self, *lists: DeclaredList) -> None:
        for index, one in enumerate(lists):
            self.feed(ManifestList("m1", index, one))
        self.feed(ManifestClosed("m1", len(lists), 0, FILE))

    def receipt(self, number: str, status: str, time: str = "20261123090000000") -> Outcome:
        return self.feed(ReceiptArrived(Receipt(f"C{number}", "", "", "", "E1", "", status, time, "", ""), FILE))

    def feed_receipt(self, cop_no: str, status: str, time: str) -> Outcome:
        return self.feed(ReceiptArrived(Receipt(cop_no, "", "", "", "E1", "", status, time, "", ""), FILE))

    def feed_notice(self, load_id: str, number: str, carrier: str) -> None:
        """A notice of one carton of any carrier."""
        self.feed(NoticeCartons(f"{load_id}/{carrier}", 0, (NoticedCarton(number, carrier, number, 1, 1),)))
        self.feed(NoticeClosed(f"{load_id}/{carrier}", 1, 1, load_id, "渝A1", "", ("S1",), "", FILE))

    def load(self, load_id: str, *cartons: tuple[str, str, int, int], notice: bool = True, plate: str = "渝A1") -> None:
        rows = tuple(NoticedCarton(no, CARRIER, list_no, k, n) for no, list_no, k, n in cartons)
        if notice:
            self.feed(NoticeCartons(load_id, 0, rows))
            self.feed(NoticeClosed(load_id, 1, len(rows), load_id, "渝A1", "", ("S1",), "", FILE))
        self.feed(LoadArrived(load_id, plate))
        self.check_seal(load_id, "S1")
        self.feed(UnloadingStarted(load_id))

    def check_seal(self, load_id: str, *scanned: str, actor: str = "liu") -> Outcome:
        """The first look at a load's doors, with what the handheld scanner reads there."""
        outcome = self.feed(SealCheckStarted(load_id), role=Role.OPERATOR, actor=actor)
        for text in scanned:
            outcome = self.feed(CodesRead("seal", "seal", (ReadText(text),), False, self.now_ms))
        return outcome

    def ready(self, *numbers: str, gross_g: int = 2000, status: str = "800") -> None:
        """Declared, answered, noticed and arrived: nothing on paper speaks against these cartons."""
        self.manifest(*(declared(n, gross_g=gross_g) for n in numbers))
        for number in numbers:
            self.receipt(number, status)
        self.load("L1", *((n, n, 1, 1) for n in numbers))

    # --- belt ---

    def induct(self, track: int) -> None:
        self.ring(RingKind.INDUCT, track, 1)

    def gate(self, track: int, zone: int, *codes: str, checked: bool = False) -> None:
        self.ring(RingKind.GATE_OPEN, track, zone)
        self.wait(400)
        if codes:
            role = "induct" if zone == PROFILE.scan_zone else "verify"
            self.feed(CodesRead(role, role, tuple(ReadText(c) for c in codes), checked, self.now_ms))
        self.wait(400)
        self.ring(RingKind.GATE_CLOSED, track, zone)
        self.wait(600)

    def weigh(self, track: int, *weights_g: int) -> None:
        self.ring(RingKind.ARRIVED, track, PROFILE.weigh_zone)
        for weight_g in weights_g:
            self.wait(300)
            self.feed(WeightRead("scale", weight_g, self.now_ms))
        self.wait(600)
        self.ring(RingKind.LEFT, track, PROFILE.weigh_zone)
        self.wait(400)

    def decide(self, track: int) -> Outcome:
        return self.ring(RingKind.DECISION_WANTED, track, 6, 2600, 1)

    def answer(self, result: int = 1) -> Outcome:
        last = next(c for o in reversed(self.outcomes) for c in reversed(o.commands) if isinstance(c, Decide))
        return self.feed(DecisionAnswered(last.epoch, last.track_id, last.seq, result))

    def divert(self, track: int, lane: int, why: int = 0) -> Outcome:
        return self.ring(RingKind.DIVERTED, track, 7, lane, why)

    def fetch(self, code: str, lane: str = "inspect") -> Outcome:
        """A person takes a carton from its lane to put it on the induct again, and says so."""
        return self.feed(RerunOrdered(code, lane), Role.OPERATOR)

    def pass_to_decision(
        self, track: int, code: str, weight_g: int = 2000, verify: str | None = None, *extra: str, checked: bool = False
    ) -> None:
        """One carton from the induct eye to the decision point."""
        self.induct(track)
        self.gate(track, PROFILE.scan_zone, *((code, *extra) if code else ()), checked=checked)
        self.weigh(track, weight_g)
        again = code if verify is None else verify
        self.gate(track, PROFILE.verify_zone, *((again,) if again else ()), checked=checked)
        self.decide(track)

    # --- what came of it ---

    def passage(self, track: int) -> Passage:
        return self.state.passages[f"{self.epoch}:{track}"]

    def decisions(self, track: int) -> list[Decision]:
        return [d for o in self.outcomes for d in o.decisions if d.track == f"{self.epoch}:{track}"]

    def last(self, track: int) -> Decision:
        return self.decisions(track)[-1]

    def codes(self, track: int) -> tuple[str, ...]:
        return tuple(b.code for b in self.last(track).blockers)

    def commands(self) -> list[Decide | PlcCommand | SetOutputs]:
        return [c for o in self.outcomes for c in o.commands if isinstance(c, Decide | PlcCommand | SetOutputs)]

    def alarms(self) -> list[Alarm]:
        return [a for o in self.outcomes for a in o.alarms]
