"""The line's core as a Hypothesis state machine: people, readers, scale, PLC, customs, papers, time, crash and replay as rules.

After every rule: a release is ordered only with nothing against it (judged by code that does not use `release_blockers`),
none stands under a hold or on papers that contradict each other, only who may lift a hold lifts it, time and sequences only
go forward. After every crash and at the end the state replayed from zero is the live one byte for byte (I10), and so is every
outcome; the line goes on from a checkpoint. `make machines` looks longer.
"""

import os
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from controller.domain.declarations import NoticedCarton
from controller.domain.reasons import CATALOGUE, COMPANY_LEADS, CUSTOMS_DECIDES, Role
from controller.line import papers, routing
from controller.line.apply import apply
from controller.line.belt import RingKind, later_sequence
from controller.line.commands import Decide, Outcome, PlcCommand, encode_outcome
from controller.line.events import (
    AnyEvent,
    CodesRead,
    DaemonStarted,
    HoldLifted,
    HoldPlaced,
    InspectionClosed,
    LineCommanded,
    NoticeCartons,
    NoticeClosed,
    ReadText,
    TaskBack,
    TaskEnded,
)
from controller.line.holds import lifting
from controller.line.plc_events import PlcLost, TableItem
from controller.line.state import LineState, Passage, decode_state, encode_state
from tests.line.line_story import CARRIER, FILE, PROFILE, Story, declared, s10
from tests.line.test_release_property import check_releases

NUMBERS = tuple(s10(60000000 + n) for n in range(3))
LISTED = st.sampled_from(NUMBERS)
CODES = st.sampled_from((*NUMBERS, *NUMBERS, s10(69999999), "RR000000000CN", ""))
STATUSES = st.sampled_from(("800", "800", "899", "500", "120", "501", "77", "-301", ""))
TRACKS = st.integers(1, 3)
ACCEPTED = 1
DISPUTES = ("declaration_conflict", "carton_in_two_notices", "load_plate_differs", "load_notice_late", "customs_dated_ahead")
# What the machine met over all its runs in this process: a machine that meets nothing shows nothing.
MET: Counter[str] = Counter()


class Watched(Story):
    """A story that judges every event as it is fed."""

    def feed(self, event: AnyEvent, role: Role = Role.LINE, actor: str = "test") -> Outcome:
        before = self.state.facts
        outcome = super().feed(event, role, actor)
        assert outcome.core_fault == ""
        check_releases(self.state, outcome)
        assert self.state.facts.line_ms >= before.line_ms
        decided, commanded = before.decision_seq, before.command_seq
        for command in outcome.commands:
            if isinstance(command, Decide):
                assert command.seq != decided
                assert later_sequence(decided, command.seq) == command.seq
                decided = command.seq
                MET["release ordered"] += command.releases
            elif isinstance(command, PlcCommand):
                assert command.seq != commanded
                assert later_sequence(commanded, command.seq) == command.seq
                commanded = command.seq
        return outcome


class LineMachine(RuleBasedStateMachine):
    """One line, and what the machine itself knows of the holds on it."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Watched()
        self.held: dict[str, tuple[str, str, str]] = {}
        self.disputed: set[tuple[str, str]] = set()
        self.declared_twice: set[tuple[str, str]] = set()
        self.settled: set[tuple[str, str]] = set()
        self.placed = 0

    @initialize()
    def papers(self) -> None:
        self.line.manifest(*(declared(n) for n in NUMBERS))
        for number in NUMBERS[:2]:
            self.line.receipt(number, "800", "20261123050000000")
        self.line.load("L1", *((n, n, 1, 1) for n in NUMBERS))

    # --- belt and readers ---

    @rule(track=TRACKS, code=LISTED)
    def journey(self, track: int, code: str) -> None:
        self.line.pass_to_decision(track, code)

    @rule(track=TRACKS, code=CODES, again=CODES, weight_g=st.sampled_from((2000, 2000, 2600)))
    def doubtful_journey(self, track: int, code: str, again: str, weight_g: int) -> None:
        self.line.pass_to_decision(track, code, weight_g, again)

    @rule(track=TRACKS)
    def induct(self, track: int) -> None:
        self.line.induct(track)

    @rule(track=TRACKS, code=CODES, zone=st.sampled_from((PROFILE.scan_zone, PROFILE.verify_zone)))
    def reader(self, track: int, code: str, zone: int) -> None:
        self.line.gate(track, zone, *((code,) if code else ()))

    @rule(code=LISTED)
    def stray_read(self, code: str) -> None:
        self.line.feed(CodesRead("induct", "induct", (ReadText(code),), False, self.line.now_ms))

    @rule(track=TRACKS)
    def decision_wanted(self, track: int) -> None:
        self.line.decide(track)

    @precondition(lambda self: any(isinstance(c, Decide) for o in self.line.outcomes for c in o.commands))
    @rule(result=st.sampled_from((1, 1, 1, 2, 3, 6, 7, 8)))
    def plc_answers(self, result: int) -> None:
        self.line.answer(result)

    @rule(track=TRACKS, lane=st.sampled_from((1, 2, 3)))
    def diverted(self, track: int, lane: int) -> None:
        self.line.divert(track, lane)

    @rule(track=TRACKS, kind=st.sampled_from((RingKind.LOST, RingKind.REMOVED_BY_HAND, RingKind.UNEXPECTED)))
    def off_the_track(self, track: int, kind: RingKind) -> None:
        self.line.ring(kind, track)

    # --- people ---

    @rule(number=LISTED, scope=st.sampled_from(("carton", "list", "load")), customs=st.booleans(),
          role=st.sampled_from((Role.OFFICER, Role.SECTION_CHIEF, Role.OPERATOR, Role.INTEGRATOR)))  # fmt: skip
    def hold(self, number: str, scope: str, customs: bool, role: Role) -> None:
        target = "L1" if scope == "load" else f"{CARRIER}/{number}"
        code = "officer_hold" if customs else "company_hold"
        stood = any(reaches(scope, target, self.line.state, passage) for passage in self.released_on_the_belt())
        self.placed += 1
        hold_id = f"H{self.placed}"
        outcome = self.line.feed(HoldPlaced(hold_id, scope, target, code, "look"), role, "li")
        assert bool(outcome.refusals) is (role is Role.INTEGRATOR or (customs and role not in CUSTOMS_DECIDES))
        if not outcome.refusals:
            self.held[hold_id] = (scope, target, code)
            MET["hold placed"] += 1
            MET["hold on a release that stands"] += stood

    @rule(track=TRACKS, number=LISTED, scope=st.sampled_from(("carton", "list", "load")), accepted=st.booleans(),
          customs=st.booleans(), lifted=st.booleans())  # fmt: skip
    def hold_races_release(self, track: int, number: str, scope: str, accepted: bool, customs: bool, lifted: bool) -> None:
        """A carton whose release is ordered, perhaps taken, is held before it is at the divert; and perhaps let go again."""
        self.all_is_well_again()
        self.receipt(number, "800", 9)
        self.journey(track, number)
        if accepted:
            self.line.answer(ACCEPTED)
        self.hold(number, scope, customs, Role.OFFICER)
        self.no_release_stands_under_a_hold()
        if customs and self.held:
            self.lift(len(self.held) - 1, Role.OPERATOR)  # refused
        if lifted:
            self.lift(len(self.held) - 1, Role.OFFICER)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 9), role=st.sampled_from((Role.OFFICER, Role.OFFICER, Role.SHIFT_LEAD, Role.OPERATOR)))
    def lift(self, which: int, role: Role) -> None:
        hold_id = list(self.held)[which % len(self.held)]
        code = self.held[hold_id][2]
        may = role in CUSTOMS_DECIDES or (code == "company_hold" and role in COMPANY_LEADS)
        outcome = self.line.feed(HoldLifted(hold_id, "done"), role, "wang")
        assert bool(outcome.refusals) is not may
        if may:
            del self.held[hold_id]
        MET["lift" if may else "lift refused"] += 1

    @rule(number=LISTED, role=st.sampled_from((Role.OFFICER, Role.OPERATOR)))
    def close_inspection(self, number: str, role: Role) -> None:
        self.line.feed(InspectionClosed(f"{CARRIER}/{number}", "looked"), role, "li")

    @rule(command=st.sampled_from(("start", "stop", "hold", "unhold", "reset", "clear", "resume")))
    def command(self, command: str) -> None:
        self.line.feed(LineCommanded(command, "test"), Role.OPERATOR, "zhao")

    # --- customs, time, machines that come and go ---

    @rule(
        number=LISTED,
        status=st.sampled_from(("800", "800", "899", "500", "120", "501", "77", "-301", "")),
        hour=st.integers(1, 9),
    )
    def receipt(self, number: str, status: str, hour: int) -> None:
        self.line.receipt(number, status, f"20261123{hour:02d}0000000")

    @rule(number=LISTED, status=st.sampled_from(("800", "500", "501", "120", "77")), ms=st.sampled_from(("000", "001")))
    def dated_ahead(self, number: str, status: str, ms: str) -> None:
        """A word of customs with a date that can not be yet holds its list, once, and puts no later one behind it."""
        key, time = f"{CARRIER}/{number}", f"20991231235959{ms}"
        known, newest = self.line.state.lists[key], self.line.state.facts.customs_newest
        if f"{status}@{time}" not in known.dated_ahead:
            self.disputed.add(("list", key))
            MET["dated ahead"] += 1
        self.line.receipt(number, status, time)
        found = self.line.state.lists[key]
        assert (found.status, found.status_time, found.status_conflict) == (
            known.status, known.status_time, known.status_conflict,
        )  # fmt: skip
        assert found.inspection_open >= known.inspection_open
        assert self.line.state.facts.customs_newest == newest

    # --- papers that contradict each other ---

    @rule(number=LISTED, of=LISTED, load_id=st.sampled_from(("L1", "L1", "L2")), n=st.sampled_from((1, 1, 1, 2)),
          plate=st.sampled_from(("渝A1", "渝A1", "渝A1", "渝A9")))  # fmt: skip
    def another_notice(self, number: str, of: str, load_id: str, n: int, plate: str) -> None:
        """The sender's notice once more: the same, or of another list, load, number of cartons or plate."""
        key, list_key = f"{CARRIER}/{number}", f"{CARRIER}/{of}"
        carton = self.line.state.cartons[key]
        if carton.place != "departed":
            lists = {list_key, carton.list_key, key} if list_key != carton.list_key else set()
            here = carton.seen_ms >= 0 or "L1" in (carton.noticed_load, carton.load_id)
            lists |= {carton.list_key} if here and n != carton.n else set()
            self.disputed |= {("list", one) for one in lists}
            self.disputed |= {("carton", key)} if load_id != carton.noticed_load else set()
        self.disputed |= {("load", load_id)} if load_id == "L1" and plate != "渝A1" else set()
        MET["contradiction"] += bool(self.disputed)
        self.line.feed(NoticeCartons("again", 0, (NoticedCarton(number, CARRIER, of, 1, n),)))
        self.line.feed(NoticeClosed("again", 1, 1, load_id, plate, "", ("S1",), "", FILE))
        carton = self.line.state.cartons[key]
        listed = [one for one, members in self.line.state.members.items() if key in members]
        assert listed == [carton.list_key], "a carton is among the cartons of one list"

    @rule(number=LISTED, gross_g=st.sampled_from((2000, 2001)))
    def declared_again(self, number: str, gross_g: int) -> None:
        """The very declaration that customs has settled contradicts nothing any more."""
        one = ("list", f"{CARRIER}/{number}")
        if gross_g != 2000 and one not in self.settled:
            self.disputed.add(one)
            self.declared_twice.add(one)
        self.line.manifest(declared(number, gross_g=gross_g))

    @rule(role=st.sampled_from((Role.OFFICER, Role.SECTION_CHIEF, Role.SHIFT_LEAD, Role.OPERATOR)))
    def settle(self, role: Role) -> None:
        """Customs has settled every contradiction; the company can not."""
        for hold in [h for h in self.line.state.holds.values() if h.lifted_ms < 0 and h.code in DISPUTES]:
            assert bool(self.line.feed(lifting(hold, "settled"), role, "wang").refusals) is (role not in CUSTOMS_DECIDES)
        if role in CUSTOMS_DECIDES:
            self.disputed.clear()
            self.settled |= self.declared_twice

    @rule(ms=st.sampled_from((50, 500, 3000, 40_000)))
    def wait(self, ms: int) -> None:
        self.line.wait(ms)

    @rule(ended=st.booleans())
    def task(self, ended: bool) -> None:
        self.line.feed(TaskEnded("reader", "x") if ended else TaskBack("reader"))

    @rule()
    def all_is_well_again(self) -> None:
        """Else most walks end in a line that decides nothing."""
        self.line.feed(TaskBack("reader"))
        for hold_id in list(self.held):
            self.line.feed(HoldLifted(hold_id, "done"), Role.SECTION_CHIEF, "wang")
            del self.held[hold_id]
        self.settle(Role.OFFICER)
        self.line.epoch += 1
        self.line.sync()

    @rule()
    def plc_lost(self) -> None:
        self.line.feed(PlcLost("silent", "no reply"))

    @rule(remembers=st.booleans())
    def plc_back(self, remembers: bool) -> None:
        self.line.sync(self.table() if remembers else ())

    @rule()
    def new_epoch(self) -> None:
        self.line.epoch += 1
        self.line.sync()

    @rule(remembers=st.booleans())
    def crash(self, remembers: bool) -> None:
        """The daemon dies and comes back from its journal; the PLC shows its table, or has lost it."""
        self.replay()
        self.line.state = decode_state(encode_state(self.line.state))
        self.line.feed(DaemonStarted("again", "0"))
        self.line.sync(self.table() if remembers else ())
        MET["crash"] += 1

    # --- what must hold ---

    @invariant()
    def no_release_stands_under_a_hold(self) -> None:
        state = self.line.state
        if not state.facts.plc_synced:
            return  # nothing reaches the PLC; the review follows with the next sync
        for passage in self.released_on_the_belt():
            for scope, target, _ in self.held.values():
                assert not reaches(scope, target, state, passage), (passage, scope, target)
            for scope, target in self.disputed:
                assert not reaches(scope, target, state, passage), (passage, scope, target)

    @invariant()
    def the_holds_are_those_that_people_placed_and_did_not_lift(self) -> None:
        open_holds = {hold.hold_id for hold in self.line.state.holds.values() if hold.lifted_ms < 0 and hold.hold_id[0] == "H"}
        assert open_holds == set(self.held)

    @invariant()
    def each_contradiction_is_held(self) -> None:
        holds = {(h.scope, h.target) for h in self.line.state.holds.values() if h.lifted_ms < 0 and h.code in DISPUTES}
        assert self.disputed <= holds

    @invariant()
    def a_way_that_is_found_by_its_number_has_no_name_and_that_number(self) -> None:
        state = self.line.state
        for number, key in state.unnamed.items():
            way = state.passages[key]
            assert not way.carton
            assert number in [identity.text for identity in (way.scan_identity, way.verify_identity) if identity is not None]
        MET["unnamed way"] += len(state.unnamed)

    def teardown(self) -> None:
        self.replay()

    def replay(self) -> None:
        replayed = LineState()
        for stamped, outcome in zip(self.line.stamped, self.line.outcomes, strict=True):
            assert encode_outcome(apply(replayed, stamped)) == encode_outcome(outcome)
        assert encode_state(replayed) == encode_state(self.line.state)

    def released_on_the_belt(self) -> list[Passage]:
        """Whose last order is a release that the PLC has, or may have, taken, and can still take back."""
        state = self.line.state
        live = [state.passages[key] for key in state.facts.live]
        return [
            passage for passage in live
            if passage.epoch == state.facts.epoch and not passage.diverted_lane and not passage.ended
            and passage.ordered is not None and passage.ordered.releases and passage.ordered.result in (-1, ACCEPTED)
        ]  # fmt: skip

    def table(self) -> tuple[TableItem, ...]:
        """What a PLC shows that lost nothing."""
        state = self.line.state
        items = []
        for passage in (state.passages[key] for key in state.facts.live):
            if passage.epoch == self.line.epoch:
                taken = passage.ordered if passage.ordered is not None and passage.ordered.result == ACCEPTED else None
                items.append(TableItem(passage.track_id, 5, taken.lane_code if taken else 0, taken.seq if taken else 0))
        return tuple(items)


def reaches(scope: str, target: str, state: LineState, passage: Passage) -> bool:
    """Whether a hold reaches the carton of a passage, told by hand."""
    if not passage.carton:
        return False
    carton = state.cartons[passage.carton]
    return target == {"carton": carton.key, "list": carton.list_key, "load": carton.load_id or carton.noticed_load}[scope]


LENGTH = settings(
    max_examples=int(os.environ.get("MACHINE_EXAMPLES", "100")),
    stateful_step_count=int(os.environ.get("MACHINE_STEPS", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def plant_holds_that_reach_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "hold_blockers", lambda draft, carton: ())


def plant_a_release_that_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "NOT_REVOKING", frozenset(CATALOGUE))


def plant_a_sequence_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "next_sequence", lambda seq: seq or 1)


def plant_papers_that_contradict_and_hold_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "hold_contradictions", lambda draft, found: None)


@pytest.mark.parametrize(
    "plant",
    [plant_holds_that_reach_nothing, plant_a_release_that_is_not_looked_at_again, plant_a_sequence_that_stands_still,
     plant_papers_that_contradict_and_hold_nothing],
)  # fmt: skip
def test_a_planted_mistake_is_found(monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]) -> None:
    plant(monkeypatch)
    at_once = settings(LENGTH, phases=(Phase.generate,), report_multiple_bugs=False, print_blob=False)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(LineMachine, settings=at_once)


def test_no_order_of_events_breaks_the_line() -> None:
    MET.clear()
    run_state_machine_as_test(LineMachine, settings=LENGTH)
    assert {what for what, count in MET.items() if count} >= {
        "release ordered", "hold placed", "hold on a release that stands", "lift", "lift refused", "crash",
        "unnamed way", "contradiction", "dated ahead",
    }  # fmt: skip
