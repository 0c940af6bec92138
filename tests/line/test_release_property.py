"""Whatever happens in whatever order, a release is ordered only with nothing against it, and a replay is the same.

Random walks over papers, reads, weights, ring records, holds and restarts, in the spirit of a state machine test: the
invariants are checked by code that does not use `release_blockers`.
"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.domain.reasons import Role
from controller.line.apply import apply
from controller.line.belt import RingKind
from controller.line.commands import Decide, Outcome, encode_outcome
from controller.line.events import CodesRead, DaemonStarted, HoldLifted, HoldPlaced, ReadText, TaskBack, TaskEnded, WeightRead
from controller.line.plc_events import PlcLost
from controller.line.state import LineState, encode_state
from tests.line.line_story import CARRIER, PROFILE, Story, declared, s10

NUMBERS = tuple(s10(20000000 + n) for n in range(3))
CODES = st.sampled_from((*NUMBERS, s10(29999999), "RR000000000CN", "6901234567892", ""))
TRACKS = st.integers(1, 4)
STATUSES = st.sampled_from(("800", "800", "899", "500", "120", "501", "77", "-301", ""))
STEPS = st.one_of(
    st.tuples(st.just("induct"), TRACKS),
    st.tuples(st.just("scan"), TRACKS, CODES),
    st.tuples(st.just("weigh"), TRACKS, st.sampled_from((2000, 2010, 2600))),
    st.tuples(st.just("verify"), TRACKS, CODES),
    st.tuples(st.just("decide"), TRACKS),
    st.tuples(st.just("journey"), TRACKS, CODES),
    st.tuples(st.just("journey"), TRACKS, CODES),
    st.tuples(st.just("answer"), st.sampled_from((1, 1, 1, 2, 3, 6, 7))),
    st.tuples(st.just("divert"), TRACKS, st.sampled_from((1, 2, 3))),
    st.tuples(st.just("lost"), TRACKS),
    st.tuples(st.just("receipt"), st.sampled_from(NUMBERS), STATUSES, st.integers(1, 9)),
    st.tuples(st.just("hold"), st.sampled_from(NUMBERS), st.integers(1, 3)),
    st.tuples(st.just("lift"), st.integers(1, 3)),
    st.tuples(
        st.just("restart"),
    ),
    st.tuples(
        st.just("epoch"),
    ),
    st.tuples(
        st.just("plc_lost"),
    ),
    st.tuples(
        st.just("sync"),
    ),
    st.tuples(st.just("task"), st.booleans()),
    st.tuples(st.just("stray_read"), CODES),
    st.tuples(st.just("wait"), st.sampled_from((50, 500, 3000))),
)


class Walk(Story):
    """A story told at random."""

    def step(self, name: str, *arguments: object) -> None:
        getattr(self, f"do_{name}")(*arguments)

    def do_induct(self, track: int) -> None:
        self.induct(track)

    def do_scan(self, track: int, code: str) -> None:
        self.gate(track, PROFILE.scan_zone, *((code,) if code else ()))

    def do_weigh(self, track: int, weight_g: int) -> None:
        self.weigh(track, weight_g)

    def do_verify(self, track: int, code: str) -> None:
        self.gate(track, PROFILE.verify_zone, *((code,) if code else ()))

    def do_decide(self, track: int) -> None:
        self.decide(track)

    def do_journey(self, track: int, code: str) -> None:
        self.pass_to_decision(track, code)

    def do_answer(self, result: int) -> None:
        if any(isinstance(c, Decide) for o in self.outcomes for c in o.commands):
            self.answer(result)

    def do_divert(self, track: int, lane: int) -> None:
        self.divert(track, lane)

    def do_lost(self, track: int) -> None:
        self.ring(RingKind.LOST, track)

    def do_receipt(self, number: str, status: str, hour: int) -> None:
        self.receipt(number, status, f"20261123{hour:02d}0000000")

    def do_hold(self, number: str, which: int) -> None:
        self.feed(HoldPlaced(f"H{which}", "carton", f"{CARRIER}/{number}", "officer_hold", "look"), Role.OFFICER)

    def do_lift(self, which: int) -> None:
        self.feed(HoldLifted(f"H{which}", "done"), Role.OFFICER)

    def do_restart(self) -> None:
        self.feed(DaemonStarted("again", "0"))
        self.sync()

    def do_epoch(self) -> None:
        self.epoch += 1
        self.sync()

    def do_plc_lost(self) -> None:
        self.feed(PlcLost("silent", "no reply"))

    def do_sync(self) -> None:
        self.sync()

    def do_task(self, ended: bool) -> None:
        self.feed(TaskEnded("reader", "x") if ended else TaskBack("reader"))

    def do_stray_read(self, code: str) -> None:
        self.feed(CodesRead("induct", "induct", (ReadText(code),), False, self.now_ms))
        self.feed(WeightRead("scale", 900, self.now_ms))

    def do_wait(self, ms: int) -> None:
        self.wait(ms)


def check_releases(state: LineState, outcome: Outcome) -> None:
    """Each release of this outcome, judged from the state by hand."""
    for command in outcome.commands:
        if not isinstance(command, Decide) or not command.releases:
            continue
        (decision,) = [d for d in outcome.decisions if d.seq == command.seq]
        assert decision.blockers == ()
        assert decision.lane == "release"
        passage = state.passages[decision.track]
        assert (passage.epoch, passage.track_id) == (command.epoch, command.track_id)
        assert passage.epoch == state.facts.epoch
        assert state.facts.plc_synced
        assert not state.facts.tasks_down
        carton = state.cartons[passage.carton]
        assert passage.scan_identity is not None
        assert passage.verify_identity is not None
        assert passage.scan_identity.text == passage.verify_identity.text == carton.carton_no
        found = state.lists[carton.list_key]
        assert found.status in ("800", "899")
        assert not found.inspection_open
        assert abs(passage.weight_g - found.declared.gross_weight_g) <= 60
        assert carton.released_ms < 0
        reached = {("carton", carton.key), ("list", carton.list_key), ("line", "line")}
        assert not any(h.lifted_ms < 0 and (h.scope, h.target) in reached for h in state.holds.values())
        assert not passage.marks


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(STEPS, max_size=50))
def test_no_walk_orders_a_release_without_its_reasons(steps: list[tuple[object, ...]]) -> None:
    walk = Walk()
    walk.manifest(*(declared(n) for n in NUMBERS))
    for number in NUMBERS[:2]:
        walk.receipt(number, "800", "20261123050000000")
    walk.load("L1", *((n, n, 1, 1) for n in NUMBERS))
    for name, *arguments in steps:
        seen = len(walk.outcomes)
        walk.step(str(name), *arguments)
        for outcome in walk.outcomes[seen:]:
            assert outcome.core_fault == ""
    replayed = LineState()
    for stamped, outcome in zip(walk.stamped, walk.outcomes, strict=True):
        again = apply(replayed, stamped)
        assert encode_outcome(again) == encode_outcome(outcome)
        check_releases(replayed, again)
    assert encode_state(replayed) == encode_state(walk.state)
